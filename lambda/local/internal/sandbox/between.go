package sandbox

import "time"

// An invocation is over for its client with the response, but for Lambda only
// when the runtime asks for the next event ("Invoke phase" of the lifecycle
// page). What happens between the two is not the next request's: a runtime that
// exits after it has answered, as aws-lambda-go does after a panic, or that
// never asks again, is started anew for it.

// settled returns a channel that is closed when the runtime asks for an event
// that it does not have; nil when it waits for one.
func (a *runtimeAPI) settled() <-chan struct{} {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.between
}

// answered and asks are the two ends of the time between; a.mu is held.
func (a *runtimeAPI) answered() { a.between = make(chan struct{}) }

func (a *runtimeAPI) asks() {
	if a.between != nil {
		close(a.between)
		a.between = nil
	}
}

// settle returns the process when it waits for an event; nil when there is none
// that will, or none that does within the function's timeout.
func (e *Environment) settle() *process {
	p := e.waiting()
	if p == nil {
		return nil
	}
	between := p.api.settled()
	if between == nil {
		return p
	}
	timer := time.NewTimer(e.spec.Timeout)
	defer timer.Stop()
	select {
	case <-between:
		return p
	case <-p.exited:
	case <-timer.C:
		p.kill()
	}
	return nil
}
