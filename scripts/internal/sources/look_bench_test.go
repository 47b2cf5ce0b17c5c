package sources

import (
	"path/filepath"
	"testing"
)

// BenchmarkLook looks at what this repository's app is made from.
func BenchmarkLook(b *testing.B) {
	root, err := filepath.Abs("../../..")
	if err != nil {
		b.Fatal(err)
	}
	s, err := Find(b.Context(), App{Dir: root, Command: "go run ./infra"})
	if err != nil {
		b.Fatal(err)
	}
	w := NewWatch(s, later, later)
	for b.Loop() {
		w.look(w.seen)
	}
	b.ReportMetric(float64(len(w.seen)), "files")
}
