// Package local runs what a synthesized CDK app would deploy, as far as a
// benchmark API needs it, on this machine: Lambda functions as processes of
// their real program, HTTP APIs on a port each, and the AWS operations by which
// a run recycles and reads logs, all on 127.0.0.1.
//
// Start takes a cloud assembly (the folder cdk.out) and returns an Executor.
// Its outputs have the form of `cdk deploy --outputs-file`, with the local URLs
// in the place of AWS's, so whatever measures a deployment measures it too.
//
// Times measured here are those of this machine; they are not comparable with
// AWS. Everything else of a stack (tables, queues, permissions) is not there.
// The AWS API checks no credentials and the routes verify no signature: any
// process of this machine can call them.
package local

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"log"
	"maps"
	"net"
	"net/http"
	"runtime"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/coldcrank/coldcrank/infra/outputs"
	"github.com/coldcrank/coldcrank/lambda/local/internal/assembly"
	"github.com/coldcrank/coldcrank/lambda/local/internal/awsapi"
	"github.com/coldcrank/coldcrank/lambda/local/internal/function"
	"github.com/coldcrank/coldcrank/lambda/local/internal/gateway"
	"github.com/coldcrank/coldcrank/lambda/local/internal/limits"
	"github.com/coldcrank/coldcrank/lambda/local/internal/logs"
	"github.com/coldcrank/coldcrank/lambda/local/internal/pagecache"
	"github.com/coldcrank/coldcrank/lambda/local/internal/rootfs"
)

// Options change how an executor works. The zero value is the default.
type Options struct {
	// SimultaneousInits is how many environments may initialize at the same
	// time; others wait, outside of their Init Duration. Default: the number
	// of CPUs.
	SimultaneousInits int

	// ColdDisk has each environment start from a copy of its code and layers of
	// its own that was taken out of the page cache, on Linux and where the file
	// system of temporary files has one; elsewhere it is a warning. Default: one
	// copy for all of a function's environments, in the page cache.
	ColdDisk bool

	// Limits is how environments get the CPU and the memory that their memory
	// setting buys. Default: the best that this machine can.
	Limits Limits

	// Concurrency is how many requests the account may have in flight, as
	// GetAccountSettings answers it. Default: 1,000, as on AWS; new accounts there
	// often have 10.
	Concurrency int

	// TLS has the URLs of the outputs begin with https, as AWS's do, and clients
	// that know the executor's certificate speak HTTP/2, as with AWS. The ports
	// are the same: on each, both https and http are served.
	TLS bool

	// Lag is how the AWS API keeps its callers waiting. Default: not at all.
	Lag Lag

	// Log takes what the HTTP servers have to say, such as a broken
	// connection. Default: nowhere. The functions' output is in their log
	// groups instead.
	Log io.Writer
}

// Lag makes the AWS API answer as late, as partly and as seldom as AWS may, so
// that callers can be tried. What is zero does not lag.
type Lag struct {
	// Alias is how long requests still reach the version that an alias has left,
	// and AliasWeights how long the alias shows weights of its own for both
	// (https://github.com/hashicorp/terraform-provider-aws/pull/48116).
	Alias, AliasWeights time.Duration

	// Versions is how long a new version is Pending (Lambda Developer Guide, "Lambda
	// function states").
	Versions time.Duration

	// Logs is how long after it was written FilterLogEvents finds an event.
	Logs time.Duration
	// EmptyPages has FilterLogEvents answer every page once without an event, with
	// a token for it (CloudWatch Logs API Reference, FilterLogEvents: partial and
	// empty results).
	EmptyPages bool
	// LogCalls is how many calls of FilterLogEvents are answered a second; others
	// are refused with ThrottlingException. On AWS it is 5 (CloudWatch Logs User
	// Guide, "CloudWatch Logs quotas").
	LogCalls int
}

// Executor is a started assembly. Its methods may be called from several
// goroutines.
type Executor struct {
	endpoint string // of the AWS API
	inits    int
	isolated bool             // environments are in mount namespaces
	cold     *pagecache.Tally // of starts from the disk; nil: they are from the page cache
	warm     error            // why it is nil, though Options.ColdDisk asked for it
	tls      bool             // of Options
	outputs  map[string]map[string]string
	targets  []outputs.Target
	warnings []string

	certificate *certificate

	code      map[string]string // function name → folder with the code as it is shipped
	folder    *folder
	limits    *limits.Host
	functions []*function.Function
	gateways  []*gateway.Gateway
	servers   []*server

	mu   sync.Mutex
	stop func() bool // forgets the context
	once sync.Once
	err  error // of Close
}

// Start loads the cloud assembly in a folder and starts everything in it. It
// returns when all listeners accept, and the environments are initialized that
// aliases keep provisioned; no other has been started by then. The executor ends at Close or, at the latest, when ctx is done.
//
// A function that cannot run on this machine (a managed runtime, inline code,
// layers where mount namespaces are not permitted, code for another platform)
// is an error that says what to do, if a target of the assembly measures it, and
// else a warning: its routes answer 500, or 404 where the assembly alone shows
// that it cannot.
func Start(ctx context.Context, assemblyDir string, o Options) (*Executor, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	a, err := assembly.Load(assemblyDir)
	if err != nil {
		return nil, err
	}
	x := &Executor{inits: o.SimultaneousInits, isolated: rootfs.Permitted() == nil, tls: o.TLS, outputs: map[string]map[string]string{}, code: map[string]string{}}
	if x.inits <= 0 {
		x.inits = runtime.NumCPU()
	}
	if o.Concurrency <= 0 {
		o.Concurrency = function.DefaultConcurrency
	}
	if err := x.start(ctx, a, o); err != nil {
		return nil, errors.Join(err, x.Close())
	}
	x.mu.Lock() // the context may be done by now
	defer x.mu.Unlock()
	x.stop = context.AfterFunc(ctx, func() { x.Close() }) // whoever calls Close as well gets its error
	return x, nil
}

func (x *Executor) start(ctx context.Context, a *assembly.Assembly, o Options) error {
	store := logs.New()
	store.Delay, store.EmptyPages = o.Lag.Logs, o.Lag.EmptyPages
	refused, invokers, err := x.makeFunctions(a, store, o)
	if err != nil {
		return err
	}
	if o.Log == nil {
		o.Log = io.Discard
	}
	logger := log.New(o.Log, "local executor: ", log.LstdFlags)
	if x.certificate, err = newCertificate(time.Now()); err != nil {
		return err
	}
	config := &tls.Config{Certificates: []tls.Certificate{x.certificate.Certificate}, NextProtos: []string{"h2", "http/1.1"}}
	urls := map[*assembly.API]string{}
	account, region := "000000000000", "us-east-1"
	for i, s := range a.Stacks {
		if i == 0 {
			account, region = s.Account, s.Region
		}
		for _, name := range s.LogGroups {
			store.CreateGroup(name)
		}
		for _, api := range s.APIs {
			g, err := gateway.New(api, s.Account, s.Region, invokers, store)
			if err != nil {
				return fmt.Errorf("stack %s: %w", s.Name, err)
			}
			address, err := x.serve(g, config, gatewayTimeout, logger)
			if err != nil {
				return err
			}
			urls[api] = x.transport() + "://" + address
			x.gateways = append(x.gateways, g)
		}
		x.outputs[s.Name] = s.Outputs(func(api *assembly.API) string { return urls[api] })
		for _, w := range s.Warnings {
			x.warnings = append(x.warnings, fmt.Sprintf("stack %s: %s", s.Name, w))
		}
	}
	if err := x.findTargets(); err != nil {
		return err
	}
	for _, t := range x.targets {
		if err := x.runs(t.FunctionName, a, refused); err != nil {
			return fmt.Errorf("target %s: %w", t, err)
		}
	}
	for _, name := range slices.Sorted(maps.Keys(refused)) {
		x.warnings = append(x.warnings, fmt.Sprintf("left out: %v", refused[name]))
	}
	if err := x.provision(ctx); err != nil {
		return err
	}
	functions := make([]awsapi.Function, len(x.functions))
	for i, f := range x.functions {
		functions[i] = f
	}
	address, err := x.serve(awsapi.New(account, region, functions, store, o.Lag.LogCalls, o.Concurrency), nil, invokeTimeout, logger)
	x.endpoint = "http://" + address
	return err
}

// runs says why a target's function does not run here; nil when it does.
func (x *Executor) runs(name string, a *assembly.Assembly, refused map[string]error) error {
	if slices.ContainsFunc(x.functions, func(f *function.Function) bool { return f.Name() == name }) {
		return nil
	}
	if err := refused[name]; err != nil {
		return err
	}
	for _, s := range a.Stacks {
		if reason, ok := s.Refused[name]; ok {
			return fmt.Errorf("stack %s: function %s: %s; as it is, measure it on AWS", s.Name, name, reason)
		}
	}
	return fmt.Errorf("function %s is none that the assembly makes, which are all that run here: measure it on AWS", name)
}

// makeFunctions takes the code of all functions. Those that cannot run here
// are in refused, by name.
func (x *Executor) makeFunctions(a *assembly.Assembly, store *logs.Store, o Options) (refused map[string]error, invokers map[*assembly.Function]gateway.Invoker, err error) {
	refused, invokers = map[string]error{}, map[*assembly.Function]gateway.Invoker{}
	if x.folder, err = newFolder(); err != nil {
		return nil, nil, err
	}
	if x.limits, err = limits.Open(limits.Options{CPU: limits.Mode(o.Limits.CPU), Memory: limits.Mode(o.Limits.Memory)}); err != nil {
		return nil, nil, err
	}
	host := function.NewHost(store, x.inits, x.unread)
	if o.ColdDisk {
		x.startCold()
	}
	host.Isolated, host.Cold, host.Limits = x.isolated, x.cold, x.limits
	host.TempDir, host.AliasLag, host.AliasWeights, host.VersionPending = x.folder.dir, o.Lag.Alias, o.Lag.AliasWeights, o.Lag.Versions
	host.SetConcurrency(o.Concurrency)
	seen := map[string]string{}
	for _, s := range a.Stacks {
		for _, af := range s.Functions {
			if other, ok := seen[af.Name]; ok {
				// The AWS API tells functions apart by their names.
				return nil, nil, fmt.Errorf("stacks %s and %s both have a function named %s, which one local executor cannot serve: start them one by one", other, s.Name, af.Name)
			}
			seen[af.Name] = s.Name
			f, err := function.New(host, af)
			if err != nil {
				refused[af.Name] = fmt.Errorf("stack %s: %w", s.Name, err)
				continue
			}
			x.functions = append(x.functions, f)
			invokers[af] = f
			if n := limits.VCPUs(af.MemoryMB); n > float64(runtime.NumCPU()) && x.limits.CPU() != limits.None {
				x.warnings = append(x.warnings, fmt.Sprintf("stack %s: function %s: %d MB buy %.1f vCPUs, where this machine has %d", s.Name, af.Name, af.MemoryMB, n, runtime.NumCPU()))
			}
			if af.ShippedDir != "" {
				x.code[af.Name] = af.ShippedDir
			}
		}
	}
	return refused, invokers, nil
}

// findTargets reads the outputs as a script would, from the file's content.
func (x *Executor) findTargets() error {
	data, err := x.outputsFile()
	if err != nil {
		return err
	}
	f, err := outputs.Read(strings.NewReader(string(data)))
	if err != nil {
		return fmt.Errorf("read the outputs: %w", err)
	}
	x.targets = f.Targets
	for _, w := range f.Warnings {
		x.warnings = append(x.warnings, w.String())
	}
	return nil
}

// The longest that an answer may take, to its last byte: on HTTP APIs the
// integration's 30 s and the transfer, on the AWS API a function's 15 minutes
// and the transfer. Idle connections may wait as long as a burst's do before
// they are released together.
const (
	gatewayTimeout = 2 * time.Minute
	invokeTimeout  = 17 * time.Minute
	idleTimeout    = 5 * time.Minute
)

// serve serves a handler on a port of its own and returns its address; with a
// configuration, URLs of https lead there as well as those of http.
func (x *Executor) serve(h http.Handler, config *tls.Config, timeout time.Duration, logger *log.Logger) (string, error) {
	l, err := net.ListenTCP("tcp", &net.TCPAddr{IP: net.IPv4(127, 0, 0, 1)})
	if err != nil {
		return "", err
	}
	s := &server{handler: h, tls: config, done: make(chan struct{}), conns: map[*conn]bool{}}
	s.http = http.Server{
		Handler: s, ErrorLog: logger, ConnState: s.track, ConnContext: connContext,
		Protocols: protocols(), HTTP2: &http.HTTP2Config{MaxConcurrentStreams: maxStreams},
		// net/http counts ReadTimeout of a new connection from its beginning,
		// WriteTimeout from the end of a request's headers.
		ReadTimeout: idleTimeout, IdleTimeout: idleTimeout, WriteTimeout: timeout,
	}
	x.mu.Lock()
	x.servers = append(x.servers, s)
	x.mu.Unlock()
	go func() {
		defer close(s.done)
		if err := s.http.Serve(listener{l, s}); !errors.Is(err, http.ErrServerClosed) {
			logger.Print(err)
		}
	}()
	return l.Addr().String(), nil
}

// unread reports whether a request has reached one of the fronts and waits to
// be read.
func (x *Executor) unread() bool {
	x.mu.Lock()
	defer x.mu.Unlock()
	return slices.ContainsFunc(x.servers, (*server).unread)
}

// Close ends everything: it kills the functions' processes with all that they
// started, closes the listeners and removes the functions' files. It returns
// when nothing is left. Requests under way are answered with an error or cut
// off. Calling it again waits for the first call and returns the same.
func (x *Executor) Close() error {
	x.once.Do(func() {
		x.mu.Lock()
		stop := x.stop
		x.mu.Unlock()
		if stop != nil {
			stop()
		}
		errs := make([]error, len(x.functions)+len(x.servers))
		var wg sync.WaitGroup
		for i, f := range x.functions {
			wg.Go(func() { errs[i] = f.Close() })
		}
		for i, s := range x.servers {
			wg.Go(func() { errs[len(x.functions)+i] = s.close() })
		}
		wg.Wait()
		for _, g := range x.gateways {
			g.Wait()
		}
		errs = append(errs, x.limits.Close())
		if x.folder != nil {
			errs = append(errs, x.folder.remove())
		}
		x.err = errors.Join(errs...)
	})
	return x.err
}

// Endpoint is the base URL of the AWS API, for AWS_ENDPOINT_URL and the SDKs'
// BaseEndpoint. Any credentials do.
func (x *Executor) Endpoint() string { return x.endpoint }

// Certificates holds the one certificate that the APIs show over TLS: the RootCAs
// of a client. It is made at Start, valid for 127.0.0.1 and localhost, and trusted
// by nothing else on this machine.
func (x *Executor) Certificates() *x509.CertPool { return x.certificate.pool() }

// Warnings lists what of the assembly was left out, and why.
func (x *Executor) Warnings() []string { return slices.Clone(x.warnings) }
