package reportlog

import (
	"errors"
	"fmt"
	"strings"
)

// SyntaxError is a line that begins as a platform line, or says that it is a
// platform event, and is not one. Reading goes on after it.
type SyntaxError struct {
	Line     string // the line, or the event in it
	Expected string // what should have stood there
}

func (e *SyntaxError) Error() string {
	const most = 200 // a log event may have a megabyte
	if len(e.Line) > most {
		return fmt.Sprintf("platform line %q…: expected %s", e.Line[:most], e.Expected)
	}
	return fmt.Sprintf("platform line %q: expected %s", e.Line, e.Expected)
}

// Parse returns the platform's records in the message of one log event, in
// their order. One message may hold several, with or without a newline
// between. What a function wrote gives no record and no error, and neither do
// platform events of other types than this package's; a line of the function
// belongs to it up to the newline.
//
// Lines that are malformed give a *SyntaxError each, joined where there are
// several (use errors.As), beside the records of all other lines. A number
// that is negative, too large, or of another unit is malformed: no value is
// guessed.
func Parse(message string) ([]Record, error) {
	var p parser
	for message != "" {
		var line string
		line, message, _ = strings.Cut(message, "\n")
		p.line(strings.TrimRight(line, blanks))
	}
	if len(p.errs) == 1 {
		return p.records, p.errs[0]
	}
	return p.records, errors.Join(p.errs...)
}

const blanks = " \t\r"

const xrayLine = "XRAY TraceId:"

type parser struct {
	records []Record
	errs    []error

	// report says that the last record is a Report to which an X-Ray line, if
	// it follows directly, belongs.
	report bool
}

func (p *parser) expected(line, what string) {
	p.errs = append(p.errs, &SyntaxError{line, what})
}

func (p *parser) line(line string) {
	if line == "" {
		return
	}
	if event := strings.TrimLeft(line, blanks); event[0] == '{' {
		p.report = false
		line = p.events(event)
	}
	if p.report && strings.HasPrefix(line, xrayLine) {
		end := nextOpener(line, 0)
		if what := p.records[len(p.records)-1].fields(line[:end]); what != "" {
			p.expected(line[:end], what)
		}
		line = line[end:]
	}
	p.report = false
	for line != "" {
		kind, start := opener(line)
		if start == 0 {
			return
		}
		end := nextOpener(line, start)
		p.text(kind, line[:end], line[start:end])
		line = line[end:]
	}
}

// text reads one text line: the whole of it, and its fields.
func (p *parser) text(kind Kind, line, fields string) {
	r := Record{Kind: kind}
	what := r.fields(fields)
	if what == "" && r.RequestID == "" && (kind == Start || kind == End || kind == Report) {
		what = "RequestId"
	}
	p.report = what == "" && kind == Report
	if what != "" {
		p.expected(strings.TrimRight(line, blanks), what)
		return
	}
	p.records = append(p.records, r)
}

// fields reads "Key: value" pairs and returns what was expected instead.
func (r *Record) fields(s string) (expected string) {
	for s != "" {
		var pairs string
		pairs, s, _ = strings.Cut(s, "\t")
		for pairs = strings.Trim(pairs, blanks); pairs != ""; { // REPORT ends in a tab
			key, value, ok := strings.Cut(pairs, ":")
			if !ok || key == "" || key[0] == '/' || strings.ContainsAny(key, "\r") || strings.HasSuffix(key, " ") {
				return "Key: value"
			}
			value, pairs = cutAtKey(r.Kind, value)
			value = strings.Trim(value, blanks)
			c := textColumn(r.Kind, key)
			if c == nil {
				r.Extra = append(r.Extra, Field{key, value})
				continue
			}
			if expected := c.setText(r, value); expected != "" {
				return expected
			}
		}
	}
	return ""
}

// cutAtKey cuts a value where, at its start or after a blank, the next key of
// the line's own begins. START has no tabs on AWS, and AWS's documentation shows
// the other lines without them.
func cutAtKey(kind Kind, s string) (value, pairs string) {
	if !strings.Contains(s, ":") {
		return s, ""
	}
	for i := range len(s) {
		if i > 0 && s[i-1] != ' ' {
			continue
		}
		for c := range columns {
			if c := &columns[c]; c.text != "" && strings.HasPrefix(s[i:], c.text) &&
				strings.HasPrefix(s[i+len(c.text):], ":") && c.of(kind) {
				return s[:i], s[i:]
			}
		}
	}
	return s, ""
}

// opener says which platform line s begins as, and where its fields start; 0
// where s is none. The keys may stand in any order, but the first must be one
// of the line's own, and the plain words START, END and REPORT are the
// platform's only together with a RequestId.
func opener(s string) (Kind, int) {
	for _, f := range kinds {
		rest, ok := strings.CutPrefix(s, f.keyword+" ")
		if !ok {
			continue
		}
		key, _, _ := strings.Cut(rest, ":")
		if textColumn(f.kind, key) == nil || f.first == "RequestId" && !strings.Contains(rest, "RequestId:") {
			return 0, 0
		}
		return f.kind, len(s) - len(rest)
	}
	return 0, 0
}

// nextOpener returns where in s, after the position from, another platform
// line begins as AWS writes it, or len(s). It goes from blank to blank, so that
// a line of a thousand records is read once.
func nextOpener(s string, from int) int {
	for i := from; ; i++ {
		n := strings.IndexByte(s[i:], ' ')
		if n < 0 {
			return len(s)
		}
		i += n
		for _, f := range kinds {
			if strings.HasSuffix(s[from:i], f.keyword) && strings.HasPrefix(s[i+1:], f.first) &&
				strings.HasPrefix(s[i+1+len(f.first):], ":") {
				return i - len(f.keyword)
			}
		}
	}
}
