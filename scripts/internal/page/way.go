package page

import (
	"fmt"
	"time"

	"github.com/coldcrank/coldcrank/scripts/internal/dataset"
	"github.com/coldcrank/coldcrank/scripts/internal/stats"
)

// way draws where a client's time goes: a bar for each side, in parts.
type way struct {
	Bars  []bar
	Parts []part
	Ticks []tick
	Local bool
}

// bar is one side's time, cut into parts.
type bar struct {
	Side, Label string
	Total       string
	TotalAt     string
	Pieces      []piece
	Alt         string
}

// piece is a part of a bar. Its number is shown where there is room for it.
type piece struct {
	Number       int
	X, Width, At string // At is its middle
	Roomy        bool
}

// part is a line of the table that explains the bars.
type part struct {
	Number int // of the pieces; 0 for the sum
	Name   string
	Values []string // a side each
}

// layer is a part of a stats.Layout.
type layer struct {
	name string
	of   func(stats.Layout) time.Duration
}

func layers(local bool) []layer {
	lambda := "Lambda"
	if local {
		lambda = "Lambda with queue"
	}
	return []layer{
		{"network", func(l stats.Layout) time.Duration { return l.Network }},
		{"gateway", func(l stats.Layout) time.Duration { return l.Gateway }},
		{lambda, func(l stats.Layout) time.Duration { return l.Lambda }},
		{"init", func(l stats.Layout) time.Duration { return l.Init }},
		{"handler", func(l stats.Layout) time.Duration { return l.Handler }},
		{"unexplained", func(l stats.Layout) time.Duration { return l.Unexplained }},
	}
}

// roomy is the share of a plot's width in which a number fits on a phone.
const roomy = 5

// wayOf draws the layouts of sides; without any there is no bar.
func wayOf(sides []side, of func(stats.Summary) *stats.Layout) way {
	var w way
	var layouts []stats.Layout
	longest := time.Duration(0)
	for _, x := range sides {
		l := of(x.summary)
		if l == nil {
			continue
		}
		w.Local = w.Local || x.header.Executor == dataset.ExecutorLocal
		layouts = append(layouts, *l)
		longest = max(longest, l.Client, l.Client-l.Unexplained)
		w.Bars = append(w.Bars, bar{Side: x.name, Label: x.label, Total: ms(l.Client), Alt: x.prefix() + "client " + ms(l.Client) + " ms:"})
	}
	if layouts == nil {
		return w
	}
	a := widen(0, longest.Seconds())
	all := layers(w.Local)
	for i, l := range layouts {
		b := &w.Bars[i]
		from := time.Duration(0)
		b.TotalAt = percent(a.at(l.Client.Seconds()))
		for n, layer := range all {
			d := layer.of(l)
			b.Alt += fmt.Sprintf(" %s %s,", layer.name, ms(d))
			if d <= 0 {
				continue // what is negative takes no room: the mark of the whole stands before the bar's end
			}
			x, width := a.at(from.Seconds()), a.at(d.Seconds())
			b.Pieces = append(b.Pieces, piece{n + 1, percent(x), percent(width), percent(x + width/2), width >= roomy})
			from += d
		}
		b.Alt = b.Alt[:len(b.Alt)-1]
	}
	for n, layer := range all {
		p := part{Number: n + 1, Name: layer.name}
		for _, l := range layouts {
			p.Values = append(p.Values, ms(layer.of(l)))
		}
		w.Parts = append(w.Parts, p)
	}
	total := part{Name: "client"}
	for _, l := range layouts {
		total.Values = append(total.Values, ms(l.Client))
	}
	w.Parts = append(w.Parts, total)
	w.Ticks = a.ticks(5, msOfSeconds)
	return w
}
