package main

import (
	"archive/zip"
	"bytes"
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs"
	logstypes "github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs/types"
	"github.com/aws/aws-sdk-go-v2/service/lambda"
	"github.com/aws/aws-sdk-go-v2/service/lambda/types"
	"github.com/aws/smithy-go"

	"github.com/coldcrank/coldcrank/lambda/local"
	"github.com/coldcrank/coldcrank/lambda/reportlog"
)

// rule is something that AWS does and a run relies on. try finds out what a
// service does; where that is not want, deviates names it, and with it what the
// service does instead, so that a newer one that mends it is noticed.
type rule struct {
	says     string
	source   string // what AWS's documentation, or who has seen it, calls it
	want     string
	try      func(s *service) string
	deviates map[string]string
	lag      local.Lag // with which the executor does it
}

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

const (
	executor  = "executor"
	miniStack = "MiniStack"
	moto      = "moto"
)

// unreadable is an answer that the SDK cannot decode.
const unreadable = "no answer of the protocol"

const (
	lambdaAPI = "https://docs.aws.amazon.com/lambda/latest/api/API_"
	logsAPI   = "https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_"
	lambdaDG  = "https://docs.aws.amazon.com/lambda/latest/dg/"
)

var rules = []rule{
	{
		says: "A change of the function with a RevisionId that is not the latest is refused", source: lambdaAPI + "UpdateFunctionConfiguration.html",
		want: "PreconditionFailedException", try: func(s *service) string { return code(s.describe("stale", aws.String("0"))) },
		deviates: map[string]string{moto: "ok"},
	},
	{
		says: "The RevisionId that a change answers with is not valid once the change is complete", source: "https://github.com/aws/aws-sdk/issues/377",
		want: "another", try: func(s *service) string {
			out, err := s.lambda.UpdateFunctionConfiguration(s.ctx(), &lambda.UpdateFunctionConfigurationInput{FunctionName: s.function, Description: aws.String("twice")})
			s.must(err)
			if aws.ToString(s.settled().RevisionId) == aws.ToString(out.RevisionId) {
				return "the same"
			}
			return "another"
		},
		deviates: map[string]string{miniStack: "the same", moto: "the same"},
	},
	{
		says: "A change is under way for a time, and shows it", source: lambdaDG + "functions-states.html",
		want: "InProgress", try: func(s *service) string {
			out, err := s.lambda.UpdateFunctionConfiguration(s.ctx(), &lambda.UpdateFunctionConfigurationInput{FunctionName: s.function, Description: aws.String("state")})
			s.must(err)
			s.settled()
			return string(out.LastUpdateStatus)
		},
		deviates: map[string]string{moto: "Successful"},
	},
	{
		says: "While a change is under way another is refused", source: lambdaDG + "functions-states.html",
		want: "ResourceConflictException", try: func(s *service) string {
			s.must(s.describe("one", nil))
			err := s.describe("two", nil)
			s.settled()
			return code(err)
		},
		deviates: map[string]string{miniStack: "ok", moto: "ok"},
	},
	{
		says: "A version is published of the RevisionId that is named, or not at all", source: lambdaAPI + "PublishVersion.html",
		want: "PreconditionFailedException", try: func(s *service) string {
			_, err := s.publish(&lambda.PublishVersionInput{RevisionId: aws.String("0")})
			return code(err)
		},
		deviates: map[string]string{miniStack: "ok", moto: "ok"},
	},
	{
		says: "A version is published of the code that is named, or not at all", source: lambdaAPI + "PublishVersion.html",
		want: "InvalidParameterValueException", try: func(s *service) string {
			_, err := s.publish(&lambda.PublishVersionInput{CodeSha256: aws.String("bm90IHRoaXM=")})
			return code(err)
		},
		deviates: map[string]string{miniStack: "ok", moto: "ok"},
	},
	{
		says: "Nothing has changed since the last version: that one is the answer", source: lambdaAPI + "PublishVersion.html",
		want: "the same version", try: func(s *service) string {
			s.must(s.describe("once", nil))
			s.settled()
			one, err := s.publish(&lambda.PublishVersionInput{})
			s.must(err)
			two, err := s.publish(&lambda.PublishVersionInput{})
			s.must(err)
			if *one.Version != *two.Version {
				return "a new version"
			}
			return "the same version"
		},
	},
	{
		says: "Another description is a change, of which a new version is made", source: lambdaDG + "configuration-versions.html",
		want: "a new version", try: func(s *service) string {
			one, _ := s.newVersion(), s.settled()
			if s.newVersion() == one {
				return "the same version"
			}
			return "a new version"
		},
	},
	{
		says: "A version can be invoked when its State is Active", source: lambdaDG + "functions-states.html",
		want: "Active", try: func(s *service) string {
			version := s.newVersion()
			out, err := s.lambda.GetFunctionConfiguration(s.ctx(), &lambda.GetFunctionConfigurationInput{FunctionName: s.function, Qualifier: &version})
			s.must(err)
			return string(out.State)
		},
	},
	{
		says: "A new version is Pending for a time, and cannot be invoked", source: lambdaDG + "functions-states.html",
		want: "Pending, ResourceConflictException, then Active", lag: local.Lag{Versions: time.Second}, try: func(s *service) string {
			version := s.newVersion()
			state := func() string {
				out, err := s.lambda.GetFunctionConfiguration(s.ctx(), &lambda.GetFunctionConfigurationInput{FunctionName: s.function, Qualifier: &version})
				s.must(err)
				return string(out.State)
			}
			first := state()
			if first != "Pending" {
				return first + " at once"
			}
			_, err := s.lambda.Invoke(s.ctx(), &lambda.InvokeInput{FunctionName: s.function, Qualifier: &version})
			for state() == "Pending" {
				time.Sleep(time.Millisecond)
			}
			return first + ", " + code(err) + ", then " + state()
		},
		deviates: map[string]string{miniStack: "Active at once", moto: "Active at once"},
	},
	{
		says: "A change of the alias with a RevisionId that is not the latest is refused", source: lambdaAPI + "UpdateAlias.html",
		want: "PreconditionFailedException", try: func(s *service) string {
			_, err := s.lambda.UpdateAlias(s.ctx(), &lambda.UpdateAliasInput{FunctionName: s.function, Name: s.alias, Description: aws.String("stale"), RevisionId: aws.String("0")})
			return code(err)
		},
		deviates: map[string]string{moto: "ok"},
	},
	{
		says: "An alias leads to no version that is not there", source: lambdaAPI + "UpdateAlias.html",
		want: "ResourceNotFoundException", try: func(s *service) string {
			_, err := s.lambda.UpdateAlias(s.ctx(), &lambda.UpdateAliasInput{FunctionName: s.function, Name: s.alias, FunctionVersion: aws.String("9999")})
			s.lead(s.first())
			return code(err)
		},
		deviates: map[string]string{miniStack: "ok"},
	},
	{
		says: "A version that an alias leads to cannot be deleted", source: lambdaAPI + "DeleteFunction.html",
		want: "ResourceConflictException", try: func(s *service) string {
			version := s.newVersion()
			s.lead(version)
			err := s.remove(version)
			s.lead(s.first())
			return code(err)
		},
		deviates: map[string]string{moto: "ok"},
	},
	{
		says: "A version that no alias leads to can be deleted, and is gone", source: lambdaAPI + "DeleteFunction.html",
		want: "ok, then ResourceNotFoundException", try: func(s *service) string {
			version := s.newVersion()
			err := s.remove(version)
			_, after := s.lambda.GetFunctionConfiguration(s.ctx(), &lambda.GetFunctionConfigurationInput{FunctionName: s.function, Qualifier: &version})
			return code(err) + ", then " + code(after)
		},
	},
	{
		says: "Versions are listed in pages, $LATEST among them, each once", source: lambdaAPI + "ListVersionsByFunction.html",
		want: "each once, several pages", try: func(s *service) string {
			s.newVersion()
			var seen []string
			pages := 0
			in := &lambda.ListVersionsByFunctionInput{FunctionName: s.function, MaxItems: aws.Int32(1)}
			for {
				out, err := s.lambda.ListVersionsByFunction(s.ctx(), in)
				s.must(err)
				pages++
				for _, v := range out.Versions {
					seen = append(seen, aws.ToString(v.Version))
				}
				if in.Marker = out.NextMarker; aws.ToString(in.Marker) == "" || pages > 50 {
					break
				}
			}
			once := slices.Compact(slices.Sorted(slices.Values(seen)))
			switch {
			case len(once) != len(seen) || !slices.Contains(seen, "$LATEST"):
				return fmt.Sprint("not each once: ", len(once), " of ", len(seen))
			case pages < 2:
				return "each once, one page"
			}
			return "each once, several pages"
		},
		deviates: map[string]string{moto: "each once, one page"},
	},
	{
		says: "A function that is not there is not found", source: lambdaAPI + "GetFunctionConfiguration.html",
		want: "ResourceNotFoundException", try: func(s *service) string {
			_, err := s.lambda.GetFunctionConfiguration(s.ctx(), &lambda.GetFunctionConfigurationInput{FunctionName: aws.String("nobody")})
			return code(err)
		},
	},
	{
		says: "An alias without provisioned concurrency says so by an error of its own", source: lambdaAPI + "GetProvisionedConcurrencyConfig.html",
		want: "ProvisionedConcurrencyConfigNotFoundException", try: func(s *service) string {
			_, err := s.lambda.GetProvisionedConcurrencyConfig(s.ctx(), &lambda.GetProvisionedConcurrencyConfigInput{FunctionName: s.function, Qualifier: s.alias})
			return code(err)
		},
		deviates: map[string]string{moto: unreadable},
	},
	{
		says: "A log group that is not there is not found", source: logsAPI + "FilterLogEvents.html",
		want: "ResourceNotFoundException", try: func(s *service) string {
			_, err := s.logs.FilterLogEvents(s.ctx(), &cloudwatchlogs.FilterLogEventsInput{LogGroupName: aws.String("/nobody")})
			return code(err)
		},
	},
	{
		says: "Events are answered in pages, by tokens, each once", source: logsAPI + "FilterLogEvents.html",
		want: "8 events, each once, several pages", try: func(s *service) string {
			return s.read(&cloudwatchlogs.FilterLogEventsInput{Limit: aws.Int32(3)})
		},
		deviates: map[string]string{miniStack: "3 events, each once"},
	},
	{
		says: "A prefix chooses the streams", source: logsAPI + "FilterLogEvents.html",
		want: "0 events, each once", try: func(s *service) string {
			return s.read(&cloudwatchlogs.FilterLogEventsInput{LogStreamNamePrefix: aws.String("1999/")})
		},
		deviates: map[string]string{miniStack: "8 events, each once", moto: "8 events, each once"},
	},
	{
		says: "A pattern of terms with ? finds what has one of them", source: "https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/FilterAndPatternSyntax.html",
		want: "8 events, each once", try: func(s *service) string {
			return s.read(&cloudwatchlogs.FilterLogEventsInput{FilterPattern: aws.String(`?"platform.start" ?"platform.report"`)})
		},
		deviates: map[string]string{miniStack: "0 events, each once"},
	},
	{
		says: "A pattern of a member of JSON, with a wildcard, finds the lines that have it", source: "https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/FilterAndPatternSyntax.html",
		want: "8 events, each once", try: func(s *service) string {
			return s.read(&cloudwatchlogs.FilterLogEventsInput{FilterPattern: aws.String(`{ $.type = "platform.*" }`)})
		},
	},
	{
		says: "A pattern finds nothing where there is nothing", source: "https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/FilterAndPatternSyntax.html",
		want: "0 events, each once", try: func(s *service) string {
			return s.read(&cloudwatchlogs.FilterLogEventsInput{FilterPattern: aws.String(`{ $.type = "nothing.*" }`)})
		},
		deviates: map[string]string{miniStack: "8 events, each once", moto: "8 events, each once"},
	},
	{
		says: "A time window holds its ends, and nothing outside", source: logsAPI + "FilterLogEvents.html",
		want: "0 events, each once", try: func(s *service) string {
			return s.read(&cloudwatchlogs.FilterLogEventsInput{StartTime: aws.Int64(0), EndTime: aws.Int64(s.started.Add(-time.Hour).UnixMilli())})
		},
	},
	{
		says: "While an alias moves it shows weights of its own, for both versions", source: "https://github.com/hashicorp/terraform-provider-aws/pull/48116",
		want: "weights, then none", lag: local.Lag{AliasWeights: 50 * time.Millisecond}, try: func(s *service) string {
			s.lead(s.newVersion())
			defer s.lead(s.first())
			if !s.weighted() {
				return "no weights"
			}
			for s.weighted() {
				time.Sleep(time.Millisecond)
			}
			return "weights, then none"
		},
		deviates: map[string]string{miniStack: "no weights", moto: "no weights"},
	},
	{
		says: "An event is found some time after it was written", source: logsAPI + "FilterLogEvents.html",
		want: "later", lag: local.Lag{Logs: 100 * time.Millisecond}, try: func(s *service) string {
			time.Sleep(150 * time.Millisecond) // what was written before is found by now
			before := s.count()
			s.write()
			if s.count() > before {
				return "at once"
			}
			for s.count() == before {
				time.Sleep(time.Millisecond)
			}
			return "later"
		},
		deviates: map[string]string{miniStack: "at once", moto: "at once"},
	},
	{
		says: "A page may have no event, and a token for more", source: logsAPI + "FilterLogEvents.html",
		want: "an empty page, then events", lag: local.Lag{EmptyPages: true}, try: func(s *service) string {
			out, err := s.logs.FilterLogEvents(s.ctx(), &cloudwatchlogs.FilterLogEventsInput{LogGroupName: &s.group})
			s.must(err)
			if len(out.Events) > 0 || out.NextToken == nil {
				return "events"
			}
			out, err = s.logs.FilterLogEvents(s.ctx(), &cloudwatchlogs.FilterLogEventsInput{LogGroupName: &s.group, NextToken: out.NextToken})
			s.must(err)
			if len(out.Events) == 0 {
				return "nothing but empty pages"
			}
			return "an empty page, then events"
		},
		deviates: map[string]string{miniStack: "events", moto: "events"},
	},
	{
		says: "FilterLogEvents is answered five times a second", source: "https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/cloudwatch_limits_cwl.html",
		want: "the sixth: ThrottlingException", lag: local.Lag{LogCalls: 5}, try: func(s *service) string {
			for n := 1; n <= 6; n++ {
				_, err := s.logs.FilterLogEvents(s.ctx(), &cloudwatchlogs.FilterLogEventsInput{LogGroupName: &s.group})
				if err != nil {
					return map[int]string{6: "the sixth: "}[n] + code(err)
				}
			}
			return "ok"
		},
		deviates: map[string]string{miniStack: "ok", moto: "ok"},
	},
	{
		says: "$LATEST cannot be deleted", source: lambdaAPI + "DeleteFunction.html",
		want: "InvalidParameterValueException", try: func(s *service) string {
			err := s.remove("$LATEST")
			if _, gone := s.lambda.GetFunctionConfiguration(s.ctx(), &lambda.GetFunctionConfigurationInput{FunctionName: s.function}); gone != nil {
				return code(err) + ", and the whole function is gone"
			}
			return code(err)
		},
		deviates: map[string]string{miniStack: "ok, and the whole function is gone", moto: "ok, and the whole function is gone"},
	},
}

// TestRules tries each rule on the executor, and where they can be started on the
// emulators of others, who share no belief with us.
func TestRules(t *testing.T) {
	if testing.Short() {
		t.Skip("starts servers of Python")
	}
	for name, start := range map[string]func(*testing.T) *service{
		executor: executorService,
		miniStack: func(t *testing.T) *service {
			return emulatorService(t, miniStack, startMiniStack(t, python(t, "ministack")))
		},
		moto: func(t *testing.T) *service { return emulatorService(t, moto, startMoto(t, python(t, "moto_server"))) },
	} {
		t.Run(name, func(t *testing.T) {
			s := start(t)
			for _, r := range rules {
				want, named := r.deviates[name]
				if !named {
					want = r.want
				} else if want == r.want {
					t.Errorf("%s: is named as a deviation and is none", r.says)
				}
				subject := s
				if name == executor && r.lag != (local.Lag{}) {
					subject = serviceOf(t, startPlantWith(t, local.Options{Lag: r.lag}))
				}
				if is := r.try(subject); is != want {
					t.Errorf("%s: %s, want %s", r.says, is, want)
				}
			}
		})
	}
	page := filepath.Join("..", "..", "docs", "service-rules.md")
	if *update {
		if err := os.WriteFile(page, []byte(rulesPage()), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	if string(readFile(t, page)) != rulesPage() {
		t.Errorf("%s is not what the rules say: go test -run TestRules -update writes it", page)
	}
}

func (s *service) ctx() context.Context { return s.t.Context() }

func (s *service) must(err error) {
	s.t.Helper()
	if err != nil {
		s.t.Fatalf("%s: %v", s.name, err)
	}
}

// code is AWS's name of an error, and "ok" where there is none.
func code(err error) string {
	var api smithy.APIError
	var undecoded *smithy.DeserializationError
	switch {
	case err == nil:
		return "ok"
	case errors.As(err, &api):
		return api.ErrorCode()
	case errors.As(err, &undecoded):
		return unreadable
	}
	return err.Error()
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

// rulesPage is the table for people.
func rulesPage() string {
	var b strings.Builder
	b.WriteString(`# Rules of AWS that a run relies on

What AWS does, by its documentation or by who has seen it, and what the local executor and two emulators that others wrote do (MiniStack 1.5.33, moto 5.2.5). ` + "`go test ./scripts/coldcrank -run TestRules`" + ` tries each rule on all three, also the deviations, and holds this page (` + "`-update`" + ` writes it).

| AWS | the answer | executor | MiniStack | moto |
| --- | --- | --- | --- | --- |
`)
	for _, r := range rules {
		cells := []string{fmt.Sprintf("[%s](%s)", r.says, r.source), r.want}
		for _, name := range []string{executor, miniStack, moto} {
			cell := "✓"
			if other, ok := r.deviates[name]; ok {
				cell = other
			}
			cells = append(cells, cell)
		}
		fmt.Fprintf(&b, "| %s |\n", strings.Join(cells, " | "))
	}
	return b.String()
}
