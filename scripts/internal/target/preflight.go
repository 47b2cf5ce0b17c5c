package target

import (
	"context"
	"fmt"
	"net/url"
	"strings"

	"github.com/aws/aws-sdk-go-v2/service/lambda"
)

// Level says whether a run can begin in spite of a finding.
type Level int

const (
	Warning Level = iota // the run can begin
	Error                // it cannot
)

// Finding is something that stands in a run's way, or may.
type Finding struct {
	Level  Level
	Target string // Stack/Name, or the account's place where it concerns all targets there
	Text   string
	Hint   string // what to do about it; may be empty
}

// Need is what a run asks of each target.
type Need struct {
	Burst int     // simultaneous requests
	Rate  float64 // requests a second of a load; 0 for none

	// RecycleProvisioned asks for recycling targets with provisioned concurrency.
	RecycleProvisioned bool

	// MarkedBy returns the run that has given a function or a version its
	// description, and has not put it back.
	MarkedBy func(description string) (run string, ok bool)
}

// Account is an account and Region as the credentials see it.
type Account struct {
	ID     string
	Caller string // ARN of who calls
	Region string
	Local  bool // of an executor that is not AWS

	unreserved *int // environments that functions without a reserve may share; nil where that is not known
}

// Preflight looks whether a run on the targets can succeed, and changes nothing.
// It returns the accounts, each once, and everything that it finds: where
// credentials do not work that alone, of each target there. Permissions are
// tried by the calls that only read; of those that change something nothing is
// known before. A connection to each API is tried, and no request sent. What the stage
// of an API admits is known by the outputs alone: to ask AWS would need the permission
// to read the whole API.
//
// Findings say nothing where ctx was done meanwhile.
func Preflight(ctx context.Context, targets []*Target, need Need) (accounts []Account, findings []Finding) {
	type place struct{ executor, endpoint, region string }
	seen := map[place]*Account{}
	var admitted []*Target
	for _, t := range targets {
		p := place{executor: t.ExecutorName(), region: t.Region}
		if t.Executor != nil {
			p.endpoint = t.Executor.Endpoint
		}
		account, known := seen[p]
		if !known {
			c := &check{Target: t, subject: p.executor + " " + t.Region}
			account = c.account(ctx)
			seen[p] = account
			findings = append(findings, c.findings...)
			if account != nil {
				accounts = append(accounts, *account)
			}
		}
		if account == nil {
			continue // no call would be admitted
		}
		admitted = append(admitted, t)
		c := &check{Target: t, subject: t.String(), others: len(targets) > 1}
		c.function(ctx, need)
		c.concurrency(ctx, need, account.unreserved)
		c.stage(need)
		c.load(need)
		c.address()
		c.logs(ctx)
		findings = append(findings, c.findings...)
	}
	return accounts, append(findings, reach(ctx, admitted)...)
}

// check collects what is found about one subject.
type check struct {
	*Target
	subject  string
	others   bool // there are other targets
	findings []Finding
}

func (c *check) fail(hint, format string, args ...any) { c.add(Error, hint, format, args...) }
func (c *check) warn(hint, format string, args ...any) { c.add(Warning, hint, format, args...) }

func (c *check) add(l Level, hint, format string, args ...any) {
	c.findings = append(c.findings, Finding{Level: l, Target: c.subject, Text: fmt.Sprintf(format, args...), Hint: hint})
}

// tried reports whether a call was answered, and says why it was not. A call
// that the run itself makes must succeed, except where the other side is an
// emulator that does not implement it.
func (c *check) tried(action string, needed bool, err error) bool {
	if err == nil {
		return true
	}
	level := Warning
	if needed && !notImplemented(err) {
		level = Error
	}
	if denied(err) {
		c.add(level, "coldcrank policy prints the permissions that a run needs", "%s is not permitted: %s", action, reason(err))
		return false
	}
	c.add(level, "", "%s: %s", action, reason(err))
	return false
}

// scaling is how many environments Lambda adds for a function in ten seconds
// (Lambda Developer Guide, "Lambda scaling behavior").
const scaling = 1000

// perEnvironment is how many requests a second Lambda admits for each unit of
// concurrency, however short they are (Lambda Developer Guide, "Understanding Lambda
// function scaling", on concurrency and requests per second,
// https://docs.aws.amazon.com/lambda/latest/dg/lambda-concurrency.html).
const perEnvironment = 10

// concurrency holds the burst and the load against what Lambda admits at once: the
// function's reserve, else what the account has left for functions without one
// (Lambda Developer Guide, "Configuring reserved concurrency for a function").
func (c *check) concurrency(ctx context.Context, need Need, unreserved *int) {
	limit, whose, otherwise := unreserved, "the account's concurrency in this Region", "or raise it"
	reserve, err := c.Lambda.GetFunctionConcurrency(ctx, &lambda.GetFunctionConcurrencyInput{FunctionName: &c.FunctionName})
	if c.tried("lambda:GetFunctionConcurrency", false, err) && reserve.ReservedConcurrentExecutions != nil {
		limit, whose = new(int(*reserve.ReservedConcurrentExecutions)), "the function's reserved concurrency"
		otherwise = c.apart("or raise it")
	}
	switch {
	case limit != nil && *limit == 0:
		c.fail(strings.TrimPrefix(otherwise, "or "), "%s is 0: every request is refused", whose)
	case limit != nil && need.Burst > *limit:
		c.fail(fmt.Sprintf("use --burst %d, %s", *limit, otherwise), "a burst of %d is more than %s, %d: requests would be throttled", need.Burst, whose, *limit)
	case limit != nil && need.Rate > perEnvironment*float64(*limit):
		c.fail(fmt.Sprintf("use --load %d/s, %s", perEnvironment**limit, otherwise), "a load of %g requests a second is more than Lambda admits by %s, %d: %d a second for each", need.Rate, whose, *limit, perEnvironment)
	case need.Burst > scaling:
		c.warn(fmt.Sprintf("use --burst %d", scaling), "a burst of %d is more than the %d environments that Lambda adds in ten seconds: requests may be throttled", need.Burst, scaling)
	}
}

// deployed ends a hint about a stack: the local executor has it from the app.
func (c *check) deployed() string {
	if c.Executor != nil {
		return ""
	}
	return " and deploy"
}

// apart adds to what can be done about a limit that is of this target alone.
func (c *check) apart(hint string) string {
	if c.others {
		hint += ", or leave it out: --target names the targets of a run"
	}
	return hint
}

// stage holds the burst against what the stage of the API admits at once (API
// Gateway Developer Guide, "Throttle requests to your HTTP APIs").
func (c *check) stage(need Need) {
	if limit := c.BurstLimit; !c.Direct && limit > 0 && need.Burst > limit {
		c.fail(fmt.Sprintf("use --burst %d, %s", limit, c.apart("or give the construct a larger BurstLimit"+c.deployed())),
			"a burst of %d is more than the %d requests at once that its API admits: the others would be answered with 429", need.Burst, limit)
	}
}

// load holds the load against what the stage admits a second.
func (c *check) load(need Need) {
	if limit := c.RateLimit; !c.Direct && limit > 0 && need.Rate > float64(limit) {
		c.fail(fmt.Sprintf("use --load %d/s, %s", limit, c.apart("or give the construct a larger RateLimit"+c.deployed())),
			"a load of %g requests a second is more than the %d a second that its API admits: the others would be answered with 429", need.Rate, limit)
	}
}

// address finds that requests would be signed for everybody on the way.
func (c *check) address() {
	if u, err := url.Parse(c.URL); err == nil && c.URL != "" && c.exposed(u) {
		c.fail("take the https address of the API: deploy with it as output, or --invoke for the function itself",
			"its URL %s is not https: others on the way could read the signed requests, and a session token in them", c.URL)
	}
}
