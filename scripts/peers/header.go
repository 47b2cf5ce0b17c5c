package main

import (
	"fmt"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"time"

	"golang.org/x/sys/unix"

	"github.com/coldcrank/coldcrank/scripts/internal/machine"
	"github.com/coldcrank/coldcrank/scripts/peers/internal/tool"
)

// header says where, when and of what the table is. others is what busy gave
// beforehand.
func header(w io.Writer, args []string, others string, tools map[string]tool.Tool) {
	fmt.Fprintf(w, "Measured %s on %s, with %s%s.\n\n", time.Now().UTC().Format("2006-01-02 15:04 UTC"), here(), runtime.Version(), others)
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

// here is what the system tells of this machine.
func here() string {
	m := machine.This()
	parts := []string{fmt.Sprintf("%s/%s, %d CPUs", m.OS, m.Arch, m.CPUs)}
	if m.CPU != "" {
		parts = append(parts, m.CPU)
	}
	var u unix.Utsname
	if unix.Uname(&u) == nil {
		release := unix.ByteSliceToString(u.Release[:])
		parts = append(parts, unix.ByteSliceToString(u.Sysname[:])+" "+release)
	}
	return strings.Join(parts, ", ")
}
