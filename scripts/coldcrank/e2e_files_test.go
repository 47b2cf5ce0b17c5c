package main

import (
	"os"
	"runtime"
	"strings"
	"testing"

	"github.com/coldcrank/coldcrank/scripts/internal/dataset"
)

// fromDisk measures starts from the disk. The results say whether they were, and
// on Linux in CI they must be.
func fromDisk(t *testing.T) {
	out := runCommand(t, "run", "--no-build", "--cold-disk", "--rounds", "2", "--json", "--results", t.TempDir())
	settings := allCold(t, out, 1).Header.ExecutorSettings
	evicted := settings["pageCache"] == "evicted"
	warned := strings.Contains(out.stderr, "warning: page cache:")
	if !evicted && (!strings.HasPrefix(settings["pageCache"], "warm (") || !warned) || evicted && warned {
		t.Errorf("page cache %q, and the command printed\n%s", settings["pageCache"], out.stderr)
	}
	if ci := os.Getenv("CI") != "" && runtime.GOOS == "linux"; ci && (!evicted || settings["isolation"] != "mount namespace") {
		t.Errorf("page cache %q, isolation %q, want evicted, mount namespace", settings["pageCache"], settings["isolation"])
	}
	for _, s := range readRun(t, reportOf(t, out).File).Samples {
		if s.Outcome == dataset.Cold && s.InitNS == nil {
			t.Errorf("a cold start without its time: %+v", s)
		}
	}
}
