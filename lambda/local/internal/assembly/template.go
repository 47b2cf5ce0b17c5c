package assembly

import (
	"bytes"
	"encoding/json"
	"fmt"
	"regexp"
)

// template is what this package reads of a CloudFormation template. Numbers
// stay as they are written (json.Number), because properties turn them into text.
type template struct {
	Parameters map[string]parameter
	Conditions map[string]any
	Mappings   map[string]any
	Resources  resources
	Outputs    map[string]output
	Transform  any
}

type parameter struct {
	Type    string
	Default any
}

type resource struct {
	Type       string
	Condition  string
	Properties map[string]any
	Metadata   map[string]any
}

type output struct {
	Value     any
	Condition string
	Export    struct{ Name any }
}

// resources keeps the order of the template: versions are numbered by it.
type resources struct {
	order []string
	byID  map[string]*resource
}

// isLogicalID is "Resources", CloudFormation User Guide.
var isLogicalID = regexp.MustCompile(`^[A-Za-z0-9]{1,255}$`)

func (r *resources) UnmarshalJSON(data []byte) error {
	r.byID = map[string]*resource{}
	dec := json.NewDecoder(bytes.NewReader(data))
	dec.UseNumber()
	open, err := dec.Token()
	if err != nil {
		return err
	}
	if open != json.Delim('{') {
		return fmt.Errorf("resources: an object is wanted")
	}
	for dec.More() {
		key, err := dec.Token()
		if err != nil {
			return err
		}
		id := key.(string) // the decoder lets only strings be keys
		if !isLogicalID.MatchString(id) {
			return fmt.Errorf("%.300q is no logical id", id)
		}
		res := new(resource)
		if err := dec.Decode(res); err != nil {
			return fmt.Errorf("resource %q: %w", id, err)
		}
		if _, twice := r.byID[id]; !twice {
			r.order = append(r.order, id)
		}
		r.byID[id] = res
	}
	_, err = dec.Token()
	return err
}

// maxResources is far above what CloudFormation takes (500, "CloudFormation quotas").
const maxResources = 10_000

func parseTemplate(data []byte) (*template, error) {
	dec := json.NewDecoder(bytes.NewReader(data))
	dec.UseNumber()
	t := new(template)
	if err := dec.Decode(t); err != nil {
		return nil, fmt.Errorf("parse template: %w", err)
	}
	if len(t.Resources.order) > maxResources {
		return nil, fmt.Errorf("parse template: more than %d resources", maxResources)
	}
	return t, nil
}
