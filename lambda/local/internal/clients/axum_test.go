package clients

import (
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// cargoBuild builds testdata/axum in a folder of the user's cache, so that the
// crates are compiled once a machine, and returns the folder of its programs.
func cargoBuild(t *testing.T) string {
	t.Helper()
	cargo := needs(t, "cargo")
	cache, err := os.UserCacheDir()
	check(t, err)
	target := filepath.Join(cache, "coldcrank", "test-axum")
	cmd := exec.Command(cargo, "build", "--quiet", "--locked", "--bins")
	cmd.Dir = "testdata/axum"
	cmd.Env = append(os.Environ(), "CARGO_TARGET_DIR="+target)
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("cargo build: %v\n%s", err, out)
	}
	return filepath.Join(target, "debug")
}

// layProgram puts a program where Lambda wants it.
func layProgram(t *testing.T, program, dir string) {
	t.Helper()
	data, err := os.ReadFile(program)
	check(t, err)
	check(t, os.WriteFile(filepath.Join(dir, "bootstrap"), data, 0o755))
}

// TestAxum runs Rust's lambda_http: the health function that coldcrank's cold
// starts are held against, and a router that reads events in every part.
func TestAxum(t *testing.T) {
	whole(t)
	built := cargoBuild(t)
	t.Run("health", func(t *testing.T) {
		s := start(t, func(dir string) { layProgram(t, filepath.Join(built, "health"), dir) })
		for range 2 {
			if a := s.do(t, "GET", "/health", "", ""); a.status != 200 || string(a.body) != "Healthy" {
				t.Errorf("GET /health: %d %s", a.status, a.body)
			}
		}
		if a := s.do(t, "GET", "/other", "", ""); a.status != 404 || len(a.body) != 0 {
			t.Errorf("GET /other: %d %s, want the router's 404", a.status, a.body)
		}
		if r := s.reports(t, 2); r[0].Record.Metrics.InitDurationMs <= 0 || r[1].Record.Metrics.InitDurationMs != 0 {
			t.Errorf("not cold and then warm: %+v", r)
		}
	})
	s := start(t, func(dir string) { layProgram(t, filepath.Join(built, "echo"), dir) })
	behaves(t, s, "asked to fail")
	t.Run("request", func(t *testing.T) {
		r, err := http.NewRequestWithContext(t.Context(), "PUT", s.base+"/see/a%20b/%C3%BC?q=1&q=a%26b&flag", strings.NewReader("x"))
		check(t, err)
		r.Header.Set("X-One", "1")
		r.Header.Add("Cookie", "a=1; b=2")
		a := send(t, r)
		lines := strings.Split(string(a.body), "\n")
		for _, want := range []string{"PUT /see/a%20b/%C3%BC q=1&q=a%26b&flag", "x-one: 1", "cookie: a=1; b=2", "x-forwarded-for: 127.0.0.1"} {
			if !slices.Contains(lines, want) {
				t.Errorf("the router did not see %q:\n%s", want, a.body)
			}
		}
		if got, want := a.header.Values("Set-Cookie"), []string{"a=1", "b=2; Path=/"}; !slices.Equal(got, want) {
			t.Errorf("cookies %q, want %q", got, want)
		}
	})
}
