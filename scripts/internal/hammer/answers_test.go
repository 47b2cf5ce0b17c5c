package hammer

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strconv"
	"sync"
	"testing"
)

func TestAnswers(t *testing.T) {
	each(t, func(t *testing.T, k kind) {
		s := serve(t, k, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			status, err := strconv.Atoi(r.URL.Path[1:])
			if err != nil {
				t.Error(err)
			}
			w.Header().Set("Apigw-Requestid", "id"+r.URL.Path[1:])
			if status == http.StatusFound {
				w.Header().Set("Location", "/404")
			}
			w.WriteHeader(http.StatusEarlyHints)
			w.WriteHeader(status)
		}))
		statuses := []int{200, 204, 302, 429, 500, 503}
		reqs := requests(t, s.URL, len(statuses))
		for i, status := range statuses {
			reqs[i].URL.Path = fmt.Sprintf("/%d", status)
		}
		rs := dial(t, k, s, len(reqs)).Release(t.Context(), reqs)
		for i, status := range statuses {
			answered(t, k, rs[i:i+1], status)
			if got, want := rs[i].Header.Get("apigw-requestid"), fmt.Sprintf("id%d", status); got != want {
				t.Errorf("got id %q, want %q", got, want)
			}
		}
	})
}

// Bodies larger than a flight, a socket's buffer and a flow-control window.
func TestRequestBody(t *testing.T) {
	const n = 5
	each(t, func(t *testing.T, k kind) {
		s := serve(t, k, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if got, want := r.ContentLength, r.Header.Get("X-Length"); strconv.FormatInt(got, 10) != want {
				t.Errorf("got Content-Length %d, want %s", got, want)
			}
			body, err := io.ReadAll(r.Body)
			if err != nil {
				t.Error(err)
			}
			w.Write(body)
		}))
		sender := dial(t, k, s, n)
		for _, size := range []int{0, 1, 5000, 100_000, 3 << 20} {
			body := bytes.Repeat([]byte("0123456789"), size/10+1)[:size]
			var reqs []*http.Request
			for range n {
				// Not a type whose length net/http knows.
				r, err := http.NewRequest("POST", s.URL, io.MultiReader(bytes.NewReader(body)))
				if err != nil {
					t.Fatal(err)
				}
				r.Header.Set("X-Length", strconv.Itoa(size))
				reqs = append(reqs, r)
			}
			rs := sender.Release(t.Context(), reqs)
			answered(t, k, rs, 200)
			for i, r := range rs {
				if r.Bytes != int64(size) {
					t.Errorf("request %d: got %d bytes back, want %d", i, r.Bytes, size)
				}
			}
		}
	})
}

func TestHugeAnswer(t *testing.T) {
	each(t, func(t *testing.T, k kind) {
		s := serve(t, k, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			size, err := strconv.ParseInt(r.URL.Path[1:], 10, 64)
			if err != nil {
				t.Error(err)
			}
			io.CopyN(w, zeros{}, size)
		}))
		sender := dial(t, k, s, 1)
		r := sender.Release(t.Context(), requests(t, fmt.Sprintf("%s/%d", s.URL, MaxBody), 1))[0]
		answered(t, k, []Result{r}, 200)
		if r.Bytes != MaxBody {
			t.Errorf("got %d bytes, want %d", r.Bytes, MaxBody)
		}
		r = sender.Release(t.Context(), requests(t, fmt.Sprintf("%s/%d", s.URL, MaxBody+1), 1))[0]
		if r.Class != ClassTooLarge || r.Status != 200 || r.FirstByte == nil || r.Done != nil {
			t.Errorf("got class %q, error %v, status %d, first byte %v, done %v; want too large", r.Class, r.Err, r.Status, r.FirstByte, r.Done)
		}
	})
}

type zeros struct{}

func (zeros) Read(b []byte) (int, error) { clear(b); return len(b), nil }

// What is no request is not sent, and the others are.
func TestBadRequests(t *testing.T) {
	each(t, func(t *testing.T, k kind) {
		s := serve(t, k, newRendezvous(t, 2))
		reqs := requests(t, s.URL, 6)
		reqs[1].Header.Set("X-Bad", "a\nb")
		reqs[2].Body = io.NopCloser(brokenReader{})
		reqs[3].Method = "NO METHOD"
		for i, r := range dial(t, k, s, 5).Release(t.Context(), reqs) {
			if i == 0 || i == 4 {
				answered(t, k, []Result{r}, 200)
			} else if r.Class != ClassRequest || r.Err == nil || r.Sent != nil {
				t.Errorf("request %d: got class %q, error %v, sent %v; want request, never sent", i, r.Class, r.Err, r.Sent)
			}
		}
	})
}

type brokenReader struct{}

func (brokenReader) Read([]byte) (int, error) { return 0, errors.New("broken") }

// An answer that is not HTTP, and one that stops in the middle.
func TestBadAnswers(t *testing.T) {
	for _, test := range []struct {
		answer string
		want   Class
	}{
		{"SMTP ready\r\n\r\n", ClassProtocol},
		{"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nabc", ClassReset},
		{"HTTP/1.1 200 OK\r\nContent-Le", ClassReset},
		{"", ClassReset},
	} {
		l, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		defer l.Close()
		var wg sync.WaitGroup
		wg.Go(func() {
			c, err := l.Accept()
			if err != nil {
				t.Error(err)
				return
			}
			defer c.Close()
			if _, err := c.Read(make([]byte, 4096)); err != nil {
				t.Error(err)
			}
			io.WriteString(c, test.answer)
		})
		url := "http://" + l.Addr().String()
		s, err := Dial(t.Context(), url, 1, Options{})
		if err != nil {
			t.Fatal(err)
		}
		r := s.Release(t.Context(), requests(t, url, 1))[0]
		if r.Class != test.want || r.Done != nil {
			t.Errorf("answer %q: got class %q, error %v; want %q", test.answer, r.Class, r.Err, test.want)
		}
		if err := s.Close(); err != nil {
			t.Errorf("Close: %v", err)
		}
		wg.Wait()
	}
}
