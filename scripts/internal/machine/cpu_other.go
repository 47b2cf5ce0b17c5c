//go:build !darwin

package machine

func sysctlCPU() (string, bool) { return "", false }
