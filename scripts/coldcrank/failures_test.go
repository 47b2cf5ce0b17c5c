package main

import (
	"strings"
	"testing"
)

func TestPartialEvictionsWarn(t *testing.T) {
	for _, c := range []struct {
		starts, partial int
		want            string
	}{
		{0, 0, ""},
		{9, 0, ""},
		{1, 1, "coldcrank: warning: page cache: 1 of 1 start had pages of their files in memory\n"},
		{9, 2, "coldcrank: warning: page cache: 2 of 9 starts had pages of their files in memory\n"},
	} {
		var b strings.Builder
		if printEvictions(&b, c.starts, c.partial); b.String() != c.want {
			t.Errorf("%d, %d: got %q, want %q", c.starts, c.partial, b.String(), c.want)
		}
	}
}
