// Richttp is a function on lambda/ric that is an http.Handler.
package main

import (
	"io"
	"net/http"

	"github.com/coldcrank/coldcrank/lambda/ric/richttp"
)

func main() {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /hello", func(w http.ResponseWriter, _ *http.Request) { io.WriteString(w, "hello") })
	mux.HandleFunc("POST /echo", func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", r.Header.Get("Content-Type"))
		if _, err := io.Copy(w, r.Body); err != nil {
			panic(err)
		}
	})
	mux.HandleFunc("GET /fail", func(http.ResponseWriter, *http.Request) { panic("asked to fail") })
	richttp.Start(mux)
}
