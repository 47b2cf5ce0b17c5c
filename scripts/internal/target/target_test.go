package target

import (
	"bytes"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"net/http"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs"

	"github.com/coldcrank/coldcrank/infra/outputs"
)

func names(targets []*Target) (list []string) {
	for _, t := range targets {
		list = append(list, t.String())
	}
	return list
}

func TestFind(t *testing.T) {
	callersAWS(t)
	shop := outputsFile(t, `{"Shop":{`+api("Orders")+","+api("Health")+`,"Foreign":"x"},"Bank":{`+api("Health")+`}}`)
	more := outputsFile(t, `{"Zoo":{`+api("Bears")+`},"Ark":{`+api("Broken", "Alias", "")+`}}`)
	for _, test := range []struct {
		files, names []string
		want         []string
		warnings     int
		many         bool
		fits         []string // of a *NameError
	}{
		{files: []string{shop}, want: []string{"Bank/Health", "Shop/Health", "Shop/Orders"}},
		{files: []string{more, shop}, want: []string{"Zoo/Bears", "Bank/Health", "Shop/Health", "Shop/Orders"}, warnings: 1},
		{files: []string{shop}, names: []string{}, want: []string{"Bank/Health", "Shop/Health", "Shop/Orders"}},
		{files: []string{shop}, names: []string{"Orders", "Bank/Health"}, want: []string{"Shop/Orders", "Bank/Health"}},
		{files: []string{shop}, names: []string{"Orders", "Shop/Orders"}, want: []string{"Shop/Orders"}},
		{files: []string{shop}, names: []string{"Health"}, many: true, fits: []string{"Bank/Health", "Shop/Health"}},
		{files: []string{shop}, names: []string{"orders"}, fits: []string{"Bank/Health", "Shop/Health", "Shop/Orders"}},
		{files: []string{shop}, names: []string{""}, fits: []string{"Bank/Health", "Shop/Health", "Shop/Orders"}},
	} {
		got, warnings, err := Where{Files: test.files}.Find(t.Context(), test.names)
		var wrong *NameError
		switch {
		case test.fits != nil:
			if !errors.As(err, &wrong) || wrong.Many != test.many || !slices.Equal(wrong.Fits, test.fits) {
				t.Errorf("names %q: got %v, want a *NameError with %q", test.names, err, test.fits)
			}
		case err != nil:
			t.Errorf("names %q: %v", test.names, err)
		case !slices.Equal(names(got), test.want) || len(warnings) != test.warnings:
			t.Errorf("names %q: got %q, warnings %q; want %q, %d warnings", test.names, names(got), warnings, test.want, test.warnings)
		}
	}
}

func TestFindErrors(t *testing.T) {
	callersAWS(t)
	shop := outputsFile(t, `{"Shop":{`+api("Orders")+`}}`)
	var syntax *outputs.SyntaxError
	for _, test := range []struct {
		name  string
		files []string
		is    func(error) bool
	}{
		{"no file", nil, func(err error) bool { return errors.Is(err, ErrNone) }},
		{"empty", []string{outputsFile(t, `{}`)}, func(err error) bool { return errors.Is(err, ErrNone) }},
		{"foreign", []string{outputsFile(t, `{"A":{"B":"c"}}`)}, func(err error) bool { return errors.Is(err, ErrNone) }},
		{"no JSON", []string{outputsFile(t, `{"A":`)}, func(err error) bool { return errors.As(err, &syntax) }},
		{"missing", []string{filepath.Join(t.TempDir(), "none.json")}, func(err error) bool { return errors.Is(err, ErrNoFile) }},
		{"twice", []string{shop, shop}, func(err error) bool { return err != nil && strings.Contains(err.Error(), "Shop/Orders") }},
		{"no Region", []string{outputsFile(t, `{"Shop":{`+api("Orders", "Region", "")+`}}`)},
			func(err error) bool { return err != nil && strings.Contains(err.Error(), "no Region") }},
	} {
		if _, _, err := (Where{Files: test.files}).Find(t.Context(), nil); !test.is(err) {
			t.Errorf("%s: got %v", test.name, err)
		}
	}
}

// executor is an outputs file of an executor that is not AWS.
func executor(t *testing.T, name, endpoint, url, more string, fields ...string) string {
	return outputsFile(t, fmt.Sprintf(`{"coldcrank:executor":{"name":%q,"endpoint":%q%s},"S":{%s}}`,
		name, endpoint, more, api("H", append([]string{"Url", url}, fields...)...)))
}

func TestExecutorsElsewhereAreRefused(t *testing.T) {
	callersAWS(t)
	const here = "http://127.0.0.1:4566"
	for _, test := range []struct {
		name, endpoint, url, region string
		refused                     string // part of the error
	}{
		{"local", here, here + "/health", "r", ""},
		{"local", "http://localhost:1", "http://localhost:2/health", "r", ""},
		{"local", "http://[::1]:1", "http://127.8.9.1:2/health", "r", ""},
		{"local", "https://lambda.eu-west-1.amazonaws.com", here + "/health", "r", "not on this machine"},
		{"local", here, "https://x.execute-api.eu-west-1.amazonaws.com/health", "r", "not on this machine"},
		{"local", "http://127.0.0.1.example.com", here + "/health", "r", "not on this machine"},
		{"local", "http://127.0.0.1@example.com", here + "/health", "r", "not on this machine"},
		{"local", "http://localhost.example.com", here + "/health", "r", "not on this machine"},
		{"local", "http://0.0.0.0:80", here + "/health", "r", "not on this machine"},
		{"local", "http://10.0.0.1", here + "/health", "r", "not on this machine"},
		{"local", "", here + "/health", "r", "not on this machine"},
		{"local", "127.0.0.1:80", here + "/health", "r", "not on this machine"},
		{"local", "http://%", here + "/health", "r", "not on this machine"},
		{"aws", here, here + "/health", "r", "no name"},
		{"", here, here + "/health", "r", "no name"},
		{"local", here, here + "/health", "", "no Region"},
	} {
		_, _, err := Where{Files: []string{executor(t, test.name, test.endpoint, test.url, "", "Region", test.region)}}.Find(t.Context(), nil)
		if test.refused == "" && err != nil || test.refused != "" && (err == nil || !strings.Contains(err.Error(), test.refused)) {
			t.Errorf("executor %q at %q, URL %q: got %v, want %q", test.name, test.endpoint, test.url, err, test.refused)
		}
	}
}

func TestPace(t *testing.T) {
	callersAWS(t)
	const here = "http://127.0.0.1:4566"
	for _, test := range []struct {
		more                      string
		logs, state, late, settle time.Duration
	}{
		{`,"pollMs":20,"patienceMs":3000`, 20 * time.Millisecond, 20 * time.Millisecond, 3 * time.Second, 0},
		{``, awsLogsPoll, awsStatePoll, awsPatience, 0},
		{`,"pollMs":-1,"patienceMs":-1`, awsLogsPoll, awsStatePoll, awsPatience, 0}, // never a busy loop
	} {
		found, _, err := Where{Files: []string{executor(t, "local", here, here, test.more)}}.Find(t.Context(), nil)
		if err != nil {
			t.Fatal(err)
		}
		x := found[0]
		if x.LogsPoll != test.logs || x.StatePoll != test.state || x.Patience != test.late || x.Settle != test.settle || x.ExecutorName() != "local" {
			t.Errorf("%s: %s has pace %s %s %s %s", test.more, x.ExecutorName(), x.LogsPoll, x.StatePoll, x.Patience, x.Settle)
		}
	}
	found, _, err := Where{Files: []string{outputsFile(t, `{"S":{`+api("H")+`}}`)}}.Find(t.Context(), nil)
	if err != nil {
		t.Fatal(err)
	}
	if x := found[0]; x.LogsPoll != awsLogsPoll || x.StatePoll != awsStatePoll || x.Patience != awsPatience || x.Settle != awsSettle || x.ExecutorName() != "aws" {
		t.Errorf("AWS: %s has pace %s %s %s %s", x.ExecutorName(), x.LogsPoll, x.StatePoll, x.Patience, x.Settle)
	}
}

// TestCredentials asks both services of an executor and of AWS, and looks at
// whose credentials arrive where.
func TestCredentials(t *testing.T) {
	callersAWS(t)
	const answer = `{"MemorySize":512,"events":[]}`
	local, aws := newEndpoint(t, answer), newEndpoint(t, answer)
	t.Setenv("AWS_ENDPOINT_URL", aws.URL)
	t.Setenv("AWS_ENDPOINT_URL_LAMBDA", aws.URL)
	t.Setenv("AWS_REGION", "us-east-1") // the outputs' Region goes before it
	for _, test := range []struct {
		file      string
		to, other *endpoint
		key       string
	}{
		{executor(t, "local", local.URL, local.URL, ""), local, aws, "local"},
		{outputsFile(t, `{"S":{`+api("H")+`}}`), aws, local, callersKey},
	} {
		found, _, err := Where{Files: []string{test.file}}.Find(t.Context(), nil)
		if err != nil {
			t.Fatal(err)
		}
		before := len(test.other.asked)
		if _, err := found[0].Describe(t.Context()); err != nil {
			t.Error(err)
		}
		if _, err := found[0].Logs.FilterLogEvents(t.Context(), &cloudwatchlogs.FilterLogEventsInput{LogGroupName: new("g")}); err != nil {
			t.Error(err)
		}
		if len(test.to.asked) != 2 || len(test.other.asked) != before {
			t.Errorf("%s: %d calls arrived, %d elsewhere; want 2, 0", test.key, len(test.to.asked), len(test.other.asked)-before)
		}
		for i, h := range test.to.asked {
			service := []string{"lambda", "logs"}[i]
			if a := h.Get("Authorization"); !strings.Contains(a, "Credential="+test.key+"/") || !strings.Contains(a, "/eu-west-1/"+service+"/") {
				t.Errorf("%s: Authorization %q", test.key, a)
			}
			if all := fmt.Sprint(h); test.key == "local" && (strings.Contains(all, callersKey) || strings.Contains(all, callersSecret) || strings.Contains(all, callersToken)) {
				t.Errorf("the caller's credentials reach the executor: %s", all)
			}
		}
	}
}

func TestRegionFromTheEnvironment(t *testing.T) {
	callersAWS(t)
	t.Setenv("AWS_REGION", "sa-east-1")
	found, _, err := Where{Files: []string{outputsFile(t, `{"S":{`+api("H", "Region", "")+`}}`)}}.Find(t.Context(), nil)
	if err != nil || found[0].Region != "sa-east-1" {
		t.Errorf("got %+v, %v, want the environment's Region", found, err)
	}
}

func TestDescribe(t *testing.T) {
	callersAWS(t)
	for _, test := range []struct {
		answer string
		want   Description
	}{
		{`{"MemorySize":1024,"Architectures":["arm64"],"Runtime":"provided.al2023","CodeSha256":"c2hh","CodeSize":4711,"LoggingConfig":{"LogFormat":"JSON"}}`,
			Description{MemoryMB: 1024, Architecture: "arm64", Runtime: "provided.al2023", CodeSHA256: "c2hh", CodeBytes: 4711, JSONLogs: true}},
		{`{"MemorySize":128,"LoggingConfig":{"LogFormat":"Text"}}`, Description{MemoryMB: 128, Architecture: "x86_64"}},
		{`{"MemorySize":128}`, Description{MemoryMB: 128, Architecture: "x86_64"}},
	} {
		e := newEndpoint(t, test.answer)
		found, _, err := Where{Files: []string{executor(t, "local", e.URL, e.URL, "")}}.Find(t.Context(), nil)
		if err != nil {
			t.Fatal(err)
		}
		got, err := found[0].Describe(t.Context())
		if err != nil || got != test.want {
			t.Errorf("got %+v, %v, want %+v", got, err, test.want)
		}
		if want := "/2015-03-31/functions/fn-H/configuration?Qualifier=bench"; !slices.Equal(e.paths, []string{want}) {
			t.Errorf("asked %q, want %q", e.paths, want)
		}
	}
}

func TestURLFor(t *testing.T) {
	for _, test := range []struct {
		url, route, path string
		want             string // empty: refused
		method           string
	}{
		{"https://h/health", "GET /health", "", "https://h/health", "GET"},
		{"https://h/health", "GET /health", "/other?a=b", "https://h/other?a=b", "GET"},
		{"https://h/prod/health", "POST /health", "/other", "https://h/prod/other", "POST"},
		{"https://h/prod/health", "POST /health", "/health", "https://h/prod/health", "POST"},
		{"https://h/orders/{id}", "GET /orders/{id}", "/orders/7", "https://h/orders/7", "GET"},
		{"https://h/orders/{id}", "GET /orders/{id}", "", "", "GET"},
		{"https://h/prod/{proxy+}", "ANY /{proxy+}", "/a/b", "https://h/prod/a/b", "GET"},
		{"https://h/", "ANY /", "/a", "https://h/a", "GET"},
		{"https://h", "$default", "", "https://h", "GET"},
		{"https://h/", "$default", "/a", "https://h/a", "GET"},
		{"https://h/prod", "$default", "/a", "https://h/prod/a", "GET"},
		{"https://h/health", "GET /health", "other", "", "GET"},
		{"https://h/health", "GET /health", "@example.com/", "", "GET"},
		{"https://h/health", "GET /health", "/%zz", "", "GET"},
		{"https://h/health", "GET /health", "/a\nb", "", "GET"},
		{"https://h/health", "", "", "https://h/health", "GET"},
		{"https://h/health", "", "/other", "", "GET"},
		{"https://h/elsewhere", "DELETE /health", "/other", "", "DELETE"},
	} {
		x := &Target{Target: outputs.Target{Stack: "S", Name: "N", URL: test.url, Route: test.route}}
		got, err := x.URLFor(test.path)
		if got != test.want || (err == nil) != (test.want != "") {
			t.Errorf("%s, %s, path %q: got %q, %v, want %q", test.url, test.route, test.path, got, err, test.want)
		}
		if got := x.Method(); got != test.method {
			t.Errorf("%s: method %q, want %q", test.route, got, test.method)
		}
	}
}

func TestSign(t *testing.T) {
	callersAWS(t)
	now := time.Date(2026, 11, 22, 10, 30, 0, 0, time.UTC)
	for _, test := range []struct {
		auth, url string
		body      string
		query     string // as signed
	}{
		{outputs.AuthNone, "https://h.example/health", "", ""},
		{outputs.AuthIAM, "https://h.example/health", "", ""},
		{outputs.AuthIAM, "https://h.example/health?b=2&a=1%2F2", `{"a":1}`, "a=1%2F2&b=2"},
	} {
		found, _, err := Where{Files: []string{outputsFile(t, `{"S":{`+api("H", "Auth", test.auth, "Region", "ap-south-1")+`}}`)}}.Find(t.Context(), nil)
		if err != nil {
			t.Fatal(err)
		}
		r, err := http.NewRequest("POST", test.url, bytes.NewReader([]byte(test.body)))
		if err != nil {
			t.Fatal(err)
		}
		if err := found[0].Sign(t.Context(), r, []byte(test.body), now); err != nil {
			t.Fatal(err)
		}
		if test.auth == outputs.AuthNone {
			if len(r.Header) > 0 {
				t.Errorf("an open route's request got headers: %v", r.Header)
			}
			continue
		}
		if got, want := r.Header.Get("Authorization"), authorization(t, r, test.query, test.body); got != want {
			t.Errorf("Authorization\n%s, want\n%s", got, want)
		}
		if r.Header.Get("X-Amz-Security-Token") != callersToken {
			t.Errorf("headers %v lack the session token", r.Header)
		}
	}
}

// authorization works the header out again, by "Create a signed AWS API
// request" of the IAM User Guide.
func authorization(t *testing.T, r *http.Request, query, body string) string {
	t.Helper()
	m := regexp.MustCompile(`SignedHeaders=([^,]+),`).FindStringSubmatch(r.Header.Get("Authorization"))
	if m == nil {
		t.Fatalf("Authorization %q", r.Header.Get("Authorization"))
	}
	canonical := r.Method + "\n" + r.URL.Path + "\n" + query + "\n"
	for _, h := range strings.Split(m[1], ";") {
		value := r.Header.Get(h)
		switch h {
		case "host":
			value = r.URL.Host
		case "content-length":
			value = fmt.Sprint(len(body))
		}
		canonical += h + ":" + value + "\n"
	}
	hash := func(s string) string { sum := sha256.Sum256([]byte(s)); return hex.EncodeToString(sum[:]) }
	mac := func(key []byte, s string) []byte {
		h := hmac.New(sha256.New, key)
		h.Write([]byte(s))
		return h.Sum(nil)
	}
	const scope = "20261122/ap-south-1/execute-api/aws4_request"
	text := "AWS4-HMAC-SHA256\n20261122T103000Z\n" + scope + "\n" + hash(canonical+"\n"+m[1]+"\n"+hash(body))
	key := []byte("AWS4" + callersSecret)
	for part := range strings.SplitSeq(scope, "/") {
		key = mac(key, part)
	}
	return fmt.Sprintf("AWS4-HMAC-SHA256 Credential=%s/%s, SignedHeaders=%s, Signature=%x", callersKey, scope, m[1], mac(key, text))
}

// The session token goes to nobody who does not need it.
func TestSignOnlyForTLS(t *testing.T) {
	callersAWS(t)
	onAWS := outputsFile(t, `{"S":{`+api("H", "Auth", outputs.AuthIAM)+`}}`)
	const here = "http://127.0.0.1:4566"
	local := executor(t, "local", here, here, "", "Auth", outputs.AuthIAM)
	for _, test := range []struct {
		file, url string
		direct    bool
		signed    bool
	}{
		{onAWS, "https://h.example/health", false, true},
		{onAWS, "http://h.example/health", false, false},
		{onAWS, "http://127.0.0.1.example/health", false, false},
		{onAWS, here, false, true},
		{onAWS, "http://emulator:4566/2015-03-31/functions/f/invocations", true, true}, // where the SDK itself was told to go
		{local, here, false, true},
	} {
		found, _, err := Where{Files: []string{test.file}, Direct: test.direct}.Find(t.Context(), nil)
		if err != nil {
			t.Fatal(err)
		}
		r, err := http.NewRequest("GET", test.url, nil)
		if err != nil {
			t.Fatal(err)
		}
		if err := found[0].Sign(t.Context(), r, nil, time.Now()); (err == nil) != test.signed || (len(r.Header) > 0) != test.signed {
			t.Errorf("%s, direct %v: got %v, headers %v; want signed %v", test.url, test.direct, err, r.Header, test.signed)
		}
	}
}

func TestSignWithoutCredentials(t *testing.T) {
	callersAWS(t)
	t.Setenv("AWS_ACCESS_KEY_ID", "")
	t.Setenv("AWS_SECRET_ACCESS_KEY", "")
	found, _, err := Where{Files: []string{outputsFile(t, `{"S":{`+api("H", "Auth", outputs.AuthIAM)+`}}`)}}.Find(t.Context(), nil)
	if err != nil {
		t.Fatal(err)
	}
	r, err := http.NewRequest("GET", "https://h.example/health", nil)
	if err != nil {
		t.Fatal(err)
	}
	if err := found[0].Sign(t.Context(), r, nil, time.Now()); err == nil || !strings.HasPrefix(err.Error(), "sign: ") {
		t.Errorf("got %v, want an error of signing", err)
	}
}
