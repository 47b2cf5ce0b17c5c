package main

import (
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"

	"go.yaml.in/yaml/v3"
)

// workflow is what the tests read of a workflow, and of a composite action.
type workflow struct {
	Name        string
	On          map[string]yaml.Node
	Permissions map[string]string
	Jobs        map[string]job
	Inputs      map[string]struct{ Description, Required, Default string }
	Outputs     map[string]struct{ Description, Value string }
	Runs        struct {
		Using string
		Steps []step
	}
}

type job struct {
	If          string
	Permissions map[string]string
	Env         map[string]string
	Minutes     int `yaml:"timeout-minutes"`
	Steps       []step
}

type step struct {
	ID, Name, If, Uses, Run, Shell string
	Folder                         string `yaml:"working-directory"`
	With, Env                      map[string]string
}

// workflowsOf are the files of docs/review.md, in its order: the reviewing workflow, the
// commenting one, the composite action and the steps that use it.
func workflowsOf(t *testing.T) (texts []string, files []workflow) {
	t.Helper()
	page := string(readFile(t, "..", "..", "docs", "review.md"))
	for _, m := range regexp.MustCompile("(?s)```yaml\n(.+?)```").FindAllStringSubmatch(page, -1) {
		texts = append(texts, m[1])
	}
	if len(texts) != 4 {
		t.Fatalf("%d files in YAML, want 4", len(texts))
	}
	for _, text := range texts[:3] {
		var w workflow
		if err := yaml.Unmarshal([]byte(text), &w); err != nil {
			t.Fatal(err)
		}
		files = append(files, w)
	}
	return texts, files
}

// TestReviewWorkflows holds the page against this repository's own files, and both
// against what a reader of other people's code may rely on.
func TestReviewWorkflows(t *testing.T) {
	texts, files := workflowsOf(t)
	for i, name := range []string{"coldcrank.yml", "coldcrank-comment.yml"} {
		if own := string(readFile(t, "..", "..", ".github", "workflows", name)); texts[i] != own {
			t.Errorf("docs/review.md has another %s than .github/workflows", name)
		}
	}
	review, comment, action := files[0], files[1], files[2]

	// Who runs other people's code may read, and nothing else.
	if want := map[string]string{"contents": "read"}; !reflect.DeepEqual(review.Permissions, want) {
		t.Errorf("the review has permissions %v", review.Permissions)
	}
	for name, j := range review.Jobs {
		if j.Permissions != nil || j.Minutes == 0 {
			t.Errorf("job %s: permissions %v, %d minutes", name, j.Permissions, j.Minutes)
		}
	}
	if _, ok := review.On["pull_request"]; !ok || len(review.On) != 1 {
		t.Errorf("the review starts on %v", review.On)
	}
	// Who may write runs nothing of the repository, and no action.
	if _, ok := comment.On["workflow_run"]; !ok || len(comment.On) != 1 || comment.Permissions == nil || len(comment.Permissions) != 0 {
		t.Errorf("the comment starts on %v with %v", comment.On, comment.Permissions)
	}
	for name, j := range comment.Jobs {
		if want := map[string]string{"actions": "read", "pull-requests": "write"}; !reflect.DeepEqual(j.Permissions, want) || j.Minutes == 0 {
			t.Errorf("job %s: permissions %v, %d minutes", name, j.Permissions, j.Minutes)
		}
		for _, s := range j.Steps {
			if s.Uses != "" {
				t.Errorf("the comment uses %s", s.Uses)
			}
		}
	}
	for _, text := range texts {
		if strings.Contains(text, "pull_request_target") || strings.Contains(text, "secrets.") {
			t.Errorf("pull_request_target or a secret in\n%s", text)
		}
		pins(t, text, 0)
	}
	for _, w := range files {
		steps := w.Runs.Steps
		for _, j := range w.Jobs {
			steps = append(steps, j.Steps...)
		}
		for _, s := range steps {
			if strings.Contains(s.Run, "${{") {
				t.Errorf("step %q: an expression in a script is put there unquoted", s.Name)
			}
		}
	}

	// What GitHub's metadata syntax for actions asks for.
	if action.Name == "" || action.Runs.Using != "composite" || action.Permissions != nil || action.Jobs != nil {
		t.Errorf("the action is %+v", action)
	}
	known := map[string]bool{}
	for _, s := range action.Runs.Steps {
		known[s.ID] = true
		if (s.Run == "") == (s.Uses == "") || s.Run != "" && s.Shell == "" {
			t.Errorf("step %q of the action: run and uses, or run without shell", s.Name)
		}
	}
	for name, in := range action.Inputs {
		if in.Description == "" || !strings.Contains(texts[2], "${{ inputs."+name+" }}") {
			t.Errorf("input %s: %+v", name, in)
		}
	}
	for name, out := range action.Outputs {
		m := regexp.MustCompile(`^\$\{\{ steps\.(\w+)\.outputs\.` + name + ` \}\}$`).FindStringSubmatch(out.Value)
		if out.Description == "" || m == nil || !known[m[1]] {
			t.Errorf("output %s: %+v", name, out)
		}
	}
}

// TestReviewOfNoBase leaves the base empty, as a workflow of another event does: each
// ends with an error that says so, before anything is measured.
func TestReviewOfNoBase(t *testing.T) {
	_, files := workflowsOf(t)
	bin := t.TempDir()
	for _, program := range []string{"go", "git"} {
		if err := os.WriteFile(filepath.Join(bin, program), []byte("#!/bin/sh\necho ran "+program+"\n"), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	for name, steps := range map[string][]step{"workflow": files[0].Jobs["review"].Steps, "action": files[2].Runs.Steps} {
		i := slices.IndexFunc(steps, func(s step) bool { return s.ID == "review" })
		r := runner{dir: t.TempDir(), context: map[string]string{"inputs.base": "", "inputs.until": "", "inputs.threshold": "5%", "inputs.directory": "."}}
		r.env = append(withoutGitHub(), "RUNNER_TEMP="+t.TempDir(), "GITHUB_BASE_REF=", "PATH="+bin+string(filepath.ListSeparator)+os.Getenv("PATH"))
		if failed := r.job(t, nil, steps[i:i+1]); failed != "review" || strings.Contains(r.output, "ran ") || !strings.Contains(r.output, "base") && !strings.Contains(r.output, "BASE_REF") {
			t.Errorf("%s: step %q failed, and said %s", name, failed, r.output)
		}
	}
}

// pins checks that at least so many actions are used, each by a commit.
func pins(t *testing.T, text string, least int) {
	t.Helper()
	uses := regexp.MustCompile(`(?m)uses: (\S+)(.*)$`).FindAllStringSubmatch(text, -1)
	if len(uses) < least {
		t.Fatalf("%d actions", len(uses))
	}
	for _, u := range uses {
		if strings.HasPrefix(u[1], "./") {
			continue
		}
		if !regexp.MustCompile(`^[a-z-]+/[a-z-]+@[0-9a-f]{40}$`).MatchString(u[1]) || !regexp.MustCompile(`^ # v\d+\.\d+\.\d+$`).MatchString(u[2]) {
			t.Errorf("%s%s: want a commit and the version that it is", u[1], u[2])
		}
	}
}

// actionlint is the version that is asked.
const actionlint = "github.com/rhysd/actionlint/cmd/actionlint@v1.7.12"

// TestActionlint asks actionlint about this repository's workflows and, as those of
// somebody else's, about what docs/review.md and docs/measure-on-aws.md have.
func TestActionlint(t *testing.T) {
	if testing.Short() {
		t.Skip("downloads and builds actionlint")
	}
	texts, _ := workflowsOf(t)
	dir := t.TempDir()
	must(t, run(t, dir, nil, "git", "init", "-q")) // by which actionlint finds the top
	user := "on: pull_request\npermissions:\n  contents: read\njobs:\n  review:\n    runs-on: ubuntu-24.04\n    steps:\n" + texts[3]
	onAWS := regexp.MustCompile("(?s)```yaml\n(.+?)```").FindStringSubmatch(measureOnAWS(t))
	files := map[string]string{
		"workflows/coldcrank.yml": texts[0], "workflows/coldcrank-comment.yml": texts[1], "workflows/user.yml": user, "workflows/aws.yml": onAWS[1],
		"actions/coldcrank-review/action.yml": texts[2],
	}
	for name, text := range files {
		file := filepath.Join(dir, ".github", filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(file, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	own, err := filepath.Glob(filepath.Join("..", "..", ".github", "workflows", "*.yml"))
	if err != nil || len(own) < 3 {
		t.Fatalf("workflows %v, %v", own, err)
	}
	theirs, err := filepath.Glob(filepath.Join(dir, ".github", "workflows", "*.yml"))
	if err != nil {
		t.Fatal(err)
	}
	bin := t.TempDir()
	must(t, run(t, ".", []string{"GOBIN=" + bin}, "go", "install", actionlint))
	lint := filepath.Join(bin, "actionlint")
	if out := run(t, ".", nil, lint, slices.Concat([]string{"-shellcheck="}, own)...); out.code != 0 {
		t.Errorf("this repository's:\n%s%s", out.stdout, out.stderr)
	}
	if out := run(t, dir, nil, lint, slices.Concat([]string{"-shellcheck="}, theirs)...); out.code != 0 {
		t.Errorf("the docs':\n%s%s", out.stdout, out.stderr)
	}
	// It does find what is wrong, also in the use of the action.
	broken := strings.Replace(user, "base: HEAD^1", "bass: HEAD^1", 1)
	if err := os.WriteFile(filepath.Join(dir, ".github", "workflows", "user.yml"), []byte(broken), 0o644); err != nil {
		t.Fatal(err)
	}
	if out := run(t, dir, nil, lint, slices.Concat([]string{"-shellcheck="}, theirs)...); out.code != 1 || !strings.Contains(out.stdout, `"bass"`) {
		t.Errorf("an input that the action does not have: exit code %d\n%s", out.code, out.stdout)
	}
}
