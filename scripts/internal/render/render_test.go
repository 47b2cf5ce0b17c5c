package render

import (
	"encoding/csv"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"reflect"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"github.com/coldcrank/coldcrank/scripts/internal/dataset"
	"github.com/coldcrank/coldcrank/scripts/internal/example"
)

func table(t *testing.T, run *dataset.Run, o TableOptions) string {
	t.Helper()
	var b strings.Builder
	if err := Table(&b, run, o); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func TestTable(t *testing.T) {
	tests := []struct {
		name string
		run  *dataset.Run
		o    TableOptions
	}{
		{"pipe", example.Local(100), TableOptions{}},
		{"80", example.Local(100), TableOptions{Width: 80, Reference: true}},
		{"80-color", example.Local(100), TableOptions{Width: 80, Color: true, Reference: true}},
		{"60", example.Local(100), TableOptions{Width: 60, Reference: true}},
		{"40", example.Local(100), TableOptions{Width: 40}},
		{"troubled", example.Troubled(), TableOptions{Width: 80}},
		{"aws", example.OnAWS(), TableOptions{Width: 80, Reference: true}},
		{"few", example.Local(4), TableOptions{Width: 80}},
		{"hostile", example.Hostile(), TableOptions{Width: 80}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			example.Golden(t, "table-"+tt.name+".txt", table(t, tt.run, tt.o))
		})
	}
}

func TestTableFits(t *testing.T) {
	slow := example.Local(100)
	for _, s := range slow.Samples {
		*s.DoneNS += 28e9 // a client time of 28 s
	}
	for _, run := range []*dataset.Run{example.Local(100), example.Troubled(), example.Hostile(), slow} {
		for width := 20; width <= 130; width++ {
			text := table(t, run, TableOptions{Width: width, Reference: true})
			for line := range strings.Lines(text) {
				if n := utf8.RuneCountInString(strings.TrimSuffix(line, "\n")); n > width {
					t.Fatalf("width %d: a line has %d: %q", width, n, line)
				}
			}
		}
	}
	screen := table(t, example.Local(100), TableOptions{Width: 80})
	if n := strings.Count(screen, "\n"); n > 24 {
		t.Errorf("one target at 80 columns has %d lines, want a screen of 24 at most", n)
	}
	if grid := table(t, example.Local(100), TableOptions{Width: 60}); !strings.Contains(grid, "p90") || strings.Contains(grid, "cold Init, ms") {
		t.Errorf("60 columns have no grid:\n%s", grid)
	}
}

func TestColorOnlyAddsColor(t *testing.T) {
	strip := strings.NewReplacer(string(strong), "", string(faint), "", string(alarm), "", reset, "")
	for _, run := range []*dataset.Run{example.Troubled(), example.Hostile()} {
		o := TableOptions{Width: 80, Reference: true}
		want := table(t, run, o)
		o.Color = true
		got := table(t, run, o)
		if strip.Replace(got) != want || got == want {
			t.Errorf("without its colours: got\n%s\nwant\n%s", strip.Replace(got), want)
		}
	}
}

func TestHostileTextIsHarmless(t *testing.T) {
	var asJSON, asCSV strings.Builder
	if err := JSON(&asJSON, example.Hostile()); err != nil {
		t.Fatal(err)
	}
	if err := CSV(&asCSV, example.Hostile()); err != nil {
		t.Fatal(err)
	}
	forms := map[string]string{
		"table": table(t, example.Hostile(), TableOptions{}),
		"json":  asJSON.String(),
		"csv":   strings.ReplaceAll(asCSV.String(), "\r\n", "\n"),

		"markdown": written(t, asMarkdown, example.Hostile()),
		"benchfmt": written(t, Benchfmt, example.Hostile()),
		"smaller":  written(t, CustomSmallerIsBetter, example.Hostile()),
	}
	for form, text := range forms {
		if i := strings.IndexFunc(text, func(r rune) bool {
			return r != '\n' && (r == utf8.RuneError && form != "json" || !unicode.IsPrint(r))
		}); i >= 0 {
			t.Errorf("%s holds %q", form, text[i:min(len(text), i+20)])
		}
	}
	var back struct{ Header dataset.Header }
	if err := json.Unmarshal([]byte(forms["json"]), &back); err != nil {
		t.Fatal(err)
	}
	// JSON escapes and does not change; only the stray byte is no UTF-8.
	if got, want := back.Header.Tool, strings.ToValidUTF8(example.Hostile().Header.Tool, "\ufffd"); got != want {
		t.Errorf("through JSON: got %q, want %q", got, want)
	}
	records, err := csv.NewReader(strings.NewReader(asCSV.String())).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	for _, record := range records {
		for _, cell := range record {
			if strings.HasPrefix(cell, "=") {
				t.Errorf("a formula: %q", cell)
			}
		}
	}
}

func TestSafeCell(t *testing.T) {
	tests := map[string]string{
		"": "", "plain": "plain", "a=b": "a=b", "=1": "'=1", "+1": "'+1", "-1": "'-1", "@x": "'@x",
		"  =1": "'  =1", "\uff1d1": "'\uff1d1", "\t=1": `\t=1`, "\r=1": `\r=1`, `"q",x`: `"q",x`,
	}
	for in, want := range tests {
		if got := safeCell(in); got != want {
			t.Errorf("%q: got %q, want %q", in, got, want)
		}
	}
}

func TestCSVHasEveryFieldOfASample(t *testing.T) {
	names := map[string]bool{}
	for _, f := range csvFields {
		if names[f.name] {
			t.Errorf("column %s stands twice", f.name)
		}
		names[f.name] = true
	}
	for f := range reflect.TypeFor[dataset.Sample]().Fields() {
		if name, _, _ := strings.Cut(f.Tag.Get("json"), ","); !names[name] {
			t.Errorf("no column for %s", name)
		}
	}
}

func TestCSV(t *testing.T) {
	one, two := example.Local(2), example.Local(2)
	one.Samples, two.Samples = one.Samples[:1], two.Samples[:1]
	two.Header.Run, two.Header.Labels = "77aa", map[string]string{"pr": "-17"}
	two.Samples[0].InitNS, two.Samples[0].IntegrationLatencyMS = nil, new(12.5)
	var b strings.Builder
	if err := CSV(&b, one, two); err != nil {
		t.Fatal(err)
	}
	example.Golden(t, "samples.csv", b.String())
}

func TestJSON(t *testing.T) {
	for name, run := range map[string]*dataset.Run{"aws": example.OnAWS(), "troubled": example.Troubled(), "few": example.Local(4)} {
		var b strings.Builder
		if err := JSON(&b, run); err != nil {
			t.Fatal(err)
		}
		example.Golden(t, name+".json", b.String())
	}
}

func TestSize(t *testing.T) {
	tests := map[int64]string{1: "1 B", 999: "999 B", 1000: "1 kB", 885_700: "885.7 kB", 999_999: "1 MB", 1_700_000: "1.7 MB", 2_218_432: "2.22 MB", 20_000_000: "20 MB"}
	for n, want := range tests {
		if got := Size(n); got != want {
			t.Errorf("%d: got %s, want %s", n, got, want)
		}
	}
}

func TestWriteErrors(t *testing.T) {
	broken := errors.New("pipe closed")
	for name, write := range map[string]func(io.Writer) error{
		"table": func(w io.Writer) error { return Table(w, example.Local(4), TableOptions{}) },
		"json":  func(w io.Writer) error { return JSON(w, example.Local(4)) },
		"csv":   func(w io.Writer) error { return CSV(w, example.Local(4)) },

		"markdown":  func(w io.Writer) error { return Markdown(w, example.Local(4), false) },
		"benchfmt":  func(w io.Writer) error { return Benchfmt(w, example.Local(4)) },
		"bmf":       func(w io.Writer) error { return BMF(w, example.Local(4)) },
		"smaller":   func(w io.Writer) error { return CustomSmallerIsBetter(w, example.Local(4)) },
		"runs":      func(w io.Writer) error { return RunsJSON(w, []*dataset.Run{example.Local(4)}, nil) },
		"history":   func(w io.Writer) error { return Histories(w, example.Histories(), TableOptions{}) },
		"historyMD": func(w io.Writer) error { return HistoriesMarkdown(w, example.Histories()) },
	} {
		if err := write(errWriter{broken}); !errors.Is(err, broken) {
			t.Errorf("%s: got %v, want %v", name, err, broken)
		}
	}
}

type errWriter struct{ err error }

func (w errWriter) Write([]byte) (int, error) { return 0, w.err }

func FuzzClean(f *testing.F) {
	f.Add("plain")
	f.Add("\x1b[2J\u009b\xff\u202e\U000e0041")
	f.Fuzz(func(t *testing.T, s string) {
		got := Clean(s)
		if i := strings.IndexFunc(got, func(r rune) bool { return !unicode.IsPrint(r) }); i >= 0 {
			t.Errorf("%q became %q", s, got)
		}
		if Clean(got) != got {
			t.Errorf("%q is cleaned twice", s)
		}
		b, err := json.Marshal(s)
		if err != nil {
			t.Fatal(err)
		}
		var want, back string
		if err := errors.Join(json.Unmarshal(b, &want), json.Unmarshal(escapeJSON(b), &back)); err != nil || back != want {
			t.Errorf("%q through JSON: got %q, want %q (%v)", s, back, want, err)
		}
	})
}

func ExampleTable() {
	run, err := dataset.Read(strings.NewReader(
		`{"header":{"schema":1,"run":"5f0c9a71","started":"2026-11-22T02:30:43Z","executor":"local","burst":1,"rounds":1,"targets":[{"target":"App/Health","memory_mb":512,"platform":"linux/amd64"}]}}
{"sample":{"target":"App/Health","round":1,"phase":"burst","index":0,"outcome":"cold","init_ns":2520000,"duration_ns":410000}}
{"end":{"finished":"2026-11-22T02:30:44Z","restored":true,"rounds_done":1}}
`))
	if err != nil {
		fmt.Println(err)
		return
	}
	if err := Table(os.Stdout, run, TableOptions{Width: 80}); err != nil {
		fmt.Println(err)
	}
	// Output:
	// run 5f0c9a71 · 2026-11-22 02:30 UTC · 1 round of 1
	// local executor on linux/amd64: not comparable with AWS
	//
	// App/Health
	// 1 cold of 1 requested
	//
	// ms          n   min   p50  95 % interval   p90   p99   max
	// cold
	//   Init      1  2.52  2.52              –     –     –  2.52
	//   Duration  1  0.41  0.41              –     –     –  0.41
	//
	// memory size 512 MB
	//
	// – too few samples: p99 needs 100, p90 10, the interval 6
}
