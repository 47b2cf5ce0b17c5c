package budget

import (
	"reflect"
	"strings"
	"testing"

	"github.com/coldcrank/coldcrank/scripts/internal/explain/pages"
)

var function = Function{
	Pages:    &pages.Pages{Count: 364, Packages: []pages.Package{{Path: "runtime", Pages: 94.43}, {Path: "net", Pages: 20}}},
	ZipBytes: 2_295_251,
	Packages: []pages.CodePackage{{Path: "a", Bytes: 10}, {Path: "b", Bytes: 2000}, {Path: "c", Bytes: 10}},
}

func TestHold(t *testing.T) {
	b, err := Hold([]Limit{{Pages, 320}, {Zip, 2_300_000}, {Packages, 2}}, function, nil)
	if err != nil {
		t.Fatal(err)
	}
	want := &Budget{Checks: []Check{
		{Limit: Limit{Pages, 320}, Is: 364, Largest: []string{"runtime 94.4", "net 20.0"}},
		{Limit: Limit{Zip, 2_300_000}, Is: 2_295_251},
		{Limit: Limit{Packages, 2}, Is: 3, Largest: []string{"b 2 kB of code", "a 10 B of code", "c 10 B of code"}},
	}}
	if !reflect.DeepEqual(b, want) {
		t.Errorf("got  %+v\nwant %+v", b, want)
	}
	lines := []string{
		"pages 364: 44 more than the 320 of the budget; the largest: runtime 94.4, net 20.0",
		"packages 3: 1 more than the 2 of the budget; the largest: b 2 kB of code, a 10 B of code, c 10 B of code",
	}
	if got := b.Exceeded(); !reflect.DeepEqual(got, lines) {
		t.Errorf("got  %q\nwant %q", got, lines)
	}
	s := b.Sheet()
	rows := [][]string{{"pages", "364", "320", "−44"}, {"zip", "2295.251 kB", "2300 kB", "4.749 kB"}, {"packages", "3", "2", "−1"}}
	if s.Answer != "exceeded" || !reflect.DeepEqual(s.Tables[0].Rows, rows) || !reflect.DeepEqual(s.Notes, lines) {
		t.Errorf("%+v", s)
	}
}

// TestHoldGrew has a base that differs: what grew is named, not what is largest.
func TestHoldGrew(t *testing.T) {
	base := &Base{Ref: "main", Function: Function{
		Pages:    &pages.Pages{Count: 350, Packages: []pages.Package{{Path: "runtime", Pages: 94.43}, {Path: "net", Pages: 6}}},
		ZipBytes: 2_000_000,
		Packages: []pages.CodePackage{{Path: "a", Bytes: 10}, {Path: "b", Bytes: 500}},
	}}
	b, err := Hold([]Limit{{Pages, 320}, {Zip, 1_000_000}, {Packages, 2}}, function, base)
	if err != nil {
		t.Fatal(err)
	}
	want := &Budget{Base: "main", Checks: []Check{
		{Limit: Limit{Pages, 320}, Is: 364, Was: 350, Grew: []string{"net +14.0"}},
		{Limit: Limit{Zip, 1_000_000}, Is: 2_295_251, Was: 2_000_000, Grew: []string{"b +1.5 kB of code", "c +10 B of code"}},
		{Limit: Limit{Packages, 2}, Is: 3, Was: 2, Grew: []string{"c +10 B of code"}},
	}}
	if !reflect.DeepEqual(b, want) {
		t.Errorf("got  %+v\nwant %+v", b, want)
	}
	if got, want := b.Exceeded()[0], "pages 364: 44 more than the 320 of the budget; since main, which has 350: net +14.0"; got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
	table := b.Sheet().Tables[0]
	if got, want := append([][]string{table.Header}, table.Rows[0]), [][]string{{"what", "is", "most", "left", "base"}, {"pages", "364", "320", "−44", "350"}}; !reflect.DeepEqual(got, want) {
		t.Errorf("got  %q\nwant %q", got, want)
	}
	base.Function = function
	if b, err = Hold([]Limit{{Pages, 320}}, function, base); err != nil || b.Checks[0].Grew != nil || b.Checks[0].Largest == nil {
		t.Errorf("nothing grew: %+v, %v", b, err)
	}
	// Code that grew is no reason where the zip has shrunk.
	base.ZipBytes, base.Packages = 2_295_300, nil
	b, err = Hold([]Limit{{Zip, 2_294_000}}, function, base)
	if want := "zip 2295.251 kB: 1.251 kB more than the 2294 kB of the budget; main has 2295.3 kB; the largest: "; err != nil || !strings.HasPrefix(b.Exceeded()[0], want) {
		t.Errorf("got %q, want %q…, %v", b.Exceeded(), want, err)
	}
	if got := exact(749); got != "749 B" {
		t.Errorf("got %s", got)
	}
}

// TestHoldKept has just what is allowed, of what the function knows.
func TestHoldKept(t *testing.T) {
	b, err := Hold([]Limit{{Zip, 2_295_251}}, Function{ZipBytes: 2_295_251}, nil)
	if err != nil || b.Exceeded() != nil || b.Sheet().Answer != "kept" {
		t.Errorf("%+v, %v", b, err)
	}
}

// TestHoldUnknown holds what is not known: a budget that nobody checked is not kept.
func TestHoldUnknown(t *testing.T) {
	for key, want := range map[string]string{Pages: "were not counted", Zip: "zip is not known", Packages: "not built by Go"} {
		if b, err := Hold([]Limit{{key, 1}}, Function{}, nil); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %+v, %v", key, b, err)
		}
	}
}
