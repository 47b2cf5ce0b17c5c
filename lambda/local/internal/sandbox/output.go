package sandbox

import (
	"bytes"
	"fmt"
	"os"
	"sync"
	"syscall"
)

// maxLine is where a line of output is split into events. An event is at most
// 1 MB, of which 26 bytes are counted beside the message:
// https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_PutLogEvents.html
// It was 256 KB until April 2025, and Lambda was seen to split at 26 bytes less
// (https://stackoverflow.com/questions/77175643).
const maxLine = 1<<20 - 26

// output reads what a process writes to stdout and stderr: one pipe for both,
// so that the order is kept.
//
// Its reader runs by itself, and drain reads in the caller's goroutine what
// the process wrote so far: so the lines of an invocation stand in the log
// before its END and REPORT. Both read without blocking, under mu.
type output struct {
	reader *os.File
	raw    syscall.RawConn
	emit   func(lines []string)

	mu      sync.Mutex
	buffer  []byte
	partial []byte
}

// newOutput returns the reader and the end for the process.
func newOutput(emit func(lines []string)) (*output, *os.File, error) {
	r, w, err := os.Pipe()
	if err != nil {
		return nil, nil, fmt.Errorf("make the pipe for output: %w", err)
	}
	raw, err := r.SyscallConn()
	if err != nil {
		r.Close()
		w.Close()
		return nil, nil, fmt.Errorf("make the pipe for output: %w", err)
	}
	return &output{reader: r, raw: raw, emit: emit, buffer: make([]byte, 16<<10)}, w, nil
}

// run reads until close, or until nobody has the other end any more.
func (o *output) run() {
	for open := true; open; {
		// An error is the file closed.
		if o.raw.Read(func(fd uintptr) bool {
			n, err := o.read(int(fd))
			open = n > 0 || err == syscall.EAGAIN
			return err != syscall.EAGAIN
		}) != nil {
			return
		}
	}
}

// drainLimit bounds what one drain reads: more than a pipe holds, and no
// endless loop when the process writes on and on.
const drainLimit = 1 << 20

// drain hands on every line that was written before it was called.
func (o *output) drain() {
	o.raw.Control(func(fd uintptr) {
		for got := 0; got < drainLimit; {
			n, err := o.read(int(fd))
			if err != nil || n <= 0 {
				break
			}
			got += n
		}
	}) // an error is the file closed, after a drain
}

// flush drains, and hands on an unfinished last line.
func (o *output) flush() {
	o.drain()
	o.mu.Lock()
	defer o.mu.Unlock()
	if len(o.partial) > 0 {
		o.emit([]string{string(o.partial)})
		o.partial = nil
	}
}

// close flushes and frees the pipe.
func (o *output) close() {
	o.flush()
	o.reader.Close()
}

// read reads once and hands on the lines that are complete.
func (o *output) read(fd int) (int, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	var n int
	var err error
	for {
		if n, err = syscall.Read(fd, o.buffer); err != syscall.EINTR {
			break
		}
	}
	if n <= 0 {
		return n, err
	}
	o.partial = append(o.partial, o.buffer[:n]...)
	var lines []string
	for {
		end := bytes.IndexByte(o.partial, '\n') + 1
		if end == 0 && len(o.partial) < maxLine {
			break
		}
		if end == 0 || end > maxLine {
			end = maxLine
		}
		lines = append(lines, string(o.partial[:end]))
		o.partial = o.partial[end:]
	}
	if len(o.partial) == 0 {
		o.partial = nil // do not keep a long line's memory
	}
	if lines != nil {
		o.emit(lines)
	}
	return n, nil
}
