package main

import (
	"bytes"
	"crypto/sha256"
	"debug/elf"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"github.com/coldcrank/coldcrank/lambda/local"
)

// TestE2EShipped has the file that `cdk deploy` ships answer a request: the arm64
// bootstrap, run by an emulator of that processor on the executor's own Runtime API.
// Its times are the emulator's: nothing here looks at them.
func TestE2EShipped(t *testing.T) {
	cli := cdkCLI(t)
	if runtime.GOOS != "linux" {
		t.Skip("runs a Linux program, by an emulator of the processor alone")
	}
	qemu, err := exec.LookPath("qemu-aarch64-static")
	if err != nil {
		missing(t, "%v: install Debian's qemu-user-static", err)
	}
	setup(t)
	out := filepath.Join(t.TempDir(), "cdk.out")
	env := append(awsEnv(t, "http://127.0.0.1:1"), "CDK_VALIDATION=false") // whatever is sent fails
	must(t, runIn(t, shared.app, env, cli, "synth", "--quiet", "--no-notices", "--output", out))

	bootstrap := one(t, filepath.Join(out, "asset.*", "bootstrap"))
	shipped := readFile(t, bootstrap)
	file, err := elf.NewFile(bytes.NewReader(shipped))
	if err != nil {
		t.Fatal(err)
	}
	if file.Machine != elf.EM_AARCH64 || file.Class != elf.ELFCLASS64 || file.Type != elf.ET_EXEC {
		t.Errorf("the shipped bootstrap is %v, %v, %v, want a program for aarch64", file.Machine, file.Class, file.Type)
	}
	if got, want := fmt.Sprintf("%x", sha256.Sum256(shipped)), reportOf(t, shared.first).Header.Targets[0].ExecutableSHA256; got != want {
		t.Errorf("the shipped bootstrap has the sum %s, and results name %s", got, want)
	}

	// The executor emulates nothing: only a script that does can be its bootstrap.
	if runtime.GOARCH != "arm64" {
		if x, err := local.Start(t.Context(), out, local.Options{}); err == nil {
			t.Error("the executor takes the shipped bootstrap as it is, on ", runtime.GOARCH, x.Close())
		} else if !strings.Contains(err.Error(), "built for linux/arm64") {
			t.Error(err)
		}
	}
	if err := os.Rename(bootstrap, bootstrap+".shipped"); err != nil {
		t.Fatal(err)
	}
	script := fmt.Sprintf("#!/bin/sh\nexec '%s' \"$LAMBDA_TASK_ROOT/bootstrap.shipped\"\n", qemu)
	if err := os.WriteFile(bootstrap, []byte(script), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.Chmod(bootstrap+".shipped", 0o755); err != nil {
		t.Fatal(err)
	}
	x, err := local.Start(t.Context(), out, local.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := x.Close(); err != nil {
			t.Error(err)
		}
	})
	url, err := x.URL("Coldcrank/Health")
	if err != nil {
		t.Fatal(err)
	}
	for range 2 { // the second is answered by a program that waited for it
		resp, err := http.Get(url)
		if err != nil {
			t.Fatal(err)
		}
		body, err := io.ReadAll(resp.Body)
		resp.Body.Close()
		if kind := resp.Header.Get("Content-Type"); err != nil || resp.StatusCode != http.StatusOK || string(body) != "Healthy" || kind != "text/plain; charset=utf-8" {
			t.Errorf("GET /health: %s, %s, %q (%v)", resp.Status, kind, body, err)
		}
	}
	for _, f := range x.Failures() {
		t.Errorf("%s %s\n%s", f.ErrorType, f.Message, f.Log)
	}
}
