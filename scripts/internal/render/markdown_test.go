package render

import (
	"strings"
	"testing"

	"github.com/coldcrank/coldcrank/scripts/internal/dataset"
	"github.com/coldcrank/coldcrank/scripts/internal/example"
)

func TestMarkdown(t *testing.T) {
	for name, run := range map[string]*dataset.Run{"aws": example.OnAWS(), "troubled": example.Troubled(), "hostile": example.Hostile()} {
		var b strings.Builder
		if err := Markdown(&b, run, true); err != nil {
			t.Fatal(err)
		}
		example.Golden(t, name+".md", b.String())
		example.Harmless(t, name, b.String())
	}
}
