package pages

import (
	"reflect"
	"strings"
	"testing"
)

// pagesOf makes a run that executed one instruction at each address.
func pagesOf(addresses ...uint64) executed {
	e := executed{}
	for _, a := range addresses {
		e.add(a)
	}
	return e
}

var twoOwners = owners{{span{0x1000, 0x1800}, "a"}, {span{0x1800, 0x3000}, "b"}}

func TestSettle(t *testing.T) {
	x := new(Pages)
	x.settle([]executed{
		pagesOf(0x1000, 0x1004, 0x1008, 0x1800, 0x2000),
		pagesOf(0x1000, 0x1004, 0x1008, 0x1800, 0x2000, 0x3000),
		pagesOf(0x1000, 0x1800),
	}, twoOwners)
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
	for address, want := range map[uint64]string{0xfff: noPackage, 0x1000: "a", 0x17ff: "a", 0x1800: "b", 0x2fff: "b", 0x3000: noPackage} {
		if got := twoOwners.packageAt(address); got != want {
			t.Errorf("%x: %s, want %s", address, got, want)
		}
	}
}

func TestPackageOf(t *testing.T) {
	for name, want := range map[string]string{
		"main.main":                              "main",
		"net/http.(*Transport).dialConn.gowrap2": "net/http",
		"slices.partitionCmpFunc[go.shape.struct { net/http.key string; net/http.values []string }]": "slices",
		"gopkg.in/yaml%2ev3.Unmarshal":          "gopkg.in/yaml.v3",
		"type:.eq.net/http.socksAddr":           "net/http",
		"type:.hash.example.com/x/y%2ez.T":      "example.com/x/y.z",
		"type:.eq.[2]interface {}":              noPackage,
		"memeqbody":                             noPackage,
		"_rt0_arm64_linux":                      noPackage,
		"vendor/golang.org/x/net/http2/hpack.x": "vendor/golang.org/x/net/http2/hpack",
		"":                                      noPackage,
		"%zz/%zz.f":                             "%zz/%zz",
	} {
		if got := packageOf(name); got != want {
			t.Errorf("%s: %s, want %s", name, got, want)
		}
	}
}
