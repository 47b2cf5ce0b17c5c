package boot

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

// A Booter starts programs, one at a time.
type Booter struct{ stamps int }

// Open makes one.
func Open() (*Booter, error) {
	stamps, err := keepStamps()
	return &Booter{stamps}, err
}

// Close ends it.
func (b *Booter) Close() error { return unix.Close(b.stamps) }

// Run starts a program and ends it. invoke has it answer one event, and an answer
// other than 200 Healthy is an error.
//
// Sockets are read by calls that block, on one thread: Go's poller would wake up
// later, by as much as it likes.
func (*Booter) Run(exe string, invoke bool) (s Start, err error) {
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	api, err := listen()
	if err != nil {
		return s, err
	}
	defer api.close()
	said, err := os.CreateTemp("", "coldcrank-peers-")
	if err != nil {
		return s, err
	}
	defer said.Close()
	if err := os.Remove(said.Name()); err != nil {
		return s, err
	}
	nothing, err := os.Open(os.DevNull)
	if err != nil {
		return s, err
	}
	defer nothing.Close()
	attributes := &syscall.ProcAttr{
		Dir: filepath.Dir(exe), Env: environment(api.address, filepath.Dir(exe)),
		Files: []uintptr{nothing.Fd(), said.Fd(), said.Fd()}, Sys: &syscall.SysProcAttr{Setpgid: true, PidFD: &api.process},
	}
	start := time.Now()
	pid, err := syscall.ForkExec(exe, []string{exe}, attributes)
	if err != nil {
		return s, fmt.Errorf("start %s: %w", filepath.Base(exe), err)
	}
	defer func() {
		err = errors.Join(err, end(pid))
		if err != nil {
			err = errors.Join(err, words(said))
		}
	}()
	return serve(api, start, pid, invoke)
}

// serve plays the Runtime API for an event at most.
func serve(api *listener, start time.Time, pid int, invoke bool) (s Start, err error) {
	c, _, err := api.request("GET", invocation+"next")
	if err != nil {
		return s, err
	}
	now := time.Now()
	// The stamp is of the system's clock, which may be set: what it says lies between
	// two times that are known.
	if s.Init = c.first.Sub(start.Round(0)); s.Init <= 0 || s.Init > now.Sub(start) {
		return s, fmt.Errorf("the request came %v after the start, and was read %v after it: has the clock been set?", s.Init, now.Sub(start))
	}
	if invoke {
		message := next(now)
		sent := time.Now()
		if _, err := c.Write(message); err != nil {
			return s, err
		}
		c, answer, err := api.request("POST", invocation+requestID+"/response")
		s.Invocation = time.Since(sent)
		if err == nil {
			err = healthy(answer)
		}
		if err == nil {
			_, err = io.WriteString(c, taken)
		}
		if err != nil {
			return s, err
		}
	}
	s.Memory, err = highWater(pid)
	return s, err
}

// highWater reads VmHWM, which proc_pid_status(5) gives in kB of 1,024 bytes.
func highWater(pid int) (int, error) {
	data, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	if err != nil {
		return 0, err
	}
	for line := range strings.Lines(string(data)) {
		if fields := strings.Fields(line); len(fields) == 3 && fields[0] == "VmHWM:" {
			n, err := strconv.Atoi(fields[1])
			return 1024 * n, err
		}
	}
	return 0, errors.New("no VmHWM of a process that has ended")
}

// end kills a process with its group and waits for its end.
func end(pid int) error {
	if err := syscall.Kill(-pid, syscall.SIGKILL); err != nil && err != syscall.ESRCH {
		return err
	}
	_, _, err := retry(func() (int, int, error) {
		_, err := syscall.Wait4(pid, nil, 0, nil)
		return 0, 0, err
	})
	return err
}

// words are the first of what a program printed, as an error.
func words(f *os.File) error {
	text := make([]byte, 300)
	n, err := f.ReadAt(text, 0)
	if err != nil && err != io.EOF {
		return err
	}
	if text = bytes.TrimSpace(text[:n]); len(text) == 0 {
		return nil
	}
	return fmt.Errorf("it said: %s", text)
}
