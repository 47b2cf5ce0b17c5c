package bare

import (
	"runtime"
	"strconv"
	"syscall"

	"github.com/coldcrank/coldcrank/lambda/ric/internal/wire"
)

// base is the version of the Runtime API with what all paths have in common.
const base = "/2018-06-01/runtime/"

func connect() *wire.Client {
	host, ok := syscall.Getenv("AWS_LAMBDA_RUNTIME_API")
	if !ok || host == "" {
		fatal("AWS_LAMBDA_RUNTIME_API is not set: this program is started by Lambda or by what stands in for it")
	}
	c, err := wire.New(host)
	if err != nil {
		fatal(err.Error())
	}
	return c
}

// userAgent tells Lambda which runtime client a function has.
var userAgent = wire.Field{Name: "User-Agent", Value: "coldcrank-ric/" + runtime.Version()}

// answerer runs a handler and posts its answer. A failure is left to post; an
// error ends the process.
type answerer func(l *loop, in *Invocation, event []byte) (*failure, error)

// loop serves one event after the other.
type loop struct {
	client *wire.Client
	answer answerer
	trace  string // what _X_AMZN_TRACE_ID was set to
}

func serve(answer answerer) {
	l := loop{client: connect(), answer: answer}
	for {
		if err := l.next(); err != nil {
			fatal(err.Error())
		}
	}
}

// next asks for an event and answers it. An error ends the process.
func (l *loop) next() error {
	a, _, err := l.client.Do("GET", base+"invocation/next", []wire.Field{userAgent}, nil)
	if err != nil {
		return &apiError{"next event", err}
	}
	if a.Status != 200 {
		return refused("next event", &a)
	}
	in, failed := invocation(&a)
	if !isToken(in.RequestID) {
		return &apiError{"next event", errText(`request id "` + in.RequestID + `"`)}
	}
	l.setTrace(in.TraceID)
	if failed == nil {
		failed, err = l.answer(l, in, a.Body)
	}
	if failed == nil || err != nil {
		return err
	}
	if !failed.posted {
		if err := l.post(in.RequestID, "/error", failed.header(), failed.report(maxObject)); err != nil {
			return err
		}
	}
	if failed.exit {
		return errText("the handler panicked: exit")
	}
	return nil
}

// post ends an invocation.
func (l *loop) post(id, what string, header []wire.Field, body []byte) error {
	a, again, err := l.client.Do("POST", base+"invocation/"+id+what, header, body)
	return l.posted(id, what, &a, again, err)
}

// posted looks at what came of a post.
func (l *loop) posted(id, what string, a *wire.Answer, again bool, err error) error {
	switch {
	case err != nil:
		return &apiError{"post of " + id + what, err}
	case a.Status == 202:
		return nil
	case a.Status == 413:
		// Lambda has answered the invocation itself (Function.ResponseSizeTooLarge)
		// and is ready for the next event: a new environment would help nobody.
		say("the answer to " + id + " is larger than Lambda takes: " + words(a))
		return nil
	case again && (a.Status == 400 || a.Status == 403):
		// The first time had arrived, and the connection broke before Lambda's word.
		return nil
	}
	return refused("post of "+id+what, a)
}

// setTrace puts the trace id where AWS's X-Ray SDK looks for it ("Set the
// _X_AMZN_TRACE_ID environment variable" in Building a custom runtime:
// https://docs.aws.amazon.com/lambda/latest/dg/runtimes-custom.html).
func (l *loop) setTrace(id string) {
	if id == l.trace {
		return
	}
	// Setenv refuses values with a zero byte only, which no header line has.
	if err := syscall.Setenv("_X_AMZN_TRACE_ID", id); err == nil {
		l.trace = id
	}
}

// isToken says whether an id can be part of a path as it is.
func isToken(s string) bool {
	for i := range len(s) {
		switch c := s[i]; {
		case 'a' <= c && c <= 'z', 'A' <= c && c <= 'Z', '0' <= c && c <= '9', c == '-', c == '_', c == '.':
		default:
			return false
		}
	}
	return s != ""
}

// apiError says what was asked of the Runtime API and what came of it.
type apiError struct {
	what string
	err  error
}

func (e *apiError) Error() string { return e.what + ": " + e.err.Error() }
func (e *apiError) Unwrap() error { return e.err }

// errText is an error that has nothing but its text.
type errText string

func (e errText) Error() string { return string(e) }

func refused(what string, a *wire.Answer) error {
	return &apiError{what, errText("the Runtime API answered " + strconv.Itoa(a.Status) + ": " + words(a))}
}

// words are what the log has of an answer's body.
func words(a *wire.Answer) string { return string(a.Body[:min(len(a.Body), 1000)]) }

// say writes a line to the function's log. Where stderr takes nothing there is
// nobody to tell.
func say(text string) {
	for line := []byte("ric: " + text + "\n"); len(line) > 0; {
		n, err := syscall.Write(2, line)
		if err != nil && err != syscall.EINTR {
			return
		}
		line = line[max(n, 0):]
	}
}

func fatal(text string) {
	say(text)
	syscall.Exit(1)
}
