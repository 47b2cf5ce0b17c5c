package page

import (
	stdhtml "html"
	"regexp"
	"strings"
	"testing"

	"github.com/coldcrank/coldcrank/scripts/internal/stats"
)

// of is a group of one comparison, with a verdict.
func of(t *testing.T, v stats.Verdict) Group {
	t.Helper()
	r := compared(t, against())
	r.Groups[0].Comparison.Verdict = v
	return r.Groups[0]
}

// TestGroups is a page of several targets: the first thing that it says is the worst
// verdict, and the worst target comes first.
func TestGroups(t *testing.T) {
	alone := runOf("bbbb", 21, 4, map[string]float64{"Shop/Orders": 1})
	single := Group{New: &Source{alone, stats.Sides(alone)[0]}}
	r := Report{Groups: []Group{single, of(t, stats.NotSlower), of(t, stats.Slower), of(t, stats.NotSlower), of(t, stats.Inconclusive)}}
	page := stdhtml.UnescapeString(html(t, r))
	var at []int
	for _, want := range []string{
		"<h1>5 targets: slower</h1>", `<p class="headline verdict slower"><span class="symbol" aria-hidden="true">▲</span> Slower</p>`,
		"Of 4 comparisons: 1 slower, 1 inconclusive, 2 not slower.", `<a href="#target-1">Shop/Orders against main</a> <span class="verdict slower">`,
		`<a href="#target-2">Shop/Orders against main</a> <span class="verdict inconclusive">`, `<a href="#target-4">Shop/Orders against main</a> <span class="verdict not-slower">`,
		`<a href="#target-5">Shop/Orders</a>`, `id="target-1"`, `<h2 class="verdict slower"`, `id="target-5"`,
	} {
		at = append(at, strings.Index(page, want))
		if n := len(at); at[n-1] < 0 || n > 1 && at[n-1] < at[n-2] {
			t.Errorf("the page does not say %s, or not in this order", want)
		}
	}
	for _, verdicts := range [][]stats.Verdict{{stats.Faster, stats.NotSlower}, {stats.NotSlower, stats.Inconclusive}, {stats.Inconclusive, stats.Slower}, {stats.Faster, stats.Faster}} {
		var groups []Group
		var comparisons []stats.Comparison
		for _, v := range verdicts {
			groups = append(groups, of(t, v))
			comparisons = append(comparisons, *groups[len(groups)-1].Comparison)
		}
		if got, want := viewOf(Report{Groups: groups}).Overall.Verdict, capital(string(stats.Worst(comparisons))); got != want {
			t.Errorf("of %q the page says %s, want %s", verdicts, got, want)
		}
	}
	if page := html(t, Report{Groups: []Group{single, single}}); strings.Contains(page, `<p class="headline`) || !strings.Contains(page, "<h1>2 targets</h1>") {
		t.Error("a page that compares nothing has a verdict")
	}
}

// TestVerdicts shows every verdict, also one that came after this page, with a word, a
// symbol and a class.
func TestVerdicts(t *testing.T) {
	for v, want := range map[stats.Verdict]string{
		stats.Slower: "▲", stats.Faster: "▼", stats.NotSlower: "✓", stats.Inconclusive: "?", "failing": "✕", "of tomorrow": "•",
	} {
		page := html(t, Report{Groups: []Group{of(t, v)}})
		class := strings.ReplaceAll(string(v), " ", "-")
		heading := regexp.MustCompile(`<h2 class="verdict ` + class + `" id="target-1-title"><span class="symbol" aria-hidden="true">(.+?)</span> ([^<]+?)(?: <span class="number">(.*?)</span>)?</h2>`).FindStringSubmatch(page)
		if heading == nil || heading[1] != stdhtml.EscapeString(want) || heading[2] != capital(string(v)) || (heading[3] == "") != (v == "failing") {
			t.Errorf("%s: the heading is %q", v, heading)
		}
		if row := `<span class="verdict ` + class + `"><span class="symbol" aria-hidden="true">` + want + `</span> ` + string(v) + `</span>`; !strings.Contains(page, row) {
			t.Errorf("%s: no row has %s", v, row)
		}
	}
	// What fails is as alarming as what is slower.
	if !strings.Contains(style, ".verdict.slower, .verdict.failing {") {
		t.Error("failing has no colour")
	}
	if failing, slower := severity(of(t, "failing")), severity(of(t, stats.Slower)); failing >= slower || severity(of(t, "of tomorrow")) > failing {
		t.Errorf("failing %d, slower %d", failing, slower)
	}
}

// TestNoInterval keeps a number that rests on too little out of the headline.
func TestNoInterval(t *testing.T) {
	run := runOf("aaaa", 20, 1, map[string]float64{"Shop/Orders@main": 1, "Shop/Orders": 1.2})
	r := compared(t, run)
	if m := r.Groups[0].Comparison.Measures[0]; m.Interval != nil || m.Ratio == nil {
		t.Fatalf("it has %+v", m)
	}
	if page := html(t, r); !strings.Contains(page, `Inconclusive</h2>`) {
		t.Error("the headline has a number")
	}
}
