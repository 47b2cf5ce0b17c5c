package reportlog

import (
	"bytes"
	"encoding/json"
	"io"
	"strings"
	"time"
)

// events reads the JSON objects that line begins with and returns what follows
// them.
func (p *parser) events(line string) (rest string) {
	// Most lines of a function that logs JSON end here, undecoded.
	if !strings.Contains(line, `"platform.`) {
		return ""
	}
	dec := json.NewDecoder(strings.NewReader(line))
	for rest = line; strings.HasPrefix(rest, "{"); {
		var event json.RawMessage
		if err := dec.Decode(&event); err != nil {
			if strings.Contains(rest, `"type":"platform.`) || strings.Contains(rest, `"type": "platform.`) {
				p.expected(rest, "a whole JSON event: "+err.Error())
			}
			return ""
		}
		p.event(event)
		rest = strings.TrimLeft(line[dec.InputOffset():], blanks)
	}
	return rest
}

func (p *parser) event(event json.RawMessage) {
	// The type may come after the record, which cannot be understood without it.
	var name, at, record json.RawMessage
	var r Record
	what := members(event, func(key string, value json.RawMessage) string {
		var member *json.RawMessage
		switch key {
		case "type":
			member = &name
		case "time":
			member = &at
		case "record":
			member = &record
		default:
			r.extra("/", key, value)
			return ""
		}
		if *member != nil {
			return key + " once"
		}
		*member = value
		return ""
	})
	for _, f := range kinds {
		if f.event != "" && string(name) == `"`+f.event+`"` {
			r.Kind = f.kind
		}
	}
	if r.Kind == 0 {
		return
	}
	if what == "" && at != nil {
		what = r.setTime(at)
	}
	if what == "" && record != nil {
		what = r.record(record)
	}
	if what == "" && r.RequestID == "" && (r.Kind == Start || r.Kind == Report) {
		what = "record.requestId"
	}
	if what != "" {
		p.expected(string(event), what)
		return
	}
	p.records = append(p.records, r)
}

func (r *Record) setTime(value json.RawMessage) (expected string) {
	var s string
	if err := json.Unmarshal(value, &s); err != nil {
		return "time as a string"
	}
	t, err := time.Parse(time.RFC3339, s)
	t = t.UTC()
	if err != nil || t.Year() < 0 || t.Year() > 9999 {
		return "time as in RFC 3339"
	}
	r.Time = t
	return ""
}

func (r *Record) record(value json.RawMessage) (expected string) {
	return members(value, func(key string, value json.RawMessage) string {
		switch key {
		case "metrics":
			return members(value, func(key string, value json.RawMessage) string {
				return r.member("/record/metrics/", key, value, true)
			})
		case "tracing":
			r.tracing(value)
			return ""
		}
		return r.member("/record/", key, value, false)
	})
}

func (r *Record) member(path, key string, value json.RawMessage, metric bool) (expected string) {
	c := jsonColumn(r.Kind, key, metric)
	if c == nil {
		r.extra(path, key, value)
		return ""
	}
	if string(value) == "null" {
		return ""
	}
	switch at := c.at(r).(type) {
	case *string:
		if *at != "" || json.Unmarshal(value, at) != nil {
			return key + ", once, as a string"
		}
	case **time.Duration:
		if !setDuration(at, string(value)) {
			return key + ", once, as a number of ms"
		}
	case **int:
		if !setInt(at, string(value)) {
			return key + ", once, as a whole number of MB"
		}
	}
	return ""
}

// tracing reads {"spanId":…,"type":"X-Amzn-Trace-Id","value":"Root=…;Parent=…;Sampled=1"}.
// Whether Parent or spanId is what the text line calls SegmentId is not
// documented; the object is therefore kept in Extra where it says more than
// the fields.
func (r *Record) tracing(value json.RawMessage) {
	var t struct {
		Type  string `json:"type"`
		Value string `json:"value"`
	}
	if json.Unmarshal(value, &t) == nil && t.Type == traceHeader {
		for part := range strings.SplitSeq(t.Value, ";") {
			switch name, v, _ := strings.Cut(part, "="); {
			case name == "Root":
				r.XRayTraceID = v
			case name == "Sampled" && v == "1":
				r.XRaySampled = "true"
			case name == "Sampled" && v == "0":
				r.XRaySampled = "false"
			}
		}
	}
	if c := compact(value); c != string(r.appendTracing(nil)) {
		r.Extra = append(r.Extra, Field{tracingPath, c})
	}
}

func (r *Record) extra(path, key string, value json.RawMessage) {
	key = strings.ReplaceAll(strings.ReplaceAll(key, "~", "~0"), "/", "~1")
	r.Extra = append(r.Extra, Field{path + key, compact(value)})
}

func compact(value json.RawMessage) string {
	var b bytes.Buffer
	if err := json.Compact(&b, value); err != nil {
		return string(value) // cannot be: the decoder has read it
	}
	return b.String()
}

// members calls f for every member of an object, in the order of the text,
// until f expects something else.
func members(object json.RawMessage, f func(key string, value json.RawMessage) (expected string)) (expected string) {
	dec := json.NewDecoder(bytes.NewReader(object))
	t, err := dec.Token()
	if t == nil && err == nil || err == io.EOF { // null
		return ""
	}
	if t != json.Delim('{') {
		return "an object"
	}
	for dec.More() {
		key, err := dec.Token()
		if err != nil {
			return "a key: " + err.Error()
		}
		var value json.RawMessage
		if err := dec.Decode(&value); err != nil {
			return "a value: " + err.Error()
		}
		if expected := f(key.(string), value); expected != "" {
			return expected
		}
	}
	return ""
}
