package sources

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"
)

// watched begins to watch the packages infra and stack of shop.
func watched(t *testing.T) (w *Watch, dir string) {
	t.Helper()
	dir = shop(t)
	s, err := Find(t.Context(), App{Dir: dir, Command: "go run ./infra"})
	if err != nil {
		t.Fatal(err)
	}
	w = NewWatch(s, later, later)
	w.Every = time.Millisecond
	return w, dir
}

// changed checks what Wait returns.
func (w *Watch) changed(t *testing.T, dir string, want ...string) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
	defer cancel()
	got, err := w.Wait(ctx)
	for i, name := range got {
		if got[i], err = filepath.Rel(dir, name); err != nil {
			t.Fatal(err)
		}
	}
	if err != nil || !slices.Equal(got, want) {
		t.Errorf("changed: %q (%v), want %q", got, err, want)
	}
}

// still checks that nothing has changed, as two looks see it.
func (w *Watch) still(t *testing.T) {
	t.Helper()
	if got := differ(w.seen, w.look(w.seen)); got != nil {
		t.Errorf("changed: %q, want nothing", got)
	}
}

func TestWatch(t *testing.T) {
	w, dir := watched(t)
	w.still(t)
	at := func(name string) string { return filepath.Join(dir, name) }
	do := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}

	write(t, dir, map[string]string{"infra/main.go": "package main\n\nfunc main() { println() }\n"})
	w.changed(t, dir, "infra/main.go")
	w.still(t)

	// As editors write: a new file takes the name, here with the old time and size.
	info, err := os.Stat(at("stack/stack.go"))
	do(err)
	data, err := os.ReadFile(at("stack/stack.go"))
	do(err)
	data[len(data)-1] = ' '
	do(os.WriteFile(at("stack/.stack.go.swp"), data, 0o644))
	do(os.Chtimes(at("stack/.stack.go.swp"), time.Time{}, info.ModTime().Add(-time.Hour)))
	do(os.Rename(at("stack/.stack.go.swp"), at("stack/stack.go")))
	w.changed(t, dir, "stack/stack.go")

	// New, gone, and both in one go.
	write(t, dir, map[string]string{"infra/more.go": "package main\n", "stack/texts/b.txt": "b\n"})
	w.changed(t, dir, "infra/more.go", "stack/texts/b.txt")
	do(os.Remove(at("infra/more.go")))
	write(t, dir, map[string]string{"cdk.context.json": "{}"})
	w.changed(t, dir, "cdk.context.json", "infra/more.go")

	// A folder that is away and comes back, as when a branch is checked out.
	do(os.Rename(at("stack"), at("away")))
	w.changed(t, dir, "stack/stack.go", "stack/texts/a.txt", "stack/texts/b.txt")
	do(os.Rename(at("away"), at("stack")))
	w.changed(t, dir, "stack/stack.go", "stack/texts/a.txt", "stack/texts/b.txt")

	// Nothing that counts.
	now := time.Now().Add(time.Minute)
	do(os.Chtimes(at("infra/main.go"), now, now)) // touched
	write(t, dir, map[string]string{
		"infra/main_test.go": "package main // more\n", "infra/README.md": "more\n", "unused/unused.go": "package unused // more\n",
		"lib/lib.go": "package lib // more\n", ".coldcrank/outputs.txt": "y\n", "cdk.out/manifest.json": "{ }\n", "results/y.jsonl": "{}\n",
	})
	w.still(t)
}

// TestWatchSince: what was written while the first build ran is a change.
func TestWatchSince(t *testing.T) {
	w, dir := watched(t)
	began := time.Now().Add(time.Hour)
	late := filepath.Join(dir, "infra", "main.go")
	if err := os.Chtimes(late, began, began.Add(time.Second)); err != nil {
		t.Fatal(err)
	}
	again := NewWatch(w.set, began, later)
	again.Every = time.Millisecond
	again.changed(t, dir, "infra/main.go")
	again.still(t)
}

// TestRenew: what was written, removed or became a source while a build ran is a
// change after it.
func TestRenew(t *testing.T) {
	w, dir := watched(t)
	began := time.Now().Add(-time.Second)
	write(t, dir, map[string]string{
		"infra/main.go": "package main\n\nimport _ \"example.com/shop/unused\"\n\nfunc main() {}\n",
		"stack/new.go":  "package stack\n",
	})
	old := time.Now().Add(-time.Hour)
	if err := os.Chtimes(filepath.Join(dir, "unused", "unused.go"), old, old); err != nil {
		t.Fatal(err)
	}
	s, err := Find(t.Context(), App{Dir: dir, Command: "go run ./infra"})
	if err != nil {
		t.Fatal(err)
	}
	w.Renew(s, began)
	w.changed(t, dir, "infra/main.go") // which does not import stack any more
	write(t, dir, map[string]string{"unused/unused.go": "package unused // more\n"})
	w.changed(t, dir, "unused/unused.go")

	if err := os.Remove(filepath.Join(dir, "infra", "main.go")); err != nil {
		t.Fatal(err)
	}
	w.Renew(s, time.Now())
	w.changed(t, dir, "infra/main.go")
}

// TestQuiet: a change is reported once, when nothing more is written.
func TestQuiet(t *testing.T) {
	w, dir := watched(t)
	last := w.seen
	for i, tc := range []struct {
		text string // empty: nothing is written before the look
		want bool
	}{{"package main // 1\n", false}, {"package main // 2\n", false}, {"", true}, {"", false}} {
		if tc.text != "" {
			write(t, dir, map[string]string{"infra/main.go": tc.text})
		}
		var changed []string
		if last, changed = w.step(last); (changed != nil) != tc.want {
			t.Errorf("look %d: %q", i, changed)
		}
	}
}

// TestWaitEnds: the end of the context is the end of the wait.
func TestWaitEnds(t *testing.T) {
	w, _ := watched(t)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if names, err := w.Wait(ctx); !errors.Is(err, context.Canceled) {
		t.Errorf("%q, %v, want the context's error", names, err)
	}
}

// TestTree: what a build writes into the folder is no change, and what is written
// after it is one, also before the set is renewed.
func TestTree(t *testing.T) {
	dir := shop(t)
	s, err := Find(t.Context(), App{Dir: dir, Command: "make synth"})
	if err != nil {
		t.Fatal(err)
	}
	w := NewWatch(s, time.Time{}, later)
	w.Every = time.Millisecond
	w.still(t)
	write(t, dir, map[string]string{"app.js": "1\n", "infra/README.md": "built\n"})
	w.Built()
	w.still(t)
	write(t, dir, map[string]string{"app.js": "2\n", "new.ts": "\n"})
	if err := os.Remove(filepath.Join(dir, "unused", "unused.go")); err != nil {
		t.Fatal(err)
	}
	w.Renew(s, time.Now())
	w.changed(t, dir, "app.js", "new.ts", "unused/unused.go")
	w.still(t)
}
