package target

import (
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	awshttp "github.com/aws/aws-sdk-go-v2/aws/transport/http"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs"

	"github.com/coldcrank/coldcrank/infra/outputs"
)

// The SDK waits for an answer for ever; a run does not.
func TestCallsAreBounded(t *testing.T) {
	t.Setenv("AWS_REGION", "eu-north-1")
	onLocal := &Target{Target: outputs.Target{URL: "http://127.0.0.1:1", Region: "eu-north-1"}, Executor: &outputs.Executor{Name: "local", Endpoint: "http://127.0.0.1:1"}}
	for _, target := range []*Target{onLocal, {}} {
		cfg, err := target.config(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		bodies, _ := cfg.HTTPClient.(plainBodies)
		client, ok := bodies.HTTPClient.(*awshttp.BuildableClient)
		if !ok || client.GetTimeout() != answerLimit {
			t.Errorf("executor %s: the client is %T without the limit", target.ExecutorName(), cfg.HTTPClient)
		}
	}
}

// writesTo answers every call and notes whether its body would have been
// written by io.WriterTo.
type writesTo bool

func (w *writesTo) Do(r *http.Request) (*http.Response, error) {
	_, is := r.Body.(io.WriterTo)
	*w = writesTo(is)
	return &http.Response{StatusCode: 200, Header: http.Header{}, Body: io.NopCloser(strings.NewReader("{}")), Request: r}, nil
}

func TestBodiesAreReadersOnly(t *testing.T) {
	call := func(client aws.HTTPClient) {
		t.Helper()
		api := cloudwatchlogs.New(cloudwatchlogs.Options{Region: "eu-north-1", HTTPClient: client, Credentials: credentials.NewStaticCredentialsProvider("id", "key", "")})
		if _, err := api.FilterLogEvents(t.Context(), &cloudwatchlogs.FilterLogEventsInput{LogGroupName: aws.String("group")}); err != nil {
			t.Fatal(err)
		}
	}
	var w writesTo
	if call(plainBodies{&w}); w {
		t.Error("net/http is given a body with WriteTo")
	}
	if call(&w); !w {
		t.Error("the SDK's bodies have no WriteTo any more: plainBodies can go")
	}
}
