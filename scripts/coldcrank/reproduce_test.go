package main

import (
	"os/exec"
	"testing"
)

// TestQuoted asks a shell what it reads.
func TestQuoted(t *testing.T) {
	for _, arg := range []string{"--base=origin/main", "--base=HEAD^1", "", "a b", "it's", "$(touch x)", "`id`", "-c=a=b;rm *", "\"\\\n", "~", "Größe", "!x"} {
		out, err := exec.Command("sh", "-c", "printf %s "+quoted(arg)).Output()
		if err != nil || string(out) != arg {
			t.Errorf("%q: a shell reads %q (%v)", arg, out, err)
		}
	}
	if got := quoted("--base=origin/main"); got != "--base=origin/main" {
		t.Errorf("got %s", got)
	}
}
