package main

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/coldcrank/coldcrank/scripts/internal/explain"
	"github.com/coldcrank/coldcrank/scripts/internal/explain/logs"
)

// TestExplainFrom explains money by what a run has measured: one on the local executor,
// and the same as AWS would have answered it in another Region.
func TestExplainFrom(t *testing.T) {
	setup(t)
	run1 := reportOf(t, shared.first)
	aws := filepath.Join(t.TempDir(), "aws.jsonl")
	text := bytes.Replace(readFile(t, run1.File), []byte(`"executor":"local"`), []byte(`"executor":"aws"`), 1)
	text = bytes.Replace(text, []byte(`"region":"us-east-1"`), []byte(`"region":"eu-west-1"`), 1)
	text = bytes.ReplaceAll(text, []byte(`"Coldcrank/Health"`), []byte(`"Production/Health"`))
	if err := os.WriteFile(aws, text, 0o600); err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct{ file, where, region string }{
		{run1.File, "on the local executor, not AWS", "us-east-1"}, {aws, "on AWS, eu-west-1", "eu-west-1"},
	} {
		out := must(t, run(t, shared.app, nil, shared.command, "explain", "--no-build", "--money", "--from", test.file, "--format", "json"))
		var reports []explain.Report
		if err := json.Unmarshal([]byte(out.stdout), &reports); err != nil || len(reports) != 1 || reports[0].Logs == nil || reports[0].Money == nil {
			t.Fatalf("%v in\n%s%s", err, out.stdout, out.stderr)
		}
		l, m := reports[0].Logs, reports[0].Money
		cold, warm := l.Requests[0], l.Requests[len(l.Requests)-1]
		if cold.Start != logs.Cold || cold.N != 15 || cold.Environments != 15 || cold.Rest.N != 15 || cold.Init.P50 != run1.Summaries[0].Init.P50 || warm.Start != logs.Warm || warm.Init.N != 0 {
			t.Errorf("%s: %+v", test.where, l.Requests)
		}
		if m.Times.Init != cold.Init.P50 || m.Times.Warm != warm.Duration.P50 || m.Region != test.region || !strings.HasSuffix(m.Times.From, "run "+l.Run+" "+test.where) {
			t.Errorf("%s: %+v in %s", test.where, m.Times, m.Region)
		}
		if l.Here != l.DeploymentID {
			t.Errorf("deployment %s of the run, %s here", l.DeploymentID, l.Here)
		}
	}

	other := filepath.Join(t.TempDir(), "other.jsonl")
	if err := os.WriteFile(other, bytes.ReplaceAll(text, []byte("/Health"), []byte("/Orders")), 0o600); err != nil {
		t.Fatal(err)
	}
	out := run(t, shared.app, nil, shared.command, "explain", "--no-build", "--money", "--from", other)
	if want := "it has Production/Orders, and here there is Coldcrank/Health"; out.code != exitFailed || !strings.Contains(out.stderr, want) {
		t.Errorf("exit code %d, want %d and %q in\n%s%s", out.code, exitFailed, want, out.stdout, out.stderr)
	}
}
