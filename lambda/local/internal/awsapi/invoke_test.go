package awsapi

import (
	"encoding/base64"
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/service/lambda"
	"github.com/aws/aws-sdk-go-v2/service/lambda/types"

	"github.com/coldcrank/coldcrank/lambda/local/internal/function"
	"github.com/coldcrank/coldcrank/lambda/local/internal/logs"
)

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

// ClientContext of
// https://docs.aws.amazon.com/lambda/latest/api/API_Invoke.html
func TestClientContext(t *testing.T) {
	f := &fake{result: function.Result{Payload: []byte("1")}}
	c := start(t, f, logs.New())
	encode := func(s string) *string { return new(base64.StdEncoding.EncodeToString([]byte(s))) }
	call := func(clientContext *string) error {
		_, err := c.lambda.Invoke(t.Context(), &lambda.InvokeInput{FunctionName: new("health"), ClientContext: clientContext})
		return err
	}
	check(t, call(encode(`{"custom":{"a":"b"}}`)))
	if want := []string{`Invoke "" {}{"custom":{"a":"b"}}`}; !slices.Equal(f.asked, want) {
		t.Errorf("asked %v, want %v", f.asked, want)
	}
	for _, wrong := range []*string{new("not base64"), encode(`"no object"`), encode(`{`), encode(`{"a":"` + strings.Repeat("x", 2680) + `"}`)} {
		if malformed := (*types.InvalidRequestContentException)(nil); !errors.As(call(wrong), &malformed) {
			t.Errorf("%.20s: want InvalidRequestContentException", *wrong)
		}
	}
	if len(f.asked) != 1 {
		t.Errorf("refused requests reached the function: %v", f.asked[1:])
	}
}

// A dry run answers 204 and runs nothing.
func TestDryRun(t *testing.T) {
	f := &fake{}
	c := start(t, f, logs.New())
	out, err := c.lambda.Invoke(t.Context(), &lambda.InvokeInput{FunctionName: new("health"), Qualifier: new("bench"), InvocationType: types.InvocationTypeDryRun})
	check(t, err)
	if out.StatusCode != 204 || len(out.Payload) != 0 {
		t.Errorf("got %d %s", out.StatusCode, out.Payload)
	}
	if want := []string{`Get "bench"`}; !slices.Equal(f.asked, want) {
		t.Errorf("asked %v, want %v", f.asked, want)
	}
}
