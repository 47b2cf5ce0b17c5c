package main

import (
	"bytes"
	"encoding/json"
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/coldcrank/coldcrank/infra/outputs"
	"github.com/coldcrank/coldcrank/lambda/local"
	"github.com/coldcrank/coldcrank/scripts/internal/target"
)

// unneededHere are the actions that the policy allows and that neither the run
// nor the restoring of TestPolicyIsWhatARunNeeds asks for.
var unneededHere = map[string]string{
	"execute-api:Invoke": "it is no call of the AWS API: the requests that are measured need it",
}

// TestPolicyIsWhatARunNeeds records every call of a whole run, of one that
// cannot put back what it changed, and of restoring it, and holds each call
// against the policy of the target: action and resource.
func TestPolicyIsWhatARunNeeds(t *testing.T) {
	x := tinyExecutor(t)
	between := newRecorder(t, x.Endpoint())
	file := filepath.Join(t.TempDir(), "outputs.json")
	if err := x.WriteOutputs(file); err != nil {
		t.Fatal(err)
	}
	data := bytes.ReplaceAll(readFile(t, file), []byte(x.Endpoint()), []byte(between.URL))
	if err := os.WriteFile(file, data, 0o644); err != nil {
		t.Fatal(err)
	}
	found, _, err := target.Where{Files: []string{file}}.Find(t.Context(), []string{"Tiny/Hello"})
	if err != nil {
		t.Fatal(err)
	}
	found[0].Auth = "AWS_IAM" // the widest policy
	policy, _ := target.NewPolicy(found, "000000000000", nil)

	results := t.TempDir()
	run := func(want int, args ...string) {
		t.Helper()
		// A process of its own: a journal is locked until its run has ended.
		if out := runIn(t, t.TempDir(), os.Environ(), "coldcrank", args...); out.code != want {
			t.Fatalf("%s: exit code %d, want %d\n%s%s", args, out.code, want, out.stdout, out.stderr)
		}
	}
	measure := []string{"run", "--outputs", file, "--target", "Tiny/Hello", "--rounds", "3", "--burst", "2", "--warm", "1", "--results", results}
	run(exitOK, measure...)
	between.refuseAfter("lambda:PublishVersion")
	run(exitFailed, measure...)
	between.refuseAfter("")
	run(exitOK, "restore", "--results", results)

	needed := map[string]bool{}
	for _, c := range between.recorded() {
		needed[c.action] = true
		if c.action == "sts:GetCallerIdentity" { // needs no permission
			continue
		}
		if !allows(policy, c) {
			t.Errorf("%s on %s is not allowed", c.action, c.resource)
		}
	}
	for _, s := range policy.Statement {
		for _, action := range s.Action {
			if why := unneededHere[action]; needed[action] == (why != "") {
				t.Errorf("%s: needed %v, and listed as not needed because %q", action, needed[action], why)
			}
		}
	}
	// What would be missing must be noticed.
	for i := range policy.Statement {
		less := policy
		less.Statement = slices.Delete(slices.Clone(policy.Statement), i, i+1)
		refused := slices.ContainsFunc(between.recorded(), func(c awsCall) bool { return c.action != "sts:GetCallerIdentity" && !allows(less, c) })
		if want := unneededHere[policy.Statement[i].Action[0]] == ""; refused != want {
			t.Errorf("without statement %s a call is refused: %v", policy.Statement[i].Sid, refused)
		}
	}
}

var templateFormat = regexp.MustCompile(`"Format": "(\\.|[^"\\])*"`)

// tinyExecutor starts the small app of lambda/local's tests, with the access log
// of a benchmark API.
func tinyExecutor(t *testing.T) *local.Executor {
	t.Helper()
	source := filepath.Join("..", "..", "lambda", "local")
	assembly := filepath.Join(t.TempDir(), "cdk.out")
	if err := os.CopyFS(assembly, os.DirFS(filepath.Join(source, "testdata", "cdk.out"))); err != nil {
		t.Fatal(err)
	}
	template := filepath.Join(assembly, "Tiny.template.json")
	format, err := json.Marshal(outputs.AccessLogFormat())
	if err != nil {
		t.Fatal(err)
	}
	data := templateFormat.ReplaceAllLiteral(readFile(t, template), append([]byte(`"Format": `), format...))
	if err := os.WriteFile(template, data, 0o644); err != nil {
		t.Fatal(err)
	}
	build := exec.Command("go", "build", "-o", filepath.Join(assembly, "asset.hello", "bootstrap"), "./testdata/bootstrap")
	build.Dir = source
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	x, err := local.Start(t.Context(), assembly, local.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := x.Close(); err != nil {
			t.Error(err)
		}
	})
	return x
}

// awsCall is one call of the AWS API, as IAM sees it.
type awsCall struct{ action, resource string }

// allows evaluates a policy without conditions for a call: actions by name,
// resources with "*" for any text.
func allows(p target.Policy, c awsCall) bool {
	return slices.ContainsFunc(p.Statement, func(s target.Statement) bool {
		return slices.Contains(s.Action, c.action) && slices.ContainsFunc(s.Resource, func(pattern string) bool {
			matches := regexp.MustCompile("^" + strings.ReplaceAll(regexp.QuoteMeta(pattern), `\*`, ".*") + "$")
			return matches.MatchString(c.resource)
		})
	})
}

// recorder stands between the command and an AWS API and writes down what is
// asked.
type recorder struct {
	*httptest.Server
	mu    sync.Mutex
	calls []awsCall
	after string // an action after which every call is refused
	deny  bool
}

func newRecorder(t *testing.T, endpoint string) *recorder {
	t.Helper()
	mustBeLoopback(t, endpoint)
	to, err := url.Parse(endpoint)
	if err != nil {
		t.Fatal(err)
	}
	r := new(recorder)
	proxy := &httputil.ReverseProxy{Rewrite: func(p *httputil.ProxyRequest) { p.SetURL(to) }}
	r.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, q *http.Request) {
		c, err := callOf(q)
		if err != nil {
			t.Error(err)
		}
		if r.record(c) {
			// Forbidden, as IAM says it of a Lambda call: no SDK tries again.
			w.Header().Set("X-Amzn-Errortype", "AccessDeniedException")
			w.WriteHeader(http.StatusForbidden)
			io.WriteString(w, `{"Message":"refused by the test"}`)
			return
		}
		proxy.ServeHTTP(w, q)
	}))
	t.Cleanup(r.Close)
	return r
}

// refuseAfter lets the next call of an action through and refuses everything
// that follows; "" lets everything through again.
func (r *recorder) refuseAfter(action string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.after, r.deny = action, false
}

func (r *recorder) record(c awsCall) (refused bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.calls = append(r.calls, c)
	refused = r.deny
	r.deny = r.deny || r.after != "" && c.action == r.after
	return refused
}

func (r *recorder) recorded() []awsCall {
	r.mu.Lock()
	defer r.mu.Unlock()
	return slices.Clone(r.calls)
}

// lambdaOperations are the operations of Lambda's REST API by method and path,
// from its API Reference.
var lambdaOperations = map[string]*regexp.Regexp{
	"GetFunctionConfiguration":        regexp.MustCompile(`^GET /2015-03-31/functions/([^/]+)/configuration$`),
	"UpdateFunctionConfiguration":     regexp.MustCompile(`^PUT /2015-03-31/functions/([^/]+)/configuration$`),
	"PublishVersion":                  regexp.MustCompile(`^POST /2015-03-31/functions/([^/]+)/versions$`),
	"ListVersionsByFunction":          regexp.MustCompile(`^GET /2015-03-31/functions/([^/]+)/versions$`),
	"GetAlias":                        regexp.MustCompile(`^GET /2015-03-31/functions/([^/]+)/aliases/[^/]+$`),
	"UpdateAlias":                     regexp.MustCompile(`^PUT /2015-03-31/functions/([^/]+)/aliases/[^/]+$`),
	"DeleteFunction":                  regexp.MustCompile(`^DELETE /2015-03-31/functions/([^/]+)$`),
	"GetAccountSettings":              regexp.MustCompile(`^GET /2016-08-19/account-settings$`),
	"GetFunctionConcurrency":          regexp.MustCompile(`^GET /2019-09-30/functions/([^/]+)/concurrency$`),
	"GetProvisionedConcurrencyConfig": regexp.MustCompile(`^GET /2019-09-30/functions/([^/]+)/provisioned-concurrency$`),
}

// callOf says what a request asks for. Its body stays readable.
func callOf(q *http.Request) (awsCall, error) {
	body, err := io.ReadAll(q.Body)
	if err != nil {
		return awsCall{}, err
	}
	q.Body = io.NopCloser(bytes.NewReader(body))
	const region = "eu-central-1:000000000000:"
	if operation, ok := strings.CutPrefix(q.Header.Get("X-Amz-Target"), "Logs_20140328."); ok {
		var in struct{ LogGroupName string }
		err := json.Unmarshal(body, &in)
		if in.LogGroupName == "" {
			return awsCall{"logs:" + operation, "*"}, err
		}
		return awsCall{"logs:" + operation, "arn:aws:logs:" + region + "log-group:" + in.LogGroupName + ":log-stream:"}, err
	}
	for _, name := range slices.Sorted(maps.Keys(lambdaOperations)) {
		m := lambdaOperations[name].FindStringSubmatch(q.Method + " " + strings.TrimSuffix(q.URL.Path, "/"))
		switch {
		case m == nil:
			continue
		case len(m) == 1:
			return awsCall{"lambda:" + name, "*"}, nil
		}
		resource := "arn:aws:lambda:" + region + "function:" + m[1]
		if qualifier := q.URL.Query().Get("Qualifier"); qualifier != "" {
			resource += ":" + qualifier
		}
		return awsCall{"lambda:" + name, resource}, nil
	}
	form, err := url.ParseQuery(string(body))
	if action := form.Get("Action"); err == nil && action != "" {
		return awsCall{"sts:" + action, "*"}, nil
	}
	return awsCall{q.Method + " " + q.URL.String(), ""}, nil
}
