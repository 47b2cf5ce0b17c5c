package dataset

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"sync"
)

// Writer writes the results file of one run. Its methods may be called from
// several goroutines. After an error of Write or Sync the file may end in a
// part of a line; every later call returns that error again.
type Writer struct {
	mu      sync.Mutex
	file    *os.File
	buf     *bufio.Writer
	name    string // the path that exists: partial, or final after Finish
	final   string
	header  span
	targets map[string]bool
	order   []span // where the newest line of each sample stands, in order of first appearance
	place   map[key]int
	size    int64 // bytes written, buffered ones included
	err     error // the first one, of Write or Sync
	closed  bool
}

// span is a line in the partial file, its newline included, or several lines.
type span struct{ offset, length int64 }

// errClosed is returned by a Writer after Finish or Close.
var errClosed = errors.New("results file is closed")

// Create starts the results file of a run in dir, which is made if missing. It
// sets h.Schema. h.Run and h.Started name the file; the keys of h.Targets must
// differ. When Create returns, the header is on disk.
func Create(dir string, h Header) (*Writer, error) {
	w, err := createIn(dir, h)
	if err != nil {
		return nil, fmt.Errorf("create results file: %w", err)
	}
	return w, nil
}

func createIn(dir string, h Header) (_ *Writer, err error) {
	h.Schema = Schema
	if h.Started.IsZero() {
		return nil, errors.New("header without a time of start")
	}
	if h.Run == "" || strings.Trim(h.Run, "0123456789abcdefghijklmnopqrstuvwxyz") != "" {
		return nil, fmt.Errorf("run id %q is not made of digits and small letters", h.Run)
	}
	targets := make(map[string]bool, len(h.Targets))
	for _, t := range h.Targets {
		if targets[t.Key] {
			return nil, fmt.Errorf("target %q stands twice in the header", t.Key)
		}
		targets[t.Key] = true
	}
	if err := os.MkdirAll(dir, 0o777); err != nil {
		return nil, err
	}
	base := filepath.Join(dir, h.Started.UTC().Format(timeLayout)+"-"+h.Run)
	for _, name := range []string{base + extension, base + partialExt} {
		if _, err := os.Lstat(name); !errors.Is(err, os.ErrNotExist) {
			return nil, errors.Join(fmt.Errorf("%s: %w", name, os.ErrExist), err)
		}
	}

	// The partial file appears with its header or not at all: whoever finds one
	// can read it, whenever the run was killed.
	f, err := os.CreateTemp(dir, ".header-*")
	if err != nil {
		return nil, err
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, f.Close(), removeIfThere(f.Name()))
		}
	}()
	w := &Writer{
		file: f, buf: bufio.NewWriterSize(f, 1<<16),
		name: base + partialExt, final: base + extension,
		targets: targets, place: map[key]int{},
	}
	if w.header, err = w.append(line{Header: &h}); err != nil {
		return nil, err
	}
	if err := w.flush(); err != nil {
		return nil, err
	}
	if err := publish(f.Name(), w.name); err != nil {
		return nil, err
	}
	return w, nil
}

// Write stores a sample, or replaces the one of the same target, round, phase
// and index. It is buffered until Sync. s may be changed afterwards.
func (w *Writer) Write(s *Sample) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	if err := w.usable(); err != nil {
		return err
	}
	if !w.targets[s.Target] {
		return fmt.Errorf("write sample: target %q is not in the header", s.Target)
	}
	at, err := w.append(line{Sample: s})
	if w.err != nil {
		return w.err
	}
	if err != nil {
		return fmt.Errorf("write sample: %w", err)
	}
	k := keyOf(s)
	if i, ok := w.place[k]; ok {
		w.order[i] = at
		return nil
	}
	w.place[k] = len(w.order)
	w.order = append(w.order, at)
	return nil
}

// Sync brings everything written so far to the disk. What was synced survives
// a kill of the process and a crash of the machine.
func (w *Writer) Sync() error {
	w.mu.Lock()
	defer w.mu.Unlock()
	if err := w.usable(); err != nil {
		return err
	}
	return w.flush()
}

// Finish writes the finished file, with one line a sample, and removes the
// partial one. The Writer is closed afterwards, also when an error is
// returned; then the partial file is kept.
func (w *Writer) Finish(e End) (name string, err error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if err := w.usable(); err != nil {
		return "", err
	}
	defer func() { err = errors.Join(err, w.close()) }()
	if err := w.flush(); err != nil {
		return "", err
	}
	if err := w.finish(e); err != nil {
		return "", unwritten(w.final, err)
	}
	partial := w.name
	w.name = w.final
	if err := os.Remove(partial); err != nil {
		return w.name, fmt.Errorf("finish results file: %w", err)
	}
	return w.name, nil
}

// finish copies the newest line of each sample from the partial file. Memory
// holds offsets only, so that a run may have a million samples.
func (w *Writer) finish(e End) (err error) {
	end, err := json.Marshal(line{End: &e})
	if err != nil {
		return err
	}
	f, err := os.CreateTemp(filepath.Dir(w.final), ".finish-*")
	if err != nil {
		return err
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, f.Close(), removeIfThere(f.Name()))
		}
	}()
	out := bufio.NewWriterSize(f, 1<<16)
	for _, at := range joined(append([]span{w.header}, w.order...)) {
		if _, err := io.Copy(out, io.NewSectionReader(w.file, at.offset, at.length)); err != nil {
			return err
		}
	}
	if _, err := out.Write(append(end, '\n')); err != nil {
		return err
	}
	if err := out.Flush(); err != nil {
		return err
	}
	if err := f.Sync(); err != nil {
		return err
	}
	if err := f.Close(); err != nil {
		return err
	}
	return publish(f.Name(), w.final)
}

// joined makes one span of those that follow each other in the file: mostly a
// round, since its samples were written together. A read a line is far slower.
func joined(spans []span) []span {
	whole := spans[:1]
	for _, s := range spans[1:] {
		if last := &whole[len(whole)-1]; last.offset+last.length == s.offset {
			last.length += s.length
			continue
		}
		whole = append(whole, s)
	}
	return whole
}

// Close ends writing and keeps the partial file. After Finish it does nothing.
func (w *Writer) Close() error {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.closed {
		return nil
	}
	var err error
	if w.err == nil {
		err = w.flush()
	}
	return errors.Join(err, w.close())
}

// Name returns the path of the file as it is now: the partial one, or the
// finished one after Finish.
func (w *Writer) Name() string {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.name
}

func (w *Writer) usable() error {
	if w.closed {
		return errClosed
	}
	return w.err
}

func (w *Writer) close() error {
	w.closed = true
	return w.file.Close()
}

// append writes a line to the buffer and tells where it will stand.
func (w *Writer) append(l line) (span, error) {
	b, err := json.Marshal(l)
	if err != nil {
		return span{}, err // nothing was written: the file is as good as before
	}
	at := span{w.size, int64(len(b)) + 1}
	if _, err := w.buf.Write(append(b, '\n')); err != nil {
		w.err = unwritten(w.name, err)
		return span{}, w.err
	}
	w.size += at.length
	return at, nil
}

func (w *Writer) flush() error {
	err := w.buf.Flush()
	if err == nil {
		err = w.file.Sync()
	}
	if err != nil {
		// After a failed fsync the kernel may have dropped the pages: a later
		// success would prove nothing.
		w.err = unwritten(w.name, err)
	}
	return w.err
}

// unwritten is an error of writing that names a file as users know it, not as it
// was called while it was made.
func unwritten(name string, err error) error {
	if of, ok := errors.AsType[*fs.PathError](err); ok {
		err = of.Err
	}
	return fmt.Errorf("write %s: %w", name, err)
}

// publish gives a synced file its name, and makes the name last.
func publish(from, to string) error {
	// CreateTemp makes files that only their owner reads; results hold no secrets.
	if err := os.Chmod(from, 0o644); err != nil {
		return err
	}
	if err := os.Rename(from, to); err != nil {
		return err
	}
	d, err := os.Open(filepath.Dir(to))
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}

func removeIfThere(name string) error {
	if err := os.Remove(name); !errors.Is(err, os.ErrNotExist) {
		return err
	}
	return nil
}
