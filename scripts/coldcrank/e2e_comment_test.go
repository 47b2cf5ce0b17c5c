package main

import (
	"archive/zip"
	"bytes"
	"encoding/json"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/coldcrank/coldcrank/scripts/internal/review"
)

// gitHub is the state of a repository example/shop, behind a program gh.
type gitHub struct {
	bin string // with gh, and the program that runs its filters
	dir string

	state map[string]any
}

// jqProgram is what gh has inside.
const jqProgram = "github.com/itchyny/gojq/cmd/gojq@v0.12.18"

func newGitHub(t *testing.T) *gitHub {
	t.Helper()
	g := &gitHub{bin: t.TempDir(), dir: t.TempDir(), state: map[string]any{"repository": "example/shop"}}
	must(t, run(t, ".", nil, "go", "build", "-o", filepath.Join(g.bin, "gh"), filepath.Join("testdata", "gh", "main.go")))
	must(t, run(t, ".", []string{"GOBIN=" + g.bin}, "go", "install", jqProgram))
	g.set(t, nil)
	return g
}

// set changes some of the state, and keeps the comments.
func (g *gitHub) set(t *testing.T, some map[string]any) {
	t.Helper()
	if data, err := os.ReadFile(filepath.Join(g.dir, "state.json")); err == nil {
		if err := json.Unmarshal(data, &g.state); err != nil {
			t.Fatal(err)
		}
	}
	for k, v := range some {
		g.state[k] = v
	}
	data, err := json.Marshal(g.state)
	if err != nil {
		t.Fatal(err)
	}
	write(t, filepath.Join(g.dir, "state.json"), string(data))
}

// artifact is what a run has left, by its number; size is what GitHub says of it.
func (g *gitHub) artifact(t *testing.T, run string, size int64, files map[string]string) {
	t.Helper()
	var b bytes.Buffer
	w := zip.NewWriter(&b)
	for name, text := range files {
		f, err := w.Create(name)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := f.Write([]byte(text)); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	write(t, filepath.Join(g.dir, "50"+run+".zip"), b.String())
	id := json.Number("50" + run)
	g.set(t, map[string]any{"artifacts": map[string]any{run: []any{map[string]any{
		"id": id, "name": "coldcrank-review", "size_in_bytes": size, "created_at": time.Now().UTC().Format(time.RFC3339),
	}}}})
}

// calls are the API calls that were made.
func (g *gitHub) calls(t *testing.T) []string {
	t.Helper()
	data, err := os.ReadFile(filepath.Join(g.dir, "calls"))
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		t.Fatal(err)
	}
	return strings.Split(strings.TrimSpace(string(data)), "\n")
}

// comments are the texts of pull request 7's.
func (g *gitHub) comments(t *testing.T) (texts []string) {
	t.Helper()
	var s struct {
		Comments map[string][]struct{ Body string }
	}
	if err := json.Unmarshal(readFile(t, g.dir, "state.json"), &s); err != nil {
		t.Fatal(err)
	}
	for number, list := range s.Comments {
		if number != "7" {
			t.Errorf("comments on number %s", number)
		}
		for _, c := range list {
			texts = append(texts, c.Body)
		}
	}
	return texts
}

// TestE2EHostileArtifact lets the commenting job meet what a stranger's pull request
// may leave for it.
func TestE2EHostileArtifact(t *testing.T) {
	if testing.Short() {
		t.Skip("builds programs")
	}
	_, files := workflowsOf(t)
	job := files[1].Jobs["comment"]
	gh := newGitHub(t)
	gh.set(t, map[string]any{"pulls": []any{
		map[string]any{"number": 3, "state": "open", "head": map[string]string{"label": "other:slow", "sha": "5eed"}},
		map[string]any{"number": 7, "state": "open", "head": map[string]string{"label": "stranger:slow", "sha": "5eed"}},
	}, "comments": map[string]any{"7": []any{map[string]any{"id": 1, "body": review.Marker + "\nby a person", "user": map[string]string{"login": "person"}}}}})
	posted := func() int { return len(gh.comments(t)) - 1 }

	// Longer than a comment, with what would call people, run, escape or be unpacked.
	t.Run("from a fork", func(t *testing.T) {
		marker := filepath.Join(t.TempDir(), "ran")
		gh.artifact(t, "1", 4000, map[string]string{
			"review.md": review.Marker + "\n@everyone $(touch " + marker + ") `touch " + marker + "` \x00\xff\n" +
				"&#64;a &#064;a &#x40;a &#X0040;a &commat;a &COMMAT;a &amp;#64;a &lt;\n" + strings.Repeat("0@", 50_000_000),
			"../evil.txt":  "evil",
			"/tmp/../evil": "evil", "body.md": "evil", "number": "3",
		})
		c := commenting(t, gh, "1", "5eed", "stranger/shop")
		if failed := c.job(t, job.Env, job.Steps); failed != "" || posted() != 1 {
			t.Fatalf("step %q failed, %d comments\n%s", failed, posted(), c.output)
		}
		body := gh.comments(t)[1]
		if !strings.HasPrefix(body, review.Marker+"\n_From a fork, whose own code wrote what follows._\n@\u200beveryone $(touch ") {
			t.Errorf("the comment begins with %q", body[:min(len(body), 200)])
		}
		if n := utf8.RuneCountInString(body); n > 65_536 || !utf8.ValidString(body) || strings.Count(body, "@") != strings.Count(body, "@\u200b") || strings.Contains(body, "\x00") {
			t.Errorf("%d characters, valid %v", n, utf8.ValidString(body))
		}
		// GitHub reads entities before it looks for people: none of these is one.
		if want := "\n&amp;#64;a &amp;#064;a &amp;#x40;a &amp;#X0040;a &amp;commat;a &amp;COMMAT;a &amp;#64;a &lt;\n"; !strings.Contains(body, want) {
			t.Errorf("no %q in %q", want, body[:min(len(body), 400)])
		}
		var left []string
		for _, dir := range []string{c.temp, filepath.Dir(c.temp), c.dir} {
			names, err := filepath.Glob(filepath.Join(dir, "*"))
			if err != nil {
				t.Fatal(err)
			}
			for _, name := range names {
				if base := filepath.Base(name); strings.Contains(base, "evil") || dir == c.temp {
					left = append(left, base)
				}
			}
		}
		if got := strings.Join(left, " "); got != "body.md event.json review.zip" {
			t.Errorf("files %s", got)
		}
		if _, err := os.Stat(marker); err == nil {
			t.Error("its text was run")
		}
	})
	for _, test := range []struct {
		name, failed, says string
		sha                string
		size               int64
		files              map[string]string
	}{
		{"no marker", "read the review", "no review", "5eed", 100, map[string]string{"review.md": "## Cold start: faster\n"}},
		{"no such file", "read the review", "review.md", "5eed", 100, map[string]string{"other.md": review.Marker + "\n"}},
		{"too large", "read the review", "left no review", "5eed", 5e8, map[string]string{"review.md": review.Marker + "\n"}},
		{"moved on", "", "no open pull request is at 0ld", "0ld", 100, map[string]string{"review.md": review.Marker + "\n"}},
	} {
		t.Run(test.name, func(t *testing.T) {
			before := gh.comments(t)
			gh.artifact(t, "2", test.size, test.files)
			c := commenting(t, gh, "2", test.sha, "stranger/shop")
			if failed := c.job(t, job.Env, job.Steps); failed != test.failed || !strings.Contains(c.output, test.says) {
				t.Errorf("step %q failed, want %q\n%s", failed, test.failed, c.output)
			}
			if after := gh.comments(t); len(after) != len(before) || after[1] != before[1] {
				t.Errorf("it wrote a comment")
			}
		})
	}
	for _, c := range gh.calls(t) {
		if strings.Contains(c, "/3/") {
			t.Errorf("the artifact's number was asked: %s", c)
		}
	}
}
