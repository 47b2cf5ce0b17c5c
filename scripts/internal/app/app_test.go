package app

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// project writes files below a new directory and returns it.
func project(t *testing.T, files map[string]string) string {
	t.Helper()
	dir, err := filepath.EvalSymlinks(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	t.Setenv("HOME", filepath.Join(dir, "home"))
	for name, text := range files {
		file := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(file, []byte(text), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

func find(t *testing.T, dir string) *App {
	t.Helper()
	a, err := Find(dir)
	if err != nil {
		t.Fatal(err)
	}
	return a
}

func TestFind(t *testing.T) {
	dir := project(t, map[string]string{"cdk.json": `{"app":"true"}`, "a/b/x": ""})
	if got := find(t, filepath.Join(dir, "a", "b")).Dir; got != dir {
		t.Errorf("Find in a folder below: Dir = %s, want %s", got, dir)
	}
	if _, err := Find(t.TempDir()); !errors.Is(err, ErrNotFound) {
		t.Errorf("Find without a cdk.json: %v, want ErrNotFound", err)
	}
}

func TestFindErrors(t *testing.T) {
	for text, want := range map[string]string{
		`{"app":`:                     "unexpected end of JSON input",
		`{}`:                          `it names no "app" to run`,
		`null`:                        `it names no "app" to run`,
		`["app"]`:                     "not a JSON object",
		`"app"`:                       "not a JSON object",
		`{"app":["go"]}`:              "app is of the wrong type, array",
		`{"app":"true","context":""}`: "context is of the wrong type, string",
	} {
		dir := project(t, map[string]string{"cdk.json": text})
		want = filepath.Join(dir, "cdk.json") + ": " + want
		if _, err := Find(dir); err == nil || err.Error() != want {
			t.Errorf("%s: %v, want %s", text, err, want)
		}
	}
}

func TestReadExecutable(t *testing.T) {
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	e, err := ReadExecutable(self)
	if err != nil {
		t.Fatal(err)
	}
	if e.Bytes == 0 || len(e.SHA256) != 64 || !strings.HasPrefix(e.GoVersion, "go") || e.Settings["GOARCH"] == "" {
		t.Errorf("ReadExecutable of the test itself = %+v", e)
	}
	script := filepath.Join(project(t, map[string]string{"bootstrap": "#!/bin/sh\n"}), "bootstrap")
	if e, err = ReadExecutable(script); err != nil || e.Bytes != 10 || e.GoVersion != "" {
		t.Errorf("ReadExecutable of a script = %+v, %v", e, err)
	}
}

func TestCommit(t *testing.T) {
	dir := project(t, map[string]string{"cdk.json": `{"app":"true"}`})
	if c, ok := find(t, dir).Commit(context.Background()); ok {
		t.Errorf("Commit outside a repository = %+v", c)
	}
	a := find(t, dir)
	for _, args := range [][]string{{"init", "-q"}, {"add", "."}, {"-c", "user.name=t", "-c", "user.email=t@example.com", "commit", "-qm", "x"}} {
		if out, err := a.git(context.Background(), args...); err != nil {
			t.Fatal(out, err)
		}
	}
	c, ok := a.Commit(context.Background())
	if !ok || len(c.Hash) != 40 || c.Dirty {
		t.Errorf("Commit = %+v, %v, want a clean commit", c, ok)
	}
	if err := os.WriteFile(filepath.Join(dir, "new"), nil, 0o644); err != nil {
		t.Fatal(err)
	}
	if c, _ = a.Commit(context.Background()); !c.Dirty {
		t.Error("a new file does not make it dirty")
	}
}
