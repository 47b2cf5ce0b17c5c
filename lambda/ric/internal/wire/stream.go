package wire

import "strconv"

// Stream is a POST whose body is sent in chunks, as it is written. It ends with
// End; what is written after an error is dropped, and End returns the error.
type Stream struct {
	c   *Client
	err error
}

// Stream begins a request. Unlike that of Do it is sent once, because its body is
// gone afterwards.
func (c *Client) Stream(path string, header []Field) *Stream {
	s := &Stream{c: c, err: c.connect()}
	if s.err == nil {
		c.out = append(c.head("POST", path, header), "\r\nTransfer-Encoding: chunked\r\n\r\n"...)
	}
	return s
}

// Write sends a chunk.
func (s *Stream) Write(p []byte) (int, error) {
	if s.err != nil || len(p) == 0 { // an empty chunk would be the last one
		return 0, s.err
	}
	c := s.c
	c.out = strconv.AppendInt(c.out, int64(len(p)), 16)
	c.out = append(c.out, "\r\n"...)
	if len(p) <= small {
		c.out = append(append(c.out, p...), "\r\n"...)
		s.flush()
	} else {
		s.flush()
		if s.err == nil {
			s.err = c.conn.write(p)
		}
		c.out = append(c.out, "\r\n"...)
	}
	if s.err != nil {
		return 0, s.err
	}
	return len(p), nil
}

func (s *Stream) flush() {
	if s.err == nil {
		s.err = s.c.conn.write(s.c.out)
	}
	s.c.out = s.c.out[:0]
}

// End sends the last chunk and the trailers, which the header has announced, and
// reads the answer.
func (s *Stream) End(trailers []Field) (Answer, error) {
	c := s.c
	if c.conn == closed {
		return Answer{}, s.err
	}
	c.out = append(c.out, "0"...)
	c.out = append(appendFields(c.out, trailers), "\r\n\r\n"...)
	s.flush()
	return c.receive(s.err)
}
