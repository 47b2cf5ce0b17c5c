package gateway

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/coldcrank/coldcrank/lambda/local/internal/assembly"
	"github.com/coldcrank/coldcrank/lambda/local/internal/docs"
	"github.com/coldcrank/coldcrank/lambda/local/internal/function"
)

// rule is one rule of HTTP APIs, tried on the front as a client's bytes.
type rule struct {
	says, source string

	routes  []string // empty: $default
	stage   string   // empty: $default
	iam     bool     // the routes ask for it
	request string   // lines of the head, without Host, Connection and Content-Length, an empty line, the body
	answer  string   // the function's; empty: "ok"
	fails   string   // the function's error, AWS's error code where it is refused, or never
	twice   bool     // the stage admits one request, and a second is looked at

	look string // what is looked at: a member of the event, "header NAME" or "log VARIABLE"; empty: status and body
	want string
}

// never is how a function fails that does not answer.
const never = "never"

const (
	devGuide = "https://docs.aws.amazon.com/apigateway/latest/developerguide/"
	payload2 = devGuide + "http-api-develop-integrations-lambda.html"
	quotas   = devGuide + "http-api-quotas.html"
	routing  = devGuide + "http-api-develop-routes.html"
	signing  = "https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-signing-elements.html"
	// What AWS's team for .NET recorded of AWS, and tests its own emulator by.
	dotnet        = "https://github.com/aws/aws-lambda-dotnet/blob/master/Tools/LambdaTestTool-v2/"
	dotnetRequest = dotnet + "tests/Amazon.Lambda.TestTool.UnitTests/Extensions/HttpContextTestCases.cs"
	dotnetInfer   = dotnet + "src/Amazon.Lambda.TestTool/Extensions/InvokeResponseExtensions.cs"
	dotnetAnswer  = dotnet + "src/Amazon.Lambda.TestTool/Extensions/ApiGatewayResponseExtensions.cs"
	dotnetLarge   = dotnet + "tests/Amazon.Lambda.TestTool.IntegrationTests/LargePayloadTests.cs"
	realEvent     = "https://github.com/aws/aws-lambda-java-libs/pull/230"
	base64Types   = "https://github.com/ministackorg/ministack/pull/766"
	http9110      = "https://www.rfc-editor.org/rfc/rfc9110"
)

// TestFront tries each rule.
func TestFront(t *testing.T) {
	rules := slices.Concat(routeRules, eventRules, answerRules, errorRules, iamRules)
	for _, r := range rules {
		if got := r.try(t); got != r.want {
			t.Errorf("%s\n%s\n\tgot  %s\n\twant %s", r.says, shown(r.request), got, r.want)
		}
	}
	docs.Hold(t, "local-executor.md", "\n## Front\n", "\n## ", rulesSection(rules))
}

// try sends the request and says what is looked at.
func (r rule) try(t *testing.T) string {
	t.Helper()
	var event []byte
	over := make(chan struct{})
	f := invokerFunc(func(_ context.Context, payload []byte) (function.Result, error) {
		event = payload
		result := function.Result{RequestID: "6bc28136-xmpl", Payload: []byte(r.answer)}
		switch {
		case r.fails == never:
			<-over
		case strings.HasSuffix(r.fails, "Exception"):
			return result, &function.Error{Code: r.fails, Message: "no"}
		case r.fails != "":
			result.FunctionError = r.fails
		case r.answer == "":
			result.Payload = []byte(`"ok"`)
		}
		return result, nil
	})
	routes := r.routes
	if routes == nil {
		routes = []string{"$default"}
	}
	variable, logged := strings.CutPrefix(r.look, "log ")
	g, store := newGateway(t, f, func(a *assembly.API) {
		if r.stage != "" {
			a.Stage = r.stage
		}
		for _, route := range a.Routes {
			if r.iam {
				route.Auth = "AWS_IAM"
			}
			if r.fails == never {
				route.Timeout = 50 * time.Millisecond // the least that may be set
			}
		}
		if r.twice {
			a.RateLimit, a.BurstLimit = 0.001, 1
		}
		a.AccessFormat = "$context." + variable
	}, routes...)
	s := httptest.NewServer(g)
	defer s.Close()
	defer g.Wait()
	defer close(over)
	if r.twice {
		sendRaw(t, s.Listener.Addr().String(), r.bytes())
	}
	resp, body := sendRaw(t, s.Listener.Addr().String(), r.bytes())
	name, header := strings.CutPrefix(r.look, "header ")
	switch {
	case r.look == "":
		return strings.TrimSpace(fmt.Sprintf("%d %s", resp.StatusCode, body))
	case header:
		if values := resp.Header.Values(name); values != nil {
			return strings.Join(values, " and ")
		}
		return "none"
	case logged:
		return strings.Join(records(t, store), "\n")
	}
	return member(t, event, r.look)
}

// bytes are the request's on the wire.
func (r rule) bytes() []byte {
	head, body, _ := strings.Cut(r.request, "\n\n")
	line, headers, _ := strings.Cut(head, "\n")
	if !strings.Contains(line, "HTTP/1.") {
		line += " HTTP/1.1"
	}
	var b bytes.Buffer
	fmt.Fprintf(&b, "%s\r\nHost: api.example\r\nConnection: close\r\n", line)
	if headers != "" {
		headers = strings.NewReplacer("{now}", time.Now().UTC().Format("20060102T150405Z"),
			"{today}", time.Now().UTC().Format("20060102"), "{10 KB}", strings.Repeat("x", maxHead)).Replace(headers)
		b.WriteString(strings.ReplaceAll(headers, "\n", "\r\n") + "\r\n")
	}
	body = strings.NewReplacer("{10 MB and 1 byte}", strings.Repeat("x", maxBody+1), "{6 MB}", strings.Repeat("x", maxEvent)).Replace(body)
	switch {
	case strings.Contains(headers, "chunked"):
		body = fmt.Sprintf("%x\r\n%s\r\n0\r\n\r\n", len(body), body)
	case body != "":
		fmt.Fprintf(&b, "Content-Length: %d\r\n", len(body))
	}
	b.WriteString("\r\n" + body)
	return b.Bytes()
}

// sendRaw sends bytes and reads one response.
func sendRaw(t testing.TB, address string, request []byte) (*http.Response, string) {
	t.Helper()
	c, err := net.Dial("tcp", address)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	if err := c.SetDeadline(time.Now().Add(20 * time.Second)); err != nil {
		t.Fatal(err)
	}
	written := make(chan error, 1)
	go func() { // an answer may come, and the connection end, before all is sent
		_, err := c.Write(request)
		written <- err
	}()
	method, _, _ := strings.Cut(string(request), " ")
	resp, err := http.ReadResponse(bufio.NewReader(c), &http.Request{Method: method})
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	c.Close()
	<-written
	return resp, string(body)
}

// member is a member of the event as JSON, by the names on its path.
func member(t *testing.T, event []byte, path string) string {
	t.Helper()
	if event == nil {
		return "not invoked"
	}
	var v any
	if err := json.Unmarshal(event, &v); err != nil {
		t.Fatal(err)
	}
	for name := range strings.SplitSeq(path, ".") {
		object, ok := v.(map[string]any)
		if v, ok = object[name], ok && object[name] != nil; !ok {
			return "absent"
		}
	}
	var b strings.Builder
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(v); err != nil {
		t.Fatal(err)
	}
	return strings.TrimSpace(b.String())
}

// shown is a request as the page has it.
func shown(request string) string {
	head, body, _ := strings.Cut(request, "\n\n")
	s := strings.ReplaceAll(head, "\n", " ⏎ ")
	if body != "" {
		s += " ⏎ ⏎ " + body
	}
	return s
}

// rulesSection is the table for people.
func rulesSection(rules []rule) string {
	var b strings.Builder
	b.WriteString(`
What a client sees of an HTTP API, and what a function gets. ` + "`go test ./lambda/local/internal/gateway -run TestFront`" + ` sends each request and holds this section (` + "`-update`" + ` writes it). Each rule links to its source: AWS's documentation, or who has seen it on AWS where that is silent.

Every API is served over HTTP and over TLS on the same port; over TLS a client that asks for it gets HTTP/2, with 128 streams a connection, as many as AWS documents for its Application Load Balancer. The certificate is made at the start for 127.0.0.1 and localhost, stands in the outputs file, and its key is never written.

| rule | request | answer of the function | seen | is |
| --- | --- | --- | --- | --- |
`)
	for _, r := range rules {
		answer, look := code(r.answer), "status and body"
		switch {
		case strings.HasSuffix(r.fails, "Exception"):
			answer = "refused: " + r.fails
		case r.fails == never:
			answer = "none in time"
		case r.fails != "":
			answer = "fails"
		}
		if r.look != "" {
			look = strings.Replace(r.look, "log ", "`$context.` ", 1)
		}
		request := code(shown(r.request))
		if r.routes != nil {
			request += ", routes " + code(strings.Join(r.routes, ", "))
		}
		if r.stage != "" {
			request += ", stage " + code(r.stage)
		}
		if r.twice {
			request += " again, where the stage admits one"
		}
		fmt.Fprintf(&b, "| [%s](%s) | %s | %s | %s | %s |\n", r.says, r.source, request, answer, look, code(r.want))
	}
	b.WriteString(unknownRules)
	return b.String()
}

// code is a piece of code in a table's cell.
func code(s string) string {
	if s == "" {
		return ""
	}
	return "`" + strings.NewReplacer("|", `\|`, "\n", " ").Replace(s) + "`"
}

// unknownRules are what no source tells.
const unknownRules = `
What neither documentation nor anybody's report tells, and what the executor does: the wording of the answer to headers that are too large (that of its status), ` + "`//health`" + ` for a route /health (no match), a status in quotes (500; REST APIs [take it](https://github.com/localstack/localstack/pull/11199)), ` + "`null`" + ` or in another form than digits, such as ` + "`2e2`" + ` (500), spellings of one header's name (seen of REST APIs only), a status below 200 or above 599 (500), a header that HTTP cannot carry (500), Lambda's refusal for want of concurrency (503, which users report without a record of it), and what becomes of headers of a connection (they are not passed on). ` + "`requestContext.domainName`" + `, ` + "`host`" + ` and ` + "`x-forwarded-port`" + ` are those of this machine. A signature is read and not verified: the executor's credentials are public. Not here: CORS, JWT and Lambda authorizers, payload format 1.0, stage variables, custom domains, parameter mapping.

Nor is it documented what a client is told that sends what is no request: a path such as ` + "`/%zz`" + `, no Host, another expectation than ` + "`100-continue`" + `, another transfer coding than chunked, headers of more than 1 MB, no HTTP at all. The executor gives it the status that Go's net/http has for it (400, 417, 431, 501, 505) in the form of its other answers, with an id, and ends the connection; the access log has no record of it. Over HTTP/2 such a request ends its stream, and headers of more than 1 MB are answered by net/http. ` + "`OPTIONS *`" + ` is a request for the path ` + "`*`" + `. ` + "`go test ./lambda/local -run TestRefused`" + ` holds this.
`
