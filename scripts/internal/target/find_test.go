package target

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/coldcrank/coldcrank/infra/outputs"
)

// stacks is what CloudFormation answers to DescribeStacks.
func stacks(name, status string, outs map[string]string) answer {
	members := ""
	for k, v := range outs {
		members += fmt.Sprintf("<member><OutputKey>%s</OutputKey><OutputValue>%s</OutputValue></member>", k, v)
	}
	return answer{body: fmt.Sprintf(`<DescribeStacksResponse xmlns="http://cloudformation.amazonaws.com/doc/2010-05-15/"><DescribeStacksResult><Stacks><member>`+
		`<StackName>%s</StackName><StackStatus>%s</StackStatus><CreationTime>2026-11-22T10:00:00Z</CreationTime><Outputs>%s</Outputs>`+
		`</member></Stacks></DescribeStacksResult></DescribeStacksResponse>`, name, status, members)}
}

var orders = map[string]string{
	"OrdersDeploymentId": "d1", "OrdersUrl": "https://x.execute-api.eu-west-1.amazonaws.com/orders", "OrdersRoute": "GET /orders",
	"OrdersFunctionName": "fn", "OrdersAlias": "bench", "OrdersFunctionLogs": "/logs/fn", "BucketName": "assets",
}

func TestFindStacks(t *testing.T) {
	for _, test := range []struct {
		name     string
		answer   answer
		region   string // --region
		want     []string
		in       string // the target's Region
		warnings int
		err      string
	}{
		{name: "a stack", answer: stacks("Shop", "UPDATE_COMPLETE", orders), region: "eu-west-1", want: []string{"Shop/Orders"}, in: "eu-west-1"},
		{name: "the environment's Region", answer: stacks("Shop", "CREATE_COMPLETE", orders), want: []string{"Shop/Orders"}, in: "sa-east-1"},
		{name: "a deployment is under way", answer: stacks("Shop", "UPDATE_IN_PROGRESS", orders), region: "eu-west-1", want: []string{"Shop/Orders"}, in: "eu-west-1", warnings: 1},
		{name: "no target", answer: stacks("Shop", "UPDATE_COMPLETE", map[string]string{"BucketName": "assets"}), err: ErrNone.Error()},
		{name: "no stack", answer: answer{code: "ValidationError", message: "Stack with id Shop does not exist", status: 400},
			err: "stack Shop in sa-east-1: ValidationError: Stack with id Shop does not exist"},
	} {
		t.Run(test.name, func(t *testing.T) {
			s := newService(t, map[string]answer{"DescribeStacks": test.answer})
			t.Setenv("AWS_REGION", "sa-east-1")
			found, warnings, err := Where{Stacks: []string{"Shop"}, Region: test.region}.Find(t.Context(), nil)
			if test.err != "" {
				if err == nil || err.Error() != test.err {
					t.Errorf("got %v, want %s", err, test.err)
				}
				var of *StackError
				if test.answer.code != "" && !errors.As(err, &of) {
					t.Errorf("got %T, want *StackError", err)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			if !slices.Equal(names(found), test.want) || len(warnings) != test.warnings || found[0].Region != test.in || found[0].DeploymentID != "d1" {
				t.Errorf("got %q in %s, warnings %q; want %q in %s, %d warnings", names(found), found[0].Region, warnings, test.want, test.in, test.warnings)
			}
			if !slices.Equal(s.asked, []string{"DescribeStacks"}) {
				t.Errorf("asked %v", s.asked)
			}
		})
	}
}

func TestFindRegion(t *testing.T) {
	callersAWS(t)
	in := func(region string) string { return outputsFile(t, `{"S":{`+api("H", "Region", region)+`}}`) }
	var contradicts *RegionError
	if _, _, err := (Where{Files: []string{in("eu-west-1")}, Region: "us-east-1"}).Find(t.Context(), nil); !errors.As(err, &contradicts) {
		t.Errorf("got %v, want *RegionError", err)
	}
	if _, _, err := (Where{Files: []string{in("")}}).Find(t.Context(), nil); !errors.Is(err, ErrNoRegion) {
		t.Errorf("got %v, want ErrNoRegion", err)
	}
	for _, file := range []string{in(""), in("us-east-1")} {
		found, _, err := Where{Files: []string{file}, Region: "us-east-1"}.Find(t.Context(), nil)
		if err != nil || found[0].Region != "us-east-1" {
			t.Errorf("got %+v, %v, want us-east-1", found, err)
		}
	}
}

// A profile's credentials are used, and go to AWS only.
func TestFindProfile(t *testing.T) {
	e := newEndpoint(t, `{}`)
	callersAWS(t)
	t.Setenv("AWS_ACCESS_KEY_ID", "")
	t.Setenv("AWS_SECRET_ACCESS_KEY", "")
	file := filepath.Join(t.TempDir(), "credentials")
	if err := os.WriteFile(file, []byte("[work]\naws_access_key_id = AKIAWORK\naws_secret_access_key = s\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	t.Setenv("AWS_SHARED_CREDENTIALS_FILE", file)
	t.Setenv("AWS_ENDPOINT_URL", e.URL)
	onAWS := outputsFile(t, `{"S":{`+api("H")+`}}`)
	for _, test := range []struct{ file, key string }{{onAWS, "AKIAWORK"}, {executor(t, "local", e.URL, e.URL, ""), "local"}} {
		found, _, err := Where{Files: []string{test.file}, Profile: "work"}.Find(t.Context(), nil)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := found[0].Describe(t.Context()); err != nil {
			t.Fatal(err)
		}
		if a := e.asked[len(e.asked)-1].Get("Authorization"); !strings.Contains(a, "Credential="+test.key+"/") {
			t.Errorf("Authorization %q, want key %s", a, test.key)
		}
	}
	back, err := At(t.Context(), outputs.Target{FunctionName: "fn-H", Alias: "bench", Region: "eu-west-1"}, "", "work")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := back.Describe(t.Context()); err != nil {
		t.Fatal(err)
	}
	if a := e.asked[len(e.asked)-1].Get("Authorization"); !strings.Contains(a, "Credential=AKIAWORK/") {
		t.Errorf("what is put back: Authorization %q, want the profile's key", a)
	}
	for _, where := range []Where{{Files: []string{onAWS}}, {Stacks: []string{"Shop"}, Region: "eu-west-1"}} {
		where.Profile = "absent"
		if _, _, err := where.Find(t.Context(), nil); !errors.Is(err, ErrNoProfile) || !strings.HasSuffix(err.Error(), ": absent") {
			t.Errorf("got %v, want that the profile is not there", err)
		}
	}
}
