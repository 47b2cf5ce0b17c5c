package procs

import (
	"os"
	"os/exec"
	"slices"
	"syscall"
	"testing"
	"time"
)

func TestParse(t *testing.T) {
	const tail = " 10 20 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20 21 300 23 400 25\n"
	lives := Process{PID: 7, Parent: 10, Group: 20, Started: 300, Resident: 400}
	ended, none := lives, Process{}
	ended.Ended = true
	for stat, want := range map[string]Process{
		"7 (a) S" + tail:         lives,
		"7 (a) Z (b)) R" + tail:  lives,
		"7 (a) Z" + tail:         ended,
		"7 (a) X" + tail:         ended,
		"7 (a) S 10 20":          none,
		"":                       none,
		"7 (a" + tail + "8) T 1": none,
	} {
		if got, ok := parse(7, []byte(stat)); got != want || ok != (want != none) {
			t.Errorf("%q: got %+v, %t, want %+v", stat, got, ok, want)
		}
	}
}

// A child is there with its parent and group until it has been reaped.
func TestRead(t *testing.T) {
	cmd := exec.Command("/bin/sleep", "1000")
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	pid := cmd.Process.Pid
	got, ok := Read(pid)
	if !ok || got.Ended || got.PID != pid || got.Parent != os.Getpid() || got.Group != pid || got.Started == 0 {
		t.Errorf("got %+v, %t", got, ok)
	}
	if self, ok := Read(os.Getpid()); !ok || self.Started > got.Started || self.Resident == 0 {
		t.Errorf("this process: %+v, %t", self, ok)
	}
	listed := func() bool { return slices.ContainsFunc(All(), func(p Process) bool { return p.PID == pid }) }
	if !listed() {
		t.Error("it is not among all")
	}
	if err := cmd.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	for deadline := time.Now().Add(10 * time.Second); !got.Ended; time.Sleep(time.Millisecond) {
		if got, ok = Read(pid); !ok || time.Now().After(deadline) {
			t.Fatalf("killed and not reaped: %+v, %t", got, ok)
		}
	}
	cmd.Wait() // an error: it was killed
	if got, ok := Read(pid); ok || listed() {
		t.Errorf("after it was reaped: %+v", got)
	}
}
