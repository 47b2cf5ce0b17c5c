package sandbox

import "testing"

// "Log-level filtering" of the Lambda Developer Guide: an invalid or missing
// level is INFO, and so is the level of a line without a valid timestamp.
func TestLineLevel(t *testing.T) {
	const at = `"timestamp":"2024-11-02T16:51:31.587199Z"`
	for _, c := range []struct{ line, want string }{
		{`{"level": "debug", "msg": "my debug log", ` + at + `}`, "debug"}, // the guide's own
		{`{"timestamp":"2024-11-02T16:51:31+01:00","level":"ERROR"}`, "ERROR"},
		{`{"time":"2024-11-02T16:51:31.587199+00:00","level":"ERROR"}`, "ERROR"}, // log/slog
		{`{"timestamp":"now","time":"2024-11-02T16:51:31Z","level":"ERROR"}`, "ERROR"},
		{`{"level":"ERROR"}`, ""},
		{`{"timestamp":"2024-11-02 16:51:31","level":"ERROR"}`, ""},
		{`{"timestamp":1730566291,"level":"ERROR"}`, ""},
		{`{"timestamp":null,"level":"ERROR"}`, ""},
		{`{"Timestamp":"2024-11-02T16:51:31Z","level":"ERROR"}`, ""},
		{`{` + at + `,"Level":"ERROR"}`, ""},
		{`{` + at + `,"level":50}`, ""},
		{`[{` + at + `,"level":"ERROR"}]`, ""},
		{`null`, ""},
		{`ERROR`, ""},
		{``, ""},
	} {
		if got := lineLevel(c.line); got != c.want {
			t.Errorf("%s: got %q, want %q", c.line, got, c.want)
		}
	}
}
