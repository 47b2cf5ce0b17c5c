package stats

import (
	"time"

	"github.com/coldcrank/coldcrank/scripts/internal/dataset"
)

// LateAfter is how long after its time a request has to leave to count as late.
const LateAfter = time.Millisecond

// Load is what a run's load on one target came to. Nothing of it enters what is said
// of bursts and of the warm requests after them.
type Load struct {
	Counts

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

// loadOf is nil where there was no load.
func loadOf(samples []*dataset.Sample, end *dataset.End) *Load {
	if len(samples) == 0 {
		return nil
	}
	l := &Load{Errors: errorsOf(samples)}
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

// processors is how many were busy, nil where the time is not known.
func processors(cpu, wall int64) *float64 {
	if wall <= 0 {
		return nil
	}
	return new(float64(cpu) / float64(wall))
}
