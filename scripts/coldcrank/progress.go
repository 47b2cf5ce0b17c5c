package main

import (
	"fmt"
	"io"
	"os"
	"strings"
	"sync"

	"golang.org/x/term"

	"github.com/coldcrank/coldcrank/scripts/internal/render"
	"github.com/coldcrank/coldcrank/scripts/internal/rounds"
)

// progress shows how far a run is: a bar that redraws itself on a terminal,
// plain lines elsewhere.
type progress struct {
	w        io.Writer
	terminal *os.File // nil where there is none that can redraw a line

	mu   sync.Mutex
	last int // rounds in the last plain line
	load int // halves of the load in the last plain line
	open bool

	round int    // the newest
	text  string // its line
}

func newProgress(w io.Writer) *progress {
	p := &progress{w: w}
	if f, ok := terminalOf(w); ok && os.Getenv("TERM") != "dumb" {
		p.terminal = f
	}
	return p
}

// show is called for each step, also from several goroutines.
func (p *progress) show(now rounds.Progress) {
	p.mu.Lock()
	defer p.mu.Unlock()
	text := fmt.Sprintf("round %d of %d, %s, %d joined, %d cold", now.Round, now.Rounds, counted(now.Requests, "request"), now.Joined, now.Cold)
	if now.Loaded == 0 {
		p.round, p.text = now.Round, text
	}
	done, all := now.Round, now.Rounds
	if now.Loaded > 0 {
		done, all = now.Loaded, now.Load
		text = fmt.Sprintf("load: %d of %d requests, %d joined", now.Loaded, now.Load, now.Joined)
	}
	if p.terminal != nil {
		const bar = 20
		full := min(bar, bar*done/max(all, 1))
		line := fmt.Sprintf("[%s%s] %s", strings.Repeat("=", full), strings.Repeat(" ", bar-full), text)
		columns := width(p.terminal)
		if len(line) >= columns {
			line = text
		}
		fmt.Fprint(p.w, "\r\x1b[K", line[:min(len(line), columns-1)])
		p.open = true
		return
	}
	if now.Loaded > 0 { // a plain line for each half of the load
		p.rounds()
		if half := 2 * done / max(all, 1); half > p.load {
			p.load = half
			fmt.Fprintln(p.w, text)
		}
		return
	}
	// A plain line for each tenth of the rounds.
	if step := max(1, now.Rounds/10); now.Round >= p.last+step || now.Round == now.Rounds {
		p.rounds()
	}
}

// end leaves the bar's line.
func (p *progress) end() {
	p.mu.Lock()
	defer p.mu.Unlock()
	switch {
	case p.open:
		fmt.Fprintln(p.w)
	case p.terminal == nil:
		p.rounds()
	}
}

// rounds writes the newest round's plain line where there was none: --until needed no
// more, or the run was interrupted.
func (p *progress) rounds() {
	if p.round > p.last {
		p.last = p.round
		fmt.Fprintln(p.w, p.text)
	}
}

// terminalOf returns the file behind w if it is a terminal.
func terminalOf(w io.Writer) (*os.File, bool) {
	f, ok := w.(*os.File)
	return f, ok && term.IsTerminal(int(f.Fd()))
}

// tableOptions fits the table to where it is printed: colour and width of a
// terminal (https://no-color.org), 80 columns and no colour elsewhere.
func tableOptions(w io.Writer, reference bool) render.TableOptions {
	o := render.TableOptions{Width: 80, Reference: reference}
	if f, ok := terminalOf(w); ok {
		o.Color = os.Getenv("NO_COLOR") == "" && os.Getenv("TERM") != "dumb"
		o.Width = width(f)
	}
	return o
}

// width is how many columns a terminal has.
func width(terminal *os.File) int {
	if columns, _, err := term.GetSize(int(terminal.Fd())); err == nil && columns > 0 {
		return columns
	}
	return 80
}
