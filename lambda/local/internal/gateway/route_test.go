package gateway

import (
	"maps"
	"testing"

	"github.com/coldcrank/coldcrank/lambda/local/internal/assembly"
)

func parseRoutes(t testing.TB, keys ...string) []route {
	t.Helper()
	var routes []route
	for _, k := range keys {
		r, err := parseRoute(&assembly.Route{Key: k})
		if err != nil {
			t.Fatal(err)
		}
		routes = append(routes, r)
	}
	return routes
}

func TestMatch(t *testing.T) {
	// The routes of AWS's own example in "Create routes for HTTP APIs", in an
	// order that does not help.
	documented := []string{"$default", "ANY /{proxy+}", "GET /pets/{proxy+}", "GET /pets/dog/{id}", "GET /pets/dog/1"}
	type params = map[string]string
	for _, tc := range []struct {
		keys         []string
		method, path string
		want         string
		params       params
	}{
		{documented, "GET", "/pets/dog/1", "GET /pets/dog/1", nil},
		{documented, "GET", "/pets/dog/2", "GET /pets/dog/{id}", params{"id": "2"}},
		{documented, "GET", "/pets/cat/1", "GET /pets/{proxy+}", params{"proxy": "cat/1"}},
		{documented, "POST", "/test/5", "ANY /{proxy+}", params{"proxy": "test/5"}},
		{[]string{"GET /health", "$default"}, "POST", "/health", "$default", nil},

		{[]string{"GET /health"}, "GET", "/health/", "", nil},
		{[]string{"GET /health"}, "GET", "/Health", "", nil},
		{[]string{"GET /health"}, "POST", "/health", "", nil},
		{[]string{"GET /"}, "GET", "/", "GET /", nil},
		{[]string{"get /x"}, "GET", "/x", "get /x", nil},
		{[]string{"ANY /x", "GET /x"}, "GET", "/x", "GET /x", nil},
		{[]string{"ANY /x", "GET /x"}, "PUT", "/x", "ANY /x", nil},
		{[]string{"GET /{proxy+}", "ANY /x"}, "GET", "/x", "ANY /x", nil},
		{[]string{"GET /{a}/c", "GET /b/{d}"}, "GET", "/b/c", "GET /b/{d}", params{"d": "c"}},
		{[]string{"GET /a/{proxy+}", "GET /{x}/{y}"}, "GET", "/a/b", "GET /{x}/{y}", params{"x": "a", "y": "b"}},
		{[]string{"GET /{proxy+}", "GET /a/{proxy+}"}, "GET", "/a/b/c", "GET /a/{proxy+}", params{"proxy": "b/c"}},
		{[]string{"GET /{id}"}, "GET", "/", "", nil},
		{[]string{"ANY /{proxy+}"}, "GET", "/", "ANY /{proxy+}", params{"proxy": ""}}, // documented neither way
		{[]string{"GET /a/{proxy+}"}, "GET", "/a", "", nil},
		{[]string{"GET /a/{id}"}, "GET", "/a/b%2Fc%20d", "GET /a/{id}", params{"id": "b/c d"}},
		{[]string{"GET /a/{id}"}, "GET", "/a/100%", "GET /a/{id}", params{"id": "100%"}},
	} {
		m := match(parseRoutes(t, tc.keys...), tc.method, tc.path)
		if m == nil {
			m = &matched{route: &assembly.Route{}}
		}
		if m.route.Key != tc.want || !maps.Equal(m.params, tc.params) {
			t.Errorf("%v: %s %s → %q %v, want %q %v", tc.keys, tc.method, tc.path, m.route.Key, m.params, tc.want, tc.params)
		}
	}
}

func TestCutStage(t *testing.T) {
	for _, tc := range []struct {
		path, stage, want string
		ok                bool
	}{
		{"/health", "$default", "/health", true},
		{"/dev/health", "dev", "/health", true},
		{"/dev", "dev", "/", true},
		{"/dev/", "dev", "/", true},
		{"/devel/health", "dev", "", false},
		{"/health", "dev", "", false},
	} {
		if got, ok := cutStage(tc.path, tc.stage); got != tc.want || ok != tc.ok {
			t.Errorf("cutStage(%q, %q) = %q, %v, want %q, %v", tc.path, tc.stage, got, ok, tc.want, tc.ok)
		}
	}
}

func FuzzMatch(f *testing.F) {
	f.Add("GET /pets/{id}", "GET", "/pets/1")
	f.Add("ANY /{proxy+}", "POST", "/a%2Fb//c")
	f.Add("$default", "", "")
	f.Fuzz(func(t *testing.T, key, method, path string) {
		r, err := parseRoute(&assembly.Route{Key: key})
		if err != nil {
			return
		}
		m := match([]route{r}, method, path)
		if key == "$default" && m == nil {
			t.Error("$default did not match")
		}
		if m != nil && len(m.params) > len(r.parts) {
			t.Errorf("%d parameters of %d parts", len(m.params), len(r.parts))
		}
	})
}
