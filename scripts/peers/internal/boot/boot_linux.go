package boot

import (
	"bufio"
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
	listener, address, err := listen()
	if err != nil {
		return s, err
	}
	defer unix.Close(listener)
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
	pidFD := -1
	attributes := &syscall.ProcAttr{
		Dir: filepath.Dir(exe), Env: environment(address, filepath.Dir(exe)),
		Files: []uintptr{nothing.Fd(), said.Fd(), said.Fd()}, Sys: &syscall.SysProcAttr{Setpgid: true, PidFD: &pidFD},
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
	fd, err := accept(listener, pidFD)
	if err != nil {
		return s, err
	}
	defer unix.Close(fd)
	return serve(&conn{fd: fd}, start, pid, invoke)
}

// accept waits for the program's connection, or for its end, where the kernel gives
// a descriptor of the process; else that is -1, which poll leaves out.
func accept(listener, process int) (int, error) {
	if process >= 0 {
		defer unix.Close(process)
	}
	either := []unix.PollFd{{Fd: int32(listener), Events: unix.POLLIN}, {Fd: int32(process), Events: unix.POLLIN}}
	_, _, err := retry(func() (int, int, error) {
		n, err := unix.Poll(either, int(patience.Milliseconds()))
		return n, 0, err
	})
	switch {
	case err != nil:
		return 0, err
	case either[0].Revents == 0 && either[1].Revents != 0:
		return 0, errors.New("it ended before it asked for an event")
	case either[0].Revents == 0:
		return 0, fmt.Errorf("it asks for no event within %v", patience)
	}
	fd, _, err := unix.Accept4(listener, unix.SOCK_CLOEXEC)
	if err != nil {
		return 0, err
	}
	if err := timeouts(fd); err != nil {
		unix.Close(fd)
		return 0, err
	}
	return fd, nil
}

// serve plays the Runtime API on one connection.
func serve(c *conn, start time.Time, pid int, invoke bool) (s Start, err error) {
	r := bufio.NewReader(c)
	if _, err := request(r, "GET", api+"next"); err != nil {
		return s, err
	}
	now := time.Now()
	// The stamp is of the system's clock, which may be set: what it says lies between
	// two times that are known.
	if s.Init = c.first.Sub(start.Round(0)); s.Init <= 0 || s.Init > now.Sub(start) {
		return s, fmt.Errorf("the request came %v after the start, and was read %v after it: has the clock been set?", s.Init, now.Sub(start))
	}
	if invoke {
		sent := time.Now()
		if _, err := c.Write(next(sent)); err != nil {
			return s, err
		}
		answer, err := request(r, "POST", api+requestID+"/response")
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

// listen gives a socket on a free port whose connections stamp what arrives.
func listen() (fd int, address string, err error) {
	if fd, err = unix.Socket(unix.AF_INET, unix.SOCK_STREAM|unix.SOCK_CLOEXEC, 0); err != nil {
		return 0, "", err
	}
	defer func() {
		if err != nil {
			unix.Close(fd)
		}
	}()
	if err = unix.SetsockoptInt(fd, unix.SOL_SOCKET, unix.SO_TIMESTAMPNS, 1); err != nil {
		return 0, "", err
	}
	if err = unix.Bind(fd, &unix.SockaddrInet4{Addr: [4]byte{127, 0, 0, 1}}); err != nil {
		return 0, "", err
	}
	if err = unix.Listen(fd, 8); err != nil {
		return 0, "", err
	}
	at, err := unix.Getsockname(fd)
	if err != nil {
		return 0, "", err
	}
	return fd, fmt.Sprintf("127.0.0.1:%d", at.(*unix.SockaddrInet4).Port), nil
}

// timeouts ends calls on a socket that last too long.
func timeouts(fd int) error {
	limit := unix.NsecToTimeval(patience.Nanoseconds())
	return errors.Join(unix.SetsockoptTimeval(fd, unix.SOL_SOCKET, unix.SO_RCVTIMEO, &limit),
		unix.SetsockoptTimeval(fd, unix.SOL_SOCKET, unix.SO_SNDTIMEO, &limit))
}

// conn is a connection that keeps when its first bytes arrived.
type conn struct {
	fd    int
	first time.Time
}

func (c *conn) Read(p []byte) (int, error) {
	oob := make([]byte, stampBytes)
	n, m, err := retry(func() (int, int, error) {
		n, m, _, _, err := unix.Recvmsg(c.fd, p, oob, 0)
		return n, m, err
	})
	switch {
	case err != nil:
		return 0, err
	case n == 0:
		return 0, io.EOF
	case c.first.IsZero():
		if c.first, err = stamp(oob[:m]); err != nil {
			return 0, err
		}
	}
	return n, nil
}

func (c *conn) Write(p []byte) (int, error) {
	for sent := 0; sent < len(p); {
		n, _, err := retry(func() (int, int, error) {
			n, err := unix.SendmsgN(c.fd, p[sent:], nil, nil, unix.MSG_NOSIGNAL)
			return n, 0, err
		})
		if err != nil {
			return sent, err
		}
		sent += n
	}
	return len(p), nil
}

// retry repeats a call that a signal interrupted.
func retry(call func() (int, int, error)) (n, m int, err error) {
	for {
		if n, m, err = call(); err != unix.EINTR {
			return n, m, err
		}
	}
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
