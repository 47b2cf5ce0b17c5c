package dataset

import (
	"encoding/json"
	"fmt"
	"reflect"
	"testing"
	"time"
)

var started = time.Date(2026, 11, 22, 2, 30, 43, 123e6, time.UTC)

func header(run string) Header {
	return Header{
		Tool: "coldcrank v0.1.0", Run: run, Started: started, Executor: ExecutorLocal,
		Machine: &Machine{OS: "linux", Arch: "amd64", CPUs: 2},
		Burst:   5, Rounds: 2, Warm: 1,
		Labels:  map[string]string{"branch": "main"},
		Targets: []Target{{Key: "App/Orders", Stack: "App", Name: "Orders", MemoryMB: 512, Dirty: new(false)}, {Key: "App/Health"}},
	}
}

// full has every field set, so that a round trip loses none unseen.
func full(t *testing.T) *Sample {
	t.Helper()
	var s Sample
	v := reflect.ValueOf(&s).Elem()
	for i := range v.NumField() {
		set(t, v.Field(i), i+1)
	}
	s.Target = "App/Orders"
	return &s
}

func set(t *testing.T, v reflect.Value, n int) {
	t.Helper()
	switch v.Kind() {
	case reflect.String:
		v.SetString(fmt.Sprint("text ", n))
	case reflect.Int, reflect.Int64:
		v.SetInt(int64(n))
	case reflect.Float64:
		v.SetFloat(float64(n) + 0.25)
	case reflect.Pointer:
		v.Set(reflect.New(v.Type().Elem()))
		set(t, v.Elem(), n)
	default:
		t.Fatalf("no value for a field of kind %s", v.Kind())
	}
}

func sample(round, index int, o Outcome) *Sample {
	return &Sample{Target: "App/Orders", Round: round, Phase: Burst, Index: index, Outcome: o}
}

func create(t *testing.T, dir string, h Header) *Writer {
	t.Helper()
	w, err := Create(dir, h)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := w.Close(); err != nil {
			t.Error(err)
		}
	})
	return w
}

func write(t *testing.T, w *Writer, samples ...*Sample) {
	t.Helper()
	for _, s := range samples {
		if err := w.Write(s); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Sync(); err != nil {
		t.Fatal(err)
	}
}

func readFile(t *testing.T, name string) *Run {
	t.Helper()
	run, err := ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	return run
}

// show prints samples for comparison, pointers followed.
func show(t *testing.T, v any) string {
	t.Helper()
	b, err := json.MarshalIndent(v, "", " ")
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}
