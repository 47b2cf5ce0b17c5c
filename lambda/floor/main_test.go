package main

import (
	"archive/zip"
	"bytes"
	"compress/flate"
	"encoding/json"
	"io"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/coldcrank/coldcrank/lambda/ric/bare"
	"github.com/coldcrank/coldcrank/lambda/ric/payload"
)

func TestRoute(t *testing.T) {
	for _, c := range []struct {
		method, path string
		status       int
		headers      map[string]string
		body         string
	}{
		{"GET", "/health", 200, map[string]string{"content-type": "text/plain; charset=utf-8"}, "Healthy"},
		{"HEAD", "/health", 200, map[string]string{"content-type": "text/plain; charset=utf-8"}, ""},
		{"POST", "/health", 405, map[string]string{"allow": "GET,HEAD"}, ""},
		{"get", "/health", 405, map[string]string{"allow": "GET,HEAD"}, ""},
		{"GET", "/health/", 404, nil, ""},
		{"GET", "/", 404, nil, ""},
		{"POST", "/Health", 404, nil, ""},
	} {
		event, err := json.Marshal(map[string]any{"version": "2.0", "rawPath": c.path, "requestContext": map[string]any{"stage": "$default", "http": map[string]string{"method": c.method, "path": c.path}}})
		if err != nil {
			t.Fatal(err)
		}
		out, err := payload.Handler(route)(&bare.Invocation{}, event)
		if err != nil {
			t.Fatal(err)
		}
		var got struct {
			StatusCode int
			Headers    map[string]string
			Body       string
		}
		d := json.NewDecoder(bytes.NewReader(out))
		d.DisallowUnknownFields()
		if err := d.Decode(&got); err != nil {
			t.Fatal(err)
		}
		if got.StatusCode != c.status || !maps.Equal(got.Headers, c.headers) || got.Body != c.body {
			t.Errorf("%s %s: %s, want %d %v %q", c.method, c.path, out, c.status, c.headers, c.body)
		}
	}
}

// TestZip: what ships is small. The build is gobuild's. The CDK packs with Node's
// zlib at level 9, which makes a little less of it than Go's compressor does.
func TestZip(t *testing.T) {
	const most = 600_000
	file := filepath.Join(t.TempDir(), "bootstrap")
	cmd := exec.CommandContext(t.Context(), "go", "build", "-o", file, "-trimpath", "-buildvcs=false", "-ldflags=-s -w -buildid= -E=coldcrank_entry", ".")
	cmd.Env = append(os.Environ(), "GOOS=linux", "GOARCH=arm64", "GOARM64=v8.0", "CGO_ENABLED=0", "GOFLAGS=", "GOEXPERIMENT=", "GOFIPS140=off")
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	data, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	var packed bytes.Buffer
	z := zip.NewWriter(&packed)
	z.RegisterCompressor(zip.Deflate, func(w io.Writer) (io.WriteCloser, error) { return flate.NewWriter(w, flate.BestCompression) })
	w, err := z.Create("bootstrap")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := w.Write(data); err != nil {
		t.Fatal(err)
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	t.Logf("zip %d bytes, executable %d", packed.Len(), len(data))
	if packed.Len() > most {
		t.Errorf("the zip has %d bytes, more than %d: go list -deps ./lambda/floor names what came in", packed.Len(), most)
	}
}
