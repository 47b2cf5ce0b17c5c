// Package function is one Lambda function on this machine: its configuration,
// versions and aliases, and the execution environments that serve them.
package function

import (
	"context"

	"github.com/coldcrank/coldcrank/lambda/local/internal/assembly"
	"github.com/coldcrank/coldcrank/lambda/local/internal/logs"
)

// Host is what all functions of an executor share.
type Host struct {
	Logs  *logs.Store
	Inits chan struct{} // one place a simultaneous init
}

// NewHost returns a host on which at most simultaneousInits environments
// initialize at the same time.
func NewHost(store *logs.Store, simultaneousInits int) *Host {
	return &Host{Logs: store, Inits: make(chan struct{}, simultaneousInits)}
}

// Function is one function. Its methods may be called from several goroutines.
type Function struct {
	a *assembly.Function
}

// New takes the function's code into a folder of its own.
func New(h *Host, a *assembly.Function) (*Function, error) { return &Function{a: a}, nil }

// Name is the function's physical name.
func (f *Function) Name() string { return f.a.Name }

// ARN is the function's ARN without a qualifier.
func (f *Function) ARN() string { return f.a.ARN }

// ReservedConcurrency is nil where the function has none.
func (f *Function) ReservedConcurrency() *int { return f.a.ReservedConcurrency }

// Get returns the configuration of "" or "$LATEST", a version number or an alias.
func (f *Function) Get(qualifier string) (Configuration, error) { return Configuration{}, nil }

// Update changes $LATEST.
func (f *Function) Update(c Change, revisionID string) (Configuration, error) {
	return Configuration{}, nil
}

// Publish makes a version of $LATEST.
func (f *Function) Publish(description, codeSHA256, revisionID string) (Configuration, error) {
	return Configuration{}, nil
}

// Versions lists $LATEST first, then the numbers.
func (f *Function) Versions() []Configuration { return nil }

// Alias returns an alias.
func (f *Function) Alias(name string) (Alias, error) { return Alias{}, nil }

// UpdateAlias changes an alias.
func (f *Function) UpdateAlias(name string, c AliasChange, revisionID string) (Alias, error) {
	return Alias{}, nil
}

// DeleteVersion deletes a version.
func (f *Function) DeleteVersion(number string) error { return nil }

// Invoke runs the function once.
func (f *Function) Invoke(ctx context.Context, qualifier string, payload []byte, traceID string) (Result, error) {
	return Result{}, nil
}

// Close ends every environment and removes the function's files.
func (f *Function) Close() {}
