// Package logs keeps the log groups of the local executor in memory and
// answers questions about them as CloudWatch Logs does.
package logs

import "time"

// Event is one log event.
type Event struct {
	ID        string // unique in the store; given by Put
	Stream    string
	Time      time.Time // of the event, to the millisecond as CloudWatch keeps it
	Ingestion time.Time
	Message   string
}
