package main

import (
	"flag"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

var update = flag.Bool("update", false, "write the real output into the README")

// TestREADME runs the README's local session and compares what it prints with
// what stands there, apart from what differs between two runs and machines.
func TestREADME(t *testing.T) {
	if testing.Short() {
		t.Skip("runs the repository's app")
	}
	if _, err := exec.LookPath("node"); err != nil {
		t.Fatal("Node.js is needed, as the README says: ", err)
	}
	root := filepath.Join("..", "..")
	readme := filepath.Join(root, "README.md")
	data, err := os.ReadFile(readme)
	if err != nil {
		t.Fatal(err)
	}
	const open, end = "```console\n$ go run ./scripts/coldcrank run\n", "```\n"
	before, rest, ok := strings.Cut(string(data), open)
	if !ok {
		t.Fatalf("README.md has no session that begins with %q", open)
	}
	session, after, _ := strings.Cut(rest, end)

	// The second run of a checkout: the first also downloads and compiles.
	cmd := exec.Command("go", "run", "./scripts/coldcrank", "run")
	cmd.Dir = root
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	got := string(out)
	if m := regexp.MustCompile(`(?m)^results: (.*)$`).FindStringSubmatch(got); m != nil {
		defer os.Remove(filepath.Join(root, m[1]))
	}
	if *update {
		if err := os.WriteFile(readme, []byte(before+open+got+end+after), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	if g, w := shape(got), shape(session); g != w {
		t.Errorf("the README's session is not what the command prints.\ngot:\n%s\nREADME:\n%s", g, w)
	}
}

// shape takes out of a session what differs between two runs and machines:
// numbers, ids, the processor, the commit, whether there are changes.
func shape(session string) string {
	for _, r := range []struct{ pattern, by string }{
		{`(?m)^.* · \d+ CPUs?`, "CPU"},
		{`\n(cpuQuota|isolation|memoryLimit|pageCache|simultaneousInits|transport) `, " · $1 "}, // wrapped as the processor's name is long
		// As far as the machine and the user may.
		{`isolation (process|mount namespace)`, "isolation MODE"},
		{`(cpuQuota|memoryLimit) (none|cgroup v\d|signals|polled)`, "$1 MODE"},
		{`(local executor on) \S+:`, "$1 PLATFORM:"},
		{`(run|deployment|commit) [0-9a-f]+`, "$1 ID"},
		{`commit ID and changes`, "commit ID"},
		{`results\S*\.jsonl`, "results"},
		{`127\.0\.0\.1:\d+`, "127.0.0.1:PORT"},
		{`go\d[\d.]*`, "goVERSION"},
		{`[-−]?[\d.:]+`, "N"},
		{`N–N`, "N"},
		{` +`, " "},
		{`(?m)^.*N requests, .*\n`, ""}, // how far logs are behind differs
		// On a busy machine a request may find an environment idle.
		{`(?m)^still synthesizing.*\n`, ""},
		{`(?m)^(N warm|after the bursts .*|– too few .*)\n`, ""},
		{`(?m)^unexplained below .*\n(more .*\n)?`, ""},       // medians of parts add up to more or to less
		{`(?m)^(sender: |N bursts? (is|are) marked).*\n`, ""}, // nor leave together
		{` –`, " N"},
		{`\n\n+`, "\n"},
	} {
		session = regexp.MustCompile(r.pattern).ReplaceAllString(session, r.by)
	}
	return session
}
