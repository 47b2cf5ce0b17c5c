package sandbox

import (
	"cmp"
	"strings"
	"sync"
	"time"

	"github.com/coldcrank/coldcrank/lambda/reportlog"
)

// tailSize is what LogType Tail returns:
// https://docs.aws.amazon.com/lambda/latest/api/API_Invoke.html
const tailSize = 4 << 10

// journal writes an environment's log stream: the platform's own lines in the
// function's format and at its system level, and the function's output.
//
// Which event has which level is the table "System log level event mapping" of
// https://docs.aws.amazon.com/lambda/latest/dg/monitoring-cloudwatchlogs-log-level.html
// Levels apply to the JSON format; text has them all.
type journal struct {
	spec   Spec
	stream string
	json   bool
	system int // rank of the lowest level that is written
	app    int

	mu        sync.Mutex
	err       error // the first that Put returned
	recording bool  // an invocation is under way
	started   tail  // since its START
	all       tail  // since the end of the one before: its inits as well
}

// tail is the last tailSize bytes of some lines.
type tail []byte

func (t *tail) add(line string) {
	*t = append(*t, line[max(0, len(line)-tailSize):]...)
	if !strings.HasSuffix(line, "\n") {
		*t = append(*t, '\n')
	}
	*t = (*t)[max(0, len(*t)-tailSize):]
}

func newJournal(spec Spec, stream string) *journal {
	return &journal{
		spec: spec, stream: stream, json: spec.LogFormat == "JSON",
		system: rank(spec.SystemLogLevel), app: rank(spec.ApplicationLogLevel),
	}
}

func (j *journal) put(messages ...string) {
	j.mu.Lock()
	defer j.mu.Unlock()
	j.err = cmp.Or(j.err, j.spec.Logs.Put(j.spec.LogGroup, j.stream, time.Now(), messages...))
	for _, m := range messages {
		j.all.add(m)
		if j.recording {
			j.started.add(m)
		}
	}
}

// record writes one of the platform's records at its level.
func (j *journal) record(level string, r reportlog.Record) {
	switch {
	case !j.json:
		j.put(r.Text())
	case rank(level) >= j.system:
		r.Time = time.Now()
		j.put(string(r.JSON()))
	}
}

// function writes lines of the function's output. In JSON format Lambda looks
// into each for its level.
func (j *journal) function(lines []string) {
	if !j.json {
		j.put(lines...)
		return
	}
	kept := lines[:0]
	for _, line := range lines {
		line = strings.TrimSuffix(line, "\n")
		if rank(lineLevel(line)) >= j.app {
			kept = append(kept, line)
		}
	}
	if len(kept) > 0 {
		j.put(kept...)
	}
}

// initReport writes INIT_REPORT of an init that failed, in the phase init or
// invoke. Of one that succeeded only the JSON format has it, at level INFO where
// it was provisioned and else at DEBUG. There is no INIT_START: it names AWS's
// version of the runtime.
func (j *journal) initReport(b boot, phase string) {
	level := "WARN"
	if b.status == statusSuccess {
		if !j.json {
			return
		}
		level = "DEBUG"
		if j.spec.Provisioned {
			level = "INFO"
		}
	}
	j.record(level, reportlog.Record{
		Kind: reportlog.InitReport, Duration: &b.took, Phase: phase,
		Status: b.status, ErrorType: b.errorType, InitType: j.spec.initType(),
	})
}

func (j *journal) start(req Request) {
	j.mu.Lock()
	j.recording = true
	j.mu.Unlock()
	j.record("INFO", reportlog.Record{Kind: reportlog.Start, RequestID: req.ID, Version: j.spec.Version})
}

// end writes what follows an invocation.
func (j *journal) end(in *invocation, initDuration *time.Duration, r reply) {
	if r.line != "" {
		j.put(r.line)
	}
	if !j.json {
		j.record("INFO", reportlog.Record{Kind: reportlog.End, RequestID: in.ID})
	}
	if in.start.IsZero() { // ended before the event was delivered
		in.start = r.at
	}
	duration := max(r.at.Sub(in.start), 0)
	// Of OS-only runtimes the init phase is billed, in whole milliseconds:
	// "Duration" on https://aws.amazon.com/lambda/pricing/
	billed := duration
	if initDuration != nil {
		billed += *initDuration
	}
	billed = (billed + time.Millisecond - 1).Truncate(time.Millisecond)
	report := reportlog.Record{
		Kind: reportlog.Report, RequestID: in.ID,
		Duration: &duration, BilledDuration: &billed, InitDuration: initDuration,
		MemorySizeMB: &j.spec.MemoryMB, Status: r.status, ErrorType: r.errorType,
	}
	if r.memoryKB > 0 {
		// AWS does not say how it rounds; up, so that a small program has 1.
		mb := (r.memoryKB + 1023) / 1024
		report.MaxMemoryUsedMB = &mb
	}
	level := "INFO"
	if r.status != statusSuccess {
		level = "WARN"
	}
	j.record(level, report)
}

// tails ends the recording of an invocation, and returns what it logged since
// its START and with its inits.
func (j *journal) tails() (started, all []byte, err error) {
	j.mu.Lock()
	defer j.mu.Unlock()
	started, all = j.started, j.all
	j.recording, j.started, j.all = false, nil, nil
	return started, all, j.err
}
