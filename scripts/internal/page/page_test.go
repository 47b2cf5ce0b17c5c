package page

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"flag"
	"fmt"
	stdhtml "html"
	"os"
	"regexp"
	"strings"
	"testing"

	"github.com/coldcrank/coldcrank/scripts/internal/dataset"
	"github.com/coldcrank/coldcrank/scripts/internal/page/plot"
	"github.com/coldcrank/coldcrank/scripts/internal/stats"
)

var update = flag.Bool("update", false, "write testdata")

// TestOutline holds the page's structure and text, without the places in its plots
// and without its style and script.
func TestOutline(t *testing.T) {
	got := html(t, compared(t, against()))
	for _, cut := range []string{`(?s)<style>.*</style>`, `(?s)<script.*</script>\n`, `(?s)<svg class="plot course".*?</g>\n</svg>`, `(?s)<svg.*?</svg>`, `<tr><th scope="row">\d+</th>.*\n`, `sha256-(?:&#43;|[^&])*`} {
		got = regexp.MustCompile(cut).ReplaceAllString(got, "")
	}
	const golden = "testdata/outline.html"
	if *update {
		if err := os.WriteFile(golden, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(golden)
	if err != nil {
		t.Fatal(err)
	}
	if got != string(want) {
		t.Errorf("the outline differs from %s: look at it after go test -update", golden)
	}
}

func TestDeterministic(t *testing.T) {
	first := html(t, compared(t, against()))
	for range 3 {
		if html(t, compared(t, against())) != first {
			t.Fatal("the same run gives two pages")
		}
	}
}

// TestNumbers holds what the page says against what stats says.
func TestNumbers(t *testing.T) {
	r := compared(t, against())
	page := stdhtml.UnescapeString(html(t, r))
	c := r.Groups[0].Comparison
	if c.Verdict != stats.Slower {
		t.Fatalf("verdict %q", c.Verdict)
	}
	want := []string{
		fmt.Sprintf(`Slower <span class="number">%+.1f %%</span>`, 100*(*c.Measures[0].Ratio-1)),
		"<h1>Shop/Orders against main</h1>",
		"coldcrank run --against=main '--label=note=it'\\''s fine'</code>",
	}
	for _, s := range stats.Summarize(r.Runs[0]) {
		for _, d := range []stats.Distribution{s.Init, s.DurationCold, s.ClientCold, s.BilledCold, s.DurationWarm, s.ClientWarm, s.BilledWarm} {
			want = append(want, fmt.Sprintf(`<td>%d</td><td>%s</td><td class="strong">%s</td><td>%s–%s</td><td>%s</td><td>%s</td><td>%s</td>`,
				d.N, plot.MS(d.Min), plot.MS(d.P50), plot.MS(*d.MedianLow), plot.MS(*d.MedianHigh), plot.MSOf(d.P90), plot.MSOf(d.P99), plot.MS(d.Max)))
		}
		l := s.LayoutCold
		want = append(want, fmt.Sprintf("client %s ms: network %s, gateway %s, Lambda %s, init %s, handler %s, unexplained %s",
			plot.MS(l.Client), plot.MS(l.Network), plot.MS(l.Gateway), plot.MS(l.Lambda), plot.MS(l.Init), plot.MS(l.Handler), plot.MS(l.Unexplained)))
	}
	for _, w := range want {
		if !strings.Contains(page, w) {
			t.Errorf("the page does not say %s", w)
		}
	}
}

// TestPolicy checks that the policy's hashes are those of what stands in the page.
func TestPolicy(t *testing.T) {
	page := html(t, compared(t, against()))
	policy := stdhtml.UnescapeString(regexp.MustCompile(`Content-Security-Policy" content="([^"]*)"`).FindStringSubmatch(page)[1])
	for _, block := range []struct{ directive, pattern string }{
		{"style-src", `(?s)<style>(.*?)</style>`}, {"script-src", `(?s)<script>(.*?)</script>`},
	} {
		found := regexp.MustCompile(block.pattern).FindAllStringSubmatch(page, -1)
		if len(found) != 1 {
			t.Fatalf("%d blocks of %s", len(found), block.directive)
		}
		sum := sha256.Sum256([]byte(found[0][1]))
		if want := block.directive + " 'sha256-" + base64.StdEncoding.EncodeToString(sum[:]) + "';"; !strings.Contains(policy, want) {
			t.Errorf("policy %s lacks %s", policy, want)
		}
	}
	if !strings.HasPrefix(policy, "default-src 'none';") || strings.Contains(policy, "unsafe") {
		t.Errorf("policy %s", policy)
	}
	for _, pattern := range []string{`\sstyle="`, `\son[a-z]+="`, `(src|href)="[^#d"]`, `https?://[^e1]`} {
		if m := regexp.MustCompile(pattern).FindString(page); m != "" {
			t.Errorf("the page has %q", m)
		}
	}
}

// TestHostile puts into every text what wants to be more than text.
func TestHostile(t *testing.T) {
	run := against()
	bad := `</script><script>alert(1)</script>"'><img src=x onerror=alert(1)>` + "\u202e\x00\x7f\u2028\U000e0001\xff"
	h := &run.Header
	h.Tool, h.Run, h.Labels[bad], h.Command = bad, bad, bad, []string{bad}
	for i := range h.Targets {
		x := &h.Targets[i]
		old := x.Key
		x.Key, x.Name, x.Stack, x.URL, x.Method, x.DeploymentID, x.GoVersion, x.Commit, x.Architecture, x.Region = bad+old, bad, bad, "javascript:"+bad, bad, bad, bad, bad, bad, bad
		if x.Against != "" {
			x.Against = bad + x.Against
		}
	}
	for i, s := range run.Samples {
		s.Target = bad + s.Target
		if i%50 == 0 {
			s.Outcome, s.Error, s.ErrorClass = dataset.Failed, bad+strings.Repeat("x", 10_000), bad
		}
	}
	page := html(t, compared(t, run))
	if n := strings.Count(page, "<script"); n != 2 {
		t.Errorf("%d scripts", n)
	}
	for _, no := range []string{"<img", "\u202e", "\x00", "\x7f", "\u2028", "\xff", "\U000e0001", strings.Repeat("x", 300)} {
		if strings.Contains(page, no) {
			t.Errorf("the page has %q", no)
		}
	}
	if text := regexp.MustCompile(`(?s)id="data">(.*?)</script>`).FindStringSubmatch(page); text == nil || !json.Valid([]byte(text[1])) {
		t.Error("the samples are no JSON")
	}
}

// TestAlone is a page without a comparison: it names what was measured, and no
// verdict.
func TestAlone(t *testing.T) {
	run := runOf("aaaa", 20, 1, map[string]float64{"Shop/Orders": 1})
	side := stats.Sides(run)[0]
	page := html(t, Report{Groups: []Group{{New: &Source{run, side}}}, Runs: []*dataset.Run{run}})
	for _, want := range []string{"Init Duration <span class=\"number\">", "nothing is said about a change", "Median of 5 requests."} {
		if !strings.Contains(page, want) {
			t.Errorf("the page does not say %s", want)
		}
	}
	for _, no := range []string{"Slower", "What changed", "by round", `class="lane old"`} {
		if strings.Contains(strings.ReplaceAll(page, style, ""), no) {
			t.Errorf("the page says %s", no)
		}
	}
	// Nothing verified, and nothing at all.
	for _, s := range run.Samples {
		s.Outcome = dataset.LogMissing
	}
	side = stats.Sides(run)[0]
	if page := html(t, Report{Groups: []Group{{New: &Source{run, side}}}, Runs: []*dataset.Run{run}}); !strings.Contains(page, "not measured") {
		t.Error("a page of nothing verified does not say so")
	}
	run.Samples, run.End = nil, nil
	side = stats.Sides(run)[0]
	page = html(t, Report{Groups: []Group{{New: &Source{run, side}}}, Runs: []*dataset.Run{run}})
	if !strings.Contains(page, "There is no sample.") || !strings.Contains(page, "partial: the run was killed") || strings.Contains(page, "<script") {
		t.Error("a page of no sample does not say so")
	}
}

// TestFailed is a page of a run that failed in its load.
func TestFailed(t *testing.T) {
	run := runOf("aaaa", 20, 1, map[string]float64{"Shop/Orders": 1})
	run.Header.Load = &dataset.LoadPlan{Arrival: "constant", Rate: 10, ForNS: 2e9}
	run.End.Error, run.End.LoadsDone = "dial </li>"+strings.Repeat("q", 10_000), []string{}
	page := html(t, Report{Groups: []Group{{New: &Source{run, stats.Sides(run)[0]}}}, Runs: []*dataset.Run{run}})
	for _, want := range []string{"failed in the load, after all rounds: dial &lt;/li&gt;qqq", "load: none of its requests is here"} {
		if !strings.Contains(page, want) {
			t.Errorf("the page does not say %s", want)
		}
	}
	if strings.Contains(page, strings.Repeat("q", 300)) {
		t.Error("the page has all of an error")
	}
}

// TestHistory marks what changed.
func TestHistory(t *testing.T) {
	var sides []*stats.Side
	var runs []*dataset.Run
	for i, scale := range []float64{1, 1, 1.2, 1.2} {
		run := runOf(fmt.Sprintf("%da", i), 10+i, 4, map[string]float64{"Shop/Orders": scale})
		runs = append(runs, run)
		sides = append(sides, stats.Sides(run)...)
	}
	r := Report{Groups: []Group{{New: &Source{runs[3], sides[3]}}}, Runs: runs, Histories: stats.Histories(sides, 0.05)}
	r.Histories[0].Points[2].Change = &stats.Shift{Ratio: new(1.2), Interval: &stats.Interval{Low: 1.15, High: 1.25}, Verdict: stats.Slower}
	page := html(t, r)
	for _, want := range []string{"History of Shop/Orders", "&#43;20.0 % (&#43;15.0 % to &#43;25.0 %)", "1 change.", "2026-11-12 02:30 UTC</td><td class=\"text\">2a"} {
		if !strings.Contains(page, want) {
			t.Errorf("the page does not say %s", want)
		}
	}
}
