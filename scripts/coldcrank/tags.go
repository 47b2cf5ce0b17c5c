package main

import (
	"context"
	"path/filepath"
	"slices"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/coldcrank/coldcrank/scripts/internal/app"
	"github.com/coldcrank/coldcrank/scripts/internal/dataset"
	"github.com/coldcrank/coldcrank/scripts/internal/target"
)

// tagsOf says what a target is, as far as it is known: by its outputs, by AWS,
// and where the code is at hand by its executable and its repository.
func tagsOf(ctx context.Context, at *stage, t *target.Target, about target.Description) (dataset.Target, error) {
	tags := dataset.Target{
		Key: t.String(), Stack: t.Stack, Name: t.Name, DeploymentID: t.DeploymentID,
		Function: t.FunctionName, Region: t.Region,
		MemoryMB: about.MemoryMB, Architecture: about.Architecture, Platform: platform(about.Architecture),
		Runtime: about.Runtime, CodeSHA256: about.CodeSHA256, ZipBytes: about.CodeBytes,
	}
	if t.MemoryMB != 0 {
		tags.MemoryMB, tags.DialOf = t.MemoryMB, t.Target.String()
	}
	if t.Executor != nil {
		tags.Platform = t.Executor.Platform
	}
	if at.executor == nil {
		return tags, nil
	}
	if dir, ok := at.executor.ShippedCode(t.FunctionName); ok {
		exe, err := app.ReadExecutable(filepath.Join(dir, "bootstrap"))
		if err != nil {
			return tags, err
		}
		tags.ExecutableBytes, tags.ExecutableSHA256 = exe.Bytes, exe.SHA256
		tags.GoVersion, tags.BuildSettings = exe.GoVersion, exe.Settings
	}
	if c, ok := at.app.Commit(ctx); ok {
		tags.Commit, tags.Dirty = c.Hash, &c.Dirty
	}
	return tags, nil
}

// platform is Go's name for where AWS runs a function of an architecture.
func platform(architecture string) string {
	if architecture == "x86_64" {
		return "linux/amd64"
	}
	return "linux/" + architecture
}

// secret are the flags whose values may be nobody else's business.
var secret = []string{"header", "body", "profile"}

// commandLine is how the command was called, without what may be secret.
func commandLine(cmd *cobra.Command) []string {
	line := []string{"coldcrank", cmd.Name()}
	cmd.Flags().Visit(func(f *pflag.Flag) {
		values := []string{f.Value.String()}
		if many, ok := f.Value.(pflag.SliceValue); ok {
			values = many.GetSlice()
		}
		for _, v := range values {
			if slices.Contains(secret, f.Name) {
				name, _, named := strings.Cut(v, ":")
				if v = "(left out)"; f.Name == "header" && named {
					v = name + ": (left out)"
				}
			}
			line = append(line, "--"+f.Name+"="+v)
		}
	})
	return line
}
