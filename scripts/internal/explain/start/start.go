// Package start starts a function's program as often as it takes and says how long
// each start took, on this machine: from before the spawn until the program asks the
// Runtime API for its first event, and then what invocations take. It knows no limits
// of CPU and memory and no isolation; the local executor has those. What it is for is
// two programs by turns, whose difference is what is asked.
//
// The Runtime API is the part of
// https://docs.aws.amazon.com/lambda/latest/dg/runtimes-api.html that a runtime client
// needs: next, response, error and init error; and local.Extensions.
package start

import (
	"context"
	"io"
	"math/rand/v2"
	"net"
	"net/http"
	"os"
	"os/exec"
	"sync"
	"syscall"
	"time"

	"github.com/coldcrank/coldcrank/lambda/local"
	"github.com/coldcrank/coldcrank/scripts/internal/explain/initfailure"
)

// Limit is how long an init or an invocation may take: that of Lambda's init phase.
const Limit = 10 * time.Second

// Work is what a start is asked to do.
type Work struct {
	Event       []byte // of each invocation
	Invocations int    // after init; 0: none
}

// Start is one start.
type Start struct {
	Init        time.Duration
	Invocations []time.Duration // from when the event was handed out until its answer was there
	Failed      int             // invocations that were answered by an error
}

// Host is a Runtime API on loopback, for one program at a time.
type Host struct {
	listener net.Listener
	server   *http.Server
	output   *os.File

	mu      sync.Mutex
	current *session
}

// Listen opens a Host, which Close closes.
func Listen() (*Host, error) {
	output, err := os.CreateTemp("", "coldcrank-start-")
	if err != nil {
		return nil, err
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		output.Close()
		os.Remove(output.Name())
		return nil, err
	}
	h := &Host{listener: listener, output: output}
	h.server = &http.Server{Handler: h}
	go h.server.Serve(listener) // until Close
	return h, nil
}

// Address is where programs find the Runtime API, host:port.
func (h *Host) Address() string { return h.listener.Addr().String() }

// Close ends the Runtime API.
func (h *Host) Close() error {
	err := h.server.Close()
	h.output.Close()
	if removed := os.Remove(h.output.Name()); err == nil {
		err = removed
	}
	return err
}

// Once starts a program, which must have been made for Address, gives it its work and
// ends it. The error is an *initfailure.Error if it does not come to its first event.
func (h *Host) Once(ctx context.Context, p local.Program, w Work) (Start, error) {
	// Output goes to a file: a pipe would cost the program a reader's turns.
	if err := h.output.Truncate(0); err != nil {
		return Start{}, err
	}
	if _, err := h.output.Seek(0, 0); err != nil {
		return Start{}, err
	}
	s := newSession(w)
	h.mu.Lock()
	h.current = s
	h.mu.Unlock()
	cmd := exec.CommandContext(ctx, p.Path)
	cmd.Dir, cmd.Env = p.Dir, p.Env
	cmd.Stdout, cmd.Stderr = h.output, h.output
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	// What it has started ends with it: it would ask the next program's session. As long
	// as one of its group is left, its number is nobody else's.
	kill := func() error { return syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL) }
	cmd.Cancel = kill
	began := time.Now() // exec.Cmd.Start may return after the child has run
	if err := cmd.Start(); err != nil {
		return Start{}, err
	}
	exited := make(chan struct{})
	go func() {
		cmd.Wait() // ProcessState tells how it ended
		close(exited)
	}()
	err := s.wait(ctx, exited)
	kill() // fails where none is left
	<-exited
	close(s.over)
	if err != nil {
		if err == errEnded {
			err = initfailure.Ended(cmd.ProcessState.String(), h.end())
		}
		return Start{}, err
	}
	return s.found(began), nil
}

// end is the last of what a program has written, up to 64 kB: a traceback may be long.
func (h *Host) end() []byte {
	size, err := h.output.Seek(0, io.SeekEnd)
	if err != nil {
		return nil
	}
	text := make([]byte, min(size, endBytes))
	n, _ := h.output.ReadAt(text, size-int64(len(text))) // a part is better than nothing
	return text[:n]
}

// endBytes is the most that end returns.
const endBytes = 64 << 10

// Turns starts programs n times each by turns, after one start each that is not
// counted: it reads their files into the page cache. The result has the
// starts of each program, of which the i-th belong together.
func (h *Host) Turns(ctx context.Context, n int, w Work, programs ...local.Program) ([][]Start, error) {
	all := make([][]Start, len(programs))
	for turn := range n + 1 {
		starts, err := h.Turn(ctx, turn, w, programs...)
		if err != nil {
			return nil, err
		}
		for i, one := range starts {
			if turn > 0 {
				all[i] = append(all[i], one)
			}
		}
	}
	return all, nil
}

// Turn starts programs once each, in an order that the turn's number decides: what
// started before a program makes it start sooner or later, and is to be another one
// in each turn. The result is in the order of the programs.
func (h *Host) Turn(ctx context.Context, turn int, w Work, programs ...local.Program) ([]Start, error) {
	starts := make([]Start, len(programs))
	for _, i := range rand.New(rand.NewPCG(uint64(turn), 0)).Perm(len(programs)) {
		var err error
		if starts[i], err = h.Once(ctx, programs[i], w); err != nil {
			return nil, err
		}
	}
	return starts, nil
}
