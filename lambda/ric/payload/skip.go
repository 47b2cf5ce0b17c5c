package payload

// skip reads a value of any type that nobody wants. It is a loop with a bit for
// each level, so that depth costs neither stack nor time.
func (d *decoder) skip() bool {
	if c := d.space(); c != '{' && c != '[' {
		return d.scalar()
	}
	var objects [maxDepth/64 + 1]uint64 // the level is an object's, not an array's
	outside := d.depth
	for {
		// A value is next.
		switch c := d.space(); c {
		case '{', '[':
			if !d.open() {
				return false
			}
			word, bit := d.depth/64, uint64(1)<<(d.depth%64)
			objects[word] &^= bit
			if c == '{' {
				objects[word] |= bit
			}
			switch next := d.space(); {
			case next == closing(c):
				d.close()
			case c == '[':
				continue
			case !d.skipName():
				return false
			default:
				continue
			}
		default:
			if !d.scalar() {
				return false
			}
		}
		// A value has ended, and with it perhaps what it lies in.
		for more := false; !more; {
			if d.depth == outside {
				return true
			}
			object := objects[d.depth/64]>>(d.depth%64)&1 == 1
			switch c := d.space(); {
			case c == ',':
				d.at++
				if object && !d.skipName() {
					return false
				}
				more = true
			case object && c == '}', !object && c == ']':
				d.close()
			default:
				return d.fail(wantEnd)
			}
		}
	}
}

func (d *decoder) skipName() bool {
	if d.space() != '"' {
		return d.fail("want a name")
	}
	_, ok := d.scan()
	return ok && d.colon()
}

// scalar reads a string, a number, true, false or null.
func (d *decoder) scalar() bool {
	switch c := d.peek(); {
	case c == '"':
		_, ok := d.scan()
		return ok
	case c == '-' || isDigit(c):
		return d.number()
	case d.literal("true") || d.literal("false") || d.literal("null"):
		return true
	}
	return d.fail("want a value")
}

// number reads -0.5e+7, each of whose parts but the first digits may be missing.
func (d *decoder) number() bool {
	d.take('-')
	if !d.take('0') && !d.digits() {
		return false
	}
	if d.take('.') && !d.digits() {
		return false
	}
	if d.take('e') || d.take('E') {
		if !d.take('+') {
			d.take('-')
		}
		return d.digits()
	}
	return true
}

func (d *decoder) digits() bool {
	if !isDigit(d.peek()) {
		return d.fail("want a digit")
	}
	for isDigit(d.peek()) {
		d.at++
	}
	return true
}

func isDigit(c byte) bool { return '0' <= c && c <= '9' }
