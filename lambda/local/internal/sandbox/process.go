package sandbox

import (
	"context"
	"errors"
	"fmt"
	"os"
	"sync"
	"sync/atomic"
	"syscall"
	"time"

	"github.com/coldcrank/coldcrank/lambda/local/internal/limits"
)

// process is one run of the function's program. It leads a process group of
// its own, which dies with it.
type process struct {
	api     *runtimeAPI
	output  *output
	spawned time.Time // just before the call that spawned it
	pid     atomic.Int64

	limits  *limits.Group
	spawner *spawner
	attr    *syscall.ProcAttr

	exited      chan struct{} // closed when the whole group is dead, reaped and heard
	ended       time.Time     // valid after exited, as what follows is
	reason      string        // as Lambda words it
	outOfMemory bool
	left        error // of limits that could not be set or removed
	lost        error // why the next process would not find /tmp as it was

	mu     sync.Mutex
	reaped bool // from then on the pid may be somebody else's
}

// prepare makes all that a process needs to be spawned: what takes its time and
// is not the process's own, before it is this environment's turn. The process is
// to be spawned, or abandoned.
func (e *Environment) prepare() (*process, error) {
	if err := e.lost(); err != nil {
		return nil, err
	}
	if err := e.makeFiles(); err != nil {
		return nil, err
	}
	p := &process{exited: make(chan struct{})}
	var err error
	if p.api, err = listen(p.memoryKB, e.spec.told()); err != nil {
		return nil, err
	}
	if p.limits, err = e.spec.Limits.New(e.spec.MemoryMB); err != nil {
		p.api.server.Close()
		return nil, err
	}
	p.attr = &syscall.ProcAttr{
		Dir: e.taskRoot(),
		Env: e.environ(p.api.addr),
		Sys: processAttributes(),
	}
	p.spawner = newSpawner()
	err = p.spawner.do(func() error {
		if err := p.limits.Enter(p.attr.Sys); err != nil {
			return err
		}
		return e.enterFiles()
	})
	if err != nil {
		return nil, errors.Join(err, p.abandon())
	}
	return p, nil
}

// abandon ends what was prepared and has no process.
func (p *process) abandon() error {
	p.spawner.end()
	p.api.server.Close()
	return p.limits.Close()
}

// spawn starts bootstrap and makes it the environment's process.
func (e *Environment) spawn(p *process) error {
	if err := p.start(e); err != nil {
		return errors.Join(err, p.abandon())
	}
	e.mu.Lock()
	if e.process != nil { // it has exited
		e.left = errors.Join(e.left, e.process.left)
	}
	e.process = p
	closed := e.closed
	e.mu.Unlock()
	if closed {
		p.kill()
		return ErrClosed
	}
	return nil
}

func (p *process) start(e *Environment) error {
	null, err := os.Open(os.DevNull)
	if err != nil {
		return err
	}
	defer null.Close()
	var writer *os.File
	if p.output, writer, err = newOutput(e.log.function); err != nil {
		return err
	}
	defer writer.Close()
	p.attr.Files = []uintptr{null.Fd(), writer.Fd(), writer.Fd()}
	path := e.bootstrap()
	if err := p.spawner.do(func() error { return p.fork(path, e.spec.Gate) }); err != nil {
		p.output.close()
		return &execError{path, err}
	}
	e.dropFiles()
	pid := int(p.pid.Load())
	p.left = limitDescriptors(pid)
	p.limits.Start(pid, p.signal)
	go p.output.run()
	go p.await(e, pid)
	return nil
}

// await waits for the process's end, and ends the whole group.
func (p *process) await(e *Environment, pid int) {
	err := awaitExit(pid)
	p.ended = time.Now()
	p.limits.Free() // what it has started is about to be killed, too
	p.outOfMemory = p.limits.OutOfMemory()
	p.mu.Lock()
	// The program's own children end with it, and before it is reaped: until
	// then nobody else can have the group's number.
	syscall.Kill(-pid, syscall.SIGKILL) // fails when there are none
	var status syscall.WaitStatus
	for err == nil {
		if _, err = syscall.Wait4(pid, &status, 0, nil); err != syscall.EINTR {
			break
		}
		err = nil
	}
	p.reaped = true
	p.mu.Unlock()
	left.end(p.api.addr, p.spawned)
	p.reason = reason(status, err)
	p.lost = e.keepFiles(p.spawner)
	p.spawner.end()
	// A response that was sent before the exit may still be on its way through
	// the server; connections of a dead process end by themselves.
	ctx, cancel := context.WithTimeout(context.Background(), time.Second)
	defer cancel()
	if p.api.server.Shutdown(ctx) != nil {
		p.api.server.Close()
	}
	p.output.close()
	p.left = errors.Join(p.left, p.limits.Close())
	close(p.exited)
}

// busy is how long a program may be open for writing.
const busy = time.Second

// fork spawns the program and takes the time before it.
func (p *process) fork(path string, gate *Gate) error {
	for giveUp := time.Now().Add(busy); ; time.Sleep(time.Millisecond) {
		gate.spawn.Lock()
		p.spawned = time.Now()
		// Not os.StartProcess, whose first call in a program forks once more to
		// learn about pidfds, within what would be measured.
		pid, err := syscall.ForkExec(path, []string{path}, p.attr)
		gate.spawn.Unlock()
		p.pid.Store(int64(pid))
		// What is open for writing while this program forks, the child closes
		// only after its exec (https://go.dev/issue/22315).
		if err != syscall.ETXTBSY || time.Now().After(giveUp) {
			return err
		}
	}
}

// reason says how a process ended in the words of Lambda's Runtime.ExitError.
func reason(status syscall.WaitStatus, err error) string {
	switch {
	case err != nil:
		return "Runtime exited with error: " + err.Error()
	case status.Signaled():
		return "Runtime exited with error: signal: " + status.Signal().String()
	case status.ExitStatus() != 0:
		return fmt.Sprintf("Runtime exited with error: exit status %d", status.ExitStatus())
	default:
		return "Runtime exited without providing a reason"
	}
}

// signal sends to the process group, and to nobody once it is reaped.
func (p *process) signal(s syscall.Signal) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if !p.reaped {
		// Cannot fail while the leader is not reaped, be it a zombie.
		syscall.Kill(-int(p.pid.Load()), s)
	}
}

// kill ends the process group and waits until it is gone.
func (p *process) kill() {
	p.limits.Free()
	p.signal(syscall.SIGKILL)
	<-p.exited
}
