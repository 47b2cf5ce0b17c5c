package sandbox

import (
	"errors"
	"time"
)

// ErrLate is returned by Invoke where the environment has answered, and its runtime
// does not ask for another event: the request has not begun, and is for another one.
var ErrLate = errors.New("the runtime is busy after its answer")

// An invocation is over for its client with the response, but for Lambda only
// when the runtime asks for the next event ("Invoke phase" of the lifecycle
// page). What happens between the two is not the next request's: a runtime that
// exits after it has answered, as aws-lambda-go does after a panic, is started anew
// for it, one that takes longer than a moment is busy, and one that never asks again
// is ended at the timeout.

// settled returns a channel that is closed when the runtime asks for an event
// that it does not have; nil when it waits for one.
func (a *runtimeAPI) settled() <-chan struct{} {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.between
}

// answered and asks are the two ends of the time between; a.mu is held.
func (a *runtimeAPI) answered() { a.between, a.since = make(chan struct{}), time.Now() }

func (a *runtimeAPI) asks() {
	if a.between != nil {
		close(a.between)
		a.between = nil
		if a.leash != nil {
			a.leash.Stop()
			a.leash = nil
		}
	}
}

// prompt is how soon after its answer a runtime asks again that has nothing else to
// do: they take a fraction of a millisecond, and many of them where the quota of the
// CPU or a busy machine holds them back. Who comes meanwhile waits.
const prompt = 100 * time.Millisecond

// Late reports whether the environment has answered and still does something else
// than to ask for the next event. To Lambda its invocation goes on.
func (e *Environment) Late() bool {
	p := e.waiting()
	if p == nil {
		return false
	}
	a := p.api
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.between != nil && time.Since(a.since) > prompt
}

// leash ends a process that has answered an invocation, if it does not ask for the
// next event within what is left of the function's timeout: the invocation times
// out, though its client has the answer.
func (e *Environment) leash(p *process, in *invocation) {
	a := p.api
	a.mu.Lock()
	defer a.mu.Unlock()
	between := a.between
	if between == nil {
		return
	}
	a.leash = time.AfterFunc(time.Until(in.start.Add(in.timeout)), func() {
		select {
		case <-p.exited: // which is its own end
			return
		default:
		}
		a.mu.Lock()
		away := a.between == between
		a.mu.Unlock()
		if away {
			e.log.put(timeoutLine(in))
			p.kill()
		}
	})
}

// settle returns the process when it waits for an event, or is about to; nil when
// there is none that will. The error is ErrLate.
func (e *Environment) settle() (*process, error) {
	p := e.waiting()
	if p == nil {
		return nil, nil
	}
	between := p.api.settled()
	if between == nil {
		return p, nil
	}
	timer := time.NewTimer(prompt)
	defer timer.Stop()
	select {
	case <-between:
		return p, nil
	case <-p.exited:
		return nil, nil
	case <-timer.C:
		return nil, ErrLate
	}
}
