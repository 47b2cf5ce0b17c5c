package dataset

import (
	"strconv"
	"strings"
)

// plain decodes the lines of samples as this package writes them: printable
// ASCII without escapes, known names, plain numbers. It takes one as it is or
// not at all, and then encoding/json decides what it means. A run has nothing but
// such lines, and a million of them are read ten times as fast.
type plain struct {
	// keep says that samples outlive the text. Without it their strings are parts of
	// it, and reset takes everything back.
	keep  bool
	known map[string]string // with keep: one copy of each string that repeats

	samples slab[Sample]
	int64s  slab[int64]
	ints    slab[int]
	floats  slab[float64]

	text string // what is left of the line
}

// slab hands out values without an allocation for each.
type slab[T any] struct {
	values []T
	used   int
}

func (s *slab[T]) next() *T {
	if s.used == len(s.values) {
		s.values, s.used = make([]T, max(64, 2*len(s.values))), 0
	}
	s.used++
	return &s.values[s.used-1]
}

func (s *slab[T]) put(v T) *T {
	p := s.next()
	*p = v
	return p
}

// reset takes back all that was handed out.
func (p *plain) reset() {
	p.samples.used, p.int64s.used, p.ints.used, p.floats.used = 0, 0, 0, 0
}

// sample decodes a line, which has no line end. It returns nil for any that is not plain.
func (p *plain) sample(line string) *Sample {
	p.text = line
	if !p.skip(`{"sample":{`) {
		return nil
	}
	s := p.samples.next()
	*s = Sample{}
	for {
		name, ok := p.string()
		if !ok || !p.skip(":") || !p.field(s, name) {
			return nil
		}
		if p.text == "}}" {
			return s
		}
		if !p.skip(",") {
			return nil
		}
	}
}

// field decodes the value of a name.
func (p *plain) field(s *Sample, name string) bool {
	switch name {
	case "target":
		return p.repeated(&s.Target)
	case "round":
		return p.int(&s.Round)
	case "phase":
		return p.repeated((*string)(&s.Phase))
	case "index":
		return p.int(&s.Index)
	case "outcome":
		return p.repeated((*string)(&s.Outcome))
	case "scheduled_ns":
		return p.int64(&s.ScheduledNS)
	case "sent_ns":
		return p.optional(&s.SentNS)
	case "first_byte_ns":
		return p.optional(&s.FirstByteNS)
	case "done_ns":
		return p.optional(&s.DoneNS)
	case "dial_ns":
		return p.optional(&s.DialNS)
	case "tls_ns":
		return p.optional(&s.TLSNS)
	case "protocol":
		return p.repeated(&s.Protocol)
	case "status":
		return p.int(&s.Status)
	case "bytes":
		return p.int64(&s.Bytes)
	case "error_class":
		return p.repeated(&s.ErrorClass)
	case "error":
		return p.repeated(&s.Error)
	case "gateway_request_id":
		return p.once(&s.GatewayRequestID)
	case "request_id":
		return p.once(&s.RequestID)
	case "version":
		return p.repeated(&s.Version)
	case "log_stream":
		return p.once(&s.LogStream)
	case "joined":
		return p.repeated(&s.Joined)
	case "init_type":
		return p.repeated(&s.InitType)
	case "init_failed":
		return p.repeated(&s.InitFailed)
	case "integration_latency_ms":
		return p.float(&s.IntegrationLatencyMS)
	case "response_latency_ms":
		return p.float(&s.ResponseLatencyMS)
	case "gateway_error":
		return p.repeated(&s.GatewayError)
	case "init_ns":
		return p.optional(&s.InitNS)
	case "duration_ns":
		return p.optional(&s.DurationNS)
	case "billed_ns":
		return p.optional(&s.BilledNS)
	case "restore_ns":
		return p.optional(&s.RestoreNS)
	case "memory_mb":
		return p.optionalInt(&s.MemoryMB)
	case "max_memory_used_mb":
		return p.optionalInt(&s.MaxMemoryUsedMB)
	case "report_status":
		return p.repeated(&s.ReportStatus)
	}
	return false // a newer field, or one that encoding/json takes in another case
}

func (p *plain) skip(text string) bool {
	rest, ok := strings.CutPrefix(p.text, text)
	p.text = rest
	return ok
}

// string is one without escapes, as part of the text.
func (p *plain) string() (string, bool) {
	if p.text == "" || p.text[0] != '"' {
		return "", false
	}
	for i := 1; i < len(p.text); i++ {
		switch c := p.text[i]; {
		case c == '"':
			s := p.text[1:i]
			p.text = p.text[i+1:]
			return s, true
		case c < ' ' || c > '~' || c == '\\':
			return "", false
		}
	}
	return "", false
}

// once is a string that no other sample has.
func (p *plain) once(to *string) bool {
	s, ok := p.string()
	if p.keep {
		s = strings.Clone(s)
	}
	*to = s
	return ok
}

func (p *plain) repeated(to *string) bool {
	s, ok := p.string()
	if p.keep && ok {
		one, seen := p.known[s]
		if !seen {
			one = strings.Clone(s)
			p.known[one] = one
		}
		s = one
	}
	*to = s
	return ok
}

// number is the text of one, of the characters given.
func (p *plain) number(characters string) string {
	n := 0
	for n < len(p.text) && strings.IndexByte(characters, p.text[n]) >= 0 {
		n++
	}
	text := p.text[:n]
	p.text = p.text[n:]
	return text
}

// int64 takes a whole number without a sign or with a minus, of fewer digits than could overflow.
func (p *plain) int64(to *int64) bool {
	i, negative := 0, false
	if p.text != "" && p.text[0] == '-' {
		i, negative = 1, true
	}
	start := i
	var v int64
	for ; i < len(p.text) && '0' <= p.text[i] && p.text[i] <= '9'; i++ {
		v = 10*v + int64(p.text[i]-'0')
	}
	if digits := i - start; digits == 0 || digits > 18 || digits > 1 && p.text[start] == '0' {
		return false
	}
	if negative {
		v = -v
	}
	p.text = p.text[i:]
	*to = v
	return true
}

func (p *plain) int(to *int) bool {
	var v int64
	ok := p.int64(&v)
	*to = int(v)
	return ok && int64(*to) == v
}

func (p *plain) optional(to **int64) bool {
	*to = p.int64s.next()
	return p.int64(*to)
}

func (p *plain) optionalInt(to **int) bool {
	*to = p.ints.next()
	return p.int(*to)
}

// float takes digits with at most one point between them.
func (p *plain) float(to **float64) bool {
	text := p.number("0123456789.")
	whole, fraction, point := strings.Cut(text, ".")
	if whole == "" || len(whole) > 1 && whole[0] == '0' || point && fraction == "" || strings.Contains(fraction, ".") {
		return false
	}
	v, err := strconv.ParseFloat(text, 64)
	*to = p.floats.put(v)
	return err == nil
}
