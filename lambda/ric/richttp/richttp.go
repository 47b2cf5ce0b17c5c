// Package richttp runs an http.Handler on package ric, behind an HTTP API or a
// function URL. It brings net/http and encoding/json along, whose start a
// function with this import pays for.
//
//	func main() {
//		mux := http.NewServeMux()
//		mux.HandleFunc("GET /health", health)
//		richttp.Start(mux)
//	}
//
// Events and answers have payload format 2.0:
// https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-integrations-lambda.html
package richttp

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"strings"

	"github.com/coldcrank/coldcrank/lambda/ric"
)

// Start serves events with h, as ric.Start does; nil is http.DefaultServeMux.
//
// A request's context is the invocation's (ric.FromContext). Its path has no
// stage in front: the routes of h are those of the API. What h writes is sent
// when it returns; nothing is streamed.
//
// A panic of h ends the process, as any handler's does, but http.ErrAbortHandler
// is only the invocation's error.
func Start(h http.Handler) {
	ric.StartWith(ric.Options{ContentType: "application/json"}, Handler(h))
}

// Handler is the handler of bytes that Start starts: for tests, and for
// ric.StartInit.
func Handler(h http.Handler) ric.Handler {
	if h == nil {
		h = http.DefaultServeMux
	}
	return func(ctx context.Context, event []byte) ([]byte, error) {
		r, err := request(ctx, event)
		if err != nil {
			return nil, err
		}
		w := &writer{head: r.Method == http.MethodHead, header: http.Header{}}
		if err := serve(h, w, r); err != nil {
			return nil, err
		}
		return w.answer()
	}
}

func serve(h http.Handler, w http.ResponseWriter, r *http.Request) (err error) {
	defer func() {
		switch v := recover(); v {
		case nil:
		case http.ErrAbortHandler:
			err = http.ErrAbortHandler
		default:
			panic(v)
		}
	}()
	h.ServeHTTP(w, r)
	return nil
}

// event is what a request needs of one.
type event struct {
	RawPath         string
	RawQueryString  string
	Cookies         []string
	Headers         map[string]string
	Body            string
	IsBase64Encoded bool
	RequestContext  struct {
		DomainName string
		Stage      string
		HTTP       struct{ Method, SourceIP string }
	}
}

var errNotHTTP = errors.New("richttp: the event is none of payload format 2.0")

func request(ctx context.Context, data []byte) (*http.Request, error) {
	var e event
	if err := json.Unmarshal(data, &e); err != nil {
		return nil, fmt.Errorf("richttp: decode event: %w", err)
	}
	in := e.RequestContext
	if in.HTTP.Method == "" || !strings.HasPrefix(e.RawPath, "/") {
		return nil, errNotHTTP
	}
	body := []byte(e.Body)
	if e.IsBase64Encoded {
		var err error
		if body, err = base64.StdEncoding.DecodeString(e.Body); err != nil {
			return nil, fmt.Errorf("richttp: decode body: %w", err)
		}
	}
	// rawPath is decoded already.
	u := &url.URL{Path: withoutStage(e.RawPath, in.Stage), RawQuery: e.RawQueryString}
	r := (&http.Request{
		Method: in.HTTP.Method, URL: u, RequestURI: u.RequestURI(),
		Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1,
		Header: make(http.Header, len(e.Headers)), Host: in.DomainName,
		Body: io.NopCloser(bytes.NewReader(body)), ContentLength: int64(len(body)),
		RemoteAddr: net.JoinHostPort(in.HTTP.SourceIP, "0"), // the port is not known
	}).WithContext(ctx)
	if len(body) == 0 {
		r.Body = http.NoBody
	}
	for name, value := range e.Headers {
		r.Header.Set(name, value)
	}
	if host := r.Header.Get("Host"); host != "" {
		r.Host = host
	}
	r.Header.Del("Host") // as net/http's server does it
	if len(e.Cookies) > 0 {
		r.Header.Set("Cookie", strings.Join(e.Cookies, "; "))
	}
	return r, nil
}

// withoutStage cuts the stage's name off a path. It is there unless the stage is
// $default, and not in a function URL's (observed on AWS by the authors of
// aws-lambda-dotnet's Lambda test tool).
func withoutStage(path, stage string) string {
	if stage == "" || stage == "$default" {
		return path
	}
	rest, ok := strings.CutPrefix(path, "/"+stage)
	switch {
	case ok && rest == "":
		return "/"
	case ok && rest[0] == '/':
		return rest
	}
	return path
}
