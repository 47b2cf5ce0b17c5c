package price

import "github.com/coldcrank/coldcrank/scripts/internal/explain/sheet"

// Money is to be filled by whoever writes this part.
type Money struct{}

func (x *Money) Sheet() sheet.Sheet { return sheet.Sheet{Title: "Money"} }
