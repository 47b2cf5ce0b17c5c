package render

import (
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/coldcrank/coldcrank/scripts/internal/example"
	"github.com/coldcrank/coldcrank/scripts/internal/stats"
)

func historyText(t *testing.T, all []stats.History, o TableOptions) string {
	t.Helper()
	var b strings.Builder
	if err := Histories(&b, all, o); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func TestHistories(t *testing.T) {
	example.Golden(t, "history-90.txt", historyText(t, example.Histories(), TableOptions{Width: 90}))
	example.Golden(t, "history-70-color.txt", historyText(t, example.Histories(), TableOptions{Width: 70, Color: true}))
	example.Golden(t, "history-40.txt", historyText(t, example.Histories(), TableOptions{Width: 40}))
	var b strings.Builder
	if err := HistoriesMarkdown(&b, example.Histories()); err != nil {
		t.Fatal(err)
	}
	example.Golden(t, "history.md", b.String())
	if got := historyText(t, example.Histories()[1:], TableOptions{}); got != "" {
		t.Errorf("one run: got %q, want no history", got)
	}
}

func TestHistoriesFit(t *testing.T) {
	for width := 20; width <= 130; width++ {
		for line := range strings.Lines(historyText(t, example.Histories(), TableOptions{Width: width})) {
			if n := utf8.RuneCountInString(strings.TrimSuffix(line, "\n")); n > width {
				t.Fatalf("width %d: a line has %d: %q", width, n, line)
			}
		}
	}
}

func TestBar(t *testing.T) {
	tests := []struct {
		median, most float64
		want         string
	}{
		{10, 10, "██████████"}, {5, 10, "█████"}, {0.1, 10, "▏"}, {0.99, 10, "█"}, {9.4, 10, "█████████▍"}, {0, 10, ""}, {0, 0, ""},
	}
	for _, tt := range tests {
		if got := bar(stats.Point{Median: &tt.median}, tt.most); got != tt.want {
			t.Errorf("%v of %v: got %q, want %q", tt.median, tt.most, got, tt.want)
		}
	}
	if got := bar(stats.Point{}, 10); got != "" {
		t.Errorf("no median: got %q, want no bar", got)
	}
}
