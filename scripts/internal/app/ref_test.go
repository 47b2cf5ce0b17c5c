package app

import (
	"errors"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// TestMissingRef does what the hint about a ref that is not there says.
func TestMissingRef(t *testing.T) {
	origin, git := committed(t, map[string]string{"cdk.json": `{"app":"old"}`}, map[string]string{"cdk.json": `{"app":"new"}`})
	git("branch", "base", "HEAD~1")
	clone := filepath.Join(t.TempDir(), "clone")
	git("clone", "--quiet", "--depth=1", "file://"+origin, clone)
	a := find(t, clone)
	hint := func(ref string) string {
		t.Helper()
		_, _, err := a.At(t.Context(), ref)
		var wrong *RefError
		if !errors.As(err, &wrong) {
			t.Fatalf("%s: got %v, want a *RefError", ref, err)
		}
		return wrong.Hint
	}
	for _, ref := range []string{"base", "origin/base"} {
		if got, want := hint(ref), "`git fetch origin base:refs/remotes/origin/base`, then name origin/base"; !strings.Contains(got, want) {
			t.Errorf("%s: hint %q, want %q", ref, got, want)
		}
	}
	if got := hint("--upload-pack=touch x"); strings.Contains(got, "touch") {
		t.Errorf("hint %q has the ref in a command", got)
	}
	cmd := exec.Command("git", "fetch", "--quiet", "origin", "base:refs/remotes/origin/base")
	cmd.Dir = clone
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	if got, want := hint("base"), "there is origin/base: name that one"; got != want {
		t.Errorf("hint %q, want %q", got, want)
	}
	at, close, err := a.At(t.Context(), "origin/base")
	if err != nil || at.command != "old" {
		t.Fatalf("%+v, %v", at, err)
	}
	if err := close(); err != nil {
		t.Error(err)
	}
}

func TestHasTool(t *testing.T) {
	const mod = "module example.com/shop\n\ngo 1.26\n\n"
	for file, want := range map[string]bool{
		mod + "tool example.org/x/cmd\n": true, mod + "tool (\n\texample.org/y\n\texample.org/x/cmd\n)\n": true,
		mod: false, mod + "tool example.org/x/cmd/other\n": false, "no go.mod {": false,
	} {
		a := find(t, filepath.Join(project(t, map[string]string{"go.mod": file, "app/cdk.json": `{"app":"true"}`}), "app"))
		if got := a.HasTool("example.org/x/cmd"); got != want {
			t.Errorf("%q: got %v, want %v", file, got, want)
		}
	}
}

func TestFolder(t *testing.T) {
	dir, _ := committed(t, map[string]string{"cdk.json": `{"app":"true"}`, "apps/a shop/cdk.json": `{"app":"true"}`})
	for folder, want := range map[string]string{".": "", "apps/a shop": "apps/a shop"} {
		if got := find(t, filepath.Join(dir, folder)).Folder(t.Context()); got != want {
			t.Errorf("%s: got %q, want %q", folder, got, want)
		}
	}
}
