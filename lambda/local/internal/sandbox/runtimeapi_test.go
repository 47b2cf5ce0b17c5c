package sandbox

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"
)

// apiFixture is a live Runtime API with nobody behind it.
type apiFixture struct {
	*runtimeAPI
	t       *testing.T
	offered []*invocation
}

func newAPI(t *testing.T) *apiFixture {
	t.Helper()
	a, err := listen(func() int { return 0 }, told)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { a.server.Close() })
	return &apiFixture{runtimeAPI: a, t: t}
}

func (a *apiFixture) give(payload string, change ...func(*invocation)) *invocation {
	in := &invocation{
		Request: Request{
			ID: fmt.Sprint("id-", len(a.offered)+1), ARN: "arn:aws:lambda:eu-north-1:000000000000:function:orders:bench",
			TraceID: "Root=1-2-3", Payload: []byte(payload), ClientContext: `{"client":{}}`,
		},
		timeout: 3 * time.Second, delivered: make(chan struct{}), done: make(chan reply, 1),
	}
	for _, f := range change {
		f(in)
	}
	a.offered = append(a.offered, in)
	a.offer(in)
	return in
}

// do sends "METHOD path", then header lines and, after an empty line, a body,
// and returns status and body of the answer. The path is that below
// /2018-06-01/runtime unless it begins with two slashes.
func (a *apiFixture) do(request string) string {
	a.t.Helper()
	head, body, hasBody := strings.Cut(request, "\n\n")
	lines := strings.Split(head, "\n")
	method, path, _ := strings.Cut(lines[0], " ")
	if strings.HasPrefix(path, "//") {
		path = path[1:]
	} else {
		path = "/2018-06-01/runtime" + path
	}
	// Longer than any step takes, so that one that never ends fails the test.
	ctx, cancel := context.WithTimeout(a.t.Context(), 20*time.Second)
	defer cancel()
	var reader io.Reader
	if hasBody {
		reader = strings.NewReader(body)
	}
	req, err := http.NewRequestWithContext(ctx, method, "http://"+a.addr+path, reader)
	if err != nil {
		a.t.Fatal(err)
	}
	for _, line := range lines[1:] {
		k, v, _ := strings.Cut(line, ": ")
		req.Header.Set(k, v)
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		a.t.Fatal(err)
	}
	defer resp.Body.Close()
	got, err := io.ReadAll(resp.Body)
	if err != nil {
		a.t.Fatal(err)
	}
	return fmt.Sprintf("%d %s", resp.StatusCode, strings.TrimSpace(string(got)))
}

// The OpenAPI description is that of the Runtime API 2018-06-01, which "Using
// the Lambda runtime API for custom runtimes" links to. The server is the one of
// AWS's runtime interface emulator, aws/aws-lambda-runtime-interface-emulator,
// below internal/lambda.
const (
	openAPI   = "OpenAPI description"
	guide     = "Using the Lambda runtime API for custom runtimes"
	awsServer = "AWS's server, "
)

const (
	ok        = `202 {"status":"OK"}`
	badID     = `400 {"errorType":"InvalidRequestID","errorMessage":"Invalid request ID"}`
	forbidden = `403 {"errorType":"InvalidStateTransition","errorMessage":"State transition from %s to %s failed for runtime. Error: State transition is not allowed"}`
)

// apiRule is a rule of the Runtime API: what a runtime asks, one after the
// other, and what it gets. Each "give" hands one invocation to it, with the ids
// id-1, id-2 and so on.
type apiRule struct {
	rule, source string
	steps        [][2]string // request, answer
	ends         []string    // of the invocations: status, error type, payload
}

var (
	give  = [2]string{"give", ""}
	event = [2]string{"GET /invocation/next", `200 {}`}
)

func apiRules() []apiRule {
	deny := func(from, to string) string { return fmt.Sprintf(forbidden, from, to) }
	return []apiRule{
		{"an event is answered with 202", openAPI,
			[][2]string{give, event, {"POST /invocation/id-1/response\n\n\"yes\"", ok}}, []string{`success  "yes"`}},
		{"an empty response is one", awsServer + "rapi/handler/invocationresponse.go",
			[][2]string{give, event, {"POST /invocation/id-1/response", ok}}, []string{`success  `}},
		{"an error is answered with 202", openAPI,
			[][2]string{give, event, {"POST /invocation/id-1/error\nLambda-Runtime-Function-Error-Type: Function.Mine\n\n{\"errorType\":\"Mine\"}", ok}},
			[]string{`error Function.Mine {"errorType":"Mine"}`}},
		{"the error type is category.Reason, or unknown", guide + "; " + awsServer + "fatalerror",
			[][2]string{give, event, {"POST /invocation/id-1/error\nLambda-Runtime-Function-Error-Type: Mine\n\n{}", ok},
				give, event, {"POST /invocation/id-2/error\nLambda-Runtime-Function-Error-Type: Function.lower\n\n{}", ok},
				give, event, {"POST /invocation/id-3/error\n\n{}", ok}},
			[]string{`error Runtime.Unknown {}`, `error Function.Unknown {}`, `error Runtime.Unknown {}`}},
		{"category.Reason may stand anywhere in it", awsServer + "fatalerror",
			[][2]string{give, event, {"POST /invocation/id-1/error\nLambda-Runtime-Function-Error-Type: my.Function.Mine-2\n\n{}", ok}},
			[]string{`error my.Function.Mine-2 {}`}},
		{"the error type stands in for a body", openAPI,
			[][2]string{give, event, {"POST /invocation/id-1/error\nLambda-Runtime-Function-Error-Type: Runtime.Mine", ok}},
			[]string{`error Runtime.Mine {"errorType":"Runtime.Mine","errorMessage":""}`}},
		{"a cause for X-Ray is accepted", awsServer + "rapi/handler/invocationerror.go",
			[][2]string{give, event, {"POST /invocation/id-1/error\nLambda-Runtime-Function-XRay-Error-Cause: {\"exceptions\":[]}\n\n{}", ok}},
			[]string{`error Runtime.Unknown {}`}},
		{"a wrong request id is refused with 400", openAPI + "; " + awsServer + "rapi/middleware/middleware.go",
			[][2]string{{"POST /invocation/id-1/response\n\n1", badID}, give, event,
				{"POST /invocation/id-7/response\n\n1", badID}, {"POST /invocation/id-7/error\n\n{}", badID}, {"POST /invocation/id-1/response\n\n1", ok}},
			[]string{`success  1`}},
		{"a second response is refused with 403", openAPI + "; " + awsServer + "core/states.go",
			[][2]string{give, event, {"POST /invocation/id-1/response\n\n1", ok},
				{"POST /invocation/id-1/response\n\n2", deny("ResponseSent", "InvocationResponse")},
				{"POST /invocation/id-1/error\n\n{}", deny("ResponseSent", "InvocationErrorResponse")}},
			[]string{`success  1`}},
		{"a response to an event before is refused with 400", awsServer + "rapi/middleware/middleware.go",
			[][2]string{give, event, {"POST /invocation/id-1/response\n\n1", ok}, give, event,
				{"POST /invocation/id-1/response\n\n2", badID}, {"POST /invocation/id-2/response\n\n2", ok}},
			[]string{`success  1`, `success  2`}},
		{"who asks again without an answer gets the same event", awsServer + "core/states.go",
			[][2]string{give, event, event, {"POST /invocation/id-1/response\n\n1", ok}}, []string{`success  1`}},
		{"init/error is answered with 202, and ends the init", openAPI + "; " + awsServer + "core/states.go",
			[][2]string{{"POST /init/error\n\n{}", ok}, {"POST /init/error\n\n{}", deny("InitError", "InitError")},
				{"GET /invocation/next", deny("InitError", "Ready")}}, nil},
		{"init/error after the init is refused with 403", openAPI,
			[][2]string{give, event, {"POST /init/error\n\n{}", deny("Running", "InitError")}, {"POST /invocation/id-1/response\n\n1", ok},
				{"POST /init/error\n\n{}", deny("ResponseSent", "InitError")}}, []string{`success  1`}},
		{"a response above 6 MB is refused with 413", openAPI + "; " + awsServer + "interop/model.go",
			[][2]string{give, event, {"POST /invocation/id-1/response\n\n" + strings.Repeat("x", maxResponse+1), `413 {"errorType":"RequestEntityTooLarge","errorMessage":"Exceeded maximum allowed payload size (6291556 bytes)."}`},
				{"POST /invocation/id-1/response\n\n1", deny("ResponseSent", "InvocationResponse")}},
			[]string{`error Function.ResponseSizeTooLarge {"errorType":"Function.ResponseSizeTooLarge","errorMessage":"Response payload size exceeded maximum allowed payload size (6291556 bytes)."}`}},
		{"a response of 6 MB and 100 bytes is taken", awsServer + "interop/model.go",
			[][2]string{give, event, {"POST /invocation/id-1/response\n\n" + strings.Repeat("x", maxResponse), ok}},
			[]string{`success  ` + strings.Repeat("x", maxResponse)}},
		{"a stream is taken as a whole, where none was asked for", awsServer + "core/directinvoke",
			[][2]string{give, event, {"POST /invocation/id-1/response\nLambda-Runtime-Function-Response-Mode: streaming\n\n1", ok}},
			[]string{`success  1`}},
		{"another response mode is refused with 400", awsServer + "rapi/handler/invocationresponse.go",
			[][2]string{give, event, {"POST /invocation/id-1/response\nLambda-Runtime-Function-Response-Mode: buffered\n\n1", `400 {"errorType":"InvalidFunctionResponseMode","errorMessage":"Invalid function response mode"}`}},
			[]string{`error Runtime.InvalidResponseModeHeader `}},
		{"other methods are refused with 405", openAPI + "; " + awsServer + "rapi/router.go",
			[][2]string{give, {"HEAD /invocation/next", "405 "}, {"POST /invocation/next", "405 Method Not Allowed"}, {"PUT /invocation/id-1/response", "405 Method Not Allowed"},
				{"GET /init/error", "405 Method Not Allowed"}, event, {"POST /invocation/id-1/response\n\n1", ok}}, []string{`success  1`}},
		{"other paths are refused with 404", awsServer + "rapi/router.go",
			[][2]string{{"GET /nothing", "404 404 page not found"}, {"GET //2018-06-02/runtime/invocation/next", "404 404 page not found"},
				{"POST /invocation/id-1/nothing", "404 404 page not found"}}, nil},
	}
}

func TestRuntimeAPIRules(t *testing.T) {
	for _, c := range append(apiRules(), extensionRules()...) {
		t.Run(c.rule, func(t *testing.T) {
			t.Parallel()
			a := newAPI(t)
			for _, step := range c.steps {
				if step == give {
					a.give("{}")
					continue
				}
				if got := a.do(step[0]); got != step[1] {
					t.Errorf("%.80s:\n got %.300s\nwant %s", step[0], got, step[1])
				}
			}
			for i, in := range a.offered {
				select {
				case r := <-in.done:
					if got := fmt.Sprintf("%s %s %s", r.status, r.errorType, r.payload); got != c.ends[i] {
						t.Errorf("%s ended %.300q, want %.300q", in.ID, got, c.ends[i])
					}
				default:
					t.Errorf("%s has not ended", in.ID)
				}
			}
		})
	}
}

// "Next invocation" of the guide: the header of an event, and of one that has
// neither trace nor client context.
func TestNextHeader(t *testing.T) {
	a := newAPI(t)
	for _, c := range []struct {
		change func(*invocation)
		size   int
		want   map[string]string
	}{
		{func(in *invocation) {}, 2, map[string]string{
			"Content-Type": "application/json", "Content-Length": "2",
			"Lambda-Runtime-Aws-Request-Id": "id-1", "Lambda-Runtime-Invoked-Function-Arn": "arn:aws:lambda:eu-north-1:000000000000:function:orders:bench",
			"Lambda-Runtime-Trace-Id": "Root=1-2-3", "Lambda-Runtime-Client-Context": `{"client":{}}`, "Lambda-Runtime-Cognito-Identity": "",
		}},
		// Observed on AWS: events above about 100 KB come in chunks.
		{func(in *invocation) { in.TraceID, in.ClientContext = "", "" }, maxPlainEvent + 1, map[string]string{
			"Content-Type": "application/json", "Content-Length": "",
			"Lambda-Runtime-Aws-Request-Id": "id-2", "Lambda-Runtime-Trace-Id": "", "Lambda-Runtime-Client-Context": "",
		}},
	} {
		in := a.give(strings.Repeat(" ", c.size), c.change)
		before := time.Now()
		resp, err := http.Get("http://" + a.addr + "/2018-06-01/runtime/invocation/next")
		if err != nil {
			t.Fatal(err)
		}
		if n, err := io.Copy(io.Discard, resp.Body); err != nil || n != int64(c.size) {
			t.Errorf("%d bytes, %v", n, err)
		}
		resp.Body.Close()
		for k, v := range c.want {
			want(t, k, resp.Header.Get(k), v)
			if _, there := resp.Header[http.CanonicalHeaderKey(k)]; there != (v != "") {
				t.Errorf("%s: is there: %v", k, there)
			}
		}
		var deadline int64
		if _, err := fmt.Sscan(resp.Header.Get("Lambda-Runtime-Deadline-Ms"), &deadline); err != nil {
			t.Fatal(err)
		}
		if earliest, latest := before.Add(in.timeout).UnixMilli(), time.Now().Add(in.timeout).UnixMilli(); deadline < earliest || deadline > latest {
			t.Errorf("deadline %d, want %d to %d", deadline, earliest, latest)
		}
		a.do("POST /invocation/" + in.ID + "/response\n\n1")
	}
}

// Two requests for the next event at once get the same one, and either may
// answer it (AWS's server, core/states.go: Ready of RuntimeReadyState).
func TestTwoNextsAtOnce(t *testing.T) {
	a := newAPI(t)
	got := make(chan string, 2)
	for range 2 {
		go func() { got <- a.do("GET /invocation/next") }()
	}
	<-a.ready // one has come; the other may come before the event or after it
	a.give(`"both"`)
	for range 2 {
		want(t, "next", <-got, `200 "both"`)
	}
	want(t, "first answer", a.do("POST /invocation/id-1/response\n\n1"), ok)
	want(t, "second answer", a.do("POST /invocation/id-1/response\n\n1"), fmt.Sprintf(forbidden, "ResponseSent", "InvocationResponse"))
}

// raw sends bytes and returns what comes until the server closes, or the first
// answer's head where it does not.
func (a *apiFixture) raw(request string, closes bool) string {
	a.t.Helper()
	c, err := net.Dial("tcp", a.addr)
	if err != nil {
		a.t.Fatal(err)
	}
	defer c.Close()
	if _, err := io.WriteString(c, request); err != nil {
		a.t.Fatal(err)
	}
	if err := c.SetDeadline(time.Now().Add(20 * time.Second)); err != nil {
		a.t.Fatal(err)
	}
	if closes {
		b, err := io.ReadAll(c)
		if err != nil {
			a.t.Fatal(err)
		}
		return string(b)
	}
	var head strings.Builder
	for r := bufio.NewReader(c); !strings.HasSuffix(head.String(), "\r\n\r\n"); {
		line, err := r.ReadString('\n')
		if err != nil {
			a.t.Fatalf("%v after %q", err, head.String())
		}
		head.WriteString(line)
	}
	return head.String()
}

// Clients of HTTP/1.0, chunks with trailers, pipelining, and bodies that end
// before they are complete: what net/http does is what runtimes get.
func TestWire(t *testing.T) {
	const next = "GET /2018-06-01/runtime/invocation/next HTTP/1."
	const post = "POST /2018-06-01/runtime/invocation/id-1/response HTTP/1.1\r\nHost: x\r\n"
	for _, c := range []struct {
		name, send string
		closes     bool
		has        []string
		end        string
	}{
		{"HTTP/1.0", next + "0\r\n\r\n", true, []string{"HTTP/1.0 200 OK\r\n", "\r\n\r\n{}"}, ""},
		{"HTTP/1.0 with keep-alive", next + "0\r\nConnection: keep-alive\r\n\r\n", false, []string{"HTTP/1.0 200 OK\r\n", "Connection: keep-alive\r\n"}, ""},
		{"two requests on one connection", next + "1\r\nHost: x\r\n\r\n" + post + "Content-Length: 1\r\nConnection: close\r\n\r\n1", true,
			[]string{"HTTP/1.1 200 OK\r\n", "HTTP/1.1 202 Accepted\r\n"}, "success  1"},
		{"chunks with trailers", next + "1\r\nHost: x\r\n\r\n" + post + "Transfer-Encoding: chunked\r\nTrailer: Lambda-Runtime-Function-Error-Type, Lambda-Runtime-Function-Error-Body\r\nConnection: close\r\n\r\n" +
			"4\r\nhalf\r\n0\r\nLambda-Runtime-Function-Error-Type: Function.Mid\r\nLambda-Runtime-Function-Error-Body: e30=\r\n\r\n", true,
			[]string{"HTTP/1.1 202 Accepted\r\n"}, "error Function.Mid {}"},
		// AWS's server, core/directinvoke and rapi/rendering/render_error.go.
		{"chunks that are broken", next + "1\r\nHost: x\r\n\r\n" + post + "Transfer-Encoding: chunked\r\n\r\n4\r\nhalf\r\nnonsense\r\n", true,
			[]string{"HTTP/1.1 400 Bad Request\r\n", "TruncatedHTTPRequest"}, `error Runtime.TruncatedResponse {"errorType":"Runtime.TruncatedResponse","errorMessage":"The response ended before it was complete."}`},
		{"no HTTP", "hello\r\n\r\n", true, []string{"HTTP/1.1 400 Bad Request\r\n"}, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			a := newAPI(t)
			in := a.give("{}")
			got := a.raw(c.send, c.closes)
			for _, s := range c.has {
				if !strings.Contains(got, s) {
					t.Errorf("%q is not in %q", s, got)
				}
			}
			select {
			case r := <-in.done:
				want(t, "end", fmt.Sprintf("%s %s %s", r.status, r.errorType, r.payload), c.end)
			default:
				want(t, "end", "", c.end)
			}
		})
	}
}

// A runtime that goes away while it waits takes no event along.
func TestBrokenNext(t *testing.T) {
	a := newAPI(t)
	c, err := net.Dial("tcp", a.addr)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := io.WriteString(c, "GET /2018-06-01/runtime/invocation/next HTTP/1.1\r\nHost: x\r\n\r\n"); err != nil {
		t.Fatal(err)
	}
	<-a.ready
	if err := c.Close(); err != nil {
		t.Fatal(err)
	}
	a.give(`"kept"`)
	want(t, "next", a.do("GET /invocation/next"), `200 "kept"`)
}

// An invocation that is over is not delivered, and the moment of its timeout may be
// the one in which the runtime asks: what it began is then read and written at once,
// which the race detector would see.
func TestWithdrawn(t *testing.T) {
	a := newAPI(t)
	a.withdraw(a.give(`"over"`))
	asked := make(chan string)
	ask := func() { asked <- a.do("GET /invocation/next") }
	go ask()
	<-a.ready
	a.give(`"kept"`)
	want(t, "next", <-asked, `200 "kept"`)
	for n := 2; n < 50; n++ {
		want(t, "answer", a.do(fmt.Sprintf("POST /invocation/id-%d/response\n\n1", n)), ok)
		go ask()
		in := a.give(`"late"`)
		a.withdraw(in)
		timeoutReply(in, 0)
		select {
		case <-in.delivered:
		default:
			a.give(`"next"`)
			n++
		}
		<-asked
	}
}
