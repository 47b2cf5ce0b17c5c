const cdk = require('aws-cdk-lib');
const { aws_lambda: lambda, aws_logs: logs, aws_apigatewayv2: gw, aws_dynamodb: ddb, aws_apigatewayv2_integrations: integ, aws_apigatewayv2_authorizers: authz } = cdk;
const app = new cdk.App({ analyticsReporting: false, treeMetadata: false, context: { 'aws:cdk:enable-asset-metadata': process.env.METADATA } });
class Bench extends cdk.Stack {
  constructor(scope, id, props) {
    super(scope, id, props);
    const table = new ddb.Table(this, 'Orders', { partitionKey: { name: 'id', type: ddb.AttributeType.STRING } });
    this.table = table;
    const fnLogs = new logs.LogGroup(this, 'Logs', { retention: 7, removalPolicy: cdk.RemovalPolicy.DESTROY });
    const fn = new lambda.Function(this, 'Fn', {
      code: lambda.Code.fromAsset('bin/alpha'), handler: 'bootstrap', runtime: lambda.Runtime.PROVIDED_AL2023,
      architecture: lambda.Architecture.ARM_64, memorySize: 512, timeout: cdk.Duration.seconds(10),
      logGroup: fnLogs, loggingFormat: lambda.LoggingFormat.JSON, systemLogLevelV2: lambda.SystemLogLevel.INFO, applicationLogLevelV2: lambda.ApplicationLogLevel.INFO,
      environment: { TABLE: table.tableName, TABLE_ARN: table.tableArn, GREETING: 'hello', REGION: this.region, STREAM: cdk.Fn.getAtt(this.getLogicalId(table.node.defaultChild), 'StreamArn').toString() },
      layers: [new lambda.LayerVersion(this, 'Layer', { code: lambda.Code.fromAsset('layer') })],
    });
    table.grantReadData(fn);
    const alias = new lambda.Alias(this, 'Bench', { aliasName: 'bench', version: fn.currentVersion });
    const access = new logs.LogGroup(this, 'Access', { logGroupName: `/aws/vendedlogs/${props.label}-access` });
    const api = new gw.HttpApi(this, 'Api', { createDefaultStage: false });
    const stage = new gw.HttpStage(this, 'Stage', { httpApi: api, stageName: '$default', autoDeploy: true, throttle: { rateLimit: 1000, burstLimit: 500 },
      accessLogSettings: { destination: new gw.LogGroupLogDestination(access), format: cdk.aws_apigateway.AccessLogFormat.custom(JSON.stringify({ requestId: '$context.requestId', latency: '$context.integrationLatency' })) } });
    api.addRoutes({ path: '/health', methods: [gw.HttpMethod.GET], integration: new integ.HttpLambdaIntegration('I', alias), authorizer: new authz.HttpIamAuthorizer() });
    const direct = new lambda.Function(this, 'Direct', { code: lambda.Code.fromAsset('bin/beta'), handler: 'bootstrap', runtime: lambda.Runtime.PROVIDED_AL2023 });
    api.addRoutes({ path: '/direct/{proxy+}', methods: [gw.HttpMethod.ANY], integration: new integ.HttpLambdaIntegration('D', direct, { timeout: cdk.Duration.seconds(5) }) });
    const plain = new gw.HttpApi(this, 'Plain', { defaultIntegration: new integ.HttpLambdaIntegration('P', direct) });
    new lambda.Function(this, 'Inline', { code: lambda.Code.fromInline('exports.handler = async () => 1'), handler: 'index.handler', runtime: lambda.Runtime.NODEJS_22_X });
    new cdk.CfnOutput(this, 'BenchUrl', { value: stage.url + 'health' });
    new cdk.CfnOutput(this, 'PlainUrl', { value: plain.apiEndpoint });
    new cdk.CfnOutput(this, 'BenchFunctionName', { value: fn.functionName });
    new cdk.CfnOutput(this, 'BenchFunctionArn', { value: fn.functionArn });
    new cdk.CfnOutput(this, 'BenchAlias', { value: alias.aliasName });
    new cdk.CfnOutput(this, 'BenchAliasArn', { value: alias.functionArn });
    new cdk.CfnOutput(this, 'BenchVersion', { value: fn.currentVersion.version });
    new cdk.CfnOutput(this, 'BenchFunctionLogs', { value: fnLogs.logGroupName });
    new cdk.CfnOutput(this, 'BenchAccessLogs', { value: access.logGroupName });
    new cdk.CfnOutput(this, 'BenchDeploymentId', { value: fn.currentVersion.node.defaultChild.logicalId });
    new cdk.CfnOutput(this, 'BenchRegion', { value: this.region });
    new cdk.CfnOutput(this, 'TableStream', { value: cdk.Fn.getAtt(this.getLogicalId(table.node.defaultChild), 'StreamArn').toString() });
    new cdk.CfnOutput(this, 'Imported', { value: cdk.Fn.importValue('somebody-elses') });
  }
}
const bench = new Bench(app, 'Bench', { label: 'open' });
// What the local executor leaves out, or reads in another way.
class Others extends cdk.Stack {
  constructor(scope, id) {
    super(scope, id);
    const zip = new lambda.Function(this, 'Zip', { code: lambda.Code.fromAsset('code.zip'), handler: 'bootstrap', runtime: lambda.Runtime.PROVIDED_AL2023, reservedConcurrentExecutions: 5,
      environment: { TABLE: bench.table.tableName }, functionName: 'zipped', tracing: lambda.Tracing.ACTIVE });
    const first = new lambda.CfnVersion(this, 'First', { functionName: zip.functionName });
    const second = new lambda.CfnVersion(this, 'Second', { functionName: zip.functionArn, description: 'second' });
    new lambda.CfnAlias(this, 'Live', { name: 'live', functionName: zip.functionName, functionVersion: second.attrVersion,
      provisionedConcurrencyConfig: { provisionedConcurrentExecutions: 2 }, routingConfig: { additionalVersionWeights: [{ functionVersion: first.attrVersion, functionWeight: 0.25 }] } });
    const rest = new cdk.aws_apigateway.LambdaRestApi(this, 'Rest', { handler: zip });
    const socket = new gw.WebSocketApi(this, 'Socket');
    const api = new gw.HttpApi(this, 'Http', { corsPreflight: { allowOrigins: ['*'], allowMethods: [gw.CorsHttpMethod.GET] } });
    api.addRoutes({ path: '/open', integration: new integ.HttpLambdaIntegration('O', zip) });
    api.addRoutes({ path: '/jwt', integration: new integ.HttpLambdaIntegration('J', zip), authorizer: new authz.HttpJwtAuthorizer('A', 'https://issuer.example.com', { jwtAudience: ['a'] }) });
    api.addRoutes({ path: '/old', integration: new integ.HttpLambdaIntegration('P', zip, { payloadFormatVersion: gw.PayloadFormatVersion.VERSION_1_0 }) });
    api.addRoutes({ path: '/away', integration: new integ.HttpUrlIntegration('U', 'https://example.com') });
    api.addStage('beta', { stageName: 'beta', autoDeploy: true });
    zip.addEnvironment('SELF', api.apiEndpoint);
    zip.addFunctionUrl();
    new cdk.CfnOutput(this, 'HttpUrl', { value: api.url });
    new cdk.CfnOutput(this, 'SocketUrl', { value: socket.apiEndpoint });
  }
}
new Others(app, 'Others');
class Nested extends cdk.NestedStack {
  constructor(scope, id, p) { super(scope, id, p);
    const fn = new lambda.Function(this, 'Fn', { code: lambda.Code.fromAsset('bin/beta'), handler: 'bootstrap', runtime: lambda.Runtime.PROVIDED_AL2023, environment: { TABLE: p.table.tableName } });
    const api = new gw.HttpApi(this, 'Api', { defaultIntegration: new integ.HttpLambdaIntegration('I', fn) });
    this.url = api.url; }
}
const prod = new cdk.Stage(app, 'Prod', { env: { account: '123456789012', region: 'eu-west-1' } });
new Bench(prod, 'Bench', { label: 'prod', stackName: 'bench-prod' });
const outer = new cdk.Stack(prod, 'Outer');
const table = new ddb.Table(outer, 'T', { partitionKey: { name: 'id', type: ddb.AttributeType.STRING } });
const n = new Nested(outer, 'Inner', { table });
new cdk.CfnOutput(outer, 'InnerUrl', { value: n.url });
app.synth();
