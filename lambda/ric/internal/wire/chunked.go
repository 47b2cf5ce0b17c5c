package wire

import "bytes"

// chunks reads a chunked body (RFC 9112, section 7.1) and its trailers, which
// say nothing to this client. Lambda sends events of more than about 100 kB so.
func (r *reader) chunks() ([]byte, error) {
	var b []byte
	for {
		line, err := r.line()
		if err != nil {
			return nil, err
		}
		size, err := chunkSize(line)
		if err != nil {
			return nil, err
		}
		if size == 0 {
			return b, r.trailers()
		}
		if size > maxBody-len(b) {
			return nil, errMalformed("the body is too long")
		}
		if b == nil {
			b = make([]byte, 0, 2*size)
		} else if free := cap(b) - len(b); free < size {
			b = append(make([]byte, 0, 2*cap(b)+size), b...)
		}
		if b, err = r.take(b, size); err != nil {
			return nil, err
		}
		if line, err = r.line(); err != nil {
			return nil, err
		} else if len(line) > 0 {
			return nil, errMalformed("no line end after a chunk")
		}
	}
}

func (r *reader) trailers() error {
	for total := 0; total < maxHead; {
		line, err := r.line()
		if err != nil || len(line) == 0 {
			return err
		}
		if _, _, ok := field(line); !ok {
			return malformed("trailer", line)
		}
		total += len(line)
	}
	return errMalformed("the trailers are too long")
}

// maxLine is the length of a line between chunks.
const maxLine = 4 << 10

// line reads one line without its CR and LF; it is valid until the next read. A
// lone LF does not end a line here: what is lenient about the ends of chunks can
// be led astray.
func (r *reader) line() ([]byte, error) {
	for {
		if end := bytes.IndexByte(r.buf[r.r:r.w], '\n'); end >= 0 {
			line := r.buf[r.r : r.r+end]
			r.r += end + 1
			if bytes.IndexByte(line, '\r') != end-1 || end == 0 {
				return nil, malformed("line between chunks", line)
			}
			return line[:end-1], nil
		}
		if r.w-r.r > maxLine {
			return nil, errMalformed("a line is too long")
		}
		if err := r.more(); err != nil {
			return nil, err
		}
	}
}

// chunkSize reads the size of a chunk. What follows a semicolon are
// extensions, which nobody has to know.
func chunkSize(line []byte) (int, error) {
	digits := line
	if i := bytes.IndexByte(digits, ';'); i >= 0 {
		digits = digits[:i]
	}
	digits = trimEnd(digits)
	n, ok := parseUint(digits, 16)
	if !ok || len(digits) > 16 {
		return 0, malformed("chunk size", line)
	}
	return n, nil
}
