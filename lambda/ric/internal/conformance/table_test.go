package conformance

import (
	"encoding/json"
	"fmt"
	"reflect"
	"strings"
	"testing"
)

// large is 1 MB, which Lambda sends in chunks.
var large = strings.Repeat("0123456789abcdef", 1<<16)

func one(body string) []event { return []event{{body: body}} }

// soon is a deadline that passes while a handler waits for it.
var soon = map[string]string{"Lambda-Runtime-Deadline-Ms": "soon"}

// rows are what both programs are given. Where differs is empty, they post the
// same and end alike; else it says in what lambda/ric differs by intention, and
// want what it posts.
var rows = []struct {
	name    string
	script  script
	differs string
	want    string // posts of lambda/ric, and how it ended
}{
	{name: "events", script: script{events: []event{{body: `{"a":1}`}, {body: ""}, {body: "\x00\xff"}, {body: `"ü"`}}}},
	{name: "no answer", script: script{events: one("nothing")}},
	{name: "large events", script: script{events: []event{{body: large}, {body: "a"}, {body: large[:100<<10]}, {body: large[:100<<10+1]}}}},
	{name: "large answers", script: script{events: []event{{body: "size:6291556"}, {body: "size:16384"}, {body: "size:16385"}}}},
	{name: "beside the event", script: script{events: []event{{body: "seen"}, {body: "seen", header: map[string]string{
		"Lambda-Runtime-Aws-Tenant-Id": "blue", "Lambda-Runtime-Trace-Id": "",
		"Lambda-Runtime-Deadline-Ms":      "1542409706888",
		"Lambda-Runtime-Client-Context":   `{"client":{"installation_id":"i"},"custom":{"k":"v"},"env":{"e":"1"}}`,
		"Lambda-Runtime-Cognito-Identity": `{"cognitoIdentityId":"a","cognitoIdentityPoolId":"p"}`,
	}}, {body: "seen", header: map[string]string{"Lambda-Runtime-Invoked-Function-Arn": "", "Lambda-Runtime-Deadline-Ms": "1"}}}}},
	{name: "deadline", script: script{events: []event{{body: "wait", header: soon}, {body: "wait:child", header: soon}, {body: "wait", header: soon}}}},
	{name: "interim answers", script: script{hints: true, events: []event{{body: "a"}, {body: "b"}}}},
	{name: "connections that end", script: script{close: true, events: []event{{body: "a"}, {body: large}, {body: "error:plain:c"}}}},
	{name: "answer until the end", script: script{events: []event{{raw: "HTTP/1.0 200 OK\r\nLambda-Runtime-Aws-Request-Id: ID\r\nLambda-Runtime-Deadline-Ms: 1542409706888\r\n\r\nrest"}, {body: "b"}}}},

	{name: "errors", script: script{events: []event{
		{body: "error:plain:boom"}, {body: "error:pointer:boom"}, {body: "error:value:boom"}, {body: "error:text:boom"},
		{body: "error:wrapped:boom"}, {body: "error:joined:boom"}, {body: "error:path:/no/such/file"}, {body: "error:plain:"},
		{body: "error:plain:<a href=\"x\">&\\ \x00\x01\x1f\b\f\n\r\t ü \u2028\u2029 🙂 \xff\xc3"},
		{body: "error:own:no such order"}, {body: "error:plain:" + large[:100_000]}}}},
	{name: "error larger than a header", script: script{events: []event{{body: "error:plain:" + large + large}}}},

	{name: "panic with text", script: script{events: one("panic:text:boom")}},
	{name: "panic with a named text", script: script{events: one("panic:named:boom")}},
	{name: "panic with an error", script: script{events: one("panic:error:boom")}},
	{name: "panic with an error as shown", script: script{events: one("panic:own:boom")}},
	{name: "panic with a number", script: script{events: one("panic:number:boom")}},
	{name: "panic with a float", script: script{events: one("panic:float:")}},
	{name: "panic with a small float", script: script{events: one("panic:small:")}},
	{name: "panic with a boolean", script: script{events: one("panic:bool:")}},
	{name: "panic with a Stringer", script: script{events: one("panic:stringer:")}},
	{name: "panic with nil", script: script{events: one("panic:nil:")}},
	{name: "nil map", script: script{events: one("panic:map:boom")}},
	{name: "nil pointer", script: script{events: one("panic:pointer:")}},
	{name: "index", script: script{events: one("panic:index:boom")}},
	{name: "conversion", script: script{events: one("panic:conversion:boom")}},
	{name: "deep stack", script: script{events: one("panic:deep:")}},
	{name: "panic in a method", script: script{events: one("panic:method:boom")}},
	{name: "panic in a closure", script: script{events: one("panic:closure:boom")}},
	{name: "error that is nil and is not", script: script{events: one("error:nil:")}},
	{name: "error that panics", script: script{events: one("error:broken:")}},
	{name: "exit", script: script{events: []event{{body: "a"}, {body: "exit"}}}},

	{name: "no events", script: script{events: []event{{raw: "HTTP/1.1 500 Internal Server Error\r\nContent-Length: 0\r\n\r\n"}}}},
	{name: "answer refused", script: script{status: 500, events: one("a")}},
	{name: "nonsense", script: script{events: []event{{raw: "SSH-2.0-OpenSSH\r\n\r\n"}}}},

	{name: "answer too large", script: script{status: 413, events: []event{{body: "a"}, {body: "b"}}},
		differs: "it goes on, aws-lambda-go exits: Lambda has answered and is ready for the next event",
		want:    "response a\nresponse b\nwaits"},
	{name: "no deadline", script: script{events: []event{{body: "a", header: map[string]string{"Lambda-Runtime-Deadline-Ms": ""}}}},
		differs: "it says so in words of its own",
		want:    "error {\"errorMessage\":\"deadline \\\"\\\" is not a number\",\"errorType\":\"Runtime.NoDeadline\"}\nwaits"},
	{name: "panic with a struct", script: script{events: one("panic:struct:")},
		differs: "fmt is not there to print it",
		want:    "error {\"errorMessage\":\"(struct { A int; B int })\",\"errorType\":\"\"}\nexits 1"},
	{name: "event broken off", script: script{events: []event{{body: "a"}, {raw: "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhal"}, {body: "b"}}},
		differs: "it asks again, aws-lambda-go exits: Lambda gives the same event again",
		want:    "response a\nresponse b\nwaits"},
	{name: "connections that end silently", script: script{idle: true, events: []event{{body: "a"}, {body: "b"}, {body: "c"}}},
		differs: "it sends an answer once more on another connection, aws-lambda-go may exit",
		want:    "response a\nresponse b\nresponse c\nwaits"},
	{name: "message that no header can hold", script: script{events: one("error:plain:\x7f")},
		differs: "it blanks what a header cannot hold in the cause for X-Ray, aws-lambda-go exits",
		want:    "error {\"errorMessage\":\"\x7f\",\"errorType\":\"errorString\"}\nwaits"},
	{name: "client context that is no JSON", script: script{events: []event{{body: "a", header: map[string]string{"Lambda-Runtime-Client-Context": "{"}}}},
		differs: "it does not look into it",
		want:    "response a\nwaits"},
}

func TestConformance(t *testing.T) {
	for _, c := range rows {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			got := c.script.run(t, program(t, "ours"))
			if c.differs != "" {
				if s := got.summary(t); s != c.want {
					t.Errorf("got\n%s\nwant\n%s\nstderr: %.2000s", s, c.want, got.stderr)
				}
				return
			}
			compare(t, got, c.script.run(t, program(t, "theirs")))
		})
	}
}

func compare(t *testing.T, ours, theirs outcome) {
	t.Helper()
	if ours.status != theirs.status {
		t.Errorf("it ends with %d, aws-lambda-go with %d", ours.status, theirs.status)
	}
	for i := range max(len(ours.posts), len(theirs.posts)) {
		if i >= len(ours.posts) || i >= len(theirs.posts) {
			t.Errorf("%d posts, aws-lambda-go %d", len(ours.posts), len(theirs.posts))
			break
		}
		got, want := ours.posts[i].normal(t), theirs.posts[i].normal(t)
		if !reflect.DeepEqual(got, want) {
			t.Errorf("post %d:\n%.3000s\naws-lambda-go:\n%.3000s", i, got, want)
		}
	}
	if t.Failed() {
		t.Logf("stderr: %.1000s\naws-lambda-go: %.1000s", ours.stderr, theirs.stderr)
	}
}

// normal is what of a post does not depend on the client: not how a body is
// framed, nor which client says it is, nor the stack outside of the function.
func (p post) normal(t *testing.T) string {
	t.Helper()
	h := p.header.Clone()
	for _, name := range []string{"User-Agent", "Accept-Encoding", "Content-Length", "Lambda-Runtime-Function-Error-Type"} {
		h.Del(name)
	}
	body := p.body
	if strings.HasSuffix(p.path, "/error") {
		body = ofFunction(t, body)
	}
	const cause = "Lambda-Runtime-Function-Xray-Error-Cause"
	if v := h.Get(cause); v != "" {
		h.Set(cause, ofFunction(t, v))
	}
	return fmt.Sprintf("%s\n%v\n%d %s", p.path, h, len(body), body)
}

// ofFunction is a JSON text with the frames and the paths of the function alone,
// and of those the first ten: how many there are of a deep stack depends on the
// client.
func ofFunction(t *testing.T, text string) string {
	t.Helper()
	var v any
	if err := json.Unmarshal([]byte(text), &v); err != nil {
		t.Fatalf("%v: %.1000s", err, text)
	}
	var walk func(v any) any
	walk = func(v any) any {
		switch v := v.(type) {
		case map[string]any:
			for k := range v {
				v[k] = walk(v[k])
			}
		case []any:
			var kept []any
			for _, e := range v {
				frame, _ := e.(map[string]any)
				path, _ := frame["path"].(string)
				if s, ok := e.(string); ok {
					path = s
				}
				if _, exception := frame["stack"]; exception || strings.Contains(path, "/behave/") || path == "a/b.go" {
					kept = append(kept, walk(e))
				}
			}
			return kept[:min(len(kept), 10)]
		}
		return v
	}
	out, err := json.Marshal(walk(v))
	if err != nil {
		t.Fatal(err)
	}
	return string(out)
}

// summary is the posts' kinds and bodies without stacks, and the end.
func (o outcome) summary(t *testing.T) string {
	t.Helper()
	var b strings.Builder
	for _, p := range o.posts {
		body := p.body
		if i := strings.Index(body, `,"stackTrace"`); i >= 0 {
			body = body[:i] + "}"
		}
		fmt.Fprintf(&b, "%s %s\n", p.path[strings.LastIndex(p.path, "/")+1:], body)
	}
	if o.status < 0 {
		return b.String() + "waits"
	}
	return fmt.Sprintf("%sexits %d", b.String(), o.status)
}
