// Package logs keeps the log groups of the local executor in memory and
// answers questions about them as CloudWatch Logs does: groups, streams that
// are made by writing to them, and FilterLogEvents with its paging and the
// filter patterns that a collector of REPORT lines sends.
//
// It keeps every event until the process ends. It knows no retention, no
// metrics, no subscriptions and no Insights.
package logs

import (
	"errors"
	"time"
)

// Errors that callers branch on. Those that Filter returns wrap them with the
// name, the token or the part of the pattern that was refused.
var (
	// ErrNoGroup is ResourceNotFoundException on AWS.
	ErrNoGroup = errors.New("the specified log group does not exist")
	// ErrPattern is a filter pattern that this package does not implement, or
	// that is none. InvalidParameterException on AWS.
	ErrPattern = errors.New("invalid filter pattern")
	// ErrToken is a Query.Token that Filter did not give for the same query.
	// InvalidParameterException on AWS.
	ErrToken = errors.New("the specified nextToken is invalid")
)

// Event is one log event.
type Event struct {
	ID        string // unique in the store; given by Put; 56 digits as on AWS
	Stream    string
	Time      time.Time // of the event, to the millisecond as CloudWatch keeps it
	Ingestion time.Time
	Message   string
}

// Group is one log group.
type Group struct {
	Name    string
	Created time.Time
	Class   string // always "STANDARD": INFREQUENT_ACCESS has no FilterLogEvents
}

// Query asks for events of one group, as the parameters of FilterLogEvents do:
// https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_FilterLogEvents.html
type Query struct {
	Group        string
	Start        time.Time // inclusive, to the millisecond; zero: from the first event
	End          time.Time // inclusive, to the millisecond; zero: to the last event
	StreamPrefix string    // streams whose names start so; empty: all
	Streams      []string  // these streams only; empty: all
	Pattern      string    // filter pattern; empty matches everything
	Limit        int       // events a page, at most 10,000; 0: 10,000
	Token        string    // what the page before returned as next; empty: the first page
}
