package levers

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

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
func TestAdviceHolds(t *testing.T) {
	plain, lazy := module(t, "embedded"), module(t, "embeddedlazy")
	type follow struct{ lever, program string }
	for _, test := range []struct {
		name, dir string
		function  string // executable
		follows   []follow
	}{
		{"health", ".", build(t, ".", health), []follow{{"build tag " + norpc, build(t, ".", health, "-tags="+norpc)}}},
		{"sdk", ".", build(t, ".", here+"sdk"), []follow{
			{"work before the loop", build(t, ".", here+"sdklazy")}, {"import service/cloudwatchlogs", build(t, ".", here+"sdkless")},
		}},
		{"embedded", plain, build(t, plain, "."), []follow{{"work before the loop", build(t, lazy, ".")}}},
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
			for _, trial := range b.trials {
				t.Logf("%s: %+v", trial.name, less(turns[trial.of], turns[trial.than]))
			}
			for i, f := range test.follows {
				at := slices.IndexFunc(tried, func(t trial) bool { return t.name == f.lever })
				if at < 0 {
					t.Errorf("%s was not tried", f.lever)
					continue
				}
				holds(t, f.lever, turns, tried[at], b.trials[len(tried)+i])
			}
		})
	}
}

// holds compares what was said with what was found.
func holds(t *testing.T, lever string, turns [][]start.Start, said, found trial) {
	t.Helper()
	took := func(t trial, i int) time.Duration { return turns[t.of][i].Init - turns[t.than][i].Init }
	var apart []float64
	both := min(len(turns[said.of]), len(turns[said.than]), len(turns[found.of]), len(turns[found.than]))
	for i := range both {
		apart = append(apart, float64(took(found, i)-took(said, i))/1e6)
	}
	effect, m := less(turns[said.of], turns[said.than]), stats.MedianOf(apart)
	if bound := max(0.3*effect.MS, 1); m.Low > bound || m.High < -bound {
		t.Errorf("%s: said %.2f ms less, found %.2f to %.2f ms off that, want within %.2f", lever, effect.MS, m.Low, m.High, bound)
	}
	if effect.High <= 0 {
		t.Errorf("%s: said %.2f to %.2f ms less: nothing", lever, effect.Low, effect.High)
	}
}
