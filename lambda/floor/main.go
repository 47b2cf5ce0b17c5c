// Floor is the function of lambda/health on package bare: the smallest cold start
// of a function in Go that we know. It does what the reference does, a router in
// Rust with one route: it reads the event, answers GET /health with 200 Healthy,
// and everything else with 404 or 405. Nothing is done before the first event is
// asked for.
package main

import (
	"github.com/coldcrank/coldcrank/lambda/ric/bare"
	_ "github.com/coldcrank/coldcrank/lambda/ric/entry" // nothing of it is in the file without its flag
	"github.com/coldcrank/coldcrank/lambda/ric/payload"
)

func main() { bare.Start(payload.Handler(route)) }

// route does with HEAD what Axum does with a route that is given GET alone
// (axum's documentation, routing::get).
func route(_ *bare.Invocation, r *payload.Request) payload.Response {
	switch {
	case r.Path != "/health":
		return payload.Response{Status: 404}
	case r.Method != "GET" && r.Method != "HEAD":
		return payload.Response{Status: 405, Headers: payload.Fields{{Name: "allow", Value: "GET,HEAD"}}}
	}
	healthy := payload.Response{Headers: payload.Fields{{Name: "content-type", Value: "text/plain; charset=utf-8"}}}
	if r.Method == "GET" {
		healthy.Body = []byte("Healthy")
	}
	return healthy
}
