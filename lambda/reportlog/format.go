package reportlog

import (
	"encoding/json"
	"strconv"
	"strings"
	"time"
)

// Text is AppendText into a string.
func (r Record) Text() string { return string(r.AppendText(nil)) }

// JSON is AppendJSON into a slice of its own.
func (r Record) JSON() []byte { return r.AppendJSON(nil) }

// AppendText appends the record as the message of the log event that Lambda
// writes in text format: keys in AWS's order, tabs, two decimals of a
// millisecond (rounded to the nearest), whole milliseconds where billed
// (rounded up). It ends in one newline, as the messages do that
// FilterLogEvents returns; REPORT has a tab before it unless it ends in a status
// or an error type, and its X-Ray line follows in the same message. A record of
// no kind appends nothing.
//
// Not written, because text has no place for them: Time, InitType, Extra of
// JSON, and a Report's Status "success". Durations and sizes are taken to be
// non-negative.
func (r Record) AppendText(dst []byte) []byte {
	f, ok := formsOf(r.Kind)
	if !ok {
		return dst
	}
	dst = append(dst, f.keyword...)
	sep := byte(' ')
	for i := range columns {
		c := &columns[i]
		if c.text == "" || c.style == xray || !c.of(r.Kind) || c.text == "Status" && r.Kind == Report && r.Status == "success" {
			continue
		}
		before := len(dst)
		if dst = c.appendText(dst, sep, &r); len(dst) > before && r.Kind != Start {
			sep = '\t'
		}
	}
	for _, x := range r.Extra {
		if !strings.HasPrefix(x.Key, "/") {
			dst = append(appendLine(append(dst, '\t'), x.Key), ": "...)
			dst = appendLine(dst, x.Value)
		}
	}
	if r.Kind != Report {
		return append(dst, '\n')
	}
	if r.ErrorType == "" && (r.Status == "" || r.Status == "success") {
		dst = append(dst, '\t')
	}
	dst = append(dst, '\n')
	if r.XRayTraceID == "" {
		return dst
	}
	for i := range columns {
		if c := &columns[i]; c.style == xray && *c.at(&r).(*string) != "" {
			dst = append(append(dst, c.text...), ": "...)
			dst = append(appendLine(dst, *c.at(&r).(*string)), '\t')
		}
	}
	return append(dst, '\n')
}

// appendText appends the separator, the key and the value, or nothing where
// the value is absent.
func (c *column) appendText(dst []byte, sep byte, r *Record) []byte {
	key := func() []byte { return append(append(append(dst, sep), c.text...), ": "...) }
	switch at := c.at(r).(type) {
	case *string:
		if *at != "" {
			dst = appendLine(key(), *at)
		}
	case **time.Duration:
		switch {
		case *at == nil:
		case c.style == billed:
			dst = append(appendWhole(key(), **at), " ms"...)
		default:
			dst = append(appendHundredths(key(), **at), " ms"...)
		}
	case **int:
		if *at != nil {
			dst = append(strconv.AppendInt(key(), int64(**at), 10), " MB"...)
		}
	}
	return dst
}

// appendLine appends s without the bytes that would end the field or the line:
// a value that came from JSON may hold them, and must not forge a line.
func appendLine(dst []byte, s string) []byte {
	for i := range len(s) {
		switch s[i] {
		case '\t', '\n', '\r':
			dst = append(dst, '?')
		default:
			dst = append(dst, s[i])
		}
	}
	return dst
}

const (
	traceHeader = "X-Amzn-Trace-Id"
	tracingPath = "/record/tracing"
)

// AppendJSON appends the record as the platform event that Lambda writes in
// JSON format, on one line without a newline. Durations have as many decimals
// of a millisecond as they need; Time has milliseconds. A record of no kind,
// and an End, for which there is no event, append nothing.
//
// Not written, because JSON has no place for them: XRaySegmentID and Extra of
// text.
func (r Record) AppendJSON(dst []byte) []byte {
	f, ok := formsOf(r.Kind)
	if !ok || f.event == "" {
		return dst
	}
	dst = append(dst, '{')
	if !r.Time.IsZero() {
		dst = r.Time.UTC().AppendFormat(append(dst, `"time":"`...), "2006-01-02T15:04:05.000Z")
		dst = append(dst, `",`...)
	}
	dst = append(append(append(dst, `"type":"`...), f.event...), `","record":`...)
	dst = r.appendRecord(dst)
	dst = r.appendExtra(dst, "/")
	return append(dst, '}')
}

// appendRecord appends the object "record". In platform.report the metrics
// stand before the status, in the other events at the end.
func (r *Record) appendRecord(dst []byte) []byte {
	dst = append(dst, '{')
	plain := func(columns []column) {
		for i := range columns {
			if c := &columns[i]; c.json != "" && !c.metric && c.of(r.Kind) {
				dst = c.appendJSON(dst, r)
			}
		}
	}
	plain(columns[:firstMetric])
	if r.Kind == Report {
		dst = r.appendMetrics(dst)
	}
	if r.XRayTraceID != "" && !r.has(tracingPath) {
		dst = r.appendTracing(append(comma(dst), `"tracing":`...))
	}
	plain(columns[firstMetric:])
	if r.Kind != Report {
		dst = r.appendMetrics(dst)
	}
	dst = r.appendExtra(dst, "/record/")
	return append(dst, '}')
}

func (r *Record) appendMetrics(dst []byte) []byte {
	before := len(dst)
	dst = append(comma(dst), `"metrics":{`...)
	empty := len(dst)
	for i := range columns {
		if c := &columns[i]; c.metric && c.of(r.Kind) {
			dst = c.appendJSON(dst, r)
		}
	}
	dst = r.appendExtra(dst, "/record/metrics/")
	if len(dst) == empty {
		return dst[:before]
	}
	return append(dst, '}')
}

// appendJSON appends a comma where one is needed, the key and the value, or
// nothing where the value is absent.
func (c *column) appendJSON(dst []byte, r *Record) []byte {
	key := func() []byte { return append(append(append(comma(dst), '"'), c.json...), `":`...) }
	switch at := c.at(r).(type) {
	case *string:
		if *at != "" {
			dst = appendString(key(), *at)
		}
	case **time.Duration:
		if *at != nil {
			dst = appendMillis(key(), **at)
		}
	case **int:
		if *at != nil {
			dst = strconv.AppendInt(key(), int64(**at), 10)
		}
	}
	return dst
}

func (r *Record) appendTracing(dst []byte) []byte {
	value := "Root=" + r.XRayTraceID
	switch r.XRaySampled {
	case "true":
		value += ";Sampled=1"
	case "false":
		value += ";Sampled=0"
	}
	dst = append(dst, `{"type":"`+traceHeader+`","value":`...)
	return append(appendString(dst, value), '}')
}

func (r *Record) has(path string) bool {
	for _, x := range r.Extra {
		if x.Key == path {
			return true
		}
	}
	return false
}

// appendExtra appends the fields that are members of the object at path.
func (r *Record) appendExtra(dst []byte, path string) []byte {
	for _, x := range r.Extra {
		key, ok := strings.CutPrefix(x.Key, path)
		if !ok || strings.Contains(key, "/") {
			continue
		}
		key = strings.ReplaceAll(strings.ReplaceAll(key, "~1", "/"), "~0", "~")
		dst = append(appendString(comma(dst), key), ':')
		if json.Valid([]byte(x.Value)) {
			dst = append(dst, x.Value...)
		} else {
			dst = appendString(dst, x.Value)
		}
	}
	return dst
}

func comma(dst []byte) []byte {
	if dst[len(dst)-1] == '{' {
		return dst
	}
	return append(dst, ',')
}

func appendString(dst []byte, s string) []byte {
	for i := range len(s) {
		if c := s[i]; c < ' ' || c == '"' || c == '\\' || c >= 0x7f {
			quoted, err := json.Marshal(s)
			if err != nil { // cannot be: every string has a JSON form
				return append(dst, `""`...)
			}
			return append(dst, quoted...)
		}
	}
	return append(append(append(dst, '"'), s...), '"')
}
