package wire

import (
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"
	"testing/iotest"
)

// read reads one answer of a text, in one piece and, unless it is large, byte by
// byte.
func read(t *testing.T, text string) (a Answer, last bool, err error) {
	t.Helper()
	whole := reader{from: strings.NewReader(text)}
	a, last, err = whole.answer()
	if len(text) > 200_000 {
		return a, last, err
	}
	bytewise := reader{from: iotest.OneByteReader(strings.NewReader(text))}
	b, _, err2 := bytewise.answer()
	if (err == nil) != (err2 == nil) || err == nil && (a.Status != b.Status || string(a.Body) != string(b.Body) || string(a.head) != string(b.head)) {
		t.Errorf("%.100q: %d %.100q %v, byte by byte %d %.100q %v", text, a.Status, a.Body, err, b.Status, b.Body, err2)
	}
	return a, last, err
}

func TestAnswer(t *testing.T) {
	large := strings.Repeat("0123456789abcdef", 1<<16) // 1 MB
	for _, c := range []struct {
		name, text string
		status     int
		body       string
		last       bool
	}{
		{"length", "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello", 200, "hello", false},
		{"no reason", "HTTP/1.1 200\r\nContent-Length: 0\r\n\r\n", 200, "", false},
		{"case of names", "HTTP/1.1 202 Accepted\r\ncOnTeNt-LeNgTh:2\r\n\r\nok", 202, "ok", false},
		{"spaces around a value", "HTTP/1.1 200 OK\r\nContent-Length: \t 2 \t\r\n\r\nok", 200, "ok", false},
		{"length twice", "HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Length: 2\r\n\r\nok", 200, "ok", false},
		{"lone LF", "HTTP/1.1 200 OK\nContent-Length: 2\n\nok", 200, "ok", false},
		{"no body", "HTTP/1.1 204 No Content\r\n\r\n", 204, "", false},
		{"until the end", "HTTP/1.1 200 OK\r\n\r\nhello", 200, "hello", true},
		{"connection ends", "HTTP/1.1 200 OK\r\nConnection: x, Close\r\nContent-Length: 2\r\n\r\nok", 200, "ok", true},
		{"HTTP/1.0", "HTTP/1.0 200 OK\r\nContent-Length: 2\r\n\r\nok", 200, "ok", true},
		{"more than was asked for", "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nokHTTP/1.1", 200, "ok", true},
		{"interim", "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok", 200, "ok", false},
		{"chunks", "HTTP/1.1 200 OK\r\nTransfer-Encoding: Chunked\r\n\r\n5\r\nhello\r\n1;x=y\r\n \r\n005 \r\nworld\r\n0\r\n\r\n", 200, "hello world", false},
		{"chunks and a length", "HTTP/1.1 200 OK\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n", 200, "ok", false},
		{"trailers", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\nA: b\r\nC: d\r\n\r\n", 200, "ok", false},
		{"no chunk", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 200, "", false},
		{"large", fmt.Sprintf("HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%s", len(large), large), 200, large, false},
		{"large, in chunks", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" + inChunks(large, 4096) + inChunks(large, 700_000) + "0\r\n\r\n", 200, large + large, false},
		{"many small chunks", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" + inChunks(large[:40_000], 1) + "0\r\n\r\n", 200, large[:40_000], false},
		{"large, until the end", "HTTP/1.1 200 OK\r\n\r\n" + large, 200, large, true},
		{"long header", "HTTP/1.1 200 OK\r\nA: " + large[:100_000] + "\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n", 200, "ok", false},
	} {
		t.Run(c.name, func(t *testing.T) {
			a, last, err := read(t, c.text)
			if err != nil || a.Status != c.status || string(a.Body) != c.body || last != c.last {
				t.Errorf("%d, %d bytes (%.40q), last %v, %v, want %d, %d bytes, %v", a.Status, len(a.Body), a.Body, last, err, c.status, len(c.body), c.last)
			}
		})
	}
}

func inChunks(s string, size int) string {
	var b strings.Builder
	for ; len(s) > 0; s = s[min(size, len(s)):] {
		fmt.Fprintf(&b, "%x\r\n%s\r\n", min(size, len(s)), s[:min(size, len(s))])
	}
	return b.String()
}

func TestMalformed(t *testing.T) {
	const ok = "HTTP/1.1 200 OK\r\n"
	for _, text := range []string{
		"SSH-2.0-OpenSSH\r\n\r\n",
		"HTTP/2.0 200 OK\r\n\r\n",
		"HTTP/1.1 20 OK\r\n\r\n",
		"HTTP/1.1 099 OK\r\n\r\n",
		"HTTP/1.1 2000\r\n\r\n",
		"HTTP/1.1 101 Switching Protocols\r\n\r\n",
		ok + "no colon\r\n\r\n",
		ok + ": no name\r\n\r\n",
		ok + "A: b\r\n continued\r\n\r\n",
		ok + "Content-Length : 2\r\n\r\nok",
		ok + "Content-Length: -1\r\n\r\n",
		ok + "Content-Length: +2\r\n\r\nok",
		ok + "Content-Length: 0x2\r\n\r\nok",
		ok + "Content-Length: \r\n\r\n",
		ok + "Content-Length: 2\r\nContent-Length: 3\r\n\r\nok!",
		ok + "Content-Length: 99999999999999999999\r\n\r\n",
		ok + "Content-Length: 9223372036854775807\r\n\r\n",
		ok + "Transfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n",
		ok + "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
		"HTTP/1.0 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
		ok + "Transfer-Encoding: chunked\r\n\r\n\r\n0\r\n\r\n",
		ok + "Transfer-Encoding: chunked\r\n\r\n-1\r\n\r\n",
		ok + "Transfer-Encoding: chunked\r\n\r\n1_0\r\n\r\n",
		ok + "Transfer-Encoding: chunked\r\n\r\nffffffffffffffff\r\n\r\n",
		ok + "Transfer-Encoding: chunked\r\n\r\n7fffffffffffffff\r\n\r\n",
		ok + "Transfer-Encoding: chunked\r\n\r\n2\r\nok!\r\n0\r\n\r\n",
		ok + "Transfer-Encoding: chunked\r\n\r\n2\nok\n0\n\n",
		ok + "Transfer-Encoding: chunked\r\n\r\n2;" + strings.Repeat("x", 1<<20) + "\r\n",
		ok + "Transfer-Encoding: chunked\r\n\r\n0\r\n" + strings.Repeat("x: y\r\n", 1<<16) + "\r\n",
		ok + "Transfer-Encoding: chunked\r\n\r\n2;\r\r\nok\r\n0\r\n\r\n",
		ok + "Transfer-Encoding: chunked\r\n\r\n0\r\nno colon\r\n\r\n",
		ok + strings.Repeat("x: y\r\n", 1<<16) + "\r\n",
		ok + "\r\n" + strings.Repeat("x", maxBody+1),
	} {
		_, last, err := read(t, text)
		var malformed errMalformed
		if !errors.As(err, &malformed) || !last {
			t.Errorf("%.120q: %v, last %v, want a malformed answer and a connection that is not used again", text, err, last)
		}
	}
}

// TestBrokenOff cuts an answer off at each of its bytes.
func TestBrokenOff(t *testing.T) {
	for _, text := range []string{
		"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello",
		"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\nA: b\r\n\r\n",
	} {
		for n := range text {
			want := io.ErrUnexpectedEOF
			if n == 0 || n == strings.Index(text, "HTTP/1.1 200") {
				want = io.EOF // nothing of an answer has come
			}
			if _, _, err := read(t, text[:n]); err != want {
				t.Errorf("%q: %v, want %v", text[:n], err, want)
			}
		}
	}
}

func TestHeader(t *testing.T) {
	a, _, err := read(t, "HTTP/1.1 200 OK\r\nLAMBDA-runtime-Aws-Request-Id: 8476a536\r\nEmpty:\r\nTwice: 1\r\nTwice: 2\r\nLambda-Runtime-Deadline-Ms: 1542409706888\r\nContent-Length: 0\r\n\r\n")
	if err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]string{"Lambda-Runtime-Aws-Request-Id": "8476a536", "Empty": "", "Twice": "1", "Absent": "", "HTTP/1.1 200 OK": ""} {
		if got := a.Header(name); got != want {
			t.Errorf("%s: %q, want %q", name, got, want)
		}
	}
	if n, ok := a.Number("lambda-runtime-deadline-ms"); n != 1542409706888 || !ok {
		t.Errorf("number %d, %v", n, ok)
	}
	if n, ok := a.Number("Absent"); ok {
		t.Errorf("a number that is not there is %d", n)
	}
}

// TestAnswersInTurn: one reader reads answer after answer, whatever it had to
// hold of the ones before.
func TestAnswersInTurn(t *testing.T) {
	var text strings.Builder
	for i := range 50 {
		body := strings.Repeat("x", i*i*37)
		if i%2 == 0 {
			fmt.Fprintf(&text, "HTTP/1.1 200 OK\r\nI: %d\r\nContent-Length: %d\r\n\r\n%s", i, len(body), body)
		} else {
			fmt.Fprintf(&text, "HTTP/1.1 200 OK\r\nI: %d\r\nTransfer-Encoding: chunked\r\n\r\n%s0\r\n\r\n", i, inChunks(body, 1+i*100))
		}
	}
	r := reader{from: iotest.HalfReader(strings.NewReader(text.String()))}
	for i := range 50 {
		a, _, err := r.answer()
		if n, _ := a.Number("I"); err != nil || n != i || len(a.Body) != i*i*37 {
			t.Fatalf("answer %d: number %d, %d bytes, %v", i, n, len(a.Body), err)
		}
	}
}
