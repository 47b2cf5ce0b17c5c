package main

import (
	"bytes"
	"encoding/json"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/coldcrank/coldcrank/scripts/internal/app"
	"github.com/coldcrank/coldcrank/scripts/internal/review"
	"github.com/coldcrank/coldcrank/scripts/internal/stats"
)

// TestReview reviews changes of this repository, as a reviewer meets them.
func TestReview(t *testing.T) {
	setup(t)
	program := cdkCLI(t)
	reviewed := func(t *testing.T, dir string, args ...string) (review.Review, output) {
		t.Helper()
		args = append([]string{"review", "--base", "HEAD", "--cdk", program, "--warm", "5", "--results", filepath.Join(t.TempDir(), "results")}, args...)
		out := run(t, dir, nil, shared.command, append(args, "--format", "json")...)
		var r review.Review
		if err := json.Unmarshal([]byte(out.stdout), &r); err != nil || len(r.Targets) != 1 {
			t.Fatalf("exit code %d, %v in\n%s%s", out.code, err, out.stdout, out.stderr)
		}
		return r, out
	}
	branch := func(t *testing.T, file, from, to string) string {
		t.Helper()
		dir := filepath.Join(t.TempDir(), "app")
		if err := os.CopyFS(dir, os.DirFS(shared.app)); err != nil {
			t.Fatal(err)
		}
		file = filepath.Join(dir, file)
		changed := bytes.Replace(readFile(t, file), []byte(from), []byte(to), 1)
		if err := os.WriteFile(file, changed, 0o644); err != nil {
			t.Fatal(err)
		}
		return dir
	}
	const health = "lambda/health/main.go"

	t.Run("30 ms of work in init", func(t *testing.T) {
		dir := branch(t, health, "import (\n", "import (\n\t\"time\"\n")
		file := filepath.Join(dir, health)
		if err := os.WriteFile(file, append(readFile(t, file), "\nfunc init() { time.Sleep(30 * time.Millisecond) }\n"...), 0o644); err != nil {
			t.Fatal(err)
		}
		r, out := reviewed(t, dir, "--rounds", "8")
		if out.code != exitSlower || r.Verdict != stats.Slower || r.Targets[0].Comparison.Measures[0].Verdict != stats.Slower {
			t.Errorf("exit code %d, verdict %q", out.code, r.Verdict)
		}
		if len(r.Stacks) != 1 || r.Stacks[0].State != app.StackChanged || r.DiffError != "" {
			t.Errorf("stacks %+v, %s", r.Stacks, r.DiffError)
		}
		if strings.Contains(r.Command, program) || r.Command != "go tool coldcrank review --base=HEAD --rounds=8 --warm=5" {
			t.Errorf("command %q", r.Command)
		}
		// The comment has the verdict, a plot, permissions or not, and the command.
		text := run(t, dir, nil, shared.command, "review", "--base", "HEAD", "--cdk", program, "--rounds", "8", "--warm", "0", "--results", t.TempDir()).stdout
		for _, want := range []string{review.Marker, "## Cold start: slower", "Coldcrank/Health against HEAD is slower: Init Duration +", "\nold  ", "| executable |", "| a million cold requests |", "### Template", "Reproduce: `go tool coldcrank review --base=HEAD --rounds=8 --warm=0`", "and changes"} {
			if !strings.Contains(text, want) {
				t.Errorf("no %q in\n%s", want, text)
			}
		}
	})

	t.Run("a 3 MB dependency that init does not use", func(t *testing.T) {
		dir := branch(t, health, "import (\n", "import (\n\tsdk \"github.com/aws/aws-sdk-go-v2/service/lambda\"\n")
		file := filepath.Join(dir, health)
		calls := "\tc := sdk.New(sdk.Options{})\n"
		for name := range strings.FieldsSeq(usedOperations) {
			calls += "\t\tc." + name + "(ctx, nil)\n"
		}
		const handler = "Invoke(context.Context, []byte) ([]byte, error) {"
		text := strings.Replace(string(readFile(t, file)), handler, `Invoke(ctx context.Context, _ []byte) ([]byte, error) {
	if ctx == nil { // never: the linker does not know
	`+calls+"\t}\n", 1)
		if err := os.WriteFile(file, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
		r, out := reviewed(t, dir, "--rounds", "6")
		if out.code == exitFailed {
			t.Fatalf("exit code %d\n%s", out.code, out.stderr)
		}
		// What the review says against a build of the same by hand.
		grown := float64(built(t, dir) - built(t, shared.app))
		row := r.Targets[0].Comparison.Sizes[1]
		if said := float64(row.New - row.Old); row.Name != "executable" || math.Abs(said-grown) > 0.1*grown || math.Abs(said-3e6) > 0.3e6 {
			t.Errorf("size row %+v; the executable grew by %.0f bytes", row, grown)
		}
		modules := r.Targets[0].Modules
		if first := modules[0]; first.Path != "github.com/aws/aws-sdk-go-v2/service/lambda" || first.Old != "" || first.New == "" {
			t.Errorf("the module is not named first: %+v", modules)
		}
		var code int64
		for _, m := range modules {
			code += m.CodeBytes
		}
		t.Logf("the executable grew by %.0f bytes, of which %d are modules' code, %d the dependency's own", grown, code, modules[0].CodeBytes)
		if share := float64(code) / grown; share < 0.6 || share > 1 {
			t.Errorf("modules' code is %.2f of the growth", share)
		}
	})

	t.Run("nothing", func(t *testing.T) {
		dir := branch(t, health, "x", "x")
		r, out := reviewed(t, dir)
		if out.code != exitOK || r.Verdict != stats.NotSlower || r.Targets[0].Comparison != nil || r.Stacks[0].State != app.StackUnchanged {
			t.Errorf("exit code %d, %+v", out.code, r)
		}
		if _, again := reviewed(t, dir); again.stdout != out.stdout {
			t.Errorf("a second review says\n%s\nthe first said\n%s", again.stdout, out.stdout)
		}
	})

	t.Run("the retention of a log", func(t *testing.T) {
		dir := branch(t, "infra/benchapi/props.go", "p.LogRetention, awslogs.RetentionDays_ONE_WEEK", "p.LogRetention, awslogs.RetentionDays_THREE_MONTHS")
		r, out := reviewed(t, dir)
		if out.code != exitOK || r.Verdict != stats.NotSlower || r.Targets[0].Comparison != nil {
			t.Errorf("exit code %d, %+v", out.code, r)
		}
		if d := r.Stacks[0]; d.State != app.StackChanged || d.Security != "" || !strings.Contains(d.Text, "RetentionInDays") || !strings.Contains(d.Text, "[+] 90") {
			t.Errorf("diff %+v", d)
		}
	})
}

// usedOperations are as many of the SDK's operations as make 3 MB.
const usedOperations = `AddLayerVersionPermission AddPermission CreateAlias CreateCodeSigningConfig
CreateEventSourceMapping CreateFunction CreateFunctionUrlConfig DeleteAlias DeleteFunction
DeleteFunctionConcurrency GetAccountSettings GetAlias GetEventSourceMapping GetFunction
GetFunctionConcurrency GetFunctionConfiguration GetFunctionUrlConfig GetLayerVersion
GetLayerVersionPolicy GetPolicy GetProvisionedConcurrencyConfig GetRuntimeManagementConfig Invoke
InvokeWithResponseStream ListAliases ListEventSourceMappings ListFunctions ListLayers
ListLayerVersions ListTags ListVersionsByFunction PublishLayerVersion PublishVersion
PutFunctionConcurrency PutFunctionEventInvokeConfig PutProvisionedConcurrencyConfig
RemovePermission TagResource UpdateAlias UpdateEventSourceMapping UpdateFunctionCode
UpdateFunctionConfiguration UpdateFunctionEventInvokeConfig UpdateFunctionUrlConfig`

// built is the size of the function's executable as the construct ships it.
func built(t *testing.T, dir string) int64 {
	t.Helper()
	file := filepath.Join(t.TempDir(), "bootstrap")
	must(t, run(t, dir, []string{"GOOS=linux", "GOARCH=arm64", "CGO_ENABLED=0", "GOFLAGS="}, "go", "build", "-trimpath", "-buildvcs=false", "-ldflags=-s -w -buildid=", "-o", file, "./lambda/health"))
	info, err := os.Stat(file)
	if err != nil {
		t.Fatal(err)
	}
	return info.Size()
}
