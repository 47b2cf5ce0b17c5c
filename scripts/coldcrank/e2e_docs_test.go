package main

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// TestE2EDocs asks the programs that the page "Measure on AWS" calls: the CDK
// CLI whether it has these flags, and the aws CLI for all that the page makes,
// on an AWS that others wrote.
func TestE2EDocs(t *testing.T) {
	cdk := cdkCLI(t)
	program := python(t, "ministack")
	aws := python(t, "aws")
	endpoint := startMiniStack(t, program)
	env := awsEnv(t, endpoint)
	page := measureOnAWS(t)

	dir := t.TempDir()
	documents := regexp.MustCompile("(?s)```json\n(.+?)```").FindAllStringSubmatch(page, -1)
	if len(documents) != 2 {
		t.Fatalf("%d JSON documents, want trust.json and the policy of the deploying role", len(documents))
	}
	for i, name := range []string{"trust.json", "policy.json"} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(documents[i][1]), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	for _, c := range commandsOf(page) {
		switch c[0] {
		case "npx":
			help := must(t, runIn(t, dir, env, cdk, c[2], "--help")).stdout
			for _, arg := range c[3:] {
				if strings.HasPrefix(arg, "--") && !regexp.MustCompile(`(^|\s)`+arg+`(\s|,|$)`).MatchString(help) {
					t.Errorf("cdk %s has no %s", c[2], arg)
				}
			}
		case "aws":
			must(t, runIn(t, dir, env, aws, append([]string{"--endpoint-url", endpoint}, c[1:]...)...))
		}
	}
	out := must(t, runIn(t, dir, env, aws, "iam", "--endpoint-url", endpoint, "get-role-policy", "--role-name", "coldcrank-measure", "--policy-name", "coldcrank"))
	if !strings.Contains(out.stdout, "cdk-hnb659fds-") {
		t.Errorf("the role's policy is %s", out.stdout)
	}
}
