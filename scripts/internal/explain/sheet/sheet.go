// Package sheet is what a section of an explanation shows, in words and numbers.
// Package render writes it: what a cell holds is text there, never markup.
package sheet

// Sheet is one section of an explanation.
type Sheet struct {
	Title  string
	Answer string // one line that says it all
	Tables []Table
	Plots  []Plot   // the first is the one to show where there is room for one
	Notes  []string // what the numbers are of, and are not
}

// Table is a grid. A row may be shorter than the header.
type Table struct {
	Header []string
	Right  []bool // columns that are aligned to the right, such as numbers
	Rows   [][]string
	Detail bool // not for a short answer
}

// Brief is what sections say in short.
type Brief struct {
	Answers []Answer
	Tables  []Table
	Note    string // on the numbers of several sections; may be empty
}

// Answer is that of a section, or of several that say the same.
type Answer struct{ Of, Text string }

// Top is the beginning of the first table that is not a detail; ok is false where there
// is none.
func (s Sheet) Top(rows int) (t Table, ok bool) {
	for _, t := range s.Tables {
		if !t.Detail {
			t.Rows = t.Rows[:min(rows, len(t.Rows))]
			return t, true
		}
	}
	return Table{}, false
}

// ToRight reports whether a column is aligned to the right.
func (t Table) ToRight(i int) bool { return i < len(t.Right) && t.Right[i] }
