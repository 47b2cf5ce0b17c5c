package logs

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"
)

var epoch = time.Date(2026, 11, 1, 0, 0, 0, 0, time.UTC)

func put(t *testing.T, s *Store, stream string, after time.Duration, messages ...string) {
	t.Helper()
	if err := s.Put("g", stream, epoch.Add(after), messages...); err != nil {
		t.Fatal(err)
	}
}

func messages(events []Event) []string {
	var list []string
	for _, e := range events {
		list = append(list, e.Message)
	}
	return list
}

func filter(t *testing.T, s *Store, q Query) ([]Event, string) {
	t.Helper()
	q.Group = "g"
	events, next, err := s.Filter(q)
	if err != nil {
		t.Fatal(err)
	}
	return events, next
}

func TestFilterSelects(t *testing.T) {
	s := New()
	s.CreateGroup("g")
	put(t, s, "a/1", 2*time.Millisecond, "third", "fourth")
	put(t, s, "a/2", 0, "first")
	put(t, s, "b/1", 1500*time.Microsecond, "second")
	for _, c := range []struct {
		name string
		q    Query
		want []string
	}{
		{"all, by time", Query{}, []string{"first", "second", "third", "fourth"}},
		{"start and end are inclusive", Query{Start: epoch.Add(time.Millisecond), End: epoch.Add(time.Millisecond)}, []string{"second"}},
		{"from start", Query{Start: epoch.Add(2 * time.Millisecond)}, []string{"third", "fourth"}},
		{"end before start", Query{Start: epoch.Add(time.Second), End: epoch}, nil},
		{"stream prefix", Query{StreamPrefix: "a/"}, []string{"first", "third", "fourth"}},
		{"streams", Query{Streams: []string{"b/1", "a/2"}}, []string{"first", "second"}},
		{"pattern", Query{Pattern: `?first ?fourth`}, []string{"first", "fourth"}},
	} {
		got, next := filter(t, s, c.q)
		if !slices.Equal(messages(got), c.want) || next != "" {
			t.Errorf("%s: got %q, next %q, want %q", c.name, messages(got), next, c.want)
		}
	}
}

func TestFilterPages(t *testing.T) {
	s := New()
	s.CreateGroup("g")
	for i := range 7 {
		put(t, s, "s", time.Duration(i)*time.Millisecond, fmt.Sprint(i))
	}
	var got []string
	var next string
	for page := 0; ; page++ {
		var events []Event
		events, next = filter(t, s, Query{Limit: 3, Token: next})
		got = append(got, messages(events)...)
		if next == "" {
			break
		}
		// A late event before the cursor, and one behind it.
		put(t, s, "s", 0, "late")
		put(t, s, "s", 6*time.Millisecond, fmt.Sprintf("new%d", page))
	}
	if want := []string{"0", "1", "2", "3", "4", "5", "6", "new0", "new1"}; !slices.Equal(got, want) {
		t.Errorf("pages: got %q, want %q", got, want)
	}
}

func TestFilterPageHoldsOneMegabyte(t *testing.T) {
	s := New()
	s.CreateGroup("g")
	big := strings.Repeat("x", 600<<10)
	put(t, s, "s", 0, big, big, strings.Repeat("y", 2<<20))
	for page, want := range []int{600 << 10, 600 << 10, 2 << 20} {
		var token string
		for range page {
			_, token = filter(t, s, Query{Token: token})
		}
		events, _ := filter(t, s, Query{Token: token})
		if len(events) != 1 || len(events[0].Message) != want {
			t.Errorf("page %d: got %d events, want one of %d bytes", page, len(events), want)
		}
	}
}

func TestFilterRefuses(t *testing.T) {
	s := New()
	s.CreateGroup("g")
	put(t, s, "s", 0, "a", "b")
	_, token := filter(t, s, Query{Limit: 1})
	for _, c := range []struct {
		q    Query
		want error
	}{
		{Query{Group: "other"}, ErrNoGroup},
		{Query{Group: "g", Pattern: "-x"}, ErrPattern},
		{Query{Group: "g", Token: "nonsense"}, ErrToken},
		{Query{Group: "g", Token: token, Pattern: "a"}, ErrToken},
	} {
		if _, _, err := s.Filter(c.q); !errors.Is(err, c.want) {
			t.Errorf("%+v: got %v, want %v", c.q, err, c.want)
		}
	}
	if err := s.Put("other", "s", epoch, "m"); !errors.Is(err, ErrNoGroup) {
		t.Errorf("put: got %v, want %v", err, ErrNoGroup)
	}
}

func TestGroups(t *testing.T) {
	s := New()
	s.CreateGroup("/b")
	s.CreateGroup("/a/2")
	s.CreateGroup("/a/1")
	put := s.Groups("/a")[0].Created
	s.CreateGroup("/a/1")
	got := s.Groups("/a")
	if len(got) != 2 || got[0].Name != "/a/1" || got[1].Name != "/a/2" || got[0].Class != "STANDARD" || got[0].Created != put {
		t.Errorf("got %+v", got)
	}
}

func TestPattern(t *testing.T) {
	const report = `{"type":"platform.report","record":{"requestId":"r-1","list":["x","y"],"n":5}}`
	for _, c := range []struct {
		pattern, message string
		want             bool
	}{
		{"", "anything", true},
		{"  ", "anything", true},
		{"REPORT", "REPORT RequestId: 1", true},
		{"report", "REPORT RequestId: 1", false},
		{"REPORT Init", "REPORT RequestId: 1", false},
		{"REPORT RequestId", "REPORT RequestId: 1", true},
		{`"RequestId: 1"`, "REPORT RequestId: 1", true},
		{`"a \"b\" \\c"`, `x a "b" \c`, true},
		{`?START ?"REPORT RequestId"`, "REPORT RequestId: 1", true},
		{`?START ?END`, "REPORT RequestId: 1", false},
		{`{ $.type = "platform.*" }`, report, true},
		{`{$.type="platform.*"}`, report, true},
		{`{ $.type = "platform.start" }`, report, false},
		{`{ $.type != "platform.start" }`, report, true},
		{`{ $.missing != "x" }`, report, false},
		{`{ $.record.n = "5" }`, report, false},
		{`{ $.record.list[1] = "y" }`, report, true},
		{`{ $.record.list[2] = "y" }`, report, false},
		{`{ $.type = "*.report" && $.record.requestId = "r-1" }`, report, true},
		{`{ $.type = "x" && $.type = "y" || $.record.requestId = "r-*" }`, report, true},
		{`{ $.type = "x" && ($.type = "y" || $.record.requestId = "r-*") }`, report, false},
		{`{ $.type = "*" }`, "not JSON", false},
	} {
		match, err := compile(c.pattern)
		if err != nil {
			t.Errorf("%s: %v", c.pattern, err)
			continue
		}
		if got := match(c.message); got != c.want {
			t.Errorf("%s on %s: got %t, want %t", c.pattern, c.message, got, c.want)
		}
	}
}

func TestPatternRefused(t *testing.T) {
	for _, pattern := range []string{
		"-ERROR", "%re%", "[a, b]", "a-b", `"open`, "?a b", "?",
		"{", "{}", "{ $.a }", `{ $.a = 1 }`, `{ $.a > "1" }`, `{ $.a = "b"`, `{ $.a = "b" } x`,
		`{ ($.a = "b" }`, `{ $ = "b" }`, `{ $.a[x] = "b" }`, `{ $.a = "b" && }`, `{ $.a IS NULL }`,
		"{" + strings.Repeat("(", 1000),
	} {
		if _, err := compile(pattern); !errors.Is(err, ErrPattern) {
			t.Errorf("%.40s: got %v, want %v", pattern, err, ErrPattern)
		}
	}
}

func TestWildcard(t *testing.T) {
	for _, c := range []struct {
		pattern, s string
		want       bool
	}{
		{"a", "a", true}, {"a", "ab", false}, {"a*", "ab", true}, {"*b", "ab", true}, {"*", "", true},
		{"a*a", "a", false}, {"a*b*c", "a1b2c", true}, {"a*b*c", "acb", false}, {"**", "x", true},
	} {
		if got := wildcard(c.pattern, c.s); got != c.want {
			t.Errorf("%q on %q: got %t, want %t", c.pattern, c.s, got, c.want)
		}
	}
}

func FuzzPattern(f *testing.F) {
	for _, seed := range []string{"", "a b", `?"x" ?y`, `{ $.a.b[0] = "c*" && ($.d != "e" || $.f = "g") }`, "{(", `"\`} {
		f.Add(seed, `{"a":{"b":["cd"]}}`)
	}
	f.Fuzz(func(t *testing.T, pattern, message string) {
		match, err := compile(pattern)
		if err != nil {
			if !errors.Is(err, ErrPattern) {
				t.Errorf("%q: got %v, want %v", pattern, err, ErrPattern)
			}
			return
		}
		match(message)
	})
}

func Example() {
	s := New()
	s.CreateGroup("/aws/lambda/orders")
	now := time.Now()
	if err := s.Put("/aws/lambda/orders", "2026/11/01/[1]0f", now, `{"type":"platform.report"}`, "hello"); err != nil {
		fmt.Println(err)
	}
	events, _, err := s.Filter(Query{Group: "/aws/lambda/orders", Pattern: `{ $.type = "platform.*" }`})
	fmt.Println(len(events), events[0].Message, err)
	// Output: 1 {"type":"platform.report"} <nil>
}
