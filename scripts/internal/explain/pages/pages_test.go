package pages

import (
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"github.com/coldcrank/coldcrank/scripts/internal/functable"
)

// pagesOf makes a run that executed one instruction at each address.
func pagesOf(addresses ...uint64) executed {
	e := executed{}
	for _, a := range addresses {
		e.add(a)
	}
	return e
}

var threeFunctions = []functable.Func{{Package: "a", Entry: 0x1000, End: 0x1800}, {Package: "b", Entry: 0x1800, End: 0x3000}, {Entry: 0x3000, End: 0x3010}}

func TestSettle(t *testing.T) {
	x := new(Pages)
	x.settle([]executed{
		pagesOf(0x1000, 0x1004, 0x1008, 0x1800, 0x2000),
		pagesOf(0x1000, 0x1004, 0x1008, 0x1800, 0x2000, 0x3000),
		pagesOf(0x1000, 0x1800),
	}, threeFunctions)
	want := &Pages{Count: 2, Least: 1, Most: 3, Packages: []Package{{"b", 1.25}, {"a", 0.75}}}
	if !reflect.DeepEqual(x, want) {
		t.Errorf("got  %+v\nwant %+v", x, want)
	}

	x = new(Pages)
	x.settle([]executed{pagesOf(0x1000), pagesOf(0x1000), pagesOf(0x1000)}, nil)
	if want := (&Pages{Count: 1, Least: 1, Most: 1}); !reflect.DeepEqual(x, want) {
		t.Errorf("without functions: %+v, want %+v", x, want)
	}
}

func TestSheet(t *testing.T) {
	x := &Pages{Architecture: "arm64", Count: 20, Least: 20, Most: 20, Runs: 5, OfCode: 80, Emulator: "qemu 7", Turns: realTime}
	for range shown - 1 {
		x.Packages = append(x.Packages, Package{"p", 1})
	}
	x.Packages = append(x.Packages, Package{"q", 3}, Package{"r", 2}, Package{"s", 1})
	s := x.Sheet()
	if want := "20 of 80 pages of arm64 code (4 kB each) are executed until the first invocation is asked for"; s.Answer != want {
		t.Errorf("got  %s\nwant %s", s.Answer, want)
	}
	rows := s.Tables[0].Rows
	if got, want := rows[len(rows)-2:], [][]string{{"q", "3.0", "15.0 %"}, {"2 others", "3.0", "15.0 %"}}; !reflect.DeepEqual(got, want) {
		t.Errorf("last rows %v, want %v", got, want)
	}
	if want := "The same number in each of 5 runs under qemu 7 (a thread runs until it waits)."; s.Notes[0] != want {
		t.Errorf("got  %s\nwant %s", s.Notes[0], want)
	}
	x.Least, x.Packages = 19, nil
	s = x.Sheet()
	if !strings.Contains(s.Notes[0], "had 19 to 20 pages") || s.Tables != nil {
		t.Errorf("%+v", s)
	}
}

func TestPackageAt(t *testing.T) {
	for address, want := range map[uint64]string{0xfff: noPackage, 0x1000: "a", 0x17ff: "a", 0x1800: "b", 0x2fff: "b", 0x3000: noPackage, 0x3010: noPackage} {
		if got := packageAt(threeFunctions, address); got != want {
			t.Errorf("%x: %s, want %s", address, got, want)
		}
	}
}

// TestGoPackages has files that Go did not build: none has packages, and half an
// executable is not taken for one of those.
func TestGoPackages(t *testing.T) {
	for content, broken := range map[string]bool{"": false, "#!": false, "#!/bin/sh\n": false, "\x7fELF": true, "\x7fELF\x02\x01\x01": true} {
		name := filepath.Join(t.TempDir(), "bootstrap")
		if err := os.WriteFile(name, []byte(content), 0o755); err != nil {
			t.Fatal(err)
		}
		if packages, err := GoPackages(name); packages != nil || (err != nil) != broken {
			t.Errorf("%q: %v, %v", content, packages, err)
		}
	}
	if _, err := GoPackages(filepath.Join(t.TempDir(), "none")); !os.IsNotExist(err) {
		t.Errorf("no file: %v", err)
	}
}
