package logs

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/coldcrank/coldcrank/scripts/internal/explain/sheet"
	"github.com/coldcrank/coldcrank/scripts/internal/stats"
)

// Sheet shows each Start with its times.
func (l *Logs) Sheet() sheet.Sheet {
	s := sheet.Sheet{Title: "Phases by the logs of run " + l.Run, Answer: l.answer(), Notes: l.notes()}
	if l.Requests == nil {
		return s
	}
	t := sheet.Table{Header: []string{"request", "number", "environments", "init, ms", "invocation, ms", "rest, ms"}, Right: []bool{false, true, true, true, true, true}}
	for _, r := range l.Requests {
		init := between(r.Init)
		switch r.Start {
		case Warm:
			init = "inherited"
		case Provisioned:
			init = "before it"
		case Repeated:
			init = "in the invocation"
		}
		t.Rows = append(t.Rows, []string{string(r.Start), fmt.Sprint(r.N), fmt.Sprint(r.Environments), init, between(r.Duration), between(r.Rest)})
	}
	s.Tables = []sheet.Table{t}
	return s
}

func (l *Logs) answer() string {
	cold := l.of(Cold)
	if cold == nil || cold.Init.N == 0 {
		return "no request waited for an init " + l.where()
	}
	text := fmt.Sprintf("Init Duration %s ms of %d cold starts %s", between(cold.Init), cold.Init.N, l.where())
	if cold.Rest.N > 0 {
		text += fmt.Sprintf("; %s ms of the request are neither init nor invocation", between(cold.Rest))
		if warm := l.of(Warm); warm != nil && warm.Rest.N > 0 {
			text += fmt.Sprintf(", of a warm one %s", between(warm.Rest))
		}
	}
	return text
}

func (l *Logs) notes() []string {
	notes := []string{fmt.Sprintf("medians with their 95 %% intervals, of %s with %d MB, %s UTC", l.Target, l.MemoryMB, l.Started.UTC().Format("2006-01-02 15:04"))}
	if slices.ContainsFunc(l.Requests, func(r Requests) bool { return r.Rest.N > 0 }) {
		text := "rest: the gateway's integration latency less Init Duration and Duration: the queue, making the environment, fetching the code, and the way to it"
		if l.Local {
			text = "rest: the same here is the wait for one of the few inits that run at a time, and the sandbox: nothing of AWS's"
		}
		notes = append(notes, text)
	} else {
		notes = append(notes, "rest: not known without an access log")
	}
	if l.of(Warm) != nil || l.of(Provisioned) != nil {
		notes = append(notes, "inherited: by an environment that an earlier request had made; before it: by provisioned concurrency")
	}
	if l.Here != "" && l.DeploymentID != "" && l.Here != l.DeploymentID {
		notes = append(notes, fmt.Sprintf("the run measured deployment %.8s; what is here, and explained beside it, is %.8s", l.DeploymentID, l.Here))
	}
	if len(l.Failed) > 0 {
		notes = append(notes, "INIT_REPORT says of inits that failed, and were repeated in an invocation: "+counts(l.Failed))
	}
	if len(l.Uncounted) > 0 {
		notes = append(notes, "not counted: "+counts(l.Uncounted))
	}
	return notes
}

// counts are in the order of their names.
func counts[K ~string](of map[K]int) string {
	var all []string
	for _, name := range slices.Sorted(maps.Keys(of)) {
		all = append(all, fmt.Sprintf("%s %d", name, of[name]))
	}
	return strings.Join(all, ", ")
}

// between is a median with its interval, if there are values for one.
func between(d stats.Distribution) string {
	if d.N == 0 {
		return "–"
	}
	text := ms(d.P50)
	if d.MedianLow != nil {
		text += fmt.Sprintf(" (%s to %s)", ms(*d.MedianLow), ms(*d.MedianHigh))
	}
	return text
}

func ms(d time.Duration) string {
	return strings.Replace(fmt.Sprintf("%.2f", float64(d)/1e6), "-", "−", 1)
}
