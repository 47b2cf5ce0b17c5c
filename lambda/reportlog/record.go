// Package reportlog reads and writes the platform's own lines in a Lambda
// function's log: START, END, REPORT, INIT_START, INIT_REPORT and
// RESTORE_REPORT, as text and as the JSON platform events that replace them
// when a function's log format is JSON.
//
// A text line is a keyword and tab-separated "Key: value" pairs, read by key
// and never by position; a JSON event is one object on one line,
// {"time":…,"type":"platform.…","record":{…}}. The rules are those of these
// pages of the AWS Lambda Developer Guide, below
// https://docs.aws.amazon.com/lambda/latest/dg/:
//
//   - "Log and monitor Go Lambda functions" (golang-logging.html): START, END,
//     REPORT, the X-Ray line
//   - "Understanding the Lambda execution environment lifecycle"
//     (lambda-runtime-environment.html): INIT_REPORT and RESTORE_REPORT
//   - "Monitoring for Lambda SnapStart" (snapstart-monitoring.html): Restore
//     Duration and Billed Restore Duration
//   - "Configuring JSON and plain text log formats"
//     (monitoring-cloudwatchlogs-logformat.html) and "Lambda Telemetry API Event
//     schema reference" (telemetry-schema-reference.html): the events
//
// The package does not interpret what a function itself writes, and cannot
// tell a platform line from one that a function forged. It is no client of the
// Telemetry API: events other than the six are passed over.
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

	// Time is when the event was written, in UTC: JSON only.
	Time time.Time

	RequestID string // Start, End, Report
	Version   string // Start: the version that answers, a number or "$LATEST"

	// RuntimeVersion and RuntimeVersionARN are of InitStart.
	RuntimeVersion    string
	RuntimeVersionARN string

	// Duration is the time of the phase that the record reports: of the
	// invocation (Report, "Duration"), of the init phase (InitReport, "Init
	// Duration") or of the restore phase (RestoreReport, "Restore Duration");
	// in JSON always metrics.durationMs. The others are of Report.
	Duration              *time.Duration
	BilledDuration        *time.Duration
	InitDuration          *time.Duration // of a cold start only
	RestoreDuration       *time.Duration // of a cold start from a snapshot only
	BilledRestoreDuration *time.Duration

	// MemorySizeMB and MaxMemoryUsedMB are of Report.
	MemorySizeMB    *int
	MaxMemoryUsedMB *int

	Phase     string // InitReport (JSON: InitStart too): init or invoke
	InitType  string // JSON initializationType: on-demand, provisioned-concurrency, snap-start
	Status    string // success, error, failure, timeout; text of Report says it only where it is no success
	ErrorType string // for example Runtime.ExitError

	// The X-Ray line of a Report. In JSON the trace id and the sampling
	// decision are read from record.tracing.value; it holds no segment id.
	XRayTraceID   string
	XRaySegmentID string
	XRaySampled   string // "true" or "false", as written

	// Extra holds the keys that this package does not know, those of one object
	// or line in the order in which they stood.
	Extra []Field
}

// Field is a key and a value as they stood in a line. In JSON records the key
// is a JSON Pointer into the event (RFC 6901, for example
// "/record/functionArn"), and the value is compact JSON. No text key begins
// with a slash. Extra fields are written in the format that they came from,
// and left out of the other.
type Field struct{ Key, Value string }

// Cold reports whether r is the Report of a cold start: one with an Init
// Duration. A start from a snapshot has a Restore Duration instead and is not
// cold in this sense, nor is an invocation that had to repeat a failed init.
func (r Record) Cold() bool { return r.Kind == Report && r.InitDuration != nil }
