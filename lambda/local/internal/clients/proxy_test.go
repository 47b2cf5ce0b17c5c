package clients

import (
	"encoding/json"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	v4 "github.com/aws/aws-sdk-go-v2/aws/signer/v4"
)

// TestAPIProxy runs an http.Handler behind aws-lambda-go-api-proxy: the
// request that it makes of our event is the one that was sent, and the response
// that it makes of the handler's comes back whole.
func TestAPIProxy(t *testing.T) {
	whole(t)
	exe := filepath.Join(t.TempDir(), "bootstrap")
	goBuild(t, "testdata/proxy", exe)
	s := start(t, func(dir string) { check(t, os.Rename(exe, filepath.Join(dir, "bootstrap"))) })
	behaves(t, s, "asked to fail")
	t.Run("request", func(t *testing.T) { requestAsSent(t, s) })
	t.Run("methods", func(t *testing.T) { methods(t, s) })
	t.Run("IAM", func(t *testing.T) { signed(t, s) })
}

// seen is the request as the handler got it.
type seen struct {
	Method, URI, Path, Query, Host, Remote, Type, User string

	Header  http.Header
	Cookies []string
	Values  map[string][]string
	Body    []byte
}

func see(t *testing.T, a answer) seen {
	t.Helper()
	var got seen
	if err := json.Unmarshal(a.body, &got); err != nil {
		t.Fatalf("%v: %d %s", err, a.status, a.body)
	}
	return got
}

func requestAsSent(t *testing.T, s *stack) {
	r, err := http.NewRequestWithContext(t.Context(), "PATCH",
		s.base+"/see/a%20b/%C3%BC/c+d/e%2Cf?q=1&q=two%20words&q=&amp=a%26b%3Dc&plus=1+1&flag&%C3%BC=%F0%9F%99%82", strings.NewReader("\x00\xff\x80"))
	check(t, err)
	r.Header = http.Header{
		"X-One": {"1"}, "X-Two": {"1", "2"}, "X-Empty": {""}, "Content-Type": {"application/x-thing; v=1"}, "User-Agent": {"somebody/1.0 (x; y)"},
		"Cookie": {"a=1; b=x=y"}, "X-Forwarded-For": {"192.0.2.7"}, "Accept": {"text/html, */*;q=0.8"},
	}
	a := send(t, r)
	got := see(t, a)
	for _, c := range []struct {
		what      string
		got, want any
	}{
		{"method", got.Method, "PATCH"},
		{"path", got.Path, r.URL.Path},
		{"query", got.Query, r.URL.RawQuery},
		{"values", got.Values, map[string][]string(r.URL.Query())},
		{"URI", got.URI, (&url.URL{Path: r.URL.Path, RawQuery: r.URL.RawQuery}).RequestURI()}, // of the decoded rawPath
		{"host", got.Header.Get("Host"), r.URL.Host},                                          // the adapter leaves it among the headers
		{"remote", got.Remote, "127.0.0.1"},
		{"content type", got.Type, "application/x-thing; v=1"},
		{"body", got.Body, []byte("\x00\xff\x80")},
		{"cookies", got.Cookies, []string{"a=1", `b=x=y`}},
		{"X-One", got.Header["X-One"], []string{"1"}},
		{"X-Two", got.Header["X-Two"], []string{"1", "2"}},
		{"X-Empty", got.Header["X-Empty"], []string{""}},
		{"User-Agent", got.Header["User-Agent"], []string{"somebody/1.0 (x; y)"}},
		{"Accept", strings.Join(got.Header["Accept"], ", "), "text/html, */*;q=0.8"},
		{"Content-Length", got.Header["Content-Length"], []string{"3"}},
		{"X-Forwarded-For", got.Header["X-Forwarded-For"], []string{"192.0.2.7", "127.0.0.1"}},
		{"X-Forwarded-Proto", got.Header["X-Forwarded-Proto"], []string{"http"}},

		{"status of the response", a.status, http.StatusTeapot},
		{"its cookies", a.header["Set-Cookie"], []string{"a=1", "b=2; Path=/; HttpOnly"}},
		{"its X-Many", a.header["X-Many"], []string{"one,two"}}, // one string a name in format 2.0
	} {
		if !reflect.DeepEqual(c.got, c.want) {
			t.Errorf("%s: got %q, want %q", c.what, c.got, c.want)
		}
	}
}

func methods(t *testing.T, s *stack) {
	for _, method := range []string{"GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"} {
		if got := see(t, s.do(t, method, "/see/x", "", "")); got.Method != method || len(got.Body) != 0 {
			t.Errorf("%s: the handler saw %s with %q", method, got.Method, got.Body)
		}
	}
	if a := s.do(t, "HEAD", "/see/x", "", ""); a.status != http.StatusTeapot || len(a.body) != 0 || !slices.Contains(a.header["Set-Cookie"], "a=1") {
		t.Errorf("HEAD: %d %v %q", a.status, a.header, a.body)
	}
}

// signed: a route with IAM authorization hands over who signed.
func signed(t *testing.T, s *stack) {
	if a := s.do(t, "GET", "/signed", "", ""); a.status != 403 {
		t.Errorf("unsigned: %d %s", a.status, a.body)
	}
	r, err := http.NewRequestWithContext(t.Context(), "GET", s.base+"/signed", nil)
	check(t, err)
	key, err := s.aws.Credentials.Retrieve(t.Context())
	check(t, err)
	key.AccessKeyID = "AKIDLOCAL"
	const emptySHA256 = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
	check(t, v4.NewSigner().SignHTTP(t.Context(), key, r, emptySHA256, "execute-api", "eu-central-1", time.Now()))
	if got := see(t, send(t, r)); got.User != "AKIDLOCAL" {
		t.Errorf("the handler saw the access key %q", got.User)
	}
}
