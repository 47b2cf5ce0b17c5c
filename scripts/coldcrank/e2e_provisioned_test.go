package main

import (
	"fmt"
	"strings"
	"testing"

	"github.com/coldcrank/coldcrank/lambda/local"
	"github.com/coldcrank/coldcrank/scripts/internal/dataset"
)

// TestProvisionedConcurrency measures an alias that keeps two environments
// provisioned, which the local executor does as AWS documents it: as it is,
// and recycled.
func TestProvisionedConcurrency(t *testing.T) {
	for _, c := range []struct {
		name string
		args []string // the last of a flag counts

		said     string
		versions int // published
		samples  string
	}{
		{
			name:    "as it is",
			said:    "keeps 2 environments provisioned: it is measured as it is, not recycled",
			samples: "map[1:map[warm:2] 2:map[warm:2]]",
		}, {
			name: "recycled", args: []string{"--recycle-provisioned"}, versions: 2,
			said:    "each recycle waits until they are initialized anew",
			samples: "map[1:map[warm:2] 2:map[warm:2]]",
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			p := startPlantWith(t, local.Options{}, func(id string, properties map[string]any) {
				if id == "Alias" {
					properties["ProvisionedConcurrencyConfig"] = map[string]any{"ProvisionedConcurrentExecutions": 2}
				}
			})
			before := p.state(t)
			proxy := startFaultProxy(t, p.executor.Endpoint())
			v := startDeployed(t, proxy.URL, p.outputs(t, proxy.URL))
			v.cmd.Args = append(v.cmd.Args, c.args...)
			run, said := measured(t, v)
			if !strings.Contains(said, c.said) {
				t.Errorf("%q is not in what it said:\n%s", c.said, said)
			}
			published := 0
			for _, call := range proxy.Calls() {
				if strings.HasPrefix(call, "POST ") && strings.HasSuffix(call, "/versions") {
					published++
				}
			}
			if published != c.versions {
				t.Errorf("%d versions published, want %d", published, c.versions)
			}
			if got := run.Header.Targets[0].StartType; got != dataset.StartProvisioned {
				t.Errorf("start type %q", got)
			}
			outcomes := map[int]map[dataset.Outcome]int{}
			for _, s := range run.Samples {
				if outcomes[s.Round] == nil {
					outcomes[s.Round] = map[dataset.Outcome]int{}
				}
				outcomes[s.Round][s.Outcome]++
				if s.Outcome != dataset.Cold && s.InitNS != nil {
					t.Errorf("round %d, request %d has an Init Duration", s.Round, s.Index)
				}
			}
			if got := fmt.Sprint(outcomes); got != c.samples {
				t.Errorf("got %s, want %s", got, c.samples)
			}
			p.asBefore(t, before)
		})
	}
}
