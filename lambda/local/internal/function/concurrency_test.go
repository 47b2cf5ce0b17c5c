package function

import (
	"errors"
	"testing"

	"github.com/coldcrank/coldcrank/lambda/local/internal/assembly"
	"github.com/coldcrank/coldcrank/lambda/local/internal/logs"
)

// "Understanding Lambda function scaling": what functions have reserved or
// provisioned is theirs, all others share the rest of the account's concurrency.
func TestAccountConcurrency(t *testing.T) {
	t.Setenv("TMPDIR", t.TempDir())
	host := NewHost(logs.New(), NewGate(2, nil))
	host.SetConcurrency(5)
	make := func(name string, change func(*assembly.Function)) *Function {
		a := template()
		a.Name, a.ARN, a.LogGroup = name, arn+"-"+name, "/"+name
		if change != nil {
			change(a)
		}
		f, err := New(host, a)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() {
			if err := f.Close(); err != nil {
				t.Error(err)
			}
		})
		return f
	}
	first, second := make("first", nil), make("second", nil)
	reserved := make("reserved", func(a *assembly.Function) { a.ReservedConcurrency = new(2) })
	provisioned := make("provisioned", func(a *assembly.Function) { a.Aliases[0].ProvisionedConcurrency = 1 })
	if err := provisioned.Provision(t.Context()); err != nil {
		t.Fatal(err)
	}
	hang := func(f *Function, qualifier string) {
		n := f.inFlight()
		go f.Invoke(t.Context(), qualifier, []byte(`{"do":"hang"}`), "") // ends at Close
		waitFor(t, func() bool { return f.inFlight() > n })
	}
	refused := func(what string, f *Function, qualifier, reason string) {
		t.Helper()
		_, err := f.Invoke(t.Context(), qualifier, nil, "")
		var e *Error
		if !errors.As(err, &e) || e.Code != "TooManyRequestsException" || e.Reason != reason {
			t.Errorf("%s: got %v (%+v), want %s", what, err, e, reason)
		}
	}
	// Of 5, 2 are reserved and 1 is provisioned: 2 are left.
	hang(first, "bench")
	hang(second, "bench")
	const all, own = "ConcurrentInvocationLimitExceeded", "ReservedFunctionConcurrentInvocationLimitExceeded"
	refused("beyond the rest", first, "bench", all)
	refused("beyond the rest", second, "", all)
	hang(provisioned, "bench")
	refused("beyond what is provisioned", provisioned, "bench", all)
	hang(reserved, "bench")
	hang(reserved, "bench")
	refused("beyond what is reserved", reserved, "bench", own)
	if err := first.Close(); err != nil {
		t.Fatal(err)
	}
	invoke(t, second, "bench", "1") // what first had is free
}
