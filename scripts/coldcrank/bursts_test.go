package main

import (
	"crypto/tls"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/coldcrank/coldcrank/lambda/local"
	"github.com/coldcrank/coldcrank/scripts/internal/hammer"
)

// TestBurstsAreCold releases bursts on a function whose init takes 25 ms: each
// request must get an environment of its own, whichever way it comes. The
// function answers with the id of its process.
func TestBurstsAreCold(t *testing.T) {
	if testing.Short() {
		t.Skip("starts 1,100 processes")
	}
	dir := filepath.Join(t.TempDir(), "cdk.out")
	testdata := filepath.Join("..", "..", "lambda", "local", "testdata")
	if err := os.CopyFS(dir, os.DirFS(filepath.Join(testdata, "cdk.out"))); err != nil {
		t.Fatal(err)
	}
	template := filepath.Join(dir, "Tiny.template.json")
	slow := strings.Replace(string(readFile(t, template)), `"GREETING": "hi"`, `"INIT": "25ms"`, 1)
	if err := os.WriteFile(template, []byte(slow), 0o644); err != nil {
		t.Fatal(err)
	}
	if err := os.Mkdir(filepath.Join(dir, "asset.hello"), 0o755); err != nil {
		t.Fatal(err)
	}
	must(t, run(t, filepath.Join(testdata, "bootstrap"), []string{"CGO_ENABLED=0"}, "go", "build", "-o", filepath.Join(dir, "asset.hello", "bootstrap"), "."))
	for _, c := range []struct {
		tls      bool
		protocol hammer.Protocol
		n        int
	}{
		{true, hammer.HTTP2, 50}, {true, hammer.HTTP1, 50}, {false, hammer.HTTP1, 50},
		{true, hammer.HTTP2, 500}, {false, hammer.HTTP1, 500},
	} {
		name := fmt.Sprintf("TLS %t, HTTP/%d, %d", c.tls, c.protocol, c.n)
		t.Run(name, func(t *testing.T) {
			// What a busy machine holds up by more than an init is none of the
			// executor's, wherever it is: one burst of three has to be whole.
			for range 3 {
				processes, skew := releaseBurst(t, dir, c.tls, c.protocol, c.n)
				if processes == c.n {
					return
				}
				t.Logf("%d processes of %d requests within %v", processes, c.n, skew)
			}
			t.Error("no burst was whole")
		})
	}
}

// releaseBurst counts the processes that answer a burst, and says how far apart it left.
func releaseBurst(t *testing.T, dir string, useTLS bool, protocol hammer.Protocol, n int) (processes int, skew time.Duration) {
	t.Helper()
	x, err := local.Start(t.Context(), dir, local.Options{TLS: useTLS, SimultaneousInits: 16})
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := x.Close(); err != nil {
			t.Error(err)
		}
	}()
	if room := x.Capacity(1); room < n {
		t.Skipf("this machine's limits admit %d requests at a time", room)
	}
	url, err := x.URL("Hello")
	if err != nil {
		t.Fatal(err)
	}
	url = strings.TrimSuffix(url, "/health") + "/try/pid"
	sender, err := hammer.Dial(t.Context(), url, n, hammer.Options{Protocol: protocol, TLS: &tls.Config{RootCAs: x.Certificates()}})
	if err != nil {
		t.Fatal(err)
	}
	defer sender.Close()
	requests := make([]*http.Request, n)
	for i := range requests {
		if requests[i], err = http.NewRequest(http.MethodGet, url, nil); err != nil {
			t.Fatal(err)
		}
	}
	results := sender.Release(t.Context(), requests)
	pids := map[string]bool{}
	for i, r := range results {
		if r.Err != nil || r.Status != 200 {
			t.Fatalf("request %d: status %d, %v", i, r.Status, r.Err)
		}
		pids[r.Header.Get("Pid")] = true
	}
	return len(pids), hammer.Skew(results)
}
