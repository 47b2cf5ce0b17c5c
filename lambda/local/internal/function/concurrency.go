package function

import (
	"sync"

	"github.com/coldcrank/coldcrank/lambda/local/internal/assembly"
)

// DefaultConcurrency is how many requests an account may have in flight in a
// Region by default ("Lambda quotas"); new accounts have fewer.
const DefaultConcurrency = 1000

// account counts the requests in flight against the account's concurrency.
// Reserved and provisioned concurrency are taken from it whether they are used
// or not; what is left is for all other requests together ("Understanding
// Lambda function scaling", reserved and provisioned concurrency).
type account struct {
	mu          sync.Mutex
	limit       int
	reserved    int // of functions with reserved concurrency
	provisioned int // of the others
	busy        int // on demand, of the others
}

func (a *account) add(f *assembly.Function) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if f.ReservedConcurrency != nil {
		a.reserved += *f.ReservedConcurrency
		return
	}
	a.provisioned += provisioned(f)
}

// provisioned is what the aliases of a function ask for.
func provisioned(f *assembly.Function) int {
	n := 0
	for _, a := range f.Aliases {
		n += a.ProvisionedConcurrency
	}
	return n
}

// enter counts a request, where there is room for it beside those that are late.
func (a *account) enter(late int) bool {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.busy+late >= a.limit-a.reserved-a.provisioned {
		return false
	}
	a.busy++
	return true
}

func (a *account) leave() {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.busy--
}

// SetConcurrency sets the account's, before a function is made.
func (h *Host) SetConcurrency(limit int) { h.account.limit = limit }

// admit refuses a request that no provisioned environment takes, where there
// are too many in flight. Concurrency is their number:
// https://docs.aws.amazon.com/lambda/latest/dg/lambda-concurrency.html
// The reasons are those of TooManyRequestsException:
// https://docs.aws.amazon.com/lambda/latest/api/API_Invoke.html
// f.mu is held.
func (f *Function) admit() error {
	r := f.a.ReservedConcurrency
	if r == nil {
		if f.host.account.enter(f.late()) {
			return nil
		}
		return throttled("ConcurrentInvocationLimitExceeded")
	}
	n := provisioned(f.a) + f.late()
	for _, u := range f.busy {
		if u.onDemand {
			n++
		}
	}
	if n >= *r {
		return throttled("ReservedFunctionConcurrentInvocationLimitExceeded")
	}
	return nil
}

// leaveAccount takes back what admit has counted; f.mu is held.
func (f *Function) leaveAccount() {
	if f.a.ReservedConcurrency == nil {
		f.host.account.leave()
	}
}

func throttled(reason string) error {
	return &Error{Code: "TooManyRequestsException", Message: "Rate Exceeded.", Reason: reason}
}
