package render

import (
	"github.com/coldcrank/coldcrank/scripts/internal/dataset"
	"github.com/coldcrank/coldcrank/scripts/internal/stats"
)

// Words is a comparison in the words and numbers of every form, for a form of
// another package. None of it is escaped.
type Words struct {
	Name     string     // who is compared: "Shop/Orders against main"
	Sentence string     // the verdict; begins with Name
	Change   string     // "+12.3 %" of what decides, or a dash
	Notes    []string   // what a reader must know before the numbers
	Changes  [][]string // lines of old, new, change, interval and verdict; the first is their heading
}

// InWords returns the words of a comparison.
func InWords(c stats.Comparison) Words {
	lines := changes(c)
	return Words{pairName(c), Sentence(c), lines[1][3], notes(c), lines}
}

// Method says what the numbers of comparisons are; there must be one.
func Method(comparisons []stats.Comparison) string { return method(comparisons) }

// Warnings say what is wrong with a run as a whole.
func Warnings(run *dataset.Run) []string { return state(run) }

// Place says where the functions of a run were.
func Place(h dataset.Header) string { return executor(h) }

// Machine says what a local time depends on besides; nothing for a run on AWS.
func Machine(h dataset.Header) []string { return machineFacts(h) }

// Clean writes everything that does not print as Go writes it: control
// characters, and those that change the direction of the text or have no width.
func Clean(s string) string { return clean(s) }

// Size writes a number of bytes with kB = 1000 bytes.
func Size(n int64) string { return size(n) }

// Change writes a ratio as what is added or taken away: "+12.3 %".
func Change(ratio float64) string { return change(ratio) }
