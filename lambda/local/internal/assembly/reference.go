package assembly

import (
	"errors"
	"fmt"
	"strings"
)

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

// export is an output that other stacks of the account and Region import.
type export struct {
	scope  *scope
	output string
}

// importValue finds an export among the assembly's stacks: the CDK makes one
// for each reference between two stacks of an app.
func (l *loader) importValue(s *scope, name string) (any, error) {
	if l.exports == nil {
		l.exports = map[string]export{}
		for _, from := range l.scopes {
			for _, id := range sortedKeys(from.tmpl.Outputs) {
				if n := from.tmpl.Outputs[id].Export.Name; n != nil {
					if t, err := from.text(n); err == nil {
						l.exports[from.account+"/"+from.region+"/"+t] = export{from, id}
					}
				}
			}
		}
	}
	e, ok := l.exports[s.account+"/"+s.region+"/"+name]
	if !ok {
		return nil, fmt.Errorf("no stack of the assembly exports %q", name)
	}
	return e.scope.once("output "+e.output, func() (any, error) { return e.scope.output(e.output) })
}

// stackOutput is Fn::GetStackOutput, which the CDK writes for weak references
// between stacks: {"StackName", "OutputName", "Region"}.
func (l *loader) stackOutput(s *scope, arg any) (any, error) {
	p := properties{s: s, r: &resource{Properties: map[string]any{"": arg}}}
	stack, output, region := p.text("", "", "StackName"), p.text("", "", "OutputName"), p.text(s.region, "", "Region")
	if p.err != nil {
		return nil, p.err
	}
	for _, from := range l.scopes {
		if from.parent == from && from.name == stack && from.region == region {
			return from.once("output "+output, func() (any, error) { return from.output(output) })
		}
	}
	return nil, fmt.Errorf("the assembly has no stack %q", stack)
}
