package outputs

import (
	"fmt"
	"net/url"
	"regexp"
	"strings"
	"unicode"
)

// form is what AWS admits as a field's value. An outputs file and a journal are
// files that anybody may have written, and of their values become permissions, host
// names and names of what is changed and deleted: a wildcard of IAM (*, ?, ${}) or
// the name of something else must not get that far.
type form struct {
	what  string
	admit func(string) bool
}

var forms = map[Field]form{
	// Lambda API Reference, GetAlias, "URI Request Parameters", without the forms
	// that hold an account or a qualifier.
	FunctionName: {"name of a function", regexp.MustCompile(`^[a-zA-Z0-9_-]{1,140}$`).MatchString},
	// There, too: not digits alone, which are a version.
	Alias: {"name of an alias", regexp.MustCompile(`^[0-9]*[a-zA-Z_-][a-zA-Z0-9_-]{0,127}$`).MatchString},
	// Lambda API Reference, PublishVersion, "Version", without $LATEST.
	Version: {"number of a version", regexp.MustCompile(`^[1-9][0-9]{0,17}$`).MatchString},
	// CloudWatch Logs API Reference, CreateLogGroup, "logGroupName".
	FunctionLogs: {"name of a log group", logGroup},
	AccessLogs:   {"name of a log group", logGroup},
	// It becomes part of a host name: no dot, no slash.
	Region: {"Region", regexp.MustCompile(`^[a-z0-9]{1,20}(-[a-z0-9]{1,20})*$`).MatchString},
	// API Gateway Developer Guide, "Create routes for HTTP APIs".
	Route: {"route of an HTTP API", regexp.MustCompile(`^(\$default|[A-Z]{1,20} /[^*?$\s\pC]*)$`).MatchString},
	URL:   {"address of an API", address},
}

var logGroup = regexp.MustCompile(`^[a-zA-Z0-9_/.#-]{1,512}$`).MatchString

// address admits an http or https URL whose host and path have no wildcard, also
// none that is escaped, and no variable. The name of a stage may be $default.
func address(s string) bool {
	u, err := url.Parse(s)
	return err == nil && (u.Scheme == "http" || u.Scheme == "https") && u.User == nil && u.Hostname() != "" &&
		!strings.ContainsAny(u.Host+u.Path, "*?") && !strings.Contains(u.Path, "${") && strings.IndexFunc(u.Path, unicode.IsControl) < 0
}

// What CloudFormation admits: CreateStack, "StackName" in its API Reference, and
// "Outputs" in its User Guide for logical ids.
var (
	stackName  = regexp.MustCompile(`^[a-zA-Z][a-zA-Z0-9-]{0,127}$`)
	targetName = regexp.MustCompile(`^[a-zA-Z0-9]{1,255}$`)
)

// Check says of a value that AWS would not admit it for the field. It knows nothing
// of fields that are no names.
func (f Field) Check(value string) error {
	if form, ok := forms[f]; ok && !form.admit(value) {
		return fmt.Errorf("%q is no %s", value, form.what)
	}
	return nil
}
