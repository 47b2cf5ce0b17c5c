package wire

import (
	"bytes"
	"io"
)

const (
	// firstBuffer holds the header and an ordinary event, so that both come with
	// one read.
	firstBuffer = 8 << 10
	// maxHead is what a header may have. A client context has 3,583 bytes at
	// most (ClientContext in the API reference of Invoke), the rest little.
	maxHead = 128 << 10
	// maxBody is more than twice what Lambda sends, which is 6 MB
	// (https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html):
	// a length that is nonsense does not take the function's memory.
	maxBody = 16 << 20
)

// Answer is a response of the Runtime API. Its header is valid until the next
// request of its Client; its body is the caller's, who may send it back.
type Answer struct {
	Status int
	Body   []byte
	head   []byte // status line and header lines
}

// Header returns the value of the first header line with a name, in whatever
// case the server wrote it, or an empty string.
func (a *Answer) Header(name string) string {
	lines := a.head
	nextLine(&lines) // the status line
	for len(lines) > 0 {
		if k, v, ok := field(nextLine(&lines)); ok && equalFold(k, name) {
			return string(v)
		}
	}
	return ""
}

// Number returns the header line's value as a number without sign.
func (a *Answer) Number(name string) (int, bool) { return parseUint([]byte(a.Header(name)), 10) }

// reader reads answers.
type reader struct {
	from io.Reader // reads at least a byte, or has an error
	buf  []byte
	r, w int // what was read and not yet consumed is buf[r:w]
	keep int // consumed, and still needed: buf[:keep]
}

// errMalformed is of a server that does not speak HTTP/1.
type errMalformed string

func (e errMalformed) Error() string { return "malformed answer: " + string(e) }

// malformed names what was read.
func malformed(what string, text []byte) error {
	return errMalformed(what + ` "` + string(text[:min(len(text), 100)]) + `"`)
}

// answer reads the final answer to a request. last says that the connection
// ends with it.
func (r *reader) answer() (a Answer, last bool, err error) {
	if r.buf == nil {
		r.buf = make([]byte, firstBuffer)
	}
	for {
		r.w = copy(r.buf, r.buf[r.r:r.w])
		r.r, r.keep = 0, 0
		f, err := r.head(&a)
		if err != nil {
			return a, true, err
		}
		if a.Status >= 200 {
			a.Body, err = r.body(a.Status, &f)
			// r.buf may be another one by now, the head is where it was.
			a.head = r.buf[:len(a.head)]
			return a, err != nil || f.close || r.r != r.w, err
		}
		// An interim answer (RFC 9110, section 15.2) has no body.
		if a.Status == 101 {
			return a, true, errMalformed("it switches protocols")
		}
	}
}

// framing is what the header says of the body and of the connection.
type framing struct {
	length  int // -1: not said
	chunked bool
	close   bool
}

// head reads status line and header.
func (r *reader) head(a *Answer) (f framing, err error) {
	end := 0
	for from := 0; end == 0; {
		if end = endOfHead(r.buf[:r.w], from); end > 0 {
			break
		}
		if r.w >= maxHead {
			return f, errMalformed("the header is too long")
		}
		from = max(0, r.w-3)
		if err := r.fill(); err != nil {
			if err == io.EOF && r.w > 0 {
				err = io.ErrUnexpectedEOF
			}
			return f, err
		}
	}
	a.head = r.buf[:end]
	r.r, r.keep = end, end

	lines := a.head
	f.length = -1
	if a.Status, f.close, err = statusLine(nextLine(&lines)); err != nil {
		return f, err
	}
	for len(lines) > 0 {
		line := nextLine(&lines)
		if len(line) == 0 {
			break
		}
		k, v, ok := field(line)
		if !ok {
			return f, malformed("header line", line)
		}
		switch {
		case equalFold(k, "content-length"):
			n, ok := parseUint(v, 10)
			if !ok || f.length >= 0 && n != f.length {
				return f, malformed("Content-Length", v)
			}
			f.length = n
		case equalFold(k, "transfer-encoding"):
			// HTTP/1.0 has no chunks (RFC 9112, section 6.1).
			if f.chunked || a.head[7] == '0' || !equalFold(v, "chunked") {
				return f, malformed("Transfer-Encoding", v)
			}
			f.chunked = true
		case equalFold(k, "connection"):
			f.close = f.close || hasToken(v, "close")
		}
	}
	return f, nil
}

// body reads what follows the header (RFC 9112, section 6.3).
func (r *reader) body(status int, f *framing) ([]byte, error) {
	switch {
	case status == 204 || status == 304:
		return nil, nil
	case f.chunked:
		return r.chunks()
	case f.length < 0:
		f.close = true
		return r.rest()
	case f.length > maxBody:
		return nil, errMalformed("the body is too long")
	}
	return r.take(nil, f.length)
}

// rest reads until the server ends the connection.
func (r *reader) rest() ([]byte, error) {
	var b []byte
	for {
		b = append(b, r.buf[r.r:r.w]...)
		r.r = r.w
		if len(b) > maxBody {
			return nil, errMalformed("the body is too long")
		}
		if err := r.fill(); err == io.EOF {
			return b, nil
		} else if err != nil {
			return nil, err
		}
	}
}

// take appends the next n bytes to b.
func (r *reader) take(b []byte, n int) ([]byte, error) {
	at := len(b)
	if free := cap(b) - at; free < n {
		b = append(b[:cap(b)], make([]byte, n-free)...)
	}
	b = b[:at+n]
	have := copy(b[at:], r.buf[r.r:r.w])
	r.r += have
	for at += have; at < len(b); {
		n, err := r.from.Read(b[at:])
		if at += n; at < len(b) && err != nil {
			return nil, unexpected(err)
		}
	}
	return b, nil
}

// fill reads once.
func (r *reader) fill() error {
	if r.w == len(r.buf) {
		if r.r > r.keep {
			r.w = r.keep + copy(r.buf[r.keep:], r.buf[r.r:r.w])
			r.r = r.keep
		} else {
			r.buf = append(r.buf, make([]byte, len(r.buf))...)
		}
	}
	n, err := r.from.Read(r.buf[r.w:])
	if r.w += n; n > 0 {
		return nil
	}
	return err
}

// more is fill where the answer may not end.
func (r *reader) more() error { return unexpected(r.fill()) }

func unexpected(err error) error {
	if err == io.EOF {
		return io.ErrUnexpectedEOF
	}
	return err
}

// endOfHead is the length of the head including its empty line, or 0. Nothing
// before from was without an end.
func endOfHead(b []byte, from int) int {
	for i := from; ; {
		n := bytes.IndexByte(b[i:], '\n')
		if n < 0 {
			return 0
		}
		i += n + 1
		switch {
		case i < len(b) && b[i] == '\n':
			return i + 1
		case i+1 < len(b) && b[i] == '\r' && b[i+1] == '\n':
			return i + 2
		}
	}
}
