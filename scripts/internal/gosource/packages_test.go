package gosource

import (
	"slices"
	"strings"
	"testing"
)

// FuzzReadPackages reads what go list may print, and asks for what it says.
func FuzzReadPackages(f *testing.F) {
	f.Add("{\"ImportPath\": \"a\", \"Imports\": [\"C\", \"a\"], \"Deps\": [\"b\"], \"EmbedFiles\": [\"../x\", \"\"]}\n{\"ImportPath\": \"main\", \"Module\": {\"Dir\": \"/x\"}}")
	f.Add("{}{}null")
	f.Fuzz(func(t *testing.T, out string) {
		all, err := readPackages([]byte(out))
		if (err == nil) != (len(all) > 0) {
			t.Fatalf("%d packages, %v", len(all), err)
		}
		if err != nil {
			return
		}
		s := &Source{Path: all[len(all)-1].ImportPath, Packages: all}
		for _, p := range all {
			if !s.Links(p.ImportPath) || s.Closure(p.ImportPath) < 1 || p.Embedded() < 0 {
				t.Errorf("%+v", p)
			}
		}
		if slices.Contains(s.Imports(), "C") || s.Name(s.Path) != "main" {
			t.Errorf("imports %q", s.Imports())
		}
	})
}

func TestReason(t *testing.T) {
	for talk, want := range map[string]string{
		"": "",
		"go: downloading example.com/x v1.0.0\n# example.com/shop\n./main.go:3:15: undefined: nothing\n./main.go:4: more\n": "./main.go:3:15: undefined: nothing",
		"main.go:4:2: no required module provides package example.com/x; to add it:\n\tgo get example.com/x\n":              "main.go:4:2: no required module provides package example.com/x",
	} {
		if got := reason(talk); got != want {
			t.Errorf("%q: got %q, want %q", talk, got, want)
		}
	}
}

// TestFlags has a build that is as the executable's was, and more tags.
func TestFlags(t *testing.T) {
	s := &Source{Tags: []string{"a", "b"}, settings: map[string]string{"-trimpath": "true", "-gcflags": "-l", "CGO_ENABLED": "0"}}
	got := strings.Join(s.flags([]string{"c"}), " ")
	if want := "-buildvcs=false -tags=a,b,c -trimpath=true -gcflags=-l"; got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
	if got := strings.Join(new(Source).flags(nil), " "); got != "-buildvcs=false -tags= -trimpath=false" {
		t.Errorf("of nothing: %s", got)
	}
}
