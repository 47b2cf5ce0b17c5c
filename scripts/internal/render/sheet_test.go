package render

import (
	"strings"
	"testing"

	"github.com/coldcrank/coldcrank/scripts/internal/explain/sheet"
)

var oneSheet = []sheet.Sheet{{
	Title: "Size", Answer: "2.2 MB",
	Tables: []sheet.Table{{
		Header: []string{"package", "bytes"}, Right: []bool{false, true},
		Rows: [][]string{{"github.com/a-rather-long/path/to/a/package\x1b[31m", "1,234"}, {"main"}},
	}},
	Notes: []string{"of what is shipped"},
}}

func TestSheets(t *testing.T) {
	var b strings.Builder
	if err := Sheets(&b, "Shop/Orders", oneSheet, TableOptions{Width: 30}); err != nil {
		t.Fatal(err)
	}
	want := `Shop/Orders

Size
2.2 MB

package                  bytes
…/package\x1b[31m        1,234
main

of what is shipped
`
	if b.String() != want {
		t.Errorf("got\n%s\nwant\n%s", b.String(), want)
	}
}

func TestSheetsMarkdown(t *testing.T) {
	var b strings.Builder
	if err := SheetsMarkdown(&b, "Shop/<b>", oneSheet); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"## Shop/&lt;b&gt;\n", "| package | bytes |\n| --- | ---: |\n", `package\\x1b\[31m | 1,234 |`, "| main |  |\n"} {
		if !strings.Contains(b.String(), want) {
			t.Errorf("got\n%s\nwant %q in it", b.String(), want)
		}
	}
}

func TestBrief(t *testing.T) {
	var b strings.Builder
	brief := sheet.Brief{
		Answers: []sheet.Answer{{Of: "Levers", Text: "nothing is worth doing"}, {Of: "Size, money", Text: "not here"}},
		Tables:  []sheet.Table{{Header: []string{"phase", "ms"}, Right: []bool{false, true}, Rows: [][]string{{"runtime", "1.0"}}}},
		Note:    "two times",
	}
	if err := Brief(&b, "Shop/Orders", brief, TableOptions{Width: 30}); err != nil {
		t.Fatal(err)
	}
	want := `Shop/Orders

Levers: nothing is worth doing
Size, money: not here

phase     ms
runtime  1.0

two times
`
	if b.String() != want {
		t.Errorf("got\n%s\nwant\n%s", b.String(), want)
	}
}

// A chain and a path keep their end, which is what they are about.
func TestFitCell(t *testing.T) {
	const chain = "main → aws-lambda-go/lambda → net/http → crypto/tls"
	for width, want := range map[int]string{
		60: chain, 50: "main → aws-lambda-go/lambda → … → crypto/tls", 30: "main → … → crypto/tls", 14: "… → crypto/tls", 8: "main → …",
	} {
		if got := fitCell(chain, width); got != want {
			t.Errorf("%d: got %q, want %q", width, got, want)
		}
	}
	const path = "github.com/coldcrank/coldcrank/lambda/ric/internal/wire"
	for width, want := range map[int]string{50: "github.com/coldcrank/coldcrank/lambda/ric/…/wire", 10: "…/wire", 5: "gith…"} {
		if got := fitCell(path, width); got != want {
			t.Errorf("%d: got %q, want %q", width, got, want)
		}
	}
}
