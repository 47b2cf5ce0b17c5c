package render

import (
	"strings"
	"testing"
	"time"
	"unicode"
)

func TestSize(t *testing.T) {
	tests := map[int64]string{1: "1 B", 999: "999 B", 1000: "1 kB", 885_700: "885.7 kB", 999_999: "1 MB", 1_700_000: "1.7 MB", 2_218_432: "2.22 MB", 20_000_000: "20 MB"}
	for n, want := range tests {
		if got := Size(n); got != want {
			t.Errorf("%d: got %s, want %s", n, got, want)
		}
	}
}

func FuzzClean(f *testing.F) {
	f.Add("plain")
	f.Add("\x1b[2J\u009b\xff\u202e\U000e0041")
	f.Fuzz(func(t *testing.T, s string) {
		got := Clean(s)
		if i := strings.IndexFunc(got, func(r rune) bool { return !unicode.IsPrint(r) }); i >= 0 {
			t.Errorf("%q became %q", s, got)
		}
		if Clean(got) != got {
			t.Errorf("%q is cleaned twice", s)
		}
	})
}

func TestTrueMinus(t *testing.T) {
	for _, tt := range []struct {
		d    time.Duration
		want string
	}{
		{0, "0.00"}, {-4 * time.Microsecond, "0.00"}, {-5100 * time.Nanosecond, "−0.01"}, {-12340 * time.Microsecond, "−12.34"}, {1500 * time.Microsecond, "1.50"},
	} {
		if got := ms(&tt.d); got != tt.want {
			t.Errorf("%v: got %q, want %q", tt.d, got, tt.want)
		}
	}
}
