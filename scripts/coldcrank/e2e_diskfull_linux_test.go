package main

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/coldcrank/coldcrank/scripts/internal/dataset"
)

// TestDiskFull gives the results folder from 4 to 40 kB.
func TestDiskFull(t *testing.T) {
	if os.Getuid() != 0 {
		t.Skip("mounts a small tmpfs: root only")
	}
	p := startPlant(t)
	before := p.state(t)
	finished := false
	for kB := 4; kB <= 40 && !finished; kB += 4 {
		t.Run(fmt.Sprint(kB, " kB"), func(t *testing.T) {
			v := startDeployed(t, p.executor.Endpoint(), p.outputs(t, p.executor.Endpoint()))
			v.cmd.Args = append(v.cmd.Args, "--burst", "10")
			if err := os.MkdirAll(v.results, 0o755); err != nil {
				t.Fatal(err)
			}
			if err := syscall.Mount("none", v.results, "tmpfs", 0, fmt.Sprintf("size=%dk", kB)); err != nil {
				t.Skip("mount: ", err)
			}
			defer func() {
				if err := syscall.Unmount(v.results, 0); err != nil {
					t.Error(err)
				}
			}()
			v.start(t)
			v.wait(t, time.Minute)
			finished = v.code() == exitOK
			if said := v.stderr.String(); !finished && (v.code() != exitFailed || !strings.Contains(said, "no space left on device")) {
				t.Errorf("exit code %d, and it said\n%s", v.code(), said)
			}
			p.asBefore(t, before)
			if !finished {
				v.toldFull(t)
			}
			if left := v.journals(t); left != nil {
				t.Errorf("journals are left: %v", left)
			}
			files, err := filepath.Glob(filepath.Join(v.results, "*.jsonl*"))
			if err != nil || len(files) > 1 {
				t.Fatalf("results %v (%v), want one file at most", files, err)
			}
			for round, requests := range v.finished(t) {
				kept, err := dataset.ReadFile(files[0]) // what was told is there, also in a partial file
				if err != nil {
					t.Fatal(err)
				}
				if len(kept.Samples) < requests {
					t.Errorf("%d samples kept, and round %d was told to be finished after %d", len(kept.Samples), round, requests)
				}
			}
		})
	}
	if !finished {
		t.Error("40 kB are not enough for a run: nothing is shown about one that fails")
	}
}

// toldFull checks what a run says that the disk was too small for: each thing once,
// and where its samples are.
func (v *victim) toldFull(t *testing.T) {
	t.Helper()
	said := v.stderr.String()
	most := 1
	if strings.Contains(said, "journal: ") { // which stands beside the results
		most = 2
	}
	if n := strings.Count(said, "no space left on device"); n > most || strings.Count(said, putBack) != 1 ||
		strings.Contains(said, ".header-") || strings.Contains(said, ".finish-") {
		t.Errorf("it said\n%s", said)
	}
	kept, err := filepath.Glob(filepath.Join(v.results, "*.partial"))
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range kept {
		if want := regexp.MustCompile(`is kept: \d+ samples in \S*` + regexp.QuoteMeta(filepath.Base(file)) + "\n"); !want.MatchString(said) {
			t.Errorf("it does not name %s:\n%s", file, said)
		}
	}
}
