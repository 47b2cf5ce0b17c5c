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
		if programs = os.Getenv("COLDCRANK_TEST_PROGRAMS"); programs != "" {
			return m.Run() // within a test, which has built them
		}
		var err error
		if programs, err = os.MkdirTemp("", "coldcrank-sandbox-test-"); err != nil {
			fmt.Fprintln(os.Stderr, err)
			return 1
		}
		defer os.RemoveAll(programs)
		for _, name := range []string{"torture", "awsgo", "files", "hungry"} {
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

func newFixture(t testing.TB, program string, change func(*Spec)) *fixture {
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
	var events []logs.Event
	for q := (logs.Query{Group: f.spec.LogGroup}); ; {
		page, next, err := f.store.Filter(q)
		if err != nil {
			t.Fatal(err)
		}
		events = append(events, page...)
		if q.Token = next; next == "" {
			break
		}
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
			log: []string{"init\n", start, end, report(true, true, "\tStatus: error\tError Type: Runtime.Unknown")},
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
	if got := f.log(t); !slices.Contains(got, "statuses 400 200 403 404 202 403\n") {
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

func TestNoBootstrap(t *testing.T) {
	f := newFixture(t, "torture", func(s *Spec) { s.TaskRoot = t.TempDir() })
	out := f.invoke(t, "1")
	if got := string(out.Payload); !strings.HasPrefix(got, `{"errorType":"Runtime.InvalidEntrypoint","errorMessage":"RequestId: 00000000-0000-4000-8000-000000000001 Error: fork/exec `) {
		t.Errorf("got %s", got)
	}
}
