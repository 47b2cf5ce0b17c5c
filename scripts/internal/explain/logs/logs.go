// Package logs says what the logs of a run tell of a target's cold starts: how long
// init took and what the request waited for beside it, which inits failed, and which
// requests met an environment whose init was not theirs to pay. The results file has it
// all, of AWS and of the local executor alike.
package logs

import (
	"cmp"
	"path"
	"slices"
	"time"

	"github.com/coldcrank/coldcrank/scripts/internal/dataset"
	"github.com/coldcrank/coldcrank/scripts/internal/price"
	"github.com/coldcrank/coldcrank/scripts/internal/stats"
)

// Logs is what a run's logs say of one target: of bursts and the warm requests after
// them, not of loads.
type Logs struct {
	Run          string    `json:"run"`
	Started      time.Time `json:"started"`
	Local        bool      `json:"local"` // else AWS
	Region       string    `json:"region,omitempty"`
	Target       string    `json:"target"` // in the run
	DeploymentID string    `json:"deployment_id,omitempty"`
	Here         string    `json:"deployment_id_here,omitempty"` // of the function that is explained, for whom it knows
	MemoryMB     int       `json:"memory_mb"`

	Requests []Requests `json:"requests"` // of each Start that there is, in their order
	// Uncounted are requests whose logs prove none of it, by outcome.
	Uncounted map[dataset.Outcome]int `json:"uncounted,omitempty"`
	// Failed counts inits that failed and were repeated, by INIT_REPORT's status.
	Failed map[string]int `json:"failed,omitempty"`
}

// Start says what a request had to do with the init of the environment that it met.
type Start string

const (
	Cold        Start = "cold"        // waited for it
	Repeated    Start = "repeated"    // repeated one that had failed, within its own Duration
	Restored    Start = "restored"    // met a snapshot that was taken after it
	Provisioned Start = "provisioned" // came after it, which was done ahead
	Warm        Start = "warm"        // came after that of an earlier request
)

var order = []Start{Cold, Repeated, Restored, Provisioned, Warm}

// Requests are those of one Start. A Distribution of nothing was not in the logs.
type Requests struct {
	Start        Start `json:"start"`
	N            int   `json:"n"`
	Environments int   `json:"environments"` // log streams that they came to; a warm one is another's, too

	Init     stats.Distribution `json:"init,omitzero"` // Restored: Restore Duration
	Duration stats.Distribution `json:"duration,omitzero"`
	// Rest is the access log's integration latency less Init and Duration: the queue,
	// making the environment and fetching the code, and the way from the gateway to it,
	// which is all that is left of a warm request. The latency has whole milliseconds on
	// AWS, so that it can be below zero.
	Rest stats.Distribution `json:"rest,omitzero"`
}

// Of is what a run says of a target, by the name that it has there; of a memory dial the
// size that the function has. It is nil where the run has not measured that.
func Of(run *dataset.Run, name string, memoryMB int) *Logs {
	t := find(run.Header.Targets, name, memoryMB)
	if t == nil {
		return nil
	}
	l := &Logs{
		Run: run.Header.Run, Started: run.Header.Started, Local: run.Header.Executor != dataset.ExecutorAWS,
		Region: t.Region, Target: t.Key, DeploymentID: t.DeploymentID, MemoryMB: t.MemoryMB,
		Uncounted: map[dataset.Outcome]int{}, Failed: map[string]int{},
	}
	of := map[Start]*sums{}
	for _, s := range run.Samples {
		if s.Target != t.Key || s.Phase == dataset.Load {
			continue
		}
		if s.InitFailed != "" {
			l.Failed[s.InitFailed]++
		}
		start, ok := startOf(s, t)
		if !ok {
			l.Uncounted[s.Outcome]++
			continue
		}
		if of[start] == nil {
			of[start] = &sums{streams: map[string]bool{}}
		}
		of[start].add(s)
	}
	for _, start := range order {
		if x := of[start]; x != nil {
			l.Requests = append(l.Requests, x.requests(start))
		}
	}
	return l
}

// find is nil where no target is of that name, and of that size where it is a dial's.
func find(targets []dataset.Target, name string, memoryMB int) *dataset.Target {
	for i := range targets {
		if t := &targets[i]; nameOf(t) == name && (t.DialOf == "" || t.MemoryMB == memoryMB) {
			return t
		}
	}
	return nil
}

// nameOf is a target's Stack/Name.
func nameOf(t *dataset.Target) string { return cmp.Or(t.DialOf, t.Key) }

// Names are those of a run's targets, each once: Stack/Name.
func Names(run *dataset.Run) (names []string) {
	for i := range run.Header.Targets {
		if name := nameOf(&run.Header.Targets[i]); !slices.Contains(names, name) {
			names = append(names, name)
		}
	}
	return names
}

// Name is what a run calls a target: the same Stack/Name, or the only one of the same
// name in another stack. It is empty where there is none.
func Name(run *dataset.Run, target string) string {
	var named []string
	for _, name := range Names(run) {
		if name == target {
			return name
		}
		if path.Base(name) == path.Base(target) {
			named = append(named, name)
		}
	}
	if len(named) == 1 {
		return named[0]
	}
	return ""
}

// startOf is false for a request whose logs do not say it.
func startOf(s *dataset.Sample, t *dataset.Target) (Start, bool) {
	switch {
	case s.InitFailed != "":
		return Repeated, true
	case s.Outcome == dataset.Cold:
		return Cold, true
	case s.Outcome == dataset.Restored:
		return Restored, true
	case s.Outcome != dataset.WarmStart:
		return "", false
	case s.InitType == dataset.StartProvisioned, t.StartType == dataset.StartProvisioned:
		return Provisioned, true
	}
	return Warm, true
}

// sums collects what requests of one Start say.
type sums struct {
	n                    int
	streams              map[string]bool
	init, duration, rest []time.Duration
}

func (x *sums) add(s *dataset.Sample) {
	x.n++
	if s.LogStream != "" {
		x.streams[s.LogStream] = true
	}
	var own time.Duration // Lambda's
	if ns := s.InitNS; ns != nil {
		own += time.Duration(*ns)
		x.init = append(x.init, time.Duration(*ns))
	} else if ns := s.RestoreNS; ns != nil {
		own += time.Duration(*ns)
		x.init = append(x.init, time.Duration(*ns))
	}
	if s.DurationNS == nil {
		return
	}
	own += time.Duration(*s.DurationNS)
	x.duration = append(x.duration, time.Duration(*s.DurationNS))
	if ms := s.IntegrationLatencyMS; ms != nil {
		x.rest = append(x.rest, time.Duration(*ms*float64(time.Millisecond))-own)
	}
}

func (x *sums) requests(start Start) Requests {
	return Requests{
		Start: start, N: x.n, Environments: len(x.streams),
		Init: stats.Distribute(x.init), Duration: stats.Distribute(x.duration), Rest: stats.Distribute(x.rest),
	}
}

// of is nil where there were no such requests.
func (l *Logs) of(start Start) *Requests {
	for i := range l.Requests {
		if l.Requests[i].Start == start {
			return &l.Requests[i]
		}
	}
	return nil
}

// Times are what requests took in the function; ok is false where the run has no cold
// starts, or no requests to environments that were there. Those that are provisioned
// stand for warm ones where there are no others.
func (l *Logs) Times() (t price.Times, ok bool) {
	cold, warm := l.of(Cold), l.of(Warm)
	if warm == nil {
		warm = l.of(Provisioned)
	}
	if cold == nil || warm == nil || cold.Init.N == 0 || cold.Duration.N == 0 || warm.Duration.N == 0 {
		return price.Times{}, false
	}
	return price.Times{Init: cold.Init.P50, Cold: cold.Duration.P50, Warm: warm.Duration.P50, From: "medians of " + l.From()}, true
}

// From names the run and where it ran.
func (l *Logs) From() string { return "run " + l.Run + " " + l.where() }

// where says where it ran.
func (l *Logs) where() string {
	switch {
	case l.Local:
		return "on the local executor, not AWS"
	case l.Region != "":
		return "on AWS, " + l.Region
	}
	return "on AWS"
}
