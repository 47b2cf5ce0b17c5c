package main

import (
	"encoding/json"
	"net/http"
	"reflect"
	"testing"

	"github.com/aws/aws-lambda-go/events"

	"github.com/coldcrank/coldcrank/infra/outputs"
	"github.com/coldcrank/coldcrank/scripts/internal/target"
)

func TestEventOf(t *testing.T) {
	orders := &target.Target{Target: outputs.Target{Stack: "Shop", Name: "Orders", Route: "GET /orders"}}
	data, err := eventOf(orders, "GET", "https://x.example/orders?a=1&b=2&a=3", http.Header{"X-Team": {"a", "b"}})
	if err != nil {
		t.Fatal(err)
	}
	var e events.APIGatewayV2HTTPRequest
	if err := json.Unmarshal(data, &e); err != nil {
		t.Fatal(err)
	}
	if e.Version != "2.0" || e.RouteKey != "GET /orders" || e.RawPath != "/orders" || e.RawQueryString != "a=1&b=2&a=3" ||
		e.RequestContext.HTTP.Method != "GET" || e.RequestContext.HTTP.Path != "/orders" {
		t.Errorf("event %s", data)
	}
	if want := map[string]string{"a": "1,3", "b": "2"}; !reflect.DeepEqual(e.QueryStringParameters, want) {
		t.Errorf("query %v, want %v", e.QueryStringParameters, want)
	}
	if want := map[string]string{"host": "x.example", "x-team": "a,b"}; !reflect.DeepEqual(e.Headers, want) {
		t.Errorf("headers %v, want %v", e.Headers, want)
	}
	orders.Route = "GET /orders/{id}"
	if data, err := eventOf(orders, "GET", "https://x.example/orders/7", nil); err == nil {
		t.Errorf("an event for a route with parameters: %s", data)
	}
}

// TestNoAPI: what is for an API is not dropped silently where there is none.
func TestNoAPI(t *testing.T) {
	lone := &target.Target{Target: outputs.Target{Stack: "Shop", Name: "Orders"}, Direct: true}
	for _, r := range []request{{method: "PUT"}, {path: "/orders"}, {paths: map[string]string{"Orders": "/orders"}}, {header: http.Header{"X-Team": {"a"}}}} {
		if _, err := r.to(t.Context(), lone); err == nil {
			t.Errorf("%+v is no error", r)
		}
	}
}

func TestCheckInvoke(t *testing.T) {
	for _, test := range []struct {
		flags runFlags
		body  string
		ok    bool
	}{
		{runFlags{invoke: true}, "", true},
		{runFlags{invoke: true}, `{"a":1}`, true},
		{runFlags{invoke: true}, `{"a":`, false},
		{runFlags{invoke: true, paths: []string{"/x"}}, "", true},
		{runFlags{invoke: true, paths: []string{"/x"}}, `{}`, false},
		{runFlags{invoke: true, method: "PUT"}, `{}`, false},
		{runFlags{method: "PUT"}, `no event`, true},
	} {
		if err := test.flags.checkInvoke([]byte(test.body)); (err == nil) != test.ok {
			t.Errorf("%+v with body %q: %v", test.flags, test.body, err)
		}
	}
}
