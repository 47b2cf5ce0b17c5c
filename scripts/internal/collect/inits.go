package collect

import (
	"time"

	"github.com/coldcrank/coldcrank/lambda/reportlog"
)

// failures are inits that failed, and the requests that came to the environments, by
// log stream. INIT_REPORT names no request: the init is repeated by the next one of its
// environment, "Failures during the Init phase" of
// https://docs.aws.amazon.com/lambda/latest/dg/lambda-runtime-environment.html.
type failures struct {
	inits  map[string][]moment // what is the status of INIT_REPORT
	starts map[string][]moment // what is the request's id
}

// moment is something that a stream says of a time, which has whole milliseconds.
type moment struct {
	at   time.Time
	what string
}

func newFailures() failures {
	return failures{map[string][]moment{}, map[string][]moment{}}
}

// init takes an INIT_REPORT. One of the phase invoke is of an init that has been
// repeated already.
func (f failures) init(stream string, at time.Time, r reportlog.Record) {
	if r.Kind == reportlog.InitReport && r.Phase == "init" && r.Status != "" && r.Status != "success" {
		f.inits[stream] = append(f.inits[stream], moment{at, r.Status})
	}
}

func (f failures) start(stream string, at time.Time, requestID string) {
	f.starts[stream] = append(f.starts[stream], moment{at, requestID})
}

// repeated is the status of the init that failed, by the request that repeated it.
func (f failures) repeated() map[string]string {
	found := map[string]string{}
	for stream, inits := range f.inits {
		for _, init := range inits {
			var next moment
			for _, s := range f.starts[stream] {
				if !s.at.Before(init.at) && (next.what == "" || s.at.Before(next.at)) {
					next = s
				}
			}
			if next.what != "" {
				found[next.what] = init.what
			}
		}
	}
	return found
}
