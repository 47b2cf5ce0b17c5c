package start

import (
	"encoding/json"
	"strings"
)

// Event is a request without a body to a route such as "GET /health", in payload
// format 2.0: https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-integrations-lambda.html
// A route of any method is asked by GET, and a variable of its path has the value x.
func Event(route string) []byte {
	method, path, _ := strings.Cut(route, " ")
	if path == "" { // $default
		path = "/"
	}
	if !strings.HasPrefix(route, strings.ToUpper(method)+" ") || method == "ANY" {
		method = "GET"
	}
	parts := strings.Split(path, "/")
	for i, part := range parts {
		if strings.HasPrefix(part, "{") {
			parts[i] = "x"
		}
	}
	path = strings.Join(parts, "/")
	event, err := json.Marshal(map[string]any{
		"version": "2.0", "routeKey": route, "rawPath": path, "rawQueryString": "",
		"headers": map[string]string{"host": "id.execute-api.us-east-1.amazonaws.com", "user-agent": "coldcrank"},
		"requestContext": map[string]any{
			"accountId": "123456789012", "apiId": "id", "domainName": "id.execute-api.us-east-1.amazonaws.com",
			"domainPrefix": "id", "requestId": "id=", "routeKey": route, "stage": "$default",
			"time": "01/Jan/2026:00:00:00 +0000", "timeEpoch": 1767225600000,
			"http": map[string]string{"method": method, "path": path, "protocol": "HTTP/1.1", "sourceIp": "192.0.2.1", "userAgent": "coldcrank"},
		},
		"isBase64Encoded": false,
	})
	if err != nil {
		panic("start: " + err.Error()) // strings alone
	}
	return event
}
