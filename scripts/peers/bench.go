package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"time"

	"github.com/coldcrank/coldcrank/scripts/peers/internal/child"
	"github.com/coldcrank/coldcrank/scripts/peers/internal/stack"
	"github.com/coldcrank/coldcrank/scripts/peers/internal/table"
	"github.com/coldcrank/coldcrank/scripts/peers/internal/tool"
)

// scale is how large everything is.
type scale struct {
	starts       int           // simultaneous cold starts
	burst        int           // requests of a burst to the server
	cold         []int         // bursts on the local executor
	warm         int           // requests one after the other through a front
	rate         int           // of the load, requests a second
	load         time.Duration // how long it lasts
	environments int           // that are up while the executor's memory is read
	busy         time.Duration // how long threads are busy
	boots        int           // starts of each function in a repetition
}

// full is the scale of docs/peers.md.
var full = scale{
	starts: 16, burst: 500, cold: []int{5, 50, 500}, warm: 300,
	rate: 500, load: 20 * time.Second, environments: 100, busy: 2 * time.Second, boots: 10,
}

// row is a part of the table.
type row struct {
	name    string
	measure func(*bench, context.Context) ([]table.Line, error)
}

// rows in the order of the table.
var rows = []row{
	{"starts", (*bench).starts},
	{"burst", (*bench).bursts},
	{"delayed", (*bench).delayed},
	{"cold", (*bench).cold},
	{"load", (*bench).loads},
	{"front", (*bench).front},
	{"cpu", (*bench).cpu},
	{"memory", (*bench).memory},
	{"functions", (*bench).functions},
}

func names() (list []string) {
	for _, r := range rows {
		list = append(list, r.name)
	}
	return list
}

// bench is what contestants share.
type bench struct {
	scale
	repeat   int
	progress io.Writer
	tools    map[string]tool.Tool
	axum     bool // the reference is built and measured

	began   time.Time
	started []started  // functions' starts, in order
	built   []function // those that were to be started

	dir    string // of executables and assemblies
	made   int    // assemblies
	server *child.Child
	at     addresses
}

func newBench(ctx context.Context, s scale, repeat int, progress io.Writer) (_ *bench, err error) {
	b := &bench{scale: s, repeat: repeat, progress: progress, began: time.Now(), tools: map[string]tool.Tool{}}
	if b.dir, err = os.MkdirTemp("", "coldcrank-peers-"); err != nil {
		return nil, err
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, b.close())
		}
	}()
	for exe, path := range map[string]string{
		"health": "github.com/coldcrank/coldcrank/lambda/health",
		"worker": "github.com/coldcrank/coldcrank/scripts/peers/testdata/function",
	} {
		// Each in a folder of its own, under the name that it has on AWS.
		if err := stack.Build(ctx, path, b.executable(exe)); err != nil {
			return nil, err
		}
	}
	b.server, err = child.Start(ctx, roleServer, serverSettings{
		Cold: 21500 * time.Microsecond, Warm: 1500 * time.Microsecond, Delay: 10 * time.Millisecond, Jitter: time.Millisecond,
	}, &b.at)
	return b, err
}

// executable is a function's program.
func (b *bench) executable(name string) string { return filepath.Join(b.dir, name, "bootstrap") }

// assembly makes a cloud assembly in a new folder.
func (b *bench) assembly(f stack.Function) (string, error) {
	b.made++
	dir := filepath.Join(b.dir, fmt.Sprintf("assembly-%d", b.made))
	if err := os.Mkdir(dir, 0o755); err != nil {
		return "", err
	}
	return dir, stack.Write(dir, f)
}

func (b *bench) close() error {
	var err error
	if b.server != nil {
		err = b.server.Close()
	}
	return errors.Join(err, os.RemoveAll(b.dir))
}

// getTools finds or builds the peers that are wanted.
func (b *bench) getTools(ctx context.Context, wanted []string, emulator string) error {
	cache, err := os.UserCacheDir()
	if err != nil {
		return err
	}
	for _, name := range tool.Names {
		if !slices.Contains(wanted, name) {
			b.tools[name] = tool.Tool{Name: name, Missing: "left out"}
			continue
		}
		fmt.Fprintf(b.progress, "peer %s\n", name)
		t := tool.Get(ctx, name, filepath.Join(cache, "coldcrank", "peers"), emulator)
		if t.Missing != "" {
			fmt.Fprintf(b.progress, "peer %s is not there: %s\n", name, t.Missing)
		}
		b.tools[name] = t
	}
	return ctx.Err()
}
