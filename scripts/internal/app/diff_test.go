package app

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

const plainTemplate = `{"Resources":{"Logs":{"Type":"AWS::Logs::LogGroup","Properties":{"RetentionInDays":7}}}}`

// assemblyOf writes a cloud assembly of stacks with these templates.
func assemblyOf(t *testing.T, templates map[string]string) string {
	t.Helper()
	var artifacts []string
	files := map[string]string{}
	for name, text := range templates {
		artifacts = append(artifacts, `"`+name+`":{"type":"aws:cloudformation:stack","environment":"aws://unknown-account/unknown-region","properties":{"templateFile":"`+name+`.template.json"}}`)
		files[name+".template.json"] = text
	}
	files["manifest.json"] = `{"version":"36.0.0","artifacts":{` + strings.Join(artifacts, ",") + `}}`
	return project(t, files)
}

// TestDiff asks the real CLI.
func TestDiff(t *testing.T) {
	program := os.Getenv("COLDCRANK_E2E_CDK")
	if program == "" {
		if os.Getenv("CI") != "" {
			t.Fatal("COLDCRANK_E2E_CDK does not name the CDK CLI")
		}
		t.Skip("COLDCRANK_E2E_CDK does not name the CDK CLI of npm")
	}
	t.Setenv("AWS_ACCESS_KEY_ID", "must-not-be-used")
	role := `"Role":{"Type":"AWS::IAM::Role","Properties":{"AssumeRolePolicyDocument":{"Statement":[{"Effect":"Allow","Action":"sts:AssumeRole","Principal":{"Service":"lambda.amazonaws.com"}}]}}}`
	base := assemblyOf(t, map[string]string{"Same": plainTemplate, "Gone": plainTemplate, "Other": plainTemplate})
	head := assemblyOf(t, map[string]string{
		"Same": plainTemplate, "Fresh": plainTemplate,
		"Other": strings.Replace(strings.Replace(plainTemplate, ":7}", ":90}", 1), `{"Logs"`, `{`+role+`,"Logs"`, 1),
	})
	a := &App{Dir: head}
	diffs, err := a.Diff(t.Context(), program, base, head)
	if err != nil {
		t.Fatal(err)
	}
	want := []struct {
		stack          string
		state          StackState
		security, text []string
	}{
		{"Fresh", StackNew, nil, []string{"Resources", "[+] AWS::Logs::LogGroup Logs"}},
		{"Gone", StackRemoved, nil, nil},
		{"Other", StackChanged, []string{"IAM Statement Changes", "sts:AssumeRole"}, []string{"[~] AWS::Logs::LogGroup Logs", "[-] 7", "[+] 90", "[+] AWS::IAM::Role Role"}},
		{"Same", StackUnchanged, nil, nil},
	}
	if len(diffs) != len(want) {
		t.Fatalf("%d stacks: %+v", len(diffs), diffs)
	}
	for i, w := range want {
		d := diffs[i]
		if d.Stack != w.stack || d.State != w.state || (d.Security == "") != (w.security == nil) || (d.Text == "") != (w.text == nil) {
			t.Errorf("got %+v, want %+v", d, w)
		}
		for _, s := range w.security {
			if !strings.Contains(d.Security, s) || strings.Contains(d.Text, s) && s != "sts:AssumeRole" {
				t.Errorf("%s: %q is not in the security part alone:\n%s\n--\n%s", d.Stack, s, d.Security, d.Text)
			}
		}
		for _, s := range w.text {
			if !strings.Contains(d.Text, s) {
				t.Errorf("%s: %q is not in\n%s", d.Stack, s, d.Text)
			}
		}
	}
	if all, err := a.Diff(t.Context(), program, "", assemblyOf(t, map[string]string{"Same": plainTemplate})); err != nil || len(all) != 1 || all[0].State != StackNew || all[0].Text == "" {
		t.Errorf("without a base: %+v, %v", all, err)
	}
	again, err := a.Diff(t.Context(), program, base, head)
	if err != nil || len(again) != len(diffs) || again[2] != diffs[2] {
		t.Errorf("a second diff says something else: %+v, %v", again, err)
	}
}

func TestDiffWithoutCLI(t *testing.T) {
	t.Setenv("PATH", t.TempDir())
	a := &App{Dir: t.TempDir()}
	if _, err := a.Diff(t.Context(), "", "x", "y"); !errors.Is(err, ErrNoCDK) {
		t.Errorf("got %v, want ErrNoCDK", err)
	}
	if err := os.MkdirAll(filepath.Join(a.Dir, "node_modules", ".bin"), 0o755); err != nil {
		t.Fatal(err)
	}
	local := filepath.Join(a.Dir, "node_modules", ".bin", "cdk")
	if err := os.WriteFile(local, []byte("#!/bin/sh\necho 'no such stack' >&2; exit 1\n"), 0o755); err != nil {
		t.Fatal(err)
	}
	base := assemblyOf(t, map[string]string{"Same": plainTemplate})
	if _, err := a.Diff(t.Context(), "", base, base); err == nil || !strings.Contains(err.Error(), "cdk diff of stack Same: no such stack") {
		t.Errorf("got %v, want what the CLI said", err)
	}
}
