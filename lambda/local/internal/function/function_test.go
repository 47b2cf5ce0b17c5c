package function

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"math/rand/v2"
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

func newFunction(t testing.TB, change func(*assembly.Function)) *Function {
	t.Helper()
	t.Setenv("TMPDIR", t.TempDir())
	a := &assembly.Function{
		Name: "orders", ARN: arn, Runtime: "provided.al2023", Handler: "bootstrap", Architecture: "arm64",
		MemoryMB: 512, Timeout: 30 * time.Second, Environment: map[string]string{},
		CodeDir: program, ShippedDir: program, LogGroup: "/orders", LogFormat: "JSON", SystemLogLevel: "INFO",
		Versions: []*assembly.Version{{Number: "1"}},
		Aliases:  []*assembly.Alias{{Name: "bench", Version: "1"}},
	}
	if change != nil {
		change(a)
	}
	f, err := New(NewHost(logs.New(), 2, nil), a)
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

func TestRefusals(t *testing.T) {
	f := newFunction(t, func(a *assembly.Function) {
		a.Versions = append(a.Versions, &assembly.Version{Number: "2"})
	})
	two, nine, text, tiny := "2", "9", "x", 64
	if _, err := f.Update(Change{Description: &text}, ""); err != nil {
		t.Fatal(err)
	}
	// Both come within the few milliseconds of the update, or the machine is
	// so slow that they are not refused: then there is nothing to see.
	_, updating := f.Update(Change{Description: &text}, "")
	_, publishing := f.Publish("", "", "")
	for _, err := range []error{updating, publishing} {
		if err != nil && errorCode(err) != "ResourceConflictException" {
			t.Errorf("while an update is under way: %v", err)
		}
	}
	updated(t, f)
	do := func(f func() error) error { return f() }
	for _, c := range []struct {
		name, want string
		err        error
	}{
		{"update with an old revision", "PreconditionFailedException", do(func() error { _, err := f.Update(Change{}, "old"); return err })},
		{"update to 64 MB", "InvalidParameterValueException", do(func() error { _, err := f.Update(Change{MemoryMB: &tiny}, ""); return err })},
		{"publish with an old revision", "PreconditionFailedException", do(func() error { _, err := f.Publish("", "", "old"); return err })},
		{"publish of other code", "InvalidParameterValueException", do(func() error { _, err := f.Publish("", "other", ""); return err })},
		{"no such version", "ResourceNotFoundException", do(func() error { _, err := f.Get("9"); return err })},
		{"no such alias", "ResourceNotFoundException", do(func() error { _, err := f.Alias("other"); return err })},
		{"alias with an old revision", "PreconditionFailedException", do(func() error { _, err := f.UpdateAlias("bench", AliasChange{}, "old"); return err })},
		{"alias to no version", "ResourceNotFoundException", do(func() error { _, err := f.UpdateAlias("bench", AliasChange{Version: &nine}, ""); return err })},
		{"weights of 2", "InvalidParameterValueException", do(func() error {
			_, err := f.UpdateAlias("bench", AliasChange{Weights: map[string]float64{"2": 2}}, "")
			return err
		})},
		{"weight on the same version", "InvalidParameterValueException", do(func() error {
			_, err := f.UpdateAlias("bench", AliasChange{Version: &two, Weights: map[string]float64{"2": 0.5}}, "")
			return err
		})},
		{"delete a version that an alias names", "ResourceConflictException", f.DeleteVersion("1")},
		{"delete $LATEST", "InvalidParameterValueException", f.DeleteVersion("$LATEST")},
		{"delete the function", "InvalidParameterValueException", f.DeleteVersion("")},
		{"delete an alias's name", "InvalidParameterValueException", f.DeleteVersion("bench")},
		{"invoke of no version", "ResourceNotFoundException", do(func() error { _, err := f.Invoke(t.Context(), "9", nil, ""); return err })},
		{"event of 7 MB", "RequestTooLargeException", do(func() error { _, err := f.Invoke(t.Context(), "", make([]byte, 7<<20), ""); return err })},
	} {
		if got := errorCode(c.err); got != c.want {
			t.Errorf("%s: got %v, want %s", c.name, c.err, c.want)
		}
	}
	if a, err := f.Alias("bench"); err != nil || a.FunctionVersion != "1" || a.ARN != arn+":bench" || len(a.Weights) != 0 {
		t.Errorf("a refused change was made: %+v, %v", a, err)
	}
	// A weight alone keeps the other version reachable and undeletable.
	if _, err := f.UpdateAlias("bench", AliasChange{Weights: map[string]float64{"2": 1}}, ""); err != nil {
		t.Fatal(err)
	}
	if r := invoke(t, f, "bench", "1"); r.ExecutedVersion != "2" {
		t.Errorf("weight 1: version %s answered", r.ExecutedVersion)
	}
	if err := f.DeleteVersion("2"); errorCode(err) != "ResourceConflictException" {
		t.Errorf("delete a version with a weight: %v", err)
	}
	if a, err := f.UpdateAlias("bench", AliasChange{Weights: map[string]float64{}}, ""); err != nil || len(a.Weights) != 0 {
		t.Errorf("take weights away: %+v, %v", a, err)
	}
	if n := len(f.published[2].idle); n != 0 {
		t.Errorf("%d environments of version 2 are left", n)
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

// children are the processes that this one has started and that are not gone.
func children(t testing.TB) []string {
	t.Helper()
	tasks, err := filepath.Glob("/proc/self/task/*/children")
	if err != nil {
		t.Fatal(err)
	}
	var list []string
	for _, file := range tasks {
		b, err := os.ReadFile(file)
		if err != nil && !errors.Is(err, fs.ErrNotExist) && !errors.Is(err, syscall.ESRCH) {
			t.Fatal(err)
		}
		list = append(list, strings.Fields(string(b))...)
	}
	return list
}

func descriptors(t testing.TB) int {
	t.Helper()
	entries, err := os.ReadDir("/proc/self/fd")
	if err != nil {
		t.Fatal(err)
	}
	return len(entries)
}

func TestColdStartsLeaveNothing(t *testing.T) {
	if runtime.GOOS != "linux" {
		t.Skip("reads /proc")
	}
	rounds := 300
	if testing.Short() {
		rounds = 30
	}
	f := newFunction(t, nil)
	var before, goroutines int
	for i := range rounds {
		if r := invoke(t, f, "bench", "1"); r.ExecutedVersion != fmt.Sprint(i+1) {
			t.Fatalf("round %d: version %s answered", i, r.ExecutedVersion)
		}
		if i == 10 {
			before, goroutines = descriptors(t), runtime.NumGoroutine()
		}
		nonce := fmt.Sprint(i)
		if _, err := f.Update(Change{Description: &nonce}, ""); err != nil {
			t.Fatal(err)
		}
		updated(t, f)
		v, err := f.Publish("", "", "")
		if err != nil {
			t.Fatal(err)
		}
		if _, err := f.UpdateAlias("bench", AliasChange{Version: &v.Version}, ""); err != nil {
			t.Fatal(err)
		}
		if err := f.DeleteVersion(fmt.Sprint(i + 1)); err != nil {
			t.Fatal(err)
		}
	}
	if got := children(t); len(got) != 0 {
		t.Errorf("processes are left: %v", got)
	}
	// A few descriptors and goroutines of connections may still be closing.
	if got := descriptors(t); got > before+4 {
		t.Errorf("%d descriptors are open, %d after ten rounds", got, before)
	}
	if got := runtime.NumGoroutine(); got > goroutines+8 {
		t.Errorf("%d goroutines, %d after ten rounds", got, goroutines)
	}
	// One of the code, and none of an environment.
	if left, err := os.ReadDir(os.TempDir()); err != nil || len(left) != 1 {
		t.Errorf("left in the temporary folder: %v (%v)", left, err)
	}
	n := 0
	for _, r := range reports(t, f) {
		if r.InitDuration != nil {
			n++
		}
	}
	if n != rounds {
		t.Errorf("%d of %d requests were cold", n, rounds)
	}
}

func TestKillsUnderLoad(t *testing.T) {
	if runtime.GOOS != "linux" {
		t.Skip("reads /proc")
	}
	f := newFunction(t, nil)
	stop := make(chan struct{})
	var killer sync.WaitGroup
	killer.Go(func() {
		pace := time.NewTicker(8 * time.Millisecond)
		defer pace.Stop()
		for {
			select {
			case <-stop:
				return
			case <-pace.C:
			}
			if list := children(t); len(list) > 0 {
				var pid int
				fmt.Sscan(list[rand.IntN(len(list))], &pid)
				// It may have ended meanwhile. A number is not given again so soon.
				syscall.Kill(pid, syscall.SIGKILL)
			}
		}
	})
	const n = 200
	var wg sync.WaitGroup
	outcomes := make([]string, n)
	for i := range n {
		wg.Go(func() {
			r := invoke(t, f, "bench", fmt.Sprintf(`{"do":"sleep","n":%d}`, i%20))
			outcomes[i] = r.FunctionError
			var payload struct{ ErrorType string }
			switch json.Unmarshal(r.Payload, &payload); {
			case r.FunctionError == "" && string(r.Payload) != `"slept"`:
				t.Errorf("got %s", r.Payload)
			case r.FunctionError != "" && payload.ErrorType != "Runtime.ExitError":
				t.Errorf("got %s", r.Payload)
			}
		})
	}
	wg.Wait()
	close(stop)
	killer.Wait()
	failed := 0
	for _, o := range outcomes {
		if o != "" {
			failed++
		}
	}
	t.Logf("%d of %d requests met a kill in their invocation", failed, n)
	if got := len(reports(t, f)); got != n {
		t.Errorf("%d reports of %d requests", got, n)
	}
	if err := f.Close(); err != nil {
		t.Error(err)
	}
	if got := children(t); len(got) != 0 {
		t.Errorf("processes are left: %v", got)
	}
}

func TestCloseEndsWhatIsUnderWay(t *testing.T) {
	f := newFunction(t, func(a *assembly.Function) { a.Timeout = time.Hour })
	result := make(chan Result, 1)
	go func() {
		r, err := f.Invoke(context.Background(), "", []byte(`{"do":"hang"}`), "")
		if err != nil {
			t.Error(err)
		}
		result <- r
	}()
	waitFor(t, func() bool { return started(t, f) })
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
	if r := <-result; !bytes.Contains(r.Payload, []byte("signal: killed")) {
		t.Errorf("got %s", r.Payload)
	}
	if _, err := f.Invoke(context.Background(), "", nil, ""); errorCode(err) != "ServiceException" {
		t.Errorf("invoke after Close: %v", err)
	}
}

func started(t *testing.T, f *Function) bool {
	t.Helper()
	events, _, err := f.host.Logs.Filter(logs.Query{Group: f.a.LogGroup, Pattern: `{ $.type = "platform.start" }`})
	if err != nil {
		t.Fatal(err)
	}
	return len(events) > 0
}

// TestFailures: what a function fails can be told from what is kept.
func TestFailures(t *testing.T) {
	f := newFunction(t, nil)
	invoke(t, f, "bench", `1`)
	if got := f.Failures(); len(got) != 0 {
		t.Errorf("got %+v of a function that works", got)
	}
	first := invoke(t, f, "bench", `{"do":"exit","n":3}`)
	invoke(t, f, "bench", `{"do":"panic"}`) // the second of its version
	latest := invoke(t, f, "", `{"do":"error"}`)
	got := f.Failures()
	if len(got) != 2 {
		t.Fatalf("got %d failures, want one of each version: %+v", len(got), got)
	}
	for i, want := range []Failure{
		{"1", first.RequestID, "Runtime.ExitError", "RequestId: " + first.RequestID + " Error: Runtime exited with error: exit status 3", "exit status 3"},
		{"$LATEST", latest.RequestID, "Function.Mine", "no luck", "init\n"},
	} {
		log := got[i].Log
		got[i].Log = want.Log
		if got[i] != want || !strings.Contains(log, want.Log) {
			t.Errorf("got %+v, log %q; want %+v", got[i], log, want)
		}
	}
}

// TestFailureInInit: the output of an init that fails is in no invocation's
// log, and is what tells why.
func TestFailureInInit(t *testing.T) {
	f := newFunction(t, func(a *assembly.Function) { a.Environment["MODE"] = "exit" })
	invoke(t, f, "", ``)
	if got := f.Failures(); len(got) != 1 || !strings.HasPrefix(got[0].Log, "init\n") || len(got[0].Log) > 4<<10 {
		t.Errorf("got %+v, want the init's output", got)
	}
	for range 2 * maxFailures {
		f.note(newID(), "", sandbox.Outcome{FunctionError: "Unhandled", Payload: []byte(`{"errorMessage":"` + strings.Repeat("x", 2*maxMessage) + `"}`)})
	}
	if got := f.Failures(); len(got) != maxFailures || len(got[1].Message) != maxMessage {
		t.Errorf("got %d failures, message of %d bytes", len(got), len(got[1].Message))
	}
}

// Requests reach the version that an alias has left for as long as the host says,
// by its idle environment, and nobody afterwards.
func TestAliasLags(t *testing.T) {
	f := newFunction(t, nil)
	f.host.AliasLag, f.host.AliasWeights = 200*time.Millisecond, 100*time.Millisecond
	first := invoke(t, f, "bench", "1")
	if _, err := f.Update(Change{Description: new("another")}, ""); err != nil {
		t.Fatal(err)
	}
	next, err := f.Publish("", "", updated(t, f).RevisionID)
	if err != nil {
		t.Fatal(err)
	}
	a, err := f.UpdateAlias("bench", AliasChange{Version: &next.Version}, "")
	if err != nil || a.FunctionVersion != next.Version || len(a.Weights) != 1 {
		t.Fatalf("alias %+v, %v: want version %s, and weights while it moves", a, err, next.Version)
	}
	if r := invoke(t, f, "bench", "2"); r.ExecutedVersion != first.ExecutedVersion || cold(t, f, r) {
		t.Errorf("answered by version %s, cold %v; want the environment that %s has left", r.ExecutedVersion, cold(t, f, r), first.ExecutedVersion)
	}
	waitFor(t, func() bool { return invoke(t, f, "bench", "1").ExecutedVersion == next.Version })
	if a, err = f.Alias("bench"); err != nil || len(a.Weights) != 0 {
		t.Errorf("alias %+v, %v: want no weights once it has moved", a, err)
	}
}
