package main

import (
	"encoding/json"
	"fmt"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"github.com/coldcrank/coldcrank/scripts/internal/explain"
)

// TestE2EBudget holds the health function against budgets that it keeps just so, and
// that it exceeds by one.
func TestE2EBudget(t *testing.T) {
	if runtime.GOOS != "linux" {
		t.Skip("pages are counted on Linux")
	}
	if _, err := exec.LookPath("qemu-aarch64-static"); err != nil {
		missing(t, "%v: install Debian's qemu-user-static", err)
	}
	setup(t)
	page := filepath.Join(t.TempDir(), "pages.json")
	must(t, run(t, shared.app, nil, shared.command, "explain", "--no-build", "--pages", "--format", "json", "-o", page))
	var reports []explain.Report
	if err := json.Unmarshal(readFile(t, page), &reports); err != nil {
		t.Fatal(err)
	}
	if len(reports) != 1 || reports[0].Pages == nil || reports[0].Missing != nil {
		t.Fatalf("%+v", reports)
	}
	pages := reports[0].Pages
	most := pages.Count + 2*(pages.Most-pages.Least) // they agree where this user may fix the order of threads
	zip := reportOf(t, shared.first).Header.Targets[0].ZipBytes

	kept := run(t, shared.app, nil, shared.command, "explain", "--no-build", "--pages", "--budget", fmt.Sprintf("pages=%d,zip=%dB,packages=1000", most, zip))
	if kept.code != exitOK || !strings.Contains(kept.stdout, "\nBudget\nkept\n") || strings.Contains(kept.stderr, "over budget") {
		t.Errorf("exit code %d\n%s%s", kept.code, kept.stderr, kept.stdout)
	}

	over := run(t, shared.app, nil, shared.command, "explain", "--no-build", "--pages", "--budget", fmt.Sprintf("pages=1,zip=%dB,packages=10", zip-1))
	if over.code != exitOverBudget || !strings.Contains(over.stdout, "\nBudget\nexceeded\n") {
		t.Errorf("exit code %d\n%s%s", over.code, over.stderr, over.stdout)
	}
	for _, want := range []string{
		"over budget: Coldcrank/Health: pages ",
		"more than the 1 of the budget; the largest: runtime ",
		": 1 B more than the ",
		"more than the 10 of the budget; the largest: runtime ",
	} {
		if !strings.Contains(over.stderr, want) {
			t.Errorf("not on stderr: %s\n%s", want, over.stderr)
		}
	}

	// A budget that nobody can check is not kept.
	out := run(t, shared.app, []string{"PATH=" + t.TempDir()}, shared.command, "explain", "--no-build", "--budget", "pages=1000")
	if out.code != exitFailed || !strings.Contains(out.stderr, "count pages: qemu-aarch64-static is missing: apt-get install qemu-user-static") {
		t.Errorf("exit code %d\n%s%s", out.code, out.stderr, out.stdout)
	}
}
