package target

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"sync"
	"testing"
)

// service answers operations in AWS's wire formats: Lambda in REST, Logs in JSON
// 1.1, STS and CloudFormation in the query protocol.
type service struct {
	*httptest.Server
	answers map[string]answer // by operation; where one is of $LATEST, with that behind it

	mu    sync.Mutex
	asked []string
}

// answer is a body, or an error where a code is given.
type answer struct {
	body    string
	code    string
	message string
	status  int
}

const stsNamespace = "https://sts.amazonaws.com/doc/2011-06-15/"

// healthy is what AWS answers where nothing stands in a run's way.
func healthy() map[string]answer {
	const config = `{"State":"Active","CodeSha256":"c2hh","MemorySize":512,"Architectures":["arm64"],"LastUpdateStatus":"Successful",` +
		`"LoggingConfig":{"LogFormat":"JSON","SystemLogLevel":"INFO","LogGroup":"/logs/H"},"SnapStart":{"ApplyOn":"None"}}`
	return map[string]answer{
		"GetCallerIdentity":               {body: `<GetCallerIdentityResponse xmlns="` + stsNamespace + `"><GetCallerIdentityResult><Arn>arn:aws:iam::123456789012:user/jo</Arn><UserId>A</UserId><Account>123456789012</Account></GetCallerIdentityResult></GetCallerIdentityResponse>`},
		"GetAccountSettings":              {body: `{"AccountLimit":{"ConcurrentExecutions":1000,"UnreservedConcurrentExecutions":900}}`},
		"GetFunctionConfiguration":        {body: config},
		"GetFunctionConfiguration/latest": {body: config},
		"GetAlias":                        {body: `{"FunctionVersion":"7"}`},
		"ListVersionsByFunction":          {body: `{"Versions":[]}`},
		"GetFunctionConcurrency":          {body: `{}`},
		"GetProvisionedConcurrencyConfig": {code: "ProvisionedConcurrencyConfigNotFoundException", message: "none", status: 404},
		"DescribeLogGroups":               {body: `{"logGroups":[{"logGroupName":"/logs/H","logGroupClass":"STANDARD"},{"logGroupName":"/logs/H2","logGroupClass":"INFREQUENT_ACCESS"}]}`},
		"FilterLogEvents":                 {body: `{"events":[],"searchedLogStreams":[]}`},
	}
}

func newService(t *testing.T, answers map[string]answer) *service {
	s := &service{answers: answers}
	s.Server = httptest.NewServer(s)
	t.Cleanup(s.Close)
	callersAWS(t)
	t.Setenv("AWS_ENDPOINT_URL", s.URL)
	t.Setenv("AWS_MAX_ATTEMPTS", "1")
	return s
}

func (s *service) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	op, protocol := operation(r)
	s.mu.Lock()
	s.asked = append(s.asked, op)
	s.mu.Unlock()
	a, ok := s.answers[op]
	if !ok {
		a = answer{code: "UnknownOperationException", message: "no such operation", status: 400}
	}
	if a.code != "" {
		switch protocol {
		case "rest":
			w.Header().Set("X-Amzn-Errortype", a.code)
			a.body = fmt.Sprintf(`{"message":%q}`, a.message)
		case "json":
			a.body = fmt.Sprintf(`{"__type":%q,"message":%q}`, a.code, a.message)
		case "query":
			a.body = fmt.Sprintf(`<ErrorResponse xmlns="%s"><Error><Type>Sender</Type><Code>%s</Code><Message>%s</Message></Error></ErrorResponse>`, stsNamespace, a.code, a.message)
		}
	}
	w.Header().Set("Content-Type", map[string]string{"rest": "application/json", "json": "application/x-amz-json-1.1", "query": "text/xml"}[protocol])
	if a.status != 0 {
		w.WriteHeader(a.status)
	}
	io.WriteString(w, a.body)
}

func operation(r *http.Request) (name, protocol string) {
	if target := r.Header.Get("X-Amz-Target"); target != "" {
		_, name, _ = strings.Cut(target, ".")
		return name, "json"
	}
	if r.URL.Path == "/" {
		body, err := io.ReadAll(r.Body)
		if err != nil {
			return err.Error(), "query"
		}
		form, err := url.ParseQuery(string(body))
		if err != nil {
			return err.Error(), "query"
		}
		return form.Get("Action"), "query"
	}
	parts := strings.Split(strings.TrimPrefix(r.URL.Path, "/"), "/")
	switch key := r.Method + " " + parts[len(parts)-1]; {
	case key == "GET account-settings":
		return "GetAccountSettings", "rest"
	case key == "GET configuration" && r.URL.Query().Get("Qualifier") == "bench":
		return "GetFunctionConfiguration", "rest"
	case key == "GET configuration":
		return "GetFunctionConfiguration/latest", "rest"
	case key == "GET bench":
		return "GetAlias", "rest"
	case key == "GET versions":
		return "ListVersionsByFunction", "rest"
	case key == "GET concurrency":
		return "GetFunctionConcurrency", "rest"
	case key == "GET provisioned-concurrency":
		return "GetProvisionedConcurrencyConfig", "rest"
	}
	return r.Method + " " + r.URL.Path, "rest"
}

// configured is a function's configuration with changed fields.
func configured(t *testing.T, change string) answer {
	t.Helper()
	var fields, changed map[string]any
	if err := json.Unmarshal([]byte(healthy()["GetFunctionConfiguration"].body), &fields); err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal([]byte(change), &changed); err != nil {
		t.Fatal(err)
	}
	maps.Copy(fields, changed)
	data, err := json.Marshal(fields)
	if err != nil {
		t.Fatal(err)
	}
	return answer{body: string(data)}
}

// markedBy is what a description says of a run in these tests.
func markedBy(description string) (run string, ok bool) {
	return strings.CutPrefix(description, "mark of ")
}

func TestPreflight(t *testing.T) {
	denied := func(status int, code string) answer {
		return answer{code: code, message: "User jo is not authorized", status: status}
	}
	type changes = map[string]answer
	for _, test := range []struct {
		direct   bool
		name     string
		recycled bool
		answers  changes
		fields   []string // of the outputs
		burst    int
		rate     float64
		want     []string // "error text" or "warning text", as it begins
	}{
		{name: "nothing stands in the way"},
		{name: "credentials", answers: changes{"GetCallerIdentity": {code: "ExpiredToken", message: "The security token is expired", status: 403}},
			want: []string{"error aws eu-west-1: credentials do not work: ExpiredToken: The security token is expired"}},
		{name: "no function", answers: changes{"GetFunctionConfiguration": {code: "ResourceNotFoundException", message: "Function not found: fn-H:bench", status: 404}},
			want: []string{"error S/H: function fn-H with alias bench is not there: ResourceNotFoundException: Function not found"}},
		{name: "pending", answers: changes{"GetFunctionConfiguration": configured(t, `{"State":"Pending","StateReason":"The function is being created."}`)},
			want: []string{"error S/H: the function is Pending, not Active: The function is being created."}},
		{name: "failed", answers: changes{"GetFunctionConfiguration": configured(t, `{"State":"Failed"}`)},
			want: []string{"error S/H: the function is Failed, not Active"}},
		{name: "inactive", answers: changes{"GetFunctionConfiguration": configured(t, `{"State":"Inactive"}`)},
			want: []string{"error S/H: the function is Inactive, not Active"}},
		{name: "managed instances", answers: changes{"GetFunctionConfiguration": configured(t, `{"CapacityProviderConfig":{"LambdaManagedInstancesCapacityProviderConfig":{"CapacityProviderArn":"arn:x"}}}`)},
			want: []string{"error S/H: it runs on Lambda Managed Instances"}},
		{name: "durable", answers: changes{"GetFunctionConfiguration": configured(t, `{"DurableConfig":{"ExecutionTimeout":60}}`)},
			want: []string{"error S/H: it is a durable function"}},
		{name: "SnapStart", answers: changes{"GetFunctionConfiguration": configured(t, `{"SnapStart":{"ApplyOn":"PublishedVersions","OptimizationStatus":"On"}}`)},
			want: []string{"warning S/H: SnapStart restores it"}},
		{name: "provisioned", answers: changes{"GetProvisionedConcurrencyConfig": {body: `{"RequestedProvisionedConcurrentExecutions":3,"Status":"READY"}`}},
			want: []string{"warning S/H: alias bench keeps 3 environments provisioned"}},
		{name: "provisioned, and to be recycled", answers: changes{"GetProvisionedConcurrencyConfig": {body: `{"RequestedProvisionedConcurrentExecutions":3,"Status":"READY"}`}}, recycled: true,
			want: []string{"warning S/H: alias bench keeps 3 environments provisioned: each recycle waits"}},
		{name: "WARN", answers: changes{"GetFunctionConfiguration": configured(t, `{"LoggingConfig":{"LogFormat":"JSON","SystemLogLevel":"WARN","LogGroup":"/logs/H"}}`)},
			want: []string{"error S/H: its system log level is WARN"}},
		{name: "text logs have no level", answers: changes{"GetFunctionConfiguration": configured(t, `{"LoggingConfig":{"LogFormat":"Text","LogGroup":"/logs/H"}}`)}},
		{name: "another log group", answers: changes{"GetFunctionConfiguration": configured(t, `{"LoggingConfig":{"LogFormat":"Text","LogGroup":"/aws/lambda/fn-H"}}`)},
			want: []string{"error S/H: it writes to log group /aws/lambda/fn-H, its outputs say /logs/H"}},
		{name: "another architecture", answers: changes{"GetFunctionConfiguration": configured(t, `{"Architectures":["x86_64"]}`)}, fields: []string{"Architecture", "arm64"},
			want: []string{"warning S/H: it runs on x86_64, its outputs say arm64"}},
		{name: "newer code in $LATEST", answers: changes{"GetFunctionConfiguration/latest": configured(t, `{"CodeSha256":"bmV3"}`)},
			want: []string{"error S/H: $LATEST, from which a run publishes, has other code or memory"}},
		{name: "another run goes on", fields: []string{"Version", "6"}, answers: changes{
			"GetFunctionConfiguration": configured(t, `{"MemorySize":128}`), "GetFunctionConfiguration/latest": configured(t, `{"Description":"mark of 0a1b"}`)},
			want: []string{"error S/H: another run has not put it back: it bears the mark of run 0a1b"}},
		{name: "another run was killed", fields: []string{"Version", "6"}, answers: changes{"GetFunctionConfiguration": configured(t, `{"Description":"mark of 0a1b"}`)},
			want: []string{"error S/H: another run has not put it back: it bears the mark of run 0a1b"}},
		{name: "old outputs", fields: []string{"Version", "6"},
			want: []string{"error S/H: alias bench leads to version 7, its outputs say 6"}},
		{name: "new outputs", fields: []string{"Version", "7"}},
		{name: "account's concurrency", answers: changes{"GetAccountSettings": {body: `{"AccountLimit":{"ConcurrentExecutions":10,"UnreservedConcurrentExecutions":10}}`}}, burst: 11,
			want: []string{"error S/H: a burst of 11 is more than the account's concurrency in this Region, 10"}},
		{name: "account's concurrency suffices", answers: changes{"GetAccountSettings": {body: `{"AccountLimit":{"ConcurrentExecutions":10,"UnreservedConcurrentExecutions":10}}`}}, burst: 10},
		{name: "reserved concurrency goes before the account's", answers: changes{"GetFunctionConcurrency": {body: `{"ReservedConcurrentExecutions":4}`}}, burst: 5,
			want: []string{"error S/H: a burst of 5 is more than the function's reserved concurrency, 4"}},
		{name: "switched off", answers: changes{"GetFunctionConcurrency": {body: `{"ReservedConcurrentExecutions":0}`}}, burst: 1,
			want: []string{"error S/H: the function's reserved concurrency is 0"}},
		{name: "faster than Lambda scales", answers: changes{"GetFunctionConcurrency": {body: `{"ReservedConcurrentExecutions":5000}`}}, burst: 1001,
			want: []string{"warning S/H: a burst of 1001 is more than the 1000 environments"}},
		{name: "more than the API admits", fields: []string{"BurstLimit", "8"}, burst: 9,
			want: []string{"error S/H: a burst of 9 is more than the 8 requests at once that its API admits"}},
		{name: "as many as the API admits", fields: []string{"BurstLimit", "8"}, burst: 8},
		{name: "what the API admits is not asked where there is none", fields: []string{"BurstLimit", "8", "Url", ""}, burst: 9, direct: true},
		{name: "a load above what the API admits", fields: []string{"RateLimit", "500"}, rate: 500.5,
			want: []string{"error S/H: a load of 500.5 requests a second is more than the 500 a second that its API admits"}},
		{name: "as much load as the API admits", fields: []string{"RateLimit", "500"}, rate: 500},
		{name: "a load through no API", fields: []string{"RateLimit", "500", "Url", ""}, rate: 501, direct: true},
		{name: "a load above ten a second for each environment", answers: changes{"GetFunctionConcurrency": {body: `{"ReservedConcurrentExecutions":4}`}}, rate: 41,
			want: []string{"error S/H: a load of 41 requests a second is more than Lambda admits by the function's reserved concurrency, 4: 10 a second for each"}},
		{name: "ten a second for each environment", answers: changes{"GetFunctionConcurrency": {body: `{"ReservedConcurrentExecutions":4}`}}, rate: 40},
		{name: "signed, and not https", fields: []string{"Auth", "AWS_IAM", "Url", "http://192.0.2.1/health"},
			want: []string{"error S/H: its URL http://192.0.2.1/health is not https"}},
		{name: "log class", answers: changes{"DescribeLogGroups": {body: `{"logGroups":[{"logGroupName":"/logs/H","logGroupClass":"INFREQUENT_ACCESS"}]}`}},
			want: []string{"error S/H: log group /logs/H is of class INFREQUENT_ACCESS"}},
		{name: "no log group", answers: changes{"DescribeLogGroups": {body: `{"logGroups":[{"logGroupName":"/logs/H2"}]}`}},
			want: []string{"error S/H: log group /logs/H is not there"}},
		{name: "no access log", fields: []string{"AccessLogs", ""},
			want: []string{"warning S/H: its outputs name no access log"}},
		{name: "no API", fields: []string{"Url", ""},
			want: []string{"error S/H: its outputs name no URL"}},
		{name: "no API, and none is needed", fields: []string{"AccessLogs", "", "Url", ""}, direct: true},
		{name: "permissions that a run needs", answers: changes{
			"GetFunctionConfiguration": denied(403, "AccessDeniedException"), "FilterLogEvents": denied(400, "AccessDeniedException")},
			want: []string{"error S/H: lambda:GetFunctionConfiguration is not permitted: AccessDeniedException: User jo is not authorized",
				"error S/H: logs:FilterLogEvents of /logs/H is not permitted"}},
		{name: "permissions that only checks need", answers: changes{
			"GetAccountSettings": denied(403, "AccessDeniedException"), "GetFunctionConcurrency": denied(403, "AccessDeniedException"),
			"GetProvisionedConcurrencyConfig": denied(403, "AccessDeniedException"), "DescribeLogGroups": denied(400, "AccessDeniedException")},
			want: []string{"warning aws eu-west-1: lambda:GetAccountSettings is not permitted", "warning S/H: lambda:GetProvisionedConcurrencyConfig is not permitted",
				"warning S/H: lambda:GetFunctionConcurrency is not permitted", "warning S/H: logs:DescribeLogGroups is not permitted"}},
		{name: "an emulator that does not know", answers: changes{
			"GetProvisionedConcurrencyConfig": {code: "UnknownOperationException", status: 400}, "FilterLogEvents": {code: "NotImplemented", status: 501}},
			want: []string{"warning S/H: lambda:GetProvisionedConcurrencyConfig: UnknownOperationException", "warning S/H: logs:FilterLogEvents of /logs/H: NotImplemented"}},
		{name: "everything at once", burst: 5, fields: []string{"Version", "6"}, answers: changes{
			"GetFunctionConfiguration": configured(t, `{"State":"Inactive","LoggingConfig":{"LogFormat":"JSON","SystemLogLevel":"WARN"}}`),
			"GetFunctionConcurrency":   {body: `{"ReservedConcurrentExecutions":4}`},
			"ListVersionsByFunction":   denied(403, "AccessDeniedException"),
			"DescribeLogGroups":        {body: `{"logGroups":[]}`}},
			want: []string{"error S/H: the function is Inactive", "error S/H: its system log level is WARN", "error S/H: alias bench leads to version 7",
				"error S/H: lambda:ListVersionsByFunction is not permitted", "error S/H: a burst of 5", "error S/H: log group /logs/H is not there"}},
	} {
		t.Run(test.name, func(t *testing.T) {
			answers := healthy()
			maps.Copy(answers, test.answers)
			s := newService(t, answers)
			test.fields = append([]string{"AccessLogs", "/logs/H", "Url", s.URL + "/health"}, test.fields...) // the last ones count
			found, _, err := Where{Files: []string{outputsFile(t, `{"S":{`+api("H", test.fields...)+`}}`)}, Direct: test.direct}.Find(t.Context(), nil)
			if err != nil {
				t.Fatal(err)
			}
			_, findings := Preflight(t.Context(), found, Need{Burst: test.burst, Rate: test.rate, MarkedBy: markedBy, RecycleProvisioned: test.recycled})
			var got []string
			for _, f := range findings {
				level := "warning"
				if f.Level == Error {
					level = "error"
				}
				line := level + " " + f.Target + ": " + f.Text
				if !slices.Contains(got, line) { // one log group is two here
					got = append(got, line)
				}
			}
			if len(got) != len(test.want) {
				t.Fatalf("got\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(test.want, "\n"))
			}
			for i, want := range test.want {
				if !strings.HasPrefix(got[i], want) {
					t.Errorf("got %q, want %q", got[i], want)
				}
			}
			for _, f := range findings {
				if f.Level == Error && f.Hint == "" && !strings.Contains(f.Text, "logs:") {
					t.Errorf("%q has no hint", f.Text)
				}
			}
		})
	}
}

// Accounts are asked for once for each Region, and nothing but reads is sent.
func TestPreflightAccounts(t *testing.T) {
	s := newService(t, healthy())
	same := []string{"AccessLogs", "/logs/H", "FunctionLogs", "/logs/H", "Url", s.URL + "/health"}
	found, _, err := Where{Files: []string{outputsFile(t, `{"S":{`+api("A", same...)+","+api("B", same...)+","+api("C", append(same, "Region", "us-east-1")...)+`}}`)}}.Find(t.Context(), nil)
	if err != nil {
		t.Fatal(err)
	}
	accounts, findings := Preflight(t.Context(), found, Need{Burst: 5, MarkedBy: markedBy})
	if findings != nil {
		t.Errorf("findings %+v", findings)
	}
	if len(accounts) != 2 || accounts[0].ID != "123456789012" || accounts[0].Region != "eu-west-1" || accounts[1].Region != "us-east-1" ||
		accounts[0].Caller != "arn:aws:iam::123456789012:user/jo" || accounts[0].Local {
		t.Errorf("accounts %+v", accounts)
	}
	count := map[string]int{}
	for _, op := range s.asked {
		count[op]++
		if _, read := healthy()[op]; !read {
			t.Errorf("sent %s", op)
		}
	}
	if count["GetCallerIdentity"] != 2 || count["GetAccountSettings"] != 2 || count["GetAlias"] != 3 {
		t.Errorf("sent %v", count)
	}
}

func TestPreflightEnds(t *testing.T) {
	s := newService(t, healthy())
	found, _, err := Where{Files: []string{outputsFile(t, `{"S":{`+api("H", "Url", s.URL)+`}}`)}}.Find(t.Context(), nil)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if accounts, _ := Preflight(ctx, found, Need{Burst: 1, MarkedBy: markedBy}); accounts != nil {
		t.Errorf("accounts %+v of calls that were not made", accounts)
	}
}
