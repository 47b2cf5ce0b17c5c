package dataset

import "time"

// Schema is the version of the format that this package writes. Readers take
// every version, and skip what they do not know.
const Schema = 1

// Header is the first line of a results file.
type Header struct {
	Schema  int       `json:"schema"`
	Tool    string    `json:"tool"` // "coldcrank v1.2.3"
	Run     string    `json:"run"`  // random, hex
	Started time.Time `json:"started"`
	Command []string  `json:"command,omitempty"` // without values of headers and bodies

	Executor         string            `json:"executor"` // "aws" or "local"
	ExecutorSettings map[string]string `json:"executor_settings,omitempty"`
	Machine          *Machine          `json:"machine,omitempty"` // the client's machine, and where the executor is local the function's

	Burst  int `json:"burst"`
	Rounds int `json:"rounds"`
	Warm   int `json:"warm"` // warm requests a burst

	Load *LoadPlan `json:"load,omitempty"` // after all rounds, on each target in turn

	Labels  map[string]string `json:"labels,omitempty"`
	Targets []Target          `json:"targets"`
}

// LoadPlan says when the requests of a load were due.
type LoadPlan struct {
	Arrival string  `json:"arrival"`        // constant, poisson or ramp
	Rate    float64 `json:"rate"`           // requests a second: of poisson in the mean, of ramp at its end
	ForNS   int64   `json:"for_ns"`         // how long requests were due
	Seed    uint64  `json:"seed,omitempty"` // of poisson
}

// Machine is where the command ran.
type Machine struct {
	OS     string `json:"os"`
	Arch   string `json:"arch"`
	Kernel string `json:"kernel,omitempty"`
	CPU    string `json:"cpu,omitempty"` // model name
	CPUs   int    `json:"cpus"`
}

// ViaInvoke is the value of Target.Via where requests were Lambda's Invoke.
const ViaInvoke = "invoke"

// The values of Target.StartType, in Lambda's words for initialization types.
const (
	StartSnapshot    = "snap-start"              // restored: REPORT has Restore Duration
	StartProvisioned = "provisioned-concurrency" // initialized ahead: requests meet no Init
)

// Target holds the tags of one target.
type Target struct {
	Key          string `json:"target"` // Stack/Name
	Stack        string `json:"stack"`
	Name         string `json:"name"`
	DeploymentID string `json:"deployment_id"`
	Function     string `json:"function"`
	Region       string `json:"region,omitempty"`
	URL          string `json:"url"`
	Method       string `json:"method"`
	Via          string `json:"via,omitempty"`        // ViaInvoke; absent where requests went through the HTTP API
	Against      string `json:"against,omitempty"`    // the Key of the target that the run compares it with
	DialOf       string `json:"dial_of,omitempty"`    // Stack/Name, where the run measured it with several memory sizes, MemoryMB being this one
	StartType    string `json:"start_type,omitempty"` // of environments: StartSnapshot or StartProvisioned; absent where they start on demand
	MemoryMB     int    `json:"memory_mb"`
	Architecture string `json:"architecture"`       // as the template says: arm64 or x86_64
	Platform     string `json:"platform,omitempty"` // what ran: linux/arm64, …
	Runtime      string `json:"runtime,omitempty"`
	CodeSHA256   string `json:"code_sha256,omitempty"` // base64, of the zip, as AWS gives it
	ZipBytes     int64  `json:"zip_bytes,omitempty"`

	// Read from the shipped executable, where it is at hand.
	ExecutableBytes  int64             `json:"executable_bytes,omitempty"`
	ExecutableSHA256 string            `json:"executable_sha256,omitempty"` // hex
	GoVersion        string            `json:"go_version,omitempty"`
	BuildSettings    map[string]string `json:"build_settings,omitempty"`

	// Of the app's repository.
	Commit string `json:"commit,omitempty"`
	Dirty  *bool  `json:"dirty,omitempty"`
}

// End is the last line of a run that came to its end.
type End struct {
	Finished    time.Time `json:"finished"`
	Interrupted bool      `json:"interrupted,omitempty"` // stopped by a signal after a finished round
	Error       string    `json:"error,omitempty"`       // what made the run fail; absent where only putting back did, and of signals
	Restored    bool      `json:"restored"`              // everything was put back
	RoundsDone  int       `json:"rounds_done"`
	LoadsDone   []string  `json:"loads_done,omitzero"` // targets whose load came to its end; absent where none began
	Warnings    []string  `json:"warnings,omitempty"`  // what was noticed of the logs, such as why they could not be read for a while
	Sender      *Sender   `json:"sender,omitempty"`    // absent where the system does not say
}

// Sender says what sending took: CPU time of the whole process, which on the local
// executor is the executor's too, and the time of the clock meanwhile. Both are sums,
// of the releases of all bursts, and of the loads of all targets.
type Sender struct {
	BurstCPUNS int64 `json:"burst_cpu_ns"`
	BurstNS    int64 `json:"burst_ns"`
	LoadCPUNS  int64 `json:"load_cpu_ns,omitempty"`
	LoadNS     int64 `json:"load_ns,omitempty"`
}
