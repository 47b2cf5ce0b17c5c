package collect

import (
	"cmp"
	"slices"
	"time"

	"github.com/coldcrank/coldcrank/scripts/internal/dataset"
)

// Without an access log nothing names the invocation of a request. Then order
// does, where all of this holds; otherwise requests stay log missing:
//
//   - Every request of the batch was answered with a status below 400, which
//     an HTTP API does not give by itself: each reached the function, once.
//   - The version has exactly as many invocations, each with START and REPORT,
//     and a twelfth of the patience brought no more. Somebody else's requests
//     to the version show as too many.
//   - The request was in flight alone: whatever the order of requests in
//     flight together, its own place among all is then the same at the client
//     and in the log. Requests of a burst cannot be told apart.
//   - No other START has the same millisecond.
//   - One constant difference of the two clocks puts every such START between
//     sending and answer of its request.

// lone returns the requests that were in flight alone, by their place in the
// order of sending, and none where the places are not known.
func lone(samples []*dataset.Sample) map[int]*dataset.Sample {
	for _, s := range samples {
		if s.SentNS == nil || s.DoneNS == nil || s.ErrorClass != "" || s.Status < 200 || s.Status >= 400 {
			return nil
		}
	}
	bySent := slices.SortedFunc(slices.Values(samples), func(a, b *dataset.Sample) int { return cmp.Compare(*a.SentNS, *b.SentNS) })
	found := map[int]*dataset.Sample{}
	var done int64 = -1 // of all before
	for i, s := range bySent {
		before := *s.SentNS > done
		done = max(done, *s.DoneNS)
		if before && (i+1 == len(bySent) || *bySent[i+1].SentNS > done) {
			found[i] = s
		}
	}
	return found
}

// matchByTime gives each lone request its invocation, or none any.
func (j *join) matchByTime() {
	var invocations []*lines
	for _, l := range j.byRequest {
		if l.start != "" && l.start != j.Version {
			continue // of a group that is read as a whole
		}
		if l.start == "" || l.report == nil {
			return
		}
		invocations = append(invocations, l)
	}
	if len(invocations) != len(j.Samples) {
		return
	}
	slices.SortFunc(invocations, func(a, b *lines) int { return a.at.Compare(b.at) })

	matched := map[*dataset.Sample]*lines{}
	var low, high time.Duration // of what is added to the log's clock to get the client's
	for i, s := range j.lone {
		l := invocations[i]
		if i > 0 && invocations[i-1].at.Equal(l.at) || i+1 < len(invocations) && invocations[i+1].at.Equal(l.at) {
			continue
		}
		at := time.Duration(l.at.UnixNano())
		lowest, highest := time.Duration(*s.SentNS)-at-time.Millisecond, time.Duration(*s.DoneNS)-at // START is cut to a ms
		if len(matched) == 0 {
			low, high = lowest, highest
		}
		low, high = max(low, lowest), min(high, highest)
		matched[s] = l
	}
	if low <= high {
		j.matched = matched
	}
}
