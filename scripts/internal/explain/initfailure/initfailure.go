// Package initfailure says in one line why a program does not come to its first
// request for an invocation: it ended, it posted an error of its init, or it took too
// long. Whoever starts a program uses its words, so that all say the same.
package initfailure

import (
	"bytes"
	"cmp"
	"encoding/json"
	"fmt"
	"strings"
	"time"
	"unicode"
)

// Error is a program whose init does not succeed. Another start of it would end alike.
type Error struct{ text string }

func (e *Error) Error() string { return e.text }

// Ended is a program that ended by itself. How is as os.ProcessState writes it, output
// what the program wrote, or the end of that.
func Ended(how string, output []byte) *Error {
	text := "the program ended before it asked for an invocation: " + how
	if line := telling(output); line != "" {
		text += ": " + line
	}
	return &Error{text}
}

// Late is a program that did not ask in time.
func Late(limit time.Duration) *Error {
	return &Error{fmt.Sprintf("the program did not ask for an invocation within %v", limit)}
}

// Posted is what a program said to the Runtime API at init/error, an object with
// errorMessage and errorType
// (https://docs.aws.amazon.com/lambda/latest/dg/runtimes-api.html), else a text.
func Posted(body []byte) *Error {
	var object struct{ ErrorMessage, ErrorType string } // names in any case
	text := ""
	if json.Unmarshal(body, &object) == nil {
		text = cmp.Or(object.ErrorMessage, object.ErrorType)
	}
	return &Error{"the init failed: " + cmp.Or(printable([]byte(text)), printable(bytes.TrimSpace(body)), "it does not say why")}
}

// telling is the line of a program's output that says why it ended: the one before a
// traceback of Go's, else the last one. It is fit to be shown.
func telling(output []byte) string {
	var last []byte
	for line := range bytes.Lines(output) {
		line = bytes.TrimSpace(line)
		if bytes.HasPrefix(line, []byte("panic: ")) || bytes.HasPrefix(line, []byte("fatal error: ")) {
			return printable(line)
		}
		if len(line) > 0 {
			last = line
		}
	}
	return printable(last)
}

// printable is the beginning of a text, in one line and without what a terminal would
// obey.
func printable(text []byte) string {
	const most = 200
	s := strings.Map(func(r rune) rune {
		if unicode.IsPrint(r) {
			return r
		}
		return ' '
	}, string(text))
	if r := []rune(s); len(r) > most {
		return string(r[:most]) + "…"
	}
	return s
}
