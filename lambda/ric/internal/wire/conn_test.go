package wire

import "testing"

func TestParseAddress(t *testing.T) {
	for s, want := range map[string]address{
		"127.0.0.1:9001":      {[4]byte{127, 0, 0, 1}, 9001},
		"localhost:80":        {[4]byte{127, 0, 0, 1}, 80},
		"169.254.100.1:65535": {[4]byte{169, 254, 100, 1}, 65535},
	} {
		if got, err := parseAddress(s); err != nil || got != want {
			t.Errorf("%s: %v, %v, want %v", s, got, err, want)
		}
	}
	for _, s := range []string{"", ":", "127.0.0.1", "127.0.0.1:", ":9001", "127.0.0:9001", "127.0.0.1.1:9001", "127.0.0.256:9001",
		"127.0.0.1:0", "127.0.0.1:65536", "127.0.0.1:+1", "[::1]:9001", "example.org:80", "1..1.1:1", "1.1.1.:1"} {
		if got, err := parseAddress(s); err == nil {
			t.Errorf("%q is taken for %v", s, got)
		}
	}
}
