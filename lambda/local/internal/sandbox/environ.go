package sandbox

import (
	"os"
	"path/filepath"
	"strconv"
	"strings"
)

// environ is the environment of the process: what Lambda sets, the function's
// own, and nothing of the caller's. The list is "Defined runtime environment
// variables" of
// https://docs.aws.amazon.com/lambda/latest/dg/configuration-envvars.html
// AWS_EXECUTION_ENV is not among them: OS-only runtimes do not have it. The
// keys are no keys; a function that calls AWS with them is refused there.
func (e *Environment) environ(runtimeAPI string) []string {
	s := e.spec
	reserved := map[string]string{
		"_HANDLER":                        s.Handler,
		"AWS_REGION":                      s.region(),
		"AWS_DEFAULT_REGION":              s.region(),
		"AWS_ACCESS_KEY_ID":               "AKIALOCALEXECUTOR000",
		"AWS_SECRET_ACCESS_KEY":           "local-executor",
		"AWS_SESSION_TOKEN":               "local-executor",
		"AWS_LAMBDA_FUNCTION_NAME":        s.Function,
		"AWS_LAMBDA_FUNCTION_VERSION":     s.Version,
		"AWS_LAMBDA_FUNCTION_MEMORY_SIZE": strconv.Itoa(s.MemoryMB),
		"AWS_LAMBDA_INITIALIZATION_TYPE":  s.initType(),
		"AWS_LAMBDA_LOG_GROUP_NAME":       s.LogGroup,
		"AWS_LAMBDA_LOG_STREAM_NAME":      e.stream,
		"AWS_LAMBDA_RUNTIME_API":          runtimeAPI,
		"LAMBDA_TASK_ROOT":                e.taskRoot(),
		"LAMBDA_RUNTIME_DIR":              "/var/runtime",
		"TZ":                              ":UTC",
	}
	if s.LogFormat == "JSON" {
		reserved["AWS_LAMBDA_LOG_FORMAT"] = "JSON"
		if s.ApplicationLogLevel != "" {
			reserved["AWS_LAMBDA_LOG_LEVEL"] = s.ApplicationLogLevel
		}
	}
	env := map[string]string{
		"LANG":            "en_US.UTF-8",
		"PATH":            "/usr/local/bin:/usr/bin/:/bin:/opt/bin",
		"LD_LIBRARY_PATH": e.libraryPath(),
	}
	if !s.Isolated {
		// Lambda's is /tmp of the environment's own; without namespaces a
		// folder that programs find through TMPDIR.
		env["TMPDIR"] = e.dir
	}
	for k, v := range s.Environment {
		env[k] = v
	}
	for k, v := range reserved {
		env[k] = v
	}
	list := make([]string, 0, len(env))
	for k, v := range env {
		list = append(list, k+"="+v)
	}
	return list
}

// libraryPath is Lambda's, with the folder first that holds this machine's C
// library: looking for it in folders that lack it costs a dynamic program 5 %
// of its init, which it does not on Lambda. Folders that are not there are
// left out for the same reason.
func (e *Environment) libraryPath() string {
	var found, rest []string
	for _, dir := range []string{"/lib64", "/usr/lib64", "/lib/x86_64-linux-gnu", "/lib/aarch64-linux-gnu", e.taskRoot(), filepath.Join(e.taskRoot(), "lib"), "/opt/lib"} {
		if info, err := os.Stat(e.seen(dir)); err != nil || !info.IsDir() {
			continue
		}
		if _, err := os.Stat(filepath.Join(e.seen(dir), "libc.so.6")); err == nil {
			found = append(found, dir)
		} else {
			rest = append(rest, dir)
		}
	}
	return strings.Join(append(found, rest...), ":")
}
