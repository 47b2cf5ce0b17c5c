package target

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/lambda"

	"github.com/coldcrank/coldcrank/infra/outputs"
)

func TestInvoke(t *testing.T) {
	const path = "/2015-03-31/functions/fn/invocations?Qualifier=bench"
	for _, test := range []struct {
		region   string
		endpoint *string
		want     string
	}{
		{"eu-west-1", nil, "https://lambda.eu-west-1.amazonaws.com" + path},
		{"cn-north-1", nil, "https://lambda.cn-north-1.amazonaws.com.cn" + path},
		{"eu-west-1", aws.String("http://127.0.0.1:8080"), "http://127.0.0.1:8080" + path},
	} {
		c := credentials.NewStaticCredentialsProvider("key", "secret", "")
		x := &Target{
			Target: outputs.Target{FunctionName: "fn", Alias: "bench", Region: test.region, Auth: outputs.AuthNone}, Direct: true, Credentials: c,
			Lambda: lambda.New(lambda.Options{Region: test.region, BaseEndpoint: test.endpoint}),
		}
		url, err := x.InvokeURL(t.Context())
		if err != nil || url != test.want {
			t.Errorf("%s: %s, %v, want %s", test.region, url, err, test.want)
		}
		r, err := http.NewRequest(http.MethodPost, url, nil)
		if err != nil {
			t.Fatal(err)
		}
		r.Header.Set("X-Amz-Log-Type", "Tail")
		if err := x.Sign(t.Context(), r, nil, time.Now()); err != nil {
			t.Fatal(err)
		}
		// AWS refuses a request whose x-amz headers are not signed.
		if got := r.Header.Get("Authorization"); !strings.Contains(got, "/"+test.region+"/lambda/aws4_request") || !strings.Contains(got, "x-amz-log-type") {
			t.Errorf("signed as %s", got)
		}
	}
}

// TestInvokePolicy: who invokes needs neither the API nor its log.
func TestInvokePolicy(t *testing.T) {
	p, warnings := NewPolicy([]*Target{policyTarget("A", func(t *Target) { t.Direct = true })}, "1", nil)
	if got := resources(p, "lambda:InvokeFunction"); len(got) != 1 || got[0] != "arn:aws:lambda:eu-west-1:1:function:fn-A:bench" {
		t.Errorf("lambda:InvokeFunction on %q", got)
	}
	if got := resources(p, "execute-api:Invoke"); got != nil || warnings != nil {
		t.Errorf("execute-api:Invoke on %q, warnings %q", got, warnings)
	}
	if got := resources(p, "logs:FilterLogEvents"); len(got) != 1 || !strings.HasSuffix(got[0], ":/logs/A:*") {
		t.Errorf("logs:FilterLogEvents on %q", got)
	}
}
