package phases

import (
	"fmt"
	"strings"

	"github.com/coldcrank/coldcrank/scripts/internal/explain/sheet"
	"github.com/coldcrank/coldcrank/scripts/internal/render"
)

// shownPackages is how many packages a sheet lists.
const shownPackages = 10

// Sheet shows the phases, and the packages whose inits take the most time.
func (x *Phases) Sheet() sheet.Sheet {
	sum := x.SumNS()
	table := sheet.Table{
		Header: []string{"phase", "ms", "share", "of it loading", "page faults", "from disk"},
		Right:  []bool{false, true, true, true, true, true},
	}
	var parts []string
	var faults, major float64
	for _, p := range x.Phases {
		parts = append(parts, p.Name+" "+ms(p.NS))
		faults, major = faults+p.Faults, major+p.MajorFaults
		table.Rows = append(table.Rows, []string{
			p.Name, ms(p.NS), percent(p.NS, sum), load(p.LoadNS), fmt.Sprintf("%.0f", p.Faults), fmt.Sprintf("%.0f", p.MajorFaults),
		})
	}
	table.Rows = append(table.Rows,
		[]string{"sum", ms(sum), "100 %", load(x.LoadNS()), fmt.Sprintf("%.0f", faults), fmt.Sprintf("%.0f", major)},
		[]string{"measured", ms(x.InitNS)})
	if a := x.Agreement; a != nil {
		table.Rows = append(table.Rows, []string{"sum ÷ measured", "", fmt.Sprintf("%.1f %%", 100*a.Ratio)})
	}
	s := sheet.Sheet{
		Title:  "Phases",
		Answer: fmt.Sprintf("init %s ms: %s", ms(x.InitNS), strings.Join(parts, ", ")),
		Tables: []sheet.Table{table},
	}
	if all := x.LoadNS(); all != nil {
		s.Answer += "; loading is " + ms(*all) + " of it"
	}
	s.Answer += x.Agreement.doubt()
	if len(x.Packages) > 0 {
		s.Tables = append(s.Tables, x.packages())
	}
	s.Notes = x.notes()
	return s
}

// percent is the ratio with its interval.
func (a *Agreement) percent() string {
	return fmt.Sprintf("%.1f %% (%.1f–%.1f)", 100*a.Ratio, 100*a.Low, 100*a.High)
}

// doubt says why the phases may not be what a start consists of; nothing where they are.
func (a *Agreement) doubt() string {
	switch {
	case a == nil:
		return "; too few starts to hold the sum against"
	case a.Verdict == Off:
		return fmt.Sprintf("; not to be relied on: the sum is %s of what a start takes", a.percent())
	case a.Verdict == Unclear:
		return fmt.Sprintf("; the sum is %s of what a start takes: too much else goes on here to tell whether it is within 5 %%", a.percent())
	}
	return ""
}

func (x *Phases) packages() sheet.Table {
	t := sheet.Table{
		Header: []string{"package init", "ms", "kB", "allocations"},
		Right:  []bool{false, true, true, true},
	}
	var rest Package
	for i, p := range x.Packages {
		if i < shownPackages {
			t.Rows = append(t.Rows, p.row())
			continue
		}
		rest.NS, rest.Bytes, rest.Allocs = rest.NS+p.NS, rest.Bytes+p.Bytes, rest.Allocs+p.Allocs
	}
	if n := len(x.Packages) - shownPackages; n > 0 {
		rest.Path = render.Count(n, "other")
		t.Rows = append(t.Rows, rest.row())
	}
	return t
}

func (p Package) row() []string {
	return []string{p.Path, fmt.Sprintf("%.3f", float64(p.NS)/1e6), fmt.Sprintf("%.1f", float64(p.Bytes)/1000), fmt.Sprint(p.Allocs)}
}

func (x *Phases) notes() []string {
	waits := "ahead of what else the machine does"
	if !x.Ahead {
		waits = "waiting for a processor like everything else on it, as this user may not ask for more"
	}
	notes := []string{fmt.Sprintf("The middle half of %d starts on this machine, one at a time, %s, page cache warm; measured is the same of starts that nothing looked into, by turns. A stop under ptrace costs %s ms, which is taken off.", x.Starts, waits, ms3(x.StopNS))}
	if a := x.Agreement; a != nil {
		notes = append(notes, fmt.Sprintf("The sum is %s of measured: the median of %d turns and its 95 %% interval.", a.percent(), a.Turns))
	}
	if x.Whole != "" {
		notes = append(notes, "The program is one phase: "+x.Whole+".")
	}
	if len(x.Packages) > 0 {
		notes = append(notes, "Packages are as Go's runtime counts them, its own among them, which are in the phase runtime. Their sum is less than the phase: what it does between two of them is in none.")
	}
	if x.LoadNS() != nil {
		notes = append(notes, "Loading is what a phase takes less when all pages of the executable are mapped beforehand. Here they are in the page cache; where they are not, as on AWS, it is more.")
	}
	return append(notes, "On AWS, the making of the sandbox comes before provision and is not in Init Duration. A warm environment inherits all phases; one of provisioned concurrency has them behind it when a request comes.")
}

func ms(ns int64) string { return fmt.Sprintf("%.2f", float64(ns)/1e6) }

func load(ns *int64) string {
	if ns == nil {
		return ""
	}
	return ms(*ns)
}

func ms3(ns int64) string { return fmt.Sprintf("%.3f", float64(ns)/1e6) }

func percent(part, whole int64) string {
	if whole == 0 {
		return ""
	}
	return fmt.Sprintf("%.0f %%", 100*float64(part)/float64(whole))
}
