// Package outputs names the stack outputs of a benchmark API and finds them
// again in the file that `cdk deploy --outputs-file` writes.
//
// The file is {"Stack": {"OutputLogicalId": "value"}}: it says nothing of
// constructs. A target is therefore recognised by its logical ids alone: all
// outputs of one target share a prefix, the target's name, and end in the name
// of a field. Every other output is somebody else's and is left alone.
//
// The package is plain data on the standard library, because the CDK app, the
// local executor and the command all import it.
package outputs

import (
	"crypto/sha256"
	"encoding/hex"
	"strings"
)

// Field is the last part of an output's logical id: what its value means.
// No field is a suffix of another, so that a logical id has one reading.
type Field string

const (
	URL          Field = "Url"          // the API's endpoint with the route's path, for example https://…/health
	Route        Field = "Route"        // the route key, for example "GET /health"
	FunctionName Field = "FunctionName" // the function's physical name
	Alias        Field = "Alias"        // the alias that the API invokes
	Version      Field = "Version"      // the number of the version that the deployment published
	FunctionLogs Field = "FunctionLogs" // name of the function's log group
	AccessLogs   Field = "AccessLogs"   // name of the access log's group
	DeploymentID Field = "DeploymentId" // the CDK's hash of the function
	MemorySize   Field = "MemorySize"   // MB
	Architecture Field = "Architecture" // arm64 or x86_64
	Auth         Field = "Auth"         // AuthIAM or AuthNone
	BurstLimit   Field = "BurstLimit"   // requests at once that the API's stage admits
	RateLimit    Field = "RateLimit"    // requests a second that it admits
	Region       Field = "Region"       // the stack's Region
)

// The values of Auth.
const (
	AuthIAM  = "AWS_IAM"
	AuthNone = "NONE"
)

// fields lists every field of a target, in the order in which people read them.
var fields = []Field{
	URL, Route, FunctionName, Alias, Version, FunctionLogs, AccessLogs,
	DeploymentID, MemorySize, Architecture, Auth, BurstLimit, RateLimit, Region,
}

// maxLogicalID is CloudFormation's limit on the length of a logical id.
const maxLogicalID = 255

// Name returns the name of the target whose construct has the given path below
// its stack: the letters and digits of the path. taken reports whether another
// target of the stack has that name already ("A/BC" and "AB/C" would share
// one); only then, and where the name would not fit into a logical id, a hash
// of the path is added.
func Name(path []string, taken func(name string) bool) string {
	name := alphanumeric(strings.Join(path, ""))
	limit := maxLogicalID
	for _, f := range fields {
		limit = min(limit, maxLogicalID-len(f))
	}
	if name != "" && len(name) <= limit && !taken(name) {
		return name
	}
	sum := sha256.Sum256([]byte(strings.Join(path, "/")))
	hash := strings.ToUpper(hex.EncodeToString(sum[:4]))
	return name[:min(len(name), limit-len(hash))] + hash
}

// LogicalID is the one formula for the logical id of an output: the target's
// name followed by the field.
func LogicalID(target string, f Field) string { return target + string(f) }

// split takes a logical id apart again. ok is false for an id that LogicalID
// cannot have made.
func split(id string) (target string, f Field, ok bool) {
	for _, f := range fields {
		if name, found := strings.CutSuffix(id, string(f)); found && name != "" {
			return name, f, true
		}
	}
	return "", "", false
}

func alphanumeric(s string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case r >= 'a' && r <= 'z', r >= 'A' && r <= 'Z', r >= '0' && r <= '9':
			return r
		}
		return -1
	}, s)
}
