// Package sheet writes what explain finds as tables: for a terminal and in
// Markdown. What a cell holds is text: a name comes from an executable, and is
// escaped.
package sheet

// Sheet is one section of an explanation.
type Sheet struct {
	Title  string
	Answer string // one line that says it all
	Tables []Table
	Notes  []string // what the numbers are of, and are not
}

// Table is a grid. A row may be shorter than the header.
type Table struct {
	Header []string
	Right  []bool // columns that are aligned to the right, such as numbers
	Rows   [][]string
}
