package local

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"runtime"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/coldcrank/coldcrank/infra/outputs"
	"github.com/coldcrank/coldcrank/lambda/local/internal/assembly"
	"github.com/coldcrank/coldcrank/lambda/local/internal/awsapi"
	"github.com/coldcrank/coldcrank/lambda/local/internal/function"
	"github.com/coldcrank/coldcrank/lambda/local/internal/gateway"
	"github.com/coldcrank/coldcrank/lambda/local/internal/limits"
)

// loaded is one assembly on an executor. Once it has been started it does not
// change.
type loaded struct {
	*site

	endpoint string // of the AWS API
	outputs  map[string]map[string]string
	targets  []outputs.Target
	warnings []string
	routes   []Route

	code      map[string]string // function name → folder with the code as it is shipped
	functions []*function.Function
	refused   map[string]error // why a target's function does not run; filled for Options.Inspect
	gateways  []*gateway.Gateway
	answers   map[*server]*answers

	once sync.Once
	err  error // of close
}

func newLoaded(s *site) *loaded {
	return &loaded{site: s, outputs: map[string]map[string]string{}, code: map[string]string{}, refused: map[string]error{}, answers: map[*server]*answers{}}
}

func (x *loaded) start(ctx context.Context, a *assembly.Assembly) error {
	store, o := x.store, x.options
	refused, invokers, err := x.makeFunctions(a)
	if err != nil {
		return err
	}
	urls := map[*assembly.API]string{}
	account, region := "000000000000", "us-east-1"
	for i, s := range a.Stacks {
		if i == 0 {
			account, region = s.Account, s.Region
		}
		for _, name := range s.LogGroups {
			store.CreateGroup(name)
		}
		for _, api := range s.APIs {
			g, err := gateway.New(api, s.Account, s.Region, invokers, store)
			if err != nil {
				return fmt.Errorf("stack %s: %w", s.Name, err)
			}
			address, err := x.serve(s.Account+"/"+s.Region+"/"+s.Name+"/"+api.LogicalID, g, gatewayTimeout)
			if err != nil {
				return err
			}
			urls[api] = x.transport() + "://" + address
			x.gateways = append(x.gateways, g)
			x.addRoutes(s, "http://"+address, api)
		}
		x.outputs[s.Name] = s.Outputs(func(api *assembly.API) string { return urls[api] })
		for _, w := range s.Warnings {
			x.warnings = append(x.warnings, fmt.Sprintf("stack %s: %s", s.Name, w))
		}
	}
	if err := x.findTargets(); err != nil {
		return err
	}
	for _, t := range x.targets {
		if err := x.runs(t.FunctionName, a, refused); err != nil && o.Inspect {
			x.refused[t.FunctionName] = err
		} else if err != nil {
			return fmt.Errorf("target %s: %w", t, err)
		}
	}
	for _, name := range slices.Sorted(maps.Keys(refused)) {
		x.warnings = append(x.warnings, fmt.Sprintf("left out: %v", refused[name]))
	}
	if !o.Inspect {
		if err := x.provision(ctx); err != nil {
			return err
		}
	}
	functions := make([]awsapi.Function, len(x.functions))
	for i, f := range x.functions {
		functions[i] = f
	}
	address, err := x.serve(awsAPI, awsapi.New(account, region, functions, store, o.Lag.LogCalls, o.Concurrency), invokeTimeout)
	x.endpoint = "http://" + address
	return err
}

// runs says why a target's function does not run here; nil when it does.
func (x *loaded) runs(name string, a *assembly.Assembly, refused map[string]error) error {
	if slices.ContainsFunc(x.functions, func(f *function.Function) bool { return f.Name() == name }) {
		return nil
	}
	if err := refused[name]; err != nil {
		return err
	}
	for _, s := range a.Stacks {
		if reason, ok := s.Refused[name]; ok {
			return fmt.Errorf("stack %s: function %s: %s; as it is, measure it on AWS", s.Name, name, reason)
		}
	}
	return fmt.Errorf("function %s is none that the assembly makes, which are all that run here: measure it on AWS", name)
}

// makeFunctions takes the code of all functions. Those that cannot run here
// are in refused, by name.
func (x *loaded) makeFunctions(a *assembly.Assembly) (refused map[string]error, invokers map[*assembly.Function]gateway.Invoker, err error) {
	refused, invokers = map[string]error{}, map[*assembly.Function]gateway.Invoker{}
	host, lag := function.NewHost(x.store, x.gate), x.options.Lag
	host.Isolated, host.Cold, host.Limits = x.isolated, x.cold, x.limits
	host.Foreign = x.options.Inspect
	host.TempDir, host.AliasLag, host.AliasWeights, host.VersionPending = x.folder.dir, lag.Alias, lag.AliasWeights, lag.Versions
	host.SetConcurrency(x.options.Concurrency)
	x.warnColdDisk()
	seen := map[string]string{}
	for _, s := range a.Stacks {
		for _, af := range s.Functions {
			if other, ok := seen[af.Name]; ok {
				// The AWS API tells functions apart by their names.
				return nil, nil, fmt.Errorf("stacks %s and %s both have a function named %s, which one local executor cannot serve: start them one by one", other, s.Name, af.Name)
			}
			seen[af.Name] = s.Name
			f, err := function.New(host, af)
			if err != nil {
				refused[af.Name] = fmt.Errorf("stack %s: %w", s.Name, err)
				continue
			}
			x.functions = append(x.functions, f)
			invokers[af] = arrived{f}
			if n := limits.VCPUs(af.MemoryMB); n > float64(runtime.NumCPU()) && x.limits.CPU() != limits.None {
				x.warnings = append(x.warnings, fmt.Sprintf("stack %s: function %s: %d MB buy %.1f vCPUs, where this machine has %d", s.Name, af.Name, af.MemoryMB, n, runtime.NumCPU()))
			}
			if af.ShippedDir != "" {
				x.code[af.Name] = af.ShippedDir
			}
		}
	}
	return refused, invokers, nil
}

// findTargets reads the outputs as a script would, from the file's content.
func (x *loaded) findTargets() error {
	data, err := x.outputsFile()
	if err != nil {
		return err
	}
	f, err := outputs.Read(strings.NewReader(string(data)))
	if err != nil {
		return fmt.Errorf("read the outputs: %w", err)
	}
	x.targets = f.Targets
	for _, w := range f.Warnings {
		x.warnings = append(x.warnings, w.String())
	}
	return nil
}

// serve has a handler answer on the front with that key, from enter on. It returns
// the front's host and port.
func (x *loaded) serve(key string, h http.Handler, timeout time.Duration) (address string, err error) {
	f, err := x.front(key, timeout)
	if err != nil {
		return "", err
	}
	x.answers[f] = &answers{Handler: h}
	return f.address, nil
}

// enter lets the assembly answer all requests that come from now on. The fronts of
// APIs that it does not have answer nothing.
func (x *loaded) enter() {
	x.mu.Lock()
	defer x.mu.Unlock()
	for _, f := range x.servers {
		a := x.answers[f]
		if a == nil {
			a = &answers{Handler: http.HandlerFunc(nothing)}
		}
		f.answer(a)
	}
}

// leave ends the assembly once the last of its requests has been answered. Others
// answer for it by then.
func (x *loaded) leave() error {
	for _, f := range x.functions {
		f.Recycle() // what is idle is of no use any more
	}
	for _, a := range x.answers {
		a.requests.Wait()
	}
	for _, g := range x.gateways {
		g.Wait()
	}
	return x.close()
}

// close ends the functions, with the requests that they have, and removes their
// files. Calling it again waits for the first call and returns the same.
func (x *loaded) close() error {
	x.once.Do(func() {
		errs := make([]error, len(x.functions))
		var wg sync.WaitGroup
		for i, f := range x.functions {
			wg.Go(func() { errs[i] = f.Close() })
		}
		wg.Wait()
		x.err = errors.Join(errs...)
	})
	return x.err
}
