// Package behave is what the two functions of the conformance test do, whichever
// runtime client they have.
package behave

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"runtime"
	"strconv"
	"strings"
	"sync"
	"time"
)

// Seen is what a runtime client gave to the handler beside the event.
type Seen struct {
	ID, ARN, Tenant, Client, Pool string
	Trace, TraceOfContext         string
	DeadlineMS                    int64
}

// Client makes of a runtime client's own what the two have in common.
type Client struct {
	Seen  func(context.Context) Seen
	Error func(kind, message string) error // one that says itself how it is shown
}

// Pointer, Value and Text are errors of their own types.
type (
	Pointer struct{ text string }
	Value   struct{ text string }
	Text    string
	Broken  struct{}
	Named   string
	Number  float32
)

func (e *Pointer) Error() string { return e.text }
func (e Value) Error() string    { return e.text }
func (e Text) Error() string     { return string(e) }
func (Broken) Error() string     { panic("an error that panics") }
func (n Number) String() string  { return fmt.Sprintf("number %g", float32(n)) }

// Handle does what the event asks for: a word, and after a colon what it is
// about. Whatever else it is comes back.
func (c Client) Handle(ctx context.Context, event []byte) ([]byte, error) {
	word, rest, _ := strings.Cut(string(event), ":")
	switch word {
	case "seen":
		s := c.Seen(ctx)
		s.Trace = os.Getenv("_X_AMZN_TRACE_ID")
		s.TraceOfContext, _ = ctx.Value("x-amzn-trace-id").(string)
		deadline, _ := ctx.Deadline()
		s.DeadlineMS = deadline.UnixMilli()
		return json.Marshal(s)
	case "wait":
		return c.wait(ctx, rest)
	case "error":
		return nil, c.error(rest)
	case "panic":
		c.panic(rest)
	case "exit":
		os.Exit(7)
	case "goexit":
		runtime.Goexit()
	case "nothing":
		return nil, nil
	case "size":
		var n int
		if _, err := fmt.Sscan(rest, &n); err != nil {
			return nil, err
		}
		return []byte(strings.Repeat("x", n)), nil
	}
	return event, nil
}

// wait waits for the deadline, and for another goroutine to have worked meanwhile
// or, where the deadline has passed before, since.
func (c Client) wait(ctx context.Context, how string) ([]byte, error) {
	var wg sync.WaitGroup
	ticks := 0
	wg.Go(func() {
		for ticks < 2 || ctx.Err() == nil {
			ticks++
			time.Sleep(time.Millisecond)
		}
	})
	child, cancel := context.WithTimeout(ctx, time.Minute)
	defer cancel()
	if how == "child" {
		ctx = child
	}
	<-ctx.Done()
	wg.Wait()
	return nil, ctx.Err()
}

// Stream writes what the event asks for: a size for each piece; and panic, deep, or
// any other word for a panic, one in a deep stack, or an error at that place.
func Stream(event []byte, w io.Writer) error {
	for i, word := range strings.Split(string(event), ":") {
		switch word {
		case "panic":
			panic("boom")
		case "deep":
			deep(100)
		}
		n, err := strconv.Atoi(word)
		if err != nil {
			return &Pointer{"failed at " + word}
		}
		if _, err := w.Write([]byte(strings.Repeat(string(rune('a'+i)), n))); err != nil {
			return err
		}
	}
	return nil
}

func (c Client) error(what string) error {
	kind, rest, _ := strings.Cut(what, ":")
	switch kind {
	case "pointer":
		return &Pointer{rest}
	case "value":
		return Value{rest}
	case "text":
		return Text(rest)
	case "large":
		n, err := strconv.Atoi(rest)
		if err != nil {
			return err
		}
		return errors.New(strings.Repeat("x", n))
	case "wrapped":
		return fmt.Errorf("outer: %w", errors.New(rest))
	case "joined":
		return errors.Join(errors.New(rest), fs.ErrNotExist)
	case "path":
		_, err := os.Open(rest)
		return err
	case "own":
		return c.Error("Orders.NotFound", rest)
	case "nil":
		return (*Pointer)(nil)
	case "broken":
		return Broken{}
	}
	return errors.New(rest)
}

func (c Client) panic(what string) {
	kind, rest, _ := strings.Cut(what, ":")
	switch kind {
	case "text":
		panic(rest)
	case "named":
		panic(Named(rest))
	case "error":
		panic(&Pointer{rest})
	case "own":
		panic(c.Error("Orders.NotFound", rest))
	case "number":
		panic(len(rest))
	case "float":
		panic(1e21)
	case "small":
		panic(float32(0.1))
	case "bool":
		panic(rest == "")
	case "stringer":
		panic(Number(2.5))
	case "nil":
		panic(nil)
	case "map":
		var m map[string]int
		m[rest] = 1
	case "pointer":
		var p *Pointer
		fmt.Println(p.text)
	case "index":
		fmt.Println([]byte(rest)[len(rest):][1])
	case "conversion":
		var v any = rest
		fmt.Println(v.(int))
	case "deep":
		deep(100)
	case "method":
		(&Pointer{rest}).fall()
	case "closure":
		func() { panic(rest) }()
	case "struct":
		panic(struct{ A, B int }{1, 2})
	}
}

func deep(n int) int {
	if n == 0 {
		panic("deep")
	}
	return deep(n-1) + 1
}

func (e *Pointer) fall() { panic(e.text) }
