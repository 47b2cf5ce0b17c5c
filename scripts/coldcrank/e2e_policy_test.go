package main

import (
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/lambda"

	"github.com/coldcrank/coldcrank/scripts/internal/target"
)

// inMiniStackAsWell are the permissions that MiniStack 1.5.33 asks for where AWS
// asks for others. It reads actions off the path of a request alone, so that
// what a query says does not count. GetFunctionConcurrency and
// GetProvisionedConcurrencyConfig get other names there, too; without them
// preflight only warns.
func inMiniStackAsWell(p target.Policy) (more []target.Statement) {
	functions := resourcesOf(p, "lambda:GetAlias")
	var groups []string
	for _, group := range resourcesOf(p, "logs:FilterLogEvents") {
		groups = append(groups, strings.TrimSuffix(group, ":*"))
	}
	return []target.Statement{
		// For GetAlias and UpdateAlias.
		{Sid: "Aliases", Effect: "Allow", Action: []string{"lambda:ListAliases"}, Resource: functions},
		// The qualifier, a version, is not part of the resource.
		{Sid: "Versions", Effect: "Allow", Action: []string{"lambda:DeleteFunction"}, Resource: functions},
		// Log groups have no :* there.
		{Sid: "Groups", Effect: "Allow", Action: []string{"logs:FilterLogEvents"}, Resource: groups},
	}
}

func resourcesOf(p target.Policy, action string) []string {
	i := slices.IndexFunc(p.Statement, func(s target.Statement) bool { return slices.Contains(s.Action, action) })
	return p.Statement[i].Resource
}

// TestE2EPolicy deploys to an AWS that others wrote and that enforces IAM, and
// measures as a user who has what `coldcrank policy` prints and nothing else.
// With one action taken away after the other the run must fail, say which, and
// leave nothing changed, or what restore puts back.
func TestE2EPolicy(t *testing.T) {
	cli := cdkCLI(t)
	program := python(t, "ministack")
	awsCLI := python(t, "aws")
	setup(t)
	endpoint := startMiniStack(t, program, "AUTH=true")
	root := append(awsEnv(t, endpoint), "CDK_VALIDATION=false")
	cdk := func(dir string, args ...string) {
		t.Helper()
		must(t, runIn(t, dir, root, cli, append(args, "--no-notices")...))
	}
	assembly := filepath.Join(t.TempDir(), "cdk.out")
	cdk(t.TempDir(), "bootstrap", "aws://000000000000/us-east-1")
	// The policy of the bootstrap's bucket admits TLS only, and nothing here has it.
	must(t, runIn(t, t.TempDir(), root, awsCLI, "s3api", "--endpoint-url", endpoint, "delete-bucket-policy", "--bucket", "cdk-hnb659fds-assets-000000000000-us-east-1"))
	cdk(shared.app, "synth", "--quiet", "--output", assembly)
	swapExecutable(t, assembly)
	file := filepath.Join(t.TempDir(), "cdk-outputs.json")
	cdk(shared.app, "deploy", "--app", assembly, "--require-approval", "never", "--outputs-file", file)
	measured := throughTheBackDoor(t, file, endpoint)
	client := lambda.New(lambda.Options{
		Region: "us-east-1", BaseEndpoint: &endpoint, Credentials: credentials.NewStaticCredentialsProvider("test", "test", ""),
	})
	before := stateOf(t, client, measured)

	iam := func(args ...string) string {
		t.Helper()
		return must(t, runIn(t, t.TempDir(), root, awsCLI, append([]string{"iam", "--endpoint-url", endpoint}, args...)...)).stdout
	}
	const user = "measurer"
	iam("create-user", "--user-name", user)
	var created struct {
		AccessKey struct{ AccessKeyID, SecretAccessKey string } `json:"AccessKey"`
	}
	if err := json.Unmarshal([]byte(iam("create-access-key", "--user-name", user)), &created); err != nil {
		t.Fatal(err)
	}
	asUser := append(awsEnv(t, endpoint), "AWS_ACCESS_KEY_ID="+created.AccessKey.AccessKeyID, "AWS_SECRET_ACCESS_KEY="+created.AccessKey.SecretAccessKey)

	// As the user, who may ask for nothing yet but who that is.
	var policy target.Policy
	printed := must(t, runIn(t, t.TempDir(), asUser, shared.command, "policy", "--outputs", file))
	if err := json.Unmarshal([]byte(printed.stdout), &policy); err != nil {
		t.Fatal(err)
	}
	policy.Statement = append(policy.Statement, inMiniStackAsWell(policy)...)
	grantWithout := func(taken ...string) {
		t.Helper()
		less := policy
		less.Statement = nil
		for _, s := range policy.Statement {
			s.Action = slices.DeleteFunc(slices.Clone(s.Action), func(a string) bool { return slices.Contains(taken, a) })
			if len(s.Action) > 0 {
				less.Statement = append(less.Statement, s)
			}
		}
		data, err := json.Marshal(less)
		if err != nil {
			t.Fatal(err)
		}
		document := filepath.Join(t.TempDir(), "policy.json")
		if err := os.WriteFile(document, data, 0o644); err != nil {
			t.Fatal(err)
		}
		iam("put-user-policy", "--user-name", user, "--policy-name", "run", "--policy-document", "file://"+document)
	}
	results := t.TempDir()
	measure := func(rounds string) output {
		t.Helper()
		return runIn(t, t.TempDir(), asUser, shared.command, "run", "--outputs", file, "--yes", "--rounds", rounds, "--burst", "3", "--warm", "4",
			"--patience", "5s", "--json", "--results", results)
	}
	unchanged := func(after string) {
		t.Helper()
		if now := stateOf(t, client, measured); now != before {
			t.Errorf("before the run\n%s\nafter %s\n%s", before, after, now)
		}
	}

	grantWithout()
	out := measure("2")
	if out.code != exitInconclusive {
		t.Fatalf("exit code %d, want %d since MiniStack writes no Init Duration\n%s", out.code, exitInconclusive, out.stderr)
	}
	checkUnproven(t, reportOf(t, out))
	unchanged("a run with just its permissions")

	for _, test := range []struct {
		taken  string
		before bool // preflight notices
		left   bool // something is left for restore
	}{
		{taken: "lambda:GetFunctionConfiguration", before: true},
		{taken: "lambda:ListVersionsByFunction", before: true},
		{taken: "lambda:ListAliases", before: true},
		{taken: "logs:FilterLogEvents", before: true},
		{taken: "lambda:UpdateFunctionConfiguration"},
		{taken: "lambda:PublishVersion"},
		{taken: "lambda:DeleteFunction", left: true},
	} {
		t.Run("without "+test.taken, func(t *testing.T) {
			grantWithout(test.taken)
			out := measure("1")
			if out.code != exitFailed || !strings.Contains(out.stderr, "not authorized to perform: "+test.taken) {
				t.Errorf("exit code %d, want %d and a message that names the action\n%s", out.code, exitFailed, out.stderr)
			}
			if noticed := strings.Contains(out.stderr, "\nnothing was changed\n"); noticed != test.before {
				t.Errorf("noticed before the first change: %v, want %v\n%s", noticed, test.before, out.stderr)
			}
			if test.left {
				grantWithout()
				must(t, runIn(t, t.TempDir(), asUser, shared.command, "restore", "--results", results))
			}
			unchanged("a run without " + test.taken)
			if left, err := filepath.Glob(filepath.Join(results, "*.journal.json*")); err != nil || left != nil {
				t.Errorf("journals are left: %v (%v)", left, err)
			}
		})
	}
}
