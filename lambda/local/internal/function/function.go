// Package function is one Lambda function on this machine: its configuration,
// versions and aliases as the control plane of AWS keeps them, and the
// execution environments that serve its invocations.
//
// The code is taken once, into a folder of the function's own, before anything
// runs. Code is never changed afterwards: versions differ in configuration
// only. Asynchronous invocation and resource policies are not here. A function
// with layers is refused where environments are not isolated.
package function

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/coldcrank/coldcrank/lambda/local/internal/assembly"
	"github.com/coldcrank/coldcrank/lambda/local/internal/limits"
	"github.com/coldcrank/coldcrank/lambda/local/internal/logs"
	"github.com/coldcrank/coldcrank/lambda/local/internal/pagecache"
	"github.com/coldcrank/coldcrank/lambda/local/internal/sandbox"
	"github.com/coldcrank/coldcrank/lambda/local/internal/uuid"
)

// Host is what all functions of an executor share.
type Host struct {
	Logs *logs.Store
	// TempDir takes code and temporary files; empty: the system's.
	TempDir string
	// Isolated environments see the files of Lambda (see rootfs), where that is
	// permitted.
	Isolated bool
	// Cold has each environment start from a copy of the code that is not in
	// the page cache, and counts; nil: all start from one, as it is.
	Cold *pagecache.Tally
	// InitLimit is how long an init phase may take; 0: sandbox.InitLimit, which
	// is Lambda's.
	InitLimit time.Duration
	// AliasLag is how long requests still reach the version that an alias has left,
	// AliasWeights how long the alias shows weights for both.
	AliasLag, AliasWeights time.Duration
	// VersionPending is how long a new version cannot be invoked.
	VersionPending time.Duration
	// Foreign takes functions that are built for another platform too, to be looked
	// at: environments of theirs do not start.
	Foreign bool
	// Limits gives environments their CPU and memory; nil: without limits.
	Limits *limits.Host

	gate    *Gate
	account account
}

// Gate is what the hosts of a machine share; see sandbox.Gate.
type Gate = sandbox.Gate

// NewGate returns a gate by which at most simultaneousInits environments
// initialize at the same time, and none while unread reports that requests
// which have reached this machine wait to be read; it may be nil.
func NewGate(simultaneousInits int, unread func() bool) *Gate {
	return sandbox.NewGate(simultaneousInits, unread)
}

// NewHost returns a host whose environments initialize by the gate.
func NewHost(store *logs.Store, gate *Gate) *Host {
	return &Host{Logs: store, gate: gate, account: account{limit: DefaultConcurrency}}
}

const latest = "$LATEST"

// Function is one function. Its methods may be called from several goroutines.
type Function struct {
	host *Host
	a    *assembly.Function
	code *code

	mu         sync.Mutex
	latest     *version
	published  map[int]*version
	newest     int // the highest number ever given
	aliases    map[string]*Alias
	updateEnds time.Time        // when the Update under way is complete; zero: none is under way
	pools      map[string]*pool // provisioned environments, by alias
	busy       map[*sandbox.Environment]use
	closed     bool
	left       error // the first environment's that could not be removed
	failures   []Failure
	work       sync.WaitGroup // invocations, and what keeps environments provisioned
}

// use says what becomes of an environment when its request is done.
type use struct {
	onDemand bool // else it is one of a pool
	last     bool // it is not kept
}

// New takes the function's code into a folder of its own and starts nothing.
// It refuses what cannot run here with an error that says what to do: a
// managed runtime, layers where nothing can lie under /opt, no bootstrap, or one
// for another platform. Close removes the folder.
func New(h *Host, a *assembly.Function) (*Function, error) {
	f := &Function{host: h, a: a, published: make(map[int]*version), aliases: make(map[string]*Alias), pools: make(map[string]*pool), busy: make(map[*sandbox.Environment]use)}
	if err := f.template(); err != nil {
		return nil, fmt.Errorf("function %s: %w", a.Name, err)
	}
	h.Logs.CreateGroup(a.LogGroup)
	h.account.add(a)
	return f, nil
}

// template takes the code, and the versions and aliases of the template.
func (f *Function) template() error {
	switch f.a.Runtime {
	case "provided", "provided.al2", "provided.al2023":
	default:
		return fmt.Errorf("runtime %s cannot run here: the local executor runs OS-only runtimes (provided.al2023), whose code brings its own bootstrap", f.a.Runtime)
	}
	// Without its layers the function would fail, or start faster than it does.
	if n := len(f.a.LayerDirs); n > 0 && !f.host.Isolated {
		return fmt.Errorf("its layers (%d) would have to lie under /opt, which takes a mount namespace (on Linux as root): measure it so or on AWS, or put what they hold into the code", n)
	}
	now := time.Now()
	c := Configuration{
		Name: f.a.Name, ARN: f.a.ARN, Version: latest,
		Description: f.a.Description, Runtime: f.a.Runtime, Handler: f.a.Handler, Architecture: f.a.Architecture,
		MemoryMB: f.a.MemoryMB, Timeout: f.a.Timeout, EphemeralMB: f.a.EphemeralMB,
		Environment: f.a.Environment, Tracing: f.a.Tracing,
		LogGroup: f.a.LogGroup, LogFormat: f.a.LogFormat, SystemLogLevel: f.a.SystemLogLevel, ApplicationLogLevel: f.a.ApplicationLogLevel,
		LastModified: now, State: "Active", LastUpdateStatus: "Successful",
	}
	f.latest = newVersion(c, c.Description)
	for _, v := range f.a.Versions {
		var n int
		if _, err := fmt.Sscan(v.Number, &n); err != nil || n < 1 {
			return fmt.Errorf("version %q of the template is not a number", v.Number)
		}
		f.publish(n, "")
	}
	for _, a := range f.a.Aliases {
		if _, err := f.find(a.Version); err != nil {
			return fmt.Errorf("alias %s names version %s, which the template lacks", a.Name, a.Version)
		}
		alias := &Alias{Name: a.Name, ARN: f.a.ARN + ":" + a.Name, FunctionVersion: a.Version, Description: a.Description, RevisionID: uuid.New(), Weights: maps.Clone(a.Weights)}
		if err := f.valid(alias, *alias, ""); err != nil {
			return fmt.Errorf("alias %s: %w", a.Name, err)
		}
		if err := f.provisionable(a); err != nil {
			return fmt.Errorf("alias %s: %w", a.Name, err)
		}
		f.aliases[a.Name] = alias
	}
	dir, shipped := f.a.CodeDir, f.a.ShippedDir
	if f.a.CodeZip != "" {
		dir, shipped = f.a.CodeZip, f.a.CodeZip
	}
	var err error
	if f.code, err = takeCode(f.host.TempDir, dir, shipped, f.a.LayerDirs...); err != nil {
		return err
	}
	if f.code.foreign != nil && !f.host.Foreign {
		return errors.Join(f.code.foreign, f.code.remove())
	}
	for _, v := range f.versions() {
		v.config.CodeSHA256, v.config.CodeSize = f.code.sha256, f.code.size
	}
	return nil
}

// Name is the function's physical name.
func (f *Function) Name() string { return f.a.Name }

// ARN is the function's ARN without a qualifier.
func (f *Function) ARN() string { return f.a.ARN }

// ReservedConcurrency is nil where the function has none.
func (f *Function) ReservedConcurrency() *int { return f.a.ReservedConcurrency }

// versions lists $LATEST and then the numbers. f.mu is held, or f is not
// shared yet.
func (f *Function) versions() []*version {
	list := []*version{f.latest}
	for n := range f.newest {
		if v := f.published[n+1]; v != nil {
			list = append(list, v)
		}
	}
	return list
}

// Close kills every environment with its process group, waits for them and for
// the invocations under way, which end as by a crash, and removes the
// function's files. It returns what could not be removed.
func (f *Function) Close() error {
	f.mu.Lock()
	f.closed = true
	var all []*sandbox.Environment
	for _, v := range f.versions() {
		all = append(all, v.retire()...)
	}
	for name := range f.pools {
		all = append(all, f.unprovision(name)...)
	}
	all = slices.AppendSeq(all, maps.Keys(f.busy))
	f.mu.Unlock()
	f.discard(all)
	f.work.Wait()
	f.mu.Lock()
	defer f.mu.Unlock()
	return firstError(f.left, f.code.remove())
}

// Get returns the configuration of "" or "$LATEST", a version number or an
// alias; its ARN ends in the qualifier as asked.
// Errors: ResourceNotFoundException.
func (f *Function) Get(qualifier string) (Configuration, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.completeUpdate()
	v, err := f.resolve(qualifier)
	if err != nil {
		return Configuration{}, err
	}
	c := v.shown()
	c.ARN = f.qualified(qualifier)
	return c, nil
}

// Versions lists $LATEST first and then the numbers from the lowest, with
// qualified ARNs, as ListVersionsByFunction does.
func (f *Function) Versions() []Configuration {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.completeUpdate()
	var list []Configuration
	for _, v := range f.versions() {
		c := v.shown()
		c.ARN = f.qualified(c.Version)
		list = append(list, c)
	}
	return list
}

// Aliases lists the function's aliases by name.
func (f *Function) Aliases() []Alias {
	f.mu.Lock()
	defer f.mu.Unlock()
	var list []Alias
	for _, a := range f.aliases {
		list = append(list, *a)
	}
	slices.SortFunc(list, func(a, b Alias) int { return strings.Compare(a.Name, b.Name) })
	return list
}

func (f *Function) qualified(qualifier string) string {
	if qualifier == "" {
		return f.a.ARN
	}
	return f.a.ARN + ":" + qualifier
}
