package dataset

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
)

// Run is what a results file holds.
type Run struct {
	Header  Header
	Samples []*Sample // one a request, in the order of the file
	End     *End      // nil where the run did not come to its end
	File    string    // empty where it was read from a stream
	Partial bool      // the run was killed, or still goes on
	// Warnings are lines that were skipped, or understood in part.
	Warnings []*LineError
}

// LineError says what is wrong with one line of a results file.
type LineError struct {
	File string // empty where the lines came from a stream
	Line int    // from 1
	Err  error
}

func (e *LineError) Error() string {
	file := e.File
	if file == "" {
		file = "results"
	}
	return fmt.Sprintf("%s:%d: %v", file, e.Line, e.Err)
}

func (e *LineError) Unwrap() error { return e.Err }

// What a LineError wraps, besides errors of encoding/json.
var (
	ErrNoHeader      = errors.New("no header: not a results file")
	ErrNewerSchema   = errors.New("newer schema than this program knows: what it does not know is left out")
	ErrTornLine      = errors.New("the last line is torn: writing was interrupted")
	ErrLongLine      = errors.New("line too long")
	ErrUnknownTarget = errors.New("target of the sample is not in the header")
	ErrSecondHeader  = errors.New("second header: this line and all that follow are left out")
)

// ReadFile reads a results file, finished or partial. See Read for the errors;
// they name the file.
func ReadFile(name string) (*Run, error) {
	f, err := os.Open(name)
	if err != nil {
		return nil, fmt.Errorf("read results: %w", err)
	}
	defer f.Close() // opened for reading: closing has nothing to report
	return read(f, name)
}

// Read reads the lines of a results file. A line that cannot be understood is
// skipped and reported in Run.Warnings. The error is a *LineError with
// ErrNoHeader where the first line is no header, and the stream's where
// reading itself went wrong.
func Read(r io.Reader) (*Run, error) { return read(r, "") }

func read(r io.Reader, file string) (*Run, error) {
	var samples []*Sample
	run, err := scan(r, file, true, func(s *Sample) { samples = append(samples, s) })
	if err != nil {
		return nil, err
	}
	if run.Partial {
		samples = newest(samples)
	}
	run.Samples = samples
	return run, nil
}

// newest keeps the last of the samples with equal keys, in the place of the first.
func newest(samples []*Sample) []*Sample {
	place := make(map[key]int, len(samples))
	kept := samples[:0]
	for _, s := range samples {
		if i, ok := place[keyOf(s)]; ok {
			kept[i] = s
			continue
		}
		place[keyOf(s)] = len(kept)
		kept = append(kept, s)
	}
	return kept
}

// ScanFile reads a results file as ReadFile does, and calls each for every sample
// instead of keeping it: a sample is valid during the call only. The Run has no
// Samples.
func ScanFile(name string, each func(*Sample)) (*Run, error) {
	f, err := os.Open(name)
	if err != nil {
		return nil, fmt.Errorf("read results: %w", err)
	}
	defer f.Close() // opened for reading: closing has nothing to report
	if finished(f) {
		return scan(f, name, false, each)
	}
	// Until the last line is read, any sample may be replaced by a later one.
	run, err := read(f, name)
	if err != nil {
		return nil, err
	}
	for _, s := range run.Samples {
		each(s)
	}
	run.Samples = nil
	return run, nil
}

// finished reports whether a file ends as only Finish ends it.
func finished(f *os.File) bool {
	const end = `{"end":`
	tail := make([]byte, 4096)
	info, err := f.Stat()
	if err != nil {
		return false
	}
	n, err := f.ReadAt(tail, max(0, info.Size()-int64(len(tail))))
	if err != nil && err != io.EOF {
		return false
	}
	lines := bytes.Split(bytes.TrimRight(tail[:n], "\n"), []byte("\n"))
	return bytes.HasPrefix(lines[len(lines)-1], []byte(end))
}

// ReadHeader reads the header of a results file and nothing else. The errors are
// ReadFile's.
func ReadHeader(name string) (Header, error) {
	f, err := os.Open(name)
	if err != nil {
		return Header{}, fmt.Errorf("read results: %w", err)
	}
	defer f.Close() // opened for reading: closing has nothing to report
	var spare []byte
	text, _, err := readLine(bufio.NewReader(f), &spare)
	if err != nil && err != io.EOF && err != ErrLongLine {
		return Header{}, fmt.Errorf("read results: %w", &LineError{File: name, Line: 1, Err: err})
	}
	run, err := scan(bytes.NewReader(text), name, true, func(*Sample) {})
	if err != nil {
		return Header{}, err
	}
	return run.Header, nil
}
