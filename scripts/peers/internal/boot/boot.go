// Package boot starts a function's program once, plays the Runtime API to it for
// one invocation, and says what that took. Every program is started alike, in an
// environment with Lambda's variables and no others.
package boot

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"time"
)

// Start is one start of a program.
type Start struct {
	// Init is the time from before the system is asked for the process until the
	// request for the first event has arrived, by the clock of the kernel that
	// received it.
	Init time.Duration
	// Invocation is the time from sending the first event until its answer is there
	// whole; zero of a program that was not sent one.
	Invocation time.Duration
	// Memory is the most that was resident (VmHWM), in bytes, after that.
	Memory int
}

// patience is how long a program may be silent.
const patience = 10 * time.Second

// event is AWS's example of payload format 2.0 ("Create AWS Lambda proxy
// integrations for HTTP APIs" in the API Gateway Developer Guide), cut to what a
// request without authorizer, cookies and query has.
const event = `{"version":"2.0","routeKey":"GET /health","rawPath":"/health","rawQueryString":"",` +
	`"headers":{"accept":"*/*","content-length":"0","host":"id.execute-api.eu-central-1.amazonaws.com","user-agent":"curl/8.7.1",` +
	`"x-amzn-trace-id":"Root=1-5e6722a7-cc56xmpl46db7ae02d4da47e","x-forwarded-for":"192.0.2.1","x-forwarded-port":"443","x-forwarded-proto":"https"},` +
	`"requestContext":{"accountId":"123456789012","apiId":"id","domainName":"id.execute-api.eu-central-1.amazonaws.com","domainPrefix":"id",` +
	`"http":{"method":"GET","path":"/health","protocol":"HTTP/1.1","sourceIp":"192.0.2.1","userAgent":"curl/8.7.1"},` +
	`"requestId":"JKJaXmPLvHcESHA=","routeKey":"GET /health","stage":"$default","time":"12/Mar/2020:19:03:58 +0000","timeEpoch":1583348638390},` +
	`"isBase64Encoded":false}`

const (
	invocation = "/2018-06-01/runtime/invocation/"
	requestID  = "8476a536-e9f4-11e8-9739-2dfe598c3fcd"
)

// next is the answer to the request for an event: the headers of "Using the Lambda
// runtime API for custom runtimes"
// (https://docs.aws.amazon.com/lambda/latest/dg/runtimes-api.html).
func next(now time.Time) []byte {
	return fmt.Appendf(nil, "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %d\r\n"+
		"Lambda-Runtime-Aws-Request-Id: "+requestID+"\r\nLambda-Runtime-Deadline-Ms: %d\r\n"+
		"Lambda-Runtime-Invoked-Function-Arn: arn:aws:lambda:eu-central-1:123456789012:function:function\r\n"+
		"Lambda-Runtime-Trace-Id: Root=1-5bef4de7-ad49b0e87f6ef6c87fc2e700;Parent=9a9197af755a6419;Sampled=0\r\n\r\n%s",
		len(event), now.Add(30*time.Second).UnixMilli(), event)
}

// taken is the answer to a function's answer.
const taken = "HTTP/1.1 202 Accepted\r\nContent-Type: application/json\r\nContent-Length: 16\r\n\r\n" + `{"status":"OK"}` + "\n"

// request reads one and its body, and refuses any but the one that is due.
func request(r *bufio.Reader, method, path string) ([]byte, error) {
	req, err := http.ReadRequest(r)
	if err != nil {
		return nil, fmt.Errorf("wait for %s %s: %w", method, path, err)
	}
	body, err := io.ReadAll(req.Body)
	if err != nil {
		return nil, fmt.Errorf("read the body of %s: %w", path, err)
	}
	if req.Method != method || req.URL.Path != path {
		return nil, fmt.Errorf("%s %s instead of %s %s: %.200s", req.Method, req.URL.Path, method, path, body)
	}
	return body, nil
}

// healthy looks whether an answer is the one that each function gives.
func healthy(answer []byte) error {
	var a struct {
		StatusCode int
		Body       string
		Base64     bool `json:"isBase64Encoded"`
	}
	if err := json.NewDecoder(bytes.NewReader(answer)).Decode(&a); err != nil {
		return fmt.Errorf("the answer is no JSON: %w", err)
	}
	if a.StatusCode != http.StatusOK || a.Body != "Healthy" || a.Base64 {
		return errors.New("the answer is not 200 Healthy")
	}
	return nil
}

// libraryPath is Lambda's LD_LIBRARY_PATH as far as it is fair to a dynamic program:
// on Lambda the first of its folders that is there has the libraries. So this
// machine's own goes first, and folders that are not there are left out.
func libraryPath(dir string) string {
	var found, rest []string
	for _, d := range []string{"/lib64", "/usr/lib64", "/lib/x86_64-linux-gnu", "/lib/aarch64-linux-gnu", dir, filepath.Join(dir, "lib"), "/opt/lib"} {
		if info, err := os.Stat(d); err != nil || !info.IsDir() {
			continue
		}
		if _, err := os.Stat(filepath.Join(d, "libc.so.6")); err == nil {
			found = append(found, d)
		} else {
			rest = append(rest, d)
		}
	}
	return strings.Join(append(found, rest...), ":")
}

// environment has the variables of "Defined runtime environment variables"
// (https://docs.aws.amazon.com/lambda/latest/dg/configuration-envvars.html) that
// runtime clients read, and those that the linker does.
func environment(address, dir string) []string {
	return []string{
		"AWS_LAMBDA_RUNTIME_API=" + address, "AWS_LAMBDA_FUNCTION_NAME=function", "AWS_LAMBDA_FUNCTION_VERSION=1",
		"AWS_LAMBDA_FUNCTION_MEMORY_SIZE=512", "AWS_LAMBDA_INITIALIZATION_TYPE=on-demand",
		"AWS_LAMBDA_LOG_GROUP_NAME=/aws/lambda/function", "AWS_LAMBDA_LOG_STREAM_NAME=2026/01/01/[1]0123456789abcdef0123456789abcdef",
		"AWS_REGION=eu-central-1", "AWS_DEFAULT_REGION=eu-central-1", "AWS_ACCESS_KEY_ID=none", "AWS_SECRET_ACCESS_KEY=none", "AWS_SESSION_TOKEN=none",
		"_HANDLER=bootstrap", "LAMBDA_TASK_ROOT=" + dir, "LANG=en_US.UTF-8", "PATH=/usr/local/bin:/usr/bin:/bin", "TZ=:UTC",
		"LD_LIBRARY_PATH=" + libraryPath(dir),
	}
}
