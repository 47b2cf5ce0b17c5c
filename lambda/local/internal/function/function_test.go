package function

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/coldcrank/coldcrank/lambda/local/internal/assembly"
	"github.com/coldcrank/coldcrank/lambda/local/internal/logs"
	"github.com/coldcrank/coldcrank/lambda/local/internal/sandbox"
	"github.com/coldcrank/coldcrank/lambda/reportlog"
)

// program is the folder of the sandbox's torture function.
var program string

func TestMain(m *testing.M) {
	os.Exit(func() int {
		dir, err := os.MkdirTemp("", "coldcrank-function-test-")
		if err != nil {
			fmt.Fprintln(os.Stderr, err)
			return 1
		}
		defer os.RemoveAll(dir)
		program = filepath.Join(dir, "code")
		cmd := exec.Command("go", "build", "-o", filepath.Join(program, "bootstrap"), "../sandbox/testdata/torture")
		if out, err := cmd.CombinedOutput(); err != nil {
			fmt.Fprintf(os.Stderr, "build: %v\n%s", err, out)
			return 1
		}
		return m.Run()
	}())
}

const arn = "arn:aws:lambda:eu-north-1:000000000000:function:orders"

// template is a function as a template may define it.
func template() *assembly.Function {
	return &assembly.Function{
		Name: "orders", ARN: arn, Runtime: "provided.al2023", Handler: "bootstrap", Architecture: "arm64",
		MemoryMB: 512, Timeout: 30 * time.Second, Environment: map[string]string{},
		CodeDir: program, ShippedDir: program, LogGroup: "/orders", LogFormat: "JSON", SystemLogLevel: "INFO",
		Versions: []*assembly.Version{{Number: "1"}},
		Aliases:  []*assembly.Alias{{Name: "bench", Version: "1"}},
	}
}

func newFunction(t testing.TB, change func(*assembly.Function)) *Function {
	t.Helper()
	t.Setenv("TMPDIR", t.TempDir())
	a := template()
	if change != nil {
		change(a)
	}
	f, err := New(NewHost(logs.New(), NewGate(2, nil)), a)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := f.Close(); err != nil {
			t.Error(err)
		}
		if left, err := os.ReadDir(os.TempDir()); err != nil || len(left) > 0 {
			t.Errorf("left in the temporary folder: %v (%v)", left, err)
		}
	})
	return f
}

func invoke(t testing.TB, f *Function, qualifier, payload string) Result {
	t.Helper()
	r, err := f.Invoke(context.Background(), qualifier, []byte(payload), "")
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// reports are the platform.report events of the log by request id.
func reports(t testing.TB, f *Function) map[string]reportlog.Record {
	t.Helper()
	events, _, err := f.host.Logs.Filter(logs.Query{Group: f.a.LogGroup, Pattern: `{ $.type = "platform.report" }`})
	if err != nil {
		t.Fatal(err)
	}
	m := make(map[string]reportlog.Record)
	for _, e := range events {
		records, err := reportlog.Parse(e.Message)
		if err != nil {
			t.Fatal(err)
		}
		for _, r := range records {
			m[r.RequestID] = r
		}
	}
	return m
}

func cold(t testing.TB, f *Function, r Result) bool {
	t.Helper()
	report, ok := reports(t, f)[r.RequestID]
	if !ok {
		t.Fatalf("no report of %s", r.RequestID)
	}
	return report.InitDuration != nil
}

func errorCode(err error) string {
	var e *Error
	if errors.As(err, &e) {
		return e.Code
	}
	return fmt.Sprint(err)
}

// updated waits until the update is complete.
func updated(t testing.TB, f *Function) Configuration {
	t.Helper()
	for deadline := time.Now().Add(10 * time.Second); ; time.Sleep(time.Millisecond) {
		c, err := f.Get("")
		if err != nil || time.Now().After(deadline) {
			t.Fatalf("%v: %+v", err, c)
		}
		if c.LastUpdateStatus == "Successful" {
			return c
		}
	}
}

func TestRecycle(t *testing.T) {
	f := newFunction(t, nil)
	first := invoke(t, f, "bench", "1")
	if string(first.Payload) != "1" || first.ExecutedVersion != "1" || !cold(t, f, first) {
		t.Errorf("first: %+v", first)
	}
	if second := invoke(t, f, "bench", "2"); cold(t, f, second) {
		t.Errorf("the second request is cold: %+v", second)
	}
	was, err := f.Get("")
	if err != nil {
		t.Fatal(err)
	}
	nonce := "nonce"
	c, err := f.Update(Change{Description: &nonce}, was.RevisionID)
	if err != nil || c.LastUpdateStatus != "InProgress" || c.RevisionID == was.RevisionID || c.Description != nonce {
		t.Fatalf("update: %+v, %v", c, err)
	}
	now := updated(t, f)
	if now.RevisionID == c.RevisionID {
		t.Error("the RevisionId did not change once more when the update was complete")
	}
	v, err := f.Publish("", now.CodeSHA256, now.RevisionID)
	if err != nil || v.Version != "2" || v.ARN != arn+":2" || v.Description != nonce {
		t.Fatalf("publish: %+v, %v", v, err)
	}
	if again, err := f.Publish("", "", ""); err != nil || again.Version != "2" {
		t.Errorf("publish unchanged: %+v, %v", again, err)
	}
	a, err := f.UpdateAlias("bench", AliasChange{Version: &v.Version}, "")
	if err != nil || a.FunctionVersion != "2" {
		t.Fatalf("alias: %+v, %v", a, err)
	}
	if n := len(f.published[1].idle); n != 0 {
		t.Errorf("%d environments of version 1 are left", n)
	}
	third := invoke(t, f, "bench", "3")
	if third.ExecutedVersion != "2" || !cold(t, f, third) {
		t.Errorf("third: %+v", third)
	}
	if err := f.DeleteVersion("1"); err != nil {
		t.Error(err)
	}
	if err := f.DeleteVersion("1"); err != nil {
		t.Errorf("deleting a version that is gone: %v", err)
	}
	var list []string
	for _, c := range f.Versions() {
		list = append(list, c.Version+" "+c.ARN)
	}
	if want := []string{"$LATEST " + arn + ":$LATEST", "2 " + arn + ":2"}; !slices.Equal(list, want) {
		t.Errorf("versions: got %q, want %q", list, want)
	}
}

// The template's weights decide which version answers, as those of UpdateAlias.
func TestTemplateWeights(t *testing.T) {
	weights := map[string]float64{"2": 1}
	f := newFunction(t, func(a *assembly.Function) {
		a.Versions = append(a.Versions, &assembly.Version{Number: "2"})
		a.Aliases[0].Weights = weights
	})
	if r := invoke(t, f, "bench", "1"); r.ExecutedVersion != "2" {
		t.Errorf("version %s answered, want 2", r.ExecutedVersion)
	}
	if a, err := f.Alias("bench"); err != nil || a.FunctionVersion != "1" || !maps.Equal(a.Weights, weights) {
		t.Errorf("got %+v, %v", a, err)
	}
	if err := f.DeleteVersion("2"); errorCode(err) != "ResourceConflictException" {
		t.Errorf("delete a version with a weight: %v", err)
	}
}

func TestInvokedARNAndConfiguration(t *testing.T) {
	f := newFunction(t, nil)
	for qualifier, want := range map[string]string{"": arn, "bench": arn + ":bench", "1": arn + ":1", "$LATEST": arn + ":$LATEST"} {
		c, err := f.Get(qualifier)
		if err != nil || c.ARN != want || c.State != "Active" || c.CodeSize == 0 || len(c.CodeSHA256) != 44 {
			t.Errorf("%q: %+v, %v", qualifier, c, err)
		}
		if r := invoke(t, f, qualifier, "1"); r.ExecutedVersion != c.Version {
			t.Errorf("%q: version %s answered, want %s", qualifier, r.ExecutedVersion, c.Version)
		}
	}
}

func TestReservedConcurrency(t *testing.T) {
	one := 1
	f := newFunction(t, func(a *assembly.Function) { a.ReservedConcurrency = &one })
	ctx, cancel := context.WithCancel(t.Context())
	result := make(chan error, 1)
	go func() {
		_, err := f.Invoke(ctx, "bench", []byte(`{"do":"hang"}`), "")
		result <- err
	}()
	waitFor(t, func() bool { return started(t, f) })
	_, err := f.Invoke(t.Context(), "bench", nil, "")
	var e *Error
	if !errors.As(err, &e) || e.Code != "TooManyRequestsException" || e.Reason != "ReservedFunctionConcurrentInvocationLimitExceeded" {
		t.Errorf("got %v", err)
	}
	// The caller may go; an invocation that began does not.
	cancel()
	if err := <-result; err != context.Canceled {
		t.Errorf("got %v, want %v", err, context.Canceled)
	}
	if f.inFlight() != 1 {
		t.Error("the invocation ended with its caller's context")
	}
}

func (f *Function) inFlight() int {
	f.mu.Lock()
	defer f.mu.Unlock()
	return len(f.busy)
}

func waitFor(t *testing.T, ok func() bool) {
	t.Helper()
	for deadline := time.Now().Add(30 * time.Second); !ok(); runtime.Gosched() {
		if time.Now().After(deadline) {
			t.Fatal("waited in vain")
		}
	}
}

// A request whose caller goes while it waits for a place to initialize is
// never begun, and leaves neither an environment nor a reservation.
func TestCallerGoesBeforeTheStart(t *testing.T) {
	one := 1
	f := newFunction(t, func(a *assembly.Function) { a.ReservedConcurrency = &one })
	f.host.gate = sandbox.NewGate(0, nil) // there is never a place
	ctx, cancel := context.WithCancel(t.Context())
	result := make(chan error, 1)
	go func() {
		_, err := f.Invoke(ctx, "bench", nil, "")
		result <- err
	}()
	waitFor(t, func() bool { return f.inFlight() == 1 })
	cancel()
	if err := <-result; err != context.Canceled {
		t.Errorf("got %v, want %v", err, context.Canceled)
	}
	f.work.Wait()
	if n := f.inFlight(); n != 0 || len(f.published[1].idle) != 0 {
		t.Errorf("%d in flight, %d idle, want none", n, len(f.published[1].idle))
	}
	events, _, err := f.host.Logs.Filter(logs.Query{Group: f.a.LogGroup})
	if err != nil || len(events) != 0 {
		t.Errorf("logged %v (%v), want nothing", events, err)
	}
}

// Requests in flight on a version that the alias leaves are answered by it,
// and their environments go afterwards.
func TestInFlightSurvivesTheAlias(t *testing.T) {
	f := newFunction(t, func(a *assembly.Function) {
		a.Versions = append(a.Versions, &assembly.Version{Number: "2"})
	})
	result := make(chan Result, 1)
	go func() {
		r, err := f.Invoke(t.Context(), "bench", []byte(`{"do":"sleep","n":300}`), "")
		if err != nil {
			t.Error(err)
		}
		result <- r
	}()
	waitFor(t, func() bool { return f.inFlight() == 1 })
	two := "2"
	if _, err := f.UpdateAlias("bench", AliasChange{Version: &two}, ""); err != nil {
		t.Fatal(err)
	}
	if err := f.DeleteVersion("1"); err != nil {
		t.Fatal(err)
	}
	if r := <-result; string(r.Payload) != `"slept"` || r.ExecutedVersion != "1" {
		t.Errorf("got %+v", r)
	}
	f.work.Wait()
	if processes := children(t); len(processes) != 0 {
		t.Errorf("processes %v live", processes)
	}
}

func TestConcurrentRequestsGetEnvironmentsOfTheirOwn(t *testing.T) {
	f := newFunction(t, nil)
	const n = 5
	var wg sync.WaitGroup
	results := make([]Result, n)
	for i := range n {
		wg.Go(func() { results[i] = invoke(t, f, "bench", `{"do":"sleep","n":500}`) })
	}
	wg.Wait()
	for _, r := range results {
		if !cold(t, f, r) {
			t.Errorf("%s is warm", r.RequestID)
		}
	}
	if len(f.published[1].idle) != n {
		t.Errorf("%d environments are idle, want %d", len(f.published[1].idle), n)
	}
}
