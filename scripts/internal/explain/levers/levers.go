package levers

import "github.com/coldcrank/coldcrank/scripts/internal/explain/sheet"

// Levers is to be filled by whoever writes this package.
type Levers struct{}

func (x *Levers) Sheet() sheet.Sheet { return sheet.Sheet{Title: "Levers"} }
