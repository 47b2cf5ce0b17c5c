package size

import (
	"archive/zip"
	"cmp"
	"compress/flate"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"time"

	"github.com/coldcrank/coldcrank/infra/outputs"
)

// pack makes the zip of the folder that the executable is in, and says how much of it
// is whose. The executable is compressed once more in one stream that is flushed
// where sections, packages' code and embedded files begin: how much the stream grows
// is what they take, scaled to what the executable takes in the zip. What has no
// place of its own in a section takes its share of the rest of it.
func (s *Size) pack(l *ledger, data []byte, file string) error {
	entries, total, err := zipOf(filepath.Dir(file))
	if err != nil {
		return err
	}
	s.ZipBytes = total
	var packed int64
	for _, e := range entries {
		if e.Name == filepath.Base(file) {
			packed = int64(e.CompressedSize64)
			continue
		}
		s.Files = append(s.Files, Part{e.Name, int64(e.UncompressedSize64), int64(e.CompressedSize64)})
	}
	zips, err := l.compress(data, packed)
	if err != nil {
		return err
	}
	l.settle(zips)
	left := total
	for _, f := range s.Files {
		left -= f.ZipBytes
	}
	for _, p := range l.packages {
		left -= p.zip
		for _, f := range p.files {
			left -= f.ZipBytes
		}
	}
	for i := range l.rest {
		left -= l.rest[i].ZipBytes
	}
	// What was rounded, and what the zip notes about its files.
	l.rest = append(l.rest, Part{Name: "the zip's own headers", ZipBytes: left})
	return nil
}

// zipOf packs a folder as the local executor does, so that the size is the one that a
// run tells. The CDK packs with zlib at its level 6 (aws-cdk 2.1148.1, zipDirectory,
// with yazl's default), which comes out some 3 % smaller.
func zipOf(dir string) (entries []*zip.FileHeader, total int64, err error) {
	root, err := os.OpenRoot(dir)
	if err != nil {
		return nil, 0, err
	}
	defer root.Close()
	out := new(counter)
	z := zip.NewWriter(out)
	code := root.FS()
	err = fs.WalkDir(code, ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() {
			if name == outputs.ShippedDir {
				return fs.SkipDir
			}
			return nil
		}
		in, err := code.Open(name)
		if err != nil {
			return err
		}
		defer in.Close()
		info, err := in.Stat()
		if err != nil || !info.Mode().IsRegular() {
			return err
		}
		h := &zip.FileHeader{Name: name, Method: zip.Deflate, Modified: time.Date(1980, 1, 1, 0, 0, 0, 0, time.UTC)}
		h.SetMode(0o644 | info.Mode()&0o111)
		entry, err := z.CreateHeader(h)
		if err != nil {
			return err
		}
		entries = append(entries, h)
		_, err = io.Copy(entry, in)
		return err
	})
	if err != nil {
		return nil, 0, err
	}
	if err := z.Close(); err != nil {
		return nil, 0, err
	}
	return entries, out.n, nil
}

type counter struct{ n int64 }

func (c *counter) Write(p []byte) (int, error) {
	c.n += int64(len(p))
	return len(p), nil
}

// compress says what each group takes without its spans, and notes at each span what
// that takes. All of it together is packed.
func (l *ledger) compress(data []byte, packed int64) (map[*group]float64, error) {
	pieces := map[*group]float64{}
	out := new(counter)
	w, err := flate.NewWriter(out, flate.DefaultCompression)
	if err != nil {
		return nil, err
	}
	grown := func(from, to int64) (float64, error) {
		before := out.n
		if _, err := w.Write(data[from:to]); err != nil {
			return 0, err
		}
		err := w.Flush()
		return float64(out.n - before), err
	}
	type place struct {
		span
		of *group
	}
	var places []place
	for _, g := range l.groups {
		for _, r := range g.ranges {
			places = append(places, place{r, g})
		}
	}
	slices.SortFunc(places, func(a, b place) int { return cmp.Compare(a.start, b.start) })
	for _, p := range places {
		at := p.start
		for i := range p.of.spans {
			s := &p.of.spans[i]
			if s.start < p.start || s.end > p.end {
				continue
			}
			if s.start > at {
				n, err := grown(at, s.start)
				if err != nil {
					return nil, err
				}
				pieces[p.of] += n
			}
			if s.zip, err = grown(s.start, s.end); err != nil {
				return nil, err
			}
			at = s.end
		}
		if at < p.end {
			n, err := grown(at, p.end)
			if err != nil {
				return nil, err
			}
			pieces[p.of] += n
		}
	}
	scale := float64(packed) / float64(max(out.n, 1))
	for _, g := range l.groups {
		pieces[g] *= scale
		for i := range g.spans {
			g.spans[i].zip *= scale
		}
	}
	return pieces, nil
}
