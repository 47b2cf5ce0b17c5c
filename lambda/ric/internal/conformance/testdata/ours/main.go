// Ours is the function of the conformance test on lambda/ric.
package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"

	"github.com/coldcrank/coldcrank/lambda/ric"
	"github.com/coldcrank/coldcrank/lambda/ric/internal/conformance/testdata/behave"
	"github.com/coldcrank/coldcrank/lambda/ric/sigterm"
)

func main() {
	if os.Getenv("SIGTERM") != "" {
		if err := sigterm.Before(func() { fmt.Fprintln(os.Stderr, "the end") }); err != nil {
			fmt.Fprintln(os.Stderr, err)
		}
	}
	if os.Getenv("STREAM") != "" {
		ric.StartStream(ric.Options{ContentType: "text/plain"}, func(_ context.Context, event []byte, w io.Writer) error {
			return behave.Stream(event, w)
		})
	}
	switch os.Getenv("INIT") {
	case "error":
		ric.InitError(errors.New("no table"))
	case "nil":
		ric.Start(nil)
	case "panic":
		ric.StartInit(func() (ric.Handler, error) { panic("no table") })
	case "made":
		ric.StartInit(func() (ric.Handler, error) { return handle, nil })
	}
	ric.Start(handle)
}

var handle = behave.Client{Seen: seen, Error: func(kind, message string) error {
	return &ric.Error{Type: kind, Message: message, Stack: []ric.Frame{{Path: "a/b.go", Line: 3, Label: "F"}}}
}}.Handle

func seen(ctx context.Context) behave.Seen {
	in, _ := ric.FromContext(ctx)
	var identity struct{ CognitoIdentityID, CognitoIdentityPoolID string }
	var client struct {
		Client struct {
			InstallationID string `json:"installation_id"`
		}
	}
	for text, v := range map[string]any{in.CognitoIdentity: &identity, in.ClientContext: &client} {
		if text == "" {
			continue
		}
		if err := json.Unmarshal([]byte(text), v); err != nil {
			panic(err)
		}
	}
	return behave.Seen{ID: in.RequestID, ARN: in.FunctionARN, Tenant: in.TenantID,
		Client: client.Client.InstallationID, Pool: identity.CognitoIdentityPoolID}
}
