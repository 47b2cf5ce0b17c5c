package main

import (
	"fmt"
	"net/http"
	"os"
	"os/signal"
	"strings"
	"syscall"
	"time"
)

// extend registers an internal extension, which is ready 30 ms later; a silent
// one never is. On SIGTERM it says so and, if it is not deaf, exits.
func extend(kind string) {
	terminated := make(chan os.Signal, 1)
	signal.Notify(terminated, syscall.SIGTERM)
	go func() {
		<-terminated
		fmt.Println("SIGTERM")
		if kind != "deaf " {
			os.Exit(7)
		}
	}()
	api := "http://" + os.Getenv("AWS_LAMBDA_RUNTIME_API") + "/2020-01-01/extension/"
	ask := func(method, path, body, header, value string) *http.Response {
		req, err := http.NewRequest(method, api+path, strings.NewReader(body))
		if err != nil {
			panic(err)
		}
		req.Header.Set(header, value)
		resp, err := http.DefaultClient.Do(req)
		if err != nil || resp.StatusCode != http.StatusOK {
			panic(fmt.Sprint(path, ": ", status(resp, err)))
		}
		return resp
	}
	resp := ask("POST", "register", `{"events":[]}`, "Lambda-Extension-Name", "torture")
	resp.Body.Close()
	if kind == "silent " {
		return
	}
	go func() {
		time.Sleep(30 * time.Millisecond)
		ask("GET", "event/next", "", "Lambda-Extension-Identifier", resp.Header.Get("Lambda-Extension-Identifier"))
		panic("an event")
	}()
}
