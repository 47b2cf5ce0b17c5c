package collect

import (
	"context"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs/types"

	"github.com/coldcrank/coldcrank/lambda/reportlog"
	"github.com/coldcrank/coldcrank/scripts/internal/dataset"
)

// Patterns that keep a function's own output from being sent: CloudWatch Logs,
// "Filter pattern syntax for metric filters, subscription filters, filter log
// events, and Live Tail".
const (
	jsonPattern = `{ $.type = "platform.*" }`
	textPattern = `?START ?REPORT ?INIT_REPORT`
)

// Initialization types of INIT_START and INIT_REPORT (Lambda Developer Guide,
// "Lambda Telemetry API Event schema reference", InitType; in JSON logs only).
// A provisioned environment was initialized before the request, often before the
// batch, so that its type is in no line that is read. Its first REPORT may yet
// carry Init Duration, which no client waited for (observed:
// https://qiita.com/unhurried/items/9bbd8072fc6b91e717b2).
const (
	onDemand    = "on-demand"
	provisioned = "provisioned-concurrency"
)

// join is a batch on its way: what is still wanted, and what was read of it.
type join struct {
	Batch
	byGateway map[string]*dataset.Sample // no access record yet
	byRequest map[string]*lines          // START or REPORT still wanting

	// Where there is no access log: lone holds the requests that are in flight
	// alone, by their place in the order, and matched the lines of each.
	byTime  bool
	lone    map[int]*dataset.Sample
	matched map[*dataset.Sample]*lines

	initTypes map[string]string // of environments, by stream
	failures  failures

	expected bool // the access log knows of the batch

	sources []*source
	whole   bool // sources read all streams of the group
	unnamed bool // a stream of the batch's version has another name than documented
}

// lines is what the function's log said about one request.
type lines struct {
	sample    *dataset.Sample // nil until an access record names the request
	requestID string
	report    *reportlog.Record
	start     string    // version
	at        time.Time // of START
	stream    string
}

func newJoin(b Batch) *join {
	j := &join{Batch: b, byGateway: map[string]*dataset.Sample{}, byRequest: map[string]*lines{}, initTypes: map[string]string{}, failures: newFailures()}
	if b.Target.Direct {
		for s, t := range b.Tails {
			l := j.of(s.RequestID)
			l.sample, l.start, l.report = s, t.version, t.report(s.RequestID)
		}
		return j
	}
	if b.Target.AccessLogs == "" {
		j.byTime, j.lone = true, lone(b.Samples)
		return j
	}
	for _, s := range b.Samples {
		if s.GatewayRequestID != "" {
			j.byGateway[s.GatewayRequestID] = s
		}
	}
	return j
}

func (j *join) lacksAccess() bool { return len(j.byGateway) > 0 }

// lacksReports reports whether a request is known whose lines are not complete.
func (j *join) lacksReports() bool {
	if j.byTime {
		return len(j.lone) > 0 && j.matched == nil
	}
	for _, l := range j.byRequest {
		if l.sample != nil && (l.report == nil || l.start == "") {
			return true
		}
	}
	return false
}

func (j *join) complete() bool { return !j.lacksAccess() && !j.lacksReports() }

// takeAccess takes the access record of one of the batch's requests.
func (j *join) takeAccess(id string, r accessRecord) {
	s := j.byGateway[id]
	delete(j.byGateway, id)
	s.IntegrationLatencyMS, s.ResponseLatencyMS, s.GatewayError = r.integrationLatency, r.responseLatency, r.err
	s.RequestID = r.requestID
	// Without an id, or throttled, it was refused by the gateway or by Lambda:
	// there is no REPORT.
	if r.requestID != "" && !throttled(r.err) {
		j.of(r.requestID).sample = s
	}
	if !j.lacksAccess() {
		// What no record named is of other requests.
		maps.DeleteFunc(j.byRequest, func(_ string, l *lines) bool { return l.sample == nil })
	}
}

// of returns what is known of a request by Lambda's id.
func (j *join) of(requestID string) *lines {
	l := j.byRequest[requestID]
	if l == nil {
		l = &lines{requestID: requestID}
		j.byRequest[requestID] = l
	}
	return l
}

// readReports reads the function's log.
func (j *join) readReports(ctx context.Context, p *pace) error {
	if j.sources == nil {
		for _, prefix := range j.prefixes() {
			j.sources = append(j.sources, j.open(prefix))
		}
	}
	for _, s := range j.sources {
		if err := s.read(ctx, p, j.takeEvent); err != nil {
			return err
		}
	}
	return nil
}

// late reports whether a good part of the target's patience is over. Then the
// streams of the batch's version may not be the right ones: another version has
// answered, or they have other names.
func (j *join) late() bool { return time.Since(j.To) > j.Target.Patience/12 }

// widen lets the batch read all streams of the group from now on.
func (j *join) widen() {
	if !j.whole {
		j.sources, j.whole = []*source{j.open("")}, true
	}
}

func (j *join) open(prefix string) *source {
	pattern := textPattern
	if j.JSONLogs {
		pattern = jsonPattern
	}
	return newSource(j.Target, j.Target.FunctionLogs, prefix, pattern, j.From)
}

// prefixes are how the names of the log streams of the batch's version begin,
// one for each day, UTC, on which an environment may have been made. Lambda
// names a stream of a function's default group yyyy/mm/dd/[version]id, and of
// any other group, which several functions may share,
// yyyy/mm/dd/function[version]id (Lambda Developer Guide, "Configuring
// CloudWatch log groups",
// https://docs.aws.amazon.com/lambda/latest/dg/monitoring-cloudwatchlogs-loggroups.html;
// of the default group, Lambda Operator Guide, "How CloudWatch structures logs").
func (j *join) prefixes() []string {
	function := j.Target.FunctionName
	if j.Target.FunctionLogs == "/aws/lambda/"+function {
		function = ""
	}
	const day = 24 * time.Hour
	var list []string
	for at := j.From.Add(-skew).UTC().Truncate(day); !at.After(j.To.Add(skew)); at = at.Add(day) {
		list = append(list, fmt.Sprintf("%s/%s[%s]", at.Format("2006/01/02"), function, j.Version))
	}
	return list
}

func (j *join) named(stream string) bool {
	return slices.ContainsFunc(j.prefixes(), func(p string) bool { return strings.HasPrefix(stream, p) })
}

func (j *join) takeEvent(e types.FilteredLogEvent) {
	// A damaged line is a line that is missing; the sample will say so.
	records, _ := reportlog.Parse(aws.ToString(e.Message))
	stream, at := aws.ToString(e.LogStreamName), time.UnixMilli(aws.ToInt64(e.Timestamp))
	for _, r := range records {
		switch r.Kind {
		case reportlog.InitStart, reportlog.InitReport:
			if r.InitType != "" {
				j.initTypes[stream] = r.InitType
			}
			j.failures.init(stream, at, r)
			continue
		case reportlog.Start:
			j.failures.start(stream, at, r.RequestID)
			j.unnamed = j.unnamed || r.Version == j.Version && !j.named(stream)
		case reportlog.Report:
		default:
			continue
		}
		if r.RequestID == "" || j.byRequest[r.RequestID] == nil && !j.lacksAccess() && !j.byTime {
			continue // all requests are known: this is another's
		}
		l := j.of(r.RequestID)
		l.stream = stream
		if r.Kind == reportlog.Start {
			l.start, l.at = r.Version, at
		} else {
			l.report = &r
		}
	}
}

// settle writes into the samples what was found and says what became of each.
func (j *join) settle() {
	found := j.matched
	if !j.byTime {
		found = map[*dataset.Sample]*lines{}
		for _, l := range j.byRequest {
			if l.sample != nil {
				found[l.sample] = l
			}
		}
	}
	repeated := j.failures.repeated()
	for _, s := range j.Samples {
		l := found[s]
		if l == nil {
			l = new(lines)
		} else if j.byTime {
			s.RequestID, s.Joined = l.requestID, dataset.JoinedByTime
		}
		s.Version, s.LogStream, s.InitFailed = l.start, l.stream, repeated[l.requestID]
		initType := j.initTypes[l.stream]
		if initType != onDemand { // as almost all are
			s.InitType = initType
		}
		if l.report != nil {
			fill(s, l.report)
		}
		ready := initType == provisioned || initType == "" && j.Target.Provisioned > 0 && !waited(s)
		s.Outcome = outcome(s, l.report, j.Version, ready)
	}
}

// waited reports whether a request took as long as the init that its REPORT names.
// Only then it met the environment on its way.
func waited(s *dataset.Sample) bool {
	if s.InitNS == nil {
		return false
	}
	took, known := s.Client()
	if ms := s.IntegrationLatencyMS; ms != nil { // without the network
		took, known = time.Duration(*ms*float64(time.Millisecond)), true
	}
	return known && took >= time.Duration(*s.InitNS)
}

func fill(s *dataset.Sample, r *reportlog.Record) {
	ns := func(d *time.Duration) *int64 {
		if d == nil {
			return nil
		}
		return new(d.Nanoseconds())
	}
	s.InitNS, s.DurationNS, s.BilledNS, s.RestoreNS = ns(r.InitDuration), ns(r.Duration), ns(r.BilledDuration), ns(r.RestoreDuration)
	s.MemoryMB, s.MaxMemoryUsedMB = r.MemorySizeMB, r.MaxMemoryUsedMB
	if r.Status != "success" {
		s.ReportStatus = r.Status
	}
}

// outcome decides what a request counts as. An answer that is an error is not
// counted as a cold start even where its REPORT is one's: what it timed is not
// what was asked for. ready says that the environment had been initialized before
// the request came, whatever its REPORT says.
func outcome(s *dataset.Sample, report *reportlog.Record, version string, ready bool) dataset.Outcome {
	switch {
	case s.Status == http.StatusTooManyRequests && report == nil, // else the function's own answer
		s.Status == http.StatusServiceUnavailable && throttled(s.GatewayError):
		return dataset.Throttled
	case s.Status < 200 || s.Status >= 400 || s.ErrorClass != "" || s.ReportStatus != "":
		return dataset.Failed
	case report == nil || s.Version == "":
		return dataset.LogMissing
	case s.Version != version:
		return dataset.Stale
	case report.RestoreDuration != nil:
		return dataset.Restored
	case report.InitDuration != nil && !ready:
		return dataset.Cold
	default:
		return dataset.WarmStart
	}
}

// throttled recognises the gateway's words for an invocation that Lambda's
// concurrency refused: HTTP APIs answer it with 503, as they do a timeout.
func throttled(gatewayError string) bool {
	e := strings.ToLower(gatewayError)
	return strings.Contains(e, "rate exceeded") || strings.Contains(e, "throttl") || strings.Contains(e, "toomanyrequests")
}
