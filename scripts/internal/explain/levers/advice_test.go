package levers

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/coldcrank/coldcrank/lambda/local"
	"github.com/coldcrank/coldcrank/scripts/internal/explain/start"
	"github.com/coldcrank/coldcrank/scripts/internal/explain/subject"
	"github.com/coldcrank/coldcrank/scripts/internal/explain/variant"
	"github.com/coldcrank/coldcrank/scripts/internal/stats"
)

const health = "github.com/coldcrank/coldcrank/lambda/health"

const here = "github.com/coldcrank/coldcrank/scripts/internal/explain/levers/testdata/"

// build builds a main package as someone does who knows no tags.
func build(t *testing.T, dir, path string, args ...string) string {
	t.Helper()
	linked, file := filepath.Join(t.TempDir(), "linked"), filepath.Join(t.TempDir(), "bootstrap")
	cmd := exec.Command("go", append(append([]string{"build", "-trimpath", "-ldflags=-s -w -buildid=", "-o", linked}, args...), path)...)
	cmd.Dir, cmd.Env = dir, append(os.Environ(), "CGO_ENABLED=0")
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	program, err := os.ReadFile(linked)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(file, program, 0o755); err != nil { // as variants are: see variant.Build
		t.Fatal(err)
	}
	return file
}

// module is a module of its own with the function of testdata/NAME and a table of 3 MB.
func module(t *testing.T, name string) string {
	t.Helper()
	dir := t.TempDir()
	root := filepath.Join("..", "..", "..", "..")
	source, err := os.ReadFile(filepath.Join("testdata", name, "main.go.txt"))
	if err != nil {
		t.Fatal(err)
	}
	sums, err := os.ReadFile(filepath.Join(root, "go.sum"))
	if err != nil {
		t.Fatal(err)
	}
	out, err := exec.Command("go", "list", "-m", "-f", "{{.Version}}", "github.com/aws/aws-lambda-go").Output()
	if err != nil {
		t.Fatal(err)
	}
	var table strings.Builder
	for i := 0; table.Len() < 3<<20; i++ {
		fmt.Fprintf(&table, "key%d value%d%s\n", i, i, strings.Repeat("x", 30))
	}
	for file, text := range map[string]string{
		"main.go": string(source), "table.txt": table.String(), "go.sum": string(sums),
		"go.mod": "module example.com/embedded\n\ngo 1.26\n\nrequire github.com/aws/aws-lambda-go " + strings.TrimSpace(string(out)) + "\n",
	} {
		if err := os.WriteFile(filepath.Join(dir, file), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

func subjectOf(file, dir string) *subject.Subject {
	return &subject.Subject{
		Target: "Stack/Test", MemoryMB: 512, Architecture: "x86_64", Runtime: "provided.al2023", Region: "us-east-1", Route: "GET /",
		Local: file, Shipped: file, Dir: dir,
		Program: func(runtimeAPI, tmp string) (local.Program, error) {
			return local.Program{Path: file, Dir: tmp, Env: []string{"AWS_LAMBDA_RUNTIME_API=" + runtimeAPI, "AWS_REGION=us-east-1", "HOME=" + tmp}}, nil
		},
	}
}

// What is advised is true when it is followed: the function changed as advised starts
// earlier by what was said, within 30 % or 1 ms. Function, variants and the changed
// function are started by turns, and it is the interval of the median difference
// between said and found that has to reach into those bounds, so that a busy
// machine makes the test no stricter and no other.
//
// So does a cold request, init and first invocation: it gets faster by what was said,
// but by nothing where the work is only moved and the request needs it. Nothing limits
// the CPU here, which is what a function of 1769 MB has.
func TestAdviceHolds(t *testing.T) {
	plain, lazy, unneeded := module(t, "embedded"), module(t, "embeddedlazy"), module(t, "embeddedunneeded")
	type follow struct {
		lever, program string
		unneeded       bool // the first request does not need what the lever takes out of init
	}
	for _, test := range []struct {
		name, dir string
		function  string // executable
		follows   []follow
	}{
		{"health", ".", build(t, ".", health), []follow{{"build tag " + norpc, build(t, ".", health, "-tags="+norpc), false}}},
		{"sdk", ".", build(t, ".", here+"sdk"), []follow{
			{"work before the loop", build(t, ".", here+"sdklazy"), false},
			{"import service/cloudwatchlogs", build(t, ".", here+"sdkless"), false},
			{"client lambda/ric", build(t, ".", here+"sdkric"), false},
		}},
		{"embedded", plain, build(t, plain, "."), []follow{
			{"work before the loop", build(t, lazy, "."), false}, {"work before the loop", build(t, unneeded, "."), true},
		}},
	} {
		t.Run(test.name, func(t *testing.T) {
			s := subjectOf(test.function, test.dir)
			host, err := start.Listen()
			if err != nil {
				t.Fatal(err)
			}
			defer host.Close()
			tmp := t.TempDir()
			program, err := s.Program(host.Address(), tmp)
			if err != nil {
				t.Fatal(err)
			}
			b := &bench{levers: new(Levers), program: program, dir: tmp, programs: []local.Program{program}}
			if b.source, err = variant.Find(t.Context(), s.Local, s.Dir); err != nil {
				t.Fatal(err)
			}
			if err := b.plan(t.Context()); err != nil {
				t.Fatal(err)
			}
			tried := slices.Clone(b.trials)
			for _, f := range test.follows {
				changed := program
				changed.Path = f.program
				b.programs = append(b.programs, changed)
				b.try("followed: "+f.lever, "", 1, len(b.programs)-1) // 1: the function, built as variants are
			}
			turns, err := b.turns(t.Context(), host)
			if err != nil {
				t.Fatal(err)
			}
			requests, err := host.Turns(t.Context(), coldRequests, start.Work{Event: start.Event(s.Route), Invocations: 1}, b.programs...)
			if err != nil {
				t.Fatal(err)
			}
			for _, trial := range b.trials {
				t.Logf("%s: %+v", trial.name, less(turns[trial.of], turns[trial.than]))
			}
			for i, f := range test.follows {
				at := slices.IndexFunc(tried, func(t trial) bool { return t.name == f.lever })
				if at < 0 {
					t.Errorf("%s was not tried", f.lever)
					continue
				}
				said, found := tried[at], b.trials[len(tried)+i]
				holds(t, f.lever, turns, said, found)
				requestHolds(t, f.lever, requests, said, found, said.moves && !f.unneeded)
			}
		})
	}
}

// coldRequests is how many of each program are made.
const coldRequests = 15

// bound is how far from what was said of so many milliseconds the truth may be.
func bound(ms float64) float64 { return max(0.3*ms, 1) }

// requestHolds compares what a cold request was said to take less with what it does.
// Of work that is moved and needed it was said that it is nothing.
func requestHolds(t *testing.T, lever string, requests [][]start.Start, said, found trial, moved bool) {
	t.Helper()
	var less, off []float64
	for i := range coldRequests {
		init := float64(requests[said.of][i].Init-requests[said.than][i].Init) / 1e6
		request := coldMS(t, requests[found.of][i]) - coldMS(t, requests[found.than][i])
		less = append(less, init)
		if moved {
			init = 0
		}
		off = append(off, request-init)
	}
	m, bound := stats.MedianOf(off), bound(stats.MedianOf(less).P50)
	t.Logf("cold request, %s (moved and needed: %v): %.2f to %.2f ms off what was said", lever, moved, m.Low, m.High)
	if m.Low > bound || m.High < -bound {
		t.Errorf("cold request, %s (moved and needed: %v): found %.2f to %.2f ms off what was said, want within %.2f", lever, moved, m.Low, m.High, bound)
	}
}

// coldMS is what a cold request takes.
func coldMS(t *testing.T, s start.Start) float64 {
	t.Helper()
	if s.Failed != 0 || len(s.Invocations) != 1 {
		t.Fatalf("got %+v", s)
	}
	return float64(s.Init+s.Invocations[0]) / 1e6
}

// holds compares what was said with what was found.
func holds(t *testing.T, lever string, turns [][]start.Start, said, found trial) {
	t.Helper()
	both := min(len(turns[said.of]), len(turns[said.than]), len(turns[found.of]), len(turns[found.than]))
	of, than := apart(turns[found.of][:both], turns[found.than]), apart(turns[said.of][:both], turns[said.than])
	effect, off := less(turns[said.of], turns[said.than]), less(of, than)
	if bound := bound(effect.MS); off.Low > bound || off.High < -bound {
		t.Errorf("%s: said %.2f ms less, found %.2f to %.2f ms off that, want within %.2f", lever, effect.MS, off.Low, off.High, bound)
	}
	if effect.High <= 0 {
		t.Errorf("%s: said %.2f to %.2f ms less: nothing", lever, effect.Low, effect.High)
	}
}
