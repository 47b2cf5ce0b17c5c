package review

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/yuin/goldmark"
	"github.com/yuin/goldmark/ast"
	"github.com/yuin/goldmark/extension"
	"github.com/yuin/goldmark/text"

	"github.com/coldcrank/coldcrank/scripts/internal/app"
	"github.com/coldcrank/coldcrank/scripts/internal/dataset"
	"github.com/coldcrank/coldcrank/scripts/internal/example"
	"github.com/coldcrank/coldcrank/scripts/internal/explain/pages"
	"github.com/coldcrank/coldcrank/scripts/internal/stats"
)

// changedTarget is a target that a run measured against main, with init times of so many
// times main's.
func changedTarget(t *testing.T, ratio float64) Target {
	t.Helper()
	run := example.Local(40)
	new := run.Header.Targets[0]
	old := new
	old.Key += "@main"
	new.Against, new.DeploymentID, new.ExecutableBytes, new.ZipBytes = old.Key, "77aa2c1e", old.ExecutableBytes+3_000_000, old.ZipBytes+1_100_000
	run.Header.Targets = []dataset.Target{old, new}
	pair := stats.Pair{Old: &stats.Side{Header: run.Header, Target: old}, New: &stats.Side{Header: run.Header, Target: new}}
	for _, s := range run.Samples {
		s.Round = 5*s.Round + s.Index/4 // so many that they tell how rounds differ
		base := *s
		base.Target = old.Key
		if s.InitNS != nil {
			slower := int64(ratio * float64(*s.InitNS))
			s.InitNS = &slower
		}
		for _, x := range []*dataset.Sample{&base, s} {
			billed := *x.DurationNS
			if x.InitNS != nil {
				billed += *x.InitNS
			}
			billed = (billed + 999_999) / 1_000_000 * 1_000_000
			x.BilledNS = &billed
		}
		pair.Old.Add(&base)
		pair.New.Add(s)
	}
	comparisons, err := stats.ComparePairs([]stats.Pair{pair}, 0.05, nil)
	if err != nil {
		t.Fatal(err)
	}
	oldPages := &pages.Pages{Count: 284, Packages: []pages.Package{{Path: "runtime", Pages: 94}, {Path: "net/http", Pages: 26.8}}}
	newPages := &pages.Pages{Count: 312, Packages: []pages.Package{{Path: "runtime", Pages: 94.2}, {Path: "net/http", Pages: 30}, {Path: "github.com/example/large", Pages: 24.6}}}
	return Target{Key: new.Key, State: StateChanged, Old: &old, New: &new, OldPages: oldPages, NewPages: newPages, Comparison: &comparisons[0], Modules: []app.ModuleChange{
		{Path: "github.com/example/large", New: "v1.4.0", CodeBytes: 1_200_000},
		{Path: "github.com/example/updated", Old: "v0.1.0", New: "v0.2.0", CodeBytes: 40_000},
		{Path: "std", Old: "go1.26.8", New: "go1.26.8", CodeBytes: 10_000},
		{Path: "github.com/example/gone", Old: "v2.0.0", CodeBytes: -90_000},
	}}
}

// wholeReview is a review with a target of every state, and stacks likewise.
func wholeReview(t *testing.T) Review {
	t.Helper()
	one := changedTarget(t, 2)
	other := *one.New
	other.Key = "Coldcrank/Other"
	return Review{
		Verdict: stats.Slower, Base: "main", BaseCommit: "8ebaa7adeadbeef", Commit: "1f2e3d4c5b6a", Dirty: true,
		Targets: []Target{
			one,
			{Key: "Coldcrank/Same", State: StateUnchanged, Old: one.Old, New: one.Old},
			{Key: "Coldcrank/Fresh", State: StateNew, New: &other},
			{Key: "Coldcrank/Orders", State: StateLeftOut, Reason: "its route GET /orders/{id} has parameters: name a path for it"},
			{Key: "Coldcrank/Gone", State: StateRemoved, Old: &other},
		},
		Stacks: []app.StackDiff{
			{Stack: "Data", State: app.StackUnchanged},
			{Stack: "Logs", State: app.StackChanged, Text: "Resources\n[~] AWS::Logs::LogGroup Logs\n └─ [~] RetentionInDays\n     ├─ [-] 7\n     └─ [+] 90"},
			{Stack: "Old", State: app.StackRemoved},
			{Stack: "Shop", State: app.StackChanged, Security: "IAM Statement Changes\n│ + │ ${Table.Arn} │ Allow │ dynamodb:* │", Text: "Resources\n[+] AWS::IAM::Policy Policy"},
		},
		Command: "go tool coldcrank review --base=main",
	}
}

func reviewText(t *testing.T, r Review) string {
	t.Helper()
	var b strings.Builder
	if err := Markdown(&b, r); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func TestReview(t *testing.T) {
	r := wholeReview(t)
	got := reviewText(t, r)
	example.Golden(t, "review.md", got)
	if gone := reviewText(t, Review{Targets: []Target{{Key: "A/B", State: StateRemoved}}}); !strings.Contains(gone, "### A/B\n\nRemoved.\n\n") {
		t.Errorf("of a removed target of which nothing is known it says\n%s", gone)
	}
	if permissions, verdict := strings.Index(got, "Permissions change"), strings.Index(got, "### Coldcrank/Health"); permissions < 0 || permissions > verdict {
		t.Error("what concerns permissions is not on top")
	}
	if strings.Index(got, "Shop changes permissions") > strings.Index(got, "Stack Logs is changed") {
		t.Error("the diff does not begin with permissions")
	}
	var b strings.Builder
	if err := JSON(&b, r); err != nil {
		t.Fatal(err)
	}
	var back struct {
		Verdict string
		Targets []map[string]any
	}
	if err := json.Unmarshal([]byte(b.String()), &back); err != nil || back.Verdict != "slower" || len(back.Targets) != 5 {
		t.Fatalf("%v, %+v", err, back)
	}
	for i, side := range []string{"", "", "old", "old", "new"} {
		if _, there := back.Targets[i][side]; there {
			t.Errorf("target %d, which is %s, has a side %q", i, back.Targets[i]["state"], side)
		}
	}
}

// TestReviewWithoutPages says why there are none.
func TestReviewWithoutPages(t *testing.T) {
	one := changedTarget(t, 2)
	one.OldPages, one.NewPages, one.NoPages = nil, nil, "qemu-aarch64-static is not here: <b>"
	if text := one.text(); !strings.Contains(text, "<sub>Pages of code were not counted: qemu-aarch64-static is not here: &lt;b&gt;.</sub>") || strings.Contains(text, "pages of code in init") {
		t.Errorf("got\n%s", text)
	}
}

// TestReviewModulesAddUp holds the table against the size of the executable: each
// byte that it grew by stands in one line.
func TestReviewModulesAddUp(t *testing.T) {
	one := changedTarget(t, 1)
	for i := range 20 {
		one.Modules = append(one.Modules, app.ModuleChange{Path: fmt.Sprintf("example.org/m%02d", i), New: "v1.0.0", CodeBytes: 1000})
	}
	var b strings.Builder
	one.writeModules(&b)
	var sum float64
	rows := strings.Split(strings.TrimSpace(b.String()), "\n")[2:]
	for _, row := range rows {
		var n float64
		var unit string
		cell := strings.NewReplacer("−", "-").Replace(strings.TrimSpace(strings.Split(row, "|")[4]))
		if _, err := fmt.Sscanf(cell, "%g %s", &n, &unit); err != nil {
			t.Fatalf("%s: %v", row, err)
		}
		sum += n * map[string]float64{"B": 1, "kB": 1e3, "MB": 1e6}[unit]
	}
	if len(rows) != shownModules+2 || sum < 2.98e6 || sum > 3.02e6 {
		t.Errorf("%d rows, which add up to %.0f bytes, want 3 MB\n%s", len(rows), sum, b.String())
	}
}

// parsed reads Markdown as GitHub does, by another's parser.
func parsed(source string) ast.Node {
	return goldmark.New(goldmark.WithExtensions(extension.GFM)).Parser().Parse(text.NewReader([]byte(source)))
}

// kinds counts what a text has, by kind of node.
func kinds(t *testing.T, source string) map[string]int {
	t.Helper()
	found := map[string]int{}
	err := ast.Walk(parsed(source), func(n ast.Node, entering bool) (ast.WalkStatus, error) {
		if entering {
			found[n.Kind().String()]++
		}
		return ast.WalkContinue, nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return found
}

// TestReviewOfHostileNames gives every text that others write what would be markup:
// a reader sees the same headings, tables and blocks as without, and no link, image
// or element more.
func TestReviewOfHostileNames(t *testing.T) {
	with := func(text string) Review {
		r := wholeReview(t)
		r.Base, r.BaseCommit, r.Commit, r.Command = r.Base+text, text, text, r.Command+text
		for i := range r.Targets {
			r.Targets[i].Key += text
			r.Targets[i].Reason += text
		}
		for i := range r.Targets[0].Modules {
			m := &r.Targets[0].Modules[i]
			m.Path += text
			m.Old += text
		}
		for i := range r.Stacks {
			s := &r.Stacks[i]
			s.Stack += text
			if s.Text != "" {
				s.Text = text + "\n" + s.Text
			}
			if s.Security != "" {
				s.Security = text + "\n" + s.Security
			}
		}
		return r
	}
	want := kinds(t, reviewText(t, with("x")))
	for _, evil := range []string{
		"](https://evil.example) ![x](https://evil.example/x.png)", "<img src=x onerror=alert(1)><!-- coldcrank review -->", "a | b | c",
		"`````\n# Cold start: faster", "@everyone #1 www.evil.example https://evil.example a@evil.example", "\r\n\r\n---\n", "\u202e**x** ~~y~~ \x1b[2J", "$(rm -rf /); `id`",
	} {
		got := reviewText(t, with(evil))
		for kind, n := range kinds(t, got) {
			if kind != "Text" && kind != "String" && n != want[kind] {
				t.Errorf("%q: %d of %s, want %d in\n%s", evil, n, kind, want[kind], got)
			}
		}
		if strings.Count(got, Marker+"\n## Cold start: slower") != 1 || strings.ContainsAny(got, "\r\x1b\u202e") {
			t.Errorf("%q comes through", evil)
		}
		var asJSON strings.Builder
		if err := JSON(&asJSON, with(evil)); err != nil {
			t.Fatal(err)
		}
		example.Harmless(t, "json", asJSON.String())
		r := Review{DiffError: evil}
		if k := kinds(t, reviewText(t, r)); k["Link"]+k["AutoLink"]+k["Image"]+k["RawHTML"] > 0 || k["Heading"] != 2 {
			t.Errorf("%q as an error: %v", evil, k)
		}
	}
}

// TestReviewFitsAComment makes everything too long: it is cut to what GitHub takes,
// says so, and what follows is outside of the cut block.
func TestReviewFitsAComment(t *testing.T) {
	r := wholeReview(t)
	for i := range 400 {
		one := r.Targets[0]
		one.Key = fmt.Sprintf("Coldcrank/More%d", i)
		r.Targets = append(r.Targets, one)
	}
	for i := range r.Stacks {
		r.Stacks[i].State = app.StackChanged
		r.Stacks[i].Text = strings.Repeat("[~] AWS::Lambda::Function ```` @@@ Größe\n", 3000)
	}
	r.Command += " --target=" + strings.Repeat("x", 100_000)
	for name, r := range map[string]Review{"all": r, "diff": {Base: "main", Stacks: r.Stacks, Command: "coldcrank review"}} {
		got := reviewText(t, r)
		if n := utf8.RuneCountInString(got); n > limit || len(got) > 65_536 {
			t.Errorf("%s: %d characters in %d bytes", name, n, len(got))
		}
		last := parsed(got).LastChild()
		if last.Kind() != ast.KindParagraph || !strings.Contains(got[strings.LastIndex(got, "\n\n"):], "Reproduce") {
			t.Errorf("%s: ends in a %s", name, last.Kind())
		}
		for _, note := range []string{"further lines left out here", "`cdk diff` shows all"} {
			if !strings.Contains(got, note) {
				t.Errorf("%s does not say %q", name, note)
			}
		}
		if all := strings.Contains(got, "further targets left out here"); all != (name == "all") {
			t.Errorf("%s: targets left out: %v", name, all)
		}
		if len(got) < limit*9/10 {
			t.Errorf("%s: only %d bytes are used", name, len(got))
		}
	}
}
