package template

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
)

// noValue is what AWS::NoValue resolves to: what has it is absent.
type noValue struct{}

// eval resolves every intrinsic function in v. The result is text, json.Number,
// bool, []any, map[string]any, nil or noValue.
func (s *Stack) eval(v any) (any, error) {
	if err := s.set.effort.enter(); err != nil {
		return nil, err
	}
	defer s.set.effort.leave()
	switch v := v.(type) {
	case string:
		return s.checkText(v)
	case []any:
		list := make([]any, 0, len(v))
		for _, e := range v {
			e, err := s.eval(e)
			if err != nil {
				return nil, err
			}
			if e != (noValue{}) {
				list = append(list, e)
			}
		}
		return list, nil
	case map[string]any:
		if name, arg, ok := intrinsic(v); ok {
			value, err := s.call(name, arg)
			if err != nil {
				return nil, fmt.Errorf("%s: %w", name, err)
			}
			return value, nil
		}
		object := make(map[string]any, len(v))
		for _, k := range slices.Sorted(maps.Keys(v)) { // sorted: the first error is the same in every run
			e, err := s.eval(v[k])
			if err != nil {
				return nil, fmt.Errorf("%s: %w", k, err)
			}
			if e != (noValue{}) {
				object[k] = e
			}
		}
		return object, nil
	}
	return v, nil
}

// only takes an object with one member apart.
func only(v map[string]any) (name string, value any, ok bool) {
	for name, value = range v {
		return name, value, len(v) == 1
	}
	return "", nil, false
}

// intrinsic takes {"Fn::Name": argument} apart.
func intrinsic(v map[string]any) (name string, arg any, ok bool) {
	name, arg, ok = only(v)
	return name, arg, ok && (name == "Ref" || strings.HasPrefix(name, "Fn::"))
}

// checkText refuses text that only CloudFormation can replace, and bounds the
// text that a template can grow.
func (s *Stack) checkText(t string) (any, error) {
	if err := s.set.effort.spend(len(t) / 64); err != nil {
		return nil, err
	}
	if len(t) > maxText {
		return nil, errText
	}
	// "Using dynamic references to specify template values", CloudFormation User Guide.
	if strings.Contains(t, "{{resolve:") {
		return nil, errors.New("a dynamic reference ({{resolve:…}}) has its value on AWS only")
	}
	return t, nil
}

// text is v, resolved, as text: numbers as they are written.
func (s *Stack) text(v any) (string, error) {
	v, err := s.eval(v)
	if err != nil {
		return "", err
	}
	switch v := v.(type) {
	case string:
		return v, nil
	case json.Number:
		return v.String(), nil
	case bool:
		return strconv.FormatBool(v), nil
	}
	return "", errors.New("text is wanted, not a list or an object")
}

func (s *Stack) list(v any) ([]any, error) {
	v, err := s.eval(v)
	if err != nil {
		return nil, err
	}
	list, ok := v.([]any)
	if !ok {
		return nil, errors.New("a list is wanted")
	}
	return list, nil
}

// call runs one intrinsic function ("Intrinsic function reference",
// CloudFormation User Guide).
func (s *Stack) call(name string, arg any) (any, error) {
	switch name {
	case "Ref":
		if id, ok := arg.(string); ok {
			return s.ref(id)
		}
		return nil, errors.New("a logical id is wanted")
	case "Fn::GetAtt":
		return s.getAtt(arg)
	case "Fn::Sub":
		return s.sub(arg)
	case "Fn::ImportValue":
		return s.importValue(arg)
	}
	args, _ := arg.([]any)
	switch {
	case name == "Fn::Join" && len(args) == 2:
		return s.join(args[0], args[1])
	case name == "Fn::Split" && len(args) == 2:
		return s.split(args[0], args[1])
	case name == "Fn::Select" && len(args) == 2:
		return s.selectOne(args[0], args[1])
	case name == "Fn::FindInMap" && len(args) == 3:
		return s.findInMap(args)
	case name == "Fn::If" && len(args) == 3:
		return s.choose(args[0], args[1], args[2])
	}
	return nil, errors.New("not resolved here, or not with these arguments")
}

func (s *Stack) choose(condition, then, otherwise any) (any, error) {
	name, _ := condition.(string)
	if name == "" {
		return nil, errors.New("the name of a condition is wanted")
	}
	yes, err := s.condition(name)
	if err != nil {
		return nil, err
	}
	if yes {
		return s.eval(then)
	}
	return s.eval(otherwise)
}

func (s *Stack) join(delimiter, list any) (any, error) {
	d, ok := delimiter.(string)
	if !ok {
		return nil, errors.New("the delimiter is no text")
	}
	elements, err := s.list(list)
	if err != nil {
		return nil, err
	}
	var b strings.Builder
	for i, e := range elements {
		t, err := s.text(e)
		if err != nil {
			return nil, err
		}
		if i > 0 {
			b.WriteString(d)
		}
		if b.WriteString(t); b.Len() > maxText {
			return nil, errText
		}
	}
	return s.checkText(b.String())
}

func (s *Stack) split(delimiter, source any) (any, error) {
	d, ok := delimiter.(string)
	if !ok || d == "" {
		return nil, errors.New("the delimiter is no text")
	}
	t, err := s.text(source)
	if err != nil {
		return nil, err
	}
	var list []any
	for part := range strings.SplitSeq(t, d) {
		list = append(list, part)
	}
	return list, s.set.effort.spend(len(list))
}

func (s *Stack) selectOne(index, list any) (any, error) {
	t, err := s.text(index)
	if err != nil {
		return nil, err
	}
	i, err := strconv.Atoi(t)
	if err != nil {
		return nil, fmt.Errorf("index %q: %w", t, err)
	}
	// Of a list as written only the element asked for is resolved: the others
	// may be out of reach here and do not matter.
	elements, written := list.([]any)
	if !written {
		if elements, err = s.list(list); err != nil {
			return nil, err
		}
	}
	if i < 0 || i >= len(elements) {
		return nil, fmt.Errorf("index %d of a list of %d", i, len(elements))
	}
	return s.eval(elements[i])
}

func (s *Stack) findInMap(keys []any) (any, error) {
	var at any = s.template.Mappings
	for _, key := range keys {
		k, err := s.text(key)
		if err != nil {
			return nil, err
		}
		level, _ := at.(map[string]any)
		var ok bool
		if at, ok = level[k]; !ok {
			return nil, fmt.Errorf("the mapping has no %q", k)
		}
	}
	return at, nil
}

// sub resolves ${Id}, ${Id.Attribute} and ${!Literal}, with variables of its
// own where arg is a list.
func (s *Stack) sub(arg any) (any, error) {
	var variables map[string]any
	if list, ok := arg.([]any); ok {
		if len(list) != 2 {
			return nil, fmt.Errorf("has %d arguments", len(list))
		}
		if variables, ok = list[1].(map[string]any); !ok {
			return nil, errors.New("the variables are no object")
		}
		arg = list[0]
	}
	rest, ok := arg.(string)
	if !ok {
		return nil, errors.New("text is wanted")
	}
	var b strings.Builder
	for b.Len() <= maxText {
		before, after, _ := strings.Cut(rest, "${")
		b.WriteString(before)
		name, next, closed := strings.Cut(after, "}")
		if !closed {
			b.WriteString(rest[len(before):])
			return s.checkText(b.String())
		}
		rest = next
		if literal, ok := strings.CutPrefix(name, "!"); ok {
			b.WriteString("${" + literal + "}")
			continue
		}
		t, err := s.text(variable(strings.TrimSpace(name), variables))
		if err != nil {
			return nil, fmt.Errorf("${%s}: %w", name, err)
		}
		b.WriteString(t)
	}
	return nil, errText
}

// variable is the expression that a name in Fn::Sub stands for.
func variable(name string, variables map[string]any) any {
	if v, ok := variables[name]; ok {
		return v
	}
	if strings.Contains(name, ".") {
		return map[string]any{"Fn::GetAtt": name}
	}
	return map[string]any{"Ref": name}
}
