package outputs_test

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/coldcrank/coldcrank/infra/outputs"
)

// The format is what the deployed API writes and what the command reads: a
// changed key breaks every deployed stack.
func TestAccessLogFormat(t *testing.T) {
	want := map[outputs.AccessKey]string{
		"requestId":            "$context.requestId",
		"extendedRequestId":    "$context.extendedRequestId",
		"lambdaRequestId":      "$context.integration.requestId",
		"awsEndpointRequestId": "$context.awsEndpointRequestId",
		"integrationLatency":   "$context.integrationLatency",
		"responseLatency":      "$context.responseLatency",
		"status":               "$context.status",
		"integrationStatus":    "$context.integrationStatus",
		"error":                "$context.error.message",
		"integrationError":     "$context.integrationErrorMessage",
		"routeKey":             "$context.routeKey",
		"time":                 "$context.requestTimeEpoch",
	}
	format := outputs.AccessLogFormat()
	if strings.Contains(format, "\n") {
		t.Error("API Gateway takes a format of one line only")
	}
	var got map[outputs.AccessKey]string
	if err := json.Unmarshal([]byte(format), &got); err != nil {
		t.Fatal(err)
	}
	for key, variable := range want {
		if got[key] != variable {
			t.Errorf("%s is %q, want %q", key, got[key], variable)
		}
	}
	if len(got) != len(want) {
		t.Errorf("got %d keys, want %d", len(got), len(want))
	}
}
