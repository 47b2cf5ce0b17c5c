package reportlog

import (
	"math"
	"slices"
	"strings"
	"time"
)

// forms is what a kind is called in the two formats.
type forms struct {
	kind    Kind
	keyword string // first word of the text line
	first   string // key that AWS writes first
	event   string // JSON type; empty where there is no event
}

// The longer keywords come before those that they end in.
var kinds = []forms{
	{InitStart, "INIT_START", "Runtime Version", "platform.initStart"},
	{InitReport, "INIT_REPORT", "Init Duration", "platform.initReport"},
	{RestoreReport, "RESTORE_REPORT", "Restore Duration", "platform.restoreReport"},
	{Start, "START", "RequestId", "platform.start"},
	{End, "END", "RequestId", ""},
	{Report, "REPORT", "RequestId", "platform.report"},
}

func formsOf(k Kind) (forms, bool) {
	for _, f := range kinds {
		if f.kind == k {
			return f, true
		}
	}
	return forms{}, false
}

// column is one field of a Record and its names.
type column struct {
	kinds  []Kind
	text   string // key in a text line; empty where text has none
	json   string // key in record; empty where JSON has none
	metric bool   // the JSON key is in record.metrics
	style  style
	at     func(*Record) any // *string, **time.Duration or **int
}

// style is how a text line writes a value.
type style int

const (
	words  style = iota
	word         // no blank inside
	millis       // two decimals of a millisecond
	billed       // whole milliseconds
	mega         // whole MB
	xray         // on the X-Ray line
)

// columns is in the order in which both formats write, which is that of the
// lines and events on AWS.
var columns = []column{
	{[]Kind{Start, End, Report}, "RequestId", "requestId", false, word, func(r *Record) any { return &r.RequestID }},
	{[]Kind{Start}, "Version", "version", false, word, func(r *Record) any { return &r.Version }},
	{[]Kind{InitStart, InitReport}, "", "initializationType", false, words, func(r *Record) any { return &r.InitType }},
	{[]Kind{InitStart}, "", "phase", false, words, func(r *Record) any { return &r.Phase }},
	{[]Kind{InitStart}, "Runtime Version", "runtimeVersion", false, words, func(r *Record) any { return &r.RuntimeVersion }},
	{[]Kind{InitStart}, "Runtime Version ARN", "runtimeVersionArn", false, words, func(r *Record) any { return &r.RuntimeVersionARN }},
	{[]Kind{Report}, "Duration", "durationMs", true, millis, func(r *Record) any { return &r.Duration }},
	{[]Kind{InitReport}, "Init Duration", "durationMs", true, millis, func(r *Record) any { return &r.Duration }},
	{[]Kind{RestoreReport}, "Restore Duration", "durationMs", true, millis, func(r *Record) any { return &r.Duration }},
	{[]Kind{Report}, "Billed Duration", "billedDurationMs", true, billed, func(r *Record) any { return &r.BilledDuration }},
	{[]Kind{Report}, "Memory Size", "memorySizeMB", true, mega, func(r *Record) any { return &r.MemorySizeMB }},
	{[]Kind{Report}, "Max Memory Used", "maxMemoryUsedMB", true, mega, func(r *Record) any { return &r.MaxMemoryUsedMB }},
	{[]Kind{Report}, "Init Duration", "initDurationMs", true, millis, func(r *Record) any { return &r.InitDuration }},
	{[]Kind{Report}, "Restore Duration", "restoreDurationMs", true, millis, func(r *Record) any { return &r.RestoreDuration }},
	{[]Kind{Report}, "Billed Restore Duration", "billedRestoreDurationMs", true, billed, func(r *Record) any { return &r.BilledRestoreDuration }},
	{[]Kind{InitReport}, "Phase", "phase", false, words, func(r *Record) any { return &r.Phase }},
	{[]Kind{Report, InitReport, RestoreReport}, "Status", "status", false, words, func(r *Record) any { return &r.Status }},
	{[]Kind{Report, InitReport, RestoreReport}, "Error Type", "errorType", false, words, func(r *Record) any { return &r.ErrorType }},
	{[]Kind{Report}, "XRAY TraceId", "", false, xray, func(r *Record) any { return &r.XRayTraceID }},
	{[]Kind{Report}, "SegmentId", "", false, xray, func(r *Record) any { return &r.XRaySegmentID }},
	{[]Kind{Report}, "Sampled", "", false, xray, func(r *Record) any { return &r.XRaySampled }},
}

// firstMetric is where the metrics begin in columns.
var firstMetric = slices.IndexFunc(columns, func(c column) bool { return c.metric })

func (c *column) of(k Kind) bool { return slices.Contains(c.kinds, k) }

func textColumn(k Kind, key string) *column {
	for i := range columns {
		if c := &columns[i]; c.text == key && c.text != "" && c.of(k) {
			return c
		}
	}
	return nil
}

func jsonColumn(k Kind, key string, metric bool) *column {
	for i := range columns {
		if c := &columns[i]; c.json == key && c.json != "" && c.metric == metric && c.of(k) {
			return c
		}
	}
	return nil
}

// setText stores the value of a text line. It returns what was expected where
// the value is not that, or is there already: nothing in a platform line is
// said twice.
func (c *column) setText(r *Record, value string) (expected string) {
	switch at := c.at(r).(type) {
	case *string:
		if *at != "" {
			return c.text + " once"
		}
		if value == "" || c.style == word && strings.ContainsAny(value, " \r") {
			return "a word after " + c.text + ":"
		}
		*at = value
		return ""
	case **time.Duration:
		number, ok := strings.CutSuffix(value, "ms")
		if !ok || !setDuration(at, strings.TrimRight(number, " ")) {
			return c.text + ", once, in ms"
		}
	case **int:
		number, ok := strings.CutSuffix(value, "MB")
		if !ok || !setInt(at, strings.TrimRight(number, " ")) {
			return c.text + ", once, in whole MB"
		}
	}
	return ""
}

// setDuration takes no more than can be written again rounded up.
func setDuration(at **time.Duration, ms string) bool {
	ns, _, ok := fixed(ms, 6)
	if !ok || *at != nil || ns > math.MaxInt64-int64(time.Millisecond) {
		return false
	}
	*at = new(time.Duration(ns))
	return true
}

func setInt(at **int, number string) bool {
	n, exact, ok := fixed(number, 0)
	if !ok || !exact || *at != nil || int64(int(n)) != n {
		return false
	}
	*at = new(int(n))
	return true
}
