package example

import (
	"errors"
	"reflect"

	"github.com/coldcrank/coldcrank/scripts/internal/dataset"
)

// Troubled is a run in which everything went wrong that can.
func Troubled() *dataset.Run {
	run := Local(60)
	run.Header.Labels["pr"] = "17"
	bad := []dataset.Sample{
		{Outcome: dataset.Stale}, {Outcome: dataset.LogMissing}, {Outcome: dataset.Throttled, Status: 429},
		{Outcome: dataset.Failed, ErrorClass: "function", Status: 500, Error: "Internal Server Error"},
		{Outcome: dataset.Failed, ErrorClass: "function", Status: 500, Error: "Internal Server Error"},
		{Outcome: dataset.Failed, ErrorClass: "timeout"}, {Outcome: dataset.Failed, ErrorClass: "connection", Error: "reset by peer"},
		{Outcome: dataset.WarmStart},
	}
	for i := range bad {
		s := run.Samples[i]
		bad[i].Target, bad[i].Round, bad[i].Phase, bad[i].Index = s.Target, s.Round, s.Phase, s.Index
		run.Samples[i] = &bad[i]
	}
	run.Samples[len(run.Samples)-1].Outcome = dataset.Cold // a warm request that was not
	run.Header.Targets = append(run.Header.Targets, dataset.Target{Key: "Coldcrank/Orders", MemoryMB: 1024})
	run.End, run.Partial = nil, true
	run.Warnings = []*dataset.LineError{{Line: 70, Err: dataset.ErrTornLine}}
	return run
}

// Hostile has a command for terminals and a formula wherever there is text.
func Hostile() *dataset.Run {
	const evil = "=HYPERLINK(1)\x1b]0;owned\x07\x9b31m\u009b2J\u202e\r\n\x7f\U000e0041"
	run := Local(12)
	var spoil func(v reflect.Value)
	spoil = func(v reflect.Value) {
		switch v.Kind() {
		case reflect.String:
			v.SetString(evil)
		case reflect.Pointer:
			if !v.IsNil() {
				spoil(v.Elem())
			}
		case reflect.Slice:
			for i := range v.Len() {
				spoil(v.Index(i))
			}
		case reflect.Map:
			v.Set(reflect.ValueOf(map[string]string{evil: evil}))
		case reflect.Struct:
			for i := range v.NumField() {
				if v.Field(i).CanSet() {
					spoil(v.Field(i))
				}
			}
		}
	}
	spoil(reflect.ValueOf(&run.Header))
	spoil(reflect.ValueOf(run.Samples[0]))
	run.Samples[0].Phase, run.Samples[0].Outcome = dataset.Burst, dataset.Failed
	for _, s := range run.Samples {
		s.Target = evil
	}
	run.File = evil
	run.Warnings = []*dataset.LineError{{File: evil, Line: 1, Err: errors.New(evil)}}
	return run
}
