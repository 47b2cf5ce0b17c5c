package gateway

import (
	"encoding/json"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/coldcrank/coldcrank/lambda/local/internal/assembly"
)

func TestParseFormat(t *testing.T) {
	got := parseFormat(`$context.requestId $ $contextual "$context.integration.latency". $context.`)
	want := []segment{
		{"requestId", true}, {` $ $contextual "`, false}, {"integration.latency", true}, {`". `, false}, {"", true},
	}
	if !slices.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
}

func TestRecordValues(t *testing.T) {
	r := httptest.NewRequest("GET", "/a%20b", nil)
	r.Host = "127.0.0.1:8080"
	r.Header.Set("User-Agent", "say \"hi\"\n")
	start := time.Date(2026, 11, 22, 2, 30, 30, 123e6, time.UTC)
	rec := &record{
		api: &assembly.API{ID: "a1b2c3d4e5", Stage: "$default"}, account: testAccount, request: r,
		id: "JKJaXmPLvHcESHA=", sourceIP: "127.0.0.1", received: start, routeKey: "GET /{x}",
		identity: &identity{AccountID: testAccount, CallerID: "AK", UserARN: "arn", UserID: "AK"},
		invoked:  start.Add(time.Millisecond), answered: start.Add(24*time.Millisecond + 999*time.Microsecond),
		lambdaID: "6bc28136", lambdaStatus: 200, functionStatus: 201, status: 201, sent: 7, done: start.Add(26 * time.Millisecond),
		errorMessage: "Forbidden", errorType: "ACCESS_DENIED", integrationError: "it failed",
	}
	for name, want := range map[string]string{
		"accountId": testAccount, "apiId": "a1b2c3d4e5", "awsEndpointRequestId": "6bc28136",
		"dataProcessed": "7", "domainName": "127.0.0.1:8080", "domainPrefix": "127",
		"error.message": "Forbidden", "error.messageString": `"Forbidden"`, "error.responseType": "ACCESS_DENIED",
		"extendedRequestId": "JKJaXmPLvHcESHA=", "httpMethod": "GET", "identity.accountId": testAccount,
		"identity.caller": "AK", "identity.sourceIp": "127.0.0.1", "identity.user": "AK",
		"identity.userAgent": `say \"hi\"\n`, "identity.userArn": "arn",
		"integration.error": "it failed", "integration.integrationStatus": "200", "integration.latency": "23",
		"integration.requestId": "6bc28136", "integration.status": "201", "integrationErrorMessage": "it failed",
		"integrationLatency": "23", "integrationStatus": "200", "path": "/a b", "protocol": "HTTP/1.1",
		"requestId": "JKJaXmPLvHcESHA=", "requestTime": "22/Nov/2026:02:30:30 +0000", "requestTimeEpoch": "1795314630123",
		"responseLatency": "26", "responseLength": "7", "routeKey": "GET /{x}", "stage": "$default", "status": "201",
		"identity.clientCert.subjectDN": "", "authorizer.claims.sub": "", "nonsense": "",
	} {
		if got := rec.value(name); got != want {
			t.Errorf("$context.%s = %q, want %q", name, got, want)
		}
	}
}

func TestRecordOfFailure(t *testing.T) {
	g, store := newGateway(t, nil, func(a *assembly.API) {
		a.AccessFormat = `{"lambda":"$context.integration.requestId","latency":"$context.integrationLatency","status":$context.status,"why":"$context.integrationErrorMessage","error":"$context.error.message"}`
	}, "GET /health")
	get(g, "/health")
	got := records(t, store)
	want := `{"lambda":"-","latency":"-","status":500,"why":"function health cannot run on this machine","error":"Internal Server Error"}`
	if len(got) != 1 || got[0] != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

// FuzzRecord: whatever a client sends, a record of a JSON format stays JSON.
func FuzzRecord(f *testing.F) {
	f.Add("agent", "/path", "GET")
	f.Add("\"}\n\xff\x00", "/\"", "G\"ET")
	f.Fuzz(func(t *testing.T, agent, path, method string) {
		r := httptest.NewRequest("GET", "/", nil)
		r.Header["User-Agent"], r.URL.Path, r.Method, r.Host = []string{agent}, path, method, path
		rec := &record{api: &assembly.API{}, request: r, integrationError: agent}
		var b strings.Builder
		b.WriteByte('{')
		for i, name := range []string{"identity.userAgent", "path", "httpMethod", "domainName", "domainPrefix", "integration.error"} {
			if i > 0 {
				b.WriteByte(',')
			}
			b.WriteString(`"` + name + `":"` + rec.value(name) + `"`)
		}
		b.WriteByte('}')
		if !json.Valid([]byte(b.String())) {
			t.Errorf("not JSON: %s", b.String())
		}
	})
}
