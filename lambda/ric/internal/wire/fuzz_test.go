package wire

import (
	"bufio"
	"bytes"
	"io"
	"net/http"
	"testing"
	"testing/iotest"
)

// FuzzAnswer: what this reader takes, net/http takes as well and reads the same
// in it; and where the bytes are cut changes nothing.
func FuzzAnswer(f *testing.F) {
	for _, s := range []string{
		"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello",
		"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5;a=b\r\nhello\r\n0\r\nA: b\r\n\r\n",
		"HTTP/1.1 103 Early Hints\r\nA: b\r\n\r\nHTTP/1.0 202 Accepted\nConnection: close\n\n{}",
		"HTTP/1.1 204 No Content\r\nLambda-Runtime-Aws-Request-Id: 8476a536-e9f4-11e8-9739-2dfe598c3fcd\r\n\r\n",
	} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		whole := reader{from: bytes.NewReader(data)}
		a, _, err := whole.answer()
		bytewise := reader{from: iotest.OneByteReader(bytes.NewReader(data))}
		b, _, err2 := bytewise.answer()
		if (err == nil) != (err2 == nil) || err == nil && (a.Status != b.Status || !bytes.Equal(a.Body, b.Body) || !bytes.Equal(a.head, b.head)) {
			t.Fatalf("%d %q %v, byte by byte %d %q %v", a.Status, a.Body, err, b.Status, b.Body, err2)
		}
		if err != nil {
			return
		}
		status, body, id, err := theirs(data)
		if err != nil {
			t.Fatalf("%d %q, net/http: %v", a.Status, a.Body, err)
		}
		if a.Status != status || !bytes.Equal(a.Body, body) {
			t.Fatalf("%d %q, net/http: %d %q", a.Status, a.Body, status, body)
		}
		if got := a.Header("Lambda-Runtime-Aws-Request-Id"); got != id {
			t.Fatalf("request id %q, net/http: %q", got, id)
		}
	})
}

// theirs reads the final answer as net/http's client does.
func theirs(data []byte) (status int, body []byte, id string, err error) {
	br := bufio.NewReaderSize(bytes.NewReader(data), 64<<10)
	for {
		resp, err := http.ReadResponse(br, nil)
		if err != nil {
			return 0, nil, "", err
		}
		body, err = io.ReadAll(resp.Body)
		if err != nil || resp.StatusCode >= 200 {
			return resp.StatusCode, body, resp.Header.Get("Lambda-Runtime-Aws-Request-Id"), err
		}
	}
}
