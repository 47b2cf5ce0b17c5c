package payload

// maxDepth is how deep arrays and objects may lie in each other; it is
// encoding/json's number.
const maxDepth = 10_000

// decoder reads one JSON text from its begin to its end, each byte a fixed number
// of times. Its methods read one value, and return false where it is malformed or
// of another type: at and wrong then say where and what, and the decoder is spent.
// What lies deep is not recursed into.
type decoder struct {
	text  string
	at    int // offset of the next byte
	depth int // of open arrays and objects
	wrong string
}

func (d *decoder) fail(wrong string) bool {
	d.wrong = wrong
	return false
}

// peek is the next byte, 0 at the end: in no text that is valid a zero stands
// where one is looked for.
func (d *decoder) peek() byte {
	if d.at < len(d.text) {
		return d.text[d.at]
	}
	return 0
}

// space skips white space and returns the next byte.
func (d *decoder) space() byte {
	for d.at < len(d.text) {
		switch c := d.text[d.at]; c {
		case ' ', '\t', '\r', '\n':
			d.at++
		default:
			return c
		}
	}
	return 0
}

// take takes the next byte if it is c.
func (d *decoder) take(c byte) bool {
	if d.peek() != c || d.at == len(d.text) {
		return false
	}
	d.at++
	return true
}

// literal takes a word if it is next. What follows it is looked at by who reads on.
func (d *decoder) literal(word string) bool {
	if len(d.text)-d.at < len(word) || d.text[d.at:d.at+len(word)] != word {
		return false
	}
	d.at += len(word)
	return true
}

// done skips white space and says whether that was all.
func (d *decoder) done() bool {
	d.space()
	return d.at == len(d.text)
}

// object reads an object, or null, and calls member for each value, which reads it.
func (d *decoder) object(member func(name string) bool) bool {
	return d.list('{', "want an object", func() bool {
		name, ok := d.name()
		return ok && member(name)
	})
}

// list reads what begins with a bracket, or null, and calls item for each of what
// the commas part.
func (d *decoder) list(begin byte, want string, item func() bool) bool {
	switch c := d.space(); {
	case d.literal("null"):
		return true
	case c != begin:
		return d.fail(want)
	}
	if !d.open() {
		return false
	}
	end := closing(begin)
	if d.space() == end {
		return d.close()
	}
	for {
		if !item() {
			return false
		}
		switch d.space() {
		case ',':
			d.at++
		case end:
			return d.close()
		default:
			return d.fail(wantEnd)
		}
	}
}

const wantEnd = "want a comma or the end of what is open"

// closing is the bracket that ends what another begins: ] is two behind [, and }
// behind {.
func closing(begin byte) byte { return begin + 2 }

// open and close take the bracket of an array or object.
func (d *decoder) open() bool {
	if d.depth++; d.depth > maxDepth {
		return d.fail("nested too deep")
	}
	d.at++
	return true
}

func (d *decoder) close() bool {
	d.depth--
	d.at++
	return true
}

// name reads the name of a member and its colon.
func (d *decoder) name() (string, bool) {
	if d.space() != '"' {
		return "", d.fail("want a name")
	}
	name, ok := d.quoted()
	return name, ok && d.colon()
}

func (d *decoder) colon() bool {
	if d.space() != ':' {
		return d.fail("want a colon")
	}
	d.at++
	return true
}

func (d *decoder) string(s *string) bool {
	*s = ""
	switch c := d.space(); {
	case d.literal("null"):
		return true
	case c != '"':
		return d.fail("want a string")
	}
	var ok bool
	*s, ok = d.quoted()
	return ok
}

func (d *decoder) bool(b *bool) bool {
	d.space()
	*b = d.literal("true")
	if *b || d.literal("false") || d.literal("null") {
		return true
	}
	return d.fail("want true or false")
}

// fields reads an object of strings.
func (d *decoder) fields(f *Fields) bool {
	*f = nil
	return d.object(func(name string) bool {
		*f = append(*f, Field{Name: name})
		return d.string(&(*f)[len(*f)-1].Value)
	})
}

// strings reads an array of strings, or null.
func (d *decoder) strings(list *[]string) bool {
	*list = nil
	return d.list('[', "want an array", func() bool {
		*list = append(*list, "")
		return d.string(&(*list)[len(*list)-1])
	})
}
