package local_test

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	v4 "github.com/aws/aws-sdk-go-v2/aws/signer/v4"
	"github.com/aws/aws-sdk-go-v2/credentials"

	"github.com/coldcrank/coldcrank/infra/outputs"
	"github.com/coldcrank/coldcrank/lambda/local"
)

// bootstrap builds the test's function once.
var bootstrap = sync.OnceValues(func() ([]byte, error) {
	dir, err := os.MkdirTemp("", "coldcrank-test-")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(dir)
	exe := filepath.Join(dir, "bootstrap")
	if out, err := exec.Command("go", "build", "-ldflags=-s -w", "-o", exe, "./testdata/bootstrap").CombinedOutput(); err != nil {
		return nil, fmt.Errorf("build bootstrap: %w\n%s", err, out)
	}
	return os.ReadFile(exe)
})

// testAssembly makes a copy of testdata/cdk.out with the function built for
// this machine.
func testAssembly() (dir string, remove func(), err error) {
	code, err := bootstrap()
	if err != nil {
		return "", nil, err
	}
	dir, err = os.MkdirTemp("", "coldcrank-test-")
	if err != nil {
		return "", nil, err
	}
	remove = func() { os.RemoveAll(dir) }
	err = os.CopyFS(dir, os.DirFS("testdata/cdk.out"))
	if err == nil {
		err = os.Mkdir(filepath.Join(dir, "asset.hello"), 0o755)
	}
	if err == nil {
		err = os.WriteFile(filepath.Join(dir, "asset.hello", "bootstrap"), code, 0o755)
	}
	if err != nil {
		remove()
		return "", nil, err
	}
	return dir, remove, nil
}

func startTest(t *testing.T, o local.Options) *local.Executor {
	t.Helper()
	dir, remove, err := testAssembly()
	check(t, err)
	t.Cleanup(remove)
	x, err := local.Start(t.Context(), dir, o)
	check(t, err)
	t.Cleanup(func() { check(t, x.Close()) })
	return x
}

func check(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// base is the URL of the target's API.
func base(t *testing.T, x *local.Executor) string {
	t.Helper()
	url, err := x.URL("Tiny/Hello")
	check(t, err)
	return strings.TrimSuffix(url, "/health")
}

func get(t *testing.T, url string) (status int, body, id string) {
	t.Helper()
	resp, err := http.Get(url)
	check(t, err)
	defer resp.Body.Close()
	data, err := io.ReadAll(resp.Body)
	check(t, err)
	return resp.StatusCode, string(data), resp.Header.Get("apigw-requestid")
}

func awsConfig(x *local.Executor) aws.Config {
	return aws.Config{
		Region: "eu-central-1", BaseEndpoint: new(x.Endpoint()),
		Credentials: credentials.NewStaticCredentialsProvider("local", "local", ""),
	}
}

// TestExecutor asks one executor everything that does not change it.
func TestExecutor(t *testing.T) {
	x := startTest(t, local.Options{})
	for name, test := range map[string]func(*testing.T, *local.Executor){
		"routes": routes, "event": eventReachesTheFunction, "signed": signedRequest, "prewarmed": prewarmedConnections,
		"URL": targetURL, "warnings": warnings, "concurrent": concurrentRequests,
	} {
		t.Run(name, func(t *testing.T) { test(t, x) })
	}
}

func routes(t *testing.T, x *local.Executor) {
	api, dev := base(t, x), x.Outputs()["Tiny"]["DevEndpoint"]
	for _, tc := range []struct {
		url    string
		status int
		body   string
	}{
		{api + "/health", 200, "Healthy"},
		{api + "/try/x", 200, "Healthy"},
		{api + "/try/fail", 500, `{"message":"Internal Server Error"}`},
		{api + "/try/exit", 500, `{"message":"Internal Server Error"}`},
		{api + "/private/x", 403, `{"message":"Forbidden"}`},
		{api + "/node", 500, `{"message":"Internal Server Error"}`},
		{api + "/none", 404, `{"message":"Not Found"}`},
		{dev + "/health", 200, "Healthy"},
		{strings.TrimSuffix(dev, "/dev") + "/health", 404, `{"message":"Not Found"}`},
	} {
		status, body, id := get(t, tc.url)
		if status != tc.status || body != tc.body || id == "" {
			t.Errorf("%s: %d %s (id %q), want %d %s", tc.url, status, body, id, tc.status, tc.body)
		}
	}
}

func eventReachesTheFunction(t *testing.T, x *local.Executor) {
	for url, want := range map[string]string{
		base(t, x) + "/try/a%20b/event":               `"rawPath":"/try/a b/event"`,
		x.Outputs()["Tiny"]["DevEndpoint"] + "/event": `"rawPath":"/dev/event"`,
	} {
		status, body, id := get(t, url)
		for _, part := range []string{want, `"requestId":"` + id + `"`, `"accountId":"123456789012"`} {
			if status != 200 || !strings.Contains(body, part) {
				t.Errorf("%s: %d, event without %s: %s", url, status, part, body)
			}
		}
	}
}

// signedRequest signs with the SDK's own signer, as a script does.
func signedRequest(t *testing.T, x *local.Executor) {
	for region, want := range map[string]int{"eu-central-1": 200, "us-east-1": 403} {
		r, err := http.NewRequest("GET", base(t, x)+"/private/event", nil)
		check(t, err)
		const emptySHA256 = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
		key := aws.Credentials{AccessKeyID: "AKIDLOCAL", SecretAccessKey: "local"}
		check(t, v4.NewSigner().SignHTTP(t.Context(), key, r, emptySHA256, "execute-api", region, time.Now()))
		resp, err := http.DefaultClient.Do(r)
		check(t, err)
		body, err := io.ReadAll(resp.Body)
		check(t, err)
		resp.Body.Close()
		if resp.StatusCode != want {
			t.Errorf("signed for %s: %d %s, want %d", region, resp.StatusCode, body, want)
		}
		if named := strings.Contains(string(body), `"accessKey":"AKIDLOCAL"`); named != (want == 200) {
			t.Errorf("signed for %s: event %s", region, body)
		}
	}
}

// prewarmedConnections is a burst's way to send: 500 connections first, no
// request on any of them, and then all requests at once.
func prewarmedConnections(t *testing.T, x *local.Executor) {
	const n = 500
	var limit syscall.Rlimit
	if err := syscall.Getrlimit(syscall.RLIMIT_NOFILE, &limit); err != nil || limit.Cur < 2*n+100 {
		t.Skipf("%d descriptors do not suffice for both ends (%v)", limit.Cur, err)
	}
	address := strings.TrimPrefix(base(t, x), "http://")
	conns := make([]net.Conn, n)
	for i := range conns {
		c, err := net.Dial("tcp", address)
		check(t, err)
		defer c.Close()
		conns[i] = c
	}
	for _, c := range conns {
		_, err := io.WriteString(c, "GET /none HTTP/1.1\r\nHost: local\r\n\r\n")
		check(t, err)
	}
	for i, c := range conns {
		resp, err := http.ReadResponse(bufio.NewReader(c), nil)
		check(t, err)
		if resp.StatusCode != 404 {
			t.Errorf("connection %d: %s", i, resp.Status)
		}
		resp.Body.Close()
	}
}

func TestOutputsFile(t *testing.T) {
	x := startTest(t, local.Options{SimultaneousInits: 3})
	file := filepath.Join(t.TempDir(), "outputs.json")
	check(t, os.WriteFile(file, []byte("old"), 0o600))
	check(t, x.WriteOutputs(file))
	f, err := outputs.ReadFile(file)
	check(t, err)
	if len(f.Targets) != 1 || len(f.Warnings) != 0 {
		t.Fatalf("targets %v, warnings %v", f.Targets, f.Warnings)
	}
	url, err := x.URL("Hello")
	check(t, err)
	got := f.Targets[0]
	want := outputs.Target{
		Stack: "Tiny", Name: "Hello", URL: url, Route: "GET /health", FunctionName: "hello", Alias: "bench", Version: "1",
		FunctionLogs: "/tiny/hello", AccessLogs: "/aws/vendedlogs/tiny", DeploymentID: "d0", Region: "eu-central-1",
	}
	if got != want {
		t.Errorf("target %+v, want %+v", got, want)
	}
	e := f.Executor
	if e == nil || e.Name != "local" || e.Endpoint != x.Endpoint() || e.Poll() <= 0 || e.Patience() <= 0 || e.Settings["simultaneousInits"] != "3" {
		t.Errorf("executor %+v", e)
	}
	if left, err := filepath.Glob(filepath.Join(filepath.Dir(file), "*")); err != nil || len(left) != 1 {
		t.Errorf("files %v, %v", left, err)
	}
	if err := x.WriteOutputs(filepath.Join(file, "none")); err == nil {
		t.Error("no error for a folder that is a file")
	}
}

func targetURL(t *testing.T, x *local.Executor) {
	for _, name := range []string{"Other", "Other/Hello", ""} {
		if url, err := x.URL(name); err == nil || !strings.Contains(err.Error(), "Tiny/Hello") {
			t.Errorf("URL(%q) = %q, %v, want an error that lists Tiny/Hello", name, url, err)
		}
	}
}

func warnings(t *testing.T, x *local.Executor) {
	if !slices.ContainsFunc(x.Warnings(), func(w string) bool { return strings.Contains(w, "managed") && strings.Contains(w, "nodejs24.x") }) {
		t.Errorf("warnings %q do not name the function with a managed runtime", x.Warnings())
	}
	if dir, ok := x.ShippedCode("hello"); !ok || filepath.Base(dir) != "asset.hello" {
		t.Errorf("ShippedCode = %q, %v", dir, ok)
	}
	if _, ok := x.ShippedCode("none"); ok {
		t.Error("ShippedCode of an unknown function")
	}
}

// TestStartRefusesTarget: what cannot be measured here is no 404 or 500 later.
func TestStartRefusesTarget(t *testing.T) {
	for _, c := range []struct {
		name, from, to string // of the template
		want           []string
	}{
		{"managed runtime", "provided.al2023", "python3.14", []string{"stack Tiny", "python3.14", "provided.al2023"}},
		{"inline code", `{"S3Bucket": "cdk-hnb659fds-assets-123456789012-eu-central-1", "S3Key": "hello.zip"}`, `{"ZipFile": "x"}`,
			[]string{"stack Tiny", "inline source", "provided.al2023", "on AWS"}},
		{"memory", `"MemorySize": 512`, `"MemorySize": 64`, []string{"stack Tiny", "64 is not between 128 and 10240"}},
		{"another app's function", `"Value": {"Ref": "Function"}`, `"Value": "theirs"`, []string{"function theirs", "on AWS"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			dir, remove, err := testAssembly()
			check(t, err)
			defer remove()
			file := filepath.Join(dir, "Tiny.template.json")
			data, err := os.ReadFile(file)
			check(t, err)
			changed := strings.Replace(string(data), c.from, c.to, 1)
			if changed == string(data) {
				t.Fatalf("the template has no %s", c.from)
			}
			check(t, os.WriteFile(file, []byte(changed), 0o644))
			before := runtime.NumGoroutine()
			x, err := local.Start(t.Context(), dir, local.Options{})
			if err == nil {
				x.Close()
				t.Fatal("no error")
			}
			for _, part := range append(c.want, "target Tiny/Hello: ") {
				if !strings.Contains(err.Error(), part) {
					t.Errorf("error %q does not have %s", err, part)
				}
			}
			waitFor(t, "goroutines to end", func() bool { return runtime.NumGoroutine() <= before })
		})
	}
	if _, err := local.Start(t.Context(), t.TempDir(), local.Options{}); err == nil {
		t.Error("no error for an empty folder")
	}
}

func TestFailures(t *testing.T) {
	x := startTest(t, local.Options{})
	get(t, base(t, x)+"/health")
	if got := x.Failures(); got != nil {
		t.Errorf("got %+v, want none", got)
	}
	get(t, base(t, x)+"/try/exit")
	get(t, base(t, x)+"/try/exit")
	got := x.Failures()
	if len(got) != 1 {
		t.Fatalf("got %d failures, want one of the version", len(got))
	}
	if f := got[0]; f.Function != "hello" || f.Version != "1" || f.RequestID == "" || f.ErrorType != "Runtime.ExitError" ||
		!strings.Contains(f.Message, "exit status 3") || !strings.Contains(f.Log, f.RequestID) {
		t.Errorf("got %+v", f)
	}
}

// waitFor polls until ok, at most for a time that only a failure needs.
func waitFor(t *testing.T, what string, ok func() bool) {
	t.Helper()
	for deadline := time.Now().Add(30 * time.Second); !ok(); time.Sleep(time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("waited in vain for %s", what)
		}
	}
}

func concurrentRequests(t *testing.T, x *local.Executor) {
	url := base(t, x) + "/try/event?n="
	client := &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: 200}}
	defer client.CloseIdleConnections()
	var wg sync.WaitGroup
	var mu sync.Mutex
	ids := map[string]bool{}
	for i := range 200 {
		wg.Go(func() {
			resp, err := client.Get(url + fmt.Sprint(i))
			if err != nil {
				t.Error(err)
				return
			}
			defer resp.Body.Close()
			body, err := io.ReadAll(resp.Body)
			if err != nil || resp.StatusCode != 200 || !strings.Contains(string(body), fmt.Sprintf(`"rawQueryString":"n=%d"`, i)) {
				t.Errorf("request %d: %v %d %s", i, err, resp.StatusCode, body)
			}
			mu.Lock()
			defer mu.Unlock()
			ids[resp.Header.Get("apigw-requestid")] = true
		})
	}
	wg.Wait()
	if len(ids) != 200 {
		t.Errorf("%d request ids of 200 requests", len(ids))
	}
}
