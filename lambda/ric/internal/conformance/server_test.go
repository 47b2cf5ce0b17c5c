// Package conformance has no code: its tests run one function on lambda/ric and
// on aws-lambda-go as real programs, and hold what the one posts against what
// the other posts; and they run it on what stands in for Lambda.
package conformance

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
)

// event is an answer to /next.
type event struct {
	header map[string]string // beside what every event has; an empty value takes one away
	body   string
	raw    string // the answer, byte by byte; the connection ends after it
}

// post is what a program sent beside /next.
type post struct {
	path    string
	header  http.Header
	body    string
	trailer http.Header
	chunked bool
}

// script is what a server does.
type script struct {
	events []event
	status int  // of the answers to posts, 202 by default
	hints  bool // an interim answer comes before each event, and names of header lines are in lower case
	close  bool // the connection ends after each answer
	idle   bool // it ends after each answer without a word
	term   bool // a program that asks for one event more than there are gets SIGTERM
	noExts bool // there is no Extensions API
}

// server is a Runtime API that follows a script and records posts.
type server struct {
	script
	addr  string
	asked chan struct{} // gets a word when a program asks for an event and there is none left

	mu    sync.Mutex
	given int
	posts []post
}

const requestID = "8476a536-e9f4-11e8-9739-2dfe598c3fc%d"

// started is the same for both programs.
var started = time.Now()

func (s *server) start(t *testing.T) {
	t.Helper()
	l, err := net.Listen("tcp4", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	s.addr = l.Addr().String()
	s.asked = make(chan struct{}, 1)
	h := &http.Server{Handler: s}
	go h.Serve(l) // ends with ErrServerClosed
	t.Cleanup(func() { h.Close() })
}

func (s *server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if s.close {
		w.Header().Set("Connection", "close")
	}
	if r.URL.Path == "/2018-06-01/runtime/invocation/next" {
		s.next(w, r)
		return
	}
	if r.URL.Path == "/2020-01-01/extension/event/next" {
		<-r.Context().Done()
		return
	}
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return // the connection broke off: the client tries again, or fails
	}
	s.mu.Lock()
	s.posts = append(s.posts, post{r.URL.Path, r.Header, string(body), r.Trailer, r.ContentLength < 0})
	s.mu.Unlock()
	w.Header().Set("Content-Type", "application/json")
	if ext := r.URL.Path == "/2020-01-01/extension/register"; ext && s.noExts {
		w.WriteHeader(http.StatusNotFound)
		return
	} else if ext {
		w.Header().Set("Lambda-Extension-Identifier", "an-extension")
		w.Write([]byte("{}"))
		return
	}
	const answer = `{"status":"OK"}`
	w.Header().Set("Content-Length", fmt.Sprint(len(answer)))
	w.WriteHeader(s.status)
	io.WriteString(w, answer)
	s.end(w)
}

// end ends the connection behind the client's back.
func (s *server) end(w http.ResponseWriter) {
	if !s.idle {
		return
	}
	w.(http.Flusher).Flush()
	if c, _, err := w.(http.Hijacker).Hijack(); err == nil {
		c.Close()
	}
}

func (s *server) next(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	if s.given == len(s.events) {
		s.mu.Unlock()
		select {
		case s.asked <- struct{}{}:
		default:
		}
		<-r.Context().Done()
		return
	}
	e := s.events[s.given]
	s.given++
	n := s.given
	s.mu.Unlock()
	if e.raw != "" {
		c, _, err := w.(http.Hijacker).Hijack()
		if err != nil {
			return
		}
		defer c.Close()
		io.WriteString(c, strings.ReplaceAll(e.raw, "ID", fmt.Sprintf(requestID, n)))
		return
	}
	h := w.Header()
	h.Set("Content-Type", "application/json")
	h.Set("Lambda-Runtime-Aws-Request-Id", fmt.Sprintf(requestID, n))
	h.Set("Lambda-Runtime-Deadline-Ms", fmt.Sprint(started.Add(time.Hour).UnixMilli()))
	h.Set("Lambda-Runtime-Invoked-Function-Arn", "arn:aws:lambda:us-east-2:123456789012:function:custom-runtime")
	h.Set("Lambda-Runtime-Trace-Id", fmt.Sprintf("Root=1-5bef4de7-ad49b0e87f6ef6c87fc2e70%d;Parent=9a9197af755a6419;Sampled=1", n))
	for k, v := range e.header {
		switch h.Del(k); v {
		case "":
		case "soon":
			h.Set(k, fmt.Sprint(time.Now().Add(50*time.Millisecond).UnixMilli()))
		default:
			h.Set(k, v)
		}
	}
	if s.hints {
		w.WriteHeader(http.StatusEarlyHints)
		for k, v := range h {
			delete(h, k)
			h[strings.ToLower(k)] = v
		}
	}
	if len(e.body) <= 100<<10 { // as Lambda does it
		h.Set("Content-Length", fmt.Sprint(len(e.body)))
	}
	io.WriteString(w, e.body)
	s.end(w)
}

// outcome is what came of a program.
type outcome struct {
	posts  []post
	status int // of its exit; -1: it waits for another event
	stderr string
}

// run starts a program at the server and waits until it has asked for one event
// more than there are, or has ended.
func (do script) run(t *testing.T, program string, env ...string) outcome {
	t.Helper()
	s := &server{script: do}
	if s.status == 0 {
		s.status = 202
	}
	s.start(t)
	log, err := os.Create(filepath.Join(t.TempDir(), "stderr"))
	if err != nil {
		t.Fatal(err)
	}
	defer log.Close()
	cmd := exec.Command(program)
	cmd.Env = append([]string{"AWS_LAMBDA_RUNTIME_API=" + s.addr}, env...)
	cmd.Stderr = log
	cmd.Dir = "/"
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	ended := make(chan error, 1)
	go func() { ended <- cmd.Wait() }()
	o := outcome{status: -1}
	select {
	case <-s.asked:
		if s.term {
			if err := cmd.Process.Signal(syscall.SIGTERM); err != nil {
				t.Error(err)
			}
			o.status = exitStatus(t, <-ended)
			break
		}
		cmd.Process.Kill() // or it has ended
		<-ended
	case err := <-ended:
		o.status = exitStatus(t, err)
	case <-time.After(time.Minute):
		cmd.Process.Kill()
		<-ended
		t.Error("it neither asks for another event nor ends")
	}
	text, err := os.ReadFile(log.Name())
	if err != nil {
		t.Fatal(err)
	}
	o.stderr = string(text)
	s.mu.Lock()
	defer s.mu.Unlock()
	o.posts = s.posts
	return o
}

func exitStatus(t *testing.T, err error) int {
	t.Helper()
	var exit *exec.ExitError
	switch {
	case err == nil:
		return 0
	case !errors.As(err, &exit):
		t.Fatal(err)
	}
	return exit.ExitCode()
}

// folder holds the two programs.
var folder string

func TestMain(m *testing.M) {
	os.Exit(func() int {
		var err error
		if folder, err = os.MkdirTemp("", "conformance"); err != nil {
			fmt.Fprintln(os.Stderr, err)
			return 1
		}
		defer os.RemoveAll(folder)
		return m.Run()
	}())
}

// build builds the programs once. It looks at the files of lambda/ric, so that go
// test, which does not know what go build reads, keeps no result from before they
// changed.
var build = sync.OnceValue(func() error {
	err := filepath.WalkDir("../..", func(path string, _ fs.DirEntry, err error) error {
		if err == nil {
			_, err = os.Stat(path)
		}
		return err
	})
	if err != nil {
		return err
	}
	for name, flags := range map[string][]string{"ours": raced, "theirs": nil} {
		args := append([]string{"build", "-trimpath", "-tags=lambda.norpc", "-ldflags=-s -w", "-o", folder + "/"}, flags...)
		if out, err := exec.Command("go", append(args, "./testdata/"+name)...).CombinedOutput(); err != nil {
			return fmt.Errorf("%w\n%s", err, out)
		}
	}
	return nil
})

func program(t testing.TB, name string) string {
	t.Helper()
	if err := build(); err != nil {
		t.Fatal(err)
	}
	return filepath.Join(folder, name)
}
