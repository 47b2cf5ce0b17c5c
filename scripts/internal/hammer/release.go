package hammer

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"runtime"
	"slices"
	"sync"
	"time"
)

// attempts is how often a request is given a connection, because the one that
// it had died before the release.
const attempts = 3

// bodyPatience is how long the release waits for HTTP/2 bodies that do not fit
// the server's flow-control window: their rest follows after the release.
const bodyPatience = 100 * time.Millisecond

var errTimeout = errors.New("no whole answer in time")

// Release sends reqs at once and returns a Result for each, in their order,
// when all are answered or failed, or soon after ctx is done.
//
// Everything is prepared before the first byte leaves: bodies are read into
// memory, connections that died since Dial are made anew, and the bytes of
// every request wait, encrypted, beneath TLS. A connection that dies later
// fails its requests; nothing is sent again.
//
// All requests go to the Sender's host, whatever their URLs say, and ctx rules,
// whatever their contexts say. There may be no more of them than Dial was
// asked for.
func (s *Sender) Release(ctx context.Context, reqs []*http.Request) []Result {
	s.release.Lock()
	defer s.release.Unlock()
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	defer context.AfterFunc(s.life, func() { cancel(errClosed) })()
	timer := time.AfterFunc(s.o.Timeout, func() { cancel(errTimeout) })
	defer timer.Stop()

	calls := make([]*call, len(reqs))
	for i, r := range reqs {
		calls[i] = newCall(r)
		if i >= s.n {
			calls[i].refuse(ClassRequest, fmt.Errorf("%d requests on a sender for %d", len(reqs), s.n))
		}
	}
	pending := slices.DeleteFunc(slices.Clone(calls), (*call).ended)
	for try := 0; try < attempts && len(pending) > 0; try++ {
		s.place(ctx, calls, pending)
		await(pending)
		pending = slices.DeleteFunc(pending, func(c *call) bool { return !c.lost() })
	}

	var conns []*conn
	seen := make(map[*conn]bool)
	for _, c := range calls {
		if c.x != nil && !seen[c.x.conn] {
			seen[c.x.conn] = true
			conns = append(conns, c.x.conn)
		}
	}
	timer.Reset(s.o.Timeout)
	if ctx.Err() != nil { // nobody asks for them any more
		conns = nil
	}
	used := measure()
	scheduled := s.volley(conns)
	s.used = used()

	for _, c := range calls {
		if c.x != nil {
			<-c.x.done
		}
	}
	// Closing is all that is left to do with a connection that still sends
	// or whose streams were given up; the error would say that it is closed.
	for _, c := range calls {
		if c.x == nil {
			continue
		}
		if _ = c.x.conn.gate.settle(); c.x.class == ClassTimeout || c.x.class == ClassCanceled {
			_ = c.x.conn.close()
		}
	}
	results := make([]Result, len(calls))
	for i, c := range calls {
		results[i] = c.result(scheduled)
	}
	return results
}

// place starts each of pending on a connection with room, made now where there
// is none. calls are all of the burst: those that wait already take up room.
func (s *Sender) place(ctx context.Context, calls, pending []*call) {
	taken := make(map[*conn]int)
	for _, c := range calls {
		if c.x != nil && !c.ended() {
			taken[c.x.conn]++
		}
	}
	room := 0
	for _, k := range s.living() {
		room += k.room() - taken[k]
	}
	var err error
	if room < len(pending) {
		err = s.connect(ctx, len(pending)-room)
	}
	// One after the other around the connections, so that streams spread evenly.
	free := s.living()
	for i := 0; len(pending) > 0 && len(free) > 0; {
		k := free[i%len(free)]
		if taken[k] >= k.room() {
			free = slices.DeleteFunc(free, func(f *conn) bool { return f == k })
			continue
		}
		taken[k]++
		k.gate.hold()
		pending[0].start(ctx, k, s.since)
		pending = pending[1:]
		i++
	}
	if err == nil {
		err = errClosed
	}
	for _, c := range pending {
		c.refuse(classify(ctx, nil, err), err)
	}
}

// living drops the connections that died and returns the others.
func (s *Sender) living() []*conn {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.conns = slices.DeleteFunc(s.conns, func(k *conn) bool {
		dead := k.room() == 0
		if dead {
			_ = k.close() // it is dead already
		}
		return dead
	})
	return slices.Clone(s.conns)
}

// forget leaves a connection to itself.
func (s *Sender) forget(k *conn) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.conns = slices.DeleteFunc(s.conns, func(o *conn) bool { return o == k })
}

// await returns when the bytes of each call are held, or the call has failed.
func await(calls []*call) {
	for _, c := range calls {
		if c.x == nil {
			continue
		}
		select {
		case <-c.x.headers:
		case <-c.x.done:
		}
	}
	patience := time.After(bodyPatience)
	for _, c := range calls {
		if c.x == nil {
			continue
		}
		x := c.x
		if x.conn.h2 {
			select {
			case <-x.written:
			case <-x.done:
			case <-patience:
				return
			}
			continue
		}
		// net/http says that it wrote a request of HTTP/1.1 before it flushes.
		for _, held := range []chan struct{}{x.written, x.conn.gate.first} {
			select {
			case <-held:
			case <-x.done:
			}
		}
	}
}

// volley opens the gates of conns and returns when it began. As many goroutines
// do so as there are processors. One a connection, each calling net/http when a
// channel closes, was tried: at 500 connections the requests arrived over 1.35
// times the span of raw TLS writes, where the gates took 0.94 (BenchmarkBurst's
// server, 2 processors). One writer, and twice as many, made no clear difference.
func (s *Sender) volley(conns []*conn) time.Duration {
	conns = slices.DeleteFunc(conns, func(k *conn) bool { return k.gate.broken() != nil })
	writers := min(runtime.GOMAXPROCS(0), len(conns))
	barrier := make(chan struct{})
	var ready, wg sync.WaitGroup
	for w := range writers {
		ready.Add(1)
		wg.Go(func() {
			ready.Done()
			<-barrier
			for i := w; i < len(conns); i += writers {
				conns[i].gate.open(s.since)
			}
		})
	}
	ready.Wait()
	at := s.since()
	close(barrier)
	wg.Wait()
	return at
}
