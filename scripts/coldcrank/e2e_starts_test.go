package main

import (
	"encoding/json"
	"net/http"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/lambda"

	"github.com/coldcrank/coldcrank/scripts/internal/dataset"
)

// reportOfInit is the member of a JSON report that the local executor writes of
// a cold start.
var reportOfInit = regexp.MustCompile(`"initDurationMs":`)

// TestStartTypes measures a function whose environments do not start on demand,
// as the proxy makes AWS say of the executor's: what they have is what the run
// must find, and nothing else is missing. (Provisioned concurrency the executor
// has itself: TestProvisionedConcurrency.)
func TestStartTypes(t *testing.T) {
	p := startPlant(t)
	before := p.state(t)

	t.Run("SnapStart", func(t *testing.T) {
		proxy := startFaultProxy(t, p.executor.Endpoint())
		proxy.served = func(c faultCall, a *faultAnswer) {
			switch {
			case c.Operation == filterLogEvents: // a restored environment's report, with a time of another name
				a.Body = rewrite(proxy.t, a.Body, func(list []map[string]any) []map[string]any {
					for _, e := range list {
						m := strings.Replace(e["message"].(string), "\tInit Duration:", "\tRestore Duration:", 1)
						e["message"] = reportOfInit.ReplaceAllString(m, `"restoreDurationMs":`)
					}
					return list
				})
			case strings.HasPrefix(c.Operation, "GET ") && strings.HasSuffix(c.Operation, "/configuration"):
				var body map[string]any
				if err := json.Unmarshal(a.Body, &body); err != nil {
					proxy.t.Errorf("%s: %v", c.Operation, err)
				}
				body["SnapStart"] = map[string]string{"ApplyOn": "PublishedVersions", "OptimizationStatus": "On"}
				a.Body, _ = json.Marshal(body) // of what was JSON
			}
		}
		proxy.Calls() // for the race detector: the hooks are set before any call
		run, _ := measured(t, startDeployed(t, proxy.URL, p.outputs(t, proxy.URL)))
		for _, s := range run.Samples {
			if s.Outcome != dataset.Restored || s.RestoreNS == nil || s.InitNS != nil {
				t.Errorf("round %d, request %d is %s", s.Round, s.Index, s.Outcome)
			}
		}
		if got := run.Header.Targets[0].StartType; got != dataset.StartSnapshot {
			t.Errorf("start type %q", got)
		}
		p.asBefore(t, before)
	})
}

// measured waits for a run that finds all it looks for.
func measured(t *testing.T, v *victim) (*dataset.Run, string) {
	t.Helper()
	v.start(t)
	v.wait(t, time.Minute)
	said := v.stderr.String()
	files, err := filepath.Glob(filepath.Join(v.results, "*.jsonl"))
	if v.code() != exitOK || err != nil || len(files) != 1 {
		t.Fatalf("exit code %d, results %v (%v), and it said\n%s", v.code(), files, err, said)
	}
	return readRun(t, files[0]), said
}

// TestDeploymentDuringRun deploys between two rounds, as somebody else would:
// the run stops, keeps what it has measured, and leaves theirs alone.
func TestDeploymentDuringRun(t *testing.T) {
	p := startPlant(t)
	versions := func() (list []string) {
		out, err := p.lambda.ListVersionsByFunction(t.Context(), &lambda.ListVersionsByFunctionInput{FunctionName: &p.function})
		if err != nil {
			t.Fatal(err)
		}
		for _, v := range out.Versions {
			list = append(list, *v.Version)
		}
		return list
	}
	before := versions()
	var theirs string
	changes := 0
	proxy := startFaultProxy(t, p.executor.Endpoint())
	proxy.before = func(c faultCall, _ http.ResponseWriter) bool {
		if !strings.HasPrefix(c.Operation, "PUT ") || !strings.HasSuffix(c.Operation, "/configuration") {
			return false
		}
		proxy.mu.Lock() // the calls of a run come one by one; for the race detector
		defer proxy.mu.Unlock()
		if changes++; changes == 2 { // the second round's
			theirs = p.deploy(t)
		}
		return false
	}
	proxy.Calls() // for the race detector: the hooks are set before any call
	v := startDeployed(t, proxy.URL, p.outputs(t, proxy.URL))
	v.start(t)
	v.wait(t, time.Minute)
	said := v.stderr.String()
	proxy.mu.Lock()
	defer proxy.mu.Unlock()
	if v.code() != exitFailed || !strings.Contains(said, "somebody else changed it during the run") {
		t.Errorf("exit code %d, and it said\n%s", v.code(), said)
	}
	alias, err := p.lambda.GetAlias(t.Context(), &lambda.GetAliasInput{FunctionName: &p.function, Name: &p.alias})
	if err != nil || *alias.FunctionVersion != theirs {
		t.Errorf("the alias leads to %v (%v), want their version %s", alias, err, theirs)
	}
	latest, err := p.lambda.GetFunctionConfiguration(t.Context(), &lambda.GetFunctionConfigurationInput{FunctionName: &p.function})
	if err != nil || *latest.Description != "theirs" {
		t.Errorf("description %v (%v), want theirs", latest, err)
	}
	if got, want := versions(), append(before, theirs); !slices.Equal(got, want) {
		t.Errorf("versions %v, want %v", got, want)
	}
	files, err := filepath.Glob(filepath.Join(v.results, "*.jsonl"))
	if err != nil || len(files) != 1 {
		t.Fatalf("results %v (%v), want one file", files, err)
	}
	for _, s := range readRun(t, files[0]).Samples {
		if s.Round != 1 || s.Outcome != dataset.Cold {
			t.Errorf("round %d, request %d is %s", s.Round, s.Index, s.Outcome)
		}
	}
}

// deploy changes the function, publishes it, and leads the alias there.
func (p *plant) deploy(t *testing.T) (version string) {
	t.Helper()
	_, err := p.lambda.UpdateFunctionConfiguration(t.Context(), &lambda.UpdateFunctionConfigurationInput{FunctionName: &p.function, Description: new("theirs")})
	if err == nil {
		err = lambda.NewFunctionUpdatedWaiter(p.lambda).Wait(t.Context(), &lambda.GetFunctionConfigurationInput{FunctionName: &p.function}, time.Minute)
	}
	if err != nil {
		t.Error(err)
		return ""
	}
	out, err := p.lambda.PublishVersion(t.Context(), &lambda.PublishVersionInput{FunctionName: &p.function})
	if err != nil {
		t.Error(err)
		return ""
	}
	if _, err := p.lambda.UpdateAlias(t.Context(), &lambda.UpdateAliasInput{FunctionName: &p.function, Name: &p.alias, FunctionVersion: out.Version}); err != nil {
		t.Error(err)
	}
	return *out.Version
}
