package template

import (
	"errors"
	"fmt"
	"strconv"
	"strings"

	"github.com/coldcrank/coldcrank/lambda/local/internal/physical"
)

// existing is the resource of that id, if its condition lets it exist.
func (s *Stack) existing(id string) (*Resource, error) {
	r := s.template.Resources.byID[id]
	if r == nil {
		return nil, errors.New("no such parameter or resource")
	}
	exists, err := s.condition(r.Condition)
	if err == nil && !exists {
		err = fmt.Errorf("condition %q leaves the resource out", r.Condition)
	}
	return r, err
}

// refResource is the Ref of a resource.
func (s *Stack) refResource(id string) (any, error) {
	r, err := s.existing(id)
	if err != nil {
		return nil, err
	}
	switch n := s.nested[id]; {
	case n != nil:
		return n.Place.StackID(), nil
	case r.Type == "AWS::Lambda::Version":
		return s.attribute(id, "FunctionArn")
	case r.Type == "AWS::Lambda::Alias":
		return s.attribute(id, "AliasArn")
	}
	name, err := s.physicalName(r)
	return s.Place.Ref(r.Type, id, name), err
}

// attribute is Fn::GetAtt of a resource.
func (s *Stack) attribute(id, attribute string) (any, error) {
	r, err := s.existing(id)
	if err != nil {
		return nil, err
	}
	switch r.Type + "." + attribute {
	case "AWS::Lambda::Version.Version":
		return s.versionNumber(r)
	case "AWS::Lambda::Version.FunctionArn":
		qualifier, err := s.versionNumber(r)
		return s.qualifiedARN(r, qualifier, err)
	case "AWS::Lambda::Alias.AliasArn":
		p := s.Properties(r)
		qualifier := p.Required("Name")
		return s.qualifiedARN(r, qualifier, p.Err)
	}
	if output, ok := strings.CutPrefix(attribute, "Outputs."); ok && s.nested[id] != nil {
		return s.nested[id].shared(output)
	}
	name, err := s.physicalName(r)
	if err != nil {
		return nil, err
	}
	value, known := s.Place.Attribute(r.Type, id, name, attribute)
	if !known {
		return nil, errors.New("the attribute's value is known on AWS only")
	}
	return value, nil
}

// physicalName is the name that the template gives, or one that is made up.
func (s *Stack) physicalName(r *Resource) (string, error) {
	p := s.Properties(r)
	name := p.Text(physical.NameProperty(r.Type), "")
	if name == "" {
		name = s.Place.Name(r.Type, r.ID)
	}
	return name, p.Err
}

// functionOf is the ARN of the function that a version or alias belongs to.
func (s *Stack) functionOf(r *Resource) (string, error) {
	p := s.Properties(r)
	name := p.Required("FunctionName")
	if p.Err != nil {
		return "", p.Err
	}
	arn, _, err := s.Place.FunctionARN(name)
	return arn, err
}

func (s *Stack) qualifiedARN(r *Resource, qualifier string, err error) (any, error) {
	if err != nil {
		return nil, err
	}
	arn, err := s.functionOf(r)
	return arn + ":" + qualifier, err
}

// versionNumber counts the versions of each function in the template's order.
func (s *Stack) versionNumber(r *Resource) (string, error) {
	_, err := s.once("version numbers", func() (any, error) {
		s.versions = map[string]int{}
		last := map[string]int{}
		for r, err := range s.Resources("AWS::Lambda::Version") {
			if err != nil {
				continue // it is said where the version itself is read
			}
			if arn, err := s.functionOf(r); err == nil {
				last[arn]++
				s.versions[r.ID] = last[arn]
			}
		}
		return nil, nil
	})
	if err != nil {
		return "", err
	}
	if n := s.versions[r.ID]; n > 0 {
		return strconv.Itoa(n), nil
	}
	return "", errors.New("the version's function is not known")
}
