package dataset

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"runtime"
	"sync"
)

// maxLine bounds what a damaged file can make a reader hold in memory.
const maxLine = 16 << 20

// pieceSize is how much text is decoded in one go.
const pieceSize = 1 << 20

// piece is some whole lines of a results file, and what they say.
type piece struct {
	text  []byte // without line ends
	lines []stretch
	err   error // of the stream, after the last line

	decoded []decoded
	done    chan struct{} // closed when decoded is there
	plain   *plain
}

// stretch is where a line stands in its piece.
type stretch struct {
	from, to int
	torn     bool // its line end was missing
	err      error
}

// decoded is what one line says.
type decoded struct {
	sample *Sample
	other  *line // nothing, or what is no sample
	torn   bool
	err    error
}

// scan reads lines, decodes them on all CPUs, and calls each for every sample in the
// order of the lines. With keep, samples stay valid after the call.
func scan(r io.Reader, file string, keep bool, each func(*Sample)) (*Run, error) {
	stop := make(chan struct{})
	var workers sync.WaitGroup
	defer workers.Wait()
	defer close(stop)
	free := make(chan *piece, 2*runtime.GOMAXPROCS(0)+1)
	for range cap(free) {
		free <- &piece{plain: &plain{keep: keep, known: map[string]string{}}}
	}
	work, order := make(chan *piece, cap(free)), make(chan *piece, cap(free))
	workers.Go(func() { split(r, free, work, order, stop) })
	for range runtime.GOMAXPROCS(0) {
		workers.Go(func() {
			for p := range work {
				p.decode()
				close(p.done)
			}
		})
	}
	run := &Run{File: file}
	targets := map[string]bool{}
	number := 0
	for p := range order {
		<-p.done
		for _, d := range p.decoded {
			number++
			if err := run.take(d, number, targets, each); err != nil {
				return nil, err
			}
			if len(run.Warnings) > 0 && errors.Is(run.Warnings[len(run.Warnings)-1], ErrSecondHeader) {
				return run.ended(nil, number)
			}
		}
		if p.err != nil {
			return run.ended(p.err, number)
		}
		if !keep {
			p.plain.reset()
		}
		free <- p
	}
	return run.ended(nil, number)
}

// ended is the run after its last line, and the error that reading ended with.
func (run *Run) ended(err error, lines int) (*Run, error) {
	if err != nil {
		return nil, fmt.Errorf("read results: %w", &LineError{File: run.File, Line: lines + 1, Err: err})
	}
	if run.Header.Schema < 1 { // also where there was no line at all
		return nil, fmt.Errorf("read results: %w", &LineError{File: run.File, Line: 1, Err: ErrNoHeader})
	}
	// Only Finish writes an end, and it leaves one line a sample.
	run.Partial = run.End == nil
	return run, nil
}

// take takes what a line says into account.
func (run *Run) take(d decoded, number int, targets map[string]bool, each func(*Sample)) error {
	at := func(err error) *LineError { return &LineError{File: run.File, Line: number, Err: err} }
	other := d.other
	if other == nil {
		other = &line{}
	}
	if number == 1 {
		if d.err != nil || other.Header == nil {
			return fmt.Errorf("read results: %w", at(ErrNoHeader))
		}
		run.Header = *other.Header
		for _, t := range run.Header.Targets {
			targets[t.Key] = true
		}
		if run.Header.Schema > Schema {
			run.Warnings = append(run.Warnings, at(fmt.Errorf("schema %d: %w", run.Header.Schema, ErrNewerSchema)))
		}
		return nil
	}
	err := d.err
	switch {
	case err != nil && d.torn:
		err = ErrTornLine
	case err != nil:
	case other.Header != nil:
		err = ErrSecondHeader
	case d.sample != nil && !targets[d.sample.Target]:
		err = fmt.Errorf("target %q: %w", d.sample.Target, ErrUnknownTarget)
	case d.sample != nil:
		each(d.sample)
	case other.End != nil:
		run.End = other.End
	}
	if err != nil {
		run.Warnings = append(run.Warnings, at(err))
	}
	return nil
}

// split cuts a stream into pieces, each to be decoded and to be taken in order.
func split(r io.Reader, free, work, order chan *piece, stop <-chan struct{}) {
	defer close(work)
	defer close(order)
	in := bufio.NewReaderSize(r, 1<<16)
	var spare []byte
	for last := false; !last; {
		var p *piece
		select {
		case p = <-free:
		case <-stop:
			return
		}
		p.text, p.lines, p.err, p.done = p.text[:0], p.lines[:0], nil, make(chan struct{})
		for len(p.text) < pieceSize && !last {
			text, torn, err := readLine(in, &spare)
			switch {
			case err == io.EOF:
				last = true
			case err != nil && err != ErrLongLine:
				p.err, last = err, true
			default:
				from := len(p.text)
				p.text = append(p.text, text...)
				p.lines = append(p.lines, stretch{from, len(p.text), torn, err})
			}
		}
		work <- p
		order <- p
	}
}

// decode finds out what the lines say.
func (p *piece) decode() {
	text := string(p.text) // of which the strings of samples are parts
	p.decoded = p.decoded[:0]
	for _, s := range p.lines {
		d := decoded{torn: s.torn, err: s.err}
		if d.err == nil {
			if d.sample = p.plain.sample(text[s.from:s.to]); d.sample == nil {
				d.decode(p.text[s.from:s.to])
			}
		}
		p.decoded = append(p.decoded, d)
	}
}

// decode takes any line.
func (d *decoded) decode(text []byte) {
	d.other = new(line)
	if len(bytes.TrimSpace(text)) > 0 {
		d.err = json.Unmarshal(text, d.other)
	}
	if d.other.Header == nil { // a second header is looked for first
		d.sample = d.other.Sample
	}
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
