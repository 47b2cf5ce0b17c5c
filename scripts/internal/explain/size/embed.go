package size

import (
	"bytes"
	"cmp"
	"os"
	"path/filepath"
	"slices"

	"github.com/coldcrank/coldcrank/scripts/internal/gosource"
)

// leastEmbedded is the size from which on an embedded file is looked for. The compiler
// keeps smaller ones among the program's strings, where equal ones are one
// (src/cmd/compile/internal/staticdata/data.go, fileStringSym).
const leastEmbedded = 1 << 10

// embed finds embedded files in an executable by their bytes. One that is not in it,
// because nothing reads it, has no line.
func (l *ledger) embed(data []byte, s *gosource.Source) {
	for _, p := range s.Packages {
		for _, name := range p.EmbedFiles {
			content, err := os.ReadFile(filepath.Join(p.Dir, filepath.FromSlash(name)))
			if err != nil || len(content) <= leastEmbedded {
				continue // what cannot be read is no file that the build has read
			}
			for _, g := range []*group{l.of(constants), l.of(variables)} {
				if g != nil && g.find(data, content, s.Name(p.ImportPath), name) {
					break
				}
			}
		}
	}
}

// find notes where a file is in a group.
func (g *group) find(data, content []byte, pkg, name string) bool {
	for _, r := range g.ranges {
		for at := r.start; at < r.end; {
			i := bytes.Index(data[at:r.end], content)
			if i < 0 {
				break
			}
			s := span{start: at + int64(i), end: at + int64(i+len(content)), pkg: pkg, file: name}
			if !slices.ContainsFunc(g.spans, func(o span) bool { return o.start < s.end && s.start < o.end }) {
				g.spans = append(g.spans, s)
				slices.SortFunc(g.spans, func(a, b span) int { return cmp.Compare(a.start, b.start) })
				return true
			}
			at = s.start + 1
		}
	}
	return false
}
