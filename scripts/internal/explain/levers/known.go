package levers

import (
	"debug/elf"
	"fmt"
	"os"
	"strconv"
	"strings"

	"github.com/coldcrank/coldcrank/scripts/internal/explain/subject"
	"github.com/coldcrank/coldcrank/scripts/internal/explain/variant"
	"github.com/coldcrank/coldcrank/scripts/internal/price"
)

// fullCPU is the memory size at which a function has one vCPU:
// https://docs.aws.amazon.com/lambda/latest/dg/configuration-memory.html
const fullCPU = 1769

// embeddedMB is from which size on embedded files are worth a word.
const embeddedMB = 1 << 20

// known is what is documented of levers that were not tried, for this function. source
// and m may be nil.
func known(s *subject.Subject, source *variant.Source, m *price.Money) []Known {
	all := []Known{memory(s.MemoryMB)}
	if k, ok := size(s.Shipped); ok {
		all = append(all, k)
	}
	if source != nil {
		for _, p := range source.Packages {
			if n := p.Embedded(); !p.Standard && n >= embeddedMB {
				all = append(all, Known{Name: "embedded files", Text: fmt.Sprintf(
					"%s embeds %.1f MB: what init does not read costs only the upload, what it reads is read cold", p.ImportPath, float64(n)/1e6)})
			}
		}
	}
	return append(all, provisioned(m), snapStart(s.Runtime))
}

// memory is about the CPU that memory buys. That init has it all is not documented:
// others measured it, https://bitesizedserverless.com/bite/lambda-cold-start-bootstrap/.
func memory(mb int) Known {
	k := Known{Name: "memory", Source: "https://docs.aws.amazon.com/lambda/latest/dg/configuration-memory.html"}
	if mb >= fullCPU {
		k.Text = fmt.Sprintf("%d MB have one vCPU or more: code that runs on one thread gets no faster by more", mb)
		return k
	}
	k.Text = fmt.Sprintf("%d MB have %.2f of a vCPU; init has been seen to run at full speed whatever the memory, so that more makes the first invocation faster, not init; run --memory measures it, and --from shows it here",
		mb, float64(mb)/fullCPU)
	return k
}

// size is about the shipped executable; ok is false where it cannot be read, or is a
// script.
func size(file string) (k Known, ok bool) {
	f, err := elf.Open(file)
	if err != nil {
		return Known{}, false
	}
	defer f.Close()
	info, err := os.Stat(file)
	if err != nil {
		return Known{}, false
	}
	k = Known{
		Name:   "size",
		Text:   fmt.Sprintf("the shipped executable has %.1f MB; on AWS about 7 ms of init were seen for each MB that init reads, which here comes from memory", float64(info.Size())/1e6),
		Source: "https://github.com/maxday/lambda-perf",
	}
	if symbols := symbolBytes(f); symbols > 0 {
		k.Text += fmt.Sprintf("; %.1f MB of it are symbols, which -ldflags=\"-s -w\" leaves out", float64(symbols)/1e6)
	}
	return k, true
}

// symbolBytes are those of symbol table and DWARF, which are never loaded.
func symbolBytes(f *elf.File) (bytes uint64) {
	for _, s := range f.Sections {
		if s.Name == ".symtab" || s.Name == ".strtab" || strings.HasPrefix(s.Name, ".debug_") || strings.HasPrefix(s.Name, ".zdebug_") {
			bytes += s.FileSize
		}
	}
	return bytes
}

func provisioned(m *price.Money) Known {
	k := Known{
		Name:   "provisioned concurrency",
		Text:   "environments that are kept ready take init out of requests",
		Source: "https://docs.aws.amazon.com/lambda/latest/dg/provisioned-concurrency.html",
	}
	switch {
	case m == nil || m.Provisioned == nil:
		k.Text += "; what it costs is not known here"
	case m.Provisioned.Pays():
		k.Text += fmt.Sprintf(", for %s a month each; cheaper than on demand from %.4g requests a second in one", price.Format(m.Provisioned.Month.USD), *m.Provisioned.From)
	default:
		k.Text += fmt.Sprintf(", for %s a month each; never cheaper than on demand", price.Format(m.Provisioned.Month.USD))
	}
	return k
}

// snapshots are the versions of managed runtimes since which they have SnapStart.
var snapshots = []struct {
	name  string
	since int
}{{"java", 11}, {"python3.", 12}, {"dotnet", 8}}

// snapStart is about SnapStart, by runtime. The page for container images is
// https://docs.aws.amazon.com/lambda/latest/dg/snapstart-runtime-hooks-custom.html.
func snapStart(runtime string) Known {
	k := Known{Name: "SnapStart", Source: "https://docs.aws.amazon.com/lambda/latest/dg/snapstart.html"}
	for _, r := range snapshots {
		version, ok := strings.CutPrefix(runtime, r.name)
		if n, err := strconv.Atoi(version); ok && err == nil && n >= r.since {
			k.Text = "this runtime has it: environments start from a snapshot taken after init"
			return k
		}
	}
	k.Text = "not for this runtime in a zip file: managed ones of Java 11, Python 3.12, .NET 8 and later have it, and container images whose runtime client takes part"
	if price.FamilyOf(runtime) == price.Image {
		k.Text = "container images have it whose runtime client takes part"
	}
	return k
}
