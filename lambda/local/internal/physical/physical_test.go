package physical

import (
	"fmt"
	"regexp"
	"strings"
	"testing"
)

var place = Place{Account: "111122223333", Region: "eu-central-1", Stack: "Test"}

func TestName(t *testing.T) {
	valid := regexp.MustCompile(`^[a-zA-Z0-9_-]{1,64}$`) // a function's, "CreateFunction", Lambda API Reference
	seen := map[string]bool{}
	for _, stack := range []string{"S", strings.Repeat("s", 128)} {
		for _, id := range []string{"F", strings.Repeat("L", 255), strings.Repeat("L", 254) + "M"} {
			name := Place{"1", "r", stack}.Name("AWS::Lambda::Function", id)
			if !valid.MatchString(name) || seen[name] {
				t.Errorf("%s %s: got %q, which is no new name of a function", stack, id, name)
			}
			seen[name] = true
		}
	}
}

func TestRefAndAttribute(t *testing.T) {
	for _, c := range []struct{ typ, attribute, want string }{
		{"AWS::Lambda::Function", "", "n"},
		{"AWS::Lambda::Function", "Arn", "arn:aws:lambda:eu-central-1:111122223333:function:n"},
		{"AWS::Lambda::LayerVersion", "", "arn:aws:lambda:eu-central-1:111122223333:layer:n:1"},
		{"AWS::SecretsManager::Secret", "", "arn:aws:secretsmanager:eu-central-1:111122223333:secret:n"},
		{"AWS::Kinesis::Stream", "Arn", "arn:aws:kinesis:eu-central-1:111122223333:stream/n"},
		{"AWS::SSM::Parameter", "", "n"},
		{"AWS::IAM::Role", "Arn", "arn:aws:iam::111122223333:role/n"},
		{"AWS::ApiGatewayV2::Api", "", "8mdkv1csli"},
		{"AWS::ApiGatewayV2::Api", "ApiId", "8mdkv1csli"},
		{"AWS::ApiGatewayV2::Api", "ApiEndpoint", "https://8mdkv1csli.execute-api.eu-central-1.amazonaws.com"},
		{"AWS::ApiGatewayV2::Route", "", "8mdkv1c"},
		{"AWS::New::Thing", "ThingName", "n"},
		{"AWS::New::Thing", "ThingArn", "arn:aws:new:eu-central-1:111122223333:n"},
		{"AWS::New::Thing", "ThingUrl", ""},
		{"Custom", "Arn", "arn:aws:resource:eu-central-1:111122223333:n"},
		{"Custom", "Value", ""},
	} {
		got, known := place.Ref(c.typ, "Id", "n"), true
		if c.attribute != "" {
			got, known = place.Attribute(c.typ, "Id", "n", c.attribute)
		}
		if got != c.want || known != (c.want != "") {
			t.Errorf("%s %s: got %q, want %q", c.typ, c.attribute, got, c.want)
		}
	}
}

func TestPartition(t *testing.T) {
	for region, want := range map[string]string{
		"eu-west-1": "aws amazonaws.com", "cn-north-1": "aws-cn amazonaws.com.cn", "us-gov-west-1": "aws-us-gov amazonaws.com",
	} {
		p := Place{Region: region}
		if got := p.Partition() + " " + p.URLSuffix(); got != want {
			t.Errorf("%s: got %s, want %s", region, got, want)
		}
	}
}

func TestFunctionARN(t *testing.T) {
	const arn = "arn:aws:lambda:eu-central-1:111122223333:function:f"
	for function, want := range map[string]string{
		"f":        arn,
		"f:live":   arn + " live",
		arn:        arn,
		arn + ":7": arn + " 7",
		"arn:aws:apigateway:eu-central-1:lambda:path/2015-03-31/functions/" + arn + ":live/invocations": arn + " live",
		"":               "",
		"arn:aws:s3:::b": "",
		arn + ":7:8":     "",
	} {
		gotARN, qualifier, err := place.FunctionARN(function)
		if got := strings.TrimSpace(gotARN + " " + qualifier); got != want || (err != nil) != (want == "") {
			t.Errorf("%q: got %s and %v, want %s", function, got, err, want)
		}
	}
}

func Example() {
	p := Place{Account: "111122223333", Region: "eu-central-1", Stack: "Orders"}
	name := p.Name("AWS::SQS::Queue", "Queue4A7E3555")
	fmt.Println(name)
	fmt.Println(p.Ref("AWS::SQS::Queue", "Queue4A7E3555", name))
	// Output:
	// Orders-Queue4A7E3555-XIRS5E7WMHXD
	// https://sqs.eu-central-1.amazonaws.com/111122223333/Orders-Queue4A7E3555-XIRS5E7WMHXD
}
