package bare

import (
	"errors"
	"io/fs"
	"reflect"
	"strings"
	"testing"
	"time"
)

type generic[T any] []T

func TestTypeName(t *testing.T) {
	p := new(int)
	for _, v := range []any{errors.New("x"), &fs.PathError{}, "text", 1, time.Second, &p, []int{}, map[string]int{}, struct{}{}, generic[time.Time]{}, errText("x"), reflect.TypeOf(0)} {
		want := reflect.TypeOf(v)
		if want.Kind() == reflect.Pointer {
			want = want.Elem()
		}
		if got := typeName(v); got != want.Name() {
			t.Errorf("%T: %q, want %q", v, got, want.Name())
		}
	}
	if got := typeName(nil); got != "nil" {
		t.Errorf("nil: %q", got)
	}
}

// TestWithStack: the stack begins with who asked for it.
func TestWithStack(t *testing.T) {
	e := WithStack(&fs.PathError{Op: "open", Path: "x", Err: fs.ErrNotExist})
	if e.Type != "PathError" || e.Message != "open x: file does not exist" || len(e.Stack) == 0 ||
		e.Stack[0].Label != "TestWithStack" || !strings.HasSuffix(e.Stack[0].Path, "lambda/ric/bare/describe_test.go") || e.Stack[0].Line == 0 {
		t.Errorf("%+v", *e)
	}
}

type panics struct{}

func (panics) String() string { panic("no text") }

func TestPanicMessageThatPanics(t *testing.T) {
	if got, want := panicMessage(panics{}), "(bare.panics, whose own text panics)"; got != want {
		t.Errorf("%q, want %q", got, want)
	}
}
