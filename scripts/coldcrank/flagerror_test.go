package main

import (
	"testing"

	"github.com/spf13/pflag"
)

func TestNearestFlag(t *testing.T) {
	var flags pflag.FlagSet
	for _, name := range []string{"burst", "body", "for", "load", "recycle-provisioned", "region", "results", "reference"} {
		flags.String(name, "", "")
	}
	flags.String("burstiness", "", "")
	if err := flags.MarkHidden("burstiness"); err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]string{
		"brust": "burst", "Burst": "burst", "bursts": "burst", "laod": "load", "result": "results",
		"recycle": "recycle-provisioned", // the only one that begins so
		"re":      "",                    // several do
		"memory":  "", "fo": "for", "x": "", "": "", "\xff\xff\xff\xff\xff": "",
	} {
		if got := nearest(name, &flags); got != want {
			t.Errorf("%q: got %q, want %q", name, got, want)
		}
	}
}
