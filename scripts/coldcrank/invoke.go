package main

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/aws/aws-lambda-go/events"

	"github.com/coldcrank/coldcrank/scripts/internal/rounds"
	"github.com/coldcrank/coldcrank/scripts/internal/target"
)

// direct makes of a request one by Lambda's Invoke, whose body is the event.
// LogType Tail asks for the end of the log, which holds REPORT.
func direct(ctx context.Context, planned rounds.Target) (rounds.Target, error) {
	var err error
	planned.Method = http.MethodPost
	planned.Header = http.Header{"Content-Type": {"application/json"}, "X-Amz-Log-Type": {"Tail"}}
	if len(planned.Body) == 0 {
		planned.Body = []byte("{}")
	}
	planned.URL, err = planned.InvokeURL(ctx)
	return planned, err
}

// checkInvoke refuses what says nothing of an event, or is none.
func (f *runFlags) checkInvoke(body []byte) error {
	switch {
	case !f.invoke || len(body) == 0:
		return nil
	case f.method != "" || f.paths != nil || f.headers != nil:
		return usagef("--invoke with --body sends that event: --method, --path and --header are of an event that is made without --body")
	case !json.Valid(body):
		return usagef("--invoke sends --body as the event, and it is not JSON")
	}
	return nil
}

// eventOf is the event that the target's API would make of a request without a
// body: payload format 2.0 (API Gateway Developer Guide, "Create AWS Lambda proxy
// integrations for HTTP APIs"). Only the API can tell a route's parameters.
func eventOf(t *target.Target, method, rawURL string, header http.Header) ([]byte, error) {
	if strings.ContainsAny(t.Route, "{}") {
		return nil, fmt.Errorf("%s: its route %q has parameters, which only its API can tell: give the event with --body", t, t.Route)
	}
	u, err := url.Parse(rawURL)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", t, err)
	}
	now := time.Now().UTC()
	e := events.APIGatewayV2HTTPRequest{
		Version: "2.0", RouteKey: t.Route, RawPath: u.Path, RawQueryString: u.RawQuery, Headers: map[string]string{"host": u.Host},
		RequestContext: events.APIGatewayV2HTTPRequestContext{
			RouteKey: t.Route, Stage: "$default", DomainName: u.Host,
			Time: now.Format("02/Jan/2006:15:04:05 -0700"), TimeEpoch: now.UnixMilli(),
			HTTP: events.APIGatewayV2HTTPRequestContextHTTPDescription{Method: method, Path: u.Path, Protocol: "HTTP/1.1"},
		},
	}
	for name, values := range header {
		e.Headers[strings.ToLower(name)] = strings.Join(values, ",")
	}
	for name, values := range u.Query() {
		if e.QueryStringParameters == nil {
			e.QueryStringParameters = map[string]string{}
		}
		e.QueryStringParameters[name] = strings.Join(values, ",")
	}
	return json.Marshal(e)
}
