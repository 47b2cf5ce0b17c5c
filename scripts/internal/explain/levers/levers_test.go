package levers

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/coldcrank/coldcrank/scripts/internal/price"
)

func TestRank(t *testing.T) {
	l := &Levers{Start: Effect{MS: 10}, Measured: []Lever{
		{Name: "noise", Saves: Effect{MS: 0.9, Low: -0.2, High: 2}},
		{Name: "small", Saves: Effect{MS: 0.4, Low: 0.3, High: 0.5}}, // 4 %
		{Name: "worse", Saves: Effect{MS: -1, Low: -2, High: -0.5}},
		{Name: "best", Saves: Effect{MS: 3, Low: 2, High: 4}},
		{Name: "share", Saves: Effect{MS: 0.6, Low: 0.5, High: 0.7}}, // 6 %
	}}
	l.rank(512, func(d time.Duration) float64 { return d.Seconds() })
	var got []string
	for _, m := range l.Measured {
		name := m.Name
		if m.Worth {
			name += "!"
		}
		if *m.USD != time.Duration(m.Saves.MS*1e6).Seconds() {
			t.Errorf("%s: USD %g", m.Name, *m.USD)
		}
		got = append(got, name)
	}
	if got, want := strings.Join(got, " "), "best! noise share! small worse"; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}

// With a run, the money goes by the same share of its init.
func TestRankThere(t *testing.T) {
	l := &Levers{Start: Effect{MS: 4}, There: &There{MS: 20, From: "run ab12 on AWS"}, Measured: []Lever{{Name: "tag", Saves: Effect{MS: 1, Low: 0.9, High: 1.1}}}}
	l.rank(512, func(d time.Duration) float64 { return float64(d / time.Millisecond) })
	if m := l.Measured[0]; m.There == nil || *m.There != 5 || *m.USD != 5 {
		t.Errorf("got %+v", m)
	}
	s := l.Sheet()
	if got, want := s.Tables[0].Rows[0], []string{"tag", "1.00", "0.90 to 1.10", "5.00", "$5.00", "yes"}; !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
	if last := s.Notes[len(s.Notes)-1]; !strings.Contains(last, "the 20.00 ms that init takes in run ab12 on AWS: reckoned, not measured") {
		t.Errorf("got %q", last)
	}
}

// What is only documented stands apart from what was measured, with where it stands.
func TestKnown(t *testing.T) {
	s := subjectOf("/no/such/file", ".")
	m, err := price.Of(price.Builtin(), price.Question{
		Region: "us-east-1", Architecture: "arm64", MemoryMB: 512, Family: price.OSOnly, Times: price.Times{Warm: time.Millisecond},
	})
	if err != nil {
		t.Fatal(err)
	}
	text := map[string]string{}
	for _, k := range known(s, nil, m) {
		text[k.Name] = k.Text
		if k.Source == "" {
			t.Errorf("%s has no source", k.Name)
		}
	}
	for name, want := range map[string]string{
		"memory": "0.29 of a vCPU", "provisioned concurrency": "never cheaper than on demand", "SnapStart": "not for this runtime",
	} {
		if !strings.Contains(text[name], want) {
			t.Errorf("%s: got %q, want %q", name, text[name], want)
		}
	}
	if _, ok := text["size"]; ok {
		t.Error("the size of a file that is not there")
	}
	s.MemoryMB, s.Runtime = 1769, "python3.13"
	all := known(s, nil, nil)
	if got := all[0].Text; !strings.Contains(got, "one vCPU or more") {
		t.Errorf("memory: got %q", got)
	}
	if got := all[1].Text; !strings.Contains(got, "not known") {
		t.Errorf("provisioned concurrency without a price: got %q", got)
	}
	if got := all[2].Text; !strings.Contains(got, "this runtime has it") {
		t.Errorf("SnapStart: got %q", got)
	}
}

func TestSnapStart(t *testing.T) {
	const has, not, image = "this runtime has it", "not for this runtime", "container images have it"
	for runtime, want := range map[string]string{
		"java8.al2": not, "java11": has, "java21": has, "python3.11": not, "python3.12": has, "python3.9": not, "dotnet6": not, "dotnet8": has,
		"dotnetcore3.1": not, "nodejs24.x": not, "provided.al2023": not, "": image,
	} {
		if got := snapStart(runtime).Text; !strings.HasPrefix(got, want) {
			t.Errorf("%q: got %q, want %q", runtime, got, want)
		}
	}
}

// A script has no size that is worth a word.
func TestSizeOfScript(t *testing.T) {
	file := filepath.Join(t.TempDir(), "x")
	if err := os.WriteFile(file, []byte("#!/bin/sh\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if k, ok := size(file); ok {
		t.Errorf("got %+v", k)
	}
}

func TestSheet(t *testing.T) {
	l := &Levers{
		Start:    Effect{3, 2.9, 3.1, 40},
		Measured: []Lever{{Name: "tag", Advice: "set it", Saves: Effect{1, 0.9, 1.1, 40}, USD: new(0.01), Worth: true}, {Name: "rest", Advice: "leave it"}},
		Known:    []Known{{"memory", "text", "https://example.com"}}, Missing: []string{"no source"},
	}
	l.rank(512, nil)
	if l.Measured[0].There != nil {
		t.Errorf("got %+v without a run", l.Measured[0])
	}
	s := l.Sheet()
	if want := "a start takes 3.00 ms here (2.90 to 3.10); tag is worth most: 1.00 ms less (0.90 to 1.10)"; s.Answer != want {
		t.Errorf("got %q, want %q", s.Answer, want)
	}
	if len(s.Tables) != 1 || len(s.Tables[0].Rows) != 2 {
		t.Errorf("got %+v", s.Tables)
	}
	notes := strings.Join(s.Notes, "\n")
	for _, want := range []string{"tag: set it", "not tried: no source", "documented, memory: text (https://example.com)"} {
		if !strings.Contains(notes, want) {
			t.Errorf("notes lack %q", want)
		}
	}
	if strings.Contains(notes, "leave it") {
		t.Error("advice that is not worth doing")
	}
	// What is noise may stand first, and is not what the answer is about.
	l.Measured = []Lever{{Name: "noise", Saves: Effect{MS: 2, Low: -1, High: 4}}, l.Measured[0]}
	if got := l.Sheet().Answer; !strings.Contains(got, "; tag is worth most: 1.00 ms") {
		t.Errorf("got %q", got)
	}
	l.Measured = l.Measured[:1]
	if got := l.Sheet().Answer; !strings.HasSuffix(got, "nothing is worth doing") {
		t.Errorf("got %q", got)
	}
}

// What is on hand without the function's source is said without it, with why.
func TestMeasure(t *testing.T) {
	for _, test := range []struct {
		path     string
		measured int
		missing  string
	}{
		{health, 3, ""},
		{"../../../../lambda/health/main.go", 0, "it was built from files"},
	} {
		l, err := Measure(t.Context(), subjectOf(build(t, ".", test.path), "."), Given{})
		if err != nil {
			t.Fatal(err)
		}
		if l.Start.Starts < least*starts || l.Start.MS <= 0 || len(l.Measured) < test.measured || len(l.Known) == 0 {
			t.Errorf("%s: got %+v", test.path, l)
		}
		for _, m := range l.Measured {
			if m.USD != nil || m.Saves.Starts < l.Start.Starts {
				t.Errorf("%s: got %+v", test.path, m)
			}
		}
		if test.measured == 0 && (len(l.Missing) == 0 || !strings.Contains(l.Missing[0], test.missing)) {
			t.Errorf("%s: missing %q, want %q", test.path, l.Missing, test.missing)
		}
		disk(t, l, test.measured > 0)
	}
}

// disk checks what starts from the disk have found. Where the temporary folder is on
// none, or this is not Linux, that is said.
func disk(t *testing.T, l *Levers, variants bool) {
	t.Helper()
	d := l.Disk
	if d == nil {
		if last := l.Missing[len(l.Missing)-1]; !strings.HasPrefix(last, "size, by starts from the disk: ") {
			t.Errorf("missing %q", l.Missing)
		}
		return
	}
	if d.Bytes == 0 || d.Longer.Starts < leastDisk || d.Longer.High <= 0 {
		t.Errorf("got %+v", d)
	}
	if s := d.Smallest; (s != nil) != variants || s != nil && (s.Lever != "client lambda/ric" || s.Bytes >= d.Bytes || s.Less.Starts != d.Longer.Starts) {
		t.Errorf("smallest: got %+v", s)
	}
}
