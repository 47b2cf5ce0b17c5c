// Package bare is the runtime client that package ric is made of, for handlers
// without a context: the smallest start of a function in Go.
//
//	func main() {
//		bare.Start(func(_ *bare.Invocation, event []byte) ([]byte, error) {
//			return []byte(`"hello"`), nil
//		})
//	}
//
// Package context brings package time along, and what reads GODEBUG in every
// start: an eighth of the file. What a context says is in the Invocation. Nothing
// ends a handler at its deadline but Lambda, which then ends the environment.
package bare

import "github.com/coldcrank/coldcrank/lambda/ric/internal/wire"

// Handler answers an event. It is ric.Handler without a context.
type Handler func(in *Invocation, event []byte) ([]byte, error)

// Options change what Start does; the zero value is what Start uses.
type Options struct {
	// ContentType is the media type of the answers, application/octet-stream by
	// default. Lambda hands a buffered answer on as it is, whatever the type.
	ContentType string
}

// Start serves events until the process is ended, as ric.Start does.
func Start(h Handler) { StartWith(Options{}, h) }

// StartWith is Start with options.
func StartWith(o Options, h Handler) {
	if h == nil {
		InitError(&Error{Type: "Runtime.NoHandler", Message: "Start was given no handler"})
	}
	if o.ContentType == "" {
		o.ContentType = "application/octet-stream"
	}
	serve(func(l *loop, in *Invocation, event []byte) (*failure, error) {
		out, failed := protect(func() ([]byte, error) { return h(in, event) })
		if failed != nil {
			return failed, nil
		}
		return nil, l.post(in.RequestID, "/response", []wire.Field{userAgent, {Name: "Content-Type", Value: o.ContentType}}, out)
	})
}
