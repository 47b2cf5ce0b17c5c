package export

import (
	"encoding/csv"
	"encoding/json"
	"errors"
	"io"
	"strings"
	"testing"

	"github.com/coldcrank/coldcrank/scripts/internal/dataset"
	"github.com/coldcrank/coldcrank/scripts/internal/dial"
	"github.com/coldcrank/coldcrank/scripts/internal/example"
)

// written is what a form writes.
func written(t *testing.T, form func(io.Writer, ...*dataset.Run) error, runs ...*dataset.Run) string {
	t.Helper()
	var b strings.Builder
	if err := form(&b, runs...); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func runJSON(w io.Writer, runs ...*dataset.Run) error { return JSON(w, runs[0], dial.Options{}) }

func TestFormats(t *testing.T) {
	two := []*dataset.Run{example.Local(12), example.Again(example.OnAWS(), "77aa", "c04dd0ce")}
	two[1].Samples = two[1].Samples[:3]
	example.Golden(t, "runs.benchfmt", written(t, Benchfmt, two...))
	example.Golden(t, "bmf.json", written(t, BMF, example.Local(100)))
	example.Golden(t, "restored.bmf.json", written(t, BMF, example.Restored()))
	example.Golden(t, "smaller.json", written(t, CustomSmallerIsBetter, example.Local(100)))
}

func TestHostileTextIsHarmless(t *testing.T) {
	asJSON, asCSV := written(t, runJSON, example.Hostile()), written(t, CSV, example.Hostile())
	for form, text := range map[string]string{
		"json":     asJSON,
		"csv":      strings.ReplaceAll(asCSV, "\r\n", "\n"),
		"benchfmt": written(t, Benchfmt, example.Hostile()),
		"smaller":  written(t, CustomSmallerIsBetter, example.Hostile()),
	} {
		example.Harmless(t, form, text)
	}
	var back struct{ Header dataset.Header }
	if err := json.Unmarshal([]byte(asJSON), &back); err != nil {
		t.Fatal(err)
	}
	// JSON escapes and does not change; only the stray byte is no UTF-8.
	if got, want := back.Header.Tool, strings.ToValidUTF8(example.Hostile().Header.Tool, "\ufffd"); got != want {
		t.Errorf("through JSON: got %q, want %q", got, want)
	}
	records, err := csv.NewReader(strings.NewReader(asCSV)).ReadAll()
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

func TestWriteErrors(t *testing.T) {
	broken := errors.New("pipe closed")
	for name, form := range map[string]func(io.Writer, ...*dataset.Run) error{
		"json": runJSON, "csv": CSV, "benchfmt": Benchfmt, "bmf": BMF, "smaller": CustomSmallerIsBetter,
		"runs":        func(w io.Writer, runs ...*dataset.Run) error { return RunsJSON(w, runs, nil, dial.Options{}) },
		"comparisons": func(w io.Writer, _ ...*dataset.Run) error { return ComparisonsJSON(w, nil) },
	} {
		if err := form(example.Broken(broken), example.Local(4)); !errors.Is(err, broken) {
			t.Errorf("%s: got %v, want %v", name, err, broken)
		}
	}
}
