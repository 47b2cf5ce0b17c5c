package sandbox

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"syscall"
	"time"
)

// boot is one init: of the init phase, or suppressed within an invocation.
type boot struct {
	process *process
	began   time.Time
	took    time.Duration

	status    string
	errorType string
	message   string // without the request's id
	payload   []byte // what the runtime posted to init/error, if it did
}

// boot spawns a process and waits until it asks for its first event. A process
// whose init fails is gone when boot returns.
func (e *Environment) boot(ctx context.Context, limit time.Duration) (boot, error) {
	var b boot
	gate := e.spec.Gate
	arrived, prepared := gate.arrive()
	p, err := e.prepare()
	prepared()
	if err != nil {
		return b, err
	}
	if err := gate.enter(ctx, arrived); err != nil {
		return b, errors.Join(err, p.abandon())
	}
	defer gate.leave()
	initialized, err := e.chill()
	if err != nil {
		return b, errors.Join(err, p.abandon())
	}
	defer initialized()
	b.began = time.Now()
	err = e.spawn(p)
	var exec *execError
	switch {
	case errors.As(err, &exec) && exec.ofFunction():
		b.took = time.Since(b.began)
		b.status, b.errorType, b.message = statusError, "Runtime.InvalidEntrypoint", err.Error()
		return b, nil
	case err != nil:
		return b, err
	}
	b.process, b.began = p, p.spawned

	timer := time.NewTimer(limit)
	defer timer.Stop()
	select {
	case at := <-p.api.ready:
		b.took, b.status = at.Sub(p.spawned), statusSuccess
	case f := <-p.api.initFailed:
		b.fail(f)
		p.kill()
	case <-timer.C:
		b.took, b.status = time.Since(p.spawned), statusTimeout
		p.kill()
	case <-p.exited:
		// What the process said before it went counts.
		select {
		case at := <-p.api.ready:
			b.took, b.status = at.Sub(p.spawned), statusSuccess
		case f := <-p.api.initFailed:
			b.fail(f)
		default:
			b.took = p.ended.Sub(p.spawned)
			b.status, b.errorType, b.message = statusError, exitError, p.reason
			if p.outOfMemory {
				b.errorType = outOfMemory
			}
		}
	}
	if b.status == statusSuccess {
		if err := p.limits.Throttle(); err != nil {
			p.kill()
			return b, err
		}
	}
	return b, nil
}

// execError is what the call that spawns the program said. A control group that is
// not there has the same number, and is this machine's.
type execError struct {
	path string
	err  error
}

func (e *execError) Error() string { return fmt.Sprintf("fork/exec %s: %v", e.path, e.err) }
func (e *execError) Unwrap() error { return e.err }

// ofFunction reports whether it is the function's: no program, or none that can be
// executed.
func (e *execError) ofFunction() bool {
	return slices.Contains([]error{syscall.ENOENT, syscall.EACCES, syscall.ENOEXEC, syscall.ENOTDIR}, e.err)
}

func (b *boot) fail(f initFailure) {
	b.took = f.at.Sub(b.process.spawned)
	b.status, b.errorType, b.payload = statusError, f.errorType, f.body
}

// reply is how an invocation ends whose suppressed init did not succeed.
func (b *boot) reply(in *invocation, memoryMB int) reply {
	if b.status == statusTimeout {
		return timeoutReply(in, 0)
	}
	r := reply{at: b.began.Add(b.took), status: statusError, errorType: b.errorType, payload: b.payload}
	switch {
	case b.errorType == outOfMemory:
		r = memoryReply(in, r.at, memoryMB)
	case b.message != "":
		r = errorReply(r, in, b.message)
	}
	return r
}

// The values of a record's status.
const (
	statusSuccess = "success"
	statusError   = "error"
	statusTimeout = "timeout"
)

const (
	exitError   = "Runtime.ExitError"
	outOfMemory = "Runtime.OutOfMemory"
	timedOut    = "Sandbox.Timedout"
)

func exitReply(in *invocation, p *process) reply {
	return errorReply(reply{at: p.ended, status: statusError, errorType: exitError}, in, p.reason)
}

// memoryReply ends an invocation whose process was killed for the memory that it
// took. AWS documents nothing of it. What others saw: the log line of a process
// that a signal killed (DataDog/datadog-lambda-extension, issue 187), and a
// report with the error type Runtime.OutOfMemory and as much memory used as
// there is (trevorrea/browse-dot-show, sites/origin-sites/limitedresources/
// terraform/prod.tfvars). That the answer goes with the line, as it does for
// every other exit, is our reading.
func memoryReply(in *invocation, at time.Time, memoryMB int) reply {
	r := reply{at: at, status: statusError, errorType: exitError}
	r = errorReply(r, in, "Runtime exited with error: signal: "+syscall.SIGKILL.String())
	r.errorType, r.memoryKB = outOfMemory, memoryMB<<10
	return r
}

// timeoutReply ends an invocation at its timeout. "Troubleshoot invocation issues
// in Lambda" of the Lambda Developer Guide names the error type, and others show
// what Invoke answers (https://github.com/seek-oss/aws-codedeploy-hooks/pull/81).
func timeoutReply(in *invocation, memoryKB int) reply {
	start := in.start
	if start.IsZero() { // never delivered: the process did not ask again
		start = time.Now().Add(-in.timeout)
		in.start = start
	}
	r := reply{at: start.Add(in.timeout), status: statusTimeout, memoryKB: memoryKB, line: timeoutLine(in)}
	r.payload = errorObject(timedOut, fmt.Sprintf("RequestId: %s Error: Task timed out after %.2f seconds", in.ID, in.timeout.Seconds()))
	return r
}

// timeoutLine is what Lambda logs of a timeout.
func timeoutLine(in *invocation) string {
	return fmt.Sprintf("%s %s Task timed out after %.2f seconds\n\n", time.Now().UTC().Format("2006-01-02T15:04:05.000Z"), in.ID, in.timeout.Seconds())
}

// errorReply completes r with the error object, and with the line that Lambda
// logs beside it.
func errorReply(r reply, in *invocation, message string) reply {
	message = fmt.Sprintf("RequestId: %s Error: %s", in.ID, message)
	r.line = message + "\n" + r.errorType + "\n"
	r.payload = errorObject(r.errorType, message)
	return r
}
