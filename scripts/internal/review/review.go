// Package review writes what a branch changes: the cold start, sizes, modules and costs of
// each target, and the template.
//
// As Markdown it is one comment of GitHub. Names, diffs and errors come from elsewhere,
// in a pull request from whoever wrote it: they are text there, never markup.
package review

import (
	"fmt"
	"io"
	"strings"

	"github.com/coldcrank/coldcrank/scripts/internal/app"
	"github.com/coldcrank/coldcrank/scripts/internal/dataset"
	"github.com/coldcrank/coldcrank/scripts/internal/explain/pages"
	"github.com/coldcrank/coldcrank/scripts/internal/export"
	"github.com/coldcrank/coldcrank/scripts/internal/render"
	"github.com/coldcrank/coldcrank/scripts/internal/stats"
)

// Review is what a branch changes.
type Review struct {
	Verdict stats.Verdict `json:"verdict"` // NotCompared where no target is on both sides
	Base    string        `json:"base"`    // as it was named
	// BaseCommit is the commit that it named; empty where that is not known.
	BaseCommit string `json:"base_commit,omitempty"`
	Commit     string `json:"commit,omitempty"` // of the work tree
	Dirty      bool   `json:"dirty,omitempty"`  // the work tree differs from it
	// Targets are those of the work tree, then those that only the base has.
	Targets []Target `json:"targets"`

	Stacks    []app.StackDiff `json:"stacks"`
	DiffError string          `json:"diff_error,omitempty"` // why there is no diff

	Command string `json:"command"` // that reproduces it, for a shell
}

// NotCompared is the verdict of a review without a target that both sides have.
const NotCompared stats.Verdict = "not compared"

// State is what has become of a target.
type State string

const (
	StateChanged   State = "changed"   // it has a Comparison
	StateUnchanged State = "unchanged" // both sides are one deployment
	StateNew       State = "new"
	StateRemoved   State = "removed"
	StateLeftOut   State = "left out" // Reason says why
)

// Target is what a branch changes of one target.
type Target struct {
	Key   string `json:"target"`
	State State  `json:"state"`
	// Old and New are what each side is; nil where it is not there, or left out.
	Old *dataset.Target `json:"old,omitempty"`
	New *dataset.Target `json:"new,omitempty"`

	Comparison *stats.Comparison  `json:"comparison,omitempty"`
	Modules    []app.ModuleChange `json:"modules,omitempty"`
	// OldPages and NewPages are of the code that the inits of what is shipped execute;
	// nil where they were not counted, for the reason NoPages.
	OldPages *pages.Pages `json:"old_pages,omitempty"`
	NewPages *pages.Pages `json:"new_pages,omitempty"`
	NoPages  string       `json:"no_pages,omitempty"`
	Reason   string       `json:"reason,omitempty"`
}

// Marker is the first line of a review in Markdown, by which whoever posts it
// finds the comment that it replaces.
const Marker = "<!-- coldcrank review -->"

const (
	// limit is the most bytes that a review has in Markdown. GitHub takes
	// 65,536 characters; what posts it may add some.
	limit = 60_000
	// diffRoom is what of it targets leave for the diff.
	diffRoom = 20_000
)

// Markdown writes a review as one comment of GitHub: what is too long for one
// is cut, and says so.
func Markdown(w io.Writer, r Review) error {
	end := fmt.Sprintf("Reproduce: %s\n", code(render.Cut(r.Command, 2000)))
	var b strings.Builder
	r.writeHead(&b)
	r.writeTargets(&b, limit-diffRoom)
	r.writeStacks(&b, limit-len(end))
	b.WriteString(end)
	if _, err := io.WriteString(w, b.String()); err != nil {
		return fmt.Errorf("write review: %w", err)
	}
	return nil
}

// JSON writes the same as an object, with nothing cut.
func JSON(w io.Writer, r Review) error { return export.Value(w, r) }

func (r Review) writeHead(b *strings.Builder) {
	fmt.Fprintf(b, "%s\n## Cold start: %s\n\n", Marker, render.EscapeMarkdown(string(r.Verdict)))
	parts := []string{"against " + render.Cut(r.Base, 200)}
	if r.BaseCommit != "" && !strings.HasPrefix(r.BaseCommit, r.Base) {
		parts = append(parts, "commit "+render.Short(r.BaseCommit))
	}
	if r.Commit != "" {
		parts = append(parts, "this is commit "+render.Commit(r.Commit, &r.Dirty))
	}
	fmt.Fprintf(b, "%s\n\n", render.EscapeMarkdown(strings.Join(parts, " · ")))
	var security []string
	for _, s := range r.Stacks {
		if s.Security != "" {
			security = append(security, s.Stack)
		}
	}
	if security != nil {
		fmt.Fprintf(b, "**Permissions change** in %s: see the template below.\n\n", render.EscapeMarkdown(render.Cut(strings.Join(security, ", "), 500)))
	}
}

// writeTargets writes a block for each target that has changed, and a line for all
// that have not. What comes after most bytes is left out.
func (r Review) writeTargets(b *strings.Builder, most int) {
	var unchanged []string
	left := 0
	for _, t := range r.Targets {
		if t.State == StateUnchanged {
			unchanged = append(unchanged, fmt.Sprintf("%s (deployment %s)", t.Key, render.Short(t.New.DeploymentID)))
			continue
		}
		if text := t.text(); b.Len()+len(text) <= most {
			b.WriteString(text)
		} else {
			left++
		}
	}
	if left > 0 {
		fmt.Fprintf(b, "%s left out here, for want of room: --format json has all.\n\n", render.Count(left, "further target"))
	}
	if unchanged != nil {
		fmt.Fprintf(b, "Nothing that runs has changed, and it was not measured: %s\n\n", render.EscapeMarkdown(render.Cut(strings.Join(unchanged, ", "), 2000)))
	}
}

// writeStacks writes the diffs, what concerns permissions first, until the review
// has that many bytes.
func (r Review) writeStacks(b *strings.Builder, most int) {
	b.WriteString("### Template\n\n")
	if r.DiffError != "" {
		fmt.Fprintf(b, "The diff was left out: %s\n\n", render.EscapeMarkdown(render.Cut(r.DiffError, 1000)))
		return
	}
	var blocks []string // each with the text that is cut where it must be
	var texts []string
	add := func(block, text string) { blocks, texts = append(blocks, block), append(texts, text) }
	for _, s := range r.Stacks {
		if s.Security != "" {
			add(fmt.Sprintf("**%s changes permissions**\n\n", render.EscapeMarkdown(s.Stack)), s.Security)
		}
	}
	for _, s := range r.Stacks {
		switch s.State {
		case app.StackUnchanged:
		case app.StackRemoved:
			add(fmt.Sprintf("Stack %s is removed.\n\n", render.EscapeMarkdown(s.Stack)), "")
		default:
			add(fmt.Sprintf("Stack %s is %s:\n\n", render.EscapeMarkdown(s.Stack), s.State), s.Text)
		}
	}
	if blocks == nil {
		b.WriteString("No stack differs.\n\n")
		return
	}
	const note = 200 // bytes, for what says that something was cut
	for i, block := range blocks {
		room := most - note - b.Len() - len(block)
		if room < note {
			fmt.Fprintf(b, "%s left out here, for want of room: `cdk diff` shows all.\n\n", render.Count(len(blocks)-i, "further part"))
			return
		}
		b.WriteString(block)
		if texts[i] == "" {
			continue
		}
		text, cut := fenceUpTo(texts[i], room)
		b.WriteString(text + "\n")
		if cut > 0 {
			fmt.Fprintf(b, "%s left out here, for want of room: `cdk diff` shows all.\n\n", render.Count(cut, "further line"))
		}
	}
}
