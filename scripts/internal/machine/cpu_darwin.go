package machine

import "golang.org/x/sys/unix"

func sysctlCPU() (string, bool) {
	name, err := unix.Sysctl("machdep.cpu.brand_string")
	return name, err == nil
}
