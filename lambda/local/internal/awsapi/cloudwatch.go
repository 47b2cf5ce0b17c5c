package awsapi

import (
	"errors"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/coldcrank/coldcrank/lambda/local/internal/logs"
)

const (
	logsPrefix = "Logs_20140328."
	json11     = "application/x-amz-json-1.1"
)

// serveLogs answers CloudWatch Logs, whose operations are named by a header.
func (a *api) serveLogs(w http.ResponseWriter, r *http.Request, target string) {
	name, ours := strings.CutPrefix(target, logsPrefix)
	var do func([]byte) (any, error)
	switch {
	case ours && name == "FilterLogEvents":
		do = a.filterLogEvents
	case ours && name == "DescribeLogGroups":
		do = a.describeLogGroups
	default:
		writeJSON11(w, unknown(target))
		return
	}
	body, err := readBody(w, r, maxBody)
	if err != nil {
		writeJSON11(w, err)
		return
	}
	out, err := do(body)
	if err != nil {
		writeJSON11(w, err)
		return
	}
	writeJSON(w, json11, http.StatusOK, out)
}

// writeJSON11 writes an error as the JSON protocols do: its name in the body.
func writeJSON11(w http.ResponseWriter, err error) {
	e := asAPIError(err)
	writeJSON(w, json11, e.status, map[string]string{"__type": e.code, "message": e.message})
}

// logsError gives the store's errors AWS's names.
func logsError(err error) error {
	code := "InvalidParameterException"
	if errors.Is(err, logs.ErrNoGroup) {
		code = "ResourceNotFoundException"
	}
	return &apiError{status: http.StatusBadRequest, code: code, message: err.Error()}
}

func refuse(message string) error {
	return &apiError{status: http.StatusBadRequest, code: "InvalidParameterException", message: message}
}

func (a *api) filterLogEvents(body []byte) (any, error) {
	if !a.logCalls.admits(time.Now()) {
		return nil, &apiError{status: http.StatusBadRequest, code: "ThrottlingException", message: "Rate exceeded"}
	}
	var in struct {
		LogGroupName        string   `json:"logGroupName"`
		LogGroupIdentifier  string   `json:"logGroupIdentifier"`
		LogStreamNames      []string `json:"logStreamNames"`
		LogStreamNamePrefix string   `json:"logStreamNamePrefix"`
		StartTime           *int64   `json:"startTime"`
		EndTime             *int64   `json:"endTime"`
		FilterPattern       string   `json:"filterPattern"`
		NextToken           string   `json:"nextToken"`
		Limit               *int     `json:"limit"`
		Interleaved         *bool    `json:"interleaved"` // without effect on AWS since 2019
		Unmask              bool     `json:"unmask"`      // nothing is masked here
		StartFromHead       *bool    `json:"startFromHead"`
	}
	if err := decode(body, &in); err != nil {
		return nil, refuse(err.Error())
	}
	q := logs.Query{
		Group: in.LogGroupName, Streams: in.LogStreamNames, StreamPrefix: in.LogStreamNamePrefix,
		Pattern: in.FilterPattern, Token: in.NextToken,
	}
	switch {
	case (in.LogGroupName == "") == (in.LogGroupIdentifier == ""):
		return nil, refuse("one of logGroupName and logGroupIdentifier is needed, and not both")
	case len(in.LogStreamNames) > 0 && in.LogStreamNamePrefix != "":
		return nil, refuse("logStreamNames and logStreamNamePrefix exclude each other")
	case in.Limit != nil && (*in.Limit < 1 || *in.Limit > 10_000):
		return nil, refuse("limit is not between 1 and 10,000")
	case in.StartFromHead != nil && !*in.StartFromHead && in.NextToken == "":
		return nil, refuse("the local executor does not implement startFromHead false")
	}
	if in.LogGroupIdentifier != "" {
		q.Group = groupName(in.LogGroupIdentifier)
	}
	if in.StartTime != nil {
		q.Start = time.UnixMilli(*in.StartTime)
	}
	if in.EndTime != nil {
		q.End = time.UnixMilli(*in.EndTime)
	}
	if in.Limit != nil {
		q.Limit = *in.Limit
	}
	events, next, err := a.store.Filter(q)
	if err != nil {
		return nil, logsError(err)
	}
	type event struct {
		Stream    string `json:"logStreamName"`
		Timestamp int64  `json:"timestamp"`
		Message   string `json:"message"`
		Ingestion int64  `json:"ingestionTime"`
		ID        string `json:"eventId"`
	}
	out := struct {
		Events   []event  `json:"events"`
		Searched []string `json:"searchedLogStreams"` // AWS answers an empty list
		Next     string   `json:"nextToken,omitempty"`
	}{make([]event, len(events)), []string{}, next}
	for i, e := range events {
		out.Events[i] = event{e.Stream, e.Time.UnixMilli(), e.Message, e.Ingestion.UnixMilli(), e.ID}
	}
	return out, nil
}

// groupName is the name in the ARN of a log group, or what is given:
// arn:aws:logs:region:account:log-group:name, on some pages with :* behind it.
func groupName(identifier string) string {
	if _, name, ok := strings.Cut(identifier, ":log-group:"); ok {
		return strings.TrimSuffix(name, ":*")
	}
	return identifier
}

// maxGroups is the largest page of DescribeLogGroups.
const maxGroups = 50

// describeLogGroups pages by name: a token is the first name of the next page.
func (a *api) describeLogGroups(body []byte) (any, error) {
	var in struct {
		Prefix    string `json:"logGroupNamePrefix"`
		Pattern   string `json:"logGroupNamePattern"`
		Class     string `json:"logGroupClass"`
		Limit     *int   `json:"limit"`
		NextToken string `json:"nextToken"`
	}
	if err := decode(body, &in); err != nil {
		return nil, refuse(err.Error())
	}
	limit := maxGroups
	if in.Limit != nil {
		limit = *in.Limit
	}
	switch {
	case in.Prefix != "" && in.Pattern != "":
		return nil, refuse("logGroupNamePrefix and logGroupNamePattern exclude each other")
	case limit < 1 || limit > maxGroups:
		return nil, refuse("limit is not between 1 and 50")
	}
	groups := slices.DeleteFunc(a.store.Groups(in.Prefix), func(g logs.Group) bool {
		return g.Name < in.NextToken || !strings.Contains(g.Name, in.Pattern) || in.Class != "" && in.Class != g.Class
	})
	out := struct {
		Groups []map[string]any `json:"logGroups"`
		Next   string           `json:"nextToken,omitempty"`
	}{Groups: []map[string]any{}}
	if len(groups) > limit {
		out.Next = groups[limit].Name
		groups = groups[:limit]
	}
	for _, g := range groups {
		arn := "arn:aws:logs:" + a.region + ":" + a.account + ":log-group:" + g.Name
		out.Groups = append(out.Groups, map[string]any{
			"logGroupName": g.Name, "logGroupClass": g.Class, "creationTime": g.Created.UnixMilli(),
			"arn": arn + ":*", "logGroupArn": arn,
		})
	}
	return out, nil
}
