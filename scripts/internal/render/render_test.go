package render

import (
	"encoding/csv"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"github.com/coldcrank/coldcrank/scripts/internal/dataset"
)

var update = flag.Bool("update", false, "write the golden files anew")

func golden(t *testing.T, name, got string) {
	t.Helper()
	name = filepath.Join("testdata", name)
	if *update {
		if err := os.WriteFile(name, []byte(got), 0o666); err != nil {
			t.Fatal(err)
		}
		return
	}
	want, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	if got != string(want) {
		t.Errorf("%s differs (go test -update writes it anew); got:\n%s\nwant:\n%s", name, got, want)
	}
}

func table(t *testing.T, run *dataset.Run, o TableOptions) string {
	t.Helper()
	var b strings.Builder
	if err := Table(&b, run, o); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

// troubled is a run in which everything went wrong that can.
func troubled() *dataset.Run {
	run := example(60)
	run.Header.Labels["pr"] = "17"
	bad := []dataset.Sample{
		{Outcome: dataset.Stale}, {Outcome: dataset.LogMissing}, {Outcome: dataset.Throttled, Status: 429},
		{Outcome: dataset.Failed, ErrorClass: "function", Status: 500, Error: "Internal Server Error"},
		{Outcome: dataset.Failed, ErrorClass: "function", Status: 500, Error: "Internal Server Error"},
		{Outcome: dataset.Failed, ErrorClass: "timeout"}, {Outcome: dataset.Failed, ErrorClass: "connection", Error: "reset by peer"},
		{Outcome: dataset.WarmStart},
	}
	for i := range bad {
		s := run.Samples[i]
		bad[i].Target, bad[i].Round, bad[i].Phase, bad[i].Index = s.Target, s.Round, s.Phase, s.Index
		run.Samples[i] = &bad[i]
	}
	run.Samples[len(run.Samples)-1].Outcome = dataset.Cold // a warm request that was not
	run.Header.Targets = append(run.Header.Targets, dataset.Target{Key: "Coldcrank/Orders", MemoryMB: 1024})
	run.End, run.Partial = nil, true
	run.Warnings = []*dataset.LineError{{Line: 70, Err: dataset.ErrTornLine}}
	return run
}

func onAWS() *dataset.Run {
	run := example(100)
	run.Header.Executor = dataset.ExecutorAWS
	run.Header.Targets[0].Platform, run.Header.Targets[0].Region = "linux/arm64", "eu-central-1"
	run.End.Interrupted, run.End.RoundsDone, run.End.Restored = true, 1, false
	return run
}

// hostile has a command for terminals and a formula wherever there is text.
func hostile() *dataset.Run {
	const evil = "=HYPERLINK(1)\x1b]0;owned\x07\x9b31m\u009b2J\u202e\r\n\x7f\U000e0041"
	run := example(12)
	var spoil func(v reflect.Value)
	spoil = func(v reflect.Value) {
		switch v.Kind() {
		case reflect.String:
			v.SetString(evil)
		case reflect.Pointer:
			if !v.IsNil() {
				spoil(v.Elem())
			}
		case reflect.Slice:
			for i := range v.Len() {
				spoil(v.Index(i))
			}
		case reflect.Map:
			v.Set(reflect.ValueOf(map[string]string{evil: evil}))
		case reflect.Struct:
			for i := range v.NumField() {
				if v.Field(i).CanSet() {
					spoil(v.Field(i))
				}
			}
		}
	}
	spoil(reflect.ValueOf(&run.Header))
	spoil(reflect.ValueOf(run.Samples[0]))
	run.Samples[0].Phase, run.Samples[0].Outcome = dataset.Burst, dataset.Failed
	for _, s := range run.Samples {
		s.Target = evil
	}
	run.File = evil
	run.Warnings = []*dataset.LineError{{File: evil, Line: 1, Err: errors.New(evil)}}
	return run
}

func TestTable(t *testing.T) {
	tests := []struct {
		name string
		run  *dataset.Run
		o    TableOptions
	}{
		{"pipe", example(100), TableOptions{}},
		{"80", example(100), TableOptions{Width: 80, Reference: true}},
		{"80-color", example(100), TableOptions{Width: 80, Color: true, Reference: true}},
		{"60", example(100), TableOptions{Width: 60, Reference: true}},
		{"40", example(100), TableOptions{Width: 40}},
		{"troubled", troubled(), TableOptions{Width: 80}},
		{"aws", onAWS(), TableOptions{Width: 80, Reference: true}},
		{"few", example(4), TableOptions{Width: 80}},
		{"hostile", hostile(), TableOptions{Width: 80}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			golden(t, "table-"+tt.name+".txt", table(t, tt.run, tt.o))
		})
	}
}

func TestTableFits(t *testing.T) {
	slow := example(100)
	for _, s := range slow.Samples {
		*s.DoneNS += 28e9 // a client time of 28 s
	}
	for _, run := range []*dataset.Run{example(100), troubled(), hostile(), slow} {
		for width := 20; width <= 130; width++ {
			text := table(t, run, TableOptions{Width: width, Reference: true})
			for line := range strings.Lines(text) {
				if n := utf8.RuneCountInString(strings.TrimSuffix(line, "\n")); n > width {
					t.Fatalf("width %d: a line has %d: %q", width, n, line)
				}
			}
		}
	}
	screen := table(t, example(100), TableOptions{Width: 80})
	if n := strings.Count(screen, "\n"); n > 24 {
		t.Errorf("one target at 80 columns has %d lines, want a screen of 24 at most", n)
	}
	if grid := table(t, example(100), TableOptions{Width: 60}); !strings.Contains(grid, "p90") || strings.Contains(grid, "cold Init, ms") {
		t.Errorf("60 columns have no grid:\n%s", grid)
	}
}

func TestColorOnlyAddsColor(t *testing.T) {
	strip := strings.NewReplacer(string(strong), "", string(faint), "", string(alarm), "", reset, "")
	for _, run := range []*dataset.Run{troubled(), hostile()} {
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
	if err := JSON(&asJSON, hostile()); err != nil {
		t.Fatal(err)
	}
	if err := CSV(&asCSV, hostile()); err != nil {
		t.Fatal(err)
	}
	forms := map[string]string{
		"table": table(t, hostile(), TableOptions{}),
		"json":  asJSON.String(),
		"csv":   strings.ReplaceAll(asCSV.String(), "\r\n", "\n"),

		"markdown": written(t, asMarkdown, hostile()),
		"benchfmt": written(t, Benchfmt, hostile()),
		"smaller":  written(t, CustomSmallerIsBetter, hostile()),
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
	if got, want := back.Header.Tool, strings.ToValidUTF8(hostile().Header.Tool, "\ufffd"); got != want {
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
	one, two := example(2), example(2)
	one.Samples, two.Samples = one.Samples[:1], two.Samples[:1]
	two.Header.Run, two.Header.Labels = "77aa", map[string]string{"pr": "-17"}
	two.Samples[0].InitNS, two.Samples[0].IntegrationLatencyMS = nil, new(12.5)
	var b strings.Builder
	if err := CSV(&b, one, two); err != nil {
		t.Fatal(err)
	}
	golden(t, "samples.csv", b.String())
}

func TestJSON(t *testing.T) {
	for name, run := range map[string]*dataset.Run{"aws": onAWS(), "troubled": troubled(), "few": example(4)} {
		var b strings.Builder
		if err := JSON(&b, run); err != nil {
			t.Fatal(err)
		}
		golden(t, name+".json", b.String())
	}
}

func TestSize(t *testing.T) {
	tests := map[int64]string{1: "1 B", 999: "999 B", 1000: "1 kB", 885_700: "885.7 kB", 999_999: "1 MB", 1_700_000: "1.7 MB", 2_218_432: "2.22 MB", 20_000_000: "20 MB"}
	for n, want := range tests {
		if got := size(n); got != want {
			t.Errorf("%d: got %s, want %s", n, got, want)
		}
	}
}

func TestWriteErrors(t *testing.T) {
	broken := errors.New("pipe closed")
	for name, write := range map[string]func(io.Writer) error{
		"table": func(w io.Writer) error { return Table(w, example(4), TableOptions{}) },
		"json":  func(w io.Writer) error { return JSON(w, example(4)) },
		"csv":   func(w io.Writer) error { return CSV(w, example(4)) },

		"markdown":  func(w io.Writer) error { return Markdown(w, example(4), false) },
		"benchfmt":  func(w io.Writer) error { return Benchfmt(w, example(4)) },
		"bmf":       func(w io.Writer) error { return BMF(w, example(4)) },
		"smaller":   func(w io.Writer) error { return CustomSmallerIsBetter(w, example(4)) },
		"runs":      func(w io.Writer) error { return RunsJSON(w, []*dataset.Run{example(4)}, nil) },
		"history":   func(w io.Writer) error { return Histories(w, histories(), TableOptions{}) },
		"historyMD": func(w io.Writer) error { return HistoriesMarkdown(w, histories()) },
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
		got := clean(s)
		if i := strings.IndexFunc(got, func(r rune) bool { return !unicode.IsPrint(r) }); i >= 0 {
			t.Errorf("%q became %q", s, got)
		}
		if clean(got) != got {
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
