package phases

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"runtime"
	"strings"
	"sync"
	"syscall"
	"time"

	"github.com/coldcrank/coldcrank/scripts/internal/explain/await"
	"github.com/coldcrank/coldcrank/scripts/internal/explain/initfailure"
	"github.com/coldcrank/coldcrank/scripts/internal/explain/subject"
)

// start is one start of the program, until it asks for an invocation.
type start struct {
	spawned time.Time // just before the call that spawns it
	asked   time.Time
	ahead   bool  // of other work on the machine
	usage   usage // when it asks
	trace   *trace
	output  []byte
}

// errTrapped is a start in which another thread than the first one came to a trap: Go's
// runtime then says which signal it was and exits (src/runtime/signal_unix.go, sighandler).
var errTrapped = errors.New("the program ended at a trap of coldcrank's")

// run starts the program once, with settings beside its own in GODEBUG, and ends it
// with what it has started in its process group. Under a trace it is followed.
func (o plan) run(ctx context.Context, s *subject.Subject, t *trace, godebug ...string) (_ *start, err error) {
	tmp, err := os.MkdirTemp("", "coldcrank-phases-")
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(tmp)) }()
	api, err := await.Listen(ctx)
	if err != nil {
		return nil, err
	}
	defer api.Close() // of connections that the program has left
	program, err := s.Program(api.Address, tmp)
	if err != nil {
		return nil, err
	}
	null, err := os.Open(os.DevNull)
	if err != nil {
		return nil, err
	}
	defer null.Close()
	out, err := newOutput()
	if err != nil {
		return nil, err
	}
	p := &process{
		path: program.Path,
		attr: &syscall.ProcAttr{
			Dir:   program.Dir,
			Env:   withGodebug(program.Env, godebug),
			Files: []uintptr{null.Fd(), out.writer.Fd(), out.writer.Fd()},
			Sys: &syscall.SysProcAttr{
				Setpgid: true,
				// The thread that spawns it stays until it is reaped.
				Pdeathsig: syscall.SIGKILL,
				Ptrace:    t != nil,
			},
		},
		trace:    t,
		patience: o.patience,
		started:  make(chan struct{}),
		exited:   make(chan struct{}),
	}
	ctx, cancel := context.WithTimeoutCause(ctx, o.patience, initfailure.Late(o.patience))
	defer cancel()
	x := &start{trace: t}
	go p.run()
	unwatch := context.AfterFunc(ctx, p.kill)
	defer unwatch()
	select {
	case first := <-api.Asked:
		x.asked = first.At
		// The spawning call often returns after the program has got this far.
		<-p.started
		x.usage, err = usageOf(p.pid)
	case err = <-api.Failed:
	case <-p.exited:
		select {
		case err = <-api.Failed: // what it said before it ended
		default:
			err = errEnded
		}
	case <-ctx.Done():
		err = context.Cause(ctx)
	}
	p.kill()
	<-p.exited
	x.spawned, x.ahead, x.output = p.spawned, p.ahead, out.close()
	switch {
	case ctx.Err() != nil:
		return nil, context.Cause(ctx)
	case p.err != nil:
		return nil, p.err
	case err == errEnded && t != nil && bytes.Contains(x.output, []byte("SIGTRAP: trace trap")):
		return nil, errTrapped
	case err == errEnded:
		return nil, initfailure.Ended(describe(p.status), x.output)
	}
	return x, err
}

// withGodebug is an environment with settings added to GODEBUG. It has the variable
// once: Go's runtime takes the first of a name, Go's library the last.
func withGodebug(env, settings []string) []string {
	if len(settings) == 0 {
		return env
	}
	var other []string
	for _, v := range env {
		if own, ok := strings.CutPrefix(v, "GODEBUG="); ok {
			settings = append([]string{own}, settings...)
		} else {
			other = append(other, v)
		}
	}
	return append(other, "GODEBUG="+strings.Join(settings, ","))
}

// errEnded is a program that ended by itself.
var errEnded = errors.New("it ended")

// describe says how a program ended, in the words that os.ProcessState has for it.
func describe(status syscall.WaitStatus) string {
	if status.Signaled() {
		return "signal: " + status.Signal().String()
	}
	return fmt.Sprintf("exit status %d", status.ExitStatus())
}

// process is a run of the program. It leads a process group.
type process struct {
	path     string
	attr     *syscall.ProcAttr
	trace    *trace
	patience time.Duration
	spawned  time.Time
	ahead    bool // of other work: see goAhead

	started chan struct{} // closed when pid is valid
	pid     int           // 0 where it could not be spawned

	exited chan struct{}      // closed when it is reaped; what follows is then valid
	status syscall.WaitStatus // how it ended
	err    error              // of starting or following it

	mu     sync.Mutex
	reaped bool // from then on the pid may be somebody else's
}

// run starts the process and waits for its end, on a thread that ends with it: all
// calls of ptrace(2) are to come from the one that started the process.
func (p *process) run() {
	defer close(p.exited)
	runtime.LockOSThread()
	p.ahead = goAhead(programAhead)
	p.spawned = time.Now()
	// Not os.StartProcess, whose first call in a program forks once more to learn
	// about pidfds, within what is measured.
	pid, err := syscall.ForkExec(p.path, []string{p.path}, p.attr)
	p.pid = pid
	close(p.started)
	if err != nil {
		p.err = fmt.Errorf("start %s: %w", p.path, err)
		return
	}
	if p.ahead {
		goAhead(followerAhead)
		limitAhead(pid, p.patience)
	}
	ended := false
	if p.trace != nil {
		if ended, p.status, p.err = p.trace.follow(pid); p.err != nil {
			p.kill()
		}
		if errors.Is(p.err, syscall.ESRCH) { // it was killed between two steps: its end says so
			p.err = nil
		}
	}
	for !ended {
		_, err := syscall.Wait4(pid, &p.status, 0, nil)
		// A stop is one before an end by a signal, where following it has failed.
		ended = err == nil && (p.status.Exited() || p.status.Signaled()) || err != nil && err != syscall.EINTR
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	// What it has started ends with it. As long as one of its group is left, its number
	// is nobody else's.
	syscall.Kill(-pid, syscall.SIGKILL) // fails where none is left
	p.reaped = true
}

// kill ends the process and its group, and returns at once if there is none any more.
func (p *process) kill() {
	<-p.started
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.pid > 0 && !p.reaped {
		syscall.Kill(-p.pid, syscall.SIGKILL) // cannot fail before it is reaped
	}
}

// output keeps the beginning of what a program prints.
type output struct {
	reader, writer *os.File
	kept           bytes.Buffer
	done           chan struct{}
}

func newOutput() (*output, error) {
	r, w, err := os.Pipe()
	if err != nil {
		return nil, err
	}
	o := &output{reader: r, writer: w, done: make(chan struct{})}
	go func() {
		defer close(o.done)
		const most = 1 << 20
		io.Copy(&o.kept, io.LimitReader(r, most)) // ends with the program
		io.Copy(io.Discard, r)
	}()
	return o, nil
}

// close returns what was printed, once the program has ended.
func (o *output) close() []byte {
	o.writer.Close()
	// What has left the program's process group may have the other end open.
	o.reader.SetReadDeadline(time.Now().Add(100 * time.Millisecond))
	<-o.done
	o.reader.Close()
	return o.kept.Bytes()
}
