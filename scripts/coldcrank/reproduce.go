package main

import (
	"regexp"
	"slices"
	"strings"
)

// reproduces is the command for a shell in the repository's top folder, without what
// is of this machine alone.
func reproduces(m *measurement) string {
	line := slices.DeleteFunc(commandLine(m.cmd), func(arg string) bool {
		return slices.ContainsFunc([]string{"--cdk=", "--output=", "--format=", "--results="}, func(flag string) bool { return strings.HasPrefix(arg, flag) })
	})
	for i, arg := range line {
		line[i] = quoted(arg)
	}
	if m.here.HasTool(modulePath + "/scripts/coldcrank") {
		line = append([]string{"go", "tool"}, line...)
	}
	if folder := m.here.Folder(m.ctx); folder != "" {
		line = append([]string{"cd", quoted(folder), "&&"}, line...)
	}
	return strings.Join(line, " ")
}

// bare is an argument that no shell takes for anything but itself.
var bare = regexp.MustCompile(`^[A-Za-z0-9_@%+=:,./^-]+$`)

// quoted is an argument as a POSIX shell reads it: nothing of it is run.
func quoted(arg string) string {
	if bare.MatchString(arg) {
		return arg
	}
	return "'" + strings.ReplaceAll(arg, "'", `'\''`) + "'"
}
