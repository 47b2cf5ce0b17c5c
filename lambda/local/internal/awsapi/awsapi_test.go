package awsapi

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs"
	"github.com/aws/aws-sdk-go-v2/service/lambda"
	"github.com/aws/aws-sdk-go-v2/service/lambda/types"
	"github.com/aws/aws-sdk-go-v2/service/sts"

	"github.com/coldcrank/coldcrank/lambda/local/internal/function"
	"github.com/coldcrank/coldcrank/lambda/local/internal/logs"
)

const (
	testAccount = "123456789012"
	testRegion  = "eu-central-1"
	testARN     = "arn:aws:lambda:eu-central-1:123456789012:function:health"
)

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
	srv := httptest.NewServer(New(testAccount, testRegion, []Function{f}, store, 0, 1000))
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
	h := New(testAccount, testRegion, []Function{fn}, store, 0, 1000)
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
