package render

import (
	"encoding/json"
	"fmt"
	"io"
	"strings"

	"github.com/coldcrank/coldcrank/scripts/internal/app"
	"github.com/coldcrank/coldcrank/scripts/internal/dataset"
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
	Targets []TargetReview `json:"targets"`

	Stacks    []app.StackDiff `json:"stacks"`
	DiffError string          `json:"diff_error,omitempty"` // why there is no diff

	Command string `json:"command"` // that reproduces it, for a shell
}

// NotCompared is the verdict of a review without a target that both sides have.
const NotCompared stats.Verdict = "not compared"

// TargetState is what has become of a target.
type TargetState string

const (
	TargetChanged   TargetState = "changed"   // it has a Comparison
	TargetUnchanged TargetState = "unchanged" // both sides are one deployment
	TargetNew       TargetState = "new"
	TargetRemoved   TargetState = "removed"
	TargetLeftOut   TargetState = "left out" // Reason says why
)

// TargetReview is what a branch changes of one target.
type TargetReview struct {
	Key   string      `json:"target"`
	State TargetState `json:"state"`
	// Old and New are what each side is; nil where it is not there, or left out.
	Old *dataset.Target `json:"old,omitempty"`
	New *dataset.Target `json:"new,omitempty"`

	Comparison *stats.Comparison  `json:"comparison,omitempty"`
	Modules    []app.ModuleChange `json:"modules,omitempty"`
	Reason     string             `json:"reason,omitempty"`
}

// ReviewMarker is the first line of a review in Markdown, by which whoever posts it
// finds the comment that it replaces.
const ReviewMarker = "<!-- coldcrank review -->"

const (
	// reviewLimit is the most bytes that a review has in Markdown. GitHub takes
	// 65,536 characters; what posts it may add some.
	reviewLimit = 60_000
	// diffRoom is what of it targets leave for the diff.
	diffRoom = 20_000
)

// ReviewMarkdown writes a review as one comment of GitHub: what is too long for one
// is cut, and says so.
func ReviewMarkdown(w io.Writer, r Review) error {
	end := fmt.Sprintf("Reproduce: %s\n", code(Cut(r.Command, 2000)))
	var b strings.Builder
	r.writeHead(&b)
	r.writeTargets(&b, reviewLimit-diffRoom)
	r.writeStacks(&b, reviewLimit-len(end))
	b.WriteString(end)
	if _, err := io.WriteString(w, b.String()); err != nil {
		return fmt.Errorf("write review: %w", err)
	}
	return nil
}

// ReviewJSON writes the same as an object, with nothing cut.
func ReviewJSON(w io.Writer, r Review) error {
	text, err := json.MarshalIndent(r, "", "  ")
	if err != nil {
		return fmt.Errorf("write review: %w", err)
	}
	if _, err := w.Write(append(text, '\n')); err != nil {
		return fmt.Errorf("write review: %w", err)
	}
	return nil
}

func (r Review) writeHead(b *strings.Builder) {
	fmt.Fprintf(b, "%s\n## Cold start: %s\n\n", ReviewMarker, EscapeMarkdown(string(r.Verdict)))
	parts := []string{"against " + Cut(r.Base, 200)}
	if r.BaseCommit != "" && !strings.HasPrefix(r.BaseCommit, r.Base) {
		parts = append(parts, "commit "+Short(r.BaseCommit))
	}
	if r.Commit != "" {
		parts = append(parts, "this is commit "+Commit(r.Commit, &r.Dirty))
	}
	fmt.Fprintf(b, "%s\n\n", EscapeMarkdown(strings.Join(parts, " · ")))
	var security []string
	for _, s := range r.Stacks {
		if s.Security != "" {
			security = append(security, s.Stack)
		}
	}
	if security != nil {
		fmt.Fprintf(b, "**Permissions change** in %s: see the template below.\n\n", EscapeMarkdown(Cut(strings.Join(security, ", "), 500)))
	}
}

// writeTargets writes a block for each target that has changed, and a line for all
// that have not. What comes after most bytes is left out.
func (r Review) writeTargets(b *strings.Builder, most int) {
	var unchanged []string
	left := 0
	for _, t := range r.Targets {
		if t.State == TargetUnchanged {
			unchanged = append(unchanged, fmt.Sprintf("%s (deployment %s)", t.Key, Short(t.New.DeploymentID)))
			continue
		}
		if text := t.text(); b.Len()+len(text) <= most {
			b.WriteString(text)
		} else {
			left++
		}
	}
	if left > 0 {
		fmt.Fprintf(b, "%s left out here, for want of room: --format json has all.\n\n", Count(left, "further target"))
	}
	if unchanged != nil {
		fmt.Fprintf(b, "Nothing that runs has changed, and it was not measured: %s\n\n", EscapeMarkdown(Cut(strings.Join(unchanged, ", "), 2000)))
	}
}

// writeStacks writes the diffs, what concerns permissions first, until the review
// has that many bytes.
func (r Review) writeStacks(b *strings.Builder, most int) {
	b.WriteString("### Template\n\n")
	if r.DiffError != "" {
		fmt.Fprintf(b, "The diff was left out: %s\n\n", EscapeMarkdown(Cut(r.DiffError, 1000)))
		return
	}
	var blocks []string // each with the text that is cut where it must be
	var texts []string
	add := func(block, text string) { blocks, texts = append(blocks, block), append(texts, text) }
	for _, s := range r.Stacks {
		if s.Security != "" {
			add(fmt.Sprintf("**%s changes permissions**\n\n", EscapeMarkdown(s.Stack)), s.Security)
		}
	}
	for _, s := range r.Stacks {
		switch s.State {
		case app.StackUnchanged:
		case app.StackRemoved:
			add(fmt.Sprintf("Stack %s is removed.\n\n", EscapeMarkdown(s.Stack)), "")
		default:
			add(fmt.Sprintf("Stack %s is %s:\n\n", EscapeMarkdown(s.Stack), s.State), s.Text)
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
			fmt.Fprintf(b, "%s left out here, for want of room: `cdk diff` shows all.\n\n", Count(len(blocks)-i, "further part"))
			return
		}
		b.WriteString(block)
		if texts[i] == "" {
			continue
		}
		text, cut := fenceUpTo(texts[i], room)
		b.WriteString(text + "\n")
		if cut > 0 {
			fmt.Fprintf(b, "%s left out here, for want of room: `cdk diff` shows all.\n\n", Count(cut, "further line"))
		}
	}
}
