package logs

import (
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
)

// compile turns a filter pattern into a predicate, after "Filter pattern
// syntax for metric filters, subscription filters, filter log events, and Live
// Tail" of the CloudWatch Logs user guide:
// https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/logs/FilterAndPatternSyntax.html
//
//   - an empty pattern matches everything;
//   - terms, "quoted" where they hold other than letters, digits and
//     underscores, match a message that contains all of them, in upper and
//     lower case as written;
//   - ?term ?"term" match a message that contains any of them;
//   - { $.key.key[0] = "text*" } matches a message that is JSON, with = and !=
//     on strings, * for any characters, && before ||, and parentheses.
//
// Exclusion (-term), regular expressions (%…%), space-delimited patterns ([…])
// and the numeric, IS and EXISTS comparisons are ErrPattern.
func compile(pattern string) (func(message string) bool, error) {
	p := &parser{rest: pattern}
	p.space()
	if p.rest == "" {
		return func(string) bool { return true }, nil
	}
	if p.take("{") {
		return p.json()
	}
	return p.terms()
}

type parser struct {
	rest  string
	depth int
}

func (p *parser) space() { p.rest = strings.TrimLeft(p.rest, " \t\r\n") }

// take takes token, and the space behind it, off the rest if it stands there.
func (p *parser) take(token string) bool {
	rest, ok := strings.CutPrefix(p.rest, token)
	if ok {
		p.rest = rest
		p.space()
	}
	return ok
}

func (p *parser) errorf(format string, args ...any) error {
	return fmt.Errorf("%w: %s", ErrPattern, fmt.Sprintf(format, args...))
}

func (p *parser) terms() (func(string) bool, error) {
	var all, any []string
	for p.rest != "" {
		optional := strings.HasPrefix(p.rest, "?")
		p.rest = strings.TrimPrefix(p.rest, "?")
		term, err := p.term()
		if err != nil {
			return nil, err
		}
		if optional {
			any = append(any, term)
		} else {
			all = append(all, term)
		}
		p.space()
	}
	// AWS ignores ?terms beside others, which is never what was meant.
	if len(any) > 0 && len(all) > 0 {
		return nil, p.errorf("?%s stands beside terms without a question mark", any[0])
	}
	return func(message string) bool {
		for _, t := range all {
			if !strings.Contains(message, t) {
				return false
			}
		}
		for _, t := range any {
			if strings.Contains(message, t) {
				return true
			}
		}
		return len(any) == 0
	}, nil
}

func (p *parser) term() (string, error) {
	if strings.HasPrefix(p.rest, `"`) {
		return p.quoted()
	}
	word := p.word()
	if word == "" {
		return "", p.errorf("%q: exclusion, regular expressions, space-delimited patterns and unquoted signs are not known here", p.rest)
	}
	if p.rest != "" && !strings.ContainsAny(p.rest[:1], " \t\r\n") {
		return "", p.errorf("%q has to be quoted", word+p.rest)
	}
	return word, nil
}

// word takes letters, digits and underscores.
func (p *parser) word() string {
	end := strings.IndexFunc(p.rest, func(r rune) bool {
		return r != '_' && (r < '0' || r > '9') && (r < 'a' || r > 'z') && (r < 'A' || r > 'Z')
	})
	if end < 0 {
		end = len(p.rest)
	}
	word := p.rest[:end]
	p.rest = p.rest[end:]
	return word
}

// quoted takes a string in double quotes, in which \" and \\ stand for
// themselves.
func (p *parser) quoted() (string, error) {
	var b strings.Builder
	for i := 1; i < len(p.rest); i++ {
		switch c := p.rest[i]; {
		case c == '"':
			p.rest = p.rest[i+1:]
			return b.String(), nil
		case c == '\\' && i+1 < len(p.rest) && (p.rest[i+1] == '"' || p.rest[i+1] == '\\'):
			i++
			b.WriteByte(p.rest[i])
		default:
			b.WriteByte(c)
		}
	}
	return "", p.errorf("%s is not closed", p.rest)
}

type condition func(root any) bool

func (p *parser) json() (func(string) bool, error) {
	cond, err := p.or()
	if err != nil {
		return nil, err
	}
	if !p.take("}") || p.rest != "" {
		return nil, p.errorf("%q where the pattern should end", p.rest)
	}
	return func(message string) bool {
		var root any
		return json.Unmarshal([]byte(message), &root) == nil && cond(root)
	}, nil
}

func (p *parser) or() (condition, error) {
	left, err := p.and()
	for err == nil && p.take("||") {
		var right condition
		l := left
		right, err = p.and()
		left = func(root any) bool { return l(root) || right(root) }
	}
	return left, err
}

func (p *parser) and() (condition, error) {
	left, err := p.comparison()
	for err == nil && p.take("&&") {
		var right condition
		l := left
		right, err = p.comparison()
		left = func(root any) bool { return l(root) && right(root) }
	}
	return left, err
}

// maxDepth bounds parentheses: a pattern comes over the wire.
const maxDepth = 100

func (p *parser) comparison() (condition, error) {
	if p.take("(") {
		if p.depth++; p.depth > maxDepth {
			return nil, p.errorf("more than %d parentheses", maxDepth)
		}
		cond, err := p.or()
		p.depth--
		if err == nil && !p.take(")") {
			err = p.errorf("%q where a parenthesis should close", p.rest)
		}
		return cond, err
	}
	path, err := p.selector()
	if err != nil {
		return nil, err
	}
	equal := p.take("=")
	if !equal && !p.take("!=") {
		return nil, p.errorf("%q: only = and != are implemented", p.rest)
	}
	if !strings.HasPrefix(p.rest, `"`) {
		return nil, p.errorf("%q: only strings in double quotes are implemented on the right", p.rest)
	}
	want, err := p.quoted()
	if err != nil {
		return nil, err
	}
	p.space()
	return func(root any) bool {
		got, ok := lookup(root, path).(string)
		return ok && wildcard(want, got) == equal
	}, nil
}

// selector takes $.key, $.key.key and $.key[index]. An element of the result
// is a string or an int.
func (p *parser) selector() ([]any, error) {
	start := p.rest
	if !strings.HasPrefix(p.rest, "$.") {
		return nil, p.errorf("%q where a selector like $.type should stand", start)
	}
	p.rest = p.rest[1:]
	var path []any
	for {
		switch {
		case strings.HasPrefix(p.rest, "."):
			p.rest = p.rest[1:]
			key := p.word()
			if key == "" {
				return nil, p.errorf("%q: a selector's keys are letters, digits and underscores", start)
			}
			path = append(path, key)
		case strings.HasPrefix(p.rest, "["):
			p.rest = p.rest[1:]
			index, err := strconv.Atoi(p.word())
			if err != nil || !strings.HasPrefix(p.rest, "]") {
				return nil, p.errorf("%q: an index in a selector is a number", start)
			}
			p.rest = p.rest[1:]
			path = append(path, index)
		default:
			p.space()
			return path, nil
		}
	}
}

// lookup returns nil where nothing stands at path.
func lookup(v any, path []any) any {
	for _, step := range path {
		switch step := step.(type) {
		case string:
			object, _ := v.(map[string]any)
			v = object[step]
		case int:
			array, _ := v.([]any)
			if step >= len(array) {
				return nil
			}
			v = array[step]
		}
	}
	return v
}

// wildcard says whether s is pattern, in which * stands for any characters.
func wildcard(pattern, s string) bool {
	parts := strings.Split(pattern, "*")
	if len(parts) == 1 {
		return s == pattern
	}
	s, ok := strings.CutPrefix(s, parts[0])
	if !ok {
		return false
	}
	last := parts[len(parts)-1]
	for _, part := range parts[1 : len(parts)-1] {
		i := strings.Index(s, part)
		if i < 0 {
			return false
		}
		s = s[i+len(part):]
	}
	return strings.HasSuffix(s, last)
}
