package target

import (
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/coldcrank/coldcrank/infra/outputs"
)

// TestPreflightHints: a hint names what can be done here, and no flag that would not help.
func TestPreflightHints(t *testing.T) {
	provisioned := map[string]answer{"GetProvisionedConcurrencyConfig": {body: `{"RequestedProvisionedConcurrentExecutions":3,"Status":"READY"}`}}
	reserved := map[string]answer{"GetFunctionConcurrency": {body: `{"ReservedConcurrentExecutions":4}`}}
	account := map[string]answer{"GetAccountSettings": {body: `{"AccountLimit":{"ConcurrentExecutions":4,"UnreservedConcurrentExecutions":4}}`}}
	for _, test := range []struct {
		name          string
		answers       map[string]answer
		fields        []string
		local, others bool
		need          Need
		want          []string // in text or hint
		no            []string
	}{
		{name: "provisioned on AWS", answers: provisioned, need: Need{Burst: 1},
			want: []string{"not recycled, since each recycle would take minutes", "--recycle-provisioned recycles it too"}},
		{name: "provisioned here", answers: provisioned, local: true, need: Need{Burst: 1},
			want: []string{"it is measured as it is, not recycled\n", "--recycle-provisioned recycles it too"}, no: []string{"minutes", "AWS", "deploy"}},
		{name: "provisioned on AWS and recycled", answers: provisioned, need: Need{Burst: 1, RecycleProvisioned: true},
			want: []string{"until AWS has initialized them anew, which takes minutes"}, no: []string{"--recycle-provisioned"}},
		{name: "provisioned here and recycled", answers: provisioned, local: true, need: Need{Burst: 1, RecycleProvisioned: true},
			want: []string{"until they are initialized anew\n"}, no: []string{"minutes", "AWS", "--recycle-provisioned"}},
		{name: "a reserve of one", answers: reserved, need: Need{Burst: 5},
			want: []string{"use --burst 4, or raise it\n"}, no: []string{"--target"}},
		{name: "a reserve beside others", answers: reserved, others: true, need: Need{Burst: 5},
			want: []string{"use --burst 4, or raise it, or leave it out: --target names the targets of a run\n"}},
		{name: "a load above a reserve beside others", answers: reserved, others: true, need: Need{Burst: 1, Rate: 50},
			want: []string{"use --load 40/s, or raise it, or leave it out: --target"}},
		{name: "no reserve is left", answers: map[string]answer{"GetFunctionConcurrency": {body: `{"ReservedConcurrentExecutions":0}`}}, others: true, need: Need{Burst: 1},
			want: []string{"\nraise it, or leave it out: --target"}},
		{name: "the account's, which all share", answers: account, others: true, need: Need{Burst: 5},
			want: []string{"use --burst 4, or raise it\n"}, no: []string{"--target"}},
		{name: "the API's limits on AWS", fields: []string{"BurstLimit", "8", "RateLimit", "9"}, need: Need{Burst: 9},
			want: []string{"use --burst 8, or give the construct a larger BurstLimit and deploy\n"}},
		{name: "the API's limits here", fields: []string{"BurstLimit", "8", "RateLimit", "9"}, local: true, need: Need{Burst: 1, Rate: 10},
			want: []string{"use --load 9/s, or give the construct a larger RateLimit\n"}, no: []string{"deploy"}},
	} {
		t.Run(test.name, func(t *testing.T) {
			answers := healthy()
			maps.Copy(answers, test.answers)
			s := newService(t, answers)
			same := []string{"AccessLogs", "/logs/H", "FunctionLogs", "/logs/H", "Url", s.URL + "/health"}
			same = append(same, test.fields...)
			apis := api("A", same...)
			if test.others {
				apis += "," + api("B", same...)
			}
			found, _, err := Where{Files: []string{outputsFile(t, `{"S":{`+apis+`}}`)}}.Find(t.Context(), nil)
			if err != nil {
				t.Fatal(err)
			}
			if test.local {
				found[0].Executor = &outputs.Executor{Name: "local"}
			}
			test.need.MarkedBy = markedBy
			_, findings := Preflight(t.Context(), found, test.need)
			i := slices.IndexFunc(findings, func(f Finding) bool { return f.Target == "S/A" })
			if i < 0 {
				t.Fatalf("nothing is found of S/A: %+v", findings)
			}
			said := findings[i].Text + "\n" + findings[i].Hint + "\n"
			for _, want := range test.want {
				if !strings.Contains(said, want) {
					t.Errorf("no %q in %q", want, said)
				}
			}
			for _, no := range test.no {
				if strings.Contains(said, no) {
					t.Errorf("%q in %q", no, said)
				}
			}
		})
	}
}
