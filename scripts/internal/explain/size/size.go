package size

import "github.com/coldcrank/coldcrank/scripts/internal/explain/sheet"

// Size is to be filled by whoever writes this package.
type Size struct{}

func (x *Size) Sheet() sheet.Sheet { return sheet.Sheet{Title: "Size"} }
