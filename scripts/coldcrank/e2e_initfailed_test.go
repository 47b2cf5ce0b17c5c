package main

import (
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/coldcrank/coldcrank/lambda/local"
	"github.com/coldcrank/coldcrank/scripts/internal/explain/logs"
)

// TestInitFailed measures a function whose init fails the first time in each
// environment: INIT_REPORT of it is found with the request that repeated it.
func TestInitFailed(t *testing.T) {
	p := startPlantWith(t, local.Options{TLS: true})
	bootstrap := filepath.Join(p.assembly, "asset.hello", "bootstrap")
	if err := os.Rename(bootstrap, filepath.Join(filepath.Dir(bootstrap), "health")); err != nil {
		t.Fatal(err)
	}
	const once = "#!/bin/sh\nfile=${TMPDIR:-/tmp}/once\nif [ ! -e \"$file\" ]; then : >\"$file\"; exit 1; fi\nexec \"$LAMBDA_TASK_ROOT/health\"\n"
	if err := os.WriteFile(bootstrap, []byte(once), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := p.executor.Reload(p.assembly); err != nil {
		t.Fatal(err)
	}
	v := startDeployed(t, p.executor.Endpoint(), p.outputs(t, p.executor.Endpoint()))
	v.start(t)
	v.wait(t, time.Minute)
	r := reportOf(t, output{stdout: v.stdout.String()})
	requests := r.Header.Burst * r.Header.Rounds
	target := r.Header.Targets[0]
	l := logs.Of(readRun(t, r.File), target.Key, target.MemoryMB)
	if len(l.Requests) != 1 || l.Requests[0].Start != logs.Repeated || l.Requests[0].N != requests || l.Failed["error"] != requests {
		t.Fatalf("got %+v, want %d requests that repeated an init\n%s", l, requests, &v.stderr)
	}
	if _, ok := l.Times(); ok || v.code() != exitInconclusive {
		t.Errorf("exit code %d, times %v: none of them is a cold start", v.code(), ok)
	}
}
