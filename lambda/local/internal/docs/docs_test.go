package docs

import "testing"

func TestReplace(t *testing.T) {
	for _, c := range []struct{ page, want, err string }{
		{"a\n| head |\n| old |\n| older |\n\nb\n\nc", "a\n| head |\n| new |\n\nb\n\nc", ""},
		{"a\n| head |\n\n", "a\n| head |\n| new |\n\n", ""},
		{"a\n\nb", "", `there is no "| head |"`},
		{"a\n| head |\n| old |\n", "", `there is no "\n\n" behind "| head |"`},
	} {
		got, err := replace(c.page, "| head |", "\n\n", "\n| new |")
		text := ""
		if err != nil {
			text = err.Error()
		}
		if got != c.want || text != c.err {
			t.Errorf("%q: got %q, %q, want %q, %q", c.page, got, text, c.want, c.err)
		}
	}
}
