package assembly

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// property resolves one property, and of what stands around it only the
// conditions: a part that is out of reach here must not hide the others. It is
// nil where the template does not have it.
func (s *scope) property(r *resource, path ...string) (any, error) {
	var at any = r.Properties
	for _, key := range path {
		object, err := s.object(at)
		if err != nil {
			return nil, err
		}
		at = object[key]
	}
	value, err := s.eval(at)
	if _, none := value.(noValue); none {
		value = nil
	}
	return value, err
}

// object is v as an object whose members are not resolved yet; nil where v is
// absent.
func (s *scope) object(v any) (map[string]any, error) {
	if function, ok := v.(map[string]any); ok {
		if _, _, ok := intrinsic(function); ok {
			var err error
			if v, err = s.eval(v); err != nil {
				return nil, err
			}
		}
	}
	switch v := v.(type) {
	case nil, noValue:
		return nil, nil
	case map[string]any:
		return v, nil
	}
	return nil, errors.New("an object is wanted")
}

// requiredText is a property that the resource cannot be without.
func (s *scope) requiredText(r *resource, path ...string) (string, error) {
	p := properties{s: s, r: r}
	t := p.text("", path...)
	if p.err == nil && t == "" {
		return "", fmt.Errorf("the property %s is missing", strings.Join(path, "."))
	}
	return t, p.err
}

// properties reads several properties of one resource; err is the first thing
// that went wrong, with the property's name.
type properties struct {
	s   *scope
	r   *resource
	err error
}

func (p *properties) fail(path []string, err error) {
	if p.err == nil {
		p.err = fmt.Errorf("%s: %w", strings.Join(path, "."), err)
	}
}

func (p *properties) value(path ...string) any {
	v, err := p.s.property(p.r, path...)
	if err != nil {
		p.fail(path, err)
		return nil
	}
	return v
}

func (p *properties) text(absent string, path ...string) string {
	v := p.value(path...)
	if v == nil {
		return absent
	}
	t, err := p.s.text(v)
	if err != nil {
		p.fail(path, err)
	}
	return t
}

// oneOf is a text among those that AWS knows.
func (p *properties) oneOf(known []string, absent string, path ...string) string {
	t := p.text(absent, path...)
	if p.err == nil && !slices.Contains(known, t) {
		p.fail(path, fmt.Errorf("%q is none of %s", t, strings.Join(known, ", ")))
	}
	return t
}

// integer takes numbers and numbers as text, as CloudFormation does.
func (p *properties) integer(lowest, highest, absent int, path ...string) int {
	t := p.text(strconv.Itoa(absent), path...)
	if p.err != nil {
		return 0
	}
	n, err := strconv.Atoi(t)
	if err == nil && (n < lowest || n > highest) {
		err = fmt.Errorf("%d is not between %d and %d", n, lowest, highest)
	}
	if err != nil {
		p.fail(path, err)
	}
	return n
}

func (p *properties) number(path ...string) float64 {
	t := p.text("0", path...)
	if p.err != nil {
		return 0
	}
	n, err := strconv.ParseFloat(t, 64)
	if err == nil && !(n >= 0 && n <= 1e9) {
		err = errors.New(t + " is out of range")
	}
	if err != nil {
		p.fail(path, err)
	}
	return n
}

func (p *properties) list(path ...string) []any {
	switch v := p.value(path...).(type) {
	case nil:
		return nil
	case []any:
		return v
	default:
		p.fail(path, errors.New("a list is wanted"))
		return nil
	}
}

func sortedKeys[V any](m map[string]V) []string {
	keys := make([]string, 0, len(m))
	for k := range m {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	return keys
}
