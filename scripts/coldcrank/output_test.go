package main

import (
	"bytes"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/coldcrank/coldcrank/scripts/internal/review"
)

// TestOutput holds what writing leaves: the file as a whole, or as it was.
func TestOutput(t *testing.T) {
	dir := t.TempDir()
	name := filepath.Join(dir, "review.md")
	if err := checkOutput(name); err != nil {
		t.Fatal(err)
	}
	if names := namesIn(t, dir); names != "" {
		t.Errorf("looking left %s", names)
	}
	if err := os.WriteFile(name, []byte("longer than what comes"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := writeOutput(name, nil, []byte("new")); err != nil {
		t.Fatal(err)
	}
	info, err := os.Stat(name)
	if err != nil {
		t.Fatal(err)
	}
	if got := string(readFile(t, name)); got != "new" || info.Mode().Perm() != 0o600 {
		t.Errorf("got %q with %s", got, info.Mode())
	}
	if names := namesIn(t, dir); names != "review.md" {
		t.Errorf("writing left %s", names)
	}
	for _, bad := range []string{"", dir, filepath.Join(dir, "absent", "x"), filepath.Join(name, "x")} {
		checked, written := checkOutput(bad), writeOutput(bad, nil, []byte("x"))
		if checked == nil || written == nil || checked.Error() != written.Error() || !strings.Contains(checked.Error(), bad) {
			t.Errorf("%q: looked at: %v; written: %v", bad, checked, written)
		}
	}
}

func namesIn(t *testing.T, dir string) string {
	t.Helper()
	entries, err := fs.Glob(os.DirFS(dir), "*")
	if err != nil {
		t.Fatal(err)
	}
	return strings.Join(entries, " ")
}

// TestReviewIsNotLost takes the folder of the output away while it is measured.
func TestReviewIsNotLost(t *testing.T) {
	f := reviewFlags{format: "markdown", output: filepath.Join(t.TempDir(), "gone", "review.md")}
	var stdout bytes.Buffer
	cmd := newReview()
	cmd.SetOut(&stdout)
	err := f.finish(cmd, &review.Review{Base: "main"})
	if err == nil || !strings.Contains(err.Error(), "review.md") {
		t.Errorf("error %v", err)
	}
	if !strings.HasPrefix(stdout.String(), review.Marker) {
		t.Errorf("stdout has %q", stdout.String())
	}
}
