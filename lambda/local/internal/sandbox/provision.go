package sandbox

import (
	"context"
	"fmt"
	"time"
)

// InitError is an init phase that did not succeed.
type InitError struct {
	Status string // error or timeout
	Type   string // for example Runtime.ExitError; empty for a timeout
}

func (e *InitError) Error() string {
	if e.Status == statusTimeout {
		return "init timed out"
	}
	return "init failed: " + e.Type
}

// provisionedLimit is how long an init may take that no request waits for: 130
// seconds, or the function's timeout if that is longer ("Init phase" of the
// lifecycle page).
func provisionedLimit(timeout time.Duration) time.Duration {
	return max(130*time.Second, timeout)
}

// initType is AWS_LAMBDA_INITIALIZATION_TYPE, and initializationType of the log
// ("Defined runtime environment variables"; "Lambda Telemetry API Event schema
// reference", InitType).
func (s Spec) initType() string {
	if s.Provisioned {
		return "provisioned-concurrency"
	}
	return "on-demand"
}

// Provision runs the init phase ahead of the first request, which then has no
// Init Duration. An init that fails is an *InitError, and the environment is
// not to be used then. ctx ends the wait for a place at the gate.
func (e *Environment) Provision(ctx context.Context) error {
	e.born = true
	b, err := e.boot(ctx, e.spec.InitLimit)
	if err != nil {
		return fmt.Errorf("provision: %w", err)
	}
	e.log.initReport(b, "init")
	if b.status != statusSuccess {
		return &InitError{b.status, b.errorType}
	}
	return nil
}

// Ended returns a channel that is closed when the process that runs now has
// ended; nil where none has been started.
func (e *Environment) Ended() <-chan struct{} {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.process == nil {
		return nil
	}
	return e.process.exited
}
