package payload

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/json"
	"reflect"
	"strings"
	"testing"
)

// documented is the event of AWS's page, "Payload format structure", with a body
// that is not text.
const documented = `{
  "version": "2.0",
  "routeKey": "$default",
  "rawPath": "/my/path",
  "rawQueryString": "parameter1=value1&parameter1=value2&parameter2=value",
  "cookies": ["cookie1", "cookie2"],
  "headers": {"header1": "value1", "header2": "value1,value2"},
  "queryStringParameters": {"parameter1": "value1,value2", "parameter2": "value"},
  "requestContext": {
    "accountId": "123456789012",
    "apiId": "api-id",
    "authentication": {"clientCert": {"validity": {"notBefore": "May 28 12:30:02 2019 GMT"}}},
    "authorizer": {"jwt": {"claims": {"claim1": "value1"}, "scopes": ["scope1", "scope2"]}},
    "domainName": "id.execute-api.us-east-1.amazonaws.com",
    "http": {"method": "POST", "path": "/my/path", "protocol": "HTTP/1.1", "sourceIp": "192.0.2.1", "userAgent": "agent"},
    "requestId": "id",
    "routeKey": "$default",
    "stage": "$default",
    "time": "12/Mar/2020:19:03:58 +0000",
    "timeEpoch": 1583348638390
  },
  "body": "SGVsbG8g/w==",
  "pathParameters": {"parameter1": "value1"},
  "isBase64Encoded": true,
  "stageVariables": {"stageVariable1": "value1"}
}`

func TestParse(t *testing.T) {
	got, err := Parse([]byte(documented))
	if err != nil {
		t.Fatal(err)
	}
	want := &Request{
		Method: "POST", Path: "/my/path", RawQuery: "parameter1=value1&parameter1=value2&parameter2=value",
		Query:          Fields{{"parameter1", "value1,value2"}, {"parameter2", "value"}},
		PathParameters: Fields{{"parameter1", "value1"}},
		Headers:        Fields{{"header1", "value1"}, {"header2", "value1,value2"}},
		Cookies:        []string{"cookie1", "cookie2"},
		Body:           []byte("Hello \xff"),
		SourceIP:       "192.0.2.1",
	}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("got  %+v\nwant %+v", got, want)
	}
}

func TestRefused(t *testing.T) {
	for event, want := range map[string]string{
		`{"rawPath":"/a","requestContext":{"http":{"method":1}}}`: "event, byte 51: want a string",
		`{"a":[1,2}`: "event, byte 9: want a comma or the end of what is open",
		`{"a":"\x"}`: "event, byte 7: an escape that is none",
		`{} x`:       "event, byte 3: something follows the event",
		`{"rawPath":"/a","requestContext":{"http":{"method":"GET"}},"body":"?","isBase64Encoded":true}`: "event: isBase64Encoded is true, and the body is not base64",
		`{"rawPath":"a","requestContext":{"http":{"method":"GET"}}}`:                                    notHTTP,
		`{"rawPath":"/a"}`: notHTTP,
		// Payload format 1.0, and an event of no API.
		`{"version":"1.0","path":"/a","httpMethod":"GET"}`: notHTTP,
		`{"Records":[{"body":"x"}]}`:                       notHTTP,
		`null`:                                             notHTTP,
	} {
		r, err := Parse([]byte(event))
		if r != nil || err == nil || err.Error() != want {
			t.Errorf("%s: %+v, %v, want %s", event, r, err, want)
		}
	}
}

const notHTTP = "event: not an HTTP request of payload format 2.0, which has requestContext.http.method, and a rawPath that begins with /"

func TestStage(t *testing.T) {
	for _, c := range []struct{ path, stage, want string }{
		{"/a", "$default", "/a"}, {"/a", "", "/a"}, {"/prod/a", "prod", "/a"}, {"/prod", "prod", "/"}, {"/product", "prod", "/product"}, {"/a", "prod", "/a"}, {"/", "prod", "/"},
	} {
		if got := withoutStage(c.path, c.stage); got != c.want {
			t.Errorf("%s in %s: %s, want %s", c.path, c.stage, got, c.want)
		}
	}
}

// answer is a response as the gateway reads it.
type answer struct {
	StatusCode      int
	Headers         map[string]string
	Cookies         []string
	Body            string
	IsBase64Encoded bool
}

// readAnswer decodes the body as well.
func readAnswer(t *testing.T, data []byte) answer {
	t.Helper()
	d := json.NewDecoder(bytes.NewReader(data))
	d.DisallowUnknownFields()
	var a answer
	if err := d.Decode(&a); err != nil {
		t.Fatalf("%v: %s", err, data)
	}
	if a.IsBase64Encoded {
		body, err := base64.StdEncoding.DecodeString(a.Body)
		if err != nil {
			t.Fatalf("%v: %s", err, data)
		}
		a.Body = string(body)
	}
	return a
}

func TestEncode(t *testing.T) {
	for _, c := range []struct {
		give Response
		want string
	}{
		{Response{}, `{"statusCode":200}`},
		{Response{Status: 404, Headers: Fields{{"Allow", "GET"}}}, `{"statusCode":404,"headers":{"allow":"GET"}}`},
		{Response{Headers: Fields{{"Vary", "a"}, {"etag", "x"}, {"vary", "b"}, {"VARY", "c"}}}, `{"statusCode":200,"headers":{"vary":"a, b, c","etag":"x"}}`},
		{Response{Cookies: []string{"a=1", "b=2"}}, `{"statusCode":200,"cookies":["a=1","b=2"]}`},
		{Response{Body: []byte("say \"<ü>\"\n")}, `{"statusCode":200,"body":"say \"<ü>\"\n"}`},
		{Response{Body: []byte{0xff}}, `{"statusCode":200,"body":"/w==","isBase64Encoded":true}`},
	} {
		if got := string(c.give.Encode()); got != c.want {
			t.Errorf("%+v: %s, want %s", c.give, got, c.want)
		}
	}
}

func TestHandler(t *testing.T) {
	type key struct{}
	ctx := context.WithValue(t.Context(), key{}, "c")
	h := Handler(func(ctx context.Context, r *Request) Response {
		return Response{Body: []byte(r.Method + " " + r.Path + " " + ctx.Value(key{}).(string))}
	})
	got, err := h(ctx, []byte(documented))
	if want := `{"statusCode":200,"body":"POST /my/path c"}`; err != nil || string(got) != want {
		t.Errorf("%s, %v, want %s", got, err, want)
	}
	if got, err := h(ctx, []byte("{}")); got != nil || err == nil {
		t.Errorf("no request: %s, %v", got, err)
	}
	if Handler[context.Context](nil) != nil {
		t.Error("no handler makes one")
	}
}

// TestIndependent: a request is not a part of the event, which is the handler's to
// change.
func TestIndependent(t *testing.T) {
	event := []byte(documented)
	r, err := Parse(event)
	if err != nil {
		t.Fatal(err)
	}
	clear(event)
	want, err := Parse([]byte(documented))
	if err != nil {
		t.Fatal(err)
	}
	if !reflect.DeepEqual(r, want) {
		t.Errorf("%+v", r)
	}
}

// TestDepth: what lies deeper than encoding/json takes is refused, a million levels
// as well.
func TestDepth(t *testing.T) {
	nested := func(n int, open, middle, end string) []byte {
		return []byte(`{"a":` + strings.Repeat(open, n) + middle + strings.Repeat(end, n) + `}`)
	}
	for _, n := range []int{1, 62, 63, 64, 65, 127, 128, maxDepth - 2, maxDepth - 1, maxDepth, maxDepth + 1, 1_000_000} {
		for _, data := range [][]byte{nested(n, "[", "", "]"), nested(n, `{"a":`, "1", "}"), nested(n/2, `[{"a":`, "1", "}]"), nested(n, "[", "", "")} {
			_, err := decode(data)
			if got, want := err == nil, json.Valid(data); got != want {
				t.Errorf("%d of %.12q: %v, valid: %v", n, data, err, want)
			}
		}
	}
}

// TestAllocations: what is skipped takes no memory.
func TestAllocations(t *testing.T) {
	few := testing.AllocsPerRun(10, func() { Parse([]byte(documented)) })
	many := testing.AllocsPerRun(10, func() {
		Parse([]byte(`{"other":` + strings.Repeat(`[{"a":"\n"},`, 1000) + "1" + strings.Repeat("]", 1000) + `,` + documented[1:]))
	})
	if many > few+10 {
		t.Errorf("%v allocations, and %v with what is skipped", few, many)
	}
}
