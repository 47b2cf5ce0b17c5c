// Package hammer releases bursts of HTTP requests: N requests, prepared to the
// last byte, leave together on connections that were made beforehand.
//
// # How a burst leaves together
//
// Beneath TLS, each connection has a gate. While it is held, net/http (through
// [http.ClientConn]) serialises a request, TLS encrypts it, and the gate keeps
// the bytes. The release is then a tight loop of write(2) on bytes that are
// ready, by a few goroutines that wait at one barrier; nothing is looked up,
// encoded, encrypted or scheduled between the first request and the last.
// With HTTP/2 the streams of a connection leave in one write for each 16 KiB.
//
// # What it does not do
//
// It knows HTTP and nothing of AWS. It follows no redirect, uses no proxy,
// keeps no cookie, decompresses nothing, signs nothing, and never sends a
// request twice. The caller hands in requests that are ready.
package hammer

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"net/url"
	"strings"
	"sync"
	"time"
)

// What a zero value in [Options] means, and the bounds that nobody sets.
const (
	DefaultDialTimeout = 10 * time.Second
	DefaultTimeout     = 60 * time.Second

	// MaxBody is how much of one answer's body is read.
	MaxBody = 64 << 20

	dialsAtOnce = 64 // below the smallest listen backlog in use (128)
)

// Protocol selects the version of HTTP.
type Protocol int

const (
	Auto  Protocol = iota // HTTP/2 where TLS negotiates it, else HTTP/1.1
	HTTP1                 // HTTP/1.1
	HTTP2                 // HTTP/2; without TLS with prior knowledge (RFC 9113, section 3.3)
)

// Options says how to connect and how long to wait. The zero value works.
type Options struct {
	// TLS is cloned. ServerName is taken from the URL where it is empty;
	// NextProtos is replaced, for Protocol decides. Nil means the system's
	// roots.
	TLS      *tls.Config
	Protocol Protocol

	// DialTimeout bounds the making of one connection: name, TCP, TLS and,
	// with HTTP/2, the server's SETTINGS. 0 means DefaultDialTimeout.
	DialTimeout time.Duration
	// Timeout bounds a request from the release to its last byte.
	// 0 means DefaultTimeout.
	Timeout time.Duration

	// Epoch is the zero of every offset in a Result. Take it from time.Now,
	// so that it has a monotonic reading. The zero value means the moment
	// when Dial was called.
	Epoch time.Time
}

// A Sender holds connections to one host. Its methods may be called from any
// goroutine; releases happen one after the other.
type Sender struct {
	o       Options
	n       int
	host    string // host:port as the URL has it
	useTLS  bool
	release sync.Mutex // held by Release and Load
	used    Usage      // of the last Release or Load; under release
	most    int        // connections of a load; 0: as many as files may be open
	life    context.Context
	end     context.CancelCauseFunc // by Close

	mu     sync.Mutex
	addr   string // host:port that is dialled; IP address once it is known
	conns  []*conn
	dialed int // connections made so far
}

// Dial makes the connections for n simultaneous requests to the host of
// rawURL, with TLS done and no request sent: n with HTTP/1.1, as few as the
// server's SETTINGS_MAX_CONCURRENT_STREAMS allows with HTTP/2, with at most 128
// requests on each. The name is
// looked up once, and all connections go to the address that answered first.
//
// The error is a [*DialError] where the host could not be reached, or a
// [*LimitError] where this process may not open as many connections.
func Dial(ctx context.Context, rawURL string, n int, o Options) (*Sender, error) {
	if n < 1 {
		return nil, fmt.Errorf("dial %s: %d requests", rawURL, n)
	}
	u, err := url.Parse(rawURL)
	if err != nil {
		return nil, fmt.Errorf("dial: %w", err)
	}
	if u.Scheme != "http" && u.Scheme != "https" || u.Hostname() == "" {
		return nil, fmt.Errorf("dial %q: want http://host or https://host", rawURL)
	}
	if o.Epoch.IsZero() {
		o.Epoch = time.Now()
	}
	if o.DialTimeout == 0 {
		o.DialTimeout = DefaultDialTimeout
	}
	if o.Timeout == 0 {
		o.Timeout = DefaultTimeout
	}
	port := u.Port()
	if port == "" {
		port = map[string]string{"http": "80", "https": "443"}[u.Scheme]
	}
	s := &Sender{o: o, n: n, host: net.JoinHostPort(u.Hostname(), port), useTLS: u.Scheme == "https"}
	s.addr = s.host
	s.life, s.end = context.WithCancelCause(context.WithoutCancel(ctx))
	if s.useTLS {
		s.o.TLS = tlsConfig(o, u.Hostname())
	}
	if err := s.connect(ctx, n); err != nil {
		return nil, errors.Join(err, s.Close())
	}
	return s, nil
}

func tlsConfig(o Options, host string) *tls.Config {
	c := o.TLS.Clone()
	if c == nil {
		c = &tls.Config{}
	}
	if c.ServerName == "" {
		c.ServerName = strings.TrimSuffix(host, ".")
	}
	switch o.Protocol {
	case HTTP1:
		c.NextProtos = []string{"http/1.1"}
	case HTTP2:
		c.NextProtos = []string{"h2"}
	default:
		c.NextProtos = []string{"h2", "http/1.1"}
	}
	// One record for many HTTP/2 frames: a receiver can decrypt nothing of a
	// record before all of it is there, so its requests arrive at one instant.
	c.DynamicRecordSizingDisabled = true
	return c
}

// connect makes connections until n more requests have room.
func (s *Sender) connect(ctx context.Context, n int) error {
	// The first one says how many are needed, and which address answers.
	first, err := s.dial(ctx)
	if err != nil {
		return err
	}
	free, err := freeFiles()
	if err != nil {
		return err
	}
	room := max(1, first.room())
	missing := (n - 1) / room
	if missing > free {
		return &LimitError{Requested: n, Fits: (1 + free) * room}
	}
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	var wg sync.WaitGroup
	slots := make(chan struct{}, dialsAtOnce)
	for range missing {
		slots <- struct{}{}
		if ctx.Err() != nil {
			break
		}
		wg.Go(func() {
			defer func() { <-slots }()
			if _, err := s.dial(ctx); err != nil {
				cancel(err) // the first error stays the cause
			}
		})
	}
	wg.Wait()
	err = context.Cause(ctx)
	var d *DialError
	if err == nil || errors.As(err, &d) {
		return err
	}
	return &DialError{s.host, classify(ctx, nil, err), err}
}

// Close ends the Release that is under way, with ClassCanceled, and closes all
// connections.
func (s *Sender) Close() error {
	s.end(errClosed)
	s.release.Lock()
	defer s.release.Unlock()
	s.mu.Lock()
	defer s.mu.Unlock()
	var errs []error
	for _, c := range s.conns {
		// One that the peer ended cannot be closed in form, and need not be.
		if err := c.close(); c.gate.broken() == nil {
			errs = append(errs, err)
		}
	}
	s.conns = nil
	return errors.Join(errs...)
}

func (s *Sender) since() time.Duration { return time.Since(s.o.Epoch) }

var errClosed = errors.New("sender is closed")
