package main

import (
	"archive/zip"
	"bytes"
	"context"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs"
	logstypes "github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs/types"
	"github.com/aws/aws-sdk-go-v2/service/lambda"
	"github.com/aws/aws-sdk-go-v2/service/lambda/types"

	"github.com/coldcrank/coldcrank/lambda/reportlog"
)

// service is one of the three, with a function that has a published version, which
// an alias leads to.
type service struct {
	name            string
	t               *testing.T
	lambda          *lambda.Client
	logs            *cloudwatchlogs.Client
	function, alias *string
	group           string
	write           func() // of what one invocation leaves in the log
	started         time.Time
}

func (s *service) ctx() context.Context { return s.t.Context() }

func (s *service) must(err error) {
	s.t.Helper()
	if err != nil {
		s.t.Fatalf("%s: %v", s.name, err)
	}
}

func (s *service) describe(text string, revision *string) error {
	_, err := s.lambda.UpdateFunctionConfiguration(s.ctx(), &lambda.UpdateFunctionConfigurationInput{FunctionName: s.function, Description: &text, RevisionId: revision})
	return err
}

func (s *service) settled() *lambda.GetFunctionConfigurationOutput {
	s.t.Helper()
	for {
		out, err := s.lambda.GetFunctionConfiguration(s.ctx(), &lambda.GetFunctionConfigurationInput{FunctionName: s.function})
		s.must(err)
		if out.LastUpdateStatus != types.LastUpdateStatusInProgress {
			return out
		}
		time.Sleep(time.Millisecond)
	}
}

func (s *service) publish(in *lambda.PublishVersionInput) (*lambda.PublishVersionOutput, error) {
	in.FunctionName = s.function
	return s.lambda.PublishVersion(s.ctx(), in)
}

// newVersion publishes one that differs from all before.
func (s *service) newVersion() string {
	s.t.Helper()
	s.must(s.describe(fmt.Sprint("version of ", time.Now().UnixNano()), nil))
	s.settled()
	out, err := s.publish(&lambda.PublishVersionInput{})
	s.must(err)
	return aws.ToString(out.Version)
}

func (s *service) first() string { return "1" }

func (s *service) lead(version string) {
	s.t.Helper()
	_, err := s.lambda.UpdateAlias(s.ctx(), &lambda.UpdateAliasInput{FunctionName: s.function, Name: s.alias, FunctionVersion: &version})
	s.must(err)
}

func (s *service) remove(version string) error {
	_, err := s.lambda.DeleteFunction(s.ctx(), &lambda.DeleteFunctionInput{FunctionName: s.function, Qualifier: &version})
	return err
}

// weighted reports whether the alias shows weights.
func (s *service) weighted() bool {
	s.t.Helper()
	out, err := s.lambda.GetAlias(s.ctx(), &lambda.GetAliasInput{FunctionName: s.function, Name: s.alias})
	s.must(err)
	return out.RoutingConfig != nil && len(out.RoutingConfig.AdditionalVersionWeights) > 0
}

// count is how many events the log has.
func (s *service) count() int {
	s.t.Helper()
	out, err := s.logs.FilterLogEvents(s.ctx(), &cloudwatchlogs.FilterLogEventsInput{LogGroupName: &s.group})
	s.must(err)
	return len(out.Events)
}

// read reads all pages and says what came.
func (s *service) read(in *cloudwatchlogs.FilterLogEventsInput) string {
	in.LogGroupName = &s.group
	seen := map[string]bool{}
	n, pages := 0, 0
	for {
		out, err := s.logs.FilterLogEvents(s.ctx(), in)
		if err != nil {
			return code(err)
		}
		pages++
		for _, e := range out.Events {
			n++
			seen[aws.ToString(e.EventId)+aws.ToString(e.Message)] = true
		}
		if in.NextToken = out.NextToken; aws.ToString(in.NextToken) == "" || pages > 50 {
			break
		}
	}
	text := fmt.Sprintf("%d events, ", n)
	if len(seen) == n {
		text += "each once"
	} else {
		text += fmt.Sprintf("%d of them again", n-len(seen))
	}
	if pages > 1 {
		text += ", several pages"
	}
	return text
}

// invocations are how many requests the log of each service tells of, two lines each.
const invocations = 4

func executorService(t *testing.T) *service {
	t.Helper()
	return serviceOf(t, startPlant(t))
}

func serviceOf(t *testing.T, p *plant) *service {
	t.Helper()
	stack := p.executor.Outputs()["Tiny"]
	s := &service{name: executor, t: t, lambda: p.lambda, function: &p.function, alias: &p.alias, group: stack["HelloFunctionLogs"], started: time.Now(),
		logs: cloudwatchlogs.New(cloudwatchlogs.Options{Region: "us-east-1", BaseEndpoint: aws.String(p.executor.Endpoint()), Credentials: dummy, Retryer: aws.NopRetryer{}})}
	s.write = func() {
		_, err := s.lambda.Invoke(t.Context(), &lambda.InvokeInput{FunctionName: s.function, Payload: []byte(`{}`)})
		s.must(err)
	}
	for range invocations {
		s.write()
	}
	return s
}

var dummy = credentials.NewStaticCredentialsProvider("test", "test", "")

// emulatorService makes a function, a version, an alias and a log by the API.
func emulatorService(t *testing.T, name, endpoint string) *service {
	t.Helper()
	s := &service{name: name, t: t, function: aws.String("orders"), alias: aws.String("bench"), group: "/orders/function", started: time.Now(),
		lambda: lambda.New(lambda.Options{Region: "us-east-1", BaseEndpoint: &endpoint, Credentials: dummy}),
		logs:   cloudwatchlogs.New(cloudwatchlogs.Options{Region: "us-east-1", BaseEndpoint: &endpoint, Credentials: dummy})}
	s.role(endpoint)
	var code bytes.Buffer
	z := zip.NewWriter(&code)
	w, err := z.Create("bootstrap")
	s.must(err)
	_, err = w.Write([]byte("#!/bin/sh\n"))
	s.must(err)
	s.must(z.Close())
	_, err = s.lambda.CreateFunction(t.Context(), &lambda.CreateFunctionInput{
		FunctionName: s.function, Role: aws.String("arn:aws:iam::123456789012:role/orders"), Runtime: types.RuntimeProvidedal2023, Handler: aws.String("bootstrap"),
		Code: &types.FunctionCode{ZipFile: code.Bytes()}, Publish: true,
	})
	s.must(err)
	_, err = s.lambda.CreateAlias(t.Context(), &lambda.CreateAliasInput{FunctionName: s.function, Name: s.alias, FunctionVersion: aws.String("1")})
	s.must(err)
	_, err = s.logs.CreateLogGroup(t.Context(), &cloudwatchlogs.CreateLogGroupInput{LogGroupName: &s.group})
	s.must(err)
	stream := s.started.UTC().Format("2006/01/02") + "/orders[1]0123"
	_, err = s.logs.CreateLogStream(t.Context(), &cloudwatchlogs.CreateLogStreamInput{LogGroupName: &s.group, LogStreamName: &stream})
	s.must(err)
	n := 0
	s.write = func() {
		n++
		var events []logstypes.InputLogEvent
		for _, r := range []reportlog.Record{
			{Kind: reportlog.Start, Time: s.started, RequestID: fmt.Sprint(n), Version: "1"},
			{Kind: reportlog.Report, Time: s.started, RequestID: fmt.Sprint(n), Duration: new(time.Millisecond), Status: "success"},
		} {
			events = append(events, logstypes.InputLogEvent{Timestamp: aws.Int64(s.started.UnixMilli()), Message: aws.String(string(r.JSON()))})
		}
		_, err := s.logs.PutLogEvents(t.Context(), &cloudwatchlogs.PutLogEventsInput{LogGroupName: &s.group, LogStreamName: &stream, LogEvents: events})
		s.must(err)
	}
	for range invocations {
		s.write()
	}
	return s
}

// role makes the role that moto asks for, by IAM's query protocol.
func (s *service) role(endpoint string) {
	s.t.Helper()
	form := url.Values{"Action": {"CreateRole"}, "Version": {"2010-05-08"}, "RoleName": {"orders"}, "AssumeRolePolicyDocument": {`{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"Service":"lambda.amazonaws.com"},"Action":"sts:AssumeRole"}]}`}}
	req, err := http.NewRequestWithContext(s.ctx(), http.MethodPost, endpoint, strings.NewReader(form.Encode()))
	s.must(err)
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	req.Header.Set("Authorization", "AWS4-HMAC-SHA256 Credential=test/20260101/us-east-1/iam/aws4_request, SignedHeaders=host, Signature=0")
	resp, err := http.DefaultClient.Do(req)
	s.must(err)
	resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		s.t.Fatalf("%s: CreateRole: %s", s.name, resp.Status)
	}
}
