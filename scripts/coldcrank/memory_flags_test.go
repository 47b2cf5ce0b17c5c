package main

import "testing"

// The flags of the dial are recorded as they can be given again.
func TestDialFlags(t *testing.T) {
	var sizes memorySizes
	for _, text := range []string{"128, 512", "1769"} {
		if err := sizes.Set(text); err != nil {
			t.Fatal(err)
		}
	}
	if got := sizes.String(); got != "128,512,1769" {
		t.Errorf("got %s", got)
	}
	var p99 limit
	if got := p99.String(); got != "" {
		t.Errorf("got %q of none", got)
	}
	for _, text := range []string{"0ms", "-1s", "40", ""} {
		if err := p99.Set(text); err == nil {
			t.Errorf("%q: no error", text)
		}
	}
	if err := p99.Set("40ms"); err != nil || p99.String() != "40ms" {
		t.Errorf("got %s, %v", p99.String(), err)
	}
}
