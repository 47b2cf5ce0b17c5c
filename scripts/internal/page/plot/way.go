package plot

import (
	"fmt"
	"time"

	"github.com/coldcrank/coldcrank/scripts/internal/stats"
)

// Way draws where a client's time goes: a bar for each side, in parts.
type Way struct {
	Bars  []Bar
	Parts []Part
	Ticks []Tick
}

// Bar is one side's time, cut into parts.
type Bar struct {
	Side, Label string
	Total       string
	TotalAt     string
	Pieces      []Piece
	Alt         string
}

// Piece is a part of a bar. Its number is shown where there is room for it.
type Piece struct {
	Number       int
	X, Width, At string // At is its middle
	Roomy        bool
}

// Part is a line of the table that explains the bars.
type Part struct {
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

// WayOf draws the layout of each side, nil for none; local says that the local
// executor's queue is in one of the parts. Without any layout there is no bar.
func WayOf(sides []Side, of []*stats.Layout, local bool) Way {
	var w Way
	var layouts []stats.Layout
	longest := time.Duration(0)
	for i, x := range sides {
		l := of[i]
		if l == nil {
			continue
		}
		layouts = append(layouts, *l)
		longest = max(longest, l.Client, l.Client-l.Unexplained)
		w.Bars = append(w.Bars, Bar{Side: x.Name, Label: x.Label, Total: MS(l.Client), Alt: x.prefix() + "client " + MS(l.Client) + " ms:"})
	}
	if layouts == nil {
		return w
	}
	a := widen(0, longest.Seconds())
	all := layers(local)
	for i, l := range layouts {
		b := &w.Bars[i]
		from := time.Duration(0)
		b.TotalAt = Percent(a.at(l.Client.Seconds()))
		for n, layer := range all {
			d := layer.of(l)
			b.Alt += fmt.Sprintf(" %s %s,", layer.name, MS(d))
			if d <= 0 {
				continue // what is negative takes no room: the mark of the whole stands before the bar's end
			}
			x, width := a.at(from.Seconds()), a.at(d.Seconds())
			b.Pieces = append(b.Pieces, Piece{n + 1, Percent(x), Percent(width), Percent(x + width/2), width >= roomy})
			from += d
		}
		b.Alt = b.Alt[:len(b.Alt)-1]
	}
	for n, layer := range all {
		p := Part{Number: n + 1, Name: layer.name}
		for _, l := range layouts {
			p.Values = append(p.Values, MS(layer.of(l)))
		}
		w.Parts = append(w.Parts, p)
	}
	total := Part{Name: "client"}
	for _, l := range layouts {
		total.Values = append(total.Values, MS(l.Client))
	}
	w.Parts = append(w.Parts, total)
	w.Ticks = a.ticks(6, msOfSeconds)
	return w
}
