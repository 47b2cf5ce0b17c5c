package phases

import "github.com/coldcrank/coldcrank/scripts/internal/explain/sheet"

// Phases is to be filled by whoever writes this package.
type Phases struct{}

func (x *Phases) Sheet() sheet.Sheet { return sheet.Sheet{Title: "Phases"} }
