package sandbox

import (
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/coldcrank/coldcrank/lambda/local/internal/limits"
)

// eachMemoryMode runs a test with every memory mode of this machine: of control
// groups, and polled, which every Linux has.
func eachMemoryMode(t *testing.T, test func(t *testing.T, host *limits.Host)) {
	for _, mode := range []limits.Mode{limits.CgroupV1, limits.CgroupV2, limits.Polled} {
		t.Run(string(mode), func(t *testing.T) {
			host, err := limits.Open(limits.Options{CPU: limits.None, Memory: mode})
			if err != nil {
				if mode == limits.Polled {
					t.Fatal(err)
				}
				t.Skip(err) // that CI has one of them is a test of package local
			}
			if host.Memory() != mode {
				t.Fatalf("got mode %s", host.Memory())
			}
			t.Cleanup(func() {
				if err := host.Close(); err != nil {
					t.Error(err)
				}
			})
			test(t, host)
		})
	}
}

func newHungry(t *testing.T, host *limits.Host, mode string) *fixture {
	return newFixture(t, "hungry", func(s *Spec) {
		s.InitLimit = 30 * time.Second // on a busy machine
		s.MemoryMB, s.Limits, s.Environment["MODE"] = 128, host, mode
	})
}

// TestOutOfMemory: the invocation ends as others saw it on AWS (see
// memoryReply), and the next one starts anew.
func TestOutOfMemory(t *testing.T) {
	eachMemoryMode(t, func(t *testing.T, host *limits.Host) {
		f := newHungry(t, host, "")
		const id = "00000000-0000-4000-8000-000000000001"
		out := f.invoke(t, `{"do":"own","mb":400}`)
		want(t, "payload", string(out.Payload), `{"errorType":"Runtime.ExitError","errorMessage":"RequestId: `+id+` Error: Runtime exited with error: signal: killed"}`)
		want(t, "error type", out.FunctionError+" "+out.ErrorType, "Unhandled Runtime.OutOfMemory")
		log := f.log(t)
		if !strings.Contains(log[len(log)-1], "Memory Size: 128 MB\tMax Memory Used: 128 MB\t") {
			t.Errorf("report: %q", log[len(log)-1])
		}
		want(t, "log", shape(log), "START RequestId: "+id+" Version: 7\n"+
			"|RequestId: "+id+" Error: Runtime exited with error: signal: killed\nRuntime.ExitError\n"+
			"|END RequestId: "+id+"\n"+
			"|REPORT RequestId: "+id+"\tDuration: N\tBilled Duration: N ms\tMemory Size: 128 MB\tMax Memory Used: N MB\tInit Duration: N\tStatus: error\tError Type: Runtime.OutOfMemory\n")
		want(t, "the next", string(f.invoke(t, `{"do":"own","mb":20}`).Payload), `"done"`)
		if r := f.reports(t); r[1].ErrorType != "" || r[1].InitDuration != nil {
			t.Errorf("the next one's report: %+v", r[1])
		}
	})
}

func TestOutOfMemoryInInit(t *testing.T) {
	eachMemoryMode(t, func(t *testing.T, host *limits.Host) {
		f := newHungry(t, host, "init")
		const id = "00000000-0000-4000-8000-000000000001"
		want(t, "error type", f.invoke(t, `{}`).ErrorType, "Runtime.OutOfMemory")
		want(t, "log", shape(f.log(t)), "INIT_REPORT Init Duration: N\tPhase: init\tStatus: error\tError Type: Runtime.OutOfMemory\n"+
			"|INIT_REPORT Init Duration: N\tPhase: invoke\tStatus: error\tError Type: Runtime.OutOfMemory\n"+
			"|START RequestId: "+id+" Version: 7\n"+
			"|RequestId: "+id+" Error: Runtime exited with error: signal: killed\nRuntime.ExitError\n"+
			"|END RequestId: "+id+"\n"+
			"|REPORT RequestId: "+id+"\tDuration: N\tBilled Duration: N ms\tMemory Size: 128 MB\tMax Memory Used: N MB\tStatus: error\tError Type: Runtime.OutOfMemory\n")
	})
}

// The memory of children counts, and the whole environment ends with them.
func TestOutOfMemoryOfAChild(t *testing.T) {
	eachMemoryMode(t, func(t *testing.T, host *limits.Host) {
		f := newHungry(t, host, "")
		want(t, "error type", f.invoke(t, `{"do":"child","mb":400}`).ErrorType, "Runtime.OutOfMemory")
		if pid := int(f.process.pid.Load()); alive(pid) {
			t.Errorf("process %d lives", pid)
		}
	})
}

// Pages of a mapped file are the kernel's to take back: more of them than the
// memory setting kill nobody. Nor does another's SIGKILL look like a limit.
func TestWhatIsNotOutOfMemory(t *testing.T) {
	eachMemoryMode(t, func(t *testing.T, host *limits.Host) {
		f := newHungry(t, host, "")
		want(t, "a mapped file", string(f.invoke(t, `{"do":"file","mb":200}`).Payload), `"done"`)
		f.process.kill()
		f.invoke(t, `{}`)
		if r := f.reports(t); r[0].ErrorType != "" || r[1].ErrorType != "" {
			t.Errorf("reports: %+v", r)
		}
	})
}

// A control group that cannot be made is the machine's failure, and no function's
// whose bootstrap is missing.
func TestNoControlGroup(t *testing.T) {
	host, err := limits.Open(limits.Options{})
	if err != nil {
		t.Fatal(err)
	}
	if err := host.Close(); err != nil { // removes the folder that the groups are made in
		t.Fatal(err)
	}
	if host.CPU() == limits.Signals && host.Memory() == limits.Polled {
		t.Skip("there are no control groups") // that CI has them is a test of package local
	}
	f := newHungry(t, host, "")
	if out, err := f.Invoke(t.Context(), Request{ID: "x"}); err == nil || !strings.Contains(err.Error(), "make a control group: ") {
		t.Errorf("got %+v, %v", out, err)
	}
}

// A child that leaves the process group ends with the environment where there
// are control groups.
func TestChildThatLeaves(t *testing.T) {
	eachMemoryMode(t, func(t *testing.T, host *limits.Host) {
		if host.Memory() == limits.Polled {
			t.Skip("only control groups know of it")
		}
		f := newHungry(t, host, "")
		child, err := strconv.Atoi(strings.Trim(string(f.invoke(t, `{"do":"leaves"}`).Payload), `"`))
		if err != nil {
			t.Fatal(err)
		}
		if err := f.Close(); err != nil {
			t.Fatal(err)
		}
		for deadline := time.Now().Add(10 * time.Second); alive(child); time.Sleep(time.Millisecond) {
			// Dead, and its new parent's to reap.
			if b, err := os.ReadFile(filepath.Join("/proc", strconv.Itoa(child), "stat")); err == nil && strings.Contains(string(b), ") Z ") {
				return
			}
			if time.Now().After(deadline) {
				t.Fatalf("child %d lives after Close", child)
			}
		}
	})
}
