package app

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// committed is a repository of which one commit after the other has these files.
func committed(t *testing.T, commits ...map[string]string) (dir string, git func(args ...string) string) {
	t.Helper()
	dir = project(t, nil)
	a := &App{Dir: dir}
	git = func(args ...string) string {
		t.Helper()
		out, err := a.git(t.Context(), append([]string{"-c", "user.name=t", "-c", "user.email=t@t", "-c", "init.defaultBranch=main"}, args...)...)
		if err != nil {
			t.Fatalf("git %q: %s", args, said(err))
		}
		return out
	}
	git("init", "--quiet")
	for _, files := range commits {
		for name, text := range files {
			file := filepath.Join(dir, name)
			if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(file, []byte(text), 0o755); err != nil {
				t.Fatal(err)
			}
		}
		git("add", ".")
		git("commit", "--quiet", "--message", "one")
	}
	return dir, git
}

func TestAt(t *testing.T) {
	dir, git := committed(t,
		map[string]string{"README": "no app yet"},
		map[string]string{"app/cdk.json": `{"app":"old"}`},
		map[string]string{"app/cdk.json": `{"app":"new"}`})
	hook := filepath.Join(dir, ".git", "hooks", "post-checkout")
	if err := os.WriteFile(hook, []byte("#!/bin/sh\ntouch "+filepath.Join(dir, "hooked")+"\n"), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, "app", "cdk.json"), []byte(`{"app":"changed"}`), 0o644); err != nil {
		t.Fatal(err)
	}
	// As in a hook of git, which sets where git looks.
	t.Setenv("GIT_DIR", filepath.Join(t.TempDir(), "elsewhere"))
	t.Setenv("GIT_INDEX_FILE", filepath.Join(t.TempDir(), "index"))
	a := find(t, filepath.Join(dir, "app"))
	before := git("status", "--porcelain") + git("worktree", "list")
	for ref, want := range map[string]string{"HEAD": "new", "HEAD~1": "old", "main": "new"} {
		at, close, err := a.At(t.Context(), ref)
		if err != nil {
			t.Fatal(err)
		}
		if at.command != want || filepath.Base(at.Dir) != "app" || at.Dir == a.Dir {
			t.Errorf("%s: app %q in %s, want %q", ref, at.command, at.Dir, want)
		}
		if c, ok := at.Commit(t.Context()); !ok || c.Dirty || c.Hash != git("rev-parse", ref) {
			t.Errorf("%s: commit %+v", ref, c)
		}
		if err := close(); err != nil {
			t.Error(err)
		}
		if _, err := os.Stat(at.Dir); !errors.Is(err, os.ErrNotExist) {
			t.Errorf("%s is left behind: %v", at.Dir, err)
		}
	}
	for ref, reason := range map[string]string{
		"nobody": "no such commit", "--help": "no such commit", "": "no such commit", "HEAD~2": "no cdk.json in app",
	} {
		_, _, err := a.At(t.Context(), ref)
		var wrong *RefError
		if !errors.As(err, &wrong) || !strings.Contains(err.Error(), reason) || wrong.Hint == "" {
			t.Errorf("%q: %v, want %q and a hint", ref, err, reason)
		}
	}
	if after := git("status", "--porcelain") + git("worktree", "list"); after != before {
		t.Errorf("git says\n%s\nand said\n%s", after, before)
	}
	if _, err := os.Stat(filepath.Join(dir, "hooked")); err == nil {
		t.Error("a hook ran")
	}
}

func TestAtWithoutRepository(t *testing.T) {
	a := find(t, project(t, map[string]string{"cdk.json": `{"app":"true"}`}))
	var wrong *RefError
	if _, _, err := a.At(t.Context(), "main"); !errors.As(err, &wrong) || !strings.Contains(err.Error(), "no git repository") {
		t.Errorf("got %v, want a *RefError", err)
	}
}
