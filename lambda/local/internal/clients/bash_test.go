package clients

import (
	"os"
	"path/filepath"
	"testing"
)

// layExecutable copies a folder of testdata; its bootstrap is made executable,
// which a checkout may have lost.
func layExecutable(t *testing.T, from, to string) {
	t.Helper()
	check(t, os.CopyFS(to, os.DirFS(from)))
	check(t, os.Chmod(filepath.Join(to, "bootstrap"), 0o755))
}

// TestBash runs a runtime of a shell's loop around curl, the shape of AWS's
// tutorial: https://docs.aws.amazon.com/lambda/latest/dg/runtimes-walkthrough.html
func TestBash(t *testing.T) {
	whole(t)
	needs(t, "bash")
	needs(t, "curl")
	s := start(t, func(dir string) { layExecutable(t, "testdata/bash", dir) })
	behaves(t, s, "asked to fail")

	t.Run("init error", func(t *testing.T) {
		s := start(t, func(dir string) {
			layExecutable(t, "testdata/bash", dir)
			check(t, os.Remove(filepath.Join(dir, "function.sh")))
		})
		failsToInit(t, s, "Bash.NoHandler")
	})
}

// failsToInit: a runtime that reports an error of its init is asked again with
// each request, and the error is the function's answer.
func failsToInit(t *testing.T, s *stack, want string) {
	t.Helper()
	for range 2 {
		if kind, message := s.failure(t, event("GET", "/hello", "")); kind != want {
			t.Errorf("%s: %s, want %s", kind, message, want)
		}
	}
	if a := s.do(t, "GET", "/hello", "", ""); a.status != 500 {
		t.Errorf("%d %s", a.status, a.body)
	}
}
