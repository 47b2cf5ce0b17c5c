// Package sandbox is one execution environment: a process of the function's
// real program, the Runtime API listener that only this process knows, the log
// stream that the environment writes, and what was measured of it.
//
// The times are the executor's own. Init Duration runs from just before the
// call that spawns the process to the arrival of its first /next; Duration from
// the answer to /next to the arrival of the response. Nothing is added that AWS
// has and this machine has not. Lifecycle, limits and log lines follow
// "Understanding the Lambda execution environment lifecycle":
// https://docs.aws.amazon.com/lambda/latest/dg/lambda-runtime-environment.html
//
// It sees the files of Lambda where that is permitted (see rootfs), and the
// network and processes of this machine. Extensions that are processes of their own
// and response streaming are not here.
package sandbox

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"os"
	"strings"
	"sync"
	"time"

	"github.com/coldcrank/coldcrank/lambda/local/internal/limits"
	"github.com/coldcrank/coldcrank/lambda/local/internal/logs"
	"github.com/coldcrank/coldcrank/lambda/local/internal/pagecache"
	"github.com/coldcrank/coldcrank/lambda/local/internal/tree"
)

// InitLimit is how long an init phase may take before it is repeated under the
// function's timeout ("Init phase" of the lifecycle page).
const InitLimit = 10 * time.Second

// ErrClosed is returned by Invoke once Close has been called.
var ErrClosed = errors.New("execution environment closed")

// Spec says what an environment runs. It is not changed once New has it.
type Spec struct {
	Function    string // name
	ARN         string // unqualified
	Version     string // number, or "$LATEST"
	Handler     string
	MemoryMB    int
	Timeout     time.Duration
	Environment map[string]string // the function's own variables
	TaskRoot    string            // folder with the code
	Opt         string            // folder with the layers, of an Isolated one; empty: none
	TempDir     string            // takes the environment's own folder; empty: the system's
	Isolated    bool              // it sees the files of a rootfs.View, which must be permitted; else those of the machine
	TmpMB       int               // size of /tmp of an Isolated one
	Cold        *pagecache.Tally  // counts starts from files of its own that are evicted before each; nil: from those of the Spec, as they are
	InitLimit   time.Duration     // 0: the constant InitLimit, or what provisioned environments have
	Provisioned bool              // Provision is called before the first Invoke

	Logs                *logs.Store
	LogGroup            string // made if there is none, as Lambda does
	LogFormat           string // JSON; anything else is text
	SystemLogLevel      string // of JSON: DEBUG, INFO or WARN; empty: INFO
	ApplicationLogLevel string // of JSON: TRACE to FATAL; empty: INFO

	Gate   *Gate        // shared by the environments of a machine
	Limits *limits.Host // as well; nil for none
}

// Request is one invocation.
type Request struct {
	ID      string
	ARN     string // as invoked, with the qualifier if there was one
	TraceID string
	Payload []byte

	ClientContext string // JSON, as the invoker gave it; empty for none
}

// Outcome is how an invocation ended.
type Outcome struct {
	Payload       []byte // the response, or the error object
	FunctionError string // "Unhandled", or empty
	ErrorType     string // of a FunctionError, for example Runtime.ExitError or Sandbox.Timedout
	Log           []byte // the last 4 KB of what this invocation logged since its START
	LogWithInit   []byte // the last 4 KB with what was logged before: by an init, whose failure shows only here
}

// Environment is one execution environment. It serves one request at a time.
type Environment struct {
	spec   Spec
	stream string
	log    *journal
	born   bool // the init phase is behind it; only Invoke looks at it

	mu      sync.Mutex
	dir     string   // TMPDIR of the process; empty before the first, and where /tmp is its own
	copies  string   // folder with code and layers of its own, with Cold; empty before the first
	files   *os.File // namespace of the last process, when there is none; nil before the first
	process *process // nil before the first, and after one that was let go
	closed  bool
	left    error // by processes before it
}

// New prepares an environment. It starts nothing: the process is spawned by the
// first Invoke, as a cold start is. It also touches no file: requests that
// arrive together each get an environment one after the other, and the last
// must have its own before the first one's is idle again.
func New(spec Spec) *Environment {
	if spec.InitLimit == 0 {
		spec.InitLimit = InitLimit
		if spec.Provisioned {
			spec.InitLimit = provisionedLimit(spec.Timeout)
		}
	}
	spec.Logs.CreateGroup(spec.LogGroup)
	stream := streamName(spec, time.Now())
	return &Environment{spec: spec, stream: stream, log: newJournal(spec, stream)}
}

// streamName names an environment's log stream as "Configuring CloudWatch log
// groups" gives it: a custom log group may hold several functions, so that the
// function's name stands in the stream's.
// https://docs.aws.amazon.com/lambda/latest/dg/monitoring-cloudwatchlogs-loggroups.html
func streamName(spec Spec, now time.Time) string {
	name := spec.Function
	if spec.LogGroup == "/aws/lambda/"+spec.Function {
		name = ""
	}
	var id [16]byte
	rand.Read(id[:]) // never fails: it crashes the program instead
	return fmt.Sprintf("%s/%s[%s]%s", now.UTC().Format("2006/01/02"), name, spec.Version, hex.EncodeToString(id[:]))
}

// FunctionOf is the name of the function whose environment writes a stream, from
// the stream's name and its group's; empty where it is no environment's.
func FunctionOf(group, stream string) string {
	const date = "2006/01/02/"
	if len(stream) < len(date) {
		return ""
	}
	if _, err := time.Parse(date, stream[:len(date)]); err != nil {
		return ""
	}
	switch name, _, ok := strings.Cut(stream[len(date):], "["); {
	case !ok:
		return ""
	case name == "":
		return strings.TrimPrefix(group, "/aws/lambda/")
	default:
		return name
	}
}

// LogStream is the name of the log stream that the environment writes.
func (e *Environment) LogStream() string { return e.stream }

// Close shuts the process down, kills what is left of its group and all that its
// limits know of, waits for it and removes the environment's files. An Invoke that is
// under way ends as by a crash.
func (e *Environment) Close() error {
	e.mu.Lock()
	e.closed = true
	p, dir, copies, left := e.process, e.dir, e.copies, e.left
	e.mu.Unlock()
	if p != nil {
		e.shutDown(p)
		left = errors.Join(left, p.left)
	}
	e.dropFiles()
	// Of "" too, which removes nothing.
	if err := errors.Join(os.RemoveAll(dir), tree.Remove(copies)); err != nil {
		left = errors.Join(left, fmt.Errorf("remove the environment's files: %w", err))
	}
	return left
}

// Invoke serves one request: on the process that waits for it, or else after
// an init. ctx ends the wait for a place at the gate and nothing else, because
// Lambda runs an invocation to its end once it began. An error is this
// machine's, or ErrLate; whatever the function does is an Outcome.
func (e *Environment) Invoke(ctx context.Context, req Request) (Outcome, error) {
	in := &invocation{Request: req, timeout: e.spec.Timeout, delivered: make(chan struct{}), done: make(chan reply, 1)}
	var out Outcome
	var initDuration *time.Duration

	p, err := e.settle()
	if err != nil {
		return out, err
	}
	if p == nil && !e.born {
		e.born = true
		b, err := e.boot(ctx, e.spec.InitLimit)
		if err != nil {
			e.born = false // nothing was started: the next request is the first
			return out, err
		}
		e.log.initReport(b, "init")
		if b.status == statusSuccess {
			p, initDuration = b.process, &b.took
		}
		ctx = context.WithoutCancel(ctx) // it has begun
	}
	if p == nil {
		// The init phase failed, or the process ended since the last request:
		// a suppressed init, within the function's timeout and its Duration.
		b, err := e.boot(ctx, e.spec.Timeout)
		if err != nil {
			return out, err
		}
		e.log.initReport(b, "invoke")
		in.start, in.suppressed = b.began, true
		if b.status != statusSuccess {
			e.log.start(req)
			return e.finish(out, in, nil, b.reply(in, e.spec.MemoryMB))
		}
		p = b.process
	}
	p.output.drain() // what the init wrote stands before START
	e.log.start(req)
	return e.finish(out, in, initDuration, e.serve(p, in))
}

// waiting returns the process if there is one that lives.
func (e *Environment) waiting() *process {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.process == nil {
		return nil
	}
	select {
	case <-e.process.exited:
		return nil
	default:
		return e.process
	}
}

// serve hands the invocation to the process and waits for its end.
func (e *Environment) serve(p *process, in *invocation) reply {
	limit := in.timeout
	if in.suppressed {
		limit -= time.Since(in.start)
	}
	timer := time.NewTimer(limit)
	defer timer.Stop()
	p.limits.Begin()
	defer p.limits.End()
	p.api.offer(in)
	defer p.api.withdraw(in)
	delivered := in.delivered
	look := time.NewTicker(lookForMemory)
	defer look.Stop()
	for {
		select {
		case <-look.C:
			// What the kernel has killed for its memory ends only when its quota
			// lets it, which may be seconds later.
			if p.limits.OutOfMemory() {
				p.kill()
				return memoryReply(in, p.ended, e.spec.MemoryMB)
			}
		case <-delivered:
			delivered = nil
			if !in.suppressed {
				timer.Reset(in.timeout)
			}
		case r := <-in.done:
			if p.limits.OutOfMemory() { // of a child: the process itself lives
				p.kill()
				return memoryReply(in, r.at, e.spec.MemoryMB)
			}
			e.leash(p, in)
			return r
		case <-p.exited:
			select {
			case r := <-in.done: // answered, then exited
				return r
			default:
			}
			if p.outOfMemory {
				return memoryReply(in, p.ended, e.spec.MemoryMB)
			}
			return exitReply(in, p)
		case <-timer.C:
			p.api.withdraw(in) // the process may be asking right now
			r := timeoutReply(in, p.memoryKB())
			p.kill()
			return r
		}
	}
}

// lookForMemory is how often an invocation under way is asked whether its memory
// was too little.
const lookForMemory = 50 * time.Millisecond

// finish writes what follows an invocation and completes the outcome.
func (e *Environment) finish(out Outcome, in *invocation, initDuration *time.Duration, r reply) (Outcome, error) {
	if p := e.waiting(); p != nil {
		p.output.flush()
	}
	e.log.end(in, initDuration, r)
	out.Payload = r.payload
	switch r.status {
	case statusError:
		out.FunctionError, out.ErrorType = "Unhandled", r.errorType
	case statusTimeout:
		out.FunctionError, out.ErrorType = "Unhandled", timedOut
	}
	var err error
	out.Log, out.LogWithInit, err = e.log.tails()
	return out, err
}

// region is the ARN's fourth part.
func (s Spec) region() string {
	if parts := strings.Split(s.ARN, ":"); len(parts) > 3 {
		return parts[3]
	}
	return ""
}
