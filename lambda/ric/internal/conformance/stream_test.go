package conformance

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"testing"
)

// TestStream: answers in pieces, whole ones and such that end in an error, are
// posted as aws-lambda-go posts what a handler's io.Reader has.
func TestStream(t *testing.T) {
	t.Run("ends", func(t *testing.T) {
		streams(t, `"1:2:3"`, `"100000:0:16384:16385:1"`, `"7000000"`, `"0"`)
	})
	t.Run("fails", func(t *testing.T) { streams(t, `"5:fail"`, `"nothing:"`, `"3"`) })
}

// TestStreamFails: an error or a panic in the middle of a stream is in its
// trailers, as much of it as a server reads there. A panic ends the process.
func TestStreamFails(t *testing.T) {
	for _, c := range []struct {
		does, kind, told string
		status           int
	}{
		{"panic", "string", `{"errorMessage":"boom","errorType":"string","stackTrace":[{`, 1},
		{"deep", "string", `{"errorMessage":"deep","errorType":"string","stackTrace":[{`, 1},
		{strings.Repeat("y", 10_000), "Pointer", `{"errorMessage":"failed at yyy`, -1},
	} {
		do := script{events: []event{{body: "5:" + c.does}}}
		got := do.run(t, program(t, "ours"), "STREAM=1")
		if len(got.posts) != 1 || got.status != c.status {
			t.Errorf("%.20s: %d posts, ends with %d: %.1000s", c.does, len(got.posts), got.status, got.stderr)
			continue
		}
		p := got.posts[0]
		told, err := base64.StdEncoding.DecodeString(p.trailer.Get("Lambda-Runtime-Function-Error-Body"))
		if err != nil || !json.Valid(told) || p.body != "aaaaa" || p.trailer.Get("Lambda-Runtime-Function-Error-Type") != c.kind || !strings.HasPrefix(string(told), c.told) {
			t.Errorf("%.20s: %q, trailers %v, %s, %v", c.does, p.body, p.trailer, told, err)
		}
	}
}

func streams(t *testing.T, scripts ...string) {
	t.Helper()
	var ours, theirs script
	for _, s := range scripts {
		ours.events = append(ours.events, event{body: s[1 : len(s)-1]})
		theirs.events = append(theirs.events, event{body: s})
	}
	got := ours.run(t, program(t, "ours"), "STREAM=1")
	want := theirs.run(t, program(t, "theirs"), "STREAM=1")
	if len(got.posts) != len(scripts) || len(want.posts) != len(scripts) || got.status != want.status {
		t.Fatalf("%d posts, ends with %d; aws-lambda-go: %d posts, ends with %d\n%s", len(got.posts), got.status, len(want.posts), want.status, got.stderr)
	}
	for i := range scripts {
		g, w := got.posts[i], want.posts[i]
		if g, w := g.stream(), w.stream(); g != w {
			t.Errorf("%s: %.500s\naws-lambda-go: %.500s", scripts[i], g, w)
		}
		if mode := g.header.Get("Lambda-Runtime-Function-Response-Mode"); g.chunked && mode != "streaming" {
			t.Errorf("%s: mode %q", scripts[i], mode)
		}
	}
}

// stream is what of a post in pieces does not depend on the client.
func (p post) stream() string {
	trailer := http.Header{}
	for k, v := range p.trailer {
		if len(v) > 0 && v[0] != "" {
			trailer[k] = v
		}
	}
	return fmt.Sprintf("%s %s %v %d %s", p.path, p.header.Get("Content-Type"), trailer, len(p.body), p.body)
}
