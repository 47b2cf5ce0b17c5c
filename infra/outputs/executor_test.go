package outputs

import (
	"reflect"
	"testing"
	"time"
)

func TestPaceIsBounded(t *testing.T) {
	for _, test := range []struct {
		executor       string
		poll, patience time.Duration
		warnings       []string
	}{
		{`"pollMs":10000,"patienceMs":900000`, 10 * time.Second, 15 * time.Minute, nil},
		{`"pollMs":999999999,"patienceMs":900001`, 10 * time.Second, 15 * time.Minute, []string{
			`stack "coldcrank:executor", output "pollMs": 999999999 is taken as 10000, the most that is waited`,
			`stack "coldcrank:executor", output "patienceMs": 900001 is taken as 900000, the most that is waited`}},
	} {
		f := mustRead(t, `{"coldcrank:executor":{"name":"local",`+test.executor+`}}`)
		if f.Executor.Poll() != test.poll || f.Executor.Patience() != test.patience {
			t.Errorf("%s: got %s and %s, want %s and %s", test.executor, f.Executor.Poll(), f.Executor.Patience(), test.poll, test.patience)
		}
		var got []string
		for _, w := range f.Warnings {
			got = append(got, w.String())
		}
		if !reflect.DeepEqual(got, test.warnings) {
			t.Errorf("%s: got warnings %q, want %q", test.executor, got, test.warnings)
		}
	}
}
