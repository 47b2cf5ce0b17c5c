package target

import (
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/aws/smithy-go"
	smithyhttp "github.com/aws/smithy-go/transport/http"
)

// What is wrong with a connection is not said of credentials.
func TestNoCaller(t *testing.T) {
	page := httptest.NewServer(http.NotFoundHandler())
	t.Cleanup(page.Close)
	gone := httptest.NewServer(nil)
	gone.Close()
	for _, test := range []struct {
		name     string
		executor bool
		endpoint string // of AWS, or of the executor
		key      string // of the caller
		want     string
		hint     string
	}{
		{"an executor that has ended", true, gone.URL, "", "executor \"local\" does not answer at " + gone.URL + ": ", "it has ended"},
		{"another program's port", true, page.URL, "", "what answers at " + page.URL + " is not executor \"local\": UnknownError", "another program has its port"},
		{"no network", false, gone.URL, callersKey, "AWS does not answer in Region eu-west-1: ", "HTTPS_PROXY"},
		{"no credentials, and no network", false, gone.URL, "", "credentials do not work: ", "aws sts get-caller-identity"},
		{"refused", false, page.URL, callersKey, "credentials do not work: UnknownError", "aws sts get-caller-identity"},
	} {
		t.Run(test.name, func(t *testing.T) {
			callersAWS(t)
			t.Setenv("AWS_MAX_ATTEMPTS", "1")
			file := executor(t, "local", test.endpoint, test.endpoint, "")
			if !test.executor {
				file = outputsFile(t, `{"S":{`+api("H")+`}}`)
				t.Setenv("AWS_ENDPOINT_URL", test.endpoint)
				t.Setenv("AWS_ACCESS_KEY_ID", test.key)
			}
			found, _, err := Where{Files: []string{file}}.Find(t.Context(), nil)
			if err != nil {
				t.Fatal(err)
			}
			accounts, findings := Preflight(t.Context(), found, Need{Burst: 1, MarkedBy: markedBy})
			if accounts != nil || len(findings) != 1 {
				t.Fatalf("accounts %+v, findings %+v; want one finding", accounts, findings)
			}
			if f := findings[0]; f.Level != Error || !strings.HasPrefix(f.Text, test.want) || !strings.Contains(f.Hint, test.hint) {
				t.Errorf("got %+v, want %s… with hint …%s…", f, test.want, test.hint)
			}
			if _, err := found[0].AccountID(t.Context()); err == nil || !strings.HasPrefix(err.Error(), test.want) {
				t.Errorf("account's id: got %v, want %s…", err, test.want)
			}
		})
	}
}

// A Region that does not exist has no address. Nobody is asked for one here.
func TestNoAddress(t *testing.T) {
	c := &check{Target: &Target{}}
	c.Region = "eu-west-99"
	c.noCaller(&smithy.OperationError{Err: &smithyhttp.RequestSendError{Err: &net.DNSError{Err: "no such host", Name: "sts", IsNotFound: true}}})
	if f := c.findings[0]; f.Text != "there is no address of AWS in Region eu-west-99: lookup sts: no such host" || !strings.Contains(f.Hint, "--region") {
		t.Errorf("got %+v", f)
	}
}

func TestForeign(t *testing.T) {
	for _, test := range []struct {
		status int
		answer string
		want   bool
	}{
		{404, "404 page not found", true},
		{404, `{"message":"x"}`, true},
		{200, "<!DOCTYPE html>", true},
		{404, `{"__type":"ResourceNotFoundException","message":"x"}`, false},
	} {
		s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			w.WriteHeader(test.status)
			fmt.Fprint(w, test.answer)
		}))
		t.Cleanup(s.Close)
		callersAWS(t)
		found, _, err := Where{Files: []string{executor(t, "local", s.URL, s.URL, "")}}.Find(t.Context(), nil)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := found[0].Describe(t.Context()); err == nil || Foreign(err) != test.want {
			t.Errorf("%d %s: %v, want foreign %v", test.status, test.answer, err, test.want)
		}
	}
}

func TestBadRegion(t *testing.T) {
	callersAWS(t)
	t.Setenv("AWS_REGION", "EU WEST")
	_, _, err := Where{Files: []string{outputsFile(t, `{"S":{`+api("H", "Region", "")+`}}`)}}.Find(t.Context(), nil)
	if !errors.Is(err, ErrBadRegion) {
		t.Errorf("got %v, want ErrBadRegion", err)
	}
}
