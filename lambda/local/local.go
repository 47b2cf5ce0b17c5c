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
	"crypto/x509"
	"errors"
	"io"
	"slices"
	"sync"
	"time"

	"github.com/coldcrank/coldcrank/lambda/local/internal/assembly"
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

	// Inspect is for who looks into functions by Program and sends no requests: those
	// built for another platform are there too, the reason why a target's function cannot
	// run is for Program to tell, and no environments are provisioned.
	Inspect bool

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

	// Port is that of the first HTTP API; further APIs, and then the AWS API, have
	// those that follow. Default: any that are free.
	Port int

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
	site *site

	life      context.Context // of Reload; done when Close begins
	end       context.CancelFunc
	reloading sync.Mutex // one Reload at a time, and none while it closes

	mu      sync.Mutex
	now     *loaded
	leaving map[*loaded]bool // assemblies of before that still have requests
	gone    sync.WaitGroup   // until each of them has left
	left    error            // what could not be removed of them
	closed  bool
	stop    func() bool // forgets the context
	once    sync.Once
	err     error // of Close
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
	x, err := newExecutor(o)
	if err != nil {
		return nil, err
	}
	if err := x.now.start(ctx, a); err != nil {
		return nil, errors.Join(err, x.Close())
	}
	x.now.enter()
	x.mu.Lock() // the context may be done by now
	defer x.mu.Unlock()
	x.stop = context.AfterFunc(ctx, func() { x.Close() }) // whoever calls Close as well gets its error
	return x, nil
}

// Endpoint is the base URL of the AWS API, for AWS_ENDPOINT_URL and the SDKs'
// BaseEndpoint. Any credentials do.
func (x *Executor) Endpoint() string { return x.current().endpoint }

// Certificates holds the one certificate that the APIs show over TLS: the RootCAs
// of a client. It is made at Start, valid for 127.0.0.1 and localhost, and trusted
// by nothing else on this machine.
func (x *Executor) Certificates() *x509.CertPool { return x.site.certificate.pool() }

// Warnings lists what of the assembly was left out, and why.
func (x *Executor) Warnings() []string { return slices.Clone(x.current().warnings) }
