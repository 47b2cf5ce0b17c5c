package typed

import (
	"context"
	"errors"
	"testing"

	"github.com/aws/aws-lambda-go/lambda"
)

type order struct {
	ID    string
	Count *int `json:",omitempty"`
	Note  any
}

var errSoldOut = errors.New("sold out")

func ship(_ context.Context, o order) (order, error) {
	switch o.ID {
	case "none":
		return o, errSoldOut
	case "channel":
		o.Note = make(chan int)
	}
	return o, nil
}

// TestHandler holds answers and errors against those of aws-lambda-go.
func TestHandler(t *testing.T) {
	ours, theirs := Handler(ship), lambda.NewHandler(ship)
	for _, event := range []string{
		`{"ID":"a","Count":3,"Note":"<b>&\u2028ü"}`, `{"id":"case","other":1}`, `{}`, ` {"ID":"space"} `, `null`, `{"ID":"first"}{"ID":"second"}`,
		`{"ID":"none"}`, `{"ID":"channel"}`, `{"ID":1}`, `[]`, `{"ID":`, ``, `"`,
	} {
		got, err := ours(t.Context(), []byte(event))
		want, wantErr := theirs.Invoke(t.Context(), []byte(event))
		if string(got) != string(want) || (err == nil) != (wantErr == nil) || err != nil && err.Error() != wantErr.Error() {
			t.Errorf("%s: %s, %v, aws-lambda-go: %s, %v", event, got, err, want, wantErr)
		}
	}
	if _, err := ours(t.Context(), []byte(`{"ID":"none"}`)); err != errSoldOut {
		t.Errorf("the handler's error is %v", err)
	}
}

func TestNoHandler(t *testing.T) {
	if Handler[int, int](nil) != nil {
		t.Error("a handler of nothing is one")
	}
}
