package page

import (
	"strings"
	"testing"

	"github.com/coldcrank/coldcrank/scripts/internal/explain/sheet"
)

func TestExplained(t *testing.T) {
	r := compared(t, against())
	r.Explained = []Explained{{Title: "Where the cold start of Shop/<Orders> goes", Sheets: []sheet.Sheet{{
		Title: "Size", Answer: "2.2 MB",
		Tables: []sheet.Table{{Header: []string{"package", "bytes", "by"}, Right: []bool{false, true}, Rows: [][]string{{"net/http", "1,234"}}}},
		Notes:  []string{"of what is shipped"},
	}}}}
	var b strings.Builder
	if err := Write(&b, r); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{
		"Where the cold start of Shop/&lt;Orders&gt; goes", "<p>2.2 MB</p>",
		`<tr><th scope="col" class="text">package</th><th scope="col">bytes</th><th scope="col" class="text">by</th></tr>`,
		`<tr><th scope="row" class="text">net/http</th><td>1,234</td><td class="text"></td></tr>`, "of what is shipped",
		`<li><a href="#explained-0-title">Where the cold start of Shop/&lt;Orders&gt; goes</a> 2.2 MB</li>`,
	} {
		if !strings.Contains(b.String(), want) {
			t.Errorf("no %q in the page", want)
		}
	}
}
