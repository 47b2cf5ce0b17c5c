// Proxy is an http.Handler behind aws-lambda-go-api-proxy: others' code makes
// the request of the event and the event's answer of the response.
package main

import (
	"encoding/json"
	"io"
	"net/http"

	"github.com/aws/aws-lambda-go/lambda"
	"github.com/awslabs/aws-lambda-go-api-proxy/core"
	"github.com/awslabs/aws-lambda-go-api-proxy/httpadapter"
)

// seen is the request as the handler got it.
type seen struct {
	Method, URI, Path, Query, Host, Remote, Type, User string

	Header  http.Header
	Cookies []string
	Values  map[string][]string
	Body    []byte
}

func main() {
	lambda.Start(httpadapter.NewV2(http.HandlerFunc(handle)).ProxyWithContext)
}

func handle(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	switch r.URL.Path {
	case "/hello":
		w.Header().Set("Content-Type", "text/plain")
		io.WriteString(w, "hello")
	case "/echo":
		w.Header().Set("Content-Type", r.Header.Get("Content-Type"))
		w.Write(body)
	case "/fail":
		panic("asked to fail")
	default:
		s := seen{
			Method: r.Method, URI: r.URL.RequestURI(), Path: r.URL.Path, Query: r.URL.RawQuery, Host: r.Host,
			Remote: r.RemoteAddr, Type: r.Header.Get("Content-Type"), Header: r.Header, Values: r.URL.Query(), Body: body,
		}
		for _, c := range r.Cookies() {
			s.Cookies = append(s.Cookies, c.String())
		}
		if c, ok := core.GetAPIGatewayV2ContextFromContext(r.Context()); ok && c.Authorizer != nil && c.Authorizer.IAM != nil {
			s.User = c.Authorizer.IAM.AccessKey
		}
		answer, err := json.Marshal(s)
		if err != nil {
			http.Error(w, err.Error(), http.StatusInternalServerError)
			return
		}
		http.SetCookie(w, &http.Cookie{Name: "a", Value: "1"})
		http.SetCookie(w, &http.Cookie{Name: "b", Value: "2", Path: "/", HttpOnly: true})
		w.Header().Add("X-Many", "one")
		w.Header().Add("X-Many", "two")
		w.WriteHeader(http.StatusTeapot)
		w.Write(answer)
	}
}
