package hammer

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"sync"
	"time"
)

const (
	// lead is how long before it is due a request is prepared and waits beneath
	// TLS: longer than the scheduler lets a goroutine wait for one that computes
	// (10 ms).
	lead = 15 * time.Millisecond
	// headStart is the time from Load's call to the zero of the schedule.
	headStart = 4 * lead
	// large is the size of a body above which a request has its connection for
	// itself until it is written: what follows it could not leave in time.
	large = flight / 4
)

// A Load says what Sender.Load sends.
type Load struct {
	Schedule Schedule
	// Request makes the request i, counted from 0, shortly before it is due.
	Request func(i int) (*http.Request, error)
	// Done takes what became of request i. Calls follow each other, in the order
	// in which requests end.
	Done func(i int, r Result)
	// Stop, closed, ends the load: what is not due within a moment is never sent
	// and has no result; what was due and has found no connection fails with
	// ClassCanceled; the answers to all else are waited for. May be nil.
	Stop <-chan struct{}
}

// Load sends requests at their scheduled times, whether or not those before are
// answered, and returns when all are answered or failed, or soon after ctx is
// done.
//
// A request is prepared to the last byte shortly before it is due, as in a burst,
// and one goroutine, which has a thread of its own, writes it when it is.
// Connections are made ahead of need in the background. Where none is free at the
// time, the request is sent late; Result.Sent beside Result.Scheduled says so. One
// that finds no connection within Options.Timeout of its time fails. With HTTP/2, on a
// machine too busy to prepare requests in their order, one may leave with another that
// is behind it on the connection, up to 15 ms before its time. Nothing is sent again, and after ctx is done nothing is sent at all.
//
// The error is of the schedule, or of the first connections.
func (s *Sender) Load(ctx context.Context, l Load) error {
	if err := l.Schedule.Check(); err != nil {
		return err
	}
	s.release.Lock()
	defer s.release.Unlock()
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	defer context.AfterFunc(s.life, func() { cancel(errClosed) })()
	p, err := s.newPool(ctx, l.Schedule.Rate, l.Schedule.Requests())
	if err != nil {
		return err
	}
	defer p.close()
	used := measure()
	defer func() { s.used = used() }()

	r := &load{Load: l, s: s, ctx: ctx, pool: p, ready: make(chan *shot, 1024)}
	paced := make(chan struct{})
	go func() {
		defer close(paced)
		r.pace()
	}()
	start := s.since() + headStart
	i := 0
	for offset := range l.Schedule.Offsets() {
		x := &shot{i: i, due: start + offset}
		if r.until(x.due - lead) {
			r.prepare(x)
		} else if !r.strand(x) {
			break
		}
		i++
	}
	close(r.ready)
	<-paced
	r.open.Wait()
	return nil
}

// load is a Load under way.
type load struct {
	Load
	s     *Sender
	ctx   context.Context
	pool  *pool
	ready chan *shot // prepared, in the order of the schedule
	open  sync.WaitGroup

	mu sync.Mutex // held during Done
}

// shot is one request of a load.
type shot struct {
	i      int
	due    time.Duration // offset from the Epoch
	call   *call
	mark   int // where it ends in the gate; 0: it is not there yet
	cancel context.CancelFunc
	sent   *time.Duration
	tries  int
	alone  bool // its body is large
}

// until waits for a moment; it returns false where the load ends before.
func (r *load) until(at time.Duration) bool {
	timer := time.NewTimer(at - r.s.since())
	defer timer.Stop()
	select {
	case <-timer.C:
		return r.ctx.Err() == nil && !r.stopped()
	case <-r.Stop:
	case <-r.ctx.Done():
	}
	return false
}

func (r *load) stopped() bool {
	select {
	case <-r.Stop:
		return true
	default:
		return false
	}
}

// strand ends a request that the load has come to late: that it would not have been
// sent in time must not be hidden by the end. It returns false for one that was not due
// before Stop, or where ctx is done.
func (r *load) strand(x *shot) bool {
	if r.ctx.Err() != nil || r.s.since() < x.due {
		return false
	}
	x.call = &call{class: ClassCanceled, err: errStopped}
	r.open.Add(1)
	r.end(x)
	return true
}

// prepare makes the request and hands it to pace.
func (r *load) prepare(x *shot) {
	req, err := r.Request(x.i)
	if err != nil {
		x.call = &call{class: ClassRequest, err: fmt.Errorf("make request: %w", err)}
	} else {
		x.call = newCall(req)
	}
	r.open.Add(1)
	if r.place(x) {
		r.ready <- x
	}
}

// place puts a request beneath the TLS of a connection, for which it waits where
// none is free. It returns false where it has come to its end.
func (r *load) place(x *shot) bool {
	if x.call.class != "" {
		r.end(x)
		return false
	}
	x.tries++
	deadline := x.due + r.s.o.Timeout
	x.alone = len(x.call.body) > large
	k, err := r.pool.take(r.ctx, x.alone, deadline-r.s.since(), r.Stop)
	if errors.Is(err, errStopped) && r.s.since() < x.due {
		r.open.Done()
		return false
	}
	if err != nil {
		x.call.refuse(classify(r.ctx, nil, err), err)
		r.end(x)
		return false
	}
	ctx, cancel := context.WithTimeoutCause(r.ctx, deadline-r.s.since(), errTimeout)
	x.cancel = cancel
	x.call.start(ctx, k, r.s.since)
	// What does not get so far, an HTTP/2 body that waits for its window, or a
	// stream whose place was taken back, must not hold up the others.
	patience := time.NewTimer(max(x.due-r.s.since(), time.Millisecond))
	defer patience.Stop()
	if held(x.call.x, x.alone, patience.C) {
		x.mark = k.gate.mark()
	}
	return true
}

// held waits until the bytes of an exchange are in the gate, with HTTP/2 those of
// its header if that is enough, or it has ended.
func held(x *exchange, enough bool, patience <-chan time.Time) bool {
	wait := func(c <-chan struct{}) bool {
		select {
		case <-c:
		case <-x.done:
		case <-patience:
			return false
		}
		return true
	}
	if x.conn.h2 {
		return wait(x.headers) && (enough || wait(x.written))
	}
	return wait(x.headers) && wait(x.written) && wait(x.conn.gate.first)
}

// pace sends what is ready when it is due.
func (r *load) pace() {
	ownThread()
	for x := range r.ready {
		sleepUntil(r.s.since, x.due)
		r.fire(x)
	}
}

// fire sends a request that is in its gate, now.
func (r *load) fire(x *shot) {
	switch e := x.call.x; {
	case r.ctx.Err() != nil: // the gate stays shut
		go func() {
			<-e.done
			r.end(x)
		}()
	case x.tries < attempts && (e.conn.gate.broken() != nil || x.call.ended() && e.class == ClassReset):
		go r.again(x)
	case x.mark == 0:
		go func() {
			held(e, true, nil)
			x.mark = e.extent() // others, not due yet, may be in the gate by now
			r.send(x)
		}()
	default:
		r.send(x)
	}
}

// send opens the gate of a request.
func (r *load) send(x *shot) {
	e := x.call.x
	x.sent = r.pool.fire(e, int(e.mark.Load()), x.mark)
	go func() {
		select {
		case <-e.written:
		case <-e.done:
		}
		if x.alone {
			r.pool.written(e.conn)
		}
		<-e.done
		r.end(x)
	}()
}

// again gives a request another connection, whose own died, or was given notice by a
// GOAWAY that excludes it, before it was sent.
func (r *load) again(x *shot) {
	e := x.call.x
	<-e.done
	if e.conn.gate.broken() != nil {
		r.pool.drop(e.conn)
	} else {
		r.pool.fire(e, 0, x.mark) // others are under way; the server ignores this one
	}
	x.cancel()
	x.mark = 0
	if r.place(x) {
		r.fire(x)
	}
}

// end hands over what became of a request.
func (r *load) end(x *shot) {
	defer r.open.Done()
	if x.cancel != nil {
		x.cancel()
	}
	result := x.call.result(x.due)
	result.Sent = x.sent
	if e := x.call.x; e != nil {
		r.pool.ended(e)
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.Done(x.i, result)
}
