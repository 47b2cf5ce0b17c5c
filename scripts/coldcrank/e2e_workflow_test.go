package main

import (
	"encoding/json"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/coldcrank/coldcrank/scripts/internal/review"
)

// runner runs the steps of a job of docs/review.md as GitHub's runner does: their
// scripts as they stand, by the bash that it calls, with the variables that GitHub
// documents ("Variables reference"). Steps that use an action are left out.
type runner struct {
	dir     string            // the work tree
	temp    string            // RUNNER_TEMP
	env     []string          // of every step
	context map[string]string // what expressions may ask for
	summary string            // what was added to it
	output  string            // what steps printed
}

var expression = regexp.MustCompile(`\$\{\{ *(.+?) *\}\}`)

func (r *runner) evaluate(t *testing.T, text string) string {
	t.Helper()
	return expression.ReplaceAllStringFunc(text, func(e string) string {
		name := expression.FindStringSubmatch(e)[1]
		value, ok := r.context[name]
		if !ok {
			t.Fatalf("the test does not know %s", e)
		}
		return value
	})
}

// job runs steps until one fails, and returns that one's name.
func (r *runner) job(t *testing.T, env map[string]string, steps []step) (failed string) {
	t.Helper()
	r.summary, r.output = "", ""
	for _, s := range steps {
		if s.If != "" && r.context[s.If] == "" || s.Uses != "" {
			continue
		}
		files := t.TempDir()
		script, summary, outputs := filepath.Join(files, "script.sh"), filepath.Join(files, "summary"), filepath.Join(files, "output")
		for name, text := range map[string]string{script: s.Run, summary: "", outputs: ""} {
			if err := os.WriteFile(name, []byte(text), 0o644); err != nil {
				t.Fatal(err)
			}
		}
		vars := append(slices.Clone(r.env), "GITHUB_STEP_SUMMARY="+summary, "GITHUB_OUTPUT="+outputs)
		for _, m := range []map[string]string{env, s.Env} {
			for k, v := range m {
				vars = append(vars, k+"="+r.evaluate(t, v))
			}
		}
		bash := []string{"-e", script} // "Workflow syntax": without shell
		if s.Shell == "bash" {
			bash = []string{"--noprofile", "--norc", "-eo", "pipefail", script}
		}
		out := runIn(t, filepath.Join(r.dir, r.evaluate(t, s.Folder)), vars, "bash", bash...)
		r.summary += string(readFile(t, summary))
		r.output += out.stdout + out.stderr
		for line := range strings.Lines(string(readFile(t, outputs))) {
			name, value, _ := strings.Cut(strings.TrimSpace(line), "=")
			r.context["steps."+s.ID+".outputs."+name] = value
		}
		if out.code != 0 {
			return s.Name
		}
	}
	return ""
}

// gitIn is git with a name and nobody's settings.
func gitIn(t *testing.T, dir string, args ...string) string {
	t.Helper()
	return strings.TrimSpace(must(t, run(t, dir, []string{
		"GIT_CONFIG_GLOBAL=" + os.DevNull, "GIT_CONFIG_SYSTEM=" + os.DevNull,
		"GIT_AUTHOR_NAME=test", "GIT_AUTHOR_EMAIL=test@example.com", "GIT_COMMITTER_NAME=test", "GIT_COMMITTER_EMAIL=test@example.com",
	}, "git", args...)).stdout)
}

// checkout is what actions/checkout leaves of a pull request: the commit that merges
// it, two commits deep.
func checkout(t *testing.T, origin, branch string) (dir, head string) {
	t.Helper()
	head = gitIn(t, origin, "rev-parse", branch)
	gitIn(t, origin, "checkout", "-q", "--detach", "main")
	gitIn(t, origin, "merge", "-q", "--no-ff", "-m", "merge", branch)
	gitIn(t, origin, "update-ref", "refs/pull/7/merge", "HEAD")
	dir = filepath.Join(t.TempDir(), "shop")
	gitIn(t, origin, "init", "-q", dir)
	gitIn(t, dir, "fetch", "-q", "--depth=2", "file://"+origin, "refs/pull/7/merge")
	gitIn(t, dir, "checkout", "-q", "--detach", "FETCH_HEAD")
	return dir, head
}

// TestE2EWorkflow runs docs/review.md in somebody else's module: a pull request that adds
// 30 ms to init fails and gets a comment; when the work is taken out again, the same
// comment is replaced.
func TestE2EWorkflow(t *testing.T) {
	setup(t)
	cdkCLI(t) // the workflow installs its own, from where this one came
	_, files := workflowsOf(t)
	reviewJob, comment, action := files[0].Jobs["review"], files[1].Jobs["comment"], files[2].Runs
	shop, _, env := consumer(t)
	gitIn(t, shop, "init", "-q", "-b", "main")
	gitIn(t, shop, "add", ".")
	gitIn(t, shop, "commit", "-q", "-m", "the shop")
	main := filepath.Join(shop, "orders", "main.go")
	before := readFile(t, main)
	slow := strings.Replace(string(before), "\t\"os\"\n", "\t\"os\"\n\t\"time\"\n", 1) + "\nfunc init() { time.Sleep(30 * time.Millisecond) }\n"
	gitIn(t, shop, "checkout", "-q", "-b", "slow")
	write(t, main, slow)
	gitIn(t, shop, "commit", "-q", "-a", "-m", "work in init")

	gh := newGitHub(t)
	runIt := func(branch string) *runner {
		dir, head := checkout(t, shop, branch)
		temp, npm := t.TempDir(), t.TempDir()
		return &runner{dir: dir, temp: temp, context: map[string]string{"": "", "head": head}, env: slices.Concat(withoutGitHub(), env, []string{
			"CI=true", "GITHUB_ACTIONS=true", "GITHUB_WORKSPACE=" + dir, "GITHUB_EVENT_NAME=pull_request", "GITHUB_REPOSITORY=example/shop",
			"GITHUB_BASE_REF=main", "GITHUB_HEAD_REF=" + branch, "GITHUB_REF=refs/pull/7/merge", "RUNNER_TEMP=" + temp,
			// npm installs to a folder of its own, and what .ci/run has got before.
			"npm_config_prefix=" + npm, "npm_config_prefer_offline=true", "FAKE_GH=" + gh.dir,
			"PATH=" + filepath.Join(npm, "bin") + string(filepath.ListSeparator) + gh.bin + string(filepath.ListSeparator) + os.Getenv("PATH"),
		})}
	}
	reviewed := func(r *runner) string { return string(readFile(t, r.temp, "coldcrank", "review.md")) }

	r := runIt("slow")
	if failed := r.job(t, reviewJob.Env, reviewJob.Steps); failed != "verdict" || !strings.Contains(r.output, "::error title=cold start::slower than main") {
		t.Fatalf("step %q failed, want the verdict\n%s", failed, r.output)
	}
	text := reviewed(r)
	for _, want := range []string{
		review.Marker + "\n## Cold start: slower\n\nagainst origin/main · commit ", "### Shop/Orders", "is slower: Init Duration +",
		"it was not measured: Shop/Health", "| executable |", "Reproduce: `go tool coldcrank review --base=origin/main`",
	} {
		if !strings.Contains(text, want) {
			t.Errorf("no %q in\n%s", want, text)
		}
	}
	if r.summary != text || strings.Contains(text, "and changes") {
		t.Errorf("summary\n%s\nand comment\n%s", r.summary, text)
	}
	if status := gitIn(t, r.dir, "status", "--porcelain"); status != "" {
		t.Errorf("in the work tree is left\n%s", status)
	}
	one(t, filepath.Join(r.temp, "coldcrank", "results", "*.jsonl"))
	if _, err := os.Stat(filepath.Join(r.temp, "coldcrank", "report.html")); err != nil {
		t.Error(err)
	}
	if calls := gh.calls(t); calls != nil {
		t.Errorf("the measuring job calls GitHub: %q", calls)
	}

	// The comment: made, and replaced by the next review.
	pull := map[string]any{"number": 7, "state": "open", "head": map[string]string{"label": "example:slow", "sha": r.context["head"]}}
	gh.set(t, map[string]any{"pulls": []any{pull}})
	post := func(r *runner, run, from string) string {
		c := commenting(t, gh, run, r.context["head"], from)
		failed := c.job(t, comment.Env, comment.Steps)
		t.Logf("comment of run %s: failed %q, %s", run, failed, c.output)
		return failed
	}
	gh.artifact(t, "1", 900, map[string]string{"review.md": text, "report.html": "<p>"})
	if failed := post(r, "1", "example/shop"); failed != "" {
		t.Fatalf("step %q failed", failed)
	}
	if got := gh.comments(t); len(got) != 1 || got[0] != strings.ReplaceAll(text, "@", "@\u200b") {
		t.Fatalf("comments %q", got)
	}
	gitIn(t, shop, "checkout", "-q", "slow")
	write(t, main, string(before))
	gitIn(t, shop, "commit", "-q", "-a", "-m", "not in init")
	gitIn(t, shop, "commit", "-q", "--allow-empty", "-m", "another")
	r = runIt("slow")
	if failed := r.job(t, reviewJob.Env, reviewJob.Steps); failed != "" {
		t.Fatalf("step %q failed\n%s", failed, r.output)
	}
	if text = reviewed(r); !strings.Contains(text, "## Cold start: not slower") || r.summary != text {
		t.Errorf("comment\n%s\nsummary\n%s", text, r.summary)
	}
	pull["head"].(map[string]string)["sha"] = r.context["head"]
	gh.set(t, map[string]any{"pulls": []any{pull}})
	gh.artifact(t, "2", 900, map[string]string{"review.md": text})
	if failed := post(r, "2", "example/shop"); failed != "" || len(gh.comments(t)) != 1 || gh.comments(t)[0] != text {
		t.Errorf("step %q failed; comments %q", failed, gh.comments(t))
	}
	var writes []string
	for _, c := range gh.calls(t) {
		if !strings.HasPrefix(c, "GET ") {
			writes = append(writes, c)
		}
	}
	if want := []string{"POST repos/example/shop/issues/7/comments", "PATCH repos/example/shop/issues/comments/1000"}; !slices.Equal(writes, want) {
		t.Errorf("it wrote %q, want %q", writes, want)
	}

	t.Run("the composite action", func(t *testing.T) {
		for name, in := range files[2].Inputs {
			r.context["inputs."+name] = in.Default
		}
		r.context["inputs.base"] = "HEAD^1"
		if failed := r.job(t, nil, action.Steps[1:]); failed != "" { // the CLI is installed
			t.Fatalf("step %q failed\n%s", failed, r.output)
		}
		text := string(readFile(t, r.context["steps.review.outputs.folder"], "review.md"))
		if r.context["steps.review.outputs.code"] != "0" || !strings.Contains(text, "## Cold start: not slower\n\nagainst HEAD^1 · commit ") {
			t.Errorf("outputs %v, comment\n%s", r.context, text)
		}
	})

	t.Run("a base that is not there", func(t *testing.T) {
		gitIn(t, r.dir, "checkout", "-q", "--orphan", "alone")
		gitIn(t, r.dir, "commit", "-q", "-m", "no parent")
		r.context["inputs.base"] = "origin/nobody"
		if failed := r.job(t, nil, action.Steps[1:]); failed != "" || r.context["steps.review.outputs.code"] != "2" || !strings.Contains(r.output, "git fetch origin nobody:refs/remotes/origin/nobody") {
			t.Errorf("step %q failed, outputs %v\n%s", failed, r.context, r.output)
		}
	})
}

// withoutGitHub is this process's environment without what a runner of GitHub would have
// set, credentials among it.
func withoutGitHub() (env []string) {
	for _, v := range os.Environ() {
		if !strings.HasPrefix(v, "GITHUB_") && !strings.HasPrefix(v, "RUNNER_") && !strings.HasPrefix(v, "GH_") {
			env = append(env, v)
		}
	}
	return env
}

func write(t *testing.T, file, text string) {
	t.Helper()
	if err := os.WriteFile(file, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
}

// commenting is the runner of the job that comments, for a run of the other workflow.
func commenting(t *testing.T, gh *gitHub, run, sha, from string) *runner {
	t.Helper()
	owner, _, _ := strings.Cut(from, "/")
	event, err := json.Marshal(map[string]any{"workflow_run": map[string]any{"id": run, "head_sha": sha}})
	if err != nil {
		t.Fatal(err)
	}
	temp := t.TempDir()
	write(t, filepath.Join(temp, "event.json"), string(event))
	return &runner{dir: t.TempDir(), temp: temp, context: map[string]string{
		"": "", "github.token": "of the job", "github.event.workflow_run.id": run, "github.event.workflow_run.head_sha": sha,
		"github.event.workflow_run.head_repository.full_name": from, "github.event.workflow_run.head_repository.owner.login": owner,
		"github.event.workflow_run.head_branch": "slow",
	}, env: append(withoutGitHub(), "CI=true", "GITHUB_ACTIONS=true", "GITHUB_EVENT_NAME=workflow_run", "GITHUB_EVENT_PATH="+filepath.Join(temp, "event.json"),
		"GITHUB_REPOSITORY=example/shop", "RUNNER_TEMP="+temp, "FAKE_GH="+gh.dir, "FAKE_GH_JQ="+filepath.Join(gh.bin, "gojq"),
		"PATH="+gh.bin+string(filepath.ListSeparator)+os.Getenv("PATH"))}
}
