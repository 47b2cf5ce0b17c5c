package size

import (
	"maps"
	"slices"

	"github.com/coldcrank/coldcrank/scripts/internal/gosource"
)

// imports says of each package which chain of imports brings it in, and what would
// go with it.
func imports(s *gosource.Source, packages []Package) {
	graph := map[string][]string{}
	for _, p := range s.Packages {
		var to []string
		for _, path := range p.Imports {
			if real, ok := p.ImportMap[path]; ok {
				path = real
			}
			if path != "C" && path != "unsafe" {
				to = append(to, path)
			}
		}
		slices.Sort(to)
		graph[s.Name(p.ImportPath)] = to
	}
	always := reach(graph, nil, "", "runtime")
	before := reach(graph, always, "", "main")
	size := map[string]int64{}
	for _, p := range packages {
		size[p.Path] = p.Bytes
	}
	for i := range packages {
		p := &packages[i]
		if _, ok := always[p.Path]; ok {
			continue
		}
		if _, ok := before[p.Path]; !ok {
			continue // of no import: of the linker
		}
		for path := p.Path; path != ""; path = before[path] {
			p.Chain = append(p.Chain, path)
		}
		slices.Reverse(p.Chain)
		without := reach(graph, always, p.Path, "main")
		for path := range before {
			if _, stays := without[path]; !stays {
				p.OnlyBytes += size[path]
			}
		}
	}
}

// reach is what a package imports, directly and not: each with the package before it
// on the shortest way, the first by name of several. What is in known, and what only
// the left out one imports, is not in it.
func reach(graph map[string][]string, known map[string]string, leftOut, from string) map[string]string {
	before := maps.Clone(known)
	if before == nil {
		before = map[string]string{}
	}
	if from == leftOut {
		return before
	}
	before[from] = ""
	for queue := []string{from}; len(queue) > 0; queue = queue[1:] {
		for _, to := range graph[queue[0]] {
			if _, seen := before[to]; !seen && to != leftOut {
				before[to] = queue[0]
				queue = append(queue, to)
			}
		}
	}
	return before
}
