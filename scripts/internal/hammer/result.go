package hammer

import (
	"context"
	"errors"
	"net/http"
	"slices"
	"strings"
	"time"
)

// A Result is what became of one request. Times are offsets from the Epoch on
// the monotonic clock. A nil pointer means that it did not happen.
type Result struct {
	Scheduled time.Duration  // when it was due: a burst's requests at the opening of the barrier
	Sent      *time.Duration // just before the write(2) with the last byte of its header (HTTP/1.1: its first byte)
	FirstByte *time.Duration // the first byte of the answer, informational ones included
	Done      *time.Duration // the answer was read whole

	Dial     time.Duration  // making its connection: name, TCP, TLS, HTTP/2 SETTINGS; before the release and part of no time above; meaningless where Conn is -1
	TLS      *time.Duration // of that, the handshake
	Conn     int            // number of its connection, from 0 in the order of dialling; -1: it had none
	Protocol string         // as the answer has it: "HTTP/1.1", "HTTP/2.0"

	Status int         // 0: no answer
	Header http.Header // of the answer
	Bytes  int64       // of the answer's body, as they came

	Class Class // "" where the answer was read whole, whatever its status
	Err   error // nil if and only if Class is ""
}

// Class says in one word why a request has no whole answer.
type Class string

const (
	ClassDial     Class = "dial"      // no connection: name, refused, unreachable
	ClassTLS      Class = "tls"       // the handshake failed: certificate, version
	ClassTimeout  Class = "timeout"   // Options.Timeout, Options.DialTimeout or the context's deadline passed
	ClassCanceled Class = "canceled"  // the context was canceled, the Sender closed, or the load stopped before the request was sent
	ClassReset    Class = "reset"     // the peer or the network ended the connection or the stream
	ClassProtocol Class = "protocol"  // the answer is not HTTP
	ClassTooLarge Class = "too large" // the answer's body is above MaxBody
	ClassRequest  Class = "request"   // the request is not valid, or is one too many for the Sender; nothing was sent
)

// Skew is the time from the first to the last Sent of rs: 0 where fewer than
// two were sent.
func Skew(rs []Result) time.Duration {
	var sent []time.Duration
	for _, r := range rs {
		if r.Sent != nil {
			sent = append(sent, *r.Sent)
		}
	}
	if len(sent) == 0 {
		return 0
	}
	return slices.Max(sent) - slices.Min(sent)
}

var errTooLarge = errors.New("answer's body is larger than 64 MiB")

// streamError has the shape of net/http's own type of that name, to which
// errors.As converts it.
type streamError struct {
	StreamID uint32
	Code     uint32
	Cause    error // set where the peer reset the stream
}

func (streamError) Error() string { return "stream error" }

// classify says what err means, which ended a request on c, or before it had a
// connection where c is nil.
func classify(ctx context.Context, c *conn, err error) Class {
	var d *DialError
	var stream streamError
	switch {
	case errors.Is(err, errTooLarge):
		return ClassTooLarge
	case errors.Is(err, errClosed), errors.Is(err, errStopped):
		return ClassCanceled
	case errors.As(err, &d):
		return d.Class
	case ctx.Err() != nil:
		if cause := context.Cause(ctx); errors.Is(cause, errTimeout) || errors.Is(cause, context.DeadlineExceeded) {
			return ClassTimeout
		}
		return ClassCanceled
	case c == nil:
		return ClassDial
	case c.gate.broken() != nil,
		errors.As(err, &stream) && stream.Cause != nil,
		strings.Contains(err.Error(), "GOAWAY"),                 // net/http's errors for it have no type
		strings.Contains(err.Error(), "client conn not usable"): // the same, before the stream had begun
		return ClassReset
	}
	return ClassProtocol
}
