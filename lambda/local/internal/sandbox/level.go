package sandbox

import (
	"encoding/json"
	"strings"
	"time"
)

// rank orders the log levels; what is none counts as INFO, as Lambda does.
func rank(level string) int {
	switch strings.ToUpper(level) {
	case "TRACE":
		return 0
	case "DEBUG":
		return 1
	case "WARN":
		return 3
	case "ERROR":
		return 4
	case "FATAL":
		return 5
	}
	return 2
}

// lineLevel is the level of a line of output; empty, which is INFO, unless the
// line is a JSON object whose "level" and time are strings, the time one of RFC
// 3339: "Log-level filtering" of
// https://docs.aws.amazon.com/lambda/latest/dg/monitoring-cloudwatchlogs-log-level.html
//
// AWS does not list the names of the time. "timestamp" is that of its runtimes and
// of aws-lambda-go's logger, and with "time", that of log/slog, users see their
// levels heeded, too (https://github.com/aws/aws-lambda-go/issues/533).
func lineLevel(line string) string {
	var object map[string]json.RawMessage // not a struct: names are case-sensitive here
	if json.Unmarshal([]byte(line), &object) != nil {
		return ""
	}
	for _, name := range []string{"timestamp", "time"} {
		if _, err := time.Parse(time.RFC3339, text(object[name])); err == nil {
			return text(object["level"])
		}
	}
	return ""
}

// text is the value of a JSON string, empty for anything else.
func text(raw json.RawMessage) (s string) {
	if json.Unmarshal(raw, &s) != nil {
		return ""
	}
	return s
}
