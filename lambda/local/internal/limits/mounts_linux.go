package limits

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// mounts are the cgroup hierarchies that a process sees, with its place in each.
type mounts []mount

type mount struct {
	point       string   // where it is mounted
	own         string   // folder of the process's own group
	controllers []string // of v1; nil for v2
}

// errNoHierarchy says that a controller is mounted nowhere.
var errNoHierarchy = errors.New("no such hierarchy is mounted, or this process has no place in it")

// readMounts joins mountinfo (proc_pid_mountinfo(5)) with cgroup (cgroups(7)).
func readMounts(proc string) (mounts, error) {
	groups, err := os.ReadFile(filepath.Join(proc, "cgroup"))
	if err != nil {
		return nil, fmt.Errorf("find this process's control groups: %w", err)
	}
	info, err := os.ReadFile(filepath.Join(proc, "mountinfo"))
	if err != nil {
		return nil, fmt.Errorf("find the control groups' mounts: %w", err)
	}
	var list mounts
	for s := bufio.NewScanner(bytes.NewReader(info)); s.Scan(); {
		before, after, ok := strings.Cut(s.Text(), " - ")
		f, tail := strings.Fields(before), strings.Fields(after)
		if !ok || len(f) < 5 || len(tail) < 3 {
			continue
		}
		m := mount{point: unescape(f[4])}
		switch tail[0] {
		case "cgroup":
			m.controllers = strings.Split(tail[2], ",")
		case "cgroup2":
		default:
			continue
		}
		// A mount may show a part of the hierarchy only, as in a container.
		rest, ok := strings.CutPrefix(own(groups, m.controllers), strings.TrimSuffix(unescape(f[3]), "/"))
		if ok && (rest == "" || rest[0] == '/') && !strings.Contains(rest, "/..") {
			m.own = filepath.Join(m.point, rest)
			list = append(list, m)
		}
	}
	return list, nil
}

// own is the path of the process's group in a hierarchy; one that no path
// begins with where it has none.
func own(groups []byte, controllers []string) string {
	for line := range strings.Lines(string(groups)) {
		f := strings.SplitN(strings.TrimSuffix(line, "\n"), ":", 3)
		if len(f) != 3 {
			continue
		}
		if controllers == nil && f[0] == "0" && f[1] == "" {
			return f[2]
		}
		if f[1] != "" && slices.ContainsFunc(strings.Split(f[1], ","), func(c string) bool { return slices.Contains(controllers, c) }) {
			return f[2]
		}
	}
	return "none"
}

// v1 is the mount of a controller's own hierarchy.
func (list mounts) v1(controller string) (mount, error) {
	i := slices.IndexFunc(list, func(m mount) bool { return slices.Contains(m.controllers, controller) })
	if i < 0 {
		return mount{}, errNoHierarchy
	}
	return list[i], nil
}

// v2 is the mount of the unified hierarchy.
func (list mounts) v2() (mount, error) {
	i := slices.IndexFunc(list, func(m mount) bool { return m.controllers == nil })
	if i < 0 {
		return mount{}, errNoHierarchy
	}
	return list[i], nil
}

// unescape undoes what mountinfo does to blanks and backslashes.
func unescape(s string) string {
	return strings.NewReplacer(`\040`, " ", `\011`, "\t", `\012`, "\n", `\134`, `\`).Replace(s)
}
