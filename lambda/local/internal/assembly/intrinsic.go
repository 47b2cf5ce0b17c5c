package assembly

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// The bounds of one stack's resolution, its nested stacks included. A template
// of CloudFormation's largest size (1 MB, "CloudFormation quotas") stays far
// below them; a template made to exhaust the reader does not.
const (
	maxSteps = 1 << 20 // values looked at, and 64-byte pieces of text made
	maxDepth = 200     // intrinsics and references within each other
	maxText  = 1 << 16 // bytes of one resolved text
)

var (
	errSteps = errors.New("the template needs too many steps to resolve")
	errDepth = errors.New("nested too deeply")
	errText  = fmt.Errorf("longer than %d bytes", maxText)
	errCycle = errors.New("refers to itself")
)

// effort counts what a stack's resolution has taken.
type effort struct{ steps, depth int }

// scope resolves the expressions of one template: a stack's, or a nested stack's.
type scope struct {
	*partition
	name   string // the stack's name
	path   string // logical ids of the nested stacks that lead here, each with a slash
	stack  *Stack // where results and warnings go
	dir    *directory
	tmpl   *template
	effort *effort

	parent *scope         // of a nested stack
	given  map[string]any // parameters that the parent gives, as expressions of the parent
	nested map[string]*scope

	known    map[string]*answer
	versions map[string]int // version resources → number
}

// answer is a value found earlier, or still being looked for.
type answer struct {
	value any
	err   error
	done  bool
}

// noValue is what AWS::NoValue resolves to: the property that has it is absent.
type noValue struct{}

// once resolves what key names a single time; a key that is asked for while it
// is being resolved is a cycle.
func (s *scope) once(key string, resolve func() (any, error)) (any, error) {
	if a, ok := s.known[key]; ok {
		if !a.done {
			return nil, errCycle
		}
		return a.value, a.err
	}
	a := new(answer)
	s.known[key] = a
	a.value, a.err = resolve()
	a.done = true
	return a.value, a.err
}

// eval resolves every intrinsic function in v. The result is text, json.Number,
// bool, []any, map[string]any, nil or noValue.
func (s *scope) eval(v any) (any, error) {
	s.effort.steps++
	s.effort.depth++
	defer func() { s.effort.depth-- }()
	switch {
	case s.effort.steps > maxSteps:
		return nil, errSteps
	case s.effort.depth > maxDepth:
		return nil, errDepth
	}
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
		for _, k := range sortedKeys(v) {
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

// intrinsic takes {"Fn::Name": argument} apart.
func intrinsic(v map[string]any) (name string, arg any, ok bool) {
	if len(v) != 1 {
		return "", nil, false
	}
	for name, arg = range v {
		ok = name == "Ref" || strings.HasPrefix(name, "Fn::")
	}
	return name, arg, ok
}

// checkText refuses text that only CloudFormation can replace, and bounds the
// text that a template can grow.
func (s *scope) checkText(t string) (any, error) {
	s.effort.steps += len(t) / 64
	if len(t) > maxText {
		return nil, errText
	}
	// "Using dynamic references to specify template values", CloudFormation User Guide.
	if strings.Contains(t, "{{resolve:") {
		return nil, errors.New("a dynamic reference ({{resolve:…}}) has its value on AWS only")
	}
	return t, nil
}

func (s *scope) text(v any) (string, error) {
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

func (s *scope) list(v any) ([]any, error) {
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
func (s *scope) call(name string, arg any) (any, error) {
	switch name {
	case "Ref":
		id, ok := arg.(string)
		if !ok {
			return nil, errors.New("a logical id is wanted")
		}
		return s.ref(id)
	case "Fn::GetAtt":
		return s.getAtt(arg)
	case "Fn::Sub":
		return s.sub(arg)
	case "Fn::ImportValue":
		export, err := s.text(arg)
		if err != nil {
			return nil, err
		}
		return nil, fmt.Errorf("%q is another stack's export", export)
	}
	args, ok := arg.([]any)
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
		condition, isText := args[0].(string)
		if !isText {
			return nil, errors.New("the name of a condition is wanted")
		}
		yes, err := s.condition(condition)
		if err != nil {
			return nil, err
		}
		if yes {
			return s.eval(args[1])
		}
		return s.eval(args[2])
	case ok && slices.Contains([]string{"Fn::Join", "Fn::Split", "Fn::Select", "Fn::FindInMap", "Fn::If"}, name):
		return nil, fmt.Errorf("has %d arguments", len(args))
	}
	return nil, errors.New("this intrinsic function is not resolved here")
}

func (s *scope) join(delimiter, list any) (any, error) {
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
		b.WriteString(t)
		if b.Len() > maxText {
			return nil, errText
		}
	}
	return s.checkText(b.String())
}

func (s *scope) split(delimiter, source any) (any, error) {
	d, ok := delimiter.(string)
	if !ok || d == "" {
		return nil, errors.New("the delimiter is no text")
	}
	t, err := s.text(source)
	if err != nil {
		return nil, err
	}
	parts := strings.Split(t, d)
	s.effort.steps += len(parts)
	list := make([]any, len(parts))
	for i, p := range parts {
		list[i] = p
	}
	return list, nil
}

func (s *scope) selectOne(index, list any) (any, error) {
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

func (s *scope) findInMap(keys []any) (any, error) {
	var at any = s.tmpl.Mappings
	for _, key := range keys {
		k, err := s.text(key)
		if err != nil {
			return nil, err
		}
		level, ok := at.(map[string]any)
		if ok {
			at, ok = level[k]
		}
		if !ok {
			return nil, fmt.Errorf("the mapping has no %q", k)
		}
	}
	return at, nil
}

// sub resolves ${Id}, ${Id.Attribute} and ${!Literal}, with variables of its
// own where arg is a list.
func (s *scope) sub(arg any) (any, error) {
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
	format, ok := arg.(string)
	if !ok {
		return nil, errors.New("text is wanted")
	}
	var b strings.Builder
	for {
		before, rest, found := strings.Cut(format, "${")
		b.WriteString(before)
		if !found {
			break
		}
		name, after, closed := strings.Cut(rest, "}")
		if !closed {
			b.WriteString("${" + rest)
			break
		}
		format = after
		if literal, ok := strings.CutPrefix(name, "!"); ok {
			b.WriteString("${" + literal + "}")
			continue
		}
		t, err := s.text(variable(strings.TrimSpace(name), variables))
		if err != nil {
			return nil, fmt.Errorf("${%s}: %w", name, err)
		}
		b.WriteString(t)
		if b.Len() > maxText {
			return nil, errText
		}
	}
	return s.checkText(b.String())
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

// getAtt takes ["Id", "Attribute"] and "Id.Attribute".
func (s *scope) getAtt(arg any) (any, error) {
	var id, attribute string
	switch arg := arg.(type) {
	case string:
		id, attribute, _ = strings.Cut(arg, ".")
	case []any:
		if len(arg) != 2 {
			return nil, fmt.Errorf("has %d arguments", len(arg))
		}
		var ok bool
		if id, ok = arg[0].(string); !ok {
			return nil, errors.New("a logical id is wanted")
		}
		var err error
		if attribute, err = s.text(arg[1]); err != nil {
			return nil, err
		}
	}
	if id == "" || attribute == "" {
		return nil, errors.New("a logical id and an attribute are wanted")
	}
	value, err := s.once("attribute "+id+"."+attribute, func() (any, error) { return s.attribute(id, attribute) })
	if err != nil {
		return nil, fmt.Errorf("%s.%s: %w", id, attribute, err)
	}
	return value, nil
}

func (s *scope) ref(id string) (any, error) {
	if v, ok := s.pseudo(id); ok {
		return v, nil
	}
	value, err := s.once("ref "+id, func() (any, error) {
		if _, ok := s.tmpl.Parameters[id]; ok {
			return s.parameter(id)
		}
		return s.refResource(id)
	})
	if err != nil {
		return nil, fmt.Errorf("%s: %w", id, err)
	}
	return value, nil
}

func (s *scope) parameter(id string) (any, error) {
	p := s.tmpl.Parameters[id]
	var value any
	if expr, ok := s.given[id]; ok {
		var err error
		if value, err = s.parent.eval(expr); err != nil {
			return nil, err
		}
	} else {
		// The default of an SSM parameter is a name in the Parameter Store.
		if strings.HasPrefix(p.Type, "AWS::SSM::") {
			return nil, errors.New("a parameter whose value is in the Parameter Store")
		}
		if p.Default == nil {
			return nil, errors.New("a parameter without a default")
		}
		value = p.Default
	}
	if t, ok := value.(string); ok && (p.Type == "CommaDelimitedList" || strings.HasPrefix(p.Type, "List<")) {
		return s.split(",", t)
	}
	if _, ok := value.(map[string]any); ok {
		return nil, errors.New("a parameter that is an object")
	}
	return value, nil
}

// condition resolves a condition by its name.
func (s *scope) condition(name string) (bool, error) {
	value, err := s.once("condition "+name, func() (any, error) {
		expr, ok := s.tmpl.Conditions[name]
		if !ok {
			return nil, errors.New("no such condition")
		}
		return s.decide(expr)
	})
	if err != nil {
		return false, fmt.Errorf("condition %q: %w", name, err)
	}
	return value.(bool), nil
}

// decide resolves a condition function ("Condition functions", CloudFormation
// User Guide).
func (s *scope) decide(expr any) (bool, error) {
	s.effort.steps++
	s.effort.depth++
	defer func() { s.effort.depth-- }()
	switch {
	case s.effort.steps > maxSteps:
		return false, errSteps
	case s.effort.depth > maxDepth:
		return false, errDepth
	}
	function, ok := expr.(map[string]any)
	if !ok || len(function) != 1 {
		return false, errors.New("no condition function")
	}
	for name, arg := range function {
		if name == "Condition" {
			if id, ok := arg.(string); ok {
				return s.condition(id)
			}
		}
		args, _ := arg.([]any)
		switch {
		case name == "Fn::Equals" && len(args) == 2:
			a, err := s.text(args[0])
			if err != nil {
				return false, err
			}
			b, err := s.text(args[1])
			return a == b, err
		case name == "Fn::Not" && len(args) == 1:
			v, err := s.decide(args[0])
			return !v, err
		case name == "Fn::And" || name == "Fn::Or":
			any := name == "Fn::Or"
			for _, a := range args {
				v, err := s.decide(a)
				if err != nil || v == any {
					return v, err
				}
			}
			return !any, nil
		}
		return false, fmt.Errorf("%s: not resolved here", name)
	}
	panic("unreachable: the function has one name")
}
