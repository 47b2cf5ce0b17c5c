package main

import (
	"bytes"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/coldcrank/coldcrank/scripts/internal/dataset"
	"github.com/coldcrank/coldcrank/scripts/internal/price"
	"github.com/coldcrank/coldcrank/scripts/internal/rounds"
	"github.com/coldcrank/coldcrank/scripts/internal/target"
)

// call is how often a run makes a call on one target, if nothing has to be
// waited for or repeated.
type call struct {
	operation string
	count     int
}

// plannedChanges are the calls that change something. The number of rounds is
// that of versions made and deleted; description and alias are put back once.
func plannedChanges(rounds int) []call {
	return []call{{"UpdateFunctionConfiguration", rounds + 1}, {"PublishVersion", rounds}, {"UpdateAlias", rounds + 1}, {"DeleteFunction", rounds}}
}

// plannedReads are those that read the function: a recycle reads it before and
// after it changes the description, then the new version, and the alias before
// and after it moves.
func plannedReads(rounds int) []call {
	return []call{{"GetFunctionConfiguration", 3*rounds + 4}, {"GetAlias", 2*rounds + 3}, {"ListVersionsByFunction", 1}}
}

// plannedChecks are those that look what stands in the way and what each target is.
// A dry run makes them, too.
func plannedChecks(order []turn, accounts, stacks int) []call {
	n, groups := len(order), 0
	for _, t := range order {
		groups++
		if t.AccessLogs != "" && !t.Direct {
			groups++
		}
	}
	calls := []call{{"GetCallerIdentity", accounts}, {"GetAccountSettings", accounts}, {"GetFunctionConfiguration", 3 * n}, {"GetAlias", n},
		{"ListVersionsByFunction", n}, {"GetProvisionedConcurrencyConfig", n}, {"GetFunctionConcurrency", n}, {"DescribeLogGroups", groups}, {"FilterLogEvents", groups}}
	if stacks > 0 {
		calls = append(calls, call{"DescribeStacks", stacks})
	}
	return calls
}

// guess is what single steps are taken to last: nothing is measured before.
type guess struct{ call, cold, warm time.Duration }

func guessFor(t *target.Target) guess {
	if t.Executor != nil {
		return guess{5 * time.Millisecond, 50 * time.Millisecond, 5 * time.Millisecond}
	}
	return guess{100 * time.Millisecond, price.AssumedCold, price.AssumedWarm}
}

// duration is how long the parts of a run on one target take.
type duration struct{ recycle, requests, restore time.Duration }

// provisioning is what AWS is taken to need to initialize provisioned environments
// anew: a minute or two (Lambda Developer Guide, "Configuring provisioned
// concurrency for a function").
const provisioning = 2 * time.Minute

// snapshotting is what AWS is taken to need to publish a version with SnapStart,
// whose snapshot is made then: several minutes (Lambda Developer Guide, "Improving
// startup performance with Lambda SnapStart").
const snapshotting = 3 * time.Minute

// durationOf adds up a round's calls, with one more look at the two states that
// settle, the update's and the version's; and its waves of requests, one after
// the other. Putting back waits until requests can no longer reach the version
// that the alias leaves.
func durationOf(plan rounds.Plan, t *target.Target) duration {
	g := guessFor(t)
	perRound := 0
	for _, c := range append(plannedChanges(1), plannedReads(1)...) {
		perRound += c.count
	}
	once := 0
	for _, c := range append(plannedChanges(0), plannedReads(0)...) {
		once += c.count
	}
	waves := (plan.Warm + plan.Burst - 1) / plan.Burst
	return duration{
		recycle:  time.Duration(perRound-once)*g.call + 2*t.StatePoll,
		requests: g.cold + time.Duration(waves)*g.warm,
		restore:  time.Duration(once)*g.call + t.Settle,
	}
}

// printPlan says what a run would do. checks are the calls that have been made for
// that.
func printPlan(w io.Writer, header dataset.Header, plan rounds.Plan, accounts []target.Account, checks []call) error {
	var b bytes.Buffer
	var total, restore, patience time.Duration
	var parts []string
	for i, t := range plan.Targets {
		tags := header.Targets[i]
		fmt.Fprintf(&b, "%s: %s %s\n", t, t.Method, t.URL)
		fmt.Fprintf(&b, "  deployment %s of function %s in %s, %d MB, %s\n", t.DeploymentID, t.FunctionName, t.Region, tags.MemoryMB, tags.Architecture)
		fmt.Fprintf(&b, "  %s of %d cold and %d warm requests: %s, %s\n", counted(plan.Rounds, "round"), plan.Burst, plan.Warm,
			counted(plan.Rounds*plan.Burst, "cold start"), counted(plan.Rounds*(plan.Burst+plan.Warm), "request"))
		if l := plan.Load; l != nil {
			fmt.Fprintf(&b, "  then a load of %g/s for %s, %s: %s, answered or not\n", l.Rate, l.For, l.Arrival, counted(l.Requests(), "request"))
			total += l.For
		}
		d := durationOf(plan, t.Target)
		if t.Provisioned > 0 {
			d.recycle += provisioning
		}
		if tags.StartType == dataset.StartSnapshot {
			d.recycle += snapshotting
		}
		changes := list(plannedChanges(plan.Rounds)) + ", of versions that the run made"
		if t.Fixed != "" {
			changes, d.recycle, d.restore = "none: provisioned environments are measured as they are", 0, 0
		}
		fmt.Fprintf(&b, "  changes: %s\n", changes)
		fmt.Fprintf(&b, "  reads: at least %s; FilterLogEvents, at most %.0f a second\n", list(plannedReads(plan.Rounds)), float64(time.Second)/float64(t.LogsPoll))
		total += time.Duration(plan.Rounds) * (d.recycle + d.requests)
		restore = max(restore, d.restore)
		patience = max(patience, t.Patience)
		parts = append(parts, fmt.Sprintf("  %s: %d × (recycle %s + requests %s)", t, plan.Rounds, d.recycle, d.requests))
	}
	g := guessFor(plan.Targets[0].Target)
	fmt.Fprintf(&b, "about %s, and up to %s more where logs are late; if a call takes %s, a cold start %s and a warm request %s\n%s\n  put back: %s\n",
		(total + restore).Round(time.Second), patience, g.call, g.cold, g.warm, strings.Join(parts, "\n"), restore)
	if header.Executor == dataset.ExecutorAWS {
		fmt.Fprintf(&b, "about %s, if a cold start bills %s and a warm request %s; %s\n",
			price.Format(plannedUSD(header)), price.AssumedCold, price.AssumedWarm, priceNote(header))
		for _, a := range accounts {
			fmt.Fprintf(&b, "account %s in %s\n", a.ID, a.Region)
		}
	}
	fmt.Fprintf(&b, "before the first change, and for this plan: %s", list(checks))
	if !plan.Targets[0].Direct {
		b.WriteString("; a connection to each API, without a request")
	}
	b.WriteByte('\n')
	b.WriteString("nothing was changed\n")
	_, err := io.WriteString(w, printable(b.String()))
	return err
}

func list(calls []call) string {
	var s []string
	for _, c := range calls {
		s = append(s, fmt.Sprintf("%s %d", c.operation, c.count))
	}
	return strings.Join(s, ", ")
}

// plannedUSD is what a run costs if requests bill what is assumed.
func plannedUSD(h dataset.Header) (usd float64) {
	for _, t := range h.Targets {
		usd += price.Planned(t, h.Rounds*h.Burst, h.Rounds*h.Warm+loadRequests(h.Load)).USD()
	}
	return usd
}

// costOf says what a run has cost, by what its REPORT lines say was billed.
func costOf(run *dataset.Run) string {
	var usd float64
	var billed time.Duration
	requests, unbilled := 0, 0
	for _, u := range price.Measured(run) {
		usd += u.USD()
		billed += u.Billed
		requests += u.Requests
		unbilled += u.Unbilled
	}
	text := fmt.Sprintf("cost about %s: %s, %s billed; %s", price.Format(usd), counted(requests, "request"), billed, priceNote(run.Header))
	if unbilled > 0 {
		text += fmt.Sprintf("; without the billed time of %s of which no REPORT was found", counted(unbilled, "request"))
	}
	return text
}

// priceNote says which price is used and what is not in it.
func priceNote(h dataset.Header) string {
	note := "list price of " + price.Region
	for _, t := range h.Targets {
		if t.Region != price.Region {
			note += ", whatever the Region"
			break
		}
	}
	return note + ", without logs, data transfer and free tier"
}
