// Package docs is for tests: it holds the parts of this repository's documentation
// that are made of what the tests try, so that a table of rules says what its test
// does and nothing else.
package docs

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

var update = flag.Bool("update", false, "write the parts of the documentation that tests hold")

// Hold fails the test where the named page in the folder docs does not have the text
// from begin to the next end, neither of which is part of it. With the flag -update
// it writes the text there.
func Hold(t testing.TB, page, begin, end, text string) {
	t.Helper()
	root := "."
	for {
		if _, err := os.Stat(filepath.Join(root, "go.mod")); err == nil {
			break
		}
		if root = filepath.Join("..", root); len(root) > 100 {
			t.Fatal("this is no folder of the module")
		}
	}
	file := filepath.Join(root, "docs", page)
	data, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	want, err := replace(string(data), begin, end, text)
	switch {
	case err != nil:
		t.Errorf("docs/%s: %v", page, err)
	case want == string(data):
	case *update:
		if err := os.WriteFile(file, []byte(want), 0o644); err != nil {
			t.Fatal(err)
		}
	default:
		t.Errorf("docs/%s does not say what this test does behind %q; -update writes it", page, begin)
	}
}

// replace puts text in the place of what is from begin to the next end.
func replace(page, begin, end, text string) (string, error) {
	before, rest, ok := strings.Cut(page, begin)
	if !ok {
		return "", fmt.Errorf("there is no %q", begin)
	}
	at := strings.Index(rest, end)
	if at < 0 {
		return "", fmt.Errorf("there is no %q behind %q", end, begin)
	}
	return before + begin + text + rest[at:], nil
}
