package template

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/coldcrank/coldcrank/lambda/local/internal/physical"
)

// expressions is the template in which TestIntrinsics resolves its values.
const expressions = `{
	"Parameters":{
		"Text":{"Type":"String","Default":"text"},
		"Number":{"Type":"Number","Default":7},
		"List":{"Type":"CommaDelimitedList","Default":"a,b"},
		"None":{"Type":"String"},
		"BootstrapVersion":{"Type":"AWS::SSM::Parameter::Value<String>","Default":"/cdk-bootstrap/hnb659fds/version"}
	},
	"Mappings":{"Map":{"eu-central-1":{"ami":"ami-1"}}},
	"Conditions":{
		"Yes":{"Fn::Equals":[{"Ref":"AWS::Region"},"eu-central-1"]},
		"No":{"Fn::Not":[{"Condition":"Yes"}]},
		"Both":{"Fn::And":[{"Condition":"Yes"},{"Condition":"No"}]},
		"Either":{"Fn::Or":[{"Condition":"No"},{"Condition":"Yes"}]},
		"Open":{"Fn::Equals":[{"Ref":"None"},""]},
		"Loop":{"Fn::Not":[{"Condition":"Loop"}]}
	},
	"Resources":{
		"F":{"Type":"AWS::Lambda::Function","Properties":{"FunctionName":"f"}},
		"V1":{"Type":"AWS::Lambda::Version","Properties":{"FunctionName":{"Ref":"F"}}},
		"V2":{"Type":"AWS::Lambda::Version","Properties":{"FunctionName":{"Fn::GetAtt":["F","Arn"]}}},
		"A":{"Type":"AWS::Lambda::Alias","Properties":{"FunctionName":{"Ref":"F"},"Name":"live","FunctionVersion":{"Fn::GetAtt":"V2.Version"}}},
		"Made":{"Type":"AWS::DynamoDB::Table"},
		"Table":{"Type":"AWS::DynamoDB::Table","Properties":{"TableName":"t"}},
		"Queue":{"Type":"AWS::SQS::Queue","Properties":{"QueueName":"q"}},
		"Topic":{"Type":"AWS::SNS::Topic","Properties":{"TopicName":"n"}},
		"Bucket":{"Type":"AWS::S3::Bucket"},
		"Logs":{"Type":"AWS::Logs::LogGroup","Properties":{"LogGroupName":"/l"}},
		"Other":{"Type":"Custom::Thing"},
		"Absent":{"Type":"AWS::SQS::Queue","Condition":"No"},
		"Self":{"Type":"AWS::SQS::Queue","Properties":{"QueueName":{"Fn::Sub":"${Self}-x"}}}
	}
}`

var place = physical.Place{Account: "111122223333", Region: "eu-central-1", Stack: "Test"}

// stack is the stack Test of a template that must be readable.
func stack(t *testing.T, template string) *Stack {
	t.Helper()
	tmpl, err := Parse([]byte(template))
	if err != nil {
		t.Fatal(err)
	}
	return new(Set).Add(tmpl, place, nil)
}

// outputs are a stack's, or the errors in their place, by logical id.
func outputs(t *testing.T, s *Stack) (values map[string]string, errs map[string]error) {
	t.Helper()
	values, errs = map[string]string{}, map[string]error{}
	s.Outputs(func(id, value string, err error) {
		if err != nil {
			errs[id] = err
			return
		}
		values[id] = value
	})
	if _, ok := values["Gone"]; ok || errs["Gone"] != nil {
		t.Errorf("the output that a condition leaves out: got %q and %v", values["Gone"], errs["Gone"])
	}
	return values, errs
}

func TestIntrinsics(t *testing.T) {
	for _, c := range []struct{ expression, want, unresolved string }{
		{expression: `"plain"`, want: "plain"},
		{expression: `1.50`, want: "1.50"},
		{expression: `true`, want: "true"},

		{expression: `{"Ref":"AWS::Region"}`, want: "eu-central-1"},
		{expression: `{"Ref":"AWS::AccountId"}`, want: "111122223333"},
		{expression: `{"Ref":"AWS::Partition"}`, want: "aws"},
		{expression: `{"Ref":"AWS::URLSuffix"}`, want: "amazonaws.com"},
		{expression: `{"Ref":"AWS::StackName"}`, want: "Test"},
		{expression: `{"Fn::Select":[5,{"Fn::Split":[":",{"Ref":"AWS::StackId"}]}]}`, want: "stack/Test/4f2f7caa-9088-1727-968d-695bd0b222bc"},
		{expression: `{"Ref":"AWS::Nothing"}`, unresolved: "Ref: AWS::Nothing: no such parameter or resource"},

		{expression: `{"Ref":"Text"}`, want: "text"},
		{expression: `{"Ref":"Number"}`, want: "7"},
		{expression: `{"Fn::Join":["-",{"Ref":"List"}]}`, want: "a-b"},
		{expression: `{"Ref":"None"}`, unresolved: "None: a parameter without a default"},
		{expression: `{"Ref":"BootstrapVersion"}`, unresolved: "Parameter Store"},
		{expression: `{"Ref":7}`, unresolved: "Ref: a logical id is wanted"},

		{expression: `{"Ref":"F"}`, want: "f"},
		{expression: `{"Fn::GetAtt":["F","Arn"]}`, want: "arn:aws:lambda:eu-central-1:111122223333:function:f"},
		{expression: `{"Fn::GetAtt":["V1","Version"]}`, want: "1"},
		{expression: `{"Ref":"V2"}`, want: "arn:aws:lambda:eu-central-1:111122223333:function:f:2"},
		{expression: `{"Ref":"A"}`, want: "arn:aws:lambda:eu-central-1:111122223333:function:f:live"},
		{expression: `{"Fn::GetAtt":["A","AliasArn"]}`, want: "arn:aws:lambda:eu-central-1:111122223333:function:f:live"},
		{expression: `{"Ref":"Made"}`, want: "Test-Made-GWIQP6HNDIOM"},
		{expression: `{"Ref":"Table"}`, want: "t"},
		{expression: `{"Fn::GetAtt":["Table","Arn"]}`, want: "arn:aws:dynamodb:eu-central-1:111122223333:table/t"},
		{expression: `{"Fn::GetAtt":["Table","StreamArn"]}`, unresolved: "Table.StreamArn: the attribute's value is known on AWS only"},
		{expression: `{"Ref":"Queue"}`, want: "https://sqs.eu-central-1.amazonaws.com/111122223333/q"},
		{expression: `{"Fn::GetAtt":["Queue","QueueUrl"]}`, want: "https://sqs.eu-central-1.amazonaws.com/111122223333/q"},
		{expression: `{"Fn::GetAtt":["Queue","QueueName"]}`, want: "q"},
		{expression: `{"Ref":"Topic"}`, want: "arn:aws:sns:eu-central-1:111122223333:n"},
		{expression: `{"Fn::GetAtt":["Topic","TopicArn"]}`, want: "arn:aws:sns:eu-central-1:111122223333:n"},
		{expression: `{"Fn::GetAtt":["Bucket","Arn"]}`, want: "arn:aws:s3:::test-bucket-arsznj7hjf4m"},
		{expression: `{"Fn::GetAtt":["Logs","Arn"]}`, want: "arn:aws:logs:eu-central-1:111122223333:log-group:/l:*"},
		{expression: `{"Fn::GetAtt":["Other","Url"]}`, unresolved: "Fn::GetAtt: Other.Url: the attribute's value"},
		{expression: `{"Fn::GetAtt":["Missing","Arn"]}`, unresolved: "Missing.Arn: no such parameter or resource"},
		{expression: `{"Fn::GetAtt":["F"]}`, unresolved: "has 1 arguments"},
		{expression: `{"Fn::GetAtt":{}}`, unresolved: "a logical id and an attribute are wanted"},
		{expression: `{"Ref":"Absent"}`, unresolved: `condition "No" leaves the resource out`},
		{expression: `{"Ref":"Self"}`, unresolved: "refers to itself"},

		{expression: `{"Fn::Join":["",["a",{"Ref":"Text"},1]]}`, want: "atext1"},
		{expression: `{"Fn::Join":["",["a",["b"]]]}`, unresolved: "Fn::Join: text is wanted"},
		{expression: `{"Fn::Join":["",["a",{"Ref":"AWS::NoValue"}]]}`, want: "a"},
		{expression: `{"Fn::Join":[""]}`, unresolved: "Fn::Join: not resolved here"},

		{expression: `{"Fn::Sub":"${Text}/${AWS::Region}/${F.Arn}"}`, want: "text/eu-central-1/arn:aws:lambda:eu-central-1:111122223333:function:f"},
		{expression: `{"Fn::Sub":"${!Text}$${Text}"}`, want: "${Text}$text"},
		{expression: `{"Fn::Sub":["${X}-${Text}",{"X":{"Ref":"Number"},"Text":"own"}]}`, want: "7-own"},
		{expression: `{"Fn::Sub":"a${"}`, want: "a${"},
		{expression: `{"Fn::Sub":"${Nothing}"}`, unresolved: "Fn::Sub: ${Nothing}: Ref: Nothing: no such"},
		{expression: `{"Fn::Sub":["x",[]]}`, unresolved: "the variables are no object"},

		{expression: `{"Fn::Select":["1",["a",{"Ref":"Text"}]]}`, want: "text"},
		{expression: `{"Fn::Select":[0,["a",{"Ref":"None"}]]}`, want: "a"},
		{expression: `{"Fn::Select":[2,{"Ref":"List"}]}`, unresolved: "index 2 of a list of 2"},
		{expression: `{"Fn::Select":[-1,["a"]]}`, unresolved: "index -1"},
		{expression: `{"Fn::Select":[6,{"Fn::Split":[":",{"Ref":"A"}]}]}`, want: "f"},
		{expression: `{"Fn::Split":["",""]}`, unresolved: "the delimiter is no text"},

		{expression: `{"Fn::If":["Yes","a",{"Ref":"None"}]}`, want: "a"},
		{expression: `{"Fn::If":["No","a","b"]}`, want: "b"},
		{expression: `{"Fn::If":["Both","a","b"]}`, want: "b"},
		{expression: `{"Fn::If":["Either","a","b"]}`, want: "a"},
		{expression: `{"Fn::If":["Open","a","b"]}`, unresolved: `condition "Open": Ref: None`},
		{expression: `{"Fn::If":["Loop","a","b"]}`, unresolved: "refers to itself"},
		{expression: `{"Fn::If":["Nothing","a","b"]}`, unresolved: "no such condition"},

		{expression: `{"Fn::FindInMap":["Map",{"Ref":"AWS::Region"},"ami"]}`, want: "ami-1"},
		{expression: `{"Fn::FindInMap":["Map","us-east-1","ami"]}`, unresolved: `no "us-east-1"`},
		{expression: `{"Fn::ImportValue":"x"}`, unresolved: `no stack of the assembly exports "x"`},
		{expression: `{"Fn::ImportValue":{"Fn::Sub":"${Text}-export"}}`, want: "fixed"},
		{expression: `{"Fn::Base64":"x"}`, unresolved: "Fn::Base64: not resolved here"},
		{expression: `"{{resolve:ssm:/x}}"`, unresolved: "dynamic reference"},
		{expression: `{"a":"b"}`, unresolved: "text is wanted"},
	} {
		t.Run(c.expression, func(t *testing.T) {
			s := stack(t, strings.TrimSuffix(expressions, "}")+`,"Outputs":{"X":{"Value":`+c.expression+`},
				"Fixed":{"Value":"fixed","Export":{"Name":"text-export"}},"Gone":{"Condition":"No","Value":"x"}}}`)
			got, err := outputs(t, s)
			if c.unresolved == "" {
				if err["X"] != nil || got["X"] != c.want {
					t.Errorf("got %q and %v, want %q", got["X"], err["X"], c.want)
				}
				return
			}
			if err["X"] == nil || !strings.Contains(err["X"].Error(), c.unresolved) {
				t.Errorf("got %q and %v, want an error with %q", got["X"], err["X"], c.unresolved)
			}
		})
	}
}

// TestExhaustion has templates that a reader without bounds does not come back from.
func TestExhaustion(t *testing.T) {
	doubling := map[string]any{}
	for i := range 40 {
		before := map[string]string{"Ref": fmt.Sprint("R", i)}
		doubling[fmt.Sprint("R", i+1)] = map[string]any{"Type": "AWS::SQS::Queue", "Properties": map[string]any{
			"QueueName": map[string]any{"Fn::Join": []any{"", []any{before, before}}}}}
	}
	doubling["R0"] = map[string]any{"Type": "AWS::SQS::Queue", "Properties": map[string]any{"QueueName": "xxxxxxxx"}}
	resources, err := json.Marshal(doubling)
	if err != nil {
		t.Fatal(err)
	}
	chain := map[string]any{}
	for i := range 5000 {
		chain[fmt.Sprint("C", i)] = map[string]any{"Fn::Not": []any{map[string]any{"Condition": fmt.Sprint("C", i+1)}}}
	}
	conditions, err := json.Marshal(chain)
	if err != nil {
		t.Fatal(err)
	}
	wide := `"x"`
	for range 12 {
		wide = `{"Fn::Join":["",[` + wide + `,{"Fn::Select":[0,{"Fn::Split":[",",` + wide + `]}]}]]}`
	}
	for name, c := range map[string]struct{ template, want string }{
		"text that doubles":     {`{"Resources":` + string(resources) + `,"Outputs":{"X":{"Value":{"Ref":"R40"}}}}`, "longer than"},
		"expression in itself":  {`{"Outputs":{"X":{"Value":` + strings.Repeat(`{"Fn::Join":["",[`, 3000) + `"x"` + strings.Repeat(`]]}`, 3000) + `}}}`, "nested too deeply"},
		"chain of conditions":   {`{"Conditions":` + string(conditions) + `,"Outputs":{"X":{"Value":"x","Condition":"C0"}}}`, "nested too deeply"},
		"list of texts":         {`{"Outputs":{"X":{"Value":{"Fn::Split":["a","` + strings.Repeat("a", 70000) + `"]}}}}`, "longer than"},
		"wide, but it resolves": {`{"Outputs":{"X":{"Value":` + wide + `}}}`, ""},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := outputs(t, stack(t, c.template))
			if c.want == "" && err["X"] != nil || c.want != "" && (err["X"] == nil || !strings.Contains(err["X"].Error(), c.want)) {
				t.Errorf("got %v, want %q", err["X"], c.want)
			}
		})
	}
}

// A set is used up by all of its stacks together.
func TestSteps(t *testing.T) {
	s := stack(t, `{"Resources":{"F":{"Type":"T"},"G":{"Type":"T"}},"Outputs":{"X":{"Value":"x"}}}`)
	s.set.effort.steps = maxSteps
	if _, err := outputs(t, s); err["X"] != errSteps {
		t.Errorf("got %v, want %v", err["X"], errSteps)
	}
	var errs []error
	for _, err := range s.Resources("T") {
		errs = append(errs, err)
	}
	if len(errs) != 1 || errs[0] != errSteps {
		t.Errorf("got %v, want %v once", errs, errSteps)
	}
}

func TestNested(t *testing.T) {
	outer := stack(t, `{"Resources":{
		"N":{"Type":"AWS::CloudFormation::Stack","Properties":{"Parameters":{"P":{"Fn::Sub":"${AWS::StackName}-p"}}}}},
		"Outputs":{"X":{"Value":{"Fn::Join":[" ",[{"Fn::GetAtt":["N","Outputs.X"]},{"Fn::Select":[1,{"Fn::Split":["/",{"Ref":"N"}]}]}]]}},
		"Y":{"Value":{"Fn::GetAtt":["N","Outputs.Y"]}}}}`)
	inner, err := Parse([]byte(`{"Parameters":{"P":{"Type":"String"}},"Outputs":{"X":{"Value":{"Fn::Sub":"${P} ${AWS::StackName}"}}}}`))
	if err != nil {
		t.Fatal(err)
	}
	for r, err := range outer.Resources("AWS::CloudFormation::Stack") {
		if err != nil {
			t.Fatal(err)
		}
		if _, err := outer.Nest(r, inner); err != nil {
			t.Fatal(err)
		}
	}
	got, errs := outputs(t, outer)
	name := outer.Place.Name("AWS::CloudFormation::Stack", "N")
	if want := "Test-p " + name + " " + name; got["X"] != want {
		t.Errorf("got %q and %v, want %q", got["X"], errs["X"], want)
	}
	if errs["Y"] == nil {
		t.Errorf("got %q for an output that is not there", got["Y"])
	}
}

func TestParse(t *testing.T) {
	many := strings.Builder{}
	for i := range maxResources + 1 {
		fmt.Fprintf(&many, `,"R%d":{}`, i)
	}
	for name, c := range map[string]struct{ template, want string }{
		"no JSON":    {"x", "parse template"},
		"a list":     {"[]", "parse template"},
		"resources":  {`{"Resources":[]}`, "an object is wanted"},
		"logical id": {`{"Resources":{"a/b":{}}}`, `"a/b" is no logical id`},
		"twice":      {`{"Resources":{"A":{},"A":{}}}`, "two resources are named A"},
		"a resource": {`{"Resources":{"A":7}}`, `resource "A"`},
		"many":       {`{"Resources":{` + many.String()[1:] + `}}`, "more than 10000 resources"},
	} {
		if _, err := Parse([]byte(c.template)); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: got %v, want an error with %q", name, err, c.want)
		}
	}
}

func TestProperties(t *testing.T) {
	s := stack(t, `{"Conditions":{"Yes":{"Fn::Equals":["a","a"]}},"Resources":{"R":{"Type":"T","Properties":{
		"Text":"a","Number":"1.5","List":["a",{"Ref":"AWS::NoValue"},1],"Absent":{"Ref":"AWS::NoValue"},
		"Object":{"Fn::If":["Yes",{"Number":7},"x"]},"Part":{"Text":"b","Far":{"Ref":"Nowhere"}},
		"Objects":[{"Text":"c"}]}}}}`)
	for r, err := range s.Resources("T") {
		if err != nil {
			t.Fatal(err)
		}
		p := s.Properties(r)
		got := fmt.Sprint(p.Text("Text", ""), p.Number("Number", 0, 0, 2), p.Texts("List"), p.Text("Absent", "none"), p.Text("Part.Absent.More", "none"),
			p.Number("Object.Number", 0, 0, 7), p.Text("Part.Text", ""), p.Objects("Objects")[0].Text("Text", ""), p.OneOf("Text", "", "a", "b"))
		if want := "a1.5[a 1]nonenone7bca"; strings.ReplaceAll(got, " ", "") != strings.ReplaceAll(want, " ", "") || p.Err != nil {
			t.Errorf("got %s and %v, want %s", got, p.Err, want)
		}
		members := map[string]string{}
		p.Members("Part", func(name, text string, err error) { members[name] = fmt.Sprint(text, err) })
		if got, want := fmt.Sprint(members), "map[Far:Ref: Nowhere: no such parameter or resource Text:b<nil>]"; got != want {
			t.Errorf("members: got %s, want %s", got, want)
		}
		for want, read := range map[string]func(p *Properties){
			"Part.Far: Ref: Nowhere":           func(p *Properties) { p.Text("Part.Far", "") },
			"None: the property is missing":    func(p *Properties) { p.Required("None") },
			"Text: strconv":                    func(p *Properties) { p.Number("Text", 0, 0, 1) },
			"Number: 1.5 is not between 2":     func(p *Properties) { p.Number("Number", 2, 2, 3) },
			`Text: "a" is none of b, c`:        func(p *Properties) { p.OneOf("Text", "", "b", "c") },
			"Text.More: an object is wanted":   func(p *Properties) { p.Text("Text.More", "") },
			"Text: a list is wanted":           func(p *Properties) { p.Texts("Text") },
			"Text: an object is wanted":        func(p *Properties) { p.Members("Text", nil) },
			"List: text is wanted, not a list": func(p *Properties) { p.Text("List", ""); p.Required("None") },
		} {
			p := s.Properties(r)
			if read(p); p.Err == nil || !strings.HasPrefix(p.Err.Error(), want) {
				t.Errorf("got %v, want an error that starts with %q", p.Err, want)
			}
		}
	}
}

// FuzzResolve wants every text that a template has resolved to be of the size
// and kind that it may be, and an error for what cannot be resolved.
func FuzzResolve(f *testing.F) {
	f.Add(strings.TrimSuffix(expressions, "}") + `,"Outputs":{"X":{"Value":{"Fn::Sub":"${A}${Self}"},"Export":{"Name":{"Fn::ImportValue":"x"}}}}}`)
	f.Add(`{"Resources":{"N":{"Type":"AWS::CloudFormation::Stack","Properties":{"Parameters":{"P":{"Fn::GetAtt":["N","Outputs.X"]}}}}},
		"Parameters":{"P":{"Type":"List<String>"}},"Outputs":{"X":{"Value":{"Fn::Join":["a",{"Ref":"P"}]}}}}`)
	f.Fuzz(func(t *testing.T, data string) {
		tmpl, err := Parse([]byte(data))
		if err != nil {
			return
		}
		s := new(Set).Add(tmpl, place, nil)
		check := func(text string, err error) {
			t.Helper()
			if len(text) > maxText || strings.Contains(text, "{{resolve:") || err != nil && text != "" {
				t.Errorf("got %.300q and %v", text, err)
			}
		}
		for r, err := range s.Resources("AWS::CloudFormation::Stack") {
			if err == nil {
				if _, err := s.Nest(r, tmpl); err != nil {
					check("", err)
				}
			}
		}
		for r, err := range s.Resources("AWS::Lambda::Function", "AWS::Lambda::Version", "AWS::SQS::Queue") {
			if err != nil {
				continue
			}
			check(s.Ref(r))
			check(s.Attribute(r, "Arn"))
			p := s.Properties(r)
			for name := range r.Properties {
				check(p.Text(name, ""), nil)
				p.Members(name, func(_, text string, err error) { check(text, err) })
			}
		}
		s.Outputs(func(_, value string, err error) { check(value, err) })
		if s.set.effort.depth != 0 || s.set.effort.steps > maxSteps {
			t.Errorf("afterwards: %+v", s.set.effort)
		}
	})
}
