package outputs

import "strings"

// AccessKey is a key of an access record: the JSON object that the HTTP API
// writes for each request, in the format AccessLogFormat. API Gateway writes
// every value as a string and "-" for what it does not have.
type AccessKey string

const (
	AccessRequestID            AccessKey = "requestId"            // the gateway's id; the client's apigw-requestid
	AccessExtendedRequestID    AccessKey = "extendedRequestId"    // as documented, equal to requestId for HTTP APIs
	AccessLambdaRequestID      AccessKey = "lambdaRequestId"      // the id in REPORT
	AccessAWSEndpointRequestID AccessKey = "awsEndpointRequestId" // x-amzn-RequestId of the endpoint: Lambda's, too
	AccessIntegrationLatencyMS AccessKey = "integrationLatency"   // ms
	AccessResponseLatencyMS    AccessKey = "responseLatency"      // ms
	AccessStatus               AccessKey = "status"               // what the client got
	AccessIntegrationStatus    AccessKey = "integrationStatus"    // what Lambda's code answered
	AccessError                AccessKey = "error"                // the gateway's own message
	AccessIntegrationError     AccessKey = "integrationError"     // the integration's message
	AccessRouteKey             AccessKey = "routeKey"
	AccessTimeMS               AccessKey = "time" // ms since the Unix epoch
)

// accessVariables gives every key its context variable (API Gateway Developer
// Guide, "Customize HTTP API access logs",
// https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-logging-variables.html).
var accessVariables = []struct {
	key      AccessKey
	variable string
}{
	{AccessRequestID, "$context.requestId"},
	{AccessExtendedRequestID, "$context.extendedRequestId"},
	{AccessLambdaRequestID, "$context.integration.requestId"},
	{AccessAWSEndpointRequestID, "$context.awsEndpointRequestId"},
	{AccessIntegrationLatencyMS, "$context.integrationLatency"},
	{AccessResponseLatencyMS, "$context.responseLatency"},
	{AccessStatus, "$context.status"},
	{AccessIntegrationStatus, "$context.integrationStatus"},
	{AccessError, "$context.error.message"},
	{AccessIntegrationError, "$context.integrationErrorMessage"},
	{AccessRouteKey, "$context.routeKey"},
	{AccessTimeMS, "$context.requestTimeEpoch"},
}

// AccessLogFormat is the access log format of a benchmark API: one JSON object
// a line. Every variable stands in quotes, numbers too, because API Gateway
// puts a bare "-" where a value is absent.
func AccessLogFormat() string {
	var b strings.Builder
	b.WriteByte('{')
	for i, v := range accessVariables {
		if i > 0 {
			b.WriteByte(',')
		}
		b.WriteString(`"` + string(v.key) + `":"` + v.variable + `"`)
	}
	b.WriteByte('}')
	return b.String()
}
