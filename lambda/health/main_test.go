package main

import (
	"bytes"
	"encoding/json"
	"reflect"
	"testing"
)

// TestResponse holds the answer against the fields that API Gateway reads from
// a response of payload format 2.0, and against nothing else: a field that API
// Gateway does not know fails the decoding.
func TestResponse(t *testing.T) {
	type response struct {
		StatusCode      int               `json:"statusCode"`
		Headers         map[string]string `json:"headers"`
		Body            string            `json:"body"`
		IsBase64Encoded bool              `json:"isBase64Encoded"`
		Cookies         []string          `json:"cookies"`
	}
	want := response{
		StatusCode: 200,
		Headers:    map[string]string{"content-type": "text/plain; charset=utf-8"},
		Body:       "Healthy",
	}
	for name, event := range map[string]string{
		"HTTP API event": `{"version":"2.0","routeKey":"GET /health","rawPath":"/health","requestContext":{"http":{"method":"GET","path":"/health"}},"isBase64Encoded":false}`,
		"empty object":   `{}`,
		"no event":       ``,
	} {
		t.Run(name, func(t *testing.T) {
			payload, err := health{}.Invoke(t.Context(), []byte(event))
			if err != nil {
				t.Fatal(err)
			}
			dec := json.NewDecoder(bytes.NewReader(payload))
			dec.DisallowUnknownFields()
			var got response
			if err := dec.Decode(&got); err != nil {
				t.Fatal(err)
			}
			if !reflect.DeepEqual(got, want) {
				t.Errorf("response = %+v, want %+v", got, want)
			}
		})
	}
}

// TestAnswersAreIndependent: a caller that writes into one answer does not
// change the next one.
func TestAnswersAreIndependent(t *testing.T) {
	first, err := health{}.Invoke(t.Context(), nil)
	if err != nil {
		t.Fatal(err)
	}
	clear(first)
	second, err := health{}.Invoke(t.Context(), nil)
	if err != nil {
		t.Fatal(err)
	}
	if got := string(second); got != healthy {
		t.Errorf("second answer = %q, want %q", got, healthy)
	}
}
