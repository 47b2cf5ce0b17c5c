package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"net"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/lambda"
	"github.com/aws/aws-sdk-go-v2/service/lambda/types"

	"github.com/coldcrank/coldcrank/infra/outputs"
	"github.com/coldcrank/coldcrank/scripts/internal/dataset"
)

// TestE2EMiniStack deploys the app with the CDK CLI to an AWS that others
// wrote, and measures it as a deployed stack. Everything is sent to this
// machine: the Region's real names are in templates and outputs, so every
// address is checked before it is used.
func TestE2EMiniStack(t *testing.T) {
	cli := cdkCLI(t)
	program := python(t, "ministack")
	setup(t)
	endpoint := startMiniStack(t, program)
	env := append(awsEnv(t, endpoint), "CDK_VALIDATION=false")
	cdk := func(dir string, args ...string) output {
		t.Helper()
		return must(t, runIn(t, dir, env, cli, append(args, "--no-notices")...))
	}

	assembly := filepath.Join(t.TempDir(), "cdk.out")
	cdk(t.TempDir(), "bootstrap", "aws://000000000000/us-east-1")
	cdk(shared.app, "synth", "--quiet", "--output", assembly)
	swapExecutable(t, assembly)
	file := filepath.Join(t.TempDir(), "cdk-outputs.json")
	cdk(shared.app, "deploy", "--app", assembly, "--require-approval", "never", "--outputs-file", file)
	target := throughTheBackDoor(t, file, endpoint)

	client := lambda.New(lambda.Options{
		Region: "us-east-1", BaseEndpoint: &endpoint, Credentials: credentials.NewStaticCredentialsProvider("test", "test", ""),
	})
	clean := func(when string) {
		t.Helper()
		diff := cdk(shared.app, "diff", "--app", assembly, "--fail")
		if text := diff.stdout + diff.stderr; !strings.Contains(text, "Number of stacks with differences: 0") {
			t.Errorf("cdk diff %s:\n%s", when, text)
		}
		drift := cdk(shared.app, "drift", "--app", assembly, "--fail")
		if text := drift.stdout + drift.stderr; !strings.Contains(text, "Number of resources with drift: 0 ") {
			t.Errorf("cdk drift %s:\n%s", when, text)
		}
	}
	clean("before the run")
	before := stateOf(t, client, target)
	checkDryRun(t, env)
	unasked := runIn(t, t.TempDir(), env, shared.command, "run", "--outputs", file)
	if unasked.code != exitFailed || !strings.Contains(unasked.stderr, "--yes") || stateOf(t, client, target) != before {
		t.Errorf("without --yes and without a terminal: exit code %d\n%s", unasked.code, unasked.stderr)
	}
	measure := func() report {
		t.Helper()
		before, results := stateOf(t, client, target), t.TempDir()
		out := runIn(t, t.TempDir(), env, shared.command, "run", "--outputs", file, "--yes", "--rounds", "2", "--burst", "3", "--warm", "4",
			"--patience", "5s", "--json", "--results", results)
		if out.code != exitInconclusive {
			t.Fatalf("exit code %d, want %d since MiniStack writes no Init Duration\n%s", out.code, exitInconclusive, out.stderr)
		}
		r := reportOf(t, out)
		checkUnproven(t, r)
		if after := stateOf(t, client, target); after != before {
			t.Errorf("before the run\n%s\nafter it\n%s", before, after)
		}
		if left, err := filepath.Glob(filepath.Join(results, "*.journal.json*")); err != nil || left != nil {
			t.Errorf("journals are left: %v (%v)", left, err)
		}
		return r
	}
	first := measure()
	invokedOnMiniStack(t, env, file)
	if after := stateOf(t, client, target); after != before {
		t.Errorf("before the run by Invoke\n%s\nafter it\n%s", before, after)
	}

	clean("after the run")

	// New code is another deployment of the same target.
	changed := changedApp(t)
	assembly = filepath.Join(t.TempDir(), "cdk.out")
	cdk(changed, "synth", "--quiet", "--output", assembly)
	must(t, runIn(t, changed, os.Environ(), "go", "build", "-o", one(t, filepath.Join(assembly, "asset.*", "bootstrap")), "./lambda/health"))
	file = filepath.Join(t.TempDir(), "cdk-outputs.json")
	cdk(changed, "deploy", "--app", assembly, "--require-approval", "never", "--outputs-file", file)
	if updated := throughTheBackDoor(t, file, endpoint); updated.FunctionName != target.FunctionName {
		t.Errorf("the update made %s of %s", updated.FunctionName, target.FunctionName)
	}
	// MiniStack answers the deployment before the function is active.
	active := lambda.NewFunctionActiveV2Waiter(client)
	if err := active.Wait(t.Context(), &lambda.GetFunctionInput{FunctionName: &target.FunctionName}, time.Minute); err != nil {
		t.Fatal(err)
	}
	if a, b := first.Header.Targets[0], measure().Header.Targets[0]; a.DeploymentID == b.DeploymentID || a.CodeSHA256 == b.CodeSHA256 || a.Key != b.Key {
		t.Errorf("%s: deployment %s, then %s; code %s, then %s", b.Key, a.DeploymentID, b.DeploymentID, a.CodeSHA256, b.CodeSHA256)
	}

	cdk(shared.app, "destroy", "--app", assembly, "--force")
	_, err := client.GetFunction(t.Context(), &lambda.GetFunctionInput{FunctionName: &target.FunctionName})
	if _, ok := errors.AsType[*types.ResourceNotFoundException](err); !ok {
		t.Errorf("after cdk destroy the function answers %v, want that it is gone", err)
	}
}

// invokedOnMiniStack: an Invoke that somebody else answers reaches the version
// that the round has published, and the function takes the event for its API's.
// MiniStack's tail holds only what the function wrote: without a REPORT nothing
// is cold.
func invokedOnMiniStack(t *testing.T, env []string, file string) {
	t.Helper()
	out := runIn(t, t.TempDir(), env, shared.command, "run", "--invoke", "--outputs", file, "--yes", "--rounds", "2", "--burst", "3", "--warm", "4",
		"--patience", "5s", "--json", "--results", t.TempDir())
	if out.code != exitInconclusive {
		t.Fatalf("by Invoke: exit code %d, want %d\n%s", out.code, exitInconclusive, out.stderr)
	}
	r := reportOf(t, out)
	versions, ids := map[int]string{}, map[string]bool{}
	for _, s := range readRun(t, r.File).Samples {
		if versions[s.Round] == "" {
			versions[s.Round] = s.Version
		}
		if s.Status != http.StatusOK || s.Bytes == 0 || s.Version == "" || s.Version != versions[s.Round] || s.Outcome != dataset.LogMissing {
			t.Errorf("by Invoke: round %d: %s of version %q, status %d, %d bytes; want version %q", s.Round, s.Outcome, s.Version, s.Status, s.Bytes, versions[s.Round])
		}
		ids[s.RequestID] = true
	}
	if len(ids) != 14 || len(versions) != 2 || versions[1] == versions[2] {
		t.Errorf("by Invoke: %d request ids, want 14; versions %v, want one a round", len(ids), versions)
	}
}

// changedApp is a copy of the shared app whose function has other code.
func changedApp(t *testing.T) string {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "changed")
	if err := os.CopyFS(dir, os.DirFS(shared.app)); err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(dir, "lambda", "health", "main.go")
	code := bytes.Replace(readFile(t, file), []byte("; charset=utf-8"), nil, 1)
	if err := os.WriteFile(file, code, 0o644); err != nil {
		t.Fatal(err)
	}
	return dir
}

func freePort(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	_, port, err := net.SplitHostPort(l.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	return port
}

// tail is the end of a long log.
func tail(s string) string { return s[max(0, len(s)-4000):] }

// swapExecutable puts the build for this machine, which the shared run's
// assembly holds, into the place of the one for arm64: MiniStack runs it as a
// process here. Template, asset hash and DeploymentId stay those of arm64.
func swapExecutable(t *testing.T, assembly string) {
	t.Helper()
	local := one(t, filepath.Join(shared.app, ".coldcrank", "assembly", "asset.*", "bootstrap"))
	shipped := one(t, filepath.Join(assembly, "asset.*", "bootstrap"))
	if filepath.Base(filepath.Dir(local)) != filepath.Base(filepath.Dir(shipped)) {
		t.Fatalf("%s and %s are not the same asset", local, shipped)
	}
	data := readFile(t, local)
	// A new file: the old one may be read-only.
	if err := os.Remove(shipped); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(shipped, data, 0o755); err != nil {
		t.Fatal(err)
	}
}

func one(t *testing.T, pattern string) string {
	t.Helper()
	found, err := filepath.Glob(pattern)
	if err != nil || len(found) != 1 {
		t.Fatalf("%s: %v (%v), want one", pattern, found, err)
	}
	return found[0]
}

// throughTheBackDoor rewrites the URL in the outputs. MiniStack gives APIs
// names below localhost, and answers the path /health itself, whatever the
// name; below /_aws/execute-api every path of the API gets through.
func throughTheBackDoor(t *testing.T, file, endpoint string) outputs.Target {
	t.Helper()
	var stacks map[string]map[string]string
	if err := json.Unmarshal(readFile(t, file), &stacks); err != nil {
		t.Fatal(err)
	}
	id := outputs.LogicalID("Health", outputs.URL)
	u, err := url.Parse(stacks["Coldcrank"][id])
	if err != nil {
		t.Fatal(err)
	}
	api, domain, ok := strings.Cut(u.Hostname(), ".")
	if !ok || domain != "execute-api.localhost" || u.Path != "/health" {
		t.Fatalf("output %s is %s, want a route of MiniStack's", id, u)
	}
	stacks["Coldcrank"][id] = endpoint + "/_aws/execute-api/" + api + "/$default" + u.Path
	data, err := json.Marshal(stacks)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(file, data, 0o644); err != nil {
		t.Fatal(err)
	}
	read, err := outputs.ReadFile(file)
	if err != nil || len(read.Targets) != 1 || read.Executor != nil {
		t.Fatalf("targets %+v (%v), want one", read.Targets, err)
	}
	target := read.Targets[0]
	mustBeLoopback(t, target.URL)
	resp, err := http.Get(target.URL)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err != nil || resp.StatusCode != http.StatusOK || string(body) != "Healthy" {
		t.Fatalf("%s: %s %q (%v)", target.URL, resp.Status, body, err)
	}
	return target
}

// checkDryRun finds the stack by CloudFormation and plans a run on it: of the
// function itself, since the name that MiniStack gives to the API leads nowhere.
func checkDryRun(t *testing.T, env []string) {
	t.Helper()
	dry := must(t, runIn(t, t.TempDir(), env, shared.command, "run", "--stack", "Coldcrank", "--invoke", "--dry-run", "--rounds", "2", "--burst", "3", "--warm", "4"))
	for _, want := range []string{
		"Coldcrank/Health: POST ", "GetCallerIdentity 1, GetAccountSettings 1, ", "DescribeStacks 1\n", "2 rounds of 3 cold and 4 warm requests: 6 cold starts, 14 requests", "PublishVersion 2,",
		"list price of us-east-1,", "account 000000000000 in us-east-1", "nothing was changed",
	} {
		if !strings.Contains(dry.stdout, want) {
			t.Errorf("%q is not in\n%s%s", want, dry.stdout, dry.stderr)
		}
	}
	if strings.Contains(dry.stderr, "warning") {
		t.Errorf("MiniStack answers everything that preflight asks:\n%s", dry.stderr)
	}
}

// stateOf is what a run changes, as the SDK reads it.
func stateOf(t *testing.T, client *lambda.Client, target outputs.Target) string {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	fn, err := client.GetFunctionConfiguration(ctx, &lambda.GetFunctionConfigurationInput{FunctionName: &target.FunctionName})
	if err != nil {
		t.Fatal(err)
	}
	alias, err := client.GetAlias(ctx, &lambda.GetAliasInput{FunctionName: &target.FunctionName, Name: &target.Alias})
	if err != nil {
		t.Fatal(err)
	}
	var state strings.Builder
	fmt.Fprintf(&state, "function: description %q, memory %d, timeout %d, code %s\n",
		aws.ToString(fn.Description), aws.ToInt32(fn.MemorySize), aws.ToInt32(fn.Timeout), aws.ToString(fn.CodeSha256))
	fmt.Fprintf(&state, "alias: version %s, description %q", aws.ToString(alias.FunctionVersion), aws.ToString(alias.Description))
	if r := alias.RoutingConfig; r != nil {
		for _, v := range slices.Sorted(maps.Keys(r.AdditionalVersionWeights)) {
			fmt.Fprintf(&state, ", %g to %s", r.AdditionalVersionWeights[v], v)
		}
	}
	pages := lambda.NewListVersionsByFunctionPaginator(client, &lambda.ListVersionsByFunctionInput{FunctionName: &target.FunctionName})
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		if err != nil {
			t.Fatal(err)
		}
		for _, v := range page.Versions {
			fmt.Fprintf(&state, "\nversion %s: description %q, memory %d, code %s",
				aws.ToString(v.Version), aws.ToString(v.Description), aws.ToInt32(v.MemorySize), aws.ToString(v.CodeSha256))
		}
	}
	return state.String()
}

// checkUnproven checks that every request of a run is accounted for where
// nothing proves a cold start: MiniStack writes no access log and no Init
// Duration.
func checkUnproven(t *testing.T, r report) {
	t.Helper()
	if r.Partial || r.End == nil || !r.End.Restored || r.End.RoundsDone != 2 {
		t.Errorf("partial %v, end %+v: not a whole run", r.Partial, r.End)
	}
	if len(r.Header.Targets) != 1 || r.Header.Executor != dataset.ExecutorAWS {
		t.Fatalf("%d targets on executor %s", len(r.Header.Targets), r.Header.Executor)
	}
	g := r.Header.Targets[0]
	mustBeLoopback(t, g.URL)
	if g.Architecture != "arm64" || g.MemoryMB != 512 || g.DeploymentID == "" {
		t.Errorf("target %+v", g)
	}
	for _, s := range r.Summaries {
		for phase, c := range map[string]struct{ requested, proven, accounted int }{
			"burst":       {s.Counts.Requested, s.Counts.Cold, s.Counts.Warm + s.Counts.LogMissing},
			"after burst": {s.AfterBurst.Requested, s.AfterBurst.Cold, s.AfterBurst.Warm + s.AfterBurst.LogMissing},
		} {
			want := map[string]int{"burst": 2 * 3, "after burst": 2 * 4}[phase]
			if c.requested != want || c.proven != 0 || c.accounted != want {
				t.Errorf("%s: %+v, want %d requests, none of them proven to be cold", phase, c, want)
			}
		}
	}
	run := readRun(t, r.File)
	if len(run.Samples) != 2*(3+4) {
		t.Errorf("%d samples, want %d", len(run.Samples), 2*(3+4))
	}
	for _, s := range run.Samples {
		if s.Status != http.StatusOK || s.InitNS != nil {
			t.Errorf("round %d, %s %d: status %d %s, init %v", s.Round, s.Phase, s.Index, s.Status, s.Error, s.InitNS)
		}
	}
}
