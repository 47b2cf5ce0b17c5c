package main

import (
	"bufio"
	"encoding/json"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/coldcrank/coldcrank/infra/outputs"
	"github.com/coldcrank/coldcrank/lambda/reportlog"
)

// TestE2EAWSCLI asks the local executor, while a run goes on, as others would:
// an HTTP client its front, and the real aws CLI its logs.
func TestE2EAWSCLI(t *testing.T) {
	cli := python(t, "aws")
	setup(t)
	cmd := exec.Command(shared.command, "run", "--no-build", "--rounds", "100000", "--burst", "1", "--warm", "0", "--results", t.TempDir())
	cmd.Dir = shared.app
	stderr, err := cmd.StderrPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	defer cmd.Process.Kill() // where the test fails before its end
	lines := bufio.NewScanner(stderr)
	endpoint := waitFor(t, lines, `^local executor: AWS API at (\S+)$`)
	address := waitFor(t, lines, `^Coldcrank/Health: GET (\S+)$`)
	mustBeLoopback(t, address)

	resp, err := http.Get(strings.Replace(address, "https:", "http:", 1)) // its port speaks both
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err != nil || resp.StatusCode != http.StatusOK || string(body) != "Healthy" {
		t.Errorf("%s: %s %q (%v)", address, resp.Status, body, err)
	}
	gatewayID := resp.Header.Get("Apigw-Requestid")
	if gatewayID == "" {
		t.Fatalf("no apigw-requestid in %v", resp.Header)
	}

	// As a user would: the access log tells the function's request id, whose
	// REPORT is in the function's log.
	env := awsEnv(t, endpoint)
	logs := func(group, filter string) string {
		t.Helper()
		for deadline := time.Now().Add(30 * time.Second); ; time.Sleep(50 * time.Millisecond) {
			out := must(t, runIn(t, t.TempDir(), env, cli, "logs", "filter-log-events", "--endpoint-url", endpoint,
				"--log-group-name", group, "--filter-pattern", filter, "--output", "json"))
			var found struct{ Events []struct{ Message string } }
			if err := json.Unmarshal([]byte(out.stdout), &found); err != nil {
				t.Fatalf("%v in\n%s", err, out.stdout)
			}
			if len(found.Events) == 1 {
				return found.Events[0].Message
			}
			if len(found.Events) > 1 || time.Now().After(deadline) {
				t.Fatalf("%d events in %s for %s, want one", len(found.Events), group, filter)
			}
		}
	}
	groups := groupsOf(t)
	var access map[string]string
	if err := json.Unmarshal([]byte(logs(groups.AccessLogs, `{ $.requestId = "`+gatewayID+`" }`)), &access); err != nil {
		t.Fatal(err)
	}
	requestID := access[string(outputs.AccessLambdaRequestID)]
	message := logs(groups.FunctionLogs, `{ $.type = "platform.report" && $.record.requestId = "`+requestID+`" }`)
	records, err := reportlog.Parse(message)
	if err != nil || len(records) != 1 || records[0].Kind != reportlog.Report || records[0].RequestID != requestID || records[0].Duration == nil {
		t.Errorf("the log of request %s is %q: %+v (%v)", requestID, message, records, err)
	}

	if err := cmd.Process.Signal(os.Interrupt); err != nil {
		t.Fatal(err)
	}
	var rest strings.Builder
	for lines.Scan() {
		rest.WriteString(lines.Text() + "\n")
	}
	cmd.Wait() // ProcessState tells
	if code := cmd.ProcessState.ExitCode(); code != exitInconclusive || !strings.Contains(rest.String(), "everything is put back as it was") {
		t.Errorf("exit code %d after Ctrl-C, and it said\n%s", code, &rest)
	}
}

// waitFor reads on until a line matches, and returns its first group.
func waitFor(t *testing.T, lines *bufio.Scanner, pattern string) string {
	t.Helper()
	re := regexp.MustCompile(pattern)
	var said strings.Builder
	for lines.Scan() {
		if m := re.FindStringSubmatch(lines.Text()); m != nil {
			return m[1]
		}
		said.WriteString(lines.Text() + "\n")
	}
	t.Fatalf("it ended before it said %s:\n%s", pattern, &said)
	return ""
}

// groupsOf reads the outputs file of the shared app's run that is under way.
func groupsOf(t *testing.T) outputs.Target {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(shared.app, ".coldcrank", "outputs-*.json"))
	if err != nil || len(files) != 1 {
		t.Fatalf("outputs files %v (%v), want one", files, err)
	}
	f, err := outputs.ReadFile(files[0])
	if err != nil || len(f.Targets) != 1 {
		t.Fatalf("targets %+v (%v), want one", f.Targets, err)
	}
	return f.Targets[0]
}
