package main

import (
	"bufio"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"time"

	"golang.org/x/sys/unix"

	"github.com/coldcrank/coldcrank/scripts/peers/internal/tool"
)

// header says where, when and of what the table is. others is what busy gave
// beforehand.
func header(w io.Writer, args []string, others string, tools map[string]tool.Tool) {
	fmt.Fprintf(w, "Measured %s on %s, with %s%s.\n\n", time.Now().UTC().Format("2006-01-02 15:04 UTC"), machine(), runtime.Version(), others)
	fmt.Fprintf(w, "`%s`\n\n", strings.Join(append([]string{"go run ./scripts/peers"}, shown(args)...), " "))
	var list []string
	for _, name := range tool.Names {
		if t := tools[name]; t.Missing == "" {
			list = append(list, t.Name+" "+t.Version)
		} else {
			list = append(list, t.Name+" (not there)")
		}
	}
	fmt.Fprintf(w, "Peers: %s.\n\n", strings.Join(list, " · "))
}

// shown is the command line without the folders of this machine, and without what
// would end its code span.
func shown(args []string) []string {
	var list []string
	for _, a := range args {
		name, value, ok := strings.Cut(a, "=")
		if ok && filepath.IsAbs(value) {
			a = name + "=" + filepath.Base(value)
		} else if filepath.IsAbs(a) {
			a = filepath.Base(a)
		}
		list = append(list, strings.ReplaceAll(a, "`", "'"))
	}
	return list
}

// busy says how busy the machine is with other work, where the system tells: Linux's
// load average of the last minute.
func busy() string {
	data, err := os.ReadFile("/proc/loadavg")
	if err != nil {
		return ""
	}
	load, _, _ := strings.Cut(string(data), " ")
	return "; load average beforehand " + load
}

// machine is what the system tells of this machine.
func machine() string {
	parts := []string{fmt.Sprintf("%s/%s, %d CPUs", runtime.GOOS, runtime.GOARCH, runtime.NumCPU())}
	if model := cpuModel(); model != "" {
		parts = append(parts, model)
	}
	var u unix.Utsname
	if unix.Uname(&u) == nil {
		release := unix.ByteSliceToString(u.Release[:])
		parts = append(parts, unix.ByteSliceToString(u.Sysname[:])+" "+release)
	}
	return strings.Join(parts, ", ")
}

// cpuModel is the processor's name, "" where the system does not say.
func cpuModel() string {
	f, err := os.Open("/proc/cpuinfo")
	if err != nil {
		return ""
	}
	defer f.Close()
	for lines := bufio.NewScanner(f); lines.Scan(); {
		if key, value, ok := strings.Cut(lines.Text(), ":"); ok && strings.TrimSpace(key) == "model name" {
			return strings.TrimSpace(value)
		}
	}
	return ""
}
