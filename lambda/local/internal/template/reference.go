package template

import (
	"errors"
	"fmt"
	"strings"
)

func (s *Stack) ref(id string) (any, error) {
	if v, ok := s.pseudo(id); ok {
		return v, nil
	}
	value, err := s.once("ref "+id, func() (any, error) {
		if _, ok := s.template.Parameters[id]; ok {
			return s.parameter(id)
		}
		return s.refResource(id)
	})
	if err != nil {
		return nil, fmt.Errorf("%s: %w", id, err)
	}
	return value, nil
}

// pseudo is the value of a pseudo parameter ("Get AWS values using pseudo
// parameters", CloudFormation User Guide).
func (s *Stack) pseudo(id string) (any, bool) {
	switch id {
	case "AWS::Region":
		return s.Place.Region, true
	case "AWS::AccountId":
		return s.Place.Account, true
	case "AWS::Partition":
		return s.Place.Partition(), true
	case "AWS::URLSuffix":
		return s.Place.URLSuffix(), true
	case "AWS::StackName":
		return s.Place.Stack, true
	case "AWS::StackId":
		return s.Place.StackID(), true
	case "AWS::NoValue":
		return noValue{}, true
	}
	return nil, false
}

func (s *Stack) parameter(id string) (any, error) {
	p := s.template.Parameters[id]
	value := p.Default
	expression, given := s.given[id]
	switch {
	case given:
		var err error
		if value, err = s.parent.eval(expression); err != nil {
			return nil, err
		}
	case strings.HasPrefix(p.Type, "AWS::SSM::"):
		// Its default is a name in the Parameter Store.
		return nil, errors.New("a parameter whose value is in the Parameter Store")
	case value == nil:
		return nil, errors.New("a parameter without a default")
	}
	switch v := value.(type) {
	case string:
		if p.Type == "CommaDelimitedList" || strings.HasPrefix(p.Type, "List<") {
			return s.split(",", v)
		}
	case map[string]any:
		return nil, errors.New("a parameter that is an object")
	}
	return value, nil
}

// getAtt takes ["Id", "Attribute"] and "Id.Attribute".
func (s *Stack) getAtt(arg any) (any, error) {
	var id, attribute string
	switch arg := arg.(type) {
	case string:
		id, attribute, _ = strings.Cut(arg, ".")
	case []any:
		if len(arg) != 2 {
			return nil, fmt.Errorf("has %d arguments", len(arg))
		}
		id, _ = arg[0].(string)
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

// importValue finds an export among the set's stacks of the account and Region:
// the CDK makes one for each reference between two stacks of an app.
func (s *Stack) importValue(arg any) (any, error) {
	name, err := s.text(arg)
	if err != nil {
		return nil, err
	}
	if s.set.exports == nil {
		if err := s.set.findExports(); err != nil {
			return nil, err
		}
	}
	if value := s.set.exports[s.exported(name)]; value != nil {
		return value()
	}
	return nil, fmt.Errorf("no stack of the assembly exports %q", name)
}

func (s *Stack) exported(name string) string {
	return s.Place.Account + "/" + s.Place.Region + "/" + name
}

func (set *Set) findExports() error {
	set.exports = map[string]func() (any, error){}
	for _, s := range set.stacks {
		if err := set.effort.spend(1 + len(s.template.Outputs)); err != nil {
			return err
		}
		for id, o := range s.template.Outputs {
			// A name that cannot be resolved is missed by those who import it.
			if name, err := s.text(o.Export.Name); err == nil {
				set.exports[s.exported(name)] = func() (any, error) { return s.shared(id) }
			}
		}
	}
	return nil
}

// shared is an output for another stack, or for the stack it is nested in.
func (s *Stack) shared(id string) (any, error) {
	return s.once("output "+id, func() (any, error) { return s.output(id) })
}
