package function

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"

	"github.com/coldcrank/coldcrank/lambda/local/internal/sandbox"
	"github.com/coldcrank/coldcrank/lambda/local/internal/uuid"
)

// version is a version with its environments. Function.mu guards it.
type version struct {
	config  Configuration
	source  string    // the Description of $LATEST when it was published
	pending time.Time // until then it cannot be invoked
	retired bool      // environments are not kept: no alias names it any more
	idle    []*sandbox.Environment
}

func newVersion(c Configuration, source string) *version {
	c.RevisionID = uuid.New()
	return &version{config: c, source: source}
}

// shown is the configuration as it is answered.
func (v *version) shown() Configuration {
	c := v.config
	if time.Now().Before(v.pending) {
		c.State = "Pending"
	}
	return c
}

// retire takes the idle environments away, for the caller to close, and lets
// no other become idle.
func (v *version) retire() []*sandbox.Environment {
	v.retired = true
	idle := v.idle
	v.idle = nil
	return idle
}

// discard closes environments side by side. What cannot be removed of them is
// Close's error: no caller of AWS's API has to do with it. f.mu is not held.
func (f *Function) discard(list []*sandbox.Environment) {
	errs := make([]error, len(list))
	var wg sync.WaitGroup
	for i, e := range list {
		wg.Go(func() { errs[i] = e.Close() })
	}
	wg.Wait()
	if err := firstError(errs...); err != nil {
		f.mu.Lock()
		f.left = firstError(f.left, err)
		f.mu.Unlock()
	}
}

func firstError(errs ...error) error {
	for _, err := range errs {
		if err != nil {
			return err
		}
	}
	return nil
}

// Invocation is what Run is asked for.
type Invocation struct {
	Qualifier     string // "", "$LATEST", a version number or an alias
	Payload       []byte
	TraceID       string // X-Ray header; empty: a new one, not sampled
	ClientContext string // JSON; empty for none
}

// Invoke is Run without a client context.
func (f *Function) Invoke(ctx context.Context, qualifier string, payload []byte, traceID string) (Result, error) {
	return f.Run(ctx, Invocation{Qualifier: qualifier, Payload: payload, TraceID: traceID})
}

// Run runs the function once, synchronously: on a provisioned environment of
// the alias, else on the idle environment of the version that was used last, or
// on a new one, which is kept.
//
// An invocation that began runs to its end: when ctx ends before, Run returns
// ctx's error, and the environment is idle again when it is done.
// Errors of AWS are *Error: ResourceNotFoundException, RequestTooLargeException
// above 6 MB, TooManyRequestsException at the reserved or the account's concurrency,
// ResourceConflictException for a version that is Pending, and ServiceException for what this machine cannot do.
func (f *Function) Run(ctx context.Context, in Invocation) (Result, error) {
	began := time.Now()
	placed := f.host.gate.Arrive()
	result := Result{RequestID: uuid.New()}
	// "Invocation payload" of https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html
	const maxPayload = 6 << 20
	if len(in.Payload) > maxPayload {
		placed()
		return result, &Error{Code: "RequestTooLargeException", Message: fmt.Sprintf("Request must be smaller than %d bytes for the InvokeFunction operation", maxPayload)}
	}
	v, env, err := f.acquire(in.Qualifier)
	placed()
	if err != nil {
		return result, err
	}
	if in.TraceID == "" {
		in.TraceID = newTraceID(began)
	}
	request := sandbox.Request{ID: result.RequestID, ARN: f.qualified(in.Qualifier), TraceID: in.TraceID, Payload: in.Payload, ClientContext: in.ClientContext}

	type end struct {
		sandbox.Outcome
		version string
		err     error
	}
	run := func() end {
		out, err := env.Invoke(ctx, request)
		for err == sandbox.ErrLate { // it seemed about to ask for an event
			f.release(v, env, nil)
			if v, env, err = f.acquire(in.Qualifier); err != nil {
				return end{err: err}
			}
			out, err = env.Invoke(ctx, request)
		}
		f.note(v.config.Version, request.ID, out)
		f.release(v, env, err)
		return end{out, v.config.Version, err}
	}
	var e end
	if ctx.Done() == nil {
		e = run() // nobody can leave: a goroutine less in the way of every request
	} else {
		done := make(chan end, 1)
		go func() { done <- run() }()
		select {
		case e = <-done:
		case <-ctx.Done():
			e.err = ctx.Err()
		}
	}
	result.ExecutedVersion = e.version
	result.Payload, result.FunctionError, result.Log = e.Payload, e.FunctionError, e.Log
	err = e.err
	if _, ofAWS := errors.AsType[*Error](err); err != nil && !ofAWS && ctx.Err() == nil {
		err = &Error{Code: "ServiceException", Message: err.Error()}
	}
	return result, err
}

// acquire finds or makes the environment for a request.
func (f *Function) acquire(qualifier string) (*version, *sandbox.Environment, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.closed {
		return nil, nil, &Error{Code: "ServiceException", Message: "the local executor is closed"}
	}
	v, err := f.resolve(qualifier)
	if err != nil {
		return nil, nil, err
	}
	// https://docs.aws.amazon.com/lambda/latest/dg/functions-states.html
	if v.shown().State == "Pending" {
		return nil, nil, &Error{Code: "ResourceConflictException", Message: "The operation cannot be performed at this time. The function is currently in the following state: Pending"}
	}
	env := f.provisioned(qualifier, v)
	onDemand := env == nil
	if onDemand {
		if err := f.admit(); err != nil {
			return nil, nil, err
		}
		if env = takeIdle(&v.idle); env == nil {
			env = sandbox.New(f.spec(v))
		}
	}
	f.busy[env] = use{onDemand: onDemand}
	f.work.Add(1)
	return v, env, nil
}

// takeIdle takes the environment that was used last out of a list, of those whose
// runtime waits for an event or is about to ask for one; nil where there is none.
func takeIdle(list *[]*sandbox.Environment) *sandbox.Environment {
	for i, env := range slices.Backward(*list) {
		if !env.Late() {
			*list = slices.Delete(*list, i, i+1)
			return env
		}
	}
	return nil
}

// late are environments on demand that have answered and are busy nevertheless; f.mu
// is held.
func (f *Function) late() int {
	n := 0
	for _, v := range f.versions() {
		for _, env := range v.idle {
			if env.Late() {
				n++
			}
		}
	}
	return n
}

// spec is what an environment of a version runs.
func (f *Function) spec(v *version) sandbox.Spec {
	c := v.config
	return sandbox.Spec{
		Function: c.Name, ARN: f.a.ARN, Version: c.Version, Handler: c.Handler, MemoryMB: c.MemoryMB, Timeout: c.Timeout,
		Environment: c.Environment, TaskRoot: f.code.root, Opt: f.code.opt, TempDir: f.host.TempDir, InitLimit: f.host.InitLimit,
		Isolated: f.host.Isolated, TmpMB: c.EphemeralMB, Cold: f.host.Cold,
		Logs: f.host.Logs, LogGroup: c.LogGroup, LogFormat: c.LogFormat, SystemLogLevel: c.SystemLogLevel, ApplicationLogLevel: c.ApplicationLogLevel,
		Gate: f.host.gate, Limits: f.host.Limits,
	}
}

// release makes the environment idle again, or ends it when its version is
// retired or the machine failed it.
func (f *Function) release(v *version, env *sandbox.Environment, failed error) {
	f.mu.Lock()
	keep := failed == nil && !f.closed
	if f.busy[env].onDemand {
		f.leaveAccount()
		keep = keep && !f.busy[env].last && !v.retired
		if keep {
			v.idle = append(v.idle, env)
		}
	} else {
		keep = keep && f.returned(env)
	}
	delete(f.busy, env)
	f.mu.Unlock()
	if !keep {
		f.discard([]*sandbox.Environment{env})
	}
	f.work.Done()
}

// newTraceID is an X-Ray header as Lambda makes it where a request has none.
func newTraceID(now time.Time) string {
	var b [20]byte
	rand.Read(b[:]) // never fails: it crashes the program instead
	return fmt.Sprintf("Root=1-%08x-%x;Parent=%x;Sampled=0", now.Unix(), b[:12], b[12:])
}
