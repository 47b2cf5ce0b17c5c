// The program of the tests' function: a Runtime API client that answers by the
// last part of the path.
package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"log"
	"net/http"
	"os"
	"path"
	"time"
)

type response struct {
	StatusCode int               `json:"statusCode"`
	Headers    map[string]string `json:"headers"`
	Body       string            `json:"body"`
}

func main() {
	if os.Getenv("INIT") == "fails" {
		os.Exit(1)
	}
	if d, err := time.ParseDuration(os.Getenv("INIT")); err == nil {
		time.Sleep(d)
	}
	base := "http://" + os.Getenv("AWS_LAMBDA_RUNTIME_API") + "/2018-06-01/runtime/invocation/"
	for {
		next, err := http.Get(base + "next")
		if err != nil {
			log.Fatal(err)
		}
		event, err := io.ReadAll(next.Body)
		if err != nil {
			log.Fatal(err)
		}
		next.Body.Close()
		id := next.Header.Get("Lambda-Runtime-Aws-Request-Id")
		var e struct {
			RawPath        string `json:"rawPath"`
			RawQueryString string `json:"rawQueryString"`
		}
		if err := json.Unmarshal(event, &e); err != nil {
			log.Fatal(err)
		}
		answer, kind := response{200, map[string]string{"content-type": "text/plain"}, "Healthy"}, "response"
		switch path.Base(e.RawPath) {
		case "event":
			answer.Body = string(event)
		case "pid":
			answer.Body = fmt.Sprint(os.Getpid())
			answer.Headers["pid"] = answer.Body
		case "greeting":
			answer.Body = os.Getenv("GREETING")
		case "until": // that URL answers
			fmt.Println("waiting")
			resp, err := http.Get(e.RawQueryString)
			if err != nil {
				log.Fatal(err)
			}
			resp.Body.Close()
			answer.Body = os.Getenv("GREETING")
		case "fail":
			kind = "error"
		case "exit":
			os.Exit(3)
		case "hang":
			fmt.Println("hanging")
			select {}
		}
		body, err := json.Marshal(answer)
		if err != nil {
			log.Fatal(err)
		}
		posted, err := http.Post(base+id+"/"+kind, "application/json", bytes.NewReader(body))
		if err != nil {
			log.Fatal(err)
		}
		posted.Body.Close()
	}
}
