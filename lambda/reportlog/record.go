// Package reportlog reads and writes the platform's own lines in a Lambda
// function's log: START, REPORT, INIT_START, INIT_REPORT, RESTORE_REPORT and
// END, as text and as the JSON platform events that replace them when a
// function's log format is JSON.
//
// It does not interpret what a function itself writes.
package reportlog

import "time"

// Kind says which line, or which JSON event, a Record is.
type Kind int

// The kinds of records, with the text line and the JSON event of each.
const (
	Start         Kind = iota + 1 // START            platform.start
	End                           // END              (text only)
	Report                        // REPORT           platform.report
	InitStart                     // INIT_START       platform.initStart
	InitReport                    // INIT_REPORT      platform.initReport
	RestoreReport                 // RESTORE_REPORT   platform.restoreReport
)

// Record is one platform line. What the line did not say is the zero value of
// a string and a nil pointer: absent is never zero.
type Record struct {
	Kind Kind

	// Time is when the event was written: JSON only.
	Time time.Time

	RequestID string // Start, End, Report
	Version   string // Start: the version that answers, a number or "$LATEST"

	// RuntimeVersion and RuntimeVersionARN are of InitStart.
	RuntimeVersion    string
	RuntimeVersionARN string

	// Durations. Text lines have two decimals of a millisecond.
	Duration              *time.Duration // Report, InitReport (time of the init phase), RestoreReport where AWS writes it so
	BilledDuration        *time.Duration
	InitDuration          *time.Duration // Report of a cold start only
	RestoreDuration       *time.Duration
	BilledRestoreDuration *time.Duration

	MemorySizeMB    *int
	MaxMemoryUsedMB *int

	Phase     string // InitReport: init or invoke
	InitType  string // JSON initializationType: on-demand, provisioned-concurrency, snap-start
	Status    string // success, error, failure, timeout
	ErrorType string // for example Runtime.ExitError

	XRayTraceID   string
	XRaySegmentID string
	XRaySampled   string // "true" or "false", as written

	// Extra holds the keys that this package does not know, in the order in
	// which they stood: text keys, or JSON paths below "record".
	Extra []Field
}

// Field is a key and a value as they stood in a line. In JSON records the
// value is JSON text.
type Field struct{ Key, Value string }
