package function

import (
	"cmp"
	"context"
	"errors"
	"maps"
	"slices"
	"time"

	"github.com/coldcrank/coldcrank/lambda/local/internal/assembly"
	"github.com/coldcrank/coldcrank/lambda/local/internal/sandbox"
)

// pool is what an alias keeps provisioned: environments of the version that it
// leads to, initialized ahead of requests. They serve requests to the alias;
// those that find none idle spill over to environments on demand ("Configuring
// provisioned concurrency for a function"). Function.mu guards it.
type pool struct {
	version   *version
	requested int
	starting  map[*sandbox.Environment]bool // that initialize
	members   map[*sandbox.Environment]bool // that are initialized
	idle      []*sandbox.Environment
	reason    string // why one could not be initialized; empty for none
	modified  time.Time

	settled  chan struct{} // closed once all have begun to serve, or one has failed
	stop     context.CancelFunc
	settling bool
}

// Provisioned is what GetProvisionedConcurrencyConfig answers:
// https://docs.aws.amazon.com/lambda/latest/api/API_GetProvisionedConcurrencyConfig.html
type Provisioned struct {
	Requested, Allocated, Available int

	Status   string // READY, IN_PROGRESS or FAILED
	Reason   string // of FAILED
	Modified time.Time
}

// initFailure is AWS's reason for a function whose init fails
// (https://github.com/sst/ion/issues/375).
const initFailure = "FUNCTION_ERROR_INIT_FAILURE"

// errUnpublished refuses provisioned concurrency of $LATEST, which only
// published versions can have ("Configuring provisioned concurrency for a
// function").
var errUnpublished = &Error{Code: "InvalidParameterValueException", Message: "Provisioned Concurrency Configs cannot be applied to unpublished function versions."}

// provisionable refuses what a deployment would refuse.
func (f *Function) provisionable(a *assembly.Alias) error {
	switch r := f.a.ReservedConcurrency; {
	case a.ProvisionedConcurrency == 0:
	case a.Version == latest:
		return errUnpublished
	case r != nil && provisioned(f.a) > *r:
		return invalid("Requested Provisioned Concurrency should not be greater than the reservedConcurrentExecution for function")
	}
	return nil
}

// Provisioned tells of the environments that an alias keeps provisioned; ok is
// false where there are none. Errors: ResourceNotFoundException.
func (f *Function) Provisioned(qualifier string) (_ Provisioned, ok bool, err error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if _, err := f.resolve(qualifier); err != nil {
		return Provisioned{}, false, err
	}
	p := f.pools[qualifier]
	if p == nil {
		return Provisioned{}, false, nil
	}
	c := Provisioned{Requested: p.requested, Allocated: len(p.members), Available: len(p.members), Status: "IN_PROGRESS", Modified: p.modified}
	switch {
	case p.reason != "":
		c.Status, c.Reason = "FAILED", p.reason
	case len(p.members) == p.requested:
		c.Status = "READY"
	}
	return c, true, nil
}

// Provision initializes what the aliases keep provisioned. It returns when all
// of it is there, or one could not be initialized, or ctx is done. Every function
// of a host has its code by then: a process that is being forked holds open what
// is being written, and what is held open for writing cannot be executed.
func (f *Function) Provision(ctx context.Context) error {
	f.mu.Lock()
	for _, a := range f.aliases {
		f.provision(a)
	}
	f.mu.Unlock()
	return f.settled(ctx)
}

func (f *Function) settled(ctx context.Context) error {
	f.mu.Lock()
	var settled []<-chan struct{}
	for _, p := range f.pools {
		settled = append(settled, p.settled)
	}
	f.mu.Unlock()
	for _, c := range settled {
		select {
		case <-c:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	return nil
}

// asked is how many environments a template has an alias keep.
func (f *Function) asked(alias string) int {
	for _, a := range f.a.Aliases {
		if a.Name == alias {
			return a.ProvisionedConcurrency
		}
	}
	return 0
}

// provision begins to initialize what an alias keeps provisioned; f.mu is held.
func (f *Function) provision(a *Alias) {
	n := f.asked(a.Name)
	v, err := f.find(a.FunctionVersion)
	if n == 0 || err != nil || f.closed {
		return
	}
	ctx, stop := context.WithCancel(context.Background())
	p := &pool{version: v, requested: n, starting: map[*sandbox.Environment]bool{}, members: map[*sandbox.Environment]bool{}, modified: time.Now(), settled: make(chan struct{}), settling: true, stop: stop}
	f.pools[a.Name] = p
	for range n {
		f.start(ctx, a.Name, p)
	}
}

// unprovision gives up what an alias keeps provisioned and returns it, for the
// caller to close; f.mu is held. A busy one is closed when it is done.
func (f *Function) unprovision(alias string) []*sandbox.Environment {
	p := f.pools[alias]
	if p == nil {
		return nil
	}
	delete(f.pools, alias)
	p.stop()
	p.settle()
	return slices.AppendSeq(p.idle, maps.Keys(p.starting))
}

func (p *pool) settle() {
	if p.settling {
		p.settling = false
		close(p.settled)
	}
}

// start initializes one more environment of a pool; f.mu is held.
func (f *Function) start(ctx context.Context, alias string, p *pool) {
	spec := f.spec(p.version)
	spec.Provisioned = true
	env := sandbox.New(spec)
	p.starting[env] = true
	begun := time.Now()
	f.work.Go(func() {
		err := env.Provision(ctx)
		if !f.started(alias, p, env, err) {
			f.discard([]*sandbox.Environment{env})
			return
		}
		f.work.Go(func() { // Close waits: it ends all environments first
			<-env.Ended()
			if f.lost(alias, p, env) {
				f.discard([]*sandbox.Environment{env})
			}
			select {
			case <-time.After(time.Until(begun.Add(startAgain))):
				f.replace(ctx, alias, p)
			case <-ctx.Done():
			}
		})
	})
}

// startAgain is how long after an environment was started another one takes its
// place at the earliest: a function that exits once it has initialized would keep
// the machine busy with nothing else. AWS documents no pace.
const startAgain = time.Second

// started takes an environment into its pool, and says whether it is there.
func (f *Function) started(alias string, p *pool, env *sandbox.Environment, err error) bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	delete(p.starting, env)
	if f.pools[alias] != p {
		return false
	}
	var failed *sandbox.InitError
	switch {
	case errors.As(err, &failed):
		// Those that have not begun would fail, too.
		p.reason = initFailure
		p.stop()
	case err != nil:
		p.reason = cmp.Or(p.reason, err.Error())
	default:
		p.members[env] = true
		p.idle = append(p.idle, env)
	}
	if len(p.starting) == 0 {
		p.settle()
	}
	return err == nil
}

// lost takes an environment out of its pool whose process has ended. It says whether
// nobody else closes it.
func (f *Function) lost(alias string, p *pool, env *sandbox.Environment) bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.closed || f.pools[alias] != p {
		return false
	}
	delete(p.members, env)
	for i, e := range p.idle {
		if e == env {
			p.idle = append(p.idle[:i:i], p.idle[i+1:]...)
			return true
		}
	}
	return false
}

// replace starts an environment in the place of one that was lost.
func (f *Function) replace(ctx context.Context, alias string, p *pool) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if !f.closed && f.pools[alias] == p {
		f.start(ctx, alias, p)
	}
}

// provisioned takes an idle environment of the alias that a request names; nil
// where there is none. f.mu is held.
func (f *Function) provisioned(qualifier string, v *version) *sandbox.Environment {
	p := f.pools[qualifier]
	if p == nil || p.version != v {
		return nil
	}
	return takeIdle(&p.idle)
}

// returned makes a provisioned environment idle again, unless its pool has given
// it up; f.mu is held.
func (f *Function) returned(env *sandbox.Environment) bool {
	for _, p := range f.pools {
		if p.members[env] {
			p.idle = append(p.idle, env)
			return true
		}
	}
	return false
}
