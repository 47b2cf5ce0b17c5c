package main

import (
	"context"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/coldcrank/coldcrank/lambda/local"
)

// TestSigterm measures a function that registers an extension in its init: each of its
// environments starts cold, and has its word before it ends.
func TestSigterm(t *testing.T) {
	p := startPlantWith(t, local.Options{TLS: true})
	must(t, run(t, filepath.Join("..", "..", "lambda", "local", "internal", "clients", "testdata", "sigterm"), []string{"CGO_ENABLED=0"},
		"go", "build", "-o", filepath.Join(p.assembly, "asset.hello", "bootstrap"), "."))
	if err := p.executor.Reload(p.assembly); err != nil {
		t.Fatal(err)
	}
	tail := p.executor.Tail()
	defer tail.Close()
	v := startDeployed(t, p.executor.Endpoint(), p.outputs(t, p.executor.Endpoint()))
	v.start(t)
	v.wait(t, time.Minute)
	r := reportOf(t, output{stdout: v.stdout.String(), stderr: v.stderr.String()})
	n := r.Header.Burst * r.Header.Rounds
	if s := r.Summaries[0]; s.Requested != n || s.Cold != n {
		t.Errorf("%+v, want %d cold of %[2]d\n%s", s.Counts, n, &v.stderr)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
	defer cancel()
	words := map[string]int{} // by environment
	for len(words) < n {
		events, err := tail.Next(ctx)
		if err != nil {
			t.Fatalf("%v: words of %d environments, want %d", err, len(words), n)
		}
		for _, e := range events {
			if strings.Contains(e.Message, "flushed") {
				words[e.Stream]++
			}
		}
	}
	for stream, times := range words {
		if times != 1 {
			t.Errorf("%s: %d times", stream, times)
		}
	}
}
