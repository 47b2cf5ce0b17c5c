package start

import (
	"encoding/json"
	"testing"
)

func TestEvent(t *testing.T) {
	for _, test := range []struct{ route, method, path string }{
		{"GET /health", "GET", "/health"}, {"POST /orders/{id}", "POST", "/orders/x"}, {"ANY /{proxy+}", "GET", "/x"},
		{"$default", "GET", "/"}, {"", "GET", "/"},
	} {
		var got struct {
			Version, RouteKey, RawPath string
			RequestContext             struct{ HTTP struct{ Method, Path string } }
		}
		if err := json.Unmarshal(Event(test.route), &got); err != nil {
			t.Fatal(err)
		}
		http := got.RequestContext.HTTP
		if got.Version != "2.0" || got.RouteKey != test.route || got.RawPath != test.path || http.Path != test.path || http.Method != test.method {
			t.Errorf("%q: got %+v", test.route, got)
		}
	}
}
