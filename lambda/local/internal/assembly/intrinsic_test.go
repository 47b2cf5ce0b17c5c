package assembly

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
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
		"F":{"Type":"AWS::Lambda::Function","Properties":{"FunctionName":"f","Code":{"S3Key":"code-key.zip"}}},
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
		{expression: `{"Fn::GetStackOutput":{"StackName":"Test","OutputName":"Fixed"}}`, want: "fixed"},
		{expression: `{"Fn::GetStackOutput":{"StackName":"X","OutputName":"Fixed"}}`, unresolved: `no stack "X"`},
		{expression: `{"Fn::Base64":"x"}`, unresolved: "Fn::Base64: not resolved here"},
		{expression: `"{{resolve:ssm:/x}}"`, unresolved: "dynamic reference"},
		{expression: `{"a":"b"}`, unresolved: "text is wanted"},
	} {
		t.Run(c.expression, func(t *testing.T) {
			template := strings.TrimSuffix(expressions, "}") + `,"Outputs":{"X":{"Value":` + c.expression + `},"Fixed":{"Value":"fixed"}}}`
			s := load(t, assemble(t, template, nil))
			got, ok := s.Outputs(func(*API) string { return "" })["X"]
			if c.unresolved == "" {
				if got != c.want {
					t.Errorf("got %q, want %q; warnings %q", got, c.want, s.Warnings)
				}
				return
			}
			if ok {
				t.Errorf("got %q, want it left out", got)
			}
			wantWarning(t, s, c.unresolved)
			if !strings.HasPrefix(s.Warnings[0], "output X: ") {
				t.Errorf("the warning does not name the output: %s", s.Warnings[0])
			}
		})
	}
}

func TestMadeName(t *testing.T) {
	seen := map[string]bool{}
	for _, stack := range []string{"S", strings.Repeat("s", 128)} {
		for _, id := range []string{"F", strings.Repeat("L", 255), strings.Repeat("L", 254) + "M"} {
			name := (&scope{partition: newPartition("1", "r"), name: stack}).madeName(id, "AWS::Lambda::Function")
			if !isFunctionName.MatchString(name) || seen[name] {
				t.Errorf("%s %s: got %q, which is no new name of a function", stack, id, name)
			}
			seen[name] = true
		}
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
			s := load(t, assemble(t, c.template, nil))
			if c.want != "" {
				wantWarning(t, s, c.want)
			} else if len(s.Warnings) != 0 {
				t.Errorf("warnings %q, want none", s.Warnings)
			}
		})
	}
}

func TestSteps(t *testing.T) {
	e := &effort{steps: maxSteps}
	s := &scope{effort: e}
	if _, err := s.eval("x"); err != errSteps {
		t.Errorf("got %v, want %v", err, errSteps)
	}
}

// FuzzLoad wants Load to come back with a model or an error, whatever the
// template says, and what it says to hold.
func FuzzLoad(f *testing.F) {
	f.Add(function(plainCode))
	f.Add(strings.TrimSuffix(expressions, "}") + `,"Outputs":{"X":{"Value":{"Fn::Sub":"${A}${Self}"},"Export":{"Name":{"Fn::ImportValue":"x"}}}}}`)
	f.Add(`{"Resources":{"N":{"Type":"AWS::CloudFormation::Stack","Properties":{"TemplateURL":"https://s3/b/zip-key.zip","Parameters":{"P":{"Ref":"N"}}},"Metadata":{"aws:asset:path":"t.json"}}},
		"Parameters":{"P":{"Type":"String"}},"Outputs":{"X":{"Value":{"Fn::GetAtt":["N","Outputs.X"]}}}}`)
	f.Add(`{"Resources":{"A":{"Type":"AWS::ApiGatewayV2::Api","Properties":{"Name":"a","ProtocolType":"HTTP"}},
		"S":{"Type":"AWS::ApiGatewayV2::Stage","Properties":{"ApiId":{"Ref":"A"},"StageName":"$default","AccessLogSettings":{"DestinationArn":"arn:x:log-group:l","Format":"x"}}},
		"I":{"Type":"AWS::ApiGatewayV2::Integration","Properties":{"ApiId":{"Ref":"A"},"IntegrationType":"AWS_PROXY","IntegrationUri":{"Fn::GetAtt":["F","Arn"]},"PayloadFormatVersion":"2.0"}},
		"R":{"Type":"AWS::ApiGatewayV2::Route","Properties":{"ApiId":{"Ref":"A"},"RouteKey":"GET /","Target":{"Fn::Join":["/",["integrations",{"Ref":"I"}]]}}},
		"F":{"Type":"AWS::Lambda::Function","Properties":{` + plainCode + `}}},"Outputs":{"U":{"Value":{"Fn::GetAtt":["A","ApiEndpoint"]}}}}`)
	dir := assemble(f, "{}", nil) // each process has one, and one input at a time
	f.Fuzz(func(t *testing.T, template string) {
		if err := os.WriteFile(filepath.Join(dir, "t.json"), []byte(template), 0o644); err != nil {
			t.Fatal(err)
		}
		a, err := Load(dir)
		if err != nil {
			return
		}
		for _, s := range a.Stacks {
			for _, fn := range s.Functions {
				if !isFunctionName.MatchString(fn.Name) || (fn.CodeDir == "") == (fn.CodeZip == "") || !strings.HasPrefix(fn.CodeDir+fn.CodeZip, a.Dir) {
					t.Errorf("function %+v", fn)
				}
				for _, al := range fn.Aliases {
					if al.Version != "$LATEST" && !fn.hasVersion(al.Version) {
						t.Errorf("alias %+v of no version", al)
					}
				}
			}
			for _, api := range s.APIs {
				for _, r := range api.Routes {
					if r.Function == nil || api.Stage == "" {
						t.Errorf("route %+v of %+v", r, api)
					}
				}
			}
			for id, value := range s.Outputs(func(*API) string { return "http://local" }) {
				if strings.Contains(value, apiHost) {
					t.Errorf("output %s leads to AWS: %s", id, value)
				}
			}
		}
	})
}
