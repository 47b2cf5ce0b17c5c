package main

import (
	"encoding/json"
	"path/filepath"
	"strings"
	"testing"

	"github.com/coldcrank/coldcrank/infra/outputs"
)

// TestE2ECDK gives the app to the real CDK CLI, with no account and no network.
func TestE2ECDK(t *testing.T) {
	cli := cdkCLI(t)
	setup(t)
	env := awsEnv(t, "http://127.0.0.1:1") // whatever is sent fails
	cdk := func(dir string, args ...string) output {
		t.Helper()
		return runIn(t, dir, env, cli, append(args, "--no-notices")...)
	}

	if got := must(t, cdk(shared.app, "ls")).stdout; got != "Coldcrank\n" {
		t.Errorf("cdk ls prints %q", got)
	}

	one := filepath.Join(t.TempDir(), "cdk.out")
	synth := must(t, runIn(t, shared.app, append(env, "CDK_VALIDATION=true"), cli, "synth", "--quiet", "--no-notices", "--output", one))
	var validation struct {
		Version       string
		PluginReports []json.RawMessage
	}
	data := readFile(t, one, "validation-report.json")
	if err := json.Unmarshal(data, &validation); err != nil {
		t.Fatal(err)
	}
	if validation.Version == "" || len(validation.PluginReports) != 0 || strings.Contains(strings.ToLower(synth.stderr), "warning") {
		t.Errorf("the validator reports\n%s\nand cdk synth says\n%s", data, synth.stderr)
	}

	// Another clone: another path, another commit.
	other := filepath.Join(t.TempDir(), "another clone")
	checkOut(t, other, "second")
	if a, b := head(t, shared.app), head(t, other); a == b {
		t.Fatalf("both clones are at %s", a)
	}
	quick := append(env, "CDK_VALIDATION=false")
	two := filepath.Join(t.TempDir(), "cdk.out")
	must(t, runIn(t, other, quick, cli, "synth", "--quiet", "--no-notices", "--output", two))
	if a, b := deploymentID(t, one), deploymentID(t, two); a != b {
		t.Errorf("DeploymentId %s in one clone and %s in the other", a, b)
	}
	// And the same as of the local run, whose platform must not show.
	if a, b := deploymentID(t, one), reportOf(t, shared.first).Header.Targets[0].DeploymentID; a != b {
		t.Errorf("DeploymentId %s from the CDK and %s from a local run", a, b)
	}

	const none = "Number of stacks with differences: 0"
	for _, tc := range []struct {
		name, app, template string
		context             []string
		equal               bool
	}{
		{"itself", one, one, nil, true},
		{"the other clone", two, one, nil, true},
		{"the other clone, from its source", "", two, nil, true},
		{"more memory", "", one, []string{"-c", "coldcrank:memory=1024"}, false},
	} {
		t.Run("diff against "+tc.name, func(t *testing.T) {
			args := []string{"diff", "--fail", "--no-notices", "--template", filepath.Join(tc.template, "Coldcrank.template.json")}
			if tc.app != "" {
				args = append(args, "--app", tc.app)
			}
			got := runIn(t, shared.app, quick, cli, append(args, tc.context...)...)
			text := got.stdout + got.stderr
			if equal := got.code == 0 && strings.Contains(text, none); equal != tc.equal || got.code > 1 {
				t.Errorf("exit code %d, want equal=%v\n%s", got.code, tc.equal, text)
			}
			if !tc.equal && !strings.Contains(text, "MemorySize") {
				t.Errorf("the difference is not named:\n%s", text)
			}
		})
	}
}

// deploymentID is the template's output of that name.
func deploymentID(t *testing.T, assembly string) string {
	t.Helper()
	var template struct {
		Outputs map[string]struct{ Value any }
	}
	if err := json.Unmarshal(readFile(t, assembly, "Coldcrank.template.json"), &template); err != nil {
		t.Fatal(err)
	}
	id, ok := template.Outputs[outputs.LogicalID("Health", outputs.DeploymentID)].Value.(string)
	if !ok {
		t.Fatalf("the template's outputs are %v: no DeploymentId", template.Outputs)
	}
	return id
}

func head(t *testing.T, dir string) string {
	t.Helper()
	return must(t, run(t, dir, nil, "git", "rev-parse", "HEAD")).stdout
}
