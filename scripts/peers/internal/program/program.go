// Package program builds the functions whose starts are measured, for this machine
// and for arm64, and says how large their zip files are.
package program

import (
	"archive/zip"
	"bytes"
	"compress/flate"
	"context"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
)

// Executable is the name that a function's program has on AWS.
const Executable = "bootstrap"

// Go is a main package and how it is built. The flags are those of the go command.
type Go struct {
	Package string   // import path
	Flags   []string // "-tags=a,b", "-ldflags=-s"
}

// Build builds it for Linux on an architecture of Go's, into dir/bootstrap.
func (g Go) Build(ctx context.Context, goarch, dir string) (string, error) {
	exe := filepath.Join(dir, Executable)
	cmd := exec.CommandContext(ctx, "go", append(append([]string{"build"}, g.Flags...), "-o", exe, g.Package)...)
	cmd.Env = append(os.Environ(), "CGO_ENABLED=0", "GOFLAGS=", "GOOS=linux", "GOARCH="+goarch, "GOAMD64=v1", "GOARM64=v8.0", "GOEXPERIMENT=")
	return exe, run(cmd, "build "+g.Package)
}

// run says what a failed build said, without the headings of the go command.
func run(cmd *exec.Cmd, what string) error {
	out, err := cmd.CombinedOutput()
	if err == nil {
		return nil
	}
	var said []string
	for line := range strings.Lines(string(out)) {
		if line = strings.TrimSpace(line); line != "" && !strings.HasPrefix(line, "# ") {
			said = append(said, line)
		}
	}
	return fmt.Errorf("%s: %w: %s", what, err, strings.Join(said[:min(len(said), 2)], " "))
}

// ZipBytes is the size of a zip file with the program in it, as small as deflate
// makes it. The CDK compresses an asset at the same level.
func ZipBytes(exe string) (int, error) {
	f, err := os.Open(exe)
	if err != nil {
		return 0, err
	}
	defer f.Close()
	var file bytes.Buffer
	z := zip.NewWriter(&file)
	z.RegisterCompressor(zip.Deflate, func(w io.Writer) (io.WriteCloser, error) { return flate.NewWriter(w, flate.BestCompression) })
	w, err := z.Create(Executable)
	if err == nil {
		_, err = io.Copy(w, f)
	}
	if err == nil {
		err = z.Close()
	}
	return file.Len(), err
}
