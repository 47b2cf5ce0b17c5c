package conformance

import (
	"net"
	"os/exec"
	"regexp"
	"strings"
	"testing"
)

// TestInitErrors: an init that fails is reported before the first /next, and
// the process ends.
func TestInitErrors(t *testing.T) {
	for _, c := range []struct{ init, want, log string }{
		{"error", "error {\"errorMessage\":\"no table\",\"errorType\":\"errorString\"}\nexits 1", "cannot start"},
		{"panic", "error {\"errorMessage\":\"no table\",\"errorType\":\"string\"}\nexits 1", `"label":"main.func`},
		{"nil", "error {\"errorMessage\":\"Start was given no handler\",\"errorType\":\"Runtime.NoHandler\"}\nexits 1", "cannot start"},
		{"made", "response a\nwaits", ""},
	} {
		do := script{events: []event{{body: "a"}}}
		got := do.run(t, program(t, "ours"), "INIT="+c.init)
		if s := got.summary(t); s != c.want || !strings.Contains(got.stderr, c.log) {
			t.Errorf("%s: got\n%s\nwant\n%s\nstderr: %s", c.init, s, c.want, got.stderr)
		}
		if c.init != "made" && (len(got.posts) != 1 || got.posts[0].path != "/2018-06-01/runtime/init/error") {
			t.Errorf("%s: posts %+v", c.init, got.posts)
		}
	}
}

// TestErrorTypeHeader: the type is where Lambda looks for it.
func TestErrorTypeHeader(t *testing.T) {
	do := script{events: []event{{body: "error:own:no such order"}, {body: "error:pointer:x"}}}
	got := do.run(t, program(t, "ours"))
	for i, want := range []string{"Orders.NotFound", "Pointer"} {
		if len(got.posts) <= i || got.posts[i].header.Get("Lambda-Runtime-Function-Error-Type") != want {
			t.Errorf("posts %+v, want the type %s", got.posts, want)
		}
	}
}

var places = regexp.MustCompile(`"path":"[^"]*/behave/behave.go","line":\d+`)

// TestStack: the trace of a panic begins where the function panicked.
func TestStack(t *testing.T) {
	for does, want := range map[string]string{
		"panic:method:boom": `"stackTrace":[{"path":"FILE","line":LINE,"label":"(*Pointer).fall"},{"path":"FILE","line":LINE,"label":"Client.panic"}`,
		"panic:map:boom":    `"stackTrace":[{"path":"FILE","line":LINE,"label":"Client.panic"},{"path":"FILE","line":LINE,"label":"Client.Handle"}`,
		"error:broken:":     `"stackTrace":[{"path":"FILE","line":LINE,"label":"Broken.Error"}`,
	} {
		do := script{events: []event{{body: does}}}
		got := do.run(t, program(t, "ours"))
		if len(got.posts) != 1 || !strings.Contains(places.ReplaceAllString(got.posts[0].body, `"path":"FILE","line":LINE`), want) {
			t.Errorf("%s: %+v\nwant %s", does, got.posts, want)
		}
		if !strings.Contains(got.stderr, got.posts[0].body) {
			t.Errorf("%s: the log has no stack: %s", does, got.stderr)
		}
	}
}

// TestGoexit: a handler that ends its goroutine ends the process, and says why.
func TestGoexit(t *testing.T) {
	do := script{events: []event{{body: "goexit"}}}
	got := do.run(t, program(t, "ours"))
	if got.status != 1 || !strings.Contains(got.stderr, "runtime.Goexit") {
		t.Errorf("status %d, stderr %s", got.status, got.stderr)
	}
}

// TestNoRuntimeAPI: a program that nobody serves says so and fails.
func TestNoRuntimeAPI(t *testing.T) {
	l, err := net.Listen("tcp4", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	addr := l.Addr().String()
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		env  []string
		want string
	}{
		{nil, "AWS_LAMBDA_RUNTIME_API is not set"},
		{[]string{"AWS_LAMBDA_RUNTIME_API="}, "AWS_LAMBDA_RUNTIME_API is not set"},
		{[]string{"AWS_LAMBDA_RUNTIME_API=example.org:80"}, `"example.org:80", not an IPv4 address`},
		{[]string{"AWS_LAMBDA_RUNTIME_API=" + addr}, addr + ": connect: connection refused"},
		{[]string{"AWS_LAMBDA_RUNTIME_API=" + addr, "INIT=error"}, addr + ": connect: connection refused"},
	} {
		cmd := exec.Command(program(t, "ours"))
		cmd.Env = append([]string{"A=b"}, c.env...) // no variable would be all of the test's
		out, err := cmd.CombinedOutput()
		if status := exitStatus(t, err); status != 1 || !strings.Contains(string(out), c.want) {
			t.Errorf("%v: exit %d, %s, want 1 and %s", c.env, status, out, c.want)
		}
	}
}

// TestSIGTERM: the hook runs before the environment ends, whether Lambda lets an
// extension in or not.
func TestSIGTERM(t *testing.T) {
	for _, c := range []struct {
		none bool
		log  string
	}{{false, "the end\n"}, {true, "register an extension for SIGTERM: the Extensions API answered 404: \nthe end\n"}} {
		do := script{events: []event{{body: "a"}}, term: true, noExts: c.none}
		got := do.run(t, program(t, "ours"), "SIGTERM=1")
		if got.status != 0 || got.stderr != c.log || len(got.posts) != 2 {
			t.Fatalf("status %d, stderr %q, want %q, posts %+v", got.status, got.stderr, c.log, got.posts)
		}
		first := got.posts[0]
		if first.path != "/2020-01-01/extension/register" || first.body != `{"events":[]}` || first.header.Get("Lambda-Extension-Name") != "coldcrank-sigterm" {
			t.Errorf("registered by %+v", first)
		}
		if got.posts[1].body != "a" {
			t.Errorf("the event is answered by %+v", got.posts[1])
		}
	}
}
