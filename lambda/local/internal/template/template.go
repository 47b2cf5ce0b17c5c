// Package template resolves CloudFormation templates (JSON, as the CDK writes
// them) without AWS: parameters, conditions, mappings, intrinsic functions, and
// references within a stack, to its nested stacks and between stacks.
//
// What only a deployment decides, and much of a template refers to, is made up
// from account, Region, stack and logical id, the same in every run: physical
// names (stack-LogicalId-12 letters and digits, as CloudFormation makes them),
// the Ref, ARN and URL that follow from a name, version numbers, ids of APIs.
// Any other attribute, the Parameter Store, dynamic references, macros and the
// exports of stacks outside a Set stay unresolved: an error says why.
//
// A template may be anybody's: what its resolution takes is bounded for each Set.
// The package opens no file, and gives no meaning to what it resolves.
package template

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"regexp"
)

// Template is a parsed template. It may be that of several stacks.
type Template struct{ document }

// document is what this package reads of a template. Numbers stay as they are
// written (json.Number), because properties turn them into text.
type document struct {
	Parameters map[string]struct {
		Type    string
		Default any
	}
	Conditions map[string]any
	Mappings   map[string]any
	Resources  resources
	Outputs    map[string]output
	Transform  any
}

type output struct {
	Value     any
	Condition string
	Export    struct{ Name any }
}

// Resource is a resource of a template.
type Resource struct {
	ID         string `json:"-"` // logical id: 1 to 255 letters and digits
	Type       string // for example AWS::Lambda::Function
	Condition  string
	Properties map[string]any // as written; Stack.Properties resolves them
}

// resources keeps the order of the template: versions are numbered by it.
type resources struct {
	order []*Resource
	byID  map[string]*Resource
}

// maxResources is far above what CloudFormation takes (500, "CloudFormation quotas").
const maxResources = 10_000

// isLogicalID is "Resources", CloudFormation User Guide.
var isLogicalID = regexp.MustCompile(`^[A-Za-z0-9]{1,255}$`)

// Parse reads a template. It refuses what is no JSON object of CloudFormation's
// shape, logical ids that CloudFormation would refuse, and more than 10,000 resources.
func Parse(data []byte) (*Template, error) {
	dec := json.NewDecoder(bytes.NewReader(data))
	dec.UseNumber()
	t := new(Template)
	if err := dec.Decode(&t.document); err != nil {
		return nil, fmt.Errorf("parse template: %w", err)
	}
	return t, nil
}

// HasMacros reports that the template is not complete: AWS puts it through macros.
func (t *Template) HasMacros() bool { return t.Transform != nil }

func (rs *resources) UnmarshalJSON(data []byte) error {
	dec := json.NewDecoder(bytes.NewReader(data))
	dec.UseNumber()
	open, err := dec.Token()
	if err != nil {
		return err
	}
	if open != json.Delim('{') {
		return errors.New("resources: an object is wanted")
	}
	rs.byID = map[string]*Resource{}
	for dec.More() {
		key, err := dec.Token()
		if err != nil {
			return err
		}
		r := &Resource{ID: key.(string)} // the decoder lets only strings be keys
		if err := dec.Decode(r); err != nil {
			return fmt.Errorf("resource %.300q: %w", r.ID, err)
		}
		switch {
		case !isLogicalID.MatchString(r.ID):
			return fmt.Errorf("%.300q is no logical id", r.ID)
		case rs.byID[r.ID] != nil:
			return fmt.Errorf("two resources are named %s", r.ID)
		case len(rs.order) == maxResources:
			return fmt.Errorf("more than %d resources", maxResources)
		}
		rs.byID[r.ID] = r
		rs.order = append(rs.order, r)
	}
	return nil
}
