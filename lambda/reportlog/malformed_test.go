package reportlog

import (
	"errors"
	"reflect"
	"strings"
	"testing"
)

func TestParseMalformed(t *testing.T) {
	const good = "END RequestId: good\n"
	report := func(metrics string) string {
		return `{"type":"platform.report","record":{"requestId":"1","metrics":{` + metrics + `}}}`
	}
	for _, tt := range []struct{ line, expected string }{
		{"START RequestId:", "RequestId"},
		{"START Version: 3\tFoo RequestId: 1", "RequestId"},
		{"END RequestId: a b", "RequestId"},
		{"REPORT RequestId: 1\tDuration: 1.4", "Duration"},
		{"REPORT RequestId: 1\tDuration: 1.44 s", "Duration"},
		{"REPORT RequestId: 1\tDuration: -1.44 ms", "Duration"},
		{"REPORT RequestId: 1\tDuration: NaN ms", "Duration"},
		{"REPORT RequestId: 1\tDuration: Inf ms", "Duration"},
		{"REPORT RequestId: 1\tDuration: 0x1p4 ms", "Duration"},
		{"REPORT RequestId: 1\tDuration: 1_000 ms", "Duration"},
		{"REPORT RequestId: 1\tDuration: .5 ms", "Duration"},
		{"REPORT RequestId: 1\tDuration: 5. ms", "Duration"},
		{"REPORT RequestId: 1\tDuration: 1.2.3 ms", "Duration"},
		{"REPORT RequestId: 1\tDuration: ms", "Duration"},
		{"REPORT RequestId: 1\tDuration: 9223372036855 ms", "Duration"},
		{"REPORT RequestId: 1\tDuration: " + strings.Repeat("9", 10000) + " ms", "Duration"},
		{"REPORT RequestId: 1\tDuration: 1 ms\tDuration: 2 ms", "Duration"},
		{"REPORT RequestId: 1\tRequestId: 2", "RequestId once"},
		{"REPORT RequestId: 1\tMemory Size: 128.5 MB", "Memory Size"},
		{"REPORT RequestId: 1\tMemory Size: 128", "Memory Size"},
		{"REPORT RequestId: 1\tMemory Size: 9223372036854775808 MB", "Memory Size"},
		{"REPORT RequestId: 1\tgarbage", "Key: value"},
		{"REPORT RequestId: 1\t: value", "Key: value"},
		{"REPORT RequestId: 1\t/record/x: value", "Key: value"},
		{"REPORT RequestId: 1\tStatus:", "Status"},
		{"INIT_REPORT Init Duration: long", "Init Duration"},
		{"RESTORE_REPORT Restore Duration: 1 min", "Restore Duration"},
		{"INIT_START Runtime Version:", "Runtime Version"},
		{`{"type":"platform.report","record":{"requestId":"1"`, "whole JSON event"},
		{`{"type": "platform.report","record":{"requestId":NaN}}`, "whole JSON event"},
		{`{"type":"platform.report"}`, "requestId"},
		{`{"type":"platform.start","record":{"version":"3"}}`, "requestId"},
		{`{"type":"platform.report","record":[]}`, "an object"},
		{`{"type":"platform.report","record":{"requestId":1}}`, "requestId"},
		{`{"type":"platform.report","record":{"requestId":"1","requestId":"2"}}`, "requestId"},
		{`{"type":"platform.report","record":{"requestId":"1","metrics":3}}`, "an object"},
		{`{"type":"platform.report","record":{"requestId":"1"},"record":{"requestId":"1"}}`, "record once"},
		{`{"type":"platform.report","time":3,"record":{"requestId":"1"}}`, "time"},
		{`{"type":"platform.report","time":"yesterday","record":{"requestId":"1"}}`, "time"},
		{`{"type":"platform.report","time":"9999-12-31T23:59:59-01:00","record":{"requestId":"1"}}`, "time"},
		{report(`"durationMs":"1.0"`), "durationMs"},
		{report(`"durationMs":-1`), "durationMs"},
		{report(`"durationMs":1e400`), "durationMs"},
		{report(`"durationMs":1e99999999999999999999`), "durationMs"},
		{report(`"durationMs":9223372036854.775808`), "durationMs"},
		{report(`"durationMs":9223372036854.7758075`), "durationMs"}, // rounds up to what does not fit
		{report(`"durationMs":9223372036854.775`), "durationMs"},     // two decimals would not fit
		{report(`"memorySizeMB":128.000001`), "memorySizeMB"},
		{report(`"memorySizeMB":true`), "memorySizeMB"},
		{report(`"memorySizeMB":1,"memorySizeMB":1`), "memorySizeMB"},
	} {
		got, err := Parse(good + tt.line + "\n" + good)
		var syntax *SyntaxError
		if !errors.As(err, &syntax) {
			t.Errorf("%.100s: error %v, want a *SyntaxError", tt.line, err)
			continue
		}
		if syntax.Line != tt.line || !strings.Contains(syntax.Expected, tt.expected) {
			t.Errorf("%.100s: got line %.100q, expected %q; want %q", tt.line, syntax.Line, syntax.Expected, tt.expected)
		}
		if len(err.Error()) > 1000 {
			t.Errorf("%.100s: an error of %d bytes", tt.line, len(err.Error()))
		}
		if want := (Record{Kind: End, RequestID: "good"}); len(got) != 2 || !reflect.DeepEqual(got[0], want) || !reflect.DeepEqual(got[1], want) {
			t.Errorf("%.100s: records %+v, want the two beside it", tt.line, got)
		}
	}
}

// Two malformed lines are two errors, and an X-Ray line that cannot be read
// does not take its report with it.
func TestParseErrorsJoined(t *testing.T) {
	got, err := Parse("END RequestId: a b\nREPORT RequestId: 1\t\nXRAY TraceId: 2\tnonsense\t\nEND RequestId: 3")
	if len(got) != 2 || got[0].RequestID != "1" || got[1].RequestID != "3" {
		t.Errorf("records %+v", got)
	}
	joined, ok := err.(interface{ Unwrap() []error })
	if !ok || len(joined.Unwrap()) != 2 {
		t.Errorf("error %v, want two joined", err)
	}
}

// A megabyte, the most that a log event holds, of what makes a careless parser
// read the rest of the message at every step, or nest without end.
func TestParseHostile(t *testing.T) {
	const most = 1 << 20
	for _, tt := range []struct {
		piece            string
		records, mistake int // a piece
	}{
		{"END RequestId: a", 1, 0},
		{"END RequestId: a b\n", 0, 1},
		{"REPORT RequestId: 1\n", 1, 0},
		{"REPORT RequestId: 1\tx: START \n", 1, 0},
		{`{"type":"platform.x"}`, 0, 0},
		{`{"type":"platform.restoreReport"}`, 1, 0},
		{`{"type":"platform.report"}`, 0, 1},
		{"{}END RequestId: a\n", 0, 0},
		{`{"type":"platform.x"}END RequestId: a` + "\n", 1, 0},
		{"START  ", 0, 0},
		{"{\n", 0, 0},
		{`{"a":"platform.`, 0, 0},
		{`{"type":`, 0, 0},
	} {
		n := most / len(tt.piece)
		records, err := Parse(strings.Repeat(tt.piece, n))
		if len(records) != n*tt.records {
			t.Errorf("%q: %d records in %d pieces", tt.piece, len(records), n)
		}
		if (err != nil) != (tt.mistake > 0) {
			t.Errorf("%q: error %.200v", tt.piece, err)
		}
	}
}
