// Package richttp runs an http.Handler on package ric, behind an HTTP API or a
// function URL. It brings net/http along, whose start a function with this import
// pays for.
//
//	func main() {
//		mux := http.NewServeMux()
//		mux.HandleFunc("GET /health", health)
//		richttp.Start(mux)
//	}
//
// Events and answers have payload format 2.0, which package payload reads and
// writes.
package richttp

import (
	"bytes"
	"context"
	"io"
	"net"
	"net/http"
	"net/url"
	"strings"

	"github.com/coldcrank/coldcrank/lambda/ric"
	"github.com/coldcrank/coldcrank/lambda/ric/payload"
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
		return w.answer(), nil
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

func request(ctx context.Context, event []byte) (*http.Request, error) {
	p, err := payload.Parse(event)
	if err != nil {
		return nil, err
	}
	host, _ := p.Headers.Get("host")
	r := (&http.Request{
		Method: p.Method, URL: address(p, host),
		Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1,
		Header: make(http.Header, len(p.Headers)), Host: host,
		Body: http.NoBody, ContentLength: int64(len(p.Body)),
		RemoteAddr: net.JoinHostPort(p.SourceIP, "0"), // the port is not known
	}).WithContext(ctx)
	r.RequestURI = r.URL.RequestURI()
	if len(p.Body) > 0 {
		r.Body = io.NopCloser(bytes.NewReader(p.Body))
	}
	for _, f := range p.Headers {
		r.Header.Set(f.Name, f.Value)
	}
	r.Header.Del("Host") // as net/http's server does it
	if len(p.Cookies) > 0 {
		r.Header.Set("Cookie", strings.Join(p.Cookies, "; "))
	}
	return r, nil
}

// address is the URL of a request. An HTTP API has decoded its path; a function
// URL, whose host is ID.lambda-url.REGION.on.aws, has not.
func address(p *payload.Request, host string) *url.URL {
	u := &url.URL{Path: p.Path, RawQuery: p.RawQuery}
	if strings.Contains(host, ".lambda-url.") {
		if decoded, err := url.PathUnescape(p.Path); err == nil {
			u.Path, u.RawPath = decoded, p.Path
		}
	}
	return u
}
