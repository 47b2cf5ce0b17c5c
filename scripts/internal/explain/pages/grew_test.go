package pages

import (
	"reflect"
	"testing"
)

func TestGrew(t *testing.T) {
	old := &Pages{Packages: []Package{{"runtime", 94}, {"net", 20}, {"os", 5}, {"gone", 3}}}
	new := &Pages{Packages: []Package{{"runtime", 94.4}, {"net", 22}, {"os", 4}, {"fmt", 8}, {"errors", 2}}}
	want := []Package{{"fmt", 8}, {"errors", 2}, {"net", 2}}
	if got := new.Grew(old); !reflect.DeepEqual(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
	if got := old.Grew(old); got != nil {
		t.Errorf("of itself: %v", got)
	}
}
