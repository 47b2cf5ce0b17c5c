package target

import (
	"encoding/json"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"maps"
	"path"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/coldcrank/coldcrank/infra/outputs"
)

func policyTarget(name string, change func(*Target)) *Target {
	t := &Target{Target: outputs.Target{
		Stack: "Shop", Name: name, URL: "https://a1b2c3.execute-api.eu-west-1.amazonaws.com/" + strings.ToLower(name), Route: "GET /" + strings.ToLower(name),
		FunctionName: "fn-" + name, Alias: "bench", FunctionLogs: "/logs/" + name, AccessLogs: "/access/" + name,
		Auth: outputs.AuthIAM, Region: "eu-west-1",
	}}
	if change != nil {
		change(t)
	}
	return t
}

func TestNewPolicy(t *testing.T) {
	open := policyTarget("Open", func(t *Target) { t.Auth, t.AccessLogs = outputs.AuthNone, "" })
	signed := policyTarget("Signed", nil)
	const want = `{
  "Version": "2012-10-17",
  "Statement": [
    {
      "Sid": "ReadFunctionAndVersions",
      "Effect": "Allow",
      "Action": [
        "lambda:GetFunctionConfiguration"
      ],
      "Resource": [
        "arn:aws:lambda:eu-west-1:111122223333:function:fn-Open",
        "arn:aws:lambda:eu-west-1:111122223333:function:fn-Open:*",
        "arn:aws:lambda:eu-west-1:111122223333:function:fn-Signed",
        "arn:aws:lambda:eu-west-1:111122223333:function:fn-Signed:*"
      ]
    },
    {
      "Sid": "PublishVersionsAndMoveAlias",
      "Effect": "Allow",
      "Action": [
        "lambda:GetAlias",
        "lambda:GetFunctionConcurrency",
        "lambda:ListVersionsByFunction",
        "lambda:PublishVersion",
        "lambda:UpdateAlias",
        "lambda:UpdateFunctionConfiguration"
      ],
      "Resource": [
        "arn:aws:lambda:eu-west-1:111122223333:function:fn-Open",
        "arn:aws:lambda:eu-west-1:111122223333:function:fn-Signed"
      ]
    },
    {
      "Sid": "DeleteVersions",
      "Effect": "Allow",
      "Action": [
        "lambda:DeleteFunction"
      ],
      "Resource": [
        "arn:aws:lambda:eu-west-1:111122223333:function:fn-Open:*",
        "arn:aws:lambda:eu-west-1:111122223333:function:fn-Signed:*"
      ]
    },
    {
      "Sid": "ReadProvisionedConcurrency",
      "Effect": "Allow",
      "Action": [
        "lambda:GetProvisionedConcurrencyConfig"
      ],
      "Resource": [
        "arn:aws:lambda:eu-west-1:111122223333:function:fn-Open:bench",
        "arn:aws:lambda:eu-west-1:111122223333:function:fn-Signed:bench"
      ]
    },
    {
      "Sid": "ReadLogs",
      "Effect": "Allow",
      "Action": [
        "logs:FilterLogEvents"
      ],
      "Resource": [
        "arn:aws:logs:eu-west-1:111122223333:log-group:/access/Signed:*",
        "arn:aws:logs:eu-west-1:111122223333:log-group:/logs/Open:*",
        "arn:aws:logs:eu-west-1:111122223333:log-group:/logs/Signed:*"
      ]
    },
    {
      "Sid": "SendRequests",
      "Effect": "Allow",
      "Action": [
        "execute-api:Invoke"
      ],
      "Resource": [
        "arn:aws:execute-api:eu-west-1:111122223333:a1b2c3/$default/GET/signed"
      ]
    },
    {
      "Sid": "GetAccountSettingsTakesNoResource",
      "Effect": "Allow",
      "Action": [
        "lambda:GetAccountSettings"
      ],
      "Resource": [
        "*"
      ],
      "Condition": {
        "StringEquals": {
          "aws:RequestedRegion": [
            "eu-west-1"
          ]
        }
      }
    },
    {
      "Sid": "DescribeLogGroupsTakesNoResource",
      "Effect": "Allow",
      "Action": [
        "logs:DescribeLogGroups"
      ],
      "Resource": [
        "*"
      ],
      "Condition": {
        "StringEquals": {
          "aws:RequestedRegion": [
            "eu-west-1"
          ]
        }
      }
    }
  ]
}`
	for _, targets := range [][]*Target{{open, signed}, {signed, open}} {
		p, warnings := NewPolicy(targets, "111122223333", nil)
		got, err := json.MarshalIndent(p, "", "  ")
		if err != nil {
			t.Fatal(err)
		}
		if string(got) != want || warnings != nil {
			t.Errorf("warnings %q, policy\n%s\nwant\n%s", warnings, got, want)
		}
	}
}

// resources are those of one action.
func resources(p Policy, action string) (list []string) {
	for _, s := range p.Statement {
		if slices.Contains(s.Action, action) {
			list = append(list, s.Resource...)
		}
	}
	return list
}

func TestPolicyRoute(t *testing.T) {
	const host = "https://a1b2c3.execute-api.eu-west-1.amazonaws.com"
	for _, test := range []struct{ url, route, want string }{
		{host + "/health", "GET /health", "a1b2c3/$default/GET/health"},
		{host + "/", "GET /", "a1b2c3/$default/GET/"},
		{host + "/orders/{id}/lines", "GET /orders/{id}/lines", "a1b2c3/$default/GET/orders/*/lines"},
		{host + "/files/{proxy+}", "ANY /files/{proxy+}", "a1b2c3/$default/*/files/*"},
		{host, "$default", "a1b2c3/$default/*/*"},
		{host + "/dev/health", "POST /health", "a1b2c3/dev/POST/health"},
		{"https://shop.example.com/v1/health", "GET /health", "*/*/GET/health"},
		{"http://127.0.0.1:8080/health", "GET /health", "*/*/GET/health"},
	} {
		signed := policyTarget("Signed", func(t *Target) { t.URL, t.Route = test.url, test.route })
		p, warnings := NewPolicy([]*Target{signed}, "1", nil)
		if got, want := resources(p, "execute-api:Invoke"), "arn:aws:execute-api:eu-west-1:1:"+test.want; !slices.Equal(got, []string{want}) {
			t.Errorf("%s, %s: %q, want %s", test.url, test.route, got, want)
		}
		if wide := strings.HasPrefix(test.want, "*"); wide != (len(warnings) == 1) {
			t.Errorf("%s: warnings %q", test.url, warnings)
		}
	}
}

func TestPolicyPartitions(t *testing.T) {
	for region, partition := range map[string]string{
		"eu-central-1": "aws", "us-east-1": "aws", "cn-north-1": "aws-cn", "cn-northwest-1": "aws-cn", "us-gov-west-1": "aws-us-gov",
	} {
		p, _ := NewPolicy([]*Target{policyTarget("A", func(t *Target) { t.Region = region })}, "1", []string{"Shop"})
		for _, s := range p.Statement {
			for _, r := range s.Resource {
				if r != "*" && !strings.HasPrefix(r, "arn:"+partition+":") {
					t.Errorf("%s: %s: %s", region, s.Sid, r)
				}
			}
			if s.Resource[0] == "*" && !slices.Equal(s.Condition["StringEquals"]["aws:RequestedRegion"], []string{region}) {
				t.Errorf("%s: %s has the condition %v", region, s.Sid, s.Condition)
			}
		}
	}
}

func TestPolicyStacks(t *testing.T) {
	const id = "arn:aws:cloudformation:eu-west-1:1:stack/Shop/6d3a"
	for _, test := range []struct{ stacks, want []string }{
		{nil, nil},
		{[]string{"Shop"}, []string{"arn:aws:cloudformation:eu-west-1:1:stack/Shop/*"}},
		{[]string{id}, []string{id}},
		{[]string{"Bank"}, nil}, // its targets were left out
	} {
		p, _ := NewPolicy([]*Target{policyTarget("A", nil)}, "1", test.stacks)
		if got := resources(p, "cloudformation:DescribeStacks"); !slices.Equal(got, test.want) {
			t.Errorf("stacks %q: %q, want %q", test.stacks, got, test.want)
		}
	}
}

// TestPolicyDangers holds every policy against what it must never say.
func TestPolicyDangers(t *testing.T) {
	p, _ := NewPolicy([]*Target{policyTarget("A", nil), policyTarget("B", nil)}, "1", []string{"Shop"})
	sids := map[string]bool{}
	for _, s := range p.Statement {
		if s.Effect != "Allow" || sids[s.Sid] || strings.Trim(s.Sid, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz") != "" {
			t.Errorf("statement %s, %s: want Allow and a Sid of its own, in letters", s.Sid, s.Effect)
		}
		sids[s.Sid] = true
		for _, a := range s.Action {
			if strings.Contains(a, "*") || strings.HasPrefix(a, "iam:") {
				t.Errorf("%s allows %s", s.Sid, a)
			}
		}
		if slices.Contains(s.Resource, "*") && (len(s.Action) != 1 || len(s.Resource) != 1 || !strings.HasSuffix(s.Sid, "TakesNoResource")) {
			t.Errorf("%s allows %s on %s", s.Sid, s.Action, s.Resource)
		}
	}
	for _, r := range resources(p, "lambda:DeleteFunction") {
		if !strings.HasSuffix(r, ":*") || strings.Count(r, ":") != 7 {
			t.Errorf("lambda:DeleteFunction on %s, want on versions only", r)
		}
	}
}

// TestPolicyIsWhatTheCodeCalls compares the policy with every call to AWS that
// stands in the command's code: each takes a struct of the SDK that is named
// after its operation.
func TestPolicyIsWhatTheCodeCalls(t *testing.T) {
	called := callsIn(t, filepath.Join("..", ".."))
	p, _ := NewPolicy([]*Target{policyTarget("A", nil)}, "1", []string{"Shop"})
	allowed := map[string]bool{}
	for _, s := range p.Statement {
		for _, a := range s.Action {
			allowed[a] = true
		}
	}
	for _, action := range slices.Sorted(maps.Keys(called)) {
		if why := outsidePolicy[action]; allowed[action] == (why != "") {
			t.Errorf("%s is called in %s: allowed %v, and left out because %q", action, called[action], allowed[action], why)
		}
	}
	for action := range outsidePolicy {
		if called[action] == "" {
			t.Errorf("%s is listed and not called", action)
		}
	}
	for _, action := range slices.Sorted(maps.Keys(allowed)) {
		if called[action] == "" && action != "execute-api:Invoke" { // Sign is for it
			t.Errorf("%s is allowed, and nothing calls it", action)
		}
	}
}

// outsidePolicy are the calls that no policy has to allow.
var outsidePolicy = map[string]string{
	"sts:GetCallerIdentity": "it needs no permission (STS API Reference, GetCallerIdentity)",
}

// callsIn returns the IAM actions of the calls in the Go files below dir, each
// with a file that makes it.
func callsIn(t *testing.T, dir string) map[string]string {
	t.Helper()
	const services = "github.com/aws/aws-sdk-go-v2/service/"
	prefix := map[string]string{"cloudwatchlogs": "logs", "apigatewayv2": "apigateway"} // else the package's name
	calls := map[string]string{}
	err := filepath.WalkDir(dir, func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || !strings.HasSuffix(name, ".go") || strings.HasSuffix(name, "_test.go") {
			return err
		}
		file, err := parser.ParseFile(token.NewFileSet(), name, nil, parser.SkipObjectResolution)
		if err != nil {
			return err
		}
		imported := map[string]string{} // service by the name in this file
		for _, spec := range file.Imports {
			value, err := strconv.Unquote(spec.Path.Value)
			if err != nil {
				return err
			}
			if service, ok := strings.CutPrefix(value, services); ok && path.Base(value) == service {
				local := service
				if spec.Name != nil {
					local = spec.Name.Name
				}
				imported[local] = service
			}
		}
		ast.Inspect(file, func(n ast.Node) bool {
			s, ok := n.(*ast.SelectorExpr)
			if !ok {
				return true
			}
			of, ok := s.X.(*ast.Ident)
			operation, input := strings.CutSuffix(s.Sel.Name, "Input")
			if !ok || !input || imported[of.Name] == "" {
				return true
			}
			service := imported[of.Name]
			if p := prefix[service]; p != "" {
				service = p
			}
			if operation == "Invoke" {
				operation = "InvokeFunction" // the one action of Lambda that is named otherwise
			}
			calls[service+":"+operation] = name
			return true
		})
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return calls
}
