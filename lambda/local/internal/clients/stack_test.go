// Package clients has no code: its tests run functions on runtime clients that
// others wrote, and on this repository's, with the executor started as its users
// start it, and hold what comes through the front and through Invoke against what
// was sent.
package clients

import (
	"encoding/json"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs"
	"github.com/aws/aws-sdk-go-v2/service/lambda"

	"github.com/coldcrank/coldcrank/lambda/local"
)

// stack is testdata/cdk.out, started with somebody's function.
type stack struct {
	base     string // URL of the API
	aws      aws.Config
	lambda   *lambda.Client
	executor *local.Executor
}

// start starts the function whose code lay puts into a folder.
func start(t *testing.T, lay func(dir string)) *stack {
	t.Helper()
	dir := t.TempDir()
	check(t, os.CopyFS(dir, os.DirFS("testdata/cdk.out")))
	code := filepath.Join(dir, "asset.code")
	check(t, os.Mkdir(code, 0o755))
	lay(code)
	x, err := local.Start(t.Context(), dir, local.Options{})
	check(t, err)
	t.Cleanup(func() { check(t, x.Close()) })
	url, err := x.URL("Client")
	check(t, err)
	s := &stack{executor: x, base: strings.TrimSuffix(url, "/hello"), aws: aws.Config{
		Region: "eu-central-1", BaseEndpoint: new(x.Endpoint()),
		Credentials: credentials.NewStaticCredentialsProvider("local", "local", ""),
	}}
	s.lambda = lambda.NewFromConfig(s.aws)
	return s
}

func check(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// whole skips a test of -short, in which the race detector runs: it makes the
// packing of code and bodies of megabytes slow, and the clients are not its matter.
func whole(t *testing.T) {
	t.Helper()
	if testing.Short() {
		t.Skip("real programs of megabytes")
	}
}

// needs finds a program. In CI it is there: what CI does not run proves nothing.
func needs(t *testing.T, program string) string {
	t.Helper()
	path, err := exec.LookPath(program)
	if err != nil {
		lacks(t, program+" is not on this machine")
	}
	return path
}

func lacks(t *testing.T, what string) {
	t.Helper()
	if os.Getenv("CI") == "true" {
		t.Fatal(what)
	}
	t.Skip(what)
}

// goBuild builds the program of a folder in its own module.
func goBuild(t *testing.T, dir, exe string) {
	t.Helper()
	cmd := exec.Command("go", "build", "-o", exe, ".")
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), "GOWORK=off", "GOFLAGS=")
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("build %s: %v\n%s", dir, err, out)
	}
}

// answer is a response as the client got it.
type answer struct {
	status int
	header http.Header
	body   []byte
}

// do sends a request with a body of a type; both may be empty.
func (s *stack) do(t *testing.T, method, path, contentType, body string) answer {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), method, s.base+path, strings.NewReader(body))
	check(t, err)
	if contentType != "" {
		r.Header.Set("Content-Type", contentType)
	}
	return send(t, r)
}

func send(t *testing.T, r *http.Request) answer {
	t.Helper()
	resp, err := http.DefaultClient.Do(r)
	check(t, err)
	defer resp.Body.Close()
	data, err := io.ReadAll(resp.Body)
	check(t, err)
	return answer{resp.StatusCode, resp.Header, data}
}

// report is what the tests read of a platform.report event.
type report struct {
	stream string
	Type   string
	Record struct {
		RequestID string
		Status    string
		Metrics   struct{ InitDurationMs, DurationMs float64 }
	}
}

// reports waits for the first n REPORTs of the function and returns them in
// their order.
func (s *stack) reports(t *testing.T, n int) []report {
	t.Helper()
	cw := cloudwatchlogs.NewFromConfig(s.aws)
	for deadline := time.Now().Add(30 * time.Second); ; time.Sleep(time.Millisecond) {
		out, err := cw.FilterLogEvents(t.Context(), &cloudwatchlogs.FilterLogEventsInput{
			LogGroupName: new("/clients/function"), FilterPattern: new(`"platform.report"`)})
		check(t, err)
		if len(out.Events) < n {
			if time.Now().After(deadline) {
				t.Fatalf("%d REPORTs, want %d", len(out.Events), n)
			}
			continue
		}
		var list []report
		for _, e := range out.Events[:n] {
			r := report{stream: *e.LogStreamName}
			check(t, json.Unmarshal([]byte(*e.Message), &r))
			list = append(list, r)
		}
		return list
	}
}
