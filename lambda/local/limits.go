package local

// Limits chooses how environments are kept to their CPU and memory: by a mode's
// name, as the settings cpuQuota and memoryLimit of the outputs file have it.
// Empty is the best mode that this machine has; one that it has not is an error
// of Start.
type Limits struct {
	// CPU is "cgroup v1", "cgroup v2", "signals" or "none".
	CPU string
	// Memory is "cgroup v1", "cgroup v2", "polled" or "none".
	Memory string
}
