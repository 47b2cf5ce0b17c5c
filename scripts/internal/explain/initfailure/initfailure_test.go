package initfailure

import (
	"strings"
	"testing"
	"time"
)

const traceback = `2026/11/26 06:56:02 reading the table
panic: no config

goroutine 1 [running]:
main.init.0()
	example.com/shop/functions/panics/main.go:5 +0x30
`

func TestEnded(t *testing.T) {
	const ended = "the program ended before it asked for an invocation: "
	for _, test := range []struct{ how, output, want string }{
		{"exit status 2", traceback, ended + "exit status 2: panic: no config"},
		{"exit status 2", "fatal error: all goroutines are asleep - deadlock!\n\ngoroutine 1:\n", ended + "exit status 2: fatal error: all goroutines are asleep - deadlock!"},
		{"exit status 0", "hello\nbye\n\n", ended + "exit status 0: bye"},
		{"signal: killed", "", ended + "signal: killed"},
		{"exit status 1", "\x1b[31mred\n", ended + "exit status 1:  [31mred"},
		{"exit status 1", strings.Repeat("é", 300), ended + "exit status 1: " + strings.Repeat("é", 200) + "…"},
	} {
		if got := Ended(test.how, []byte(test.output)).Error(); got != test.want {
			t.Errorf("%s, %q: got %q, want %q", test.how, test.output, got, test.want)
		}
	}
}

func TestPosted(t *testing.T) {
	for body, want := range map[string]string{
		`{"errorMessage":"no \"table\"","errorType":"errorString","stackTrace":[]}`: `the init failed: no "table"`,
		`{"errorType":"Runtime.NoTable"}`:                                           "the init failed: Runtime.NoTable",
		"no database\n":                                                             "the init failed: no database",
		`{"error":"x"}`:                                                             `the init failed: {"error":"x"}`,
		"{\"errorMessage\":\"a\\nb\"}":                                              "the init failed: a b",
		"":                                                                          "the init failed: it does not say why",
	} {
		if got := Posted([]byte(body)).Error(); got != want {
			t.Errorf("%q: got %q, want %q", body, got, want)
		}
	}
}

func TestLate(t *testing.T) {
	if got, want := Late(10*time.Second).Error(), "the program did not ask for an invocation within 10s"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}
