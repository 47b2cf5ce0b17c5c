package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"time"
	"unicode"

	"github.com/coldcrank/coldcrank/scripts/internal/pagecache"
	"github.com/coldcrank/coldcrank/scripts/peers/internal/boot"
	"github.com/coldcrank/coldcrank/scripts/peers/internal/program"
	"github.com/coldcrank/coldcrank/scripts/peers/internal/slow"
	"github.com/coldcrank/coldcrank/scripts/peers/internal/table"
)

// What functions are named in the table.
const (
	axumDynamic = "reference: Axum, dynamic glibc"
	axumGlibc   = "Axum, static glibc"
	axumMusl    = "Axum, static musl"
	awsDefault  = "aws-lambda-go, default build"
	awsTuned    = "aws-lambda-go, tuned"
	floor       = "lambda/floor"
	prefetched  = "lambda/floor with prefetch"
	ownEntry    = "lambda/floor, Go's own entry"
	emptyMain   = "empty Go main"
)

// function is one whose starts are measured.
type function struct {
	who   string
	build func(ctx context.Context, goarch, dir string) (exe string, err error)
	mute  bool // it answers no event

	exe     string // for this machine
	missing string // why there is none
}

// notBuilt is said of a function whose line of zip files says why.
const notBuilt = "it is not built"

const module = "github.com/coldcrank/coldcrank/"

// lean is how the construct builds functions.
func lean(path, tags string) program.Go {
	return program.Go{Package: module + path, Flags: []string{"-trimpath", "-buildvcs=false", "-tags=" + tags, "-ldflags=-s -w -buildid="}}
}

// entered is floor that the kernel enters elsewhere than at Go's own entry: where the
// CDK app has it so, or at another place of lambda/ric/entry.
func entered(at string) program.Go {
	g := lean("lambda/floor", "")
	g.Flags[len(g.Flags)-1] += " -E=" + at
	return g
}

// functionList has the reference first, and all others beside it.
func (b *bench) functionList() []function {
	rust := func(static bool, libc string) func(context.Context, string, string) (string, error) {
		return func(ctx context.Context, goarch, _ string) (string, error) {
			if !b.axum {
				return "", errors.New("left out")
			}
			cache, err := os.UserCacheDir()
			if err != nil {
				return "", err
			}
			r := program.Rust{Static: static}
			if static || goarch != runtime.GOARCH {
				r.Target = program.Target(goarch, libc)
			}
			return r.Build(ctx, filepath.Join(cache, "coldcrank", "peers"))
		}
	}
	return []function{
		{who: axumDynamic, build: rust(false, "gnu")},
		{who: axumGlibc, build: rust(true, "gnu")},
		{who: axumMusl, build: rust(true, "musl")},
		{who: awsDefault, build: program.Go{Package: module + "lambda/health"}.Build},
		{who: awsTuned, build: lean("lambda/health", "lambda.norpc,nethttpomithttp2").Build},
		{who: floor, build: entered("coldcrank_entry").Build},
		{who: prefetched, build: entered("coldcrank_prefetch").Build},
		{who: ownEntry, build: lean("lambda/floor", "").Build},
		{who: emptyMain, build: lean("scripts/peers/testdata/empty", "").Build, mute: true},
	}
}

// functions measures one start at a time of each function, from the page cache, from
// the disk and from a slow volume, and how large their zip files are.
func (b *bench) functions(ctx context.Context) (_ []table.Line, err error) {
	list, zips, err := b.buildFunctions(ctx)
	if err != nil {
		return nil, err
	}
	b.built = list
	booter, err := boot.Open()
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, booter.Close()) }()
	for i, f := range list {
		// The first start is not counted: it has the program on the disk and in memory.
		if f.missing == "" {
			if _, err := booter.Run(f.exe, !f.mute); err != nil {
				list[i].missing = err.Error()
			}
		}
	}
	lines, err := b.starting(ctx, list, warmStart, []measure{initTime, firstTime, highWater}, func(f function) ([]float64, error) {
		return bootOnce(booter, f, f.exe)
	})
	if err != nil {
		return nil, err
	}
	more, err := b.starting(ctx, list, evictedStart, []measure{initTime, firstTime}, func(f function) ([]float64, error) {
		if err := pagecache.Evict(f.exe); err != nil {
			return nil, err
		}
		return bootOnce(booter, f, f.exe)
	})
	if err != nil {
		return nil, err
	}
	lines = append(lines, more...)
	if more, err = b.fromSlowVolume(ctx, list, booter); err != nil {
		return nil, err
	}
	return append(append(zips, lines...), more...), nil
}

// speed of the slow volume.
var speed = slow.Speed{Latency: 500 * time.Microsecond, BytesPerSecond: 200_000_000}

func (b *bench) fromSlowVolume(ctx context.Context, list []function, booter *boot.Booter) (_ []table.Line, err error) {
	programs := map[string]string{}
	for _, f := range list {
		if f.missing == "" {
			programs[folderOf(f)] = f.exe
		}
	}
	v, missing, err := startVolume(ctx, b.dir, programs, speed)
	if err != nil {
		return nil, err
	}
	if missing == "" {
		defer func() { err = errors.Join(err, v.Close()) }()
	} else {
		fmt.Fprintf(b.progress, "there is no slow volume: %s\n", missing)
		for i := range list {
			if list[i].missing == "" {
				list[i].missing = missing
			}
		}
	}
	return b.starting(ctx, list, slowStart, []measure{initTime, firstTime, readBytes}, func(f function) ([]float64, error) {
		exe := filepath.Join(v.at, folderOf(f), filepath.Base(f.exe))
		if err := pagecache.Evict(exe); err != nil {
			return nil, err
		}
		before, err := v.read()
		if err != nil {
			return nil, err
		}
		values, err := bootOnce(booter, f, exe)
		if err != nil {
			return nil, err
		}
		after, err := v.read()
		values[2] = float64(after-before) / 1e3
		return values, err
	})
}

// bootOnce gives a start's init and first invocation in ms, and the most that was
// resident, in kB.
func bootOnce(booter *boot.Booter, f function, exe string) ([]float64, error) {
	s, err := booter.Run(exe, !f.mute)
	return []float64{float64(s.Init) / 1e6, float64(s.Invocation) / 1e6, float64(s.Memory) / 1e3}, err
}

// folderOf names a folder, and a target, for a function: lambda-floor.
func folderOf(f function) string {
	return strings.Join(strings.FieldsFunc(strings.ToLower(f.who), func(c rune) bool { return !unicode.IsLower(c) }), "-")
}

// buildFunctions builds all for this machine, and for arm64, which is measured by the
// size of its zip file only. Who cannot be built is told by its line.
func (b *bench) buildFunctions(ctx context.Context) ([]function, []table.Line, error) {
	list := b.functionList()
	var zips []table.Line
	for _, goarch := range []string{runtime.GOARCH, "arm64"} {
		var lines []table.Line
		for i := range list {
			f := &list[i]
			dir := filepath.Join(b.dir, "functions", goarch, folderOf(*f))
			if err := os.MkdirAll(dir, 0o755); err != nil {
				return nil, nil, err
			}
			fmt.Fprintf(b.progress, "function %s for %s\n", f.who, goarch)
			exe, size, err := buildOne(ctx, *f, goarch, dir)
			if ctx.Err() != nil {
				return nil, nil, ctx.Err()
			}
			l := table.Line{What: "zip, linux/" + goarch, Who: f.who, Unit: table.Kilobytes, Over: overReference}
			if err != nil {
				l.Missing = err.Error()
			} else {
				l.Values = []float64{float64(size) / 1e3}
			}
			lines = append(lines, l)
			if goarch == runtime.GOARCH {
				if f.exe = exe; err != nil {
					f.missing = notBuilt
				}
			}
		}
		if len(zips) > 0 && goarch == runtime.GOARCH {
			break // this machine is one of arm64
		}
		zips = append(zips, judge(lines)...)
	}
	return list, zips, nil
}

// buildOne writes what was built anew, as unpacking it from a zip would: from a file
// as a linker leaves it a program starts slower by 4 to 11 %, presumably because the
// page cache has it in smaller pieces.
func buildOne(ctx context.Context, f function, goarch, dir string) (exe string, zipBytes int, err error) {
	built, err := f.build(ctx, goarch, dir)
	if err != nil {
		return "", 0, err
	}
	data, err := os.ReadFile(built)
	if err != nil {
		return "", 0, err
	}
	exe = filepath.Join(dir, program.Executable)
	if err := os.RemoveAll(exe); err != nil {
		return "", 0, err
	}
	if err := os.WriteFile(exe, data, 0o755); err != nil {
		return "", 0, err
	}
	if err := synced(exe); err != nil {
		return "", 0, err
	}
	zipBytes, err = program.ZipBytes(exe)
	return exe, zipBytes, err
}

// synced has a file on its disk: what is not there cannot be evicted.
func synced(name string) error {
	f, err := os.Open(name)
	if err != nil {
		return err
	}
	return errors.Join(f.Sync(), f.Close())
}
