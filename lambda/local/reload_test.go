package local_test

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/aws/aws-sdk-go-v2/service/lambda"

	"github.com/coldcrank/coldcrank/lambda/local"
)

// variant is the test's assembly with texts of its template replaced, in pairs.
func variant(t *testing.T, replace ...string) (dir string) {
	t.Helper()
	dir, remove, err := testAssembly()
	check(t, err)
	t.Cleanup(remove)
	file := filepath.Join(dir, "Tiny.template.json")
	data, err := os.ReadFile(file)
	check(t, err)
	text := string(data)
	for i := 0; i < len(replace); i += 2 {
		if !strings.Contains(text, replace[i]) {
			t.Fatalf("the template has no %s", replace[i])
		}
		text = strings.Replace(text, replace[i], replace[i+1], 1)
	}
	check(t, os.WriteFile(file, []byte(text), 0o644))
	return dir
}

// scripted is a variant whose function runs and answers nothing.
func scripted(t *testing.T, replace ...string) (dir string) {
	t.Helper()
	dir = variant(t, replace...)
	bootstrap := filepath.Join(dir, "asset.hello", "bootstrap")
	check(t, os.WriteFile(bootstrap, []byte("#!/bin/sh\n"), 0o755))
	return dir
}

// deployed is the assembly of another deployment: its function greets otherwise.
func deployed(t *testing.T, greeting string) (dir string) {
	t.Helper()
	return variant(t, `"GREETING": "hi"`, fmt.Sprintf(`"GREETING": %q`, greeting), `"Value": "d0"`, fmt.Sprintf(`"Value": "d-%s"`, greeting))
}

// startAlone starts an executor whose temporary files are in a folder of their own.
func startAlone(t *testing.T, o local.Options) (x *local.Executor, temporary string) {
	t.Helper()
	temporary = t.TempDir()
	t.Setenv("TMPDIR", temporary)
	return startTest(t, o), temporary
}

// codes are the copies of functions' code that are there.
func codes(t *testing.T, temporary string) []string {
	t.Helper()
	found, err := filepath.Glob(filepath.Join(temporary, "coldcrank-local-*", "code-*"))
	check(t, err)
	return found
}

// folders are those of executors.
func folders(t *testing.T, temporary string) []string {
	t.Helper()
	found, err := filepath.Glob(filepath.Join(temporary, "coldcrank-local-*"))
	check(t, err)
	return found
}

func body(t *testing.T, url string) string {
	t.Helper()
	status, body, _ := get(t, url)
	if status != 200 {
		t.Fatalf("%s: %d %s", url, status, body)
	}
	return body
}

// TestReload has one executor recycle, reload and refuse to.
func TestReload(t *testing.T) {
	x, temporary := startAlone(t, local.Options{})
	t.Run("recycle", func(t *testing.T) { recycleEnds(t, x) })
	t.Run("another deployment", func(t *testing.T) { anotherDeployment(t, x, temporary) })
	t.Run("refused", func(t *testing.T) { refusedReload(t, x, temporary) })
	t.Run("APIs", func(t *testing.T) { reloadedAPIs(t, x) })
}

func anotherDeployment(t *testing.T, x *local.Executor, temporary string) {
	api, endpoint := base(t, x), x.Endpoint()
	first := body(t, api+"/try/pid")
	held, answer := holdRequest(t, x)

	check(t, x.Reload(deployed(t, "ahoi")))
	if base(t, x) != api || x.Endpoint() != endpoint {
		t.Errorf("URLs %s and %s, want %s and %s", base(t, x), x.Endpoint(), api, endpoint)
	}
	if got := body(t, api+"/try/greeting"); got != "ahoi" {
		t.Errorf("the new deployment answers %q", got)
	}
	if got := body(t, api+"/try/pid"); got == first {
		t.Error("the old environment answers")
	}
	if got := x.Targets()[0].DeploymentID; got != "d-ahoi" {
		t.Errorf("DeploymentId %s", got)
	}
	// The AWS API has the new function's configuration.
	c, err := lambda.NewFromConfig(awsConfig(x)).GetFunctionConfiguration(t.Context(), &lambda.GetFunctionConfigurationInput{FunctionName: new("hello")})
	check(t, err)
	if got := c.Environment.Variables["GREETING"]; got != "ahoi" {
		t.Errorf("the AWS API answers the greeting %q", got)
	}

	// The request of before ends on its environment, and then the old code goes.
	if n := len(codes(t, temporary)); n != 2 {
		t.Errorf("%d copies of code while a request of before is under way, want 2", n)
	}
	held()
	if got := <-answer; got != "200 hi" {
		t.Errorf("the request of before: %s, want it answered by the old environment", got)
	}
	waitFor(t, "the old code to go", func() bool { return len(codes(t, temporary)) == 1 })
}

// holdRequest sends a request that the function answers when release is called.
func holdRequest(t *testing.T, x *local.Executor) (release func(), answer <-chan string) {
	t.Helper()
	return holdRequestOf(t, x, http.DefaultClient)
}

func holdRequestOf(t *testing.T, x *local.Executor, c *http.Client) (release func(), answer <-chan string) {
	t.Helper()
	gone := make(chan struct{})
	// The function asks, since it need not see the files of this machine.
	gate := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { <-gone }))
	release = sync.OnceFunc(func() { close(gone) })
	t.Cleanup(gate.Close)
	t.Cleanup(release)
	tail := x.Tail()
	defer tail.Close()
	answers := make(chan string, 1)
	url := base(t, x) + "/try/until?" + gate.URL
	go func() {
		resp, err := c.Get(url)
		if err != nil {
			answers <- err.Error()
			return
		}
		defer resp.Body.Close()
		data, err := io.ReadAll(resp.Body)
		if err != nil {
			data = []byte(err.Error())
		}
		answers <- fmt.Sprint(resp.StatusCode, " ", string(data))
	}()
	for waiting := false; !waiting; {
		events, err := tail.Next(t.Context())
		check(t, err)
		for _, e := range events {
			waiting = waiting || e.Function == "hello" && strings.Contains(e.Message, "waiting")
		}
	}
	return release, answers
}

// refusedReload: after an error everything is as it was.
func refusedReload(t *testing.T, x *local.Executor, temporary string) {
	deployment := x.Targets()[0].DeploymentID
	pid := body(t, base(t, x)+"/try/pid")
	for _, dir := range []string{
		t.TempDir(),
		scripted(t, "provided.al2023", "python3.14"),
		scripted(t, `"Value": {"Ref": "Function"}`, `"Value": "theirs"`),
	} {
		if err := x.Reload(dir); err == nil {
			t.Error("no error")
		}
		if got := body(t, base(t, x)+"/try/pid"); got != pid {
			t.Error("another environment answers")
		}
		if got := x.Targets()[0].DeploymentID; got != deployment {
			t.Errorf("DeploymentId %s", got)
		}
		if n := len(codes(t, temporary)); n != 1 {
			t.Errorf("%d copies of code, want 1", n)
		}
	}
}

// reloadedAPIs: one that is gone answers 404, and is at its URL when it is back.
func reloadedAPIs(t *testing.T, x *local.Executor) {
	dev := x.Outputs()["Tiny"]["DevEndpoint"] + "/event"
	body(t, dev)
	check(t, x.Reload(scripted(t, `"DevApi": {"Type": "AWS::ApiGatewayV2::Api"`, `"DevApi": {"Type": "AWS::SNS::Topic"`)))
	if status, got, _ := get(t, dev); status != 404 || got != `{"message":"Not Found"}` {
		t.Errorf("of an API that is gone: %d %s", status, got)
	}
	for _, r := range x.Routes() {
		if r.API == "DevApi" {
			t.Errorf("route %+v of an API that is gone", r)
		}
	}
	check(t, x.Reload(variant(t)))
	if got := x.Outputs()["Tiny"]["DevEndpoint"] + "/event"; got != dev {
		t.Errorf("it is back at %s, want %s", got, dev)
	}
	body(t, dev)
}

// TestReloadUnderLoad reloads and recycles while requests come: none fails, and each
// is answered by a deployment that was there while it was under way.
func TestReloadUnderLoad(t *testing.T) {
	x, temporary := startAlone(t, local.Options{})
	url := base(t, x) + "/try/greeting"
	dirs := []string{deployed(t, "0"), deployed(t, "1"), deployed(t, "2")}
	check(t, x.Reload(dirs[0]))
	ctx, stop := context.WithCancel(t.Context())
	defer stop()
	var newest, answered atomic.Int64 // deployment that Reload has returned of; requests
	var workers sync.WaitGroup
	for range 8 {
		workers.Go(func() {
			for ctx.Err() == nil {
				before := newest.Load()
				resp, err := http.Get(url)
				if err != nil {
					t.Error(err)
					return
				}
				data, err := io.ReadAll(resp.Body)
				resp.Body.Close()
				var of int64
				if _, scanErr := fmt.Sscan(string(data), &of); err != nil || scanErr != nil || resp.StatusCode != 200 || of < before {
					t.Errorf("%s %q (%v), sent when %d was there", resp.Status, data, err, before)
					return
				}
				answered.Add(1)
			}
		})
	}
	for i := 1; i < len(dirs) && !t.Failed(); i++ {
		more := answered.Load() + 50
		waitFor(t, "requests", func() bool { return answered.Load() > more || t.Failed() })
		x.Recycle()
		check(t, x.Reload(dirs[i]))
		newest.Store(int64(i))
	}
	last := answered.Load() + 50
	waitFor(t, "the last requests", func() bool { return answered.Load() > last || t.Failed() })
	stop()
	workers.Wait()
	waitFor(t, "the old code to go", func() bool { return len(codes(t, temporary)) == 1 })
}

// TestCloseEndsWhatLeaves: Close does not wait for the requests of an assembly of
// before, and nothing of it stays.
func TestCloseEndsWhatLeaves(t *testing.T) {
	x, temporary := startAlone(t, local.Options{})
	_, answer := holdRequest(t, x)
	check(t, x.Reload(deployed(t, "ahoi")))
	check(t, x.Close())
	if got := <-answer; strings.HasPrefix(got, "200") {
		t.Errorf("the request of before: %s", got)
	}
	if left := folders(t, temporary); left != nil {
		t.Errorf("left: %v", left)
	}
	if err := x.Reload(deployed(t, "late")); err == nil {
		t.Error("Reload after Close is no error")
	}
	if left := folders(t, temporary); left != nil {
		t.Errorf("left by Reload after Close: %v", left)
	}
}

// recycleEnds: what is idle ends at once, what serves when it has answered.
func recycleEnds(t *testing.T, x *local.Executor) {
	url := base(t, x) + "/try/pid"
	idle := body(t, url)
	if got := body(t, url); got != idle {
		t.Fatalf("process %s and then %s: not warm", idle, got)
	}
	release, answer := holdRequest(t, x) // takes the idle one
	other := body(t, url)
	if n := x.Recycle(); n != 2 {
		t.Errorf("%d environments ended, want 2", n)
	}
	release()
	if got := <-answer; got != "200 hi" {
		t.Errorf("the request under way: %s", got)
	}
	if got := body(t, url); got == idle || got == other {
		t.Error("an environment of before answers")
	}
	waitFor(t, "nothing to recycle but the new one", func() bool { return x.Recycle() <= 1 })
}

func TestPort(t *testing.T) {
	dir := scripted(t)
	free, err := local.Start(t.Context(), dir, local.Options{}) // whose ports nobody else has
	check(t, err)
	defer free.Close()
	var port int
	_, err = fmt.Sscanf(free.Endpoint(), "http://127.0.0.1:%d", &port)
	check(t, err)
	if x, err := local.Start(t.Context(), dir, local.Options{Port: port}); err == nil {
		x.Close()
		t.Errorf("port %d was taken", port)
	}
	check(t, free.Close())
	x, err := local.Start(t.Context(), dir, local.Options{Port: port})
	if err != nil && strings.Contains(err.Error(), "in use") {
		t.Skip("a port after it is somebody's: ", err)
	}
	check(t, err)
	defer x.Close()
	if got, want := base(t, x), fmt.Sprint("http://127.0.0.1:", port); got != want {
		t.Errorf("the first API is at %s, want %s", got, want)
	}
}
