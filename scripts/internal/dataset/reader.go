package dataset

import (
	"bufio"
	"bytes"
	"encoding/json"
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

// maxLine bounds what a damaged file can make a reader hold in memory.
const maxLine = 16 << 20

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
	run := &Run{File: file}
	in := bufio.NewReaderSize(r, 1<<16)
	targets := map[string]bool{}
	var spare []byte
	for number := 1; ; number++ {
		text, torn, err := readLine(in, &spare)
		if err == io.EOF {
			break
		}
		at := func(err error) *LineError { return &LineError{File: file, Line: number, Err: err} }
		if err != nil && err != ErrLongLine {
			return nil, fmt.Errorf("read results: %w", at(err))
		}
		var l line
		if err == nil && len(bytes.TrimSpace(text)) > 0 {
			err = json.Unmarshal(text, &l)
		}
		if number == 1 {
			if err != nil || l.Header == nil {
				return nil, fmt.Errorf("read results: %w", at(ErrNoHeader))
			}
			run.Header = *l.Header
			for _, t := range l.Header.Targets {
				targets[t.Key] = true
			}
			if l.Header.Schema > Schema {
				run.Warnings = append(run.Warnings, at(fmt.Errorf("schema %d: %w", l.Header.Schema, ErrNewerSchema)))
			}
			continue
		}
		switch {
		case err != nil && torn:
			err = ErrTornLine
		case err != nil:
		case l.Header != nil:
			err = ErrSecondHeader
		case l.Sample != nil && !targets[l.Sample.Target]:
			err = fmt.Errorf("target %q: %w", l.Sample.Target, ErrUnknownTarget)
		case l.Sample != nil:
			run.Samples = append(run.Samples, l.Sample)
		case l.End != nil:
			run.End = l.End
		}
		if err != nil {
			run.Warnings = append(run.Warnings, at(err))
		}
		if errors.Is(err, ErrSecondHeader) {
			break
		}
	}
	if run.Header.Schema < 1 { // also where there was no line at all
		return nil, fmt.Errorf("read results: %w", &LineError{File: file, Line: 1, Err: ErrNoHeader})
	}
	// Only Finish writes an end, and it leaves one line a sample.
	run.Partial = run.End == nil
	if run.Partial {
		run.Samples = newest(run.Samples)
	}
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

// readLine returns the next line without its newline, valid until the next
// call. torn says that the newline was missing. The error is ErrLongLine for a
// line above maxLine, which is passed over, and io.EOF only where nothing is left.
func readLine(in *bufio.Reader, spare *[]byte) (text []byte, torn bool, err error) {
	text, err = in.ReadSlice('\n')
	if err == nil {
		return text[:len(text)-1], false, nil
	}
	*spare = append((*spare)[:0], text...)
	long := false
	for err == bufio.ErrBufferFull {
		text, err = in.ReadSlice('\n')
		if long = long || len(*spare)+len(text) > maxLine; !long {
			*spare = append(*spare, text...)
		}
	}
	switch {
	case err != nil && err != io.EOF:
		return nil, false, err
	case long:
		return nil, err == io.EOF, ErrLongLine
	case err == io.EOF && len(*spare) == 0:
		return nil, false, io.EOF
	case err == io.EOF:
		return *spare, true, nil
	}
	return (*spare)[:len(*spare)-1], false, nil
}
