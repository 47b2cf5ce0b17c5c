package bare

import (
	"runtime"
	"strconv"

	"github.com/coldcrank/coldcrank/lambda/ric/internal/jsonstring"
)

// Frame is a line of a stack trace.
type Frame struct {
	Path  string // package path and file
	Line  int
	Label string // function or method, without its package
}

// maxFrames is what a stack trace has at most.
const maxFrames = 32

// stack is the stack of the caller's caller, and so on by skip, without the
// runtime's own frames on top, which are those of a panic on its way.
func stack(skip int) (list []Frame) {
	pc := make([]uintptr, maxFrames)
	frames := runtime.CallersFrames(pc[:runtime.Callers(skip, pc)])
	for {
		f, more := frames.Next()
		if f.Function != "" && (len(list) > 0 || !inRuntime(f.Function)) {
			list = append(list, frame(&f))
		}
		if !more {
			return list
		}
	}
}

func inRuntime(function string) bool {
	const prefix = "runtime."
	return len(function) > len(prefix) && function[:len(prefix)] == prefix
}

// frame cuts what comes before the package's own path off a file, and the
// package off a function: the path has as many elements as the package's, and
// the file's name.
func frame(f *runtime.Frame) Frame {
	elements, label := 2, f.Function
	for i := range len(f.Function) {
		if f.Function[i] == '/' {
			elements, label = elements+1, f.Function[i+1:]
		}
	}
	for i := range len(label) {
		if label[i] == '.' {
			label = label[i+1:]
			break
		}
	}
	path := f.File
	for i := len(path) - 1; i >= 0; i-- {
		if path[i] == '/' {
			if elements--; elements == 0 {
				path = path[i+1:]
				break
			}
		}
	}
	return Frame{path, f.Line, label}
}

// appendStack appends a stack trace in the form of aws-lambda-go.
func appendStack(b []byte, stack []Frame) []byte {
	b = append(b, '[')
	for i, f := range stack {
		if i > 0 {
			b = append(b, ',')
		}
		b = append(b, `{"path":`...)
		b = jsonstring.Append(b, []byte(f.Path))
		b = append(b, `,"line":`...)
		b = strconv.AppendInt(b, int64(f.Line), 10)
		b = append(b, `,"label":`...)
		b = jsonstring.Append(b, []byte(f.Label))
		b = append(b, '}')
	}
	return append(b, ']')
}
