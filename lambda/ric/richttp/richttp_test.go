package richttp

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/coldcrank/coldcrank/lambda/ric"
)

// mux answers in the ways that handlers do.
func mux() *http.ServeMux {
	m := http.NewServeMux()
	m.HandleFunc("POST /echo", func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", r.Header.Get("Content-Type"))
		io.Copy(w, r.Body)
	})
	m.HandleFunc("/seen/{name}", func(w http.ResponseWriter, r *http.Request) {
		c, err := r.Cookie("b")
		fmt.Fprintln(w, r.Method, r.PathValue("name"), r.URL.Path, r.URL.RawQuery, r.RequestURI, r.Host, r.Header.Get("Host"), r.ContentLength, r.Header.Get("X-Twice"), c, err)
	})
	m.HandleFunc("/headers", func(w http.ResponseWriter, r *http.Request) {
		w.Header().Add("Vary", "A")
		w.Header().Add("Vary", "B")
		http.SetCookie(w, &http.Cookie{Name: "a", Value: "1"})
		http.SetCookie(w, &http.Cookie{Name: "b", Value: "2, 3"})
		w.WriteHeader(http.StatusTeapot)
		w.Header().Set("Late", "1")
		fmt.Fprint(w, "<b>&</b>")
	})
	m.HandleFunc("/empty", func(http.ResponseWriter, *http.Request) {})
	m.HandleFunc("/none", func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(http.StatusNoContent)
		if _, err := w.Write([]byte("x")); !errors.Is(err, http.ErrBodyNotAllowed) {
			panic(err)
		}
	})
	m.HandleFunc("/detect", func(w http.ResponseWriter, _ *http.Request) { w.Write([]byte("\x89PNG\r\n\x1a\n\xff")) })
	m.HandleFunc("/pieces", func(w http.ResponseWriter, _ *http.Request) {
		for _, piece := range []string{"", "<", "!DOCTYPE", " html><p>"} {
			w.Write([]byte(piece))
		}
	})
	m.HandleFunc("/untyped", func(w http.ResponseWriter, _ *http.Request) {
		w.Header()["Content-Type"] = nil
		w.Write([]byte("text"))
	})
	m.HandleFunc("/encoded", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Encoding", "gzip")
		w.Write([]byte("\x1f\x8b"))
	})
	m.HandleFunc("/abort", func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) })
	m.HandleFunc("/panic", func(http.ResponseWriter, *http.Request) { panic("boom") })
	return m
}

// answer is a response in payload format 2.0.
type answer struct {
	StatusCode      int
	Headers         map[string]string
	Cookies         []string
	Body            string
	IsBase64Encoded bool
}

func invoke(t *testing.T, h ric.Handler, event any) (answer, error) {
	t.Helper()
	data, err := json.Marshal(event)
	if err != nil {
		t.Fatal(err)
	}
	out, err := h(t.Context(), data)
	if err != nil {
		return answer{}, err
	}
	d := json.NewDecoder(bytes.NewReader(out))
	d.DisallowUnknownFields()
	var a answer
	if err := d.Decode(&a); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	if a.IsBase64Encoded {
		b, err := base64.StdEncoding.DecodeString(a.Body)
		if err != nil {
			t.Fatal(err)
		}
		a.Body = string(b)
	}
	return a, nil
}

func eventOf(method, path, query, contentType, body string) map[string]any {
	e := map[string]any{
		"version": "2.0", "rawPath": path, "rawQueryString": query, "cookies": []string{"a=1", "b=2"},
		"headers":        map[string]string{"content-type": contentType, "host": "example.org", "x-twice": "1,2"},
		"requestContext": map[string]any{"domainName": "id.execute-api", "stage": "$default", "http": map[string]string{"method": method, "path": path, "sourceIp": "192.0.2.1"}},
		"body":           body, "isBase64Encoded": false,
	}
	if !utf8.ValidString(body) {
		e["body"], e["isBase64Encoded"] = base64.StdEncoding.EncodeToString([]byte(body)), true
	}
	return e
}

// TestAsServed sends the same requests to net/http's own server.
func TestAsServed(t *testing.T) {
	server := httptest.NewServer(mux())
	defer server.Close()
	h := Handler(mux())
	for _, c := range []struct{ method, path, query, contentType, body string }{
		{"POST", "/echo", "", "text/plain", "say \"hello\" ü <&> \u2028"},
		{"POST", "/echo", "", "image/png", "\x00\xff\x00"},
		{"POST", "/echo", "", "application/json", strings.Repeat(`{"a":1}`, 1<<17)},
		{"POST", "/echo", "", "text/plain", ""},
		{"GET", "/echo", "", "", ""},
		{"GET", "/seen/me", "a=1&b=%26&a=2", "", ""},
		{"PUT", "/seen/a b", "", "text/plain", "x"},
		{"DELETE", "/seen/ü%", "", "", ""},
		{"GET", "/headers", "", "", ""},
		{"HEAD", "/headers", "", "", ""},
		{"GET", "/empty", "", "", ""},
		{"GET", "/none", "", "", ""},
		{"GET", "/detect", "", "", ""},
		{"GET", "/pieces", "", "", ""},
		{"HEAD", "/pieces", "", "", ""},
		{"GET", "/untyped", "", "", ""},
		{"GET", "/encoded", "", "", ""},
		{"GET", "/nowhere", "", "", ""},
		{"GET", "/seen/../empty", "", "", ""},
	} {
		r, err := http.NewRequestWithContext(t.Context(), c.method, server.URL, strings.NewReader(c.body))
		if err != nil {
			t.Fatal(err)
		}
		r.URL.Path, r.URL.RawQuery, r.Host = c.path, c.query, "example.org"
		r.Header.Set("Content-Type", c.contentType)
		r.Header.Set("X-Twice", "1,2")
		r.Header.Set("Cookie", "a=1; b=2")
		r.Header.Set("Accept-Encoding", "identity") // or the client unpacks
		resp, err := http.DefaultTransport.RoundTrip(r)
		if err != nil {
			t.Fatal(err)
		}
		body, err := io.ReadAll(resp.Body)
		resp.Body.Close()
		if err != nil {
			t.Fatal(err)
		}
		want := map[string]string{}
		for k, v := range resp.Header {
			if k != "Set-Cookie" && k != "Date" && k != "Content-Length" {
				want[strings.ToLower(k)] = strings.Join(v, ", ")
			}
		}
		got, err := invoke(t, h, eventOf(c.method, c.path, c.query, c.contentType, c.body))
		delete(got.Headers, "content-length")
		if err != nil || got.StatusCode != resp.StatusCode || got.Body != string(body) || !maps.Equal(got.Headers, want) ||
			strings.Join(got.Cookies, ";") != strings.Join(resp.Header["Set-Cookie"], ";") {
			t.Errorf("%s %s: %d %v %v %.200q, %v\nserved: %d %v %.200q", c.method, c.path, got.StatusCode, got.Headers, got.Cookies, got.Body, err, resp.StatusCode, resp.Header, body)
		}
	}
}

// TestPath: the path is decoded, whether the gateway has done that or not, and has
// no stage in front.
func TestPath(t *testing.T) {
	for _, c := range []struct{ host, stage, path, want, uri string }{
		{"id.execute-api.us-east-1.amazonaws.com", "$default", "/a b%2Fc", "/a b%2Fc", "/a%20b%252Fc?q=%20"},
		{"example.org", "prod", "/prod/a", "/a", "/a?q=%20"},
		{"id.lambda-url.us-east-1.on.aws", "$default", "/a%20b%2Fc", "/a b/c", "/a%20b%2Fc?q=%20"},
		{"id.lambda-url.us-east-1.on.aws", "$default", "/100%", "/100%", "/100%25?q=%20"},
	} {
		e := eventOf("GET", c.path, "q=%20", "", "")
		e["headers"].(map[string]string)["host"] = c.host
		e["requestContext"].(map[string]any)["stage"] = c.stage
		var got *http.Request
		if _, err := invoke(t, Handler(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { got = r })), e); err != nil {
			t.Fatal(err)
		}
		if got.URL.Path != c.want || got.RequestURI != c.uri || got.Host != c.host || got.RemoteAddr != "192.0.2.1:0" {
			t.Errorf("%s at %s: %s, %s, host %s, from %s, want %s, %s", c.path, c.host, got.URL.Path, got.RequestURI, got.Host, got.RemoteAddr, c.want, c.uri)
		}
	}
}

// TestContext: the invocation is in the request's context.
func TestContext(t *testing.T) {
	var got *ric.Invocation
	h := Handler(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { got, _ = ric.FromContext(r.Context()) }))
	in := &ric.Invocation{RequestID: "id"}
	event, err := json.Marshal(eventOf("GET", "/", "", "", ""))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := h(ric.NewContext(t.Context(), in), event); err != nil || got != in {
		t.Errorf("%v, %v", got, err)
	}
}

func TestNoRequest(t *testing.T) {
	h := Handler(mux())
	for _, event := range []any{nil, 1, []int{}, map[string]any{}, map[string]any{"rawPath": "/"}, eventOf("GET", "no slash", "", "", ""), eventOf("", "/", "", "", "")} {
		if a, err := invoke(t, h, event); err == nil {
			t.Errorf("%v is answered with %v", event, a)
		}
	}
	bad := eventOf("POST", "/echo", "", "", "")
	bad["body"], bad["isBase64Encoded"] = "%", true
	if _, err := invoke(t, h, bad); err == nil {
		t.Error("a body that is no base64 is taken")
	}
}

func TestPanic(t *testing.T) {
	h := Handler(mux())
	if _, err := invoke(t, h, eventOf("GET", "/abort", "", "", "")); err != http.ErrAbortHandler {
		t.Errorf("aborted: %v", err)
	}
	defer func() {
		if v := recover(); v != "boom" {
			t.Errorf("the panic is %v", v)
		}
	}()
	invoke(t, h, eventOf("GET", "/panic", "", "", ""))
}

// FuzzEvent: whatever the event is, there is an error or a response.
func FuzzEvent(f *testing.F) {
	for _, c := range []map[string]any{eventOf("GET", "/seen/x", "a=b", "", ""), eventOf("POST", "/echo", "", "text/plain", "\xff")} {
		data, err := json.Marshal(c)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(data)
	}
	m := mux()
	h := Handler(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path != "/panic" {
			m.ServeHTTP(w, r)
		}
	}))
	f.Fuzz(func(t *testing.T, data []byte) {
		out, err := h(t.Context(), data)
		if err == nil && !json.Valid(out) {
			t.Fatalf("%q: %q", data, out)
		}
	})
}
