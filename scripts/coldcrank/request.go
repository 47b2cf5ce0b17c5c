package main

import (
	"cmp"
	"context"
	"fmt"
	"net/http"
	"os"
	"regexp"
	"slices"
	"strings"

	"github.com/coldcrank/coldcrank/scripts/internal/rounds"
	"github.com/coldcrank/coldcrank/scripts/internal/target"
)

// request is what the flags say about the requests of a run.
type request struct {
	method string // empty: the target's route's
	header http.Header
	body   []byte
	path   string            // for every target that paths does not name; empty: its route's
	paths  map[string]string // by a target's name, Stack/Name or Name
}

// token is what a method and a header's name consist of (RFC 9110, 5.6.2).
var token = regexp.MustCompile("^[!#$%&'*+.^_`|~0-9A-Za-z-]+$")

// ownHeaders are set by the sender, from the body and the connection.
var ownHeaders = []string{"Connection", "Content-Length", "Transfer-Encoding", "Trailer", "Upgrade"}

// request reads the flags before anything starts.
func (f *runFlags) request() (request, error) {
	r := request{method: f.method, header: http.Header{}, body: []byte(f.body), paths: map[string]string{}}
	if f.method != "" && !token.MatchString(f.method) {
		return r, usagef("--method %q: not an HTTP method", f.method)
	}
	if name, ok := strings.CutPrefix(f.body, "@"); ok {
		data, err := os.ReadFile(name)
		if err != nil {
			return r, usagef("--body: %v", err)
		}
		r.body = data
	}
	for _, h := range f.headers {
		name, value, ok := strings.Cut(h, ":")
		name, value = http.CanonicalHeaderKey(strings.TrimSpace(name)), strings.TrimSpace(value)
		switch {
		case !ok || !token.MatchString(name):
			return r, usagef("--header %q: not of the form 'Name: value'", name)
		case strings.ContainsAny(value, "\r\n\x00"):
			return r, usagef("--header %s: its value has a line end", name)
		case slices.Contains(ownHeaders, name):
			return r, usagef("--header %s: the sender sets it itself", name)
		}
		r.header.Add(name, value)
	}
	for _, p := range f.paths {
		if strings.HasPrefix(p, "/") {
			if r.path != "" {
				return r, usagef("--path %q: a second path for all targets; name the target: Orders=%s", p, p)
			}
			r.path = p
			continue
		}
		name, path, ok := strings.Cut(p, "=")
		if !ok || name == "" || !strings.HasPrefix(path, "/") {
			return r, usagef("--path %q: not of the form /path or target=/path", p)
		}
		r.paths[name] = path
	}
	return r, nil
}

// to is the request to one target. The error is the target's, whose route has
// parameters and needs a path.
func (r request) to(ctx context.Context, t *target.Target) (rounds.Target, error) {
	planned := rounds.Target{Target: t, Header: r.header, Body: r.body}
	path := r.path
	for _, name := range []string{t.Name, t.Target.String()} {
		if p, ok := r.paths[name]; ok {
			path = p
		}
	}
	switch {
	case t.URL == "" && (r.method != "" || path != "" || len(r.header) > 0):
		return planned, fmt.Errorf("%s: it has no API that --method, --path or --header could be for: give the event with --body", t)
	case t.Direct && (len(r.body) > 0 || t.URL == ""):
		return direct(ctx, planned)
	}
	var err error
	planned.Method = cmp.Or(r.method, t.Method())
	if planned.URL, err = t.URLFor(path); err != nil || !t.Direct {
		return planned, err
	}
	if planned.Body, err = eventOf(t, planned.Method, planned.URL, r.header); err != nil {
		return planned, err
	}
	return direct(ctx, planned)
}

// unused is a name that a path was given for and that is none of the targets.
func (r request) unused(targets []turn) (name string, found bool) {
	for name := range r.paths {
		if !slices.ContainsFunc(targets, func(t turn) bool { return name == t.Name || name == t.Target.Target.String() }) {
			return name, true
		}
	}
	return "", false
}
