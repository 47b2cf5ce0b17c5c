package size

import (
	"cmp"
	"slices"
)

// Base is what it is compared with.
type Base struct {
	Ref      string   `json:"ref"`
	Bytes    int64    `json:"bytes"`
	ZipBytes int64    `json:"zip_bytes"`
	Changes  []Change `json:"changes,omitempty"` // the largest growth first
}

// Change is a package, an embedded file or a line of no package that has another size
// than in the base.
type Change struct {
	Name  string   `json:"name"`
	Old   int64    `json:"old_bytes"` // 0: it was not there
	New   int64    `json:"new_bytes"` // 0: it is not there any more
	Zip   int64    `json:"zip_growth_bytes"`
	Chain []string `json:"chain,omitempty"` // that brings it in, or brought it in
}

// Growth is by how much it has grown.
func (c Change) Growth() int64 { return c.New - c.Old }

// Against compares with a base. What could not be found out of the base is in Notes
// too: the two are not taken apart alike then.
func (s *Size) Against(ref string, base *Size) {
	for _, note := range base.Notes {
		s.Notes = append(s.Notes, ref+": "+note)
	}
	s.Base = &Base{Ref: ref, Bytes: base.Bytes, ZipBytes: base.ZipBytes}
	changes := map[string]*Change{}
	at := func(name string) *Change {
		if changes[name] == nil {
			changes[name] = &Change{Name: name}
		}
		return changes[name]
	}
	for _, side := range []*Size{base, s} {
		add := func(name string, bytes, zip int64, chain []string) {
			c := at(name)
			if side == base {
				c.Old, c.Zip, c.Chain = bytes, c.Zip-zip, chain
				return
			}
			c.New, c.Zip = bytes, c.Zip+zip
			if chain != nil {
				c.Chain = chain
			}
		}
		for _, p := range side.Packages {
			bytes, zip := p.Bytes, p.ZipBytes
			for _, f := range p.Files {
				bytes, zip = bytes-f.Bytes, zip-f.ZipBytes
				add(p.Path+": "+f.Name, f.Bytes, f.ZipBytes, p.Chain)
			}
			add(p.Path, bytes, zip, p.Chain)
		}
		for _, r := range side.Rest {
			add(r.Name, r.Bytes, r.ZipBytes, nil)
		}
		for _, f := range side.Files {
			add(f.Name+", beside the executable", f.Bytes, f.ZipBytes, nil)
		}
	}
	for _, c := range changes {
		if c.Growth() != 0 {
			s.Base.Changes = append(s.Base.Changes, *c)
		}
	}
	slices.SortFunc(s.Base.Changes, func(a, b Change) int {
		return cmp.Or(cmp.Compare(b.Growth(), a.Growth()), cmp.Compare(a.Name, b.Name))
	})
}
