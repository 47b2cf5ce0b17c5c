package example

import (
	"flag"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"
)

var update = flag.Bool("update", false, "write the golden files anew")

// Golden holds got against the file of that name in the test's testdata. With the flag
// -update it writes the file instead.
func Golden(t *testing.T, name, got string) {
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

// Harmless fails where a terminal would obey a text, or show it otherwise than it is:
// where a rune does not print, except for the ends of lines, or is no UTF-8.
func Harmless(t *testing.T, name, text string) {
	t.Helper()
	i := strings.IndexFunc(text, func(r rune) bool { return r != '\n' && (r == utf8.RuneError || !unicode.IsPrint(r)) })
	if i >= 0 {
		t.Errorf("%s holds %q", name, text[i:min(len(text), i+20)])
	}
}

// Broken is a writer that always fails with err.
func Broken(err error) io.Writer {
	r, w := io.Pipe()
	r.CloseWithError(err)
	return w
}
