package sandbox

import (
	"fmt"
	"os/exec"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// "Lambda quotas": 1,024 file descriptors. They count from 0, and a suppressed init
// has them as well.
func TestFileDescriptors(t *testing.T) {
	var own unix.Rlimit
	if err := unix.Getrlimit(unix.RLIMIT_NOFILE, &own); err != nil {
		t.Fatal(err)
	}
	f := newFixture(t, "files", nil)
	most := fmt.Sprintf("%d, then open /dev/null: too many open files", min(maxDescriptors, own.Max)-1)
	want(t, "first", f.do(t, "open", "", 0), most)
	want(t, "again", f.do(t, "open", "", 0), most)
	f.invoke(t, `{"do":"exit"}`)
	want(t, "suppressed init", f.do(t, "open", "", 0), most)
	if err := f.Close(); err != nil {
		t.Error(err)
	}
}

// TestLessDescriptors: a limit that is below the quota stays.
func TestLessDescriptors(t *testing.T) {
	cmd := exec.Command("/bin/sh", "-c", "ulimit -n 100; read x")
	in, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	defer cmd.Wait() // an error: its input has ended
	defer in.Close()
	limit := func() (l unix.Rlimit) {
		if err := unix.Prlimit(cmd.Process.Pid, unix.RLIMIT_NOFILE, nil, &l); err != nil {
			t.Fatal(err)
		}
		return l
	}
	for limit().Max != 100 { // until the shell has set it
		if t.Context().Err() != nil {
			t.Fatal("it never has 100")
		}
		time.Sleep(time.Millisecond)
	}
	if err := limitDescriptors(cmd.Process.Pid); err != nil {
		t.Fatal(err)
	}
	if got := limit(); got.Cur != 100 || got.Max != 100 {
		t.Errorf("got %+v, want 100", got)
	}
}

func BenchmarkLimitDescriptors(b *testing.B) {
	cmd := exec.Command("/bin/sleep", "1000")
	if err := cmd.Start(); err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		if err := limitDescriptors(cmd.Process.Pid); err != nil {
			b.Fatal(err)
		}
	}
	if err := cmd.Process.Kill(); err != nil {
		b.Fatal(err)
	}
	cmd.Wait() // an error: it was killed
}
