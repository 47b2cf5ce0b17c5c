package clients

import (
	"encoding/base64"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-lambda-go/lambdacontext"
	"github.com/aws/aws-sdk-go-v2/service/lambda"
)

// TestAWSLambdaGo runs a typed handler on aws-lambda-go, which takes every
// event of the front though an unknown member of it would be an error.
func TestAWSLambdaGo(t *testing.T) {
	whole(t)
	exe := filepath.Join(t.TempDir(), "bootstrap")
	goBuild(t, "testdata/awsgo", exe)
	s := start(t, func(dir string) { check(t, os.Rename(exe, filepath.Join(dir, "bootstrap"))) })
	behaves(t, s, "asked to fail")

	t.Run("unknown member", func(t *testing.T) {
		out := s.invoke(t, []byte(`{"version":"2.0","rawPath":"/hello","new":1}`))
		if out.FunctionError == nil || !strings.Contains(string(out.Payload), "unknown field") {
			t.Errorf("got %s: the handler takes any member, so that the other tests prove little", out.Payload)
		}
	})
	t.Run("context", func(t *testing.T) {
		a := s.do(t, "GET", "/see/context", "", "")
		var got struct {
			ID, ARN, Trace, Name, Version, Handler string
			MemoryMB                               int
			Left                                   time.Duration
		}
		check(t, json.Unmarshal(a.body, &got))
		const arn = "arn:aws:lambda:eu-central-1:123456789012:function:client:bench"
		if len(got.ID) != 36 || got.ARN != arn || !strings.HasPrefix(got.Trace, "Root=1-") || got.Name != "client" ||
			got.Version != "1" || got.Handler != "function.handler" || got.MemoryMB != 512 {
			t.Errorf("got %+v", got)
		}
		if got.Left <= 0 || got.Left > 20*time.Second {
			t.Errorf("%v until the deadline, the timeout is 20s", got.Left)
		}
	})
	t.Run("client context", func(t *testing.T) {
		const given = `{"client":{"installation_id":"i"},"custom":{"k":"v"},"env":{"e":"1"}}`
		out, err := s.lambda.Invoke(t.Context(), &lambda.InvokeInput{FunctionName: new("client"), Qualifier: new("bench"),
			Payload: event("GET", "/see/context", ""), ClientContext: new(base64.StdEncoding.EncodeToString([]byte(given)))})
		check(t, err)
		var got struct{ Client lambdacontext.ClientContext }
		check(t, json.Unmarshal(decode(t, out.Payload).body(t), &got))
		if c := got.Client; c.Client.InstallationID != "i" || c.Custom["k"] != "v" || c.Env["e"] != "1" {
			t.Errorf("got %+v", c)
		}
	})
	t.Run("panic", func(t *testing.T) {
		out := s.invoke(t, event("GET", "/panic", ""))
		var failed struct {
			ErrorMessage string
			StackTrace   []json.RawMessage
		}
		check(t, json.Unmarshal(out.Payload, &failed))
		if out.FunctionError == nil || failed.ErrorMessage != "asked to panic" || len(failed.StackTrace) == 0 {
			t.Errorf("got %s", out.Payload)
		}
		if a := s.do(t, "GET", "/panic", "", ""); a.status != 500 {
			t.Errorf("GET /panic: %d %s", a.status, a.body)
		}
		if a := s.do(t, "GET", "/hello", "", ""); a.status != 200 {
			t.Errorf("after a panic: %d %s", a.status, a.body)
		}
	})
}

// TestHealth runs this repository's own function: it answers every path.
func TestHealth(t *testing.T) {
	whole(t)
	exe := filepath.Join(t.TempDir(), "bootstrap")
	goBuild(t, "../../../health", exe)
	s := start(t, func(dir string) { check(t, os.Rename(exe, filepath.Join(dir, "bootstrap"))) })
	for range 2 {
		if a := s.do(t, "GET", "/hello", "", ""); a.status != 200 || string(a.body) != "Healthy" {
			t.Errorf("got %d %s", a.status, a.body)
		}
	}
	if r := s.reports(t, 2); r[0].Record.Metrics.InitDurationMs <= 0 || r[1].Record.Metrics.InitDurationMs != 0 {
		t.Errorf("not cold and then warm: %+v", r)
	}
}
