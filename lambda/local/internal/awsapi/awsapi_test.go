package awsapi

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs"
	cwtypes "github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs/types"
	"github.com/aws/aws-sdk-go-v2/service/lambda"
	"github.com/aws/aws-sdk-go-v2/service/lambda/types"
	"github.com/aws/aws-sdk-go-v2/service/sts"
	"github.com/aws/smithy-go"

	"github.com/coldcrank/coldcrank/lambda/local/internal/function"
	"github.com/coldcrank/coldcrank/lambda/local/internal/logs"
)

const (
	testAccount = "123456789012"
	testRegion  = "eu-central-1"
	testARN     = "arn:aws:lambda:eu-central-1:123456789012:function:health"
)

// fake is a function without environments. It records what it was asked and
// answers with err where that is set.
type fake struct {
	versions []function.Configuration
	reserved *int
	err      error
	asked    []string
	result   function.Result
}

func (f *fake) note(format string, args ...any) {
	f.asked = append(f.asked, fmt.Sprintf(format, args...))
}

func (f *fake) Name() string              { return "health" }
func (f *fake) ARN() string               { return testARN }
func (f *fake) ReservedConcurrency() *int { return f.reserved }

func (f *fake) Get(qualifier string) (function.Configuration, error) {
	f.note("Get %q", qualifier)
	return f.versions[0], f.err
}

func (f *fake) Update(c function.Change, revisionID string) (function.Configuration, error) {
	f.note("Update %q %d %q", aws.ToString(c.Description), aws.ToInt(c.MemoryMB), revisionID)
	return f.versions[0], f.err
}

func (f *fake) Publish(description, codeSHA256, revisionID string) (function.Configuration, error) {
	f.note("Publish %q %q %q", description, codeSHA256, revisionID)
	return f.versions[len(f.versions)-1], f.err
}

func (f *fake) Versions() []function.Configuration { return slices.Clone(f.versions) }

func (f *fake) Alias(name string) (function.Alias, error) {
	f.note("Alias %q", name)
	return function.Alias{Name: name, ARN: testARN + ":" + name, FunctionVersion: "1", RevisionID: "r1", Weights: map[string]float64{"2": 0.25}}, f.err
}

func (f *fake) UpdateAlias(name string, c function.AliasChange, revisionID string) (function.Alias, error) {
	f.note("UpdateAlias %q %q %v %t %q", name, aws.ToString(c.Version), c.Weights, c.Weights == nil, revisionID)
	return function.Alias{Name: name, FunctionVersion: aws.ToString(c.Version)}, f.err
}

func (f *fake) DeleteVersion(number string) error {
	f.note("DeleteVersion %q", number)
	return f.err
}

func (f *fake) Invoke(_ context.Context, qualifier string, payload []byte, traceID string) (function.Result, error) {
	f.note("Invoke %q %s", qualifier, payload)
	return f.result, f.err
}

func version(n string) function.Configuration {
	return function.Configuration{
		Name: "health", ARN: testARN, Version: n, Description: "d", Runtime: "provided.al2023", Handler: "bootstrap",
		Architecture: "arm64", MemoryMB: 512, Timeout: 10 * time.Second, EphemeralMB: 512, Environment: map[string]string{"A": "b"},
		Tracing: "PassThrough", LogGroup: "/aws/lambda/health", LogFormat: "JSON", SystemLogLevel: "INFO", ApplicationLogLevel: "INFO",
		CodeSHA256: "c2hh", CodeSize: 4711, LastModified: time.UnixMilli(1e12), State: "Active", LastUpdateStatus: "Successful", RevisionID: "r" + n,
	}
}

// clients are the SDK's own, which meet the API as a script on AWS does.
type clients struct {
	lambda *lambda.Client
	logs   *cloudwatchlogs.Client
	sts    *sts.Client
	url    string
}

func start(t *testing.T, f *fake, store *logs.Store) clients {
	t.Helper()
	if f.versions == nil {
		f.versions = []function.Configuration{version("$LATEST"), version("1")}
	}
	srv := httptest.NewServer(New(testAccount, testRegion, []Function{f}, store, 0))
	t.Cleanup(srv.Close)
	cfg := aws.Config{
		Region: testRegion, BaseEndpoint: &srv.URL, RetryMaxAttempts: 1,
		Credentials: credentials.NewStaticCredentialsProvider("AKIDLOCAL", "verysecretkey", ""),
	}
	return clients{lambda.NewFromConfig(cfg), cloudwatchlogs.NewFromConfig(cfg), sts.NewFromConfig(cfg), srv.URL}
}

func check(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func TestGetFunctionConfiguration(t *testing.T) {
	f := &fake{}
	c := start(t, f, logs.New())
	out, err := c.lambda.GetFunctionConfiguration(t.Context(), &lambda.GetFunctionConfigurationInput{FunctionName: new("health"), Qualifier: new("bench")})
	check(t, err)
	if got, want := f.asked, []string{`Get "bench"`}; !slices.Equal(got, want) {
		t.Errorf("asked %v, want %v", got, want)
	}
	got := fmt.Sprintln(*out.FunctionName, *out.FunctionArn, *out.Version, *out.Description, out.Runtime, *out.Handler,
		out.Architectures, *out.MemorySize, *out.Timeout, *out.EphemeralStorage.Size, out.Environment.Variables, out.TracingConfig.Mode,
		*out.LoggingConfig.LogGroup, out.LoggingConfig.LogFormat, out.LoggingConfig.SystemLogLevel, out.LoggingConfig.ApplicationLogLevel,
		*out.CodeSha256, out.CodeSize, *out.LastModified, out.State, out.LastUpdateStatus, *out.RevisionId, out.PackageType)
	want := fmt.Sprintln("health", testARN, "$LATEST", "d", "provided.al2023", "bootstrap",
		"[arm64]", 512, 10, 512, "map[A:b]", "PassThrough",
		"/aws/lambda/health", "JSON", "INFO", "INFO",
		"c2hh", 4711, "2001-09-09T01:46:40.000+0000", "Active", "Successful", "r$LATEST", "Zip")
	if got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
}

func TestFunctionNames(t *testing.T) {
	for _, tc := range []struct {
		name, qualifier string
		want            string // what the function is asked; empty: not found
	}{
		{"health", "", `Get ""`},
		{"health:7", "", `Get "7"`},
		{"123456789012:function:health", "", `Get ""`},
		{"123456789012:function:health:bench", "", `Get "bench"`},
		{testARN, "3", `Get "3"`},
		{testARN + ":bench", "bench", `Get "bench"`},
		{"other", "", ""},
		{"ealth", "", ""},
		{"999999999999:function:health", "", ""},
		{strings.Replace(testARN, testRegion, "us-east-1", 1), "", ""},
		{strings.Replace(testARN, testAccount, "999999999999", 1), "", ""},
	} {
		f := &fake{}
		c := start(t, f, logs.New())
		in := &lambda.GetFunctionConfigurationInput{FunctionName: &tc.name}
		if tc.qualifier != "" {
			in.Qualifier = &tc.qualifier
		}
		_, err := c.lambda.GetFunctionConfiguration(t.Context(), in)
		if tc.want == "" {
			if notFound := (*types.ResourceNotFoundException)(nil); !errors.As(err, &notFound) || !strings.Contains(notFound.ErrorMessage(), tc.name) {
				t.Errorf("%s: got error %v, want ResourceNotFoundException that names it", tc.name, err)
			}
			continue
		}
		if err != nil || !slices.Equal(f.asked, []string{tc.want}) {
			t.Errorf("%s: asked %v, error %v, want %s", tc.name, f.asked, err, tc.want)
		}
	}

	c := start(t, &fake{}, logs.New())
	_, err := c.lambda.GetFunctionConfiguration(t.Context(), &lambda.GetFunctionConfigurationInput{FunctionName: new("health:1"), Qualifier: new("2")})
	if invalid := (*types.InvalidParameterValueException)(nil); !errors.As(err, &invalid) {
		t.Errorf("two qualifiers: got %v, want InvalidParameterValueException", err)
	}
}

func TestRecycleOperations(t *testing.T) {
	f := &fake{}
	c, ctx, name := start(t, f, logs.New()), t.Context(), new("health")
	_, err := c.lambda.UpdateFunctionConfiguration(ctx, &lambda.UpdateFunctionConfigurationInput{
		FunctionName: name, Description: new("nonce"), MemorySize: new(int32(1024)), RevisionId: new("r1")})
	check(t, err)
	published, err := c.lambda.PublishVersion(ctx, &lambda.PublishVersionInput{
		FunctionName: name, Description: new("v"), CodeSha256: new("c2hh"), RevisionId: new("r2")})
	check(t, err)
	if *published.Version != "1" {
		t.Errorf("published version %s, want 1", *published.Version)
	}
	_, err = c.lambda.UpdateAlias(ctx, &lambda.UpdateAliasInput{FunctionName: name, Name: new("bench"), FunctionVersion: new("2"), RevisionId: new("r3")})
	check(t, err)
	_, err = c.lambda.UpdateAlias(ctx, &lambda.UpdateAliasInput{FunctionName: name, Name: new("bench"), RoutingConfig: &types.AliasRoutingConfiguration{AdditionalVersionWeights: map[string]float64{}}})
	check(t, err)
	_, err = c.lambda.UpdateAlias(ctx, &lambda.UpdateAliasInput{FunctionName: name, Name: new("bench"), RoutingConfig: &types.AliasRoutingConfiguration{AdditionalVersionWeights: map[string]float64{"3": 0.5}}})
	check(t, err)
	al, err := c.lambda.GetAlias(ctx, &lambda.GetAliasInput{FunctionName: name, Name: new("bench")})
	check(t, err)
	if *al.FunctionVersion != "1" || *al.AliasArn != testARN+":bench" || *al.RevisionId != "r1" || al.RoutingConfig.AdditionalVersionWeights["2"] != 0.25 {
		t.Errorf("GetAlias = %+v", al)
	}
	_, err = c.lambda.DeleteFunction(ctx, &lambda.DeleteFunctionInput{FunctionName: name, Qualifier: new("2")})
	check(t, err)
	want := []string{
		`Update "nonce" 1024 "r1"`, `Publish "v" "c2hh" "r2"`,
		`UpdateAlias "bench" "2" map[] true "r3"`, `UpdateAlias "bench" "" map[] false ""`, `UpdateAlias "bench" "" map[3:0.5] false ""`,
		`Alias "bench"`, `DeleteVersion "2"`,
	}
	if !slices.Equal(f.asked, want) {
		t.Errorf("asked\n%s\nwant\n%s", strings.Join(f.asked, "\n"), strings.Join(want, "\n"))
	}
}

func TestTypedErrors(t *testing.T) {
	f := &fake{}
	c := start(t, f, logs.New())
	call := func(code string) error {
		f.err = fmt.Errorf("invoke: %w", &function.Error{Code: code, Message: "why it was refused", Reason: "ReservedFunctionConcurrentInvocationLimitExceeded"})
		_, err := c.lambda.Invoke(t.Context(), &lambda.InvokeInput{FunctionName: new("health")})
		return err
	}
	checkMessage := func(code string, ok bool, message string) {
		t.Helper()
		if !ok || message != "why it was refused" {
			t.Errorf("%s: decoded %v with message %q", code, ok, message)
		}
	}
	var notFound *types.ResourceNotFoundException
	checkMessage("ResourceNotFoundException", errors.As(call("ResourceNotFoundException"), &notFound), notFound.ErrorMessage())
	var conflict *types.ResourceConflictException
	checkMessage("ResourceConflictException", errors.As(call("ResourceConflictException"), &conflict), conflict.ErrorMessage())
	var invalid *types.InvalidParameterValueException
	checkMessage("InvalidParameterValueException", errors.As(call("InvalidParameterValueException"), &invalid), invalid.ErrorMessage())
	var throttled *types.TooManyRequestsException
	checkMessage("TooManyRequestsException", errors.As(call("TooManyRequestsException"), &throttled), throttled.ErrorMessage())
	if throttled.Reason != types.ThrottleReasonReservedFunctionConcurrentInvocationLimitExceeded {
		t.Errorf("reason %q", throttled.Reason)
	}
	f.err = &function.Error{Code: "PreconditionFailedException", Message: "why it was refused"}
	_, err := c.lambda.UpdateAlias(t.Context(), &lambda.UpdateAliasInput{FunctionName: new("health"), Name: new("bench")})
	var precondition *types.PreconditionFailedException
	checkMessage("PreconditionFailedException", errors.As(err, &precondition), precondition.ErrorMessage())
	f.err = errors.New("disk full")
	_, err = c.lambda.GetAlias(t.Context(), &lambda.GetAliasInput{FunctionName: new("health"), Name: new("bench")})
	if service := (*types.ServiceException)(nil); !errors.As(err, &service) || service.ErrorMessage() != "disk full" {
		t.Errorf("own error: got %v, want ServiceException", err)
	}
}

func TestListVersionsPages(t *testing.T) {
	f := &fake{versions: []function.Configuration{version("$LATEST")}}
	for i := range 120 {
		f.versions = append(f.versions, version(fmt.Sprint(i+1)))
	}
	c := start(t, f, logs.New())
	for _, size := range []int32{0, 1, 7, 50, 1000} {
		in := &lambda.ListVersionsByFunctionInput{FunctionName: new("health")}
		if size > 0 {
			in.MaxItems = &size
		}
		var got []string
		for p := lambda.NewListVersionsByFunctionPaginator(c.lambda, in); p.HasMorePages(); {
			page, err := p.NextPage(t.Context())
			check(t, err)
			if n := len(page.Versions); n > 50 || size > 0 && n > int(size) {
				t.Errorf("size %d: a page of %d", size, n)
			}
			for _, v := range page.Versions {
				got = append(got, *v.Version)
			}
		}
		if len(got) != 121 || got[0] != "$LATEST" || got[120] != "120" {
			t.Errorf("size %d: %d versions: %v", size, len(got), got)
		}
	}

	// A version that is deleted between two pages skips no other.
	page, err := c.lambda.ListVersionsByFunction(t.Context(), &lambda.ListVersionsByFunctionInput{FunctionName: new("health"), MaxItems: new(int32(3))})
	check(t, err)
	f.versions = slices.DeleteFunc(f.versions, func(v function.Configuration) bool { return v.Version == *page.NextMarker })
	page, err = c.lambda.ListVersionsByFunction(t.Context(), &lambda.ListVersionsByFunctionInput{FunctionName: new("health"), Marker: page.NextMarker})
	check(t, err)
	if got := *page.Versions[0].Version; got != "4" {
		t.Errorf("after the deletion of 3 the next page begins with %s, want 4", got)
	}
}

func TestInvoke(t *testing.T) {
	f := &fake{result: function.Result{RequestID: "id", ExecutedVersion: "7", Payload: []byte(`{"errorType":"E"}`), FunctionError: "Unhandled", Log: []byte("END\n")}}
	c := start(t, f, logs.New())
	out, err := c.lambda.Invoke(t.Context(), &lambda.InvokeInput{FunctionName: new("health"), Qualifier: new("bench"), Payload: []byte(`{"a":1}`), LogType: types.LogTypeTail})
	check(t, err)
	if string(out.Payload) != `{"errorType":"E"}` || *out.ExecutedVersion != "7" || *out.FunctionError != "Unhandled" || *out.LogResult != "RU5ECg==" || out.StatusCode != 200 {
		t.Errorf("got %s %+v", out.Payload, out)
	}
	f.result = function.Result{Payload: []byte(`null`), Log: []byte("END\n")}
	out, err = c.lambda.Invoke(t.Context(), &lambda.InvokeInput{FunctionName: new("health")})
	check(t, err)
	if out.FunctionError != nil || out.LogResult != nil || string(out.Payload) != "null" {
		t.Errorf("got %s %+v", out.Payload, out)
	}
	if want := []string{`Invoke "bench" {"a":1}`, `Invoke "" {}`}; !slices.Equal(f.asked, want) {
		t.Errorf("asked %v, want %v", f.asked, want)
	}

	_, err = c.lambda.Invoke(t.Context(), &lambda.InvokeInput{FunctionName: new("health"), Payload: []byte(`{`)})
	if malformed := (*types.InvalidRequestContentException)(nil); !errors.As(err, &malformed) {
		t.Errorf("no JSON: got %v, want InvalidRequestContentException", err)
	}
	_, err = c.lambda.Invoke(t.Context(), &lambda.InvokeInput{FunctionName: new("health"), Payload: make([]byte, maxPayload+1)})
	if large := (*types.RequestTooLargeException)(nil); !errors.As(err, &large) {
		t.Errorf("over 6 MB: got %v, want RequestTooLargeException", err)
	}
	_, err = c.lambda.Invoke(t.Context(), &lambda.InvokeInput{FunctionName: new("health"), InvocationType: types.InvocationTypeEvent})
	if invalid := (*types.InvalidParameterValueException)(nil); !errors.As(err, &invalid) {
		t.Errorf("Event: got %v, want InvalidParameterValueException", err)
	}
	if len(f.asked) != 2 {
		t.Errorf("refused requests reached the function: %v", f.asked[2:])
	}
}

func TestConcurrency(t *testing.T) {
	f := &fake{}
	c := start(t, f, logs.New())
	got, err := c.lambda.GetFunctionConcurrency(t.Context(), &lambda.GetFunctionConcurrencyInput{FunctionName: new("health")})
	check(t, err)
	if got.ReservedConcurrentExecutions != nil {
		t.Errorf("got %d, want none", *got.ReservedConcurrentExecutions)
	}
	f.reserved = new(100)
	got, err = c.lambda.GetFunctionConcurrency(t.Context(), &lambda.GetFunctionConcurrencyInput{FunctionName: new("health")})
	check(t, err)
	if *got.ReservedConcurrentExecutions != 100 {
		t.Errorf("got %d, want 100", *got.ReservedConcurrentExecutions)
	}
	settings, err := c.lambda.GetAccountSettings(t.Context(), nil)
	check(t, err)
	if settings.AccountLimit.ConcurrentExecutions != 1000 || *settings.AccountLimit.UnreservedConcurrentExecutions != 900 || settings.AccountUsage.FunctionCount != 1 {
		t.Errorf("got %+v %+v", settings.AccountLimit, settings.AccountUsage)
	}
}

func TestNoProvisionedConcurrency(t *testing.T) {
	c := start(t, &fake{}, logs.New())
	_, err := c.lambda.GetProvisionedConcurrencyConfig(t.Context(), &lambda.GetProvisionedConcurrencyConfigInput{FunctionName: new("health"), Qualifier: new("bench")})
	if none := (*types.ProvisionedConcurrencyConfigNotFoundException)(nil); !errors.As(err, &none) || none.ErrorMessage() == "" {
		t.Errorf("got %v, want ProvisionedConcurrencyConfigNotFoundException", err)
	}
	_, err = c.lambda.GetProvisionedConcurrencyConfig(t.Context(), &lambda.GetProvisionedConcurrencyConfigInput{FunctionName: new("health"), Qualifier: new("$LATEST")})
	if invalid := (*types.InvalidParameterValueException)(nil); !errors.As(err, &invalid) {
		t.Errorf("of $LATEST: got %v, want InvalidParameterValueException", err)
	}
}

func TestRefusals(t *testing.T) {
	f := &fake{}
	c, ctx, name := start(t, f, logs.New()), t.Context(), new("health")
	for _, tc := range []struct {
		want string
		call func() error
	}{
		{"GetFunction", func() error {
			_, err := c.lambda.GetFunction(ctx, &lambda.GetFunctionInput{FunctionName: name})
			return err
		}},
		{"ListAliases", func() error {
			_, err := c.lambda.ListAliases(ctx, &lambda.ListAliasesInput{FunctionName: name})
			return err
		}},
		{"GET /2015-03-31/event-source-mappings", func() error {
			_, err := c.lambda.ListEventSourceMappings(ctx, &lambda.ListEventSourceMappingsInput{})
			return err
		}},
		{"Logs_20140328.StartQuery", func() error {
			_, err := c.logs.StartQuery(ctx, &cloudwatchlogs.StartQueryInput{QueryString: new("fields"), StartTime: new(int64(1)), EndTime: new(int64(2))})
			return err
		}},
		{"GetSessionToken", func() error { _, err := c.sts.GetSessionToken(ctx, &sts.GetSessionTokenInput{}); return err }},
	} {
		err := tc.call()
		apiErr := smithy.APIError(nil)
		if !errors.As(err, &apiErr) || apiErr.ErrorCode() != "UnknownOperationException" || !strings.Contains(apiErr.ErrorMessage(), "does not answer "+tc.want) {
			t.Errorf("got %v, want UnknownOperationException that names %s", err, tc.want)
		}
	}
	for _, tc := range []struct {
		want string
		call func() error
	}{
		{`"Timeout"`, func() error {
			_, err := c.lambda.UpdateFunctionConfiguration(ctx, &lambda.UpdateFunctionConfigurationInput{FunctionName: name, Timeout: new(int32(3))})
			return err
		}},
		{`"$LATEST"`, func() error {
			_, err := c.lambda.DeleteFunction(ctx, &lambda.DeleteFunctionInput{FunctionName: name, Qualifier: new("$LATEST")})
			return err
		}},
		{"Qualifier", func() error {
			_, err := c.lambda.DeleteFunction(ctx, &lambda.DeleteFunctionInput{FunctionName: name})
			return err
		}},
		{"MaxItems", func() error {
			_, err := c.lambda.ListVersionsByFunction(ctx, &lambda.ListVersionsByFunctionInput{FunctionName: name, MaxItems: new(int32(0))})
			return err
		}},
		{"Marker", func() error {
			_, err := c.lambda.ListVersionsByFunction(ctx, &lambda.ListVersionsByFunctionInput{FunctionName: name, Marker: new("x")})
			return err
		}},
	} {
		err := tc.call()
		if invalid := (*types.InvalidParameterValueException)(nil); !errors.As(err, &invalid) || !strings.Contains(invalid.ErrorMessage(), tc.want) {
			t.Errorf("got %v, want InvalidParameterValueException that names %s", err, tc.want)
		}
	}
	if f.asked != nil {
		t.Errorf("refused requests reached the function: %v", f.asked)
	}
}

func TestFilterLogEvents(t *testing.T) {
	const group = "/aws/lambda/health"
	store := logs.New()
	store.CreateGroup(group)
	at := time.UnixMilli(1_700_000_000_000)
	for i := range 25 {
		check(t, store.Put(group, fmt.Sprintf("2026/11/22/health[%d]", i%2+1), at.Add(time.Duration(i)*time.Second), fmt.Sprintf("line %d", i)))
	}
	c := start(t, &fake{}, store)

	var got []string
	ids := map[string]bool{}
	p := cloudwatchlogs.NewFilterLogEventsPaginator(c.logs, &cloudwatchlogs.FilterLogEventsInput{
		LogGroupName: new(group), Limit: new(int32(4)), LogStreamNamePrefix: new("2026/11/22/health[1]"),
		StartTime: new(at.UnixMilli() + 2000), EndTime: new(at.UnixMilli() + 20_000),
	})
	for p.HasMorePages() {
		page, err := p.NextPage(t.Context())
		check(t, err)
		if len(page.Events) > 4 {
			t.Errorf("a page of %d events", len(page.Events))
		}
		for _, e := range page.Events {
			got = append(got, *e.Message)
			ids[*e.EventId] = true
			if *e.LogStreamName != "2026/11/22/health[1]" || *e.Timestamp < at.UnixMilli() || *e.IngestionTime == 0 {
				t.Errorf("event %+v", e)
			}
		}
	}
	if want := "line 2 line 4 line 6 line 8 line 10 line 12 line 14 line 16 line 18 line 20"; strings.Join(got, " ") != want || len(ids) != 10 {
		t.Errorf("got %v (%d ids), want %v", got, len(ids), want)
	}

	arn := "arn:aws:logs:eu-central-1:123456789012:log-group:" + group + ":*"
	page, err := c.logs.FilterLogEvents(t.Context(), &cloudwatchlogs.FilterLogEventsInput{LogGroupIdentifier: &arn, FilterPattern: new(`"line 7"`)})
	check(t, err)
	if len(page.Events) != 1 {
		t.Errorf("by ARN and pattern: %d events, want 1", len(page.Events))
	}

	_, err = c.logs.FilterLogEvents(t.Context(), &cloudwatchlogs.FilterLogEventsInput{LogGroupName: new("/none")})
	if notFound := (*cwtypes.ResourceNotFoundException)(nil); !errors.As(err, &notFound) {
		t.Errorf("unknown group: got %v, want ResourceNotFoundException", err)
	}
	for name, in := range map[string]*cloudwatchlogs.FilterLogEventsInput{
		"pattern":          {LogGroupName: new(group), FilterPattern: new("{ $.a > 1")},
		"token":            {LogGroupName: new(group), NextToken: new("nonsense")},
		"both selections":  {LogGroupName: new(group), LogStreamNames: []string{"a"}, LogStreamNamePrefix: new("b")},
		"limit":            {LogGroupName: new(group), Limit: new(int32(10_001))},
		"no group":         {FilterPattern: new("x")},
		"latest to oldest": {LogGroupName: new(group), StartFromHead: new(false)},
	} {
		_, err := c.logs.FilterLogEvents(t.Context(), in)
		if invalid := (*cwtypes.InvalidParameterException)(nil); !errors.As(err, &invalid) {
			t.Errorf("%s: got %v, want InvalidParameterException", name, err)
		}
	}
}

func TestDescribeLogGroups(t *testing.T) {
	store := logs.New()
	for i := range 120 {
		store.CreateGroup(fmt.Sprintf("/g/%03d", i))
	}
	store.CreateGroup("/other")
	c := start(t, &fake{}, store)
	var got []string
	for p := cloudwatchlogs.NewDescribeLogGroupsPaginator(c.logs, &cloudwatchlogs.DescribeLogGroupsInput{LogGroupNamePrefix: new("/g/")}); p.HasMorePages(); {
		page, err := p.NextPage(t.Context())
		check(t, err)
		for _, g := range page.LogGroups {
			got = append(got, *g.LogGroupName)
			if g.LogGroupClass != cwtypes.LogGroupClassStandard || *g.Arn != "arn:aws:logs:eu-central-1:123456789012:log-group:"+*g.LogGroupName+":*" {
				t.Errorf("group %+v", g)
			}
		}
	}
	if len(got) != 120 || !slices.IsSorted(got) {
		t.Errorf("%d groups: %v", len(got), got)
	}
}

func TestGetCallerIdentity(t *testing.T) {
	c := start(t, &fake{}, logs.New())
	out, err := c.sts.GetCallerIdentity(t.Context(), nil)
	check(t, err)
	if *out.Account != testAccount || *out.Arn != "arn:aws:iam::123456789012:user/local" || *out.UserId == "" {
		t.Errorf("got %s %s %s", *out.Account, *out.Arn, *out.UserId)
	}
}

// Nothing that a client sends as a credential comes back, not even in errors.
func TestNoCredentialsInAnswers(t *testing.T) {
	c := start(t, &fake{err: errors.New("broken")}, logs.New())
	for _, target := range []string{"/", "/2015-03-31/functions/health/configuration", "/2015-03-31/nothing", "/favicon.ico"} {
		for _, method := range []string{"GET", "POST"} {
			r, err := http.NewRequest(method, c.url+target, strings.NewReader("Action=Nothing"))
			check(t, err)
			r.Header.Set("Authorization", "AWS4-HMAC-SHA256 Credential=AKIDSECRET/x, Signature=cafebabe")
			r.Header.Set("X-Amz-Security-Token", "token-cafebabe")
			resp, err := http.DefaultClient.Do(r)
			check(t, err)
			body, err := io.ReadAll(resp.Body)
			check(t, err)
			resp.Body.Close()
			if resp.StatusCode < 400 || resp.Header.Get("X-Amzn-Requestid") == "" {
				t.Errorf("%s %s: %s", method, target, resp.Status)
			}
			if bytes.Contains(body, []byte("cafebabe")) || bytes.Contains(body, []byte("AKIDSECRET")) {
				t.Errorf("%s %s answers with a credential: %s", method, target, body)
			}
		}
	}
}

// FuzzRequest sends any path, target and body: an answer always comes, and
// none of the executor's own errors.
func FuzzRequest(f *testing.F) {
	f.Add("GET", "/2015-03-31/functions/health/versions?MaxItems=1&Marker=1", "", "")
	f.Add("PUT", "/2015-03-31/functions/arn%3Aaws/aliases/bench", "", `{"RoutingConfig":{"AdditionalVersionWeights":{"1":2}}}`)
	f.Add("POST", "/", "Logs_20140328.FilterLogEvents", `{"logGroupName":"g","limit":1,"startTime":-1,"filterPattern":"{$.a=1}"}`)
	f.Add("POST", "/", "", "Action=GetCallerIdentity&Version=2011-06-15")
	store := logs.New()
	store.CreateGroup("g")
	fn := &fake{versions: []function.Configuration{version("$LATEST"), version("1")}}
	h := New(testAccount, testRegion, []Function{fn}, store, 0)
	f.Fuzz(func(t *testing.T, method, path, target, body string) {
		fn.asked = nil
		r, err := http.NewRequest(method, "http://127.0.0.1", strings.NewReader(body))
		if err != nil {
			return
		}
		if r.URL, err = r.URL.Parse(path); err != nil {
			return
		}
		r.Header.Set("X-Amz-Target", target)
		w := httptest.NewRecorder()
		h.ServeHTTP(w, r)
		if w.Code >= 500 {
			t.Errorf("%s %s %q: %d %s", method, path, target, w.Code, w.Body)
		}
	})
}
