package wire

import (
	"bufio"
	"bytes"
	"errors"
	"io"
	"net"
	"net/http"
	"strings"
	"syscall"
	"testing"
	"time"
)

// serve gives each connection in turn to the next of the functions.
func serve(t *testing.T, conns ...func(net.Conn, *bufio.Reader)) *Client {
	t.Helper()
	l, err := net.Listen("tcp4", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	go func() {
		for _, f := range conns {
			c, err := l.Accept()
			if err != nil {
				return
			}
			f(c, bufio.NewReader(c))
			c.Close()
		}
		l.Close() // the next one is refused
	}()
	c, err := New(l.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.Close)
	return c
}

const accepted = "HTTP/1.1 202 Accepted\r\nContent-Length: 2\r\n\r\nok"

// request reads one request and returns its path and its body, or nothing where
// the connection has ended.
func request(r *bufio.Reader) (path, body string) {
	req, err := http.ReadRequest(r)
	if err != nil {
		return "", ""
	}
	data, err := io.ReadAll(req.Body)
	if err != nil {
		return "", ""
	}
	return req.URL.Path, string(data)
}

func (c *Client) try(t *testing.T, body string) (status int, again bool) {
	t.Helper()
	a, again, err := c.Do("POST", "/path", nil, []byte(body))
	if err != nil {
		t.Fatal(err)
	}
	return a.Status, again
}

func TestRequest(t *testing.T) {
	got := make(chan string, 1)
	c := serve(t, func(conn net.Conn, r *bufio.Reader) {
		req, err := http.ReadRequest(r)
		if err != nil {
			got <- err.Error()
			return
		}
		var b bytes.Buffer
		req.Write(&b)
		got <- b.String()
		io.WriteString(conn, accepted)
	})
	if _, _, err := c.Do("POST", "/a/b", []Field{{"User-Agent", "x"}, {"A", "b\r\nC: d\x00 ü"}}, []byte("body")); err != nil {
		t.Fatal(err)
	}
	want := "POST /a/b HTTP/1.1\r\nHost: " + c.host + "\r\nUser-Agent: x\r\nContent-Length: 4\r\nA: b  C: d  ü\r\n\r\nbody"
	if s := <-got; s != want {
		t.Errorf("got  %q\nwant %q", s, want)
	}
}

// TestOneConnection: requests share a connection, large and small ones.
func TestOneConnection(t *testing.T) {
	sizes := []int{0, 1, small, small + 1, 6 << 20, 3}
	got := make(chan int, len(sizes))
	c := serve(t, func(conn net.Conn, r *bufio.Reader) {
		for range sizes {
			_, body := request(r)
			got <- len(body)
			io.WriteString(conn, accepted)
		}
	})
	for _, n := range sizes {
		status, again := c.try(t, strings.Repeat("x", n))
		if size := <-got; status != 202 || again || size != n {
			t.Errorf("%d bytes: status %d, again %v, %d bytes arrived", n, status, again, size)
		}
	}
}

// TestAnotherConnection: a connection that the server has ended, in whatever
// way, is replaced.
func TestAnotherConnection(t *testing.T) {
	answer := func(text string) func(net.Conn, *bufio.Reader) {
		return func(conn net.Conn, r *bufio.Reader) {
			request(r)
			io.WriteString(conn, text)
		}
	}
	c := serve(t,
		answer("HTTP/1.1 202 Accepted\r\nConnection: close\r\nContent-Length: 0\r\n\r\n"), // request 0; it ends with a word
		answer(accepted),           // 1; it ends without one
		answer(accepted+"more"),    // 2; more has come than an answer
		answer("HTTP/1.1 202 Acc"), // 3; the answer breaks off
		func(conn net.Conn, r *bufio.Reader) { // 3 again, then a reset in 4
			request(r)
			io.WriteString(conn, accepted)
			request(r)
			conn.(*net.TCPConn).SetLinger(0)
		},
		answer(accepted)) // 4 again
	for i, want := range []bool{false, false, true, true, true} {
		if status, again := c.try(t, "x"); status != 202 || again != want {
			t.Errorf("request %d: status %d, again %v, want %v", i, status, again, want)
		}
	}
}

// TestSentBack: a body that is sent back is whole in the second attempt as well,
// whatever came of an answer in the first.
func TestSentBack(t *testing.T) {
	const event = "an event, as it came"
	got := make(chan string, 2)
	c := serve(t,
		func(conn net.Conn, r *bufio.Reader) {
			request(r)
			io.WriteString(conn, "HTTP/1.1 200 OK\r\nContent-Length: 20\r\n\r\n"+event)
			_, body := request(r)
			got <- body
			io.WriteString(conn, "HTTP/1.1 202 Accepted\r\nThis-Answer: breaks off after it has filled the buffer of the one before\r\n")
		},
		func(conn net.Conn, r *bufio.Reader) {
			_, body := request(r)
			got <- body
			io.WriteString(conn, accepted)
		})
	a, _, err := c.Do("GET", "/", nil, nil)
	if err != nil {
		t.Fatal(err)
	}
	if _, again, err := c.Do("POST", "/", nil, a.Body); err != nil || !again {
		t.Fatalf("again %v, %v", again, err)
	}
	for range 2 {
		if body := <-got; body != event {
			t.Errorf("%q was sent, want %q", body, event)
		}
	}
}

// TestEarlyAnswer: a server that answers before it has the whole body, and reads
// no further, is heard.
func TestEarlyAnswer(t *testing.T) {
	c := serve(t, func(conn net.Conn, r *bufio.Reader) {
		if _, err := http.ReadRequest(r); err != nil {
			return
		}
		io.WriteString(conn, "HTTP/1.1 413 Request Entity Too Large\r\nContent-Length: 3\r\n\r\nbig")
		conn.(*net.TCPConn).CloseWrite()
		io.Copy(io.Discard, r) // closing with bytes unread would reset the connection
	})
	a, again, err := c.Do("POST", "/", nil, make([]byte, 8<<20))
	if err != nil || again || a.Status != 413 || string(a.Body) != "big" {
		t.Errorf("%d %s, again %v, %v", a.Status, a.Body, again, err)
	}
}

func TestErrors(t *testing.T) {
	hangUp := func(_ net.Conn, r *bufio.Reader) { request(r) }
	c := serve(t, hangUp, hangUp)
	if _, again, err := c.Do("GET", "/", nil, nil); err != io.EOF || !again {
		t.Errorf("server that hangs up twice: %v, again %v", err, again)
	}
	// The listener closes after its last connection.
	for end := time.Now().Add(10 * time.Second); ; {
		_, again, err := c.Do("GET", "/", nil, nil)
		if errors.Is(err, syscall.ECONNREFUSED) && !again && strings.Contains(err.Error(), c.host) {
			break
		}
		if time.Now().After(end) {
			t.Fatalf("no server: %v, again %v", err, again)
		}
	}
	nonsense := serve(t, func(conn net.Conn, r *bufio.Reader) {
		request(r)
		io.WriteString(conn, "SSH-2.0-OpenSSH\r\n\r\n")
	})
	if _, again, err := nonsense.Do("GET", "/", nil, nil); err == nil || again {
		t.Errorf("nonsense: %v, again %v", err, again)
	}
}
