package outputs

import (
	"strings"
	"testing"
)

func TestCheck(t *testing.T) {
	long := strings.Repeat("a", 600)
	for field, test := range map[Field]struct{ good, bad []string }{
		FunctionName: {[]string{"a", "Shop-orders_7", long[:140]}, []string{"*", "f?", "f:*", "f:live", "arn:aws:lambda:eu-west-1:1:function:f", "${aws:username}", "f/../g", long[:141], "f\n"}},
		Alias:        {[]string{"bench", "7a", "a-b_c", long[:128]}, []string{"*", "7", "$LATEST", "b?", "a/b", long[:129]}},
		Version:      {[]string{"1", "42"}, []string{"0", "$LATEST", "*", "-1", "1.0"}},
		FunctionLogs: {[]string{"/aws/lambda/f", "a.b-c_d#e", long[:512]}, []string{"*", "/l:*", "/l?", "/l ${x}", long[:513]}},
		AccessLogs:   {[]string{"/aws/vendedlogs/a"}, []string{"*"}},
		Region:       {[]string{"eu-west-1", "us-gov-east-1", "r"}, []string{"*", "eu-west-1.example.com", "eu-west-1/", "EU", "eu--1"}},
		Route: {[]string{"$default", "GET /", "GET /orders/{id}", "ANY /{proxy+}", "POST /a.b~c%20d"},
			[]string{"*", "* /*", "GET /*", "GET /a?", "GET /${aws:username}", "get /", "GET orders", "GET /a b"}},
		URL: {[]string{"https://x.execute-api.eu-west-1.amazonaws.com/prod/orders/{id}", "http://127.0.0.1:80/", "http://[::1]:8/a", "http://127.0.0.1:80/x/$default/health", "https://h"},
			[]string{"https://*.execute-api.eu-west-1.amazonaws.com/a", "https://h/*/a", "https://h/%2A/a", "https://h/%3f/a", "https://h/${x}/a", "https://h/%24%7Bx}/a", "https://h/%0a/a",
				"ftp://h/a", "//h/a", "h", "https:///a", "https://u:p@h/a", "https://%zz"}},
	} {
		for _, v := range test.good {
			if err := field.Check(v); err != nil {
				t.Errorf("%s: %v", field, err)
			}
		}
		for _, v := range test.bad {
			if err := field.Check(v); err == nil {
				t.Errorf("%s: %q is admitted", field, v)
			}
		}
	}
	if err := Architecture.Check("anything"); err != nil {
		t.Errorf("got %v for a field that is no name", err)
	}
}

// A target with a name that could not be AWS's is left out, and the others stay.
func TestHostileNames(t *testing.T) {
	for _, test := range []struct{ stack, name, output, value, reason string }{
		{"Bench", "Orders", "OrdersFunctionName", "*", `"*" is no name of a function: the target is left out`},
		{"Bench", "Orders", "OrdersFunctionLogs", "*", `"*" is no name of a log group: the target is left out`},
		{"Bench", "Orders", "OrdersRegion", "*", `"*" is no Region: the target is left out`},
		{"Be\u202ench", "Orders", "OrdersDeploymentId", "4f0c2a", "no stack, or no output of one, can have that name"},
		{"Bench", "Or/ders", "Or/dersDeploymentId", "4f0c2a", "no stack, or no output of one, can have that name"},
	} {
		file := map[string]any{"Good": values("Carts"), test.stack: merged(values(test.name), map[string]any{test.output: test.value})}
		f := mustRead(t, encode(t, file))
		if len(f.Targets) != 1 || f.Targets[0] != target("Good", "Carts") {
			t.Errorf("%s %q: got targets %+v", test.output, test.value, f.Targets)
		}
		want := Warning{test.stack, test.output, test.reason}
		if len(f.Warnings) != 1 || f.Warnings[0] != want {
			t.Errorf("%s %q: got warnings %+v, want %+v", test.output, test.value, f.Warnings, want)
		}
	}
}
