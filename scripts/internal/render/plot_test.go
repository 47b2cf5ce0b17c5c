package render

import (
	"strings"
	"testing"

	"github.com/coldcrank/coldcrank/scripts/internal/explain/sheet"
)

func TestPlot(t *testing.T) {
	var b strings.Builder
	p := sheet.Plot{Title: "p99, ms", X: "$", Marked: "worth\x1b choosing", Limit: &sheet.Limit{Y: 15, Text: "target 15ms"},
		Points: []sheet.Point{{Label: "128", X: 1, Y: 20, Marked: true}, {Label: "512", X: 2, Y: 10}}}
	if err := Sheets(&b, "", []sheet.Sheet{{Title: "Memory", Plots: []sheet.Plot{p}}}, TableOptions{Width: 40}); err != nil {
		t.Fatal(err)
	}
	const want = `
Memory

p99, ms: ● worth\x1b choosing, ○ not
   20.00 │● 128
         │
         │
         │
         │╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌ target 15ms
         │
         │
         │
   10.00 │                        512 ○
         └─────────────────────────────
          1.00          $          2.00
`
	if got := strings.TrimLeft(b.String(), "\n"); got != strings.TrimLeft(want, "\n") {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
}
