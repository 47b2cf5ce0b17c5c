package local_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs"
	"github.com/aws/aws-sdk-go-v2/service/lambda"

	"github.com/coldcrank/coldcrank/lambda/local"
	"github.com/coldcrank/coldcrank/lambda/local/internal/rootfs"
)

// torment is one thing that a function should not do, and how AWS ends it.
type torment struct {
	name, source string
	mode         string // what it does in its init
	event        string // what it does in an invocation

	status  int    // of the HTTP API
	payload string // of Invoke, without the request's id
	failed  bool   // X-Amz-Function-Error
	log     []string
	ends    bool // the process ends with it: the request after is served by another

	look func(c *torture, t *testing.T)
}

const (
	lifecycle = `Lambda Developer Guide, "Understanding the Lambda execution environment lifecycle"`
	quotas    = `Lambda Developer Guide, "Lambda quotas"`
	emulator  = "aws/aws-lambda-runtime-interface-emulator "
)

var torments = []torment{
	{
		name: "crash in init", source: lifecycle + ", failures during the Init phase", mode: "exit",
		status: 500, failed: true, payload: `{"errorType":"Runtime.ExitError","errorMessage":"RequestId: ID Error: Runtime exited with error: exit status 1"}`,
		log: []string{"Phase: init\tStatus: error\tError Type: Runtime.ExitError", "Phase: invoke\tStatus: error\tError Type: Runtime.ExitError", "Runtime exited with error: exit status 1\nRuntime.ExitError\n"},
	},
	{
		name: "endless init", source: lifecycle + ", Init phase: 10 seconds, then again in the invocation", mode: "hang",
		status: 500, failed: true, payload: `{"errorType":"Sandbox.Timedout","errorMessage":"RequestId: ID Error: Task timed out after 2.00 seconds"}`,
		log: []string{"INIT_REPORT Init Duration: 100", "Phase: init\tStatus: timeout", "Phase: invoke\tStatus: timeout", "Task timed out after 2.00 seconds", "\tStatus: timeout"},
	},
	{
		name: "panic", source: lifecycle + ", failures during the Invoke phase", event: `{"do":"panic"}`, ends: true,
		status: 500, failed: true, payload: `{"errorType":"Runtime.ExitError","errorMessage":"RequestId: ID Error: Runtime exited with error: exit status 2"}`,
		log: []string{"panic: torture", "Runtime exited with error: exit status 2\nRuntime.ExitError\n", "\tStatus: error\tError Type: Runtime.ExitError"},
	},
	{
		name: "exit 0", source: emulator + "internal/lambda/rapid/exit.go", event: `{"do":"exit","n":0}`, ends: true,
		status: 500, failed: true, payload: `{"errorType":"Runtime.ExitError","errorMessage":"RequestId: ID Error: Runtime exited without providing a reason"}`,
		log: []string{"Runtime exited without providing a reason\nRuntime.ExitError\n"},
	},
	{
		name: "timeout", source: lifecycle + `, and "Troubleshoot invocation issues in Lambda"; github.com/seek-oss/aws-codedeploy-hooks/pull/81`, event: `{"do":"hang"}`, ends: true,
		status: 500, failed: true, payload: `{"errorType":"Sandbox.Timedout","errorMessage":"RequestId: ID Error: Task timed out after 2.00 seconds"}`,
		log: []string{"Task timed out after 2.00 seconds\n\n", "\tStatus: timeout"},
	},
	{
		name: "out of memory", source: "AWS documents nothing of it; DataDog/datadog-lambda-extension issue 187, trevorrea/browse-dot-show", event: `{"do":"memory","n":256}`, ends: true,
		status: 500, failed: true, payload: `{"errorType":"Runtime.ExitError","errorMessage":"RequestId: ID Error: Runtime exited with error: signal: killed"}`,
		log: []string{"Runtime exited with error: signal: killed\nRuntime.ExitError\n", "Memory Size: 128 MB\tMax Memory Used: 128 MB", "\tStatus: error\tError Type: Runtime.OutOfMemory"},
	},
	{
		name: "response of 7 MB", source: quotas + "; " + emulator + "internal/lambda/interop/model.go", event: `{"do":"respond","n":7340032}`,
		status: 500, failed: true, payload: `{"errorType":"Function.ResponseSizeTooLarge","errorMessage":"Response payload size exceeded maximum allowed payload size (6291556 bytes)."}`,
		log: []string{"\tStatus: error\tError Type: Function.ResponseSizeTooLarge"},
	},
	{
		name: "invalid response", source: `API Gateway Developer Guide, "Create AWS Lambda proxy integrations for HTTP APIs", payload format 2.0`, event: `{"do":"invalid"}`,
		status: 500, payload: `{"statusCode":"many"}`, // Invoke knows no HTTP
	},
	{
		name: "1 MB of output without newline", source: "CloudWatch Logs API Reference, PutLogEvents: an event is at most 1 MB, 26 bytes of it overhead", event: `{"do":"flood","n":1048576}`,
		status: 200, payload: `"flooded"`,
		look: func(c *torture, t *testing.T) {
			var sizes []int
			for _, m := range c.events(t) {
				if strings.Trim(m, "x") == "" {
					sizes = append(sizes, len(m))
				}
			}
			if want := []int{1<<20 - 26, 26, 1<<20 - 26, 26}; !slices.Equal(sizes, want) {
				t.Errorf("events of %d bytes, want %d", sizes, want)
			}
		},
	},
	{
		name: "child that outlives it", source: lifecycle + ", Shutdown phase", event: `{"do":"fork"}`, status: 200,
		look: (*torture).child,
	},
	{
		name: "daemon that outlives it", source: lifecycle + ", Shutdown phase", event: `{"do":"daemon"}`, status: 200,
		look: (*torture).child,
	},
	{
		name: "its environment", source: `Lambda Developer Guide, "Working with Lambda environment variables", defined runtime environment variables`, event: `{"do":"environ"}`, status: 200,
		look: (*torture).environment,
	},
}

// torture is a function that has been tormented.
type torture struct {
	*torment
	x     *local.Executor
	mark  string // stands in the environment of all its processes
	front string // what the HTTP API answered
	api   *lambda.Client
}

// TestTorture asks the torture function through the HTTP API and through Invoke.
// Others are served on the same front all the while, and nothing is left.
func TestTorture(t *testing.T) {
	if testing.Short() {
		t.Skip("-short")
	}
	t.Setenv("TMPDIR", t.TempDir())
	t.Setenv("COLDCRANK_TEST_SECRET", "of the caller")
	code := filepath.Join(t.TempDir(), "bootstrap")
	if out, err := exec.Command("go", "build", "-o", code, "./internal/sandbox/testdata/torture").CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	t.Run("functions", func(t *testing.T) {
		for i := range torments {
			c := &torture{torment: &torments[i], mark: fmt.Sprintf("torture-%d-%d", os.Getpid(), i)}
			t.Run(c.name, func(t *testing.T) {
				// All executors take their code before any of them forks: a child that
				// has not called exec holds what is being written (ETXTBSY).
				c.start(t, code)
				t.Parallel()
				c.run(t)
			})
		}
	})
	if left, err := os.ReadDir(os.TempDir()); err != nil || len(left) > 0 {
		t.Errorf("left on disk: %v (%v)", left, err)
	}
}

func (c *torture) start(t *testing.T, code string) {
	dir := c.assembly(t, code)
	var err error
	c.x, err = local.Start(t.Context(), dir, local.Options{})
	check(t, err)
	t.Cleanup(func() { check(t, c.x.Close()) })
	c.api = lambda.NewFromConfig(awsConfig(c.x), func(o *lambda.Options) { o.RetryMaxAttempts = 1 })
}

func (c *torture) run(t *testing.T) {
	stop := c.others(t)
	resp, err := http.Post(base(t, c.x)+"/torture", "application/json", strings.NewReader(c.event))
	check(t, err)
	body, err := io.ReadAll(resp.Body)
	check(t, err)
	resp.Body.Close()
	c.front = string(body)
	if resp.StatusCode != c.status || c.status != 200 && c.front != `{"message":"Internal Server Error"}` {
		t.Errorf("the HTTP API answered %d %.200s, want %d", resp.StatusCode, body, c.status)
	}
	out := c.invoke(t, c.event)
	if got := withoutID(string(out.Payload)); c.payload != "" && got != c.payload || (out.FunctionError != nil) != c.failed {
		t.Errorf("Invoke answered %.300s (%s), want %s", got, aws.ToString(out.FunctionError), c.payload)
	}
	if c.mode == "" { // else it fails again
		if out := c.invoke(t, `"after"`); string(out.Payload) != `"after"` {
			t.Errorf("the request after was answered with %s", out.Payload)
		}
	}
	stop()

	events := strings.Join(c.events(t), "")
	for _, s := range c.log {
		if strings.Count(events, s) == 0 {
			t.Errorf("%q is not in the log:\n%.3000s", s, events)
		}
	}
	// The processes of three requests: those that end are started anew, which no
	// REPORT of theirs calls a cold start ("suppressed init").
	if n := strings.Count(events, "\tInit Duration: "); c.ends && n != 1 {
		t.Errorf("%d reports have an Init Duration, want the first one's", n)
	}
	if c.look != nil {
		c.look(c, t)
	}
	check(t, c.x.Close())
	if left := marked(t, c.mark); len(left) > 0 {
		t.Errorf("left running: %v", left)
	}
}

// assembly is the tests' with the torture function on a route of the same API.
func (c *torture) assembly(t *testing.T, code string) string {
	t.Helper()
	dir, remove, err := testAssembly()
	check(t, err)
	t.Cleanup(remove)
	check(t, os.Mkdir(filepath.Join(dir, "asset.torture"), 0o755))
	check(t, os.Link(code, filepath.Join(dir, "asset.torture", "bootstrap")))
	edit(t, filepath.Join(dir, "Tiny.assets.json"), `"files": {`, `"files": {
    "torture": {
      "source": {"path": "asset.torture", "packaging": "zip"},
      "destinations": {"here": {"bucketName": "cdk-hnb659fds-assets-123456789012-eu-central-1", "objectKey": "torture.zip"}}
    },`)
	template := filepath.Join(dir, "Tiny.template.json")
	edit(t, template, `"FunctionName": "managed",
        "Code": {"S3Bucket": "cdk-hnb659fds-assets-123456789012-eu-central-1", "S3Key": "hello.zip"},`, `"FunctionName": "torture", "Timeout": 2,
        "Environment": {"Variables": {"MODE": "`+c.mode+`", "MARK": "`+c.mark+`"}},
        "Code": {"S3Bucket": "cdk-hnb659fds-assets-123456789012-eu-central-1", "S3Key": "torture.zip"},`)
	edit(t, template, `"Runtime": "nodejs24.x"`, `"Runtime": "provided.al2023"`)
	edit(t, template, `"RouteKey": "GET /node"`, `"RouteKey": "POST /torture"`)
	return dir
}

// others asks another function on the same front until stop is called.
func (c *torture) others(t *testing.T) (stop func()) {
	url := base(t, c.x) + "/health"
	done := make(chan struct{})
	var wg sync.WaitGroup
	for range 2 {
		wg.Go(func() {
			for served := 0; ; served++ {
				resp, err := http.Get(url)
				if err != nil {
					t.Errorf("another request: %v", err)
					return
				}
				body, err := io.ReadAll(resp.Body)
				resp.Body.Close()
				if err != nil || resp.StatusCode != 200 || string(body) != "Healthy" {
					t.Errorf("another request was answered with %d %s (%v)", resp.StatusCode, body, err)
					return
				}
				select {
				case <-done:
					return
				case <-time.After(20 * time.Millisecond):
				}
			}
		})
	}
	return func() {
		close(done)
		wg.Wait()
	}
}

func (c *torture) invoke(t *testing.T, event string) *lambda.InvokeOutput {
	t.Helper()
	in := &lambda.InvokeInput{FunctionName: new("torture")}
	if event != "" {
		in.Payload = []byte(event)
	}
	out, err := c.api.Invoke(t.Context(), in)
	check(t, err)
	return out
}

var requestID = regexp.MustCompile(`[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}`)

func withoutID(s string) string { return requestID.ReplaceAllString(s, "ID") }

// events are the messages of the function's log.
func (c *torture) events(t *testing.T) []string {
	t.Helper()
	var list []string
	pages := cloudwatchlogs.NewFilterLogEventsPaginator(cloudwatchlogs.NewFromConfig(awsConfig(c.x)), &cloudwatchlogs.FilterLogEventsInput{LogGroupName: new("/aws/lambda/torture")})
	for pages.HasMorePages() {
		page, err := pages.NextPage(t.Context())
		check(t, err)
		for _, e := range page.Events {
			list = append(list, *e.Message)
		}
	}
	return list
}

// child looks that the function's child lives, which is to end with the
// environment.
func (c *torture) child(t *testing.T) {
	if left := marked(t, c.mark); !slices.Contains(left, c.front) {
		t.Errorf("the child %s is none of the processes %v", c.front, left)
	}
}

// environment looks that the function sees what AWS defines, what its template
// gives it, and nothing of whoever started the executor.
func (c *torture) environment(t *testing.T) {
	var list, names []string
	if err := json.Unmarshal([]byte(c.front), &list); err != nil {
		t.Fatalf("%v: %s", err, c.front)
	}
	for _, kv := range list {
		name, _, _ := strings.Cut(kv, "=")
		names = append(names, name)
	}
	slices.Sort(names)
	want := []string{
		"AWS_ACCESS_KEY_ID", "AWS_DEFAULT_REGION", "AWS_LAMBDA_FUNCTION_MEMORY_SIZE", "AWS_LAMBDA_FUNCTION_NAME", "AWS_LAMBDA_FUNCTION_VERSION",
		"AWS_LAMBDA_INITIALIZATION_TYPE", "AWS_LAMBDA_LOG_GROUP_NAME", "AWS_LAMBDA_LOG_STREAM_NAME", "AWS_LAMBDA_RUNTIME_API", "AWS_REGION",
		"AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN", "LAMBDA_RUNTIME_DIR", "LAMBDA_TASK_ROOT", "LANG", "LD_LIBRARY_PATH", "MARK", "MODE", "PATH",
		"TZ",
		"WD", // the function's own word for its working directory
		"_HANDLER",
	}
	if rootfs.Permitted() != nil { // /tmp is the machine's, and TMPDIR the environment's own
		want = append(want, "TMPDIR")
		slices.Sort(want)
	}
	if !slices.Equal(names, want) {
		t.Errorf("got %v,\nwant %v", names, want)
	}
}

// marked are the processes whose environment has a mark.
func marked(t *testing.T, mark string) []string {
	t.Helper()
	files, err := filepath.Glob("/proc/[0-9]*/environ")
	check(t, err)
	var pids []string
	for _, file := range files {
		environ, err := os.ReadFile(file)
		if err == nil && bytes.Contains(environ, []byte("MARK="+mark+"\x00")) { // else it is gone, or somebody else's
			pids = append(pids, strings.Split(file, "/")[2])
		}
	}
	return pids
}
