package sandbox

import (
	"encoding/json"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"
)

func TestStreamName(t *testing.T) {
	day := time.Date(2026, 3, 1, 23, 30, 0, 0, time.FixedZone("", -3600))
	for _, c := range []struct{ group, want string }{
		{"/custom", `^2026/03/02/orders\[7\][0-9a-f]{32}$`},
		{"/aws/lambda/orders", `^2026/03/02/\[7\][0-9a-f]{32}$`},
	} {
		if got := streamName(Spec{Function: "orders", Version: "7", LogGroup: c.group}, day); !regexp.MustCompile(c.want).MatchString(got) {
			t.Errorf("%s: got %s, want %s", c.group, got, c.want)
		}
	}
}

func TestJSONLog(t *testing.T) {
	types := func(f *fixture) string {
		var list []string
		for _, m := range f.log(t) {
			var e struct{ Type, Level, Msg string }
			if json.Unmarshal([]byte(m), &e) != nil {
				e.Type = m
			}
			if e.Level != "" {
				e.Type = e.Level
			}
			list = append(list, e.Type)
		}
		return strings.Join(list, " ")
	}
	for _, c := range []struct{ system, app, mode, want string }{
		{"INFO", "", "", "init platform.start to stdout to stderr ERROR no newline platform.report"},
		{"", "DEBUG", "", "init platform.start to stdout to stderr debug ERROR no newline platform.report"},
		{"WARN", "ERROR", "", "ERROR"},
		{"DEBUG", "FATAL", "", "platform.initReport platform.start platform.report"},
		{"WARN", "FATAL", "exit once", "platform.initReport"},
	} {
		f := newFixture(t, "torture", func(s *Spec) {
			s.LogFormat, s.SystemLogLevel, s.ApplicationLogLevel = "JSON", c.system, c.app
			s.Environment["MODE"] = c.mode
		})
		f.invoke(t, `{"do":"print"}`)
		want(t, c.system+"/"+c.app, types(f), c.want)
	}
}

func TestTail(t *testing.T) {
	f := newFixture(t, "torture", nil)
	out := f.invoke(t, `{"do":"print"}`)
	log := f.log(t)
	want(t, "tail", strings.ReplaceAll(string(out.Log), "no newline\n", "no newline"), strings.Join(log[1:], ""))
	out = f.invoke(t, `{"do":"line","n":10000}`)
	if len(out.Log) != tailSize || !strings.HasPrefix(string(out.Log), "xx") || !strings.Contains(string(out.Log), "REPORT RequestId: 00000000-0000-4000-8000-000000000002") {
		t.Errorf("tail of %d bytes: %.100q", len(out.Log), out.Log)
	}
}

// TestTailWithInit: what an init logged is in the log of its own request only.
func TestTailWithInit(t *testing.T) {
	f := newFixture(t, "torture", func(s *Spec) { s.Timeout = time.Second })
	out := f.invoke(t, "1")
	want(t, "cold", string(out.LogWithInit), "init\n"+string(out.Log))
	out = f.invoke(t, `{"do":"hang"}`)
	want(t, "warm", string(out.LogWithInit), string(out.Log))
	want(t, "error type", out.ErrorType, "Sandbox.Timedout")
	out = f.invoke(t, `{"do":"error"}`)
	want(t, "suppressed", string(out.LogWithInit), "init\n"+string(out.Log))
	want(t, "error type", out.ErrorType, "Function.Mine")
}

func TestLongLine(t *testing.T) {
	f := newFixture(t, "torture", nil)
	f.invoke(t, fmt.Sprintf(`{"do":"line","n":%d}`, maxLine*2+5))
	var sizes []int
	for _, m := range f.log(t) {
		if strings.HasPrefix(m, "x") {
			sizes = append(sizes, len(m))
		}
	}
	if !slices.Equal(sizes, []int{maxLine, maxLine, 6}) {
		t.Errorf("got events of %d bytes", sizes)
	}
}
