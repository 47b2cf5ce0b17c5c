package review

import (
	"regexp"
	"strings"

	"github.com/coldcrank/coldcrank/scripts/internal/render"
)

var ticks = regexp.MustCompile("`+")

// fence writes text of several lines as a block of code, whatever is in it.
func fence(text string) string {
	block, _ := fenceUpTo(text, -1)
	return block
}

// fenceUpTo is fence with at most that many bytes, and how many lines are left out
// for it; a negative number means all.
func fenceUpTo(text string, most int) (block string, left int) {
	f := longer(text, "```")
	var b strings.Builder
	b.WriteString(f + "\n")
	lines := strings.Split(text, "\n")
	for i, line := range lines {
		line = render.Clean(line) + "\n"
		if most >= 0 && b.Len()+len(line)+len(f)+1 > most {
			left = len(lines) - i
			break
		}
		b.WriteString(line)
	}
	b.WriteString(f + "\n")
	return b.String(), left
}

// code writes a line as code.
func code(text string) string {
	f := longer(text, "`")
	if f == "`" {
		return f + render.Clean(text) + f
	}
	return f + " " + render.Clean(text) + " " + f
}

// longer is a row of ` that is longer than any in the text.
func longer(text, f string) string {
	for _, t := range ticks.FindAllString(text, -1) {
		if len(t) >= len(f) {
			f = t + "`"
		}
	}
	return f
}
