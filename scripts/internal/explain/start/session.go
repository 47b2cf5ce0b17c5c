package start

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"strings"
	"time"
)

const api = "/2018-06-01/runtime/"

// session is what one program does at the Runtime API.
type session struct {
	work Work
	over chan struct{} // closed when the program is gone: whoever waits may go
	done chan error    // all work is done, or init failed

	// Only one request of a program is answered at a time, so these need no lock:
	// wait reads them after done.
	asked  time.Time // the first next
	handed time.Time // the last event
	took   []time.Duration
	failed int
}

func newSession(w Work) *session {
	return &session{work: w, over: make(chan struct{}), done: make(chan error, 1)}
}

// wait returns when the work is done, or why it will not be.
func (s *session) wait(ctx context.Context, exited <-chan struct{}) error {
	limit := time.NewTimer(time.Duration(1+s.work.Invocations) * Limit)
	defer limit.Stop()
	select {
	case err := <-s.done:
		return err
	case <-exited:
		return errors.New("the program ended before it asked for an event")
	case <-limit.C:
		return fmt.Errorf("the program was not ready within %s", Limit)
	case <-ctx.Done():
		return ctx.Err()
	}
}

func (h *Host) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	now := time.Now()
	h.mu.Lock()
	s := h.current
	h.mu.Unlock()
	path, ok := strings.CutPrefix(r.URL.Path, api)
	switch {
	case !ok || s == nil:
		http.NotFound(w, r)
	case r.Method == http.MethodGet && path == "invocation/next":
		s.next(w, now)
	case r.Method == http.MethodPost && path == "init/error":
		body, _ := io.ReadAll(io.LimitReader(r.Body, 300)) // for a message only
		w.WriteHeader(http.StatusAccepted)
		s.end(fmt.Errorf("init failed: %q", body))
	case r.Method == http.MethodPost && strings.HasPrefix(path, "invocation/"):
		s.took = append(s.took, now.Sub(s.handed))
		if strings.HasSuffix(path, "/error") {
			s.failed++
		}
		io.Copy(io.Discard, r.Body) // the answer itself is not wanted
		w.WriteHeader(http.StatusAccepted)
	default:
		http.NotFound(w, r)
	}
}

// next hands out an event, or ends the session and holds the program until it is gone.
func (s *session) next(w http.ResponseWriter, now time.Time) {
	if s.asked.IsZero() {
		s.asked = now
	}
	if len(s.took) >= s.work.Invocations {
		s.end(nil)
		<-s.over
		return
	}
	header := w.Header()
	header.Set("Lambda-Runtime-Aws-Request-Id", fmt.Sprintf("00000000-0000-4000-8000-%012d", len(s.took)))
	header.Set("Lambda-Runtime-Deadline-Ms", strconv.FormatInt(now.Add(Limit).UnixMilli(), 10))
	header.Set("Lambda-Runtime-Invoked-Function-Arn", "arn:aws:lambda:us-east-1:123456789012:function:explained")
	header.Set("Content-Type", "application/json")
	s.handed = time.Now()
	w.Write(s.work.Event) // if the program is gone, wait says so
}

func (s *session) end(err error) {
	select {
	case s.done <- err:
	default: // it has ended already
	}
}
