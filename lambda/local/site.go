package local

import (
	"crypto/tls"
	"errors"
	"io"
	"log"
	"net"
	"net/http"
	"runtime"
	"slices"
	"sync"
	"time"

	"github.com/coldcrank/coldcrank/lambda/local/internal/function"
	"github.com/coldcrank/coldcrank/lambda/local/internal/limits"
	"github.com/coldcrank/coldcrank/lambda/local/internal/logs"
	"github.com/coldcrank/coldcrank/lambda/local/internal/pagecache"
	"github.com/coldcrank/coldcrank/lambda/local/internal/rootfs"
)

// site is what an executor keeps when another assembly takes the place of its
// first: listeners, log groups, the folder for its files, and how environments
// are limited and take turns.
type site struct {
	options  Options // with its defaults
	inits    int
	isolated bool             // environments are in mount namespaces
	cold     *pagecache.Tally // of starts from the disk; nil: they are from the page cache
	warm     error            // why it is nil, though Options.ColdDisk asked for it
	folder   *folder
	limits   *limits.Host
	gate     *function.Gate
	store    *logs.Store
	logger   *log.Logger

	certificate *certificate

	mu       sync.Mutex
	servers  []*server
	fronts   map[string]*server // by what they serve, which is the same API in every assembly
	nextPort int                // 0: any
}

func newSite(o Options) (*site, error) {
	if o.Concurrency <= 0 {
		o.Concurrency = function.DefaultConcurrency
	}
	if o.SimultaneousInits <= 0 {
		o.SimultaneousInits = runtime.NumCPU()
	}
	if o.Log == nil {
		o.Log = io.Discard
	}
	s := &site{
		options: o, inits: o.SimultaneousInits, isolated: rootfs.Permitted() == nil, store: logs.New(),
		logger: log.New(o.Log, "local executor: ", log.LstdFlags), fronts: map[string]*server{}, nextPort: o.Port,
	}
	s.gate = function.NewGate(s.inits, s.unread)
	s.store.Delay, s.store.EmptyPages = o.Lag.Logs, o.Lag.EmptyPages
	keepInherited()
	var err error
	if s.certificate, err = newCertificate(time.Now()); err != nil {
		return nil, err
	}
	if s.folder, err = newFolder(); err != nil {
		return nil, err
	}
	if o.ColdDisk {
		s.startCold()
	}
	if s.limits, err = limits.Open(limits.Options{CPU: limits.Mode(o.Limits.CPU), Memory: limits.Mode(o.Limits.Memory)}); err != nil {
		return nil, errors.Join(err, s.folder.remove())
	}
	return s, nil
}

// close removes what the site has, once nothing runs on it and nothing is served.
func (s *site) close() error {
	return errors.Join(s.limits.Close(), s.folder.remove())
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

// awsAPI is the key of the AWS API's front. Those of HTTP APIs begin with an account.
const awsAPI = "aws"

// front is the server of what has that key, with a listener of its own. A new one
// answers nothing yet.
func (s *site) front(key string, timeout time.Duration) (*server, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if f := s.fronts[key]; f != nil {
		return f, nil
	}
	l, err := net.ListenTCP("tcp", &net.TCPAddr{IP: net.IPv4(127, 0, 0, 1), Port: s.nextPort})
	if err != nil {
		return nil, err
	}
	if s.nextPort > 0 {
		s.nextPort++
	}
	f := &server{
		address: l.Addr().String(), answers: &answers{Handler: http.HandlerFunc(nothing)},
		done: make(chan struct{}), conns: map[*conn]bool{},
	}
	if key != awsAPI {
		f.tls = &tls.Config{Certificates: []tls.Certificate{s.certificate.Certificate}, NextProtos: []string{"h2", "http/1.1"}}
	}
	f.http = http.Server{
		Handler: f, ErrorLog: s.logger, ConnState: f.track, ConnContext: connContext,
		Protocols: protocols(), HTTP2: &http.HTTP2Config{MaxConcurrentStreams: maxStreams},
		// net/http counts ReadTimeout of a new connection from its beginning,
		// WriteTimeout from the end of a request's headers.
		ReadTimeout: idleTimeout, IdleTimeout: idleTimeout, WriteTimeout: timeout,
		// OPTIONS * is a request like others.
		DisableGeneralOptionsHandler: true,
	}
	s.servers, s.fronts[key] = append(s.servers, f), f
	go func() {
		defer close(f.done)
		if err := f.http.Serve(listener{l, f}); !errors.Is(err, http.ErrServerClosed) {
			s.logger.Print(err)
		}
	}()
	return f, nil
}

// unread reports whether a request has reached one of the fronts and waits to
// be read.
func (s *site) unread() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.ContainsFunc(s.servers, (*server).unread)
}
