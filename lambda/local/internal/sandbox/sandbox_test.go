package sandbox

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/coldcrank/coldcrank/lambda/local/internal/logs"
	"github.com/coldcrank/coldcrank/lambda/reportlog"
)

// programs holds the task roots of the functions in testdata.
var programs string

func TestMain(m *testing.M) {
	os.Exit(func() int {
		var err error
		if programs, err = os.MkdirTemp("", "coldcrank-sandbox-test-"); err != nil {
			fmt.Fprintln(os.Stderr, err)
			return 1
		}
		defer os.RemoveAll(programs)
		for _, name := range []string{"torture", "awsgo"} {
			cmd := exec.Command("go", "build", "-tags", "lambda.norpc", "-o", filepath.Join(programs, name, "bootstrap"), "./testdata/"+name)
			if out, err := cmd.CombinedOutput(); err != nil {
				fmt.Fprintf(os.Stderr, "build %s: %v\n%s", name, err, out)
				return 1
			}
		}
		return m.Run()
	}())
}

// fixture is an environment with the store that it logs to.
type fixture struct {
	*Environment
	store *logs.Store
	n     int
}

func newFixture(t *testing.T, program string, change func(*Spec)) *fixture {
	t.Helper()
	f := &fixture{store: logs.New()}
	spec := Spec{
		Function: "orders", ARN: "arn:aws:lambda:eu-north-1:000000000000:function:orders", Version: "7",
		Handler: "bootstrap", MemoryMB: 512, Timeout: 30 * time.Second,
		Environment: map[string]string{}, TaskRoot: filepath.Join(programs, program),
		Logs: f.store, LogGroup: "/orders", Gate: NewGate(2, nil),
	}
	if change != nil {
		change(&spec)
	}
	f.Environment = New(spec)
	t.Cleanup(func() {
		if err := f.Close(); err != nil {
			t.Error(err)
		}
		if _, err := os.Stat(f.dir); !os.IsNotExist(err) {
			t.Errorf("the environment's folder is left: %v", err)
		}
	})
	return f
}

func (f *fixture) invoke(t *testing.T, payload string) Outcome {
	t.Helper()
	f.n++
	out, err := f.Invoke(context.Background(), Request{
		ID: fmt.Sprintf("00000000-0000-4000-8000-%012d", f.n), ARN: f.spec.ARN + ":bench", TraceID: "Root=1-2-3", Payload: []byte(payload),
	})
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// log is what the environment wrote since the last time, one string an event.
func (f *fixture) log(t *testing.T) []string {
	t.Helper()
	events, _, err := f.store.Filter(logs.Query{Group: f.spec.LogGroup})
	if err != nil {
		t.Fatal(err)
	}
	var list []string
	for _, e := range events {
		if e.Stream != f.LogStream() {
			t.Errorf("stream %s, want %s", e.Stream, f.LogStream())
		}
		list = append(list, e.Message)
	}
	return list
}

// reports are the REPORT records of the log.
func (f *fixture) reports(t *testing.T) []reportlog.Record {
	t.Helper()
	var list []reportlog.Record
	for _, m := range f.log(t) {
		records, err := reportlog.Parse(m)
		if err != nil {
			continue // the function's own output
		}
		for _, r := range records {
			if r.Kind == reportlog.Report {
				list = append(list, r)
			}
		}
	}
	return list
}

var numbers = regexp.MustCompile(`[0-9]+\.[0-9]+ ms|Billed Duration: [0-9]+|Max Memory Used: [0-9]+|[0-9-]+T[0-9:.]+Z`)

// shape is a log without what changes from run to run, its events joined. The
// tab at the end of a line is reportlog's business.
func shape(messages []string) string {
	return numbers.ReplaceAllStringFunc(strings.ReplaceAll(strings.Join(messages, "|"), "\t\n", "\n"), func(s string) string {
		if i := strings.Index(s, ": "); i >= 0 {
			return s[:i] + ": N"
		}
		return "N"
	})
}

func want(t *testing.T, what, got, want string) {
	t.Helper()
	if got != want {
		t.Errorf("%s:\n got %q\nwant %q", what, got, want)
	}
}

func TestColdThenWarm(t *testing.T) {
	f := newFixture(t, "torture", nil)
	for range 2 {
		out := f.invoke(t, `{"a":1}`)
		want(t, "payload", string(out.Payload), `{"a":1}`)
		want(t, "function error", out.FunctionError, "")
	}
	memory := "\tMax Memory Used: N MB"
	if runtime.GOOS != "linux" {
		memory = ""
	}
	want(t, "log", shape(f.log(t)), "init\n"+
		"|START RequestId: 00000000-0000-4000-8000-000000000001 Version: 7\n"+
		"|END RequestId: 00000000-0000-4000-8000-000000000001\n"+
		"|REPORT RequestId: 00000000-0000-4000-8000-000000000001\tDuration: N\tBilled Duration: N ms\tMemory Size: 512 MB"+memory+"\tInit Duration: N\n"+
		"|START RequestId: 00000000-0000-4000-8000-000000000002 Version: 7\n"+
		"|END RequestId: 00000000-0000-4000-8000-000000000002\n"+
		"|REPORT RequestId: 00000000-0000-4000-8000-000000000002\tDuration: N\tBilled Duration: N ms\tMemory Size: 512 MB"+memory+"\n")
	for i, r := range f.reports(t) {
		sum := *r.Duration
		if r.InitDuration != nil {
			sum += *r.InitDuration
		}
		// Text has hundredths: the sum of two may be a hundredth off.
		if got := *r.BilledDuration; got < sum-20*time.Microsecond || got > sum+time.Millisecond+20*time.Microsecond || got%time.Millisecond != 0 {
			t.Errorf("report %d: billed %v of %v", i, got, sum)
		}
	}
}

func TestStreamName(t *testing.T) {
	day := time.Date(2026, 3, 1, 23, 30, 0, 0, time.FixedZone("", -3600))
	for _, c := range []struct{ group, want string }{
		{"/custom", `^2026/03/02/orders\[7\][0-9a-f]{32}$`},
		{"/aws/lambda/orders", `^2026/03/02/\[7\][0-9a-f]{32}$`},
	} {
		if got := streamName(Spec{Function: "orders", Version: "7", LogGroup: c.group}, day); !regexp.MustCompile(c.want).MatchString(got) {
			t.Errorf("%s: got %s, want %s", c.group, got, c.want)
		}
	}
}

func TestEnds(t *testing.T) {
	const (
		id    = "00000000-0000-4000-8000-000000000001"
		start = "START RequestId: " + id + " Version: 7\n"
		end   = "END RequestId: " + id + "\n"
	)
	report := func(memory, init bool, rest string) string {
		s := "REPORT RequestId: " + id + "\tDuration: N\tBilled Duration: N ms\tMemory Size: 512 MB"
		if memory && runtime.GOOS == "linux" {
			s += "\tMax Memory Used: N MB"
		}
		if init {
			s += "\tInit Duration: N"
		}
		return s + rest + "\n"
	}
	exit := func(why string) string { return "RequestId: " + id + " Error: " + why + "\nRuntime.ExitError\n" }
	for _, c := range []struct {
		name, mode, event string
		timeout           time.Duration
		payload           string
		log               []string
		errored           bool
	}{
		{
			// "Failures during the Init phase" of the lifecycle page; the lines
			// as seen on AWS in others' issue threads.
			name: "exit in both inits", mode: "exit",
			payload: `{"errorType":"Runtime.ExitError","errorMessage":"RequestId: ` + id + ` Error: Runtime exited with error: exit status 1"}`, errored: true,
			log: []string{"init\n", "INIT_REPORT Init Duration: N\tPhase: init\tStatus: error\tError Type: Runtime.ExitError\n",
				"init\n", "INIT_REPORT Init Duration: N\tPhase: invoke\tStatus: error\tError Type: Runtime.ExitError\n",
				start, exit("Runtime exited with error: exit status 1"), end, report(false, false, "\tStatus: error\tError Type: Runtime.ExitError")},
		}, {
			name: "exit 0 in init", mode: "exit 0",
			payload: `{"errorType":"Runtime.ExitError","errorMessage":"RequestId: ` + id + ` Error: Runtime exited without providing a reason"}`, errored: true,
			log: []string{"init\n", "INIT_REPORT Init Duration: N\tPhase: init\tStatus: error\tError Type: Runtime.ExitError\n",
				"init\n", "INIT_REPORT Init Duration: N\tPhase: invoke\tStatus: error\tError Type: Runtime.ExitError\n",
				start, exit("Runtime exited without providing a reason"), end, report(false, false, "\tStatus: error\tError Type: Runtime.ExitError")},
		}, {
			name: "exit in the first init", mode: "exit once", event: "1", payload: "1",
			log: []string{"init\n", "INIT_REPORT Init Duration: N\tPhase: init\tStatus: error\tError Type: Runtime.ExitError\n",
				"init\n", start, end, report(true, false, "")},
		}, {
			name: "init over its limit", mode: "hang once", event: "1", payload: "1",
			log: []string{"init\n", "INIT_REPORT Init Duration: N\tPhase: init\tStatus: timeout\n", "init\n", start, end, report(true, false, "")},
		}, {
			name: "init never ends", mode: "hang", timeout: time.Second,
			payload: `{"errorType":"Sandbox.Timedout","errorMessage":"RequestId: ` + id + ` Error: Task timed out after 1.00 seconds"}`, errored: true,
			log: []string{"init\n", "INIT_REPORT Init Duration: N\tPhase: init\tStatus: timeout\n",
				"init\n", "INIT_REPORT Init Duration: N\tPhase: invoke\tStatus: timeout\n",
				start, "N " + id + " Task timed out after 1.00 seconds\n\n", end, report(false, false, "\tStatus: timeout")},
		}, {
			name: "init/error", mode: "init error", payload: `{"errorType":"Mine","errorMessage":"no luck"}`, errored: true,
			log: []string{"init\n", "INIT_REPORT Init Duration: N\tPhase: init\tStatus: error\tError Type: Runtime.Mine\n",
				"init\n", "INIT_REPORT Init Duration: N\tPhase: invoke\tStatus: error\tError Type: Runtime.Mine\n",
				start, end, report(false, false, "\tStatus: error\tError Type: Runtime.Mine")},
		}, {
			name: "timeout", event: `{"do":"hang"}`, timeout: 500 * time.Millisecond,
			payload: `{"errorType":"Sandbox.Timedout","errorMessage":"RequestId: ` + id + ` Error: Task timed out after 0.50 seconds"}`, errored: true,
			log: []string{"init\n", start, "N " + id + " Task timed out after 0.50 seconds\n\n", end, report(true, true, "\tStatus: timeout")},
		}, {
			name: "exit in an invocation", event: `{"do":"exit","n":3}`,
			payload: `{"errorType":"Runtime.ExitError","errorMessage":"RequestId: ` + id + ` Error: Runtime exited with error: exit status 3"}`, errored: true,
			log: []string{"init\n", start, exit("Runtime exited with error: exit status 3"), end, report(false, true, "\tStatus: error\tError Type: Runtime.ExitError")},
		}, {
			name: "error of the function", event: `{"do":"error"}`, payload: `{"errorType":"Mine","errorMessage":"no luck"}`, errored: true,
			log: []string{"init\n", start, end, report(true, true, "\tStatus: error\tError Type: Function.Mine")},
		}, {
			name: "error in trailers", event: `{"do":"trailer"}`, payload: `{"errorType":"Mid.Stream"}`, errored: true,
			log: []string{"init\n", start, end, report(true, true, "\tStatus: error\tError Type: Mid.Stream")},
		}, {
			name: "response of 7 MB", event: `{"do":"respond","n":7340032}`,
			payload: `{"errorType":"Function.ResponseSizeTooLarge","errorMessage":"Response payload size exceeded maximum allowed payload size (6291556 bytes)."}`, errored: true,
			log: []string{"init\n", start, end, report(true, true, "\tStatus: error\tError Type: Function.ResponseSizeTooLarge")},
		}, {
			name: "misuse of the Runtime API", event: `{"do":"misuse"}`, payload: `"first"`,
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			f := newFixture(t, "torture", func(s *Spec) {
				s.Environment["MODE"] = c.mode
				s.InitLimit = 5 * time.Second
				if strings.HasPrefix(c.mode, "hang") {
					s.InitLimit = time.Second
				}
				if c.timeout != 0 {
					s.Timeout = c.timeout
				}
			})
			out := f.invoke(t, c.event)
			want(t, "payload", string(out.Payload), c.payload)
			if got := out.FunctionError == "Unhandled"; got != c.errored {
				t.Errorf("function error: got %q", out.FunctionError)
			}
			if c.log != nil {
				want(t, "log", shape(f.log(t)), strings.Join(c.log, "|"))
			}
		})
	}
}

func TestMisuseStatuses(t *testing.T) {
	f := newFixture(t, "torture", nil)
	f.invoke(t, `{"do":"misuse"}`)
	// The line comes after the response: the next invocation waits for it.
	f.invoke(t, "1")
	if got := f.log(t); !slices.Contains(got, "statuses 400 403 403 404 202 400\n") {
		t.Errorf("got %q", got)
	}
}

// A process that is gone between two requests starts anew within the second,
// which has no Init Duration ("suppressed init").
func TestExitBetweenRequests(t *testing.T) {
	f := newFixture(t, "torture", nil)
	want(t, "first", string(f.invoke(t, `{"do":"die after"}`).Payload), `"last words"`)
	<-f.process.exited
	want(t, "second", string(f.invoke(t, "2").Payload), "2")
	reports := f.reports(t)
	if len(reports) != 2 || reports[0].InitDuration == nil || reports[1].InitDuration != nil {
		t.Fatalf("reports: %+v", reports)
	}
}

func TestTimeoutKillsAndTheNextStartsAnew(t *testing.T) {
	f := newFixture(t, "torture", func(s *Spec) { s.Timeout = time.Second })
	f.invoke(t, `{"do":"hang"}`)
	pid := int(f.process.pid.Load())
	if alive(pid) {
		t.Errorf("process %d lives after its timeout", pid)
	}
	want(t, "next", string(f.invoke(t, "2").Payload), "2")
}

func TestJSONLog(t *testing.T) {
	types := func(f *fixture) string {
		var list []string
		for _, m := range f.log(t) {
			var e struct{ Type, Level, Msg string }
			if json.Unmarshal([]byte(m), &e) != nil {
				e.Type = m
			}
			if e.Level != "" {
				e.Type = e.Level
			}
			list = append(list, e.Type)
		}
		return strings.Join(list, " ")
	}
	for _, c := range []struct{ system, app, mode, want string }{
		{"INFO", "", "", "init platform.start to stdout to stderr ERROR no newline platform.report"},
		{"", "DEBUG", "", "init platform.start to stdout to stderr debug ERROR no newline platform.report"},
		{"WARN", "ERROR", "", "ERROR"},
		{"DEBUG", "FATAL", "", "platform.initReport platform.start platform.report"},
		{"WARN", "FATAL", "exit once", "platform.initReport"},
	} {
		f := newFixture(t, "torture", func(s *Spec) {
			s.LogFormat, s.SystemLogLevel, s.ApplicationLogLevel = "JSON", c.system, c.app
			s.Environment["MODE"] = c.mode
		})
		f.invoke(t, `{"do":"print"}`)
		want(t, c.system+"/"+c.app, types(f), c.want)
	}
}

func TestTail(t *testing.T) {
	f := newFixture(t, "torture", nil)
	out := f.invoke(t, `{"do":"print"}`)
	log := f.log(t)
	want(t, "tail", strings.ReplaceAll(string(out.Log), "no newline\n", "no newline"), strings.Join(log[1:], ""))
	out = f.invoke(t, `{"do":"line","n":10000}`)
	if len(out.Log) != tailSize || !strings.HasPrefix(string(out.Log), "xx") || !strings.Contains(string(out.Log), "REPORT RequestId: 00000000-0000-4000-8000-000000000002") {
		t.Errorf("tail of %d bytes: %.100q", len(out.Log), out.Log)
	}
}

// TestTailWithInit: what an init logged is in the log of its own request only.
func TestTailWithInit(t *testing.T) {
	f := newFixture(t, "torture", func(s *Spec) { s.Timeout = time.Second })
	out := f.invoke(t, "1")
	want(t, "cold", string(out.LogWithInit), "init\n"+string(out.Log))
	out = f.invoke(t, `{"do":"hang"}`)
	want(t, "warm", string(out.LogWithInit), string(out.Log))
	want(t, "error type", out.ErrorType, "Sandbox.Timedout")
	out = f.invoke(t, `{"do":"error"}`)
	want(t, "suppressed", string(out.LogWithInit), "init\n"+string(out.Log))
	want(t, "error type", out.ErrorType, "Function.Mine")
}

func TestLongLine(t *testing.T) {
	f := newFixture(t, "torture", nil)
	f.invoke(t, fmt.Sprintf(`{"do":"line","n":%d}`, maxLine*2+5))
	var sizes []int
	for _, m := range f.log(t) {
		if strings.HasPrefix(m, "x") {
			sizes = append(sizes, len(m))
		}
	}
	if !slices.Equal(sizes, []int{maxLine, maxLine, 6}) {
		t.Errorf("got events of %d bytes", sizes)
	}
}

func TestEnviron(t *testing.T) {
	t.Setenv("COLDCRANK_TEST_SECRET", "of the caller")
	f := newFixture(t, "torture", func(s *Spec) {
		s.Environment["TABLE"] = "orders"
		s.Environment["AWS_REGION"] = "reserved: cannot be set"
	})
	var list []string
	if err := json.Unmarshal(f.invoke(t, `{"do":"environ"}`).Payload, &list); err != nil {
		t.Fatal(err)
	}
	got := make(map[string]string)
	for _, kv := range list {
		k, v, _ := strings.Cut(kv, "=")
		got[k] = v
	}
	for k, v := range map[string]string{
		"TABLE": "orders", "AWS_REGION": "eu-north-1", "_HANDLER": "bootstrap", "AWS_LAMBDA_FUNCTION_NAME": "orders", "AWS_LAMBDA_FUNCTION_VERSION": "7",
		"AWS_LAMBDA_FUNCTION_MEMORY_SIZE": "512", "AWS_LAMBDA_LOG_GROUP_NAME": "/orders", "AWS_LAMBDA_LOG_STREAM_NAME": f.LogStream(),
		"AWS_LAMBDA_INITIALIZATION_TYPE": "on-demand", "LAMBDA_TASK_ROOT": f.spec.TaskRoot, "TMPDIR": f.dir, "TZ": ":UTC",
	} {
		want(t, k, got[k], v)
	}
	if wd, err := filepath.EvalSymlinks(f.spec.TaskRoot); err != nil || got["WD"] != wd && got["WD"] != f.spec.TaskRoot {
		t.Errorf("working directory: got %s, want %s (%v)", got["WD"], wd, err)
	}
	for _, k := range []string{"COLDCRANK_TEST_SECRET", "HOME", "AWS_EXECUTION_ENV", "AWS_LAMBDA_LOG_FORMAT"} {
		if v, ok := got[k]; ok {
			t.Errorf("%s=%s is set", k, v)
		}
	}
}

func TestMaxMemoryUsed(t *testing.T) {
	if runtime.GOOS != "linux" {
		t.Skip("the high-water mark is known on Linux only")
	}
	f := newFixture(t, "torture", nil)
	f.invoke(t, `{"do":"memory","n":64}`)
	if got := *f.reports(t)[0].MaxMemoryUsedMB; got < 64 || got > 128 {
		t.Errorf("got %d MB, want 64 and a little", got)
	}
}

func TestCloseKillsTheGroup(t *testing.T) {
	f := newFixture(t, "torture", nil)
	var child int
	if err := json.Unmarshal(f.invoke(t, `{"do":"fork"}`).Payload, &child); err != nil {
		t.Fatal(err)
	}
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
	if pid := int(f.process.pid.Load()); alive(pid) {
		t.Errorf("process %d lives after Close", pid)
	}
	// The child is not ours to wait for: it is killed before Close returns, and
	// gone when its new parent has reaped it.
	for deadline := time.Now().Add(10 * time.Second); alive(child); time.Sleep(time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("child %d lives after Close", child)
		}
	}
	if _, err := f.Invoke(context.Background(), Request{ID: "x"}); err != ErrClosed {
		t.Errorf("invoke after Close: got %v, want %v", err, ErrClosed)
	}
}

func TestNoBootstrap(t *testing.T) {
	f := newFixture(t, "torture", func(s *Spec) { s.TaskRoot = t.TempDir() })
	out := f.invoke(t, "1")
	if got := string(out.Payload); !strings.HasPrefix(got, `{"errorType":"Runtime.InvalidEntrypoint","errorMessage":"RequestId: 00000000-0000-4000-8000-000000000001 Error: fork/exec `) {
		t.Errorf("got %s", got)
	}
}

func TestGateQueues(t *testing.T) {
	gate := NewGate(1, nil)
	if _, err := gate.enter(context.Background()); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	f := newFixture(t, "torture", func(s *Spec) { s.Gate = gate })
	if _, err := f.Invoke(ctx, Request{ID: "x"}); err != context.Canceled {
		t.Errorf("got %v, want %v", err, context.Canceled)
	}
	const wait = 30 * time.Millisecond
	time.AfterFunc(wait, gate.leave)
	out := f.invoke(t, "1")
	if out.Queued < wait/2 {
		t.Errorf("queued %v, want about %v", out.Queued, wait)
	}
	if r := f.reports(t)[0]; r.InitDuration == nil {
		t.Errorf("the request after one that gave up its place is not cold: %+v", r)
	}
}

// An init waits for a pause in the arrivals, and for a time at most.
func TestGateGathers(t *testing.T) {
	waiting := true
	gate := NewGate(1, func() bool { return waiting })
	gate.last = time.Now().Add(-time.Hour)
	if got := gate.untilPause(time.Now()); got <= 0 {
		t.Errorf("does not wait while requests wait to be read")
	}
	waiting = false
	for range 3 {
		got, err := gate.enter(context.Background())
		if err != nil || got < pause {
			t.Errorf("entered after %v (%v), want %v at least", got, err, pause)
		}
		gate.leave()
	}
	// Arrivals without an end: the first gets in all the same.
	start := time.Now()
	gate.last = start.Add(time.Hour)
	if got := gate.untilPause(start.Add(-pauseMost)); got > 0 {
		t.Errorf("has to wait for %v after the most that one waits", got)
	}
	if got := gate.untilPause(start); got <= pause || got > pauseMost {
		t.Errorf("has to wait for %v, want up to %v", got, pauseMost)
	}
}

func TestAWSLambdaGo(t *testing.T) {
	f := newFixture(t, "awsgo", nil)
	for _, size := range []int{3, 300_000} { // plain, and in chunks
		say := strings.Repeat("é", size)
		out := f.invoke(t, `{"say":"`+say+`"}`)
		var got struct {
			Say, ID, ARN, Name string
			Left               float64
		}
		if err := json.Unmarshal(out.Payload, &got); err != nil {
			t.Fatalf("%v: %.200s", err, out.Payload)
		}
		if got.Say != strings.ToUpper(say) || got.ARN != f.spec.ARN+":bench" || got.Name != "orders" || !strings.HasPrefix(got.ID, "00000000") || got.Left <= 0 || got.Left > 30 {
			t.Errorf("got %.200s", out.Payload)
		}
	}
	out := f.invoke(t, `{"fail":"no luck"}`)
	want(t, "error", string(out.Payload), `{"errorMessage":"no luck","errorType":"errorString"}`)
	out = f.invoke(t, `{"panic":"torture"}`)
	if out.FunctionError == "" || !strings.HasPrefix(string(out.Payload), `{"errorMessage":"torture"`) {
		t.Errorf("panic: got %.200s", out.Payload)
	}
	// aws-lambda-go exits after a panic: what follows starts anew.
	<-f.process.exited
	want(t, "after the panic", f.invoke(t, `{"say":"a"}`).FunctionError, "")
}

// TestOrphan is the executor of TestKilledExecutor.
func TestOrphan(t *testing.T) {
	if os.Getenv("COLDCRANK_TEST_ORPHAN") == "" {
		t.Skip("is run by TestKilledExecutor")
	}
	f := newFixture(t, "torture", nil)
	f.invoke(t, "1")
	fmt.Printf("pid %d\n", f.process.pid.Load())
	select {} // until it is killed
}

// Of an executor that is killed with -9 no process is left on Linux.
func TestKilledExecutor(t *testing.T) {
	if runtime.GOOS != "linux" {
		t.Skip("other systems have no signal for the death of a parent")
	}
	cmd := exec.Command(os.Args[0], "-test.run=^TestOrphan$")
	cmd.Env = append(os.Environ(), "COLDCRANK_TEST_ORPHAN=1", "TMPDIR="+t.TempDir())
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	var pid int
	if _, err := fmt.Fscanf(out, "pid %d\n", &pid); err != nil || !alive(pid) {
		t.Errorf("process %d: %v", pid, err)
	}
	if err := cmd.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	cmd.Wait() // an error: it was killed
	for deadline := time.Now().Add(10 * time.Second); alive(pid); time.Sleep(time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("process %d outlives its executor", pid)
		}
	}
}
