package stats

import (
	"slices"
	"time"

	"github.com/coldcrank/coldcrank/scripts/internal/dataset"
)

// LateAfter is how long after its time a request has to leave to count as late.
const LateAfter = time.Millisecond

// Load is what a run's load on one target came to. Nothing of it enters what is said
// of bursts and of the warm requests after them.
type Load struct {
	Counts

	// Partial says that the load did not come to its end, or never began. Then Lasted
	// is how long requests were due, of Planned.
	Partial bool          `json:"partial,omitempty"`
	Planned time.Duration `json:"planned_ns,omitempty"`
	Lasted  time.Duration `json:"lasted_ns,omitempty"`

	// Of requests that a warm environment answered: from sending to the last byte,
	// from the scheduled time to the last byte, and REPORT's Duration. The first hides
	// what requests waited before they could be sent, the second does not. Requests
	// follow each other on the same environments and are not independent: medians have
	// no interval.
	Client    Distribution `json:"client,omitzero"`
	Scheduled Distribution `json:"scheduled,omitzero"`
	Duration  Distribution `json:"duration,omitzero"`

	// Of all requests, whatever became of them.
	Late   int           `json:"late"`             // sent more than LateAfter after their time
	Sent   int           `json:"sent"`             // all that were
	Latest time.Duration `json:"latest_ns"`        // the worst delay of one that was sent
	Unsent int           `json:"unsent,omitempty"` // found no connection

	// Environments is how many answered, by their log streams; Cold of the Counts says
	// how many were made for the load. Zero where no log names a stream.
	Environments int `json:"environments,omitempty"`

	// CPUs is how many processors the process used in the loads of the run, nil where
	// nobody said.
	CPUs *float64 `json:"cpus,omitempty"`

	Errors []Error `json:"errors,omitempty"`
}

// loadOf is the load on a target, nil where there was to be none.
func loadOf(run *dataset.Run, target string, samples []*dataset.Sample) *Load {
	plan, end := run.Header.Load, run.End
	if plan == nil && len(samples) == 0 {
		return nil
	}
	l := &Load{Errors: errorsOf(samples)}
	if plan != nil && cutShort(end, target, len(samples)) {
		l.Partial, l.Planned, l.Lasted = true, time.Duration(plan.ForNS), dueFor(samples)
	}
	streams := map[string]bool{}
	var client, scheduled, duration []time.Duration
	for _, s := range samples {
		l.Counts.add(s.Outcome)
		if s.LogStream != "" {
			streams[s.LogStream] = true
		}
		if s.SentNS == nil {
			l.Unsent++
		} else {
			l.Sent++
			delay := time.Duration(*s.SentNS - s.ScheduledNS)
			if delay > LateAfter {
				l.Late++
			}
			l.Latest = max(l.Latest, delay)
		}
		if s.Outcome != dataset.WarmStart {
			continue
		}
		duration = appendNS(duration, s.DurationNS)
		if d, ok := s.Client(); ok {
			client = append(client, d)
			scheduled = append(scheduled, time.Duration(*s.DoneNS-s.ScheduledNS))
		}
	}
	l.Environments = len(streams)
	l.Client, l.Scheduled, l.Duration = Distribute(client), Distribute(scheduled), Distribute(duration)
	for _, d := range []*Distribution{&l.Client, &l.Scheduled, &l.Duration} {
		d.MedianLow, d.MedianHigh = nil, nil
	}
	if end != nil && end.Sender != nil {
		l.CPUs = processors(end.Sender.LoadCPUNS, end.Sender.LoadNS)
	}
	return l
}

// cutShort reports whether a load that was planned did not come to its end, as far as
// the file says so: those of older programs name no loads.
func cutShort(end *dataset.End, target string, samples int) bool {
	switch {
	case end == nil:
		return true
	case end.LoadsDone == nil:
		return samples == 0
	}
	return !slices.Contains(end.LoadsDone, target)
}

// dueFor is the time from the first request's schedule to the last one's.
func dueFor(samples []*dataset.Sample) time.Duration {
	if len(samples) == 0 {
		return 0
	}
	first, last := samples[0].ScheduledNS, samples[0].ScheduledNS
	for _, s := range samples {
		first, last = min(first, s.ScheduledNS), max(last, s.ScheduledNS)
	}
	return time.Duration(last - first)
}

// processors is how many were busy, nil where the time is not known.
func processors(cpu, wall int64) *float64 {
	if wall <= 0 {
		return nil
	}
	return new(float64(cpu) / float64(wall))
}
