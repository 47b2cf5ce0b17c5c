// Package tool builds the peers: in the versions given here, from their registries,
// into a folder of the user's cache, once.
package tool

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
)

// The versions that are built.
const (
	ohaVersion    = "1.16.0"
	heyVersion    = "v0.1.5"
	vegetaVersion = "v12.13.0"
)

// Names of peers.
const (
	Oha      = "oha"
	Hey      = "hey"
	Vegeta   = "vegeta"
	Emulator = "rie" // AWS's runtime interface emulator
)

// Names lists all peers.
var Names = []string{Oha, Hey, Vegeta, Emulator}

// A Tool is a peer's program, or the reason why it is not there.
type Tool struct {
	Name    string
	Version string
	Path    string // "" where it is not there
	Missing string
}

// Get finds a peer's program in a folder below cache, or builds it there. emulator
// is the program or the checkout of AWS's emulator, "" for none.
func Get(ctx context.Context, name, cache, emulator string) Tool {
	t := Tool{Name: name}
	var err error
	switch name {
	case Oha:
		t.Version = ohaVersion
		t.Path, err = build(ctx, cache, t, func(dir string) (string, *exec.Cmd) {
			return filepath.Join(dir, "bin", Oha), exec.CommandContext(ctx, "cargo", "install", "--quiet", "--locked", "--root", dir, "--version", ohaVersion, Oha)
		})
	case Hey:
		t.Version = heyVersion
		t.Path, err = build(ctx, cache, t, goInstall(ctx, Hey, "github.com/rakyll/hey@"+heyVersion))
	case Vegeta:
		t.Version = vegetaVersion
		t.Path, err = build(ctx, cache, t, goInstall(ctx, Vegeta, "github.com/tsenart/vegeta/v12@"+vegetaVersion))
	case Emulator:
		t.Path, t.Version, err = findEmulator(ctx, cache, emulator)
	}
	if err != nil {
		t.Path, t.Missing = "", err.Error()
	}
	return t
}

// build runs a build into a folder of its own and moves it to its place when it is
// whole.
func build(ctx context.Context, cache string, t Tool, command func(dir string) (exe string, cmd *exec.Cmd)) (string, error) {
	dir := filepath.Join(cache, t.Name+"-"+t.Version)
	exe, _ := command(dir)
	if _, err := os.Stat(exe); err == nil {
		return exe, nil
	}
	if err := os.MkdirAll(cache, 0o755); err != nil {
		return "", err
	}
	fresh, err := os.MkdirTemp(cache, t.Name+"-")
	if err != nil {
		return "", err
	}
	defer os.RemoveAll(fresh) // gone already where all went well
	_, cmd := command(fresh)
	if err := run(cmd); err != nil {
		return "", err
	}
	if err := os.Rename(fresh, dir); err != nil && !errors.Is(err, fs.ErrExist) { // another build may have been faster
		return "", err
	}
	_, err = os.Stat(exe)
	return exe, err
}

func goInstall(ctx context.Context, name, module string) func(dir string) (string, *exec.Cmd) {
	return func(dir string) (string, *exec.Cmd) {
		cmd := exec.CommandContext(ctx, "go", "install", module)
		cmd.Env = append(os.Environ(), "GOBIN="+dir, "GOFLAGS=")
		return filepath.Join(dir, name), cmd
	}
}

// run says the first line of what a failed build said.
func run(cmd *exec.Cmd) error {
	out, err := cmd.CombinedOutput()
	if err != nil {
		said, _, _ := strings.Cut(strings.TrimSpace(string(out)), "\n")
		return fmt.Errorf("%s: %w %s", strings.Join(cmd.Args[:2], " "), err, said)
	}
	return nil
}

const emulatorSource = "github.com/aws/aws-lambda-runtime-interface-emulator"

// findEmulator takes a program as it is; a checkout is built.
func findEmulator(ctx context.Context, cache, given string) (path, version string, err error) {
	if given == "" {
		return "", "", fmt.Errorf("it is in no registry: clone %s and give its folder with --rie", emulatorSource)
	}
	if path, err = filepath.Abs(given); err != nil {
		return "", "", err
	}
	info, err := os.Stat(path)
	if err != nil {
		return "", "", err
	}
	if !info.IsDir() {
		return path, "of an unknown version", nil
	}
	out, err := exec.CommandContext(ctx, "git", "-C", path, "rev-parse", "--short=12", "HEAD").Output()
	if err != nil {
		return "", "", fmt.Errorf("%s: the commit is needed: git rev-parse: %w", given, err)
	}
	version = strings.TrimSpace(string(out))
	path, err = build(ctx, cache, Tool{Name: Emulator, Version: version}, func(dir string) (string, *exec.Cmd) {
		exe := filepath.Join(dir, "aws-lambda-rie")
		cmd := exec.CommandContext(ctx, "go", "build", "-o", exe, "./cmd/aws-lambda-rie")
		cmd.Dir, cmd.Env = path, append(os.Environ(), "GOFLAGS=", "GOWORK=off")
		return exe, cmd
	})
	return path, version, err
}
