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
github.com/a-rather-lo…  1,234
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
