package pages

import "github.com/coldcrank/coldcrank/scripts/internal/explain/sheet"

// Pages is to be filled by whoever writes this package.
type Pages struct{}

func (x *Pages) Sheet() sheet.Sheet { return sheet.Sheet{Title: "Pages"} }
