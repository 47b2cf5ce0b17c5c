package price

import (
	"strings"
	"time"
)

// Family is a kind of runtime, by how AWS bills its init.
type Family string

const (
	OSOnly  Family = "OS-only runtime" // provided.al2023 and older: the code brings its bootstrap
	Managed Family = "managed runtime" // as a zip file
	Image   Family = "container image"
)

// FamilyOf is the family of a function's runtime, which images do not have.
func FamilyOf(runtime string) Family {
	switch {
	case runtime == "":
		return Image
	case strings.HasPrefix(runtime, "provided"):
		return OSOnly
	}
	return Managed
}

// everyInit is the day from which on the init of every on-demand environment is
// billed: https://aws.amazon.com/blogs/compute/aws-lambda-standardizes-billing-for-init-phase/
var everyInit = time.Date(2025, 8, 1, 0, 0, 0, 0, time.UTC)

// InitBilled reports whether init was billed on a day: that of managed runtimes in a
// zip file was not before August 2025, that of the others always was (same post).
func (f Family) InitBilled(day time.Time) bool { return f != Managed || !day.Before(everyInit) }

// Billed is what a request is billed whose environment took init to start, 0 for a
// warm one, and which ran for duration: the sum in full milliseconds, rounded up, as
// in the REPORT lines of the same post.
func (f Family) Billed(init, duration time.Duration, day time.Time) time.Duration {
	if f.InitBilled(day) {
		duration += init
	}
	return (duration + time.Millisecond - 1).Truncate(time.Millisecond)
}
