package benchapi

import (
	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/aws-cdk-go/awscdk/v2/awsapigateway"
	"github.com/aws/aws-cdk-go/awscdk/v2/awsapigatewayv2"
	"github.com/aws/aws-cdk-go/awscdk/v2/awsapigatewayv2authorizers"
	"github.com/aws/aws-cdk-go/awscdk/v2/awsapigatewayv2integrations"
	"github.com/aws/aws-cdk-go/awscdk/v2/awslogs"

	"github.com/coldcrank/coldcrank/infra/outputs"
)

// addGateway puts an HTTP API with one route in front of the alias.
func (a *API) addGateway(stack awscdk.Stack, p Props) {
	a.AccessLogs = awslogs.NewLogGroup(a.Construct, new("AccessLogs"), &awslogs.LogGroupProps{
		LogGroupName:  new(accessLogName(stack, a.Name)),
		Retention:     p.LogRetention,
		RemovalPolicy: p.RemovalPolicy,
	})
	a.HTTPAPI = awsapigatewayv2.NewHttpApi(a.Construct, new("Api"), &awsapigatewayv2.HttpApiProps{
		ApiName:            new(a.Name),
		CreateDefaultStage: new(false),
	})
	// The route as checked: parseRoute cannot fail here.
	method, path, _ := parseRoute(p.Route)
	var authorizer awsapigatewayv2.IHttpRouteAuthorizer = awsapigatewayv2authorizers.NewHttpIamAuthorizer()
	if p.Auth == AuthNone {
		authorizer = awsapigatewayv2.NewHttpNoneAuthorizer()
	}
	a.Route = awsapigatewayv2.NewHttpRoute(a.Construct, new("Route"), &awsapigatewayv2.HttpRouteProps{
		HttpApi:    a.HTTPAPI,
		RouteKey:   awsapigatewayv2.HttpRouteKey_With(&path, awsapigatewayv2.HttpMethod(method)),
		Authorizer: authorizer,
		Integration: awsapigatewayv2integrations.NewHttpLambdaIntegration(new("Integration"), a.Alias,
			&awsapigatewayv2integrations.HttpLambdaIntegrationProps{
				PayloadFormatVersion:   awsapigatewayv2.PayloadFormatVersion_VERSION_2_0(),
				ScopePermissionToRoute: new(true),
			}),
	})
	a.Stage = awsapigatewayv2.NewHttpStage(a.Construct, new("Stage"), &awsapigatewayv2.HttpStageProps{
		HttpApi:           a.HTTPAPI,
		StageName:         new("$default"), // no stage in the path of the URL
		AutoDeploy:        new(true),
		AccessLogSettings: &accessLog{a.AccessLogs},
		Throttle: &awsapigatewayv2.ThrottleSettings{
			RateLimit:  new(float64(p.RateLimit)),
			BurstLimit: new(float64(p.BurstLimit)),
		},
	})
	a.URL = new(*a.HTTPAPI.ApiEndpoint() + path)
}

// accessLogName is the name of the access log's group. Under /aws/vendedlogs/
// API Gateway needs no entry in the account's resource policy for logs, which
// is limited to 5,120 characters (API Gateway Developer Guide, "Configure
// logging for HTTP APIs"). The name of a stack is unique in an account and
// Region, and that of a target in its stack. 128 and 243 characters at most
// stay below the 512 that a log group's name may have.
func accessLogName(stack awscdk.Stack, target string) string {
	return "/aws/vendedlogs/coldcrank/" + *stack.StackName() + "/" + target
}

// accessLog implements awsapigatewayv2.IAccessLogSettings.
type accessLog struct{ group awslogs.LogGroup }

func (l *accessLog) Destination() awsapigatewayv2.IAccessLogDestination {
	return awsapigatewayv2.NewLogGroupLogDestination(l.group)
}

func (l *accessLog) Format() awsapigateway.AccessLogFormat {
	return awsapigateway.AccessLogFormat_Custom(new(outputs.AccessLogFormat()))
}
