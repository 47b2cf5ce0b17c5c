package assembly

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// FuzzLoad wants Load to come back with a model or an error, whatever the
// template says, and what it says to hold.
func FuzzLoad(f *testing.F) {
	f.Add(function(plainCode))
	f.Add(`{"Outputs":{"X":{"Value":{"Fn::Sub":"${A}${AWS::StackId}"},"Export":{"Name":{"Fn::ImportValue":"x"}}}}}`)
	f.Add(`{"Resources":{"N":{"Type":"AWS::CloudFormation::Stack","Properties":{"TemplateURL":"https://s3/b/t-key.json","Parameters":{"P":{"Ref":"N"}}}}},
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
