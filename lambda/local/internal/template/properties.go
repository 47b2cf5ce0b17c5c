package template

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
)

// Properties reads the properties of a resource, or of an object within them,
// and resolves what is asked for. A path is names with dots between them, for
// example LoggingConfig.LogGroup: of what stands around a property only the
// conditions are resolved, since a part that is out of reach must not hide the others.
//
// Err is the first thing that went wrong, with the property's path. What was
// read is of use only while it is nil.
type Properties struct {
	Err error

	stack *Stack
	root  any
}

// Properties reads those of a resource of s.
func (s *Stack) Properties(r *Resource) *Properties {
	return &Properties{stack: s, root: r.Properties}
}

// Fail sets Err, unless there is one: what is wrong with the property at path.
func (p *Properties) Fail(path string, err error) {
	if p.Err == nil {
		p.Err = fmt.Errorf("%s: %w", path, err)
	}
}

// raw is what is written at path.
func (p *Properties) raw(path string) (any, error) {
	at := p.root
	for name := range strings.SplitSeq(path, ".") {
		object, err := p.stack.object(at)
		if err != nil {
			return nil, err
		}
		at = object[name]
	}
	return at, nil
}

// object is v as an object whose members are not resolved yet; nil where v is
// absent.
func (s *Stack) object(v any) (map[string]any, error) {
	if o, ok := v.(map[string]any); ok {
		if _, _, ok := intrinsic(o); !ok {
			return o, nil
		}
		var err error
		if v, err = s.eval(v); err != nil {
			return nil, err
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

// Value is the property, resolved: text, json.Number, bool, []any,
// map[string]any, or nil where the template does not have it.
func (p *Properties) Value(path string) any {
	v, err := p.raw(path)
	if err == nil {
		v, err = p.stack.eval(v)
	}
	if err != nil {
		p.Fail(path, err)
		return nil
	}
	if v == (noValue{}) {
		return nil
	}
	return v
}

// Text is a text, number or bool as text.
func (p *Properties) Text(path, absent string) string {
	v := p.Value(path)
	if v == nil {
		return absent
	}
	t, err := p.stack.text(v)
	if err != nil {
		p.Fail(path, err)
	}
	return t
}

// Required is a text that there must be.
func (p *Properties) Required(path string) string {
	t := p.Text(path, "")
	if t == "" {
		p.Fail(path, errors.New("the property is missing"))
	}
	return t
}

// OneOf is a text among those known.
func (p *Properties) OneOf(path, absent string, known ...string) string {
	t := p.Text(path, absent)
	if !slices.Contains(known, t) {
		p.Fail(path, fmt.Errorf("%q is none of %s", t, strings.Join(known, ", ")))
	}
	return t
}

// Number is a number, or one as text, as CloudFormation takes it.
func (p *Properties) Number(path string, absent, lowest, highest float64) float64 {
	t := p.Text(path, strconv.FormatFloat(absent, 'f', -1, 64))
	n, err := strconv.ParseFloat(t, 64)
	if err == nil && !(n >= lowest && n <= highest) { // NaN, too
		err = fmt.Errorf("%s is not between %v and %v", t, lowest, highest)
	}
	if err != nil {
		p.Fail(path, err)
	}
	return n
}

// Texts is a list of texts.
func (p *Properties) Texts(path string) []string {
	var texts []string
	for _, e := range p.list(path) {
		t, err := p.stack.text(e)
		if err != nil {
			p.Fail(path, err)
		}
		texts = append(texts, t)
	}
	return texts
}

// Objects is a list of objects, each to be read with an Err of its own.
func (p *Properties) Objects(path string) []*Properties {
	var objects []*Properties
	for _, e := range p.list(path) {
		objects = append(objects, &Properties{stack: p.stack, root: e})
	}
	return objects
}

func (p *Properties) list(path string) []any {
	v := p.Value(path)
	list, ok := v.([]any)
	if v != nil && !ok {
		p.Fail(path, errors.New("a list is wanted"))
	}
	return list
}

// Members visits the members of the object at path, in the order of their names,
// each with its text or the error that there is instead. Err is set where path is no object.
func (p *Properties) Members(path string, visit func(name, text string, err error)) {
	v, err := p.raw(path)
	var object map[string]any
	if err == nil {
		object, err = p.stack.object(v)
	}
	if err != nil {
		p.Fail(path, err)
		return
	}
	for _, name := range slices.Sorted(maps.Keys(object)) {
		v, err := p.stack.eval(object[name])
		if v == (noValue{}) {
			continue
		}
		var text string
		if err == nil {
			text, err = p.stack.text(v)
		}
		visit(name, text, err)
	}
}
