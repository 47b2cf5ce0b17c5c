package bare

import (
	"reflect"
	"strconv"
)

// typeName is the name of a value's type as aws-lambda-go reports it: without
// package, and without the star of a pointer.
func typeName(v any) string {
	t := reflect.TypeOf(v)
	if t == nil {
		return "nil"
	}
	if t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	return t.Name()
}

// panicMessage is the text of what a panic was called with: what fmt's %v makes
// of errors, Stringers, strings, numbers and booleans, and of other values,
// which only a larger program can print, the type.
func panicMessage(v any) (text string) {
	defer func() {
		if recover() != nil {
			text = "(" + reflect.TypeOf(v).String() + ", whose own text panics)"
		}
	}()
	switch v := v.(type) {
	case error:
		return v.Error()
	case interface{ String() string }:
		return v.String()
	}
	switch r := reflect.ValueOf(v); r.Kind() {
	case reflect.String:
		return r.String()
	case reflect.Bool:
		return strconv.FormatBool(r.Bool())
	case reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64:
		return strconv.FormatInt(r.Int(), 10)
	case reflect.Uint, reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64, reflect.Uintptr:
		return strconv.FormatUint(r.Uint(), 10)
	case reflect.Float32, reflect.Float64:
		return strconv.FormatFloat(r.Float(), 'g', -1, r.Type().Bits())
	}
	return "(" + reflect.TypeOf(v).String() + ")"
}
