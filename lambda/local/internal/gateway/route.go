package gateway

import (
	"fmt"
	"net/url"
	"slices"
	"strings"

	"github.com/coldcrank/coldcrank/lambda/local/internal/assembly"
)

// route is a route with its key taken apart. The route $default has no parts.
type route struct {
	*assembly.Route
	method string // upper case, or ANY; empty for $default
	parts  []string
}

// matched is the route that a request takes, with its path parameters, decoded.
type matched struct {
	route  *assembly.Route
	params map[string]string
}

func parseRoute(r *assembly.Route) (route, error) {
	if r.Key == "$default" {
		return route{Route: r}, nil
	}
	method, path, ok := strings.Cut(r.Key, " ")
	if !ok || method == "" || !strings.HasPrefix(path, "/") {
		return route{}, fmt.Errorf("%q is no route key: want \"METHOD /path\" or $default", r.Key)
	}
	parts := strings.Split(path[1:], "/")
	for i, p := range parts {
		if isGreedy(p) && i != len(parts)-1 {
			return route{}, fmt.Errorf("route %q: a greedy variable must come last", r.Key)
		}
	}
	return route{r, strings.ToUpper(method), parts}, nil
}

func isVariable(part string) bool {
	return len(part) > 2 && part[0] == '{' && part[len(part)-1] == '}'
}

func isGreedy(part string) bool { return isVariable(part) && strings.HasSuffix(part, "+}") }

// cutStage takes a stage's name from the front of an escaped path; $default
// has none there. ok is false where the path does not belong to the stage.
func cutStage(escaped, stage string) (rest string, ok bool) {
	if stage == "" || stage == "$default" {
		return escaped, true
	}
	rest, ok = strings.CutPrefix(escaped, "/"+stage)
	if !ok || rest != "" && rest[0] != '/' {
		return "", false
	}
	if rest == "" {
		rest = "/"
	}
	return rest, true
}

// match returns the most specific route for a request, or nil: a full match
// before a greedy one before $default ("Routing API requests" in "Create
// routes for HTTP APIs"). Of several full matches the one with a literal part
// where the others have a variable wins, from left to right; of two routes
// with equal paths the one that names the method, since ANY stands for the
// methods that are not defined for a path.
func match(routes []route, method, escapedPath string) *matched {
	segments := strings.Split(strings.TrimPrefix(escapedPath, "/"), "/")
	for i, s := range segments {
		// Decoded part by part, so that an escaped slash does not divide.
		if d, err := url.PathUnescape(s); err == nil {
			segments[i] = d
		}
	}
	var best *route
	for i := range routes {
		r := &routes[i]
		if r.accepts(method, segments) && (best == nil || r.compare(best) < 0) {
			best = r
		}
	}
	if best == nil {
		return nil
	}
	return &matched{best.Route, best.params(segments)}
}

func (r *route) accepts(method string, segments []string) bool {
	if r.method == "" {
		return true
	}
	if r.method != "ANY" && r.method != method {
		return false
	}
	for i, part := range r.parts {
		switch {
		case i >= len(segments):
			return false
		case isGreedy(part):
			return true
		case isVariable(part):
			if segments[i] == "" {
				return false
			}
		case part != segments[i]:
			return false
		}
	}
	return len(segments) == len(r.parts)
}

// compare is negative where r is more specific than o; both accept the request.
func (r *route) compare(o *route) int {
	rank := func(part string) int {
		switch {
		case isGreedy(part):
			return 2
		case isVariable(part):
			return 1
		}
		return 0
	}
	ranks := func(r *route) []int {
		if r.method == "" {
			return []int{3} // $default comes last
		}
		var s []int
		if isGreedy(r.parts[len(r.parts)-1]) {
			s = append(s, 1) // behind every full match
		} else {
			s = append(s, 0)
		}
		for _, p := range r.parts {
			s = append(s, rank(p))
		}
		if r.method == "ANY" {
			return append(s, 1)
		}
		return append(s, 0)
	}
	return slices.Compare(ranks(r), ranks(o))
}

func (r *route) params(segments []string) map[string]string {
	var params map[string]string
	for i, part := range r.parts {
		if !isVariable(part) {
			continue
		}
		if params == nil {
			params = map[string]string{}
		}
		name := strings.TrimSuffix(part[1:len(part)-1], "+")
		if isGreedy(part) {
			params[name] = strings.Join(segments[i:], "/")
		} else {
			params[name] = segments[i]
		}
	}
	return params
}
