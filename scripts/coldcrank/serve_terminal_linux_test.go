package main

import (
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// startShell starts an interactive shell in a folder, on a terminal of its own. What
// is typed is in keys, what the terminal shows in stderr.
func startShell(t *testing.T, dir string) *served {
	t.Helper()
	bash, err := exec.LookPath("bash")
	if err != nil {
		missing(t, "%v", err)
	}
	fd, err := unix.Open("/dev/ptmx", unix.O_RDWR|unix.O_NOCTTY|unix.O_CLOEXEC|unix.O_NONBLOCK, 0)
	if err != nil {
		missing(t, "/dev/ptmx: %v", err)
	}
	keyboard := os.NewFile(uintptr(fd), "/dev/ptmx") // whose Close ends a Read, as it does not block
	if err := unix.IoctlSetPointerInt(fd, unix.TIOCSPTLCK, 0); err != nil {
		t.Fatal(err)
	}
	n, err := unix.IoctlGetUint32(fd, unix.TIOCGPTN)
	if err != nil {
		t.Fatal(err)
	}
	tty, err := os.OpenFile(fmt.Sprintf("/dev/pts/%d", n), os.O_RDWR|syscall.O_NOCTTY, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer tty.Close()
	s := &served{keys: keyboard, temp: t.TempDir(), ended: make(chan struct{})}
	s.cmd = exec.Command(bash, "--norc", "--noprofile", "--noediting", "-i")
	s.cmd.Dir = dir
	s.cmd.Env = append(os.Environ(), "TMPDIR="+s.temp, "PS1=$ ")
	s.cmd.Stdin, s.cmd.Stdout, s.cmd.Stderr = tty, tty, tty
	s.cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true, Setctty: true}
	if err := s.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	go func() {
		buffer := make([]byte, 4<<10)
		for {
			n, err := keyboard.Read(buffer)
			s.stderr.Write(buffer[:n]) // never fails
			if err != nil {            // the last one that had the terminal has ended
				return
			}
		}
	}()
	go func() {
		defer close(s.ended)
		s.cmd.Wait() // ProcessState tells
	}()
	t.Cleanup(func() {
		keyboard.Close()     // hangs up, which ends all of the session
		s.cmd.Process.Kill() // in any case; ended already, mostly
		<-s.ended
		s.noProcess(t)
		writable(s.temp)
	})
	return s
}

// again waits for what the terminal shows for the nth time.
func (s *served) again(t *testing.T, n int, expression string) {
	t.Helper()
	s.says(t, "(?s)"+strings.Repeat(expression+".*", n-1)+expression)
}

// TestServeTerminal stops it in a shell, sends it to the background, and brings it
// back: it serves all the time that it is not stopped, and leaves to the shell what
// is typed for the shell.
func TestServeTerminal(t *testing.T) {
	needsNode(t)
	program := command(t)
	s := startShell(t, servedScript(t, "exit 3"))
	const ready = `kill -USR1 \d+ recycles\r\n`

	s.press(t, program+" serve")
	s.again(t, 1, ready)
	url := s.url(t, "Tiny/Hello")
	s.press(t, "r")
	s.again(t, 1, `recycled: `)

	s.press(t, "\x1a") // Ctrl-Z, and a line without a command
	s.says(t, `Stopped`)
	s.press(t, "bg")
	s.press(t, "echo typed $((40 + 2))")
	s.says(t, `typed 42`)
	mustBeLoopback(t, url)
	client := http.Client{Timeout: time.Minute} // what is stopped accepts, and never answers
	if resp, err := client.Get(url); err != nil || resp.StatusCode != 500 {
		t.Fatalf("in the background: %+v (%v), want status 500 of a function that exits", resp, err)
	} else {
		resp.Body.Close()
	}
	s.press(t, "fg")
	s.press(t, "r")
	s.again(t, 2, `recycled: `)
	s.press(t, "q")
	s.says(t, `q\r\n\$ $`) // until then it reads what is typed
	s.press(t, "echo ended $?")
	s.says(t, `ended 0`)

	// From the beginning in the background.
	s.press(t, program+" serve --no-build &")
	s.again(t, 2, ready)
	s.press(t, "fg")
	s.press(t, "r")
	s.again(t, 3, `recycled: `)
	s.press(t, "\x03")
	s.says(t, `(?s)\^C.*\$ $`)
	s.press(t, "echo ended again $?")
	s.says(t, `ended again 0`)
}
