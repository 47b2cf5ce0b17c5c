package start

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/coldcrank/coldcrank/lambda/local"
	"github.com/coldcrank/coldcrank/scripts/internal/explain/initfailure"
)

const api = "/2018-06-01/runtime/"

// session is what one program does at the Runtime API.
type session struct {
	work  Work
	over  chan struct{} // closed when the program is gone: whoever waits may go
	done  chan error    // all work is done, or init failed
	moved chan struct{} // it has asked for an event, from when on another limit counts

	extensions http.Handler

	mu     sync.Mutex // a program may ask on several connections
	asked  time.Time  // the first next
	handed time.Time  // the event that is not answered yet; zero: there is none
	took   []time.Duration
	failed int
}

func newSession(w Work) *session {
	return &session{
		work: w, over: make(chan struct{}), done: make(chan error, 1), moved: make(chan struct{}, 1), extensions: local.Extensions(),
	}
}

// errEnded is a program that ended by itself before its first event.
var errEnded = errors.New("it ended")

// wait returns when the work is done, or why it will not be.
func (s *session) wait(ctx context.Context, exited <-chan struct{}) error {
	limit := time.NewTimer(Limit)
	defer limit.Stop()
	for {
		select {
		case err := <-s.done:
			return err
		case <-exited:
			select {
			case err := <-s.done: // what it said before it ended
				return err
			default:
			}
			s.mu.Lock()
			defer s.mu.Unlock()
			if !s.asked.IsZero() {
				return fmt.Errorf("the program ended after %d of %d invocations", len(s.took), s.work.Invocations)
			}
			return errEnded
		case <-s.moved:
			limit.Reset(Limit)
		case <-limit.C:
			s.mu.Lock()
			defer s.mu.Unlock()
			if !s.asked.IsZero() {
				return fmt.Errorf("the program did not end invocation %d of %d within %s", len(s.took)+1, s.work.Invocations, Limit)
			}
			return initfailure.Late(Limit)
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

// found is what the session has seen.
func (s *session) found(began time.Time) Start {
	s.mu.Lock()
	defer s.mu.Unlock()
	return Start{Init: s.asked.Sub(began), Invocations: s.took, Failed: s.failed}
}

func (h *Host) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	now := time.Now()
	h.mu.Lock()
	s := h.current
	h.mu.Unlock()
	path, ok := strings.CutPrefix(r.URL.Path, api)
	switch {
	case s == nil:
		http.NotFound(w, r)
	case !ok:
		s.extensions.ServeHTTP(w, r)
	case r.Method == http.MethodGet && path == "invocation/next":
		s.next(w, now)
	case r.Method == http.MethodPost && path == "init/error":
		body, _ := io.ReadAll(io.LimitReader(r.Body, 64<<10)) // for a message only
		w.WriteHeader(http.StatusAccepted)
		s.end(initfailure.Posted(body))
	case r.Method == http.MethodPost && strings.HasPrefix(path, "invocation/"):
		s.answered(w, r, now)
	default:
		http.NotFound(w, r)
	}
}

// next hands out an event, or ends the session and holds the program until it is gone.
func (s *session) next(w http.ResponseWriter, now time.Time) {
	s.mu.Lock()
	if s.asked.IsZero() {
		s.asked = now
	}
	n := len(s.took)
	if n >= s.work.Invocations || !s.handed.IsZero() {
		s.mu.Unlock()
		if n >= s.work.Invocations {
			s.end(nil)
		}
		<-s.over // one event at a time
		return
	}
	header := w.Header()
	header.Set("Lambda-Runtime-Aws-Request-Id", fmt.Sprintf("00000000-0000-4000-8000-%012d", n))
	header.Set("Lambda-Runtime-Deadline-Ms", strconv.FormatInt(now.Add(Limit).UnixMilli(), 10))
	header.Set("Lambda-Runtime-Invoked-Function-Arn", "arn:aws:lambda:us-east-1:123456789012:function:explained")
	header.Set("Content-Type", "application/json")
	s.handed = time.Now()
	select {
	case s.moved <- struct{}{}:
	default:
	}
	s.mu.Unlock()
	w.Write(s.work.Event) // if the program is gone, wait says so
}

// answered takes the answer to the event that was handed out; what it says is not
// wanted.
func (s *session) answered(w http.ResponseWriter, r *http.Request, now time.Time) {
	s.mu.Lock()
	if s.handed.IsZero() {
		s.mu.Unlock()
		http.Error(w, "no event is waiting for an answer", http.StatusBadRequest)
		return
	}
	s.took = append(s.took, now.Sub(s.handed))
	s.handed = time.Time{}
	if strings.HasSuffix(r.URL.Path, "/error") {
		s.failed++
	}
	s.mu.Unlock()
	io.Copy(io.Discard, r.Body) // a program that breaks off has answered
	w.WriteHeader(http.StatusAccepted)
}

func (s *session) end(err error) {
	select {
	case s.done <- err:
	default: // it has ended already
	}
}
