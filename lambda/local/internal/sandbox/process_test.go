package sandbox

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"runtime"
	"strings"
	"testing"
	"time"
)

// What the function started ends with its environment, also what has left the
// process group.
func TestNothingOutlivesTheEnvironment(t *testing.T) {
	for _, c := range []struct {
		how, event string
		end        func(f *fixture)
	}{
		{"Close", `{"do":"fork"}`, nil},
		{"Close", `{"do":"daemon"}`, nil},
		{"an exit", `{"do":"daemon"}`, func(f *fixture) { f.invoke(t, `{"do":"exit"}`) }},
		{"a timeout", `{"do":"daemon"}`, func(f *fixture) { f.invoke(t, `{"do":"hang"}`) }},
	} {
		t.Run(c.event+" and "+c.how, func(t *testing.T) {
			if strings.Contains(c.event, "daemon") && runtime.GOOS != "linux" {
				t.Skip("only Linux shows whose child a daemon is")
			}
			f := newFixture(t, "torture", func(s *Spec) { s.Timeout = 2 * time.Second })
			var child int
			if err := json.Unmarshal(f.invoke(t, c.event).Payload, &child); err != nil {
				t.Fatal(err)
			}
			if !alive(child) {
				t.Fatalf("child %d does not live", child)
			}
			if c.end != nil {
				c.end(f)
				<-f.process.exited
			} else if err := f.Close(); err != nil {
				t.Fatal(err)
			}
			if pid := int(f.process.pid.Load()); alive(pid) {
				t.Errorf("process %d lives after %s", pid, c.how)
			}
			// The child is not ours to wait for: it is killed by now, and gone when its
			// new parent has reaped it.
			for deadline := time.Now().Add(10 * time.Second); alive(child); time.Sleep(time.Millisecond) {
				if time.Now().After(deadline) {
					t.Fatalf("child %d lives after %s", child, c.how)
				}
			}
			if err := f.Close(); err != nil {
				t.Fatal(err)
			}
			if _, err := f.Invoke(context.Background(), Request{ID: "x"}); err != ErrClosed {
				t.Errorf("invoke after Close: got %v, want %v", err, ErrClosed)
			}
		})
	}
}

// Without extensions there is no time for an end of one's own ("Shutdown phase"
// of the lifecycle page): no SIGTERM comes before SIGKILL.
func TestNoSIGTERM(t *testing.T) {
	f := newFixture(t, "torture", func(s *Spec) { s.Environment["MODE"] = "sigterm" })
	f.invoke(t, "1")
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
	want(t, "end", f.process.reason, "Runtime exited with error: signal: killed")
	for _, m := range f.log(t) {
		if strings.Contains(m, "SIGTERM") {
			t.Errorf("got %q", m)
		}
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
	cmd.Env = append(os.Environ(), "COLDCRANK_TEST_ORPHAN=1", "COLDCRANK_TEST_PROGRAMS="+programs, "TMPDIR="+t.TempDir())
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
