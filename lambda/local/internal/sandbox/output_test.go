package sandbox

import (
	"bytes"
	"strings"
	"testing"
)

// What is written comes out once, in order, in events that end where a line
// does, at the limit, or at the end.
func FuzzOutput(f *testing.F) {
	for _, seed := range []string{"", "\n", "a\nb\n", "no newline", "\n\nx", strings.Repeat("x", 40_000) + "\ny"} {
		f.Add([]byte(seed), 3)
	}
	f.Fuzz(func(t *testing.T, data []byte, piece int) {
		if len(data) > 60_000 {
			return // more than a pipe takes
		}
		var got []string
		o, w, err := newOutput(func(lines []string) { got = append(got, lines...) })
		if err != nil {
			t.Fatal(err)
		}
		if piece < 1 || piece > len(data) {
			piece = len(data)
		}
		for _, b := range [][]byte{data[:piece], data[piece:]} {
			if _, err := w.Write(b); err != nil {
				t.Fatal(err)
			}
			o.drain()
		}
		if err := w.Close(); err != nil {
			t.Fatal(err)
		}
		o.close()
		if s := strings.Join(got, ""); s != string(data) {
			t.Errorf("got %d bytes, want %d", len(s), len(data))
		}
		for i, line := range got {
			if n := strings.Count(line, "\n"); len(line) == 0 || n > 1 || n == 1 && !strings.HasSuffix(line, "\n") || n == 0 && i < len(got)-1 {
				t.Errorf("event %d of %d: %q", i, len(got), line)
			}
		}
		if bytes.Count(data, []byte("\n"))+1 < len(got) {
			t.Errorf("%d events", len(got))
		}
	})
}
