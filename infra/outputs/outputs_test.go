package outputs

import (
	"fmt"
	"slices"
	"strings"
	"testing"
)

// A logical id has one reading only while no field ends in another; split
// relies on it.
func TestFieldsAreNoSuffixes(t *testing.T) {
	for _, f := range fields {
		for _, g := range fields {
			if f != g && strings.HasSuffix(string(f), string(g)) {
				t.Errorf("%s ends in %s", f, g)
			}
		}
		if string(f) != alphanumeric(string(f)) {
			t.Errorf("%s: CloudFormation allows letters and digits only", f)
		}
	}
}

func TestSplit(t *testing.T) {
	names := []string{"A", "Orders", "OrdersUrl", "UrlUrl", "Route53", "MemorySizeVersion", strings.Repeat("x", 240)}
	for _, name := range names {
		for _, field := range fields {
			gotName, gotField, ok := split(LogicalID(name, field))
			if gotName != name || gotField != field || !ok {
				t.Errorf("split(LogicalID(%q, %s)) = %q, %s, %t", name, field, gotName, gotField, ok)
			}
		}
	}
	for _, id := range []string{"", "Url", "Orders", "OrdersURL", "OrdersUrlX", "url"} {
		if name, field, ok := split(id); ok {
			t.Errorf("split(%q) = %q, %s, want none", id, name, field)
		}
	}
}

func TestName(t *testing.T) {
	long := strings.Repeat("Stage", 60)
	for _, tt := range []struct {
		name  string
		path  []string
		taken []string
		want  string
	}{
		{"one construct", []string{"Orders"}, nil, "Orders"},
		{"nested", []string{"Prod", "Api", "Orders"}, nil, "ProdApiOrders"},
		{"marks are left out", []string{"prod-eu", "my_orders/v2"}, nil, "prodeumyordersv2"},
		{"letters of other alphabets too", []string{"Bestellungen", "für", "Öl"}, nil, "Bestellungenfrl"},
		{"taken", []string{"AB", "C"}, []string{"ABC"}, "ABCA4C547EB"},
		{"the other of the two", []string{"A", "BC"}, []string{"ABC"}, "ABC8E72866C"},
		{"others are taken", []string{"AB", "C"}, []string{"AB", "C"}, "ABC"},
		{"nothing left", []string{"für", "日本"}, nil, "fr"},
		{"nothing at all", []string{"日本"}, nil, "CF2ABF0C"},
		{"too long", []string{long, "Orders"}, nil, long[:235] + "3F48BAC7"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			taken := func(name string) bool { return slices.Contains(tt.taken, name) }
			got := Name(tt.path, taken)
			if got != tt.want {
				t.Errorf("got %q, want %q", got, tt.want)
			}
			if got == "" || got != alphanumeric(got) || taken(got) {
				t.Errorf("%q is no name", got)
			}
			if again := Name(tt.path, taken); again != got {
				t.Errorf("%q and %q: a name that changes would replace the stack's outputs", got, again)
			}
			for _, field := range fields {
				id := LogicalID(got, field)
				if len(id) > maxLogicalID {
					t.Errorf("%s: %d characters, CloudFormation allows %d", id, len(id), maxLogicalID)
				}
				if name, f, ok := split(id); name != got || f != field || !ok {
					t.Errorf("split(%q) = %q, %s, %t", id, name, f, ok)
				}
			}
		})
	}
}

// Two paths of which each has the other's letters get two names, whichever
// comes first, and so do two that are too long.
func TestNameCollision(t *testing.T) {
	long := strings.Repeat("x", 300)
	for _, pair := range [][2][]string{
		{{"A", "BC"}, {"AB", "C"}},
		{{"A", "BC"}, {"A-B", "C"}},
		{{long, "A"}, {long, "B"}},
		{{"日"}, {"本"}},
	} {
		for _, order := range [][2]int{{0, 1}, {1, 0}} {
			first := Name(pair[order[0]], func(string) bool { return false })
			second := Name(pair[order[1]], func(name string) bool { return name == first })
			if first == second {
				t.Errorf("%.20q: both are %q", pair, first)
			}
		}
	}
}

// At the limit the longest field fits exactly; one letter more needs the hash.
func TestNameLimit(t *testing.T) {
	longest := 0
	for _, f := range fields {
		longest = max(longest, len(f))
	}
	none := func(string) bool { return false }
	fits := strings.Repeat("a", maxLogicalID-longest)
	if got := Name([]string{fits}, none); got != fits {
		t.Errorf("a name of %d letters was changed to %q", len(fits), got)
	}
	got := Name([]string{fits + "a"}, none)
	if len(got) != len(fits) || strings.HasPrefix(got, fits) {
		t.Errorf("%d letters: %q", len(fits)+1, got)
	}
}

func ExampleLogicalID() {
	name := Name([]string{"Prod", "Orders"}, func(string) bool { return false })
	fmt.Println(LogicalID(name, URL))
	fmt.Println(LogicalID(name, DeploymentID))
	// Output:
	// ProdOrdersUrl
	// ProdOrdersDeploymentId
}
