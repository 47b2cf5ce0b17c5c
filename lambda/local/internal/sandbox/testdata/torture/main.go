// Torture is a runtime that does on demand what functions should not do. MODE
// says what happens in its init, the event what happens in an invocation.
package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"strings"
	"syscall"
	"time"
)

var base = "http://" + os.Getenv("AWS_LAMBDA_RUNTIME_API") + "/2018-06-01/runtime/"

func main() {
	fmt.Println("init")
	first := filepath.Join(os.TempDir(), "first")
	_, err := os.Stat(first)
	again := err == nil
	if err := os.WriteFile(first, nil, 0o600); err != nil {
		panic(err)
	}
	switch mode := os.Getenv("MODE"); {
	case mode == "exit", mode == "exit once" && !again:
		os.Exit(1)
	case mode == "exit 0":
		os.Exit(0)
	case mode == "hang", mode == "hang once" && !again:
		select {}
	case mode == "init error":
		status(post("init/error", `{"errorType":"Mine","errorMessage":"no luck"}`, "Lambda-Runtime-Function-Error-Type", "Runtime.Mine"))
		select {}
	case mode == "sigterm":
		terminated := make(chan os.Signal, 1)
		signal.Notify(terminated, syscall.SIGTERM)
		go func() {
			<-terminated
			fmt.Println("SIGTERM")
		}()
	case strings.HasSuffix(mode, "extension"):
		extend(strings.TrimSuffix(mode, "extension"))
	case mode == "ask and exit":
		c, err := net.Dial("tcp", os.Getenv("AWS_LAMBDA_RUNTIME_API"))
		if err != nil {
			panic(err)
		}
		fmt.Fprint(c, "GET /2018-06-01/runtime/invocation/next HTTP/1.1\r\nHost: a\r\n\r\n")
		time.Sleep(20 * time.Millisecond)
		os.Exit(0)
	case mode == "slow":
		time.Sleep(50 * time.Millisecond)
	}
	for {
		next()
	}
}

func next() {
	resp, err := http.Get(base + "invocation/next")
	if err != nil {
		os.Exit(3)
	}
	event, err := io.ReadAll(resp.Body)
	if err != nil || resp.StatusCode != 200 {
		os.Exit(4)
	}
	id := resp.Header.Get("Lambda-Runtime-Aws-Request-Id")
	var do struct {
		Do string
		N  int
	}
	var front struct{ Body string }
	if json.Unmarshal(event, &front) == nil && front.Body != "" {
		event = []byte(front.Body) // of a request through an HTTP API
	}
	json.Unmarshal(event, &do) // anything else is echoed
	answer := func(body string) { post("invocation/"+id+"/response", body) }
	switch do.Do {
	case "exit":
		os.Exit(do.N)
	case "panic":
		panic("torture")
	case "hang":
		select {}
	case "sleep":
		time.Sleep(time.Duration(do.N) * time.Millisecond)
		answer(`"slept"`)
	case "die after":
		answer(`"last words"`)
		os.Exit(0)
	case "stay away":
		answer(`"gone"`)
		select {}
	case "print":
		fmt.Println("to stdout")
		fmt.Fprintln(os.Stderr, "to stderr")
		fmt.Println(`{"timestamp":"2026-11-26T02:28:10.158Z","level":"debug","msg":"quiet"}`)
		fmt.Println(`{"timestamp":"2026-11-26T02:28:10.158Z","level":"ERROR","msg":"loud"}`)
		fmt.Print("no newline")
		answer(`"printed"`)
	case "line":
		fmt.Print(strings.Repeat("x", do.N), "\n")
		answer(`"printed"`)
	case "error":
		post("invocation/"+id+"/error", `{"errorType":"Mine","errorMessage":"no luck"}`, "Lambda-Runtime-Function-Error-Type", "Function.Mine")
	case "respond":
		answer(strings.Repeat("x", do.N))
	case "environ":
		b, _ := json.Marshal(append(os.Environ(), "WD="+must(os.Getwd())))
		answer(string(b))
	case "memory":
		b := make([]byte, do.N<<20)
		for i := 0; i < len(b); i += 4096 {
			b[i] = 1
		}
		answer(fmt.Sprint(len(b)))
	case "fork":
		// A child in the same group, which would outlive its parent.
		cmd := exec.Command("/bin/sleep", "1000")
		if err := cmd.Start(); err != nil {
			panic(err)
		}
		answer(fmt.Sprint(cmd.Process.Pid))
	case "daemon":
		// A child of a child with a session of its own: it leaves the group, and its
		// parent does not live to tell.
		cmd := exec.Command("/bin/sh", "-c", "/bin/sleep 1000 >/dev/null 2>&1 & echo $!")
		cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true}
		out, err := cmd.Output()
		if err != nil {
			panic(err)
		}
		answer(strings.TrimSpace(string(out)))
	case "flood":
		// Output without an end of line.
		if _, err := os.Stdout.Write(bytes.Repeat([]byte("x"), do.N)); err != nil {
			panic(err)
		}
		answer(`"flooded"`)
	case "invalid":
		// What a gateway takes for a response and cannot send.
		answer(`{"statusCode":"many"}`)
	case "misuse":
		var got []string
		got = append(got,
			status(post("invocation/00000000-0000-0000-0000-000000000000/response", "1")),
			status(http.Get(base+"invocation/next")),
			status(post("init/error", "{}")),
			status(http.Get(base+"nothing")),
			status(post("invocation/"+id+"/response", `"first"`)),
			status(post("invocation/"+id+"/response", `"second"`)),
		)
		fmt.Println("statuses " + strings.Join(got, " "))
	case "trailer":
		req, err := http.NewRequest("POST", base+"invocation/"+id+"/response", io.MultiReader(strings.NewReader("half an ans")))
		if err != nil {
			panic(err)
		}
		req.Trailer = http.Header{"Lambda-Runtime-Function-Error-Type": {"Mid.Stream"}, "Lambda-Runtime-Function-Error-Body": {"eyJlcnJvclR5cGUiOiJNaWQuU3RyZWFtIn0="}}
		status(http.DefaultClient.Do(req))
	default:
		answer(string(event))
	}
}

func post(path, body string, header ...string) (*http.Response, error) {
	req, err := http.NewRequest("POST", base+path, bytes.NewReader([]byte(body)))
	if err != nil {
		panic(err)
	}
	for i := 0; i+1 < len(header); i += 2 {
		req.Header.Set(header[i], header[i+1])
	}
	resp, err := http.DefaultClient.Do(req)
	if err == nil {
		// Free the connection for the next request.
		b, err := io.ReadAll(resp.Body)
		if err != nil {
			panic(err)
		}
		resp.Body = io.NopCloser(bytes.NewReader(b))
	}
	return resp, err
}

func status(resp *http.Response, err error) string {
	if err != nil {
		return err.Error()
	}
	return fmt.Sprint(resp.StatusCode)
}

func must(s string, err error) string {
	if err != nil {
		panic(err)
	}
	return s
}
