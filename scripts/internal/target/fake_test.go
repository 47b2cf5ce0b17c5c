package target

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"sync"
	"testing"
)

// The caller's credentials, which must never reach an executor that a file names.
const (
	callersKey    = "AKIACALLER"
	callersSecret = "callers-secret"
	callersToken  = "callers-token"
)

// callersAWS sets the environment as somebody with an AWS account has it, and
// makes sure that nothing else of the machine's is read.
func callersAWS(t *testing.T) {
	t.Helper()
	for _, v := range []string{"AWS_PROFILE", "AWS_REGION", "AWS_DEFAULT_REGION", "AWS_ENDPOINT_URL", "AWS_ENDPOINT_URL_LAMBDA",
		"AWS_ENDPOINT_URL_CLOUDWATCH_LOGS", "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI", "AWS_CONTAINER_CREDENTIALS_FULL_URI", "AWS_WEB_IDENTITY_TOKEN_FILE"} {
		t.Setenv(v, "")
		os.Unsetenv(v)
	}
	t.Setenv("AWS_CONFIG_FILE", os.DevNull)
	t.Setenv("AWS_SHARED_CREDENTIALS_FILE", os.DevNull)
	t.Setenv("AWS_EC2_METADATA_DISABLED", "true")
	t.Setenv("AWS_ACCESS_KEY_ID", callersKey)
	t.Setenv("AWS_SECRET_ACCESS_KEY", callersSecret)
	t.Setenv("AWS_SESSION_TOKEN", callersToken)
}

// endpoint is an AWS API that answers every call with the same object and
// keeps what it was asked.
type endpoint struct {
	*httptest.Server
	mu    sync.Mutex
	asked []http.Header
	paths []string
}

func newEndpoint(t *testing.T, answer string) *endpoint {
	e := new(endpoint)
	e.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		e.mu.Lock()
		defer e.mu.Unlock()
		e.asked = append(e.asked, r.Header.Clone())
		e.paths = append(e.paths, r.URL.String())
		w.Header().Set("Content-Type", "application/json")
		fmt.Fprint(w, answer)
	}))
	t.Cleanup(e.Close)
	return e
}

// api is the outputs of one benchmark API. The last ones of each field count.
func api(name string, fields ...string) string {
	values := map[string]string{
		"DeploymentId": "d1", "Url": "https://x.execute-api.eu-west-1.amazonaws.com/health", "Route": "GET /health",
		"FunctionName": "fn-" + name, "Alias": "bench", "FunctionLogs": "/logs/" + name, "Auth": "NONE", "Region": "eu-west-1",
	}
	for i := 0; i < len(fields); i += 2 {
		values[fields[i]] = fields[i+1]
	}
	s := ""
	for k, v := range values {
		if v != "" {
			s += fmt.Sprintf("%s%q:%q", comma(s), name+k, v)
		}
	}
	return s
}

func comma(s string) string {
	if s == "" {
		return ""
	}
	return ","
}

func outputsFile(t *testing.T, content string) string {
	t.Helper()
	name := filepath.Join(t.TempDir(), "cdk-outputs.json")
	if err := os.WriteFile(name, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
	return name
}
