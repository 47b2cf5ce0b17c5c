package gobuild

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"slices"
	"strings"
	"time"
)

// goCommand is the go command with the environment of one build.
type goCommand struct {
	path     string
	env      []string // on top of this process's environment
	settings settings
}

// settings are the go command's settings as they hold in the app's folder,
// whether from the environment or from `go env -w`.
type settings map[string]string

// survivors are the settings that say where the toolchain, modules and
// finished work are found. They cannot change the bytes, because go.sum holds
// what modules must contain.
func survivors() []string {
	return []string{
		"GOAUTH", "GOCACHE", "GOCACHEPROG", "GOINSECURE", "GOMODCACHE",
		"GONOPROXY", "GONOSUMDB", "GOPATH", "GOPRIVATE", "GOPROXY", "GOSUMDB",
		"GOTMPDIR", "GOTOOLCHAIN", "GOVCS",
	}
}

// pinned returns the settings that change the bytes. An empty value is the
// toolchain's default.
func pinned(s Spec) []string {
	return []string{
		"GOOS=" + s.GOOS,
		"GOARCH=" + s.GOARCH,
		// The baselines, which every Lambda host of the architecture meets.
		"GOAMD64=v1",
		"GOARM64=v8.0",
		"CGO_ENABLED=0",
		"GOEXPERIMENT=",
		"GOFIPS140=off",
		"GO_EXTLINK_ENABLED=",
		// Without it an empty value falls back to what `go env -w` wrote.
		"GOENV=off",
	}
}

// newGoCommand finds the go command and reads its settings in s.Dir.
func newGoCommand(ctx context.Context, s Spec) (*goCommand, error) {
	path, err := exec.LookPath("go")
	if err != nil {
		return nil, fmt.Errorf("%w, or not in PATH: see https://go.dev/doc/install", ErrNoGo)
	}
	g := &goCommand{path: path, env: []string{"GO111MODULE=on"}}
	names := append(survivors(), "GOFLAGS", "GOMOD", "GOWORK")
	out, err := g.output(ctx, s.Dir, append([]string{"env", "-json"}, names...)...)
	if err != nil {
		return nil, fmt.Errorf("go env: %w", err)
	}
	if err := json.Unmarshal(out, &g.settings); err != nil {
		return nil, fmt.Errorf("go env: %w", err)
	}
	for _, name := range survivors() {
		g.env = append(g.env, name+"="+g.settings[name])
	}
	g.env = append(g.env, pinned(s)...)
	g.env = append(g.env, "GOFLAGS="+keepFlags(g.settings["GOFLAGS"], "-mod", "-modfile", "-modcacherw", "-p"))
	return g, nil
}

// alone returns the settings under which a module is built from its own go.mod
// and nothing else: the app's -mod and -modfile are about the app's module.
func alone(s settings) []string {
	return []string{
		"GOWORK=off",
		"GOFLAGS=" + keepFlags(s["GOFLAGS"], "-modcacherw", "-p"),
	}
}

// keepFlags returns the flags of GOFLAGS that have one of the names, as they
// are written there. GOFLAGS is a list separated by space, in which a flag with
// a space in it stands in quotes.
func keepFlags(goflags string, names ...string) string {
	const space = " \t\r\n" // to the go command (cmd/internal/quoted); strings.TrimSpace has more
	var kept []string
	for rest := strings.Trim(goflags, space); rest != ""; rest = strings.Trim(rest, space) {
		end := strings.IndexAny(rest, space)
		if quote := rest[0]; quote == '\'' || quote == '"' {
			end = 1 + strings.IndexByte(rest[1:], quote) + 1
			if end == 1 { // never closed: the go command has refused it already
				end = len(rest)
			}
		}
		if end < 0 {
			end = len(rest)
		}
		flag := rest[:end]
		rest = rest[end:]

		name, _, _ := strings.Cut(strings.Trim(flag, `'"`), "=")
		if !strings.HasPrefix(name, "-") {
			continue // no flag: the go command refuses it
		}
		if slices.Contains(names, "-"+strings.TrimLeft(name, "-")) {
			kept = append(kept, flag)
		}
	}
	return strings.Join(kept, " ")
}

// output runs the go command in dir and returns its stdout. A command that ran
// and failed is a *goError.
func (g *goCommand) output(ctx context.Context, dir string, args ...string) ([]byte, error) {
	cmd := exec.CommandContext(ctx, g.path, args...)
	cmd.Dir = dir
	cmd.Env = append(cmd.Environ(), g.env...)
	// An interrupted go command takes its compilers and its temporary files with
	// it; a killed one leaves both.
	cmd.Cancel = func() error { return cmd.Process.Signal(os.Interrupt) }
	cmd.WaitDelay = 5 * time.Second
	var stdout, stderr bytes.Buffer
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	err := cmd.Run()
	if _, ok := errors.AsType[*exec.ExitError](err); ok {
		lines := faults(stderr.String())
		if len(lines) == 0 {
			lines = []string{fmt.Sprintf("go %s: %v", args[0], err)}
		}
		return nil, &goError{lines: lines}
	}
	if err != nil {
		return nil, err
	}
	return stdout.Bytes(), nil
}
