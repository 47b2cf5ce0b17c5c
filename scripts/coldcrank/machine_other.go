//go:build !darwin

package main

func sysctlCPU() (string, bool) { return "", false }
