package sandbox

import (
	"strings"
	"syscall"
	"time"

	"github.com/coldcrank/coldcrank/lambda/local/internal/extensions"
)

// grace is how long a runtime with an internal extension may take to end after
// SIGTERM ("Shutdown phase" of the lifecycle page, and the README of
// aws-samples/graceful-shutdown-with-aws-lambda).
const grace = 500 * time.Millisecond

// shutDown ends a process as Lambda ends an environment: one that has registered an
// extension and waits for an event gets SIGTERM and the grace before SIGKILL, any other
// SIGKILL at once (the same; aws/aws-lambda-runtime-interface-emulator,
// internal/lambda/rapid/shutdown.go). The signal is the whole process group's, as there
// (internal/lambda/supervisor/local_supervisor.go, Terminate).
func (e *Environment) shutDown(p *process) {
	if p.api.extensions.Registered() && e.idle(p) {
		p.signal(syscall.SIGTERM)
		timer := time.NewTimer(grace)
		defer timer.Stop()
		select {
		case <-p.exited:
		case <-timer.C:
		}
	}
	p.kill()
}

// idle reports whether a process has nothing to do, or has in a moment: its last answer
// may have come just now.
func (e *Environment) idle(p *process) bool {
	if _, err := e.settle(); err != nil {
		return false
	}
	a := p.api
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.state == stateReady && (a.current == nil || a.current.ended)
}

// told is what an extension is told of its function.
func (s Spec) told() extensions.Function {
	f := extensions.Function{Name: s.Function, Version: s.Version, Handler: s.Handler}
	if parts := strings.Split(s.ARN, ":"); len(parts) > 4 {
		f.Account = parts[4]
	}
	return f
}
