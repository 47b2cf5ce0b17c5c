package dataset

import "time"

// Phase says which part of a round a request belongs to.
type Phase string

const (
	Burst Phase = "burst" // released together, meant to be cold
	Warm  Phase = "warm"  // sent afterwards to the environments that the burst left
	Load  Phase = "load"  // sent at scheduled times after all rounds
)

// Outcome says what became of a request. Only Cold and Warm are counted;
// the others are shown apart.
type Outcome string

// FunctionError is the value of Sample.ErrorClass where the answer to a direct
// Invoke says that the function failed.
const FunctionError = "function"

// JoinedByTime is the value of Sample.Joined where no access log says which
// request of the function's log is the sample's: order and time leave only one.
const JoinedByTime = "time"

const (
	Cold       Outcome = "cold"        // its REPORT carries Init Duration
	WarmStart  Outcome = "warm"        // its REPORT carries none
	Stale      Outcome = "stale"       // another version answered than the round's
	Failed     Outcome = "failed"      // the function or the gateway answered with an error, or nobody did
	Throttled  Outcome = "throttled"   // 429, or refused by Lambda's concurrency
	LogMissing Outcome = "log missing" // answered, and its log lines were not found
	Restored   Outcome = "restored"    // its REPORT carries Restore Duration: of a snapshot (SnapStart), not of an init
)

// Sample is one request with what its logs say of it. A nil pointer and an
// empty string mean that nobody said; nothing is ever zero for want of a value.
type Sample struct {
	Target  string  `json:"target"` // the Target's Key in the header
	Round   int     `json:"round"`  // from 1; of a load the last round, whose version and environments it met
	Phase   Phase   `json:"phase"`
	Index   int     `json:"index"` // from 0, within round and phase
	Outcome Outcome `json:"outcome"`

	// The client's view, monotonic, in ns since the run started.
	ScheduledNS int64  `json:"scheduled_ns"`
	SentNS      *int64 `json:"sent_ns,omitempty"`
	FirstByteNS *int64 `json:"first_byte_ns,omitempty"`
	DoneNS      *int64 `json:"done_ns,omitempty"`
	DialNS      *int64 `json:"dial_ns,omitempty"` // connection and TLS, made before the release and not part of any time above
	TLSNS       *int64 `json:"tls_ns,omitempty"`  // of that, the TLS handshake
	Protocol    string `json:"protocol,omitempty"`
	Status      int    `json:"status,omitempty"` // 0 where no answer came
	Bytes       int64  `json:"bytes,omitempty"`  // of the answer's body
	ErrorClass  string `json:"error_class,omitempty"`
	Error       string `json:"error,omitempty"`

	GatewayRequestID string `json:"gateway_request_id,omitempty"`
	RequestID        string `json:"request_id,omitempty"`
	Version          string `json:"version,omitempty"`     // that answered
	LogStream        string `json:"log_stream,omitempty"`  // one stream is one environment
	Joined           string `json:"joined,omitempty"`      // how the log lines were found where not by request id: JoinedByTime
	InitType         string `json:"init_type,omitempty"`   // of the environment, where its log says: on-demand, provisioned-concurrency, snap-start
	InitFailed       string `json:"init_failed,omitempty"` // by INIT_REPORT, of the init before the request, which then repeated it: error, failure, timeout

	// The access log's view.
	IntegrationLatencyMS *float64 `json:"integration_latency_ms,omitempty"`
	ResponseLatencyMS    *float64 `json:"response_latency_ms,omitempty"`
	GatewayError         string   `json:"gateway_error,omitempty"`

	// REPORT's view.
	InitNS          *int64 `json:"init_ns,omitempty"`
	DurationNS      *int64 `json:"duration_ns,omitempty"`
	BilledNS        *int64 `json:"billed_ns,omitempty"`
	RestoreNS       *int64 `json:"restore_ns,omitempty"`
	MemoryMB        *int   `json:"memory_mb,omitempty"`
	MaxMemoryUsedMB *int   `json:"max_memory_used_mb,omitempty"`
	ReportStatus    string `json:"report_status,omitempty"` // where it is not success
}

// Inherited reports whether the request met an environment that had its init behind it,
// so that Duration is the invocation's alone: that of a request which repeated a failed
// init has the init in it, and no Init Duration.
func (s *Sample) Inherited() bool { return s.Outcome == WarmStart && s.InitFailed == "" }

// Client is the time from sending to the last byte, as the client saw it.
// ok is false where the request was not sent or not answered.
func (s *Sample) Client() (d time.Duration, ok bool) {
	if s.SentNS == nil || s.DoneNS == nil {
		return 0, false
	}
	return time.Duration(*s.DoneNS - *s.SentNS), true
}
