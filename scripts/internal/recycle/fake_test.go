package recycle

import (
	"encoding/json"
	"fmt"
	"maps"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/lambda"

	"github.com/coldcrank/coldcrank/infra/outputs"
	"github.com/coldcrank/coldcrank/scripts/internal/target"
)

// secret is in every answer that holds a function's configuration.
const secret = "marked-secret-7f3a"

// plane is Lambda's control plane for one function with one alias, as the SDK
// meets it on the wire: RevisionIds that change once more when an update
// completes, updates and versions that take some looks, aliases that show
// transient weights. It answers without a network, so that tests run in
// synthetic time.
type plane struct {
	t        *testing.T
	latest   config
	versions map[int]*config
	alias    alias
	newest   int

	// How many looks it takes until an update is complete, a version active,
	// an alias without transient weights.
	updateLooks, activeLooks, aliasLooks int
	provision                            []string      // what GetProvisionedConcurrencyConfig answers as Status, the last for ever
	pageSize                             int           // of ListVersionsByFunction
	settle                               time.Duration // in which requests reach the version that the alias has left
	neverNew                             bool          // PublishVersion always answers with the newest version that there is

	revisions int
	leftAt    map[string]time.Time // when the alias left a version
	calls     []string             // what was asked, in order
	hook      func(n int)          // before call n, from 0, is looked at
	refuse    func(int) bool       // call n is refused
	lost      func(int) bool       // call n takes effect, and its answer is lost
	drop      func(int) bool       // the same, and the SDK repeats it
	arn       string               // of the function
	gone      bool                 // there is no such function
}

type config struct {
	description, code, status, state string
	memory                           int
	password                         string // a variable of its environment
	source                           string // of a version: the description that $LATEST had
	revision                         string
	looks                            int  // until it is settled
	byRun                            bool // published through the API
}

type alias struct {
	version, description, revision string
	weights, transient             map[string]float64
	looks                          int
}

// newPlane is a function at version 1, with an alias on it.
func newPlane(t *testing.T) *plane {
	p := &plane{t: t, versions: map[int]*config{}, leftAt: map[string]time.Time{}, pageSize: 2, settle: 10 * time.Second}
	p.latest = config{description: "orders", code: "c2hhMQ==", memory: 512, password: secret, state: "Active", status: "Successful", revision: p.revision()}
	p.deploy("")
	p.alias = alias{version: "1", description: "the benchmark's", revision: p.revision()}
	return p
}

func (p *plane) revision() string {
	p.revisions++
	return fmt.Sprintf("rev-%d", p.revisions)
}

// deploy is somebody else who publishes $LATEST.
func (p *plane) deploy(description string) (version string) {
	c := p.latest
	c.source, c.revision, c.byRun = c.description, p.revision(), false
	if description != "" {
		c.description = description
	}
	p.newest++
	p.versions[p.newest] = &c
	return strconv.Itoa(p.newest)
}

// target is the function as target.Find gives it.
func (p *plane) target() *target.Target {
	return &target.Target{
		Target:    outputs.Target{Stack: "Shop", Name: "Orders", FunctionName: "orders", Alias: "bench", Region: "eu-west-1"},
		StatePoll: 300 * time.Millisecond, Settle: p.settle,
		Lambda: lambda.New(lambda.Options{
			Region: "eu-west-1", BaseEndpoint: aws.String("http://control.plane"), HTTPClient: p,
			Credentials: credentials.NewStaticCredentialsProvider("key", "secret", ""),
		}),
	}
}

// state is everything that a run could leave behind.
func (p *plane) state() string {
	var versions []string
	for _, n := range slices.Sorted(maps.Keys(p.versions)) {
		versions = append(versions, fmt.Sprintf("%d %q", n, p.versions[n].description))
	}
	return fmt.Sprintf("$LATEST %q %s %d MB\nalias %s %q %v\nversions %s", p.latest.description, p.latest.code, p.latest.memory,
		p.alias.version, p.alias.description, p.alias.weights, strings.Join(versions, ", "))
}

// changes are the calls that were meant to change something.
func (p *plane) changes() []string {
	return slices.DeleteFunc(slices.Clone(p.calls), func(c string) bool {
		return strings.HasPrefix(c, "Get") || strings.HasPrefix(c, "List")
	})
}

// Do makes the plane the SDK's HTTP client.
func (p *plane) Do(r *http.Request) (*http.Response, error) {
	n := len(p.calls)
	if p.hook != nil {
		p.hook(n)
		n = len(p.calls) // a hook may be somebody else, who calls too
	}
	if err := r.Context().Err(); err != nil { // as net/http does
		if r.Method != http.MethodGet {
			p.t.Errorf("%s %s was sent and broken off: whether it takes effect is open", r.Method, r.URL)
		}
		p.calls = append(p.calls, "Get nothing: canceled")
		return nil, err
	}
	w := httptest.NewRecorder()
	if p.refuse != nil && p.refuse(n) {
		p.calls = append(p.calls, "Get nothing: refused")
		deny(w, http.StatusForbidden, "AccessDeniedException", "refused by the test")
		return w.Result(), nil
	}
	p.serve(w, r)
	if len(p.calls) != n+1 {
		p.t.Fatalf("%s %s is no operation that a run needs", r.Method, r.URL)
	}
	if p.lost != nil && p.lost(n) {
		w = httptest.NewRecorder()
		deny(w, http.StatusForbidden, "AccessDeniedException", "the answer is lost")
	}
	if p.drop != nil && p.drop(n) {
		return nil, &net.OpError{Op: "read", Err: syscall.ECONNRESET}
	}
	return w.Result(), nil
}

func (p *plane) serve(w http.ResponseWriter, r *http.Request) {
	const base = "/2015-03-31/functions/orders"
	path, ok := strings.CutPrefix(r.URL.Path, base)
	if !ok {
		path, _ = strings.CutPrefix(r.URL.Path, "/2019-09-30/functions/orders")
	}
	var in input
	if r.Body != nil && r.Method != http.MethodGet && r.Method != http.MethodDelete {
		if err := json.NewDecoder(r.Body).Decode(&in); err != nil {
			p.t.Errorf("%s %s: %v", r.Method, r.URL, err)
		}
	}
	switch r.Method + " " + path {
	case "GET /configuration":
		p.getConfiguration(w, r.URL.Query().Get("Qualifier"))
	case "PUT /configuration":
		p.update(w, in)
	case "POST /versions":
		p.publish(w, in)
	case "GET /versions":
		p.list(w, r.URL.Query())
	case "GET /aliases/bench":
		p.note("GetAlias")
		p.writeAlias(w)
		if p.alias.looks > 0 {
			p.alias.looks--
		}
	case "GET /provisioned-concurrency":
		p.note("GetProvisionedConcurrencyConfig %s", r.URL.Query().Get("Qualifier"))
		status := p.provision[0]
		p.provision = p.provision[min(1, len(p.provision)-1):]
		write(w, http.StatusOK, map[string]any{"Status": status, "StatusReason": "INSUFFICIENT_CAPACITY"})
	case "PUT /aliases/bench":
		p.updateAlias(w, in)
	case "DELETE ":
		p.delete(w, r.URL.Query().Get("Qualifier"))
	}
}

// input is the bodies of all operations together. Absent and empty differ.
type input struct {
	Description, RevisionId, CodeSha256, FunctionVersion *string
	RoutingConfig                                        *struct{ AdditionalVersionWeights map[string]float64 }
	MemorySize                                           *int
}

// memory is the size that is to be set, with what goes before it in a note.
func (in input) memory() string {
	if in.MemorySize == nil {
		return ""
	}
	return fmt.Sprintf(" %d MB", *in.MemorySize)
}

func (p *plane) note(format string, args ...any) {
	p.calls = append(p.calls, fmt.Sprintf(format, args...))
}

func (p *plane) getConfiguration(w http.ResponseWriter, qualifier string) {
	p.note("GetFunctionConfiguration %s", qualifier)
	if p.gone {
		deny(w, http.StatusNotFound, "ResourceNotFoundException", "Function not found")
		return
	}
	c := &p.latest
	if qualifier != "" {
		n, err := strconv.Atoi(qualifier)
		if err != nil || p.versions[n] == nil {
			deny(w, http.StatusNotFound, "ResourceNotFoundException", "Function not found: "+qualifier)
			return
		}
		c = p.versions[n]
	}
	if c.looks > 0 {
		c.looks--
	} else if c.status == "InProgress" {
		c.status, c.revision = "Successful", p.revision() // once more, as AWS does
	} else {
		c.state = "Active"
	}
	p.writeConfig(w, http.StatusOK, qualifier, c)
}

func (p *plane) update(w http.ResponseWriter, in input) {
	p.note("UpdateFunctionConfiguration %q%s", aws.ToString(in.Description), in.memory())
	switch {
	case p.latest.status == "InProgress":
		deny(w, http.StatusConflict, "ResourceConflictException", "An update is in progress")
		return
	case aws.ToString(in.RevisionId) != p.latest.revision:
		deny(w, http.StatusPreconditionFailed, "PreconditionFailedException", "The RevisionId provided does not match")
		return
	}
	if in.Description != nil {
		p.latest.description = *in.Description
	}
	if in.MemorySize != nil {
		p.latest.memory = int(*in.MemorySize)
	}
	p.latest.revision, p.latest.status, p.latest.looks = p.revision(), "InProgress", p.updateLooks
	p.writeConfig(w, http.StatusOK, "", &p.latest)
}

func (p *plane) publish(w http.ResponseWriter, in input) {
	p.note("PublishVersion %q", aws.ToString(in.Description))
	switch {
	case p.latest.status == "InProgress":
		deny(w, http.StatusConflict, "ResourceConflictException", "An update is in progress")
		return
	case aws.ToString(in.RevisionId) != p.latest.revision:
		deny(w, http.StatusPreconditionFailed, "PreconditionFailedException", "The RevisionId provided does not match")
		return
	case aws.ToString(in.CodeSha256) != p.latest.code:
		deny(w, http.StatusBadRequest, "InvalidParameterValueException", "CodeSha256 is different")
		return
	}
	if last := p.versions[p.newest]; !p.neverNew && (last == nil || last.source != p.latest.description || last.code != p.latest.code) {
		p.deploy(aws.ToString(in.Description))
		v := p.versions[p.newest]
		v.byRun, v.state, v.looks = true, "Pending", p.activeLooks
	}
	p.writeConfig(w, http.StatusCreated, strconv.Itoa(p.newest), p.versions[p.newest])
}

func (p *plane) list(w http.ResponseWriter, q url.Values) {
	p.note("ListVersionsByFunction %s", q.Get("Marker"))
	numbers := slices.Sorted(maps.Keys(p.versions))
	page := []any{}
	from, _ := strconv.Atoi(q.Get("Marker")) // absent: from the beginning
	if from == 0 {
		page = append(page, p.config("$LATEST", &p.latest))
	}
	next := ""
	for _, n := range numbers {
		if n < from {
			continue
		}
		if len(page) == p.pageSize {
			next = strconv.Itoa(n)
			break
		}
		page = append(page, p.config(strconv.Itoa(n), p.versions[n]))
	}
	write(w, http.StatusOK, map[string]any{"Versions": page, "NextMarker": next})
}

func (p *plane) delete(w http.ResponseWriter, qualifier string) {
	p.note("DeleteFunction %s", qualifier)
	n, err := strconv.Atoi(qualifier)
	if err != nil {
		p.t.Errorf("delete of %q: that is no version", qualifier)
		return
	}
	v := p.versions[n]
	_, weighted := p.shown()[qualifier]
	switch {
	case v == nil:
	case !v.byRun:
		p.t.Errorf("delete of version %s, which the run has not made", qualifier)
	case time.Since(p.leftAt[qualifier]) < p.settle:
		p.t.Errorf("delete of version %s, while requests are on their way to it", qualifier)
	case p.alias.version == qualifier || weighted:
		deny(w, http.StatusConflict, "ResourceConflictException", "the following aliases reference it: [bench]")
		return
	}
	delete(p.versions, n)
	w.WriteHeader(http.StatusNoContent)
}

func (p *plane) writeConfig(w http.ResponseWriter, status int, version string, c *config) {
	write(w, status, p.config(version, c))
}

func (p *plane) config(version string, c *config) map[string]any {
	if version == "" {
		version = "$LATEST"
	}
	return map[string]any{
		"FunctionName": "orders", "FunctionArn": p.arn, "Version": version, "Description": c.description, "CodeSha256": c.code,
		"RevisionId": c.revision, "State": c.state, "LastUpdateStatus": c.status, "MemorySize": c.memory,
		"Environment": map[string]any{"Variables": map[string]string{"PASSWORD": c.password}},
	}
}

func write(w http.ResponseWriter, status int, body any) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	json.NewEncoder(w).Encode(body) // into memory
}

func deny(w http.ResponseWriter, status int, code, message string) {
	w.Header().Set("X-Amzn-Errortype", code)
	write(w, status, map[string]string{"message": message, "Message": message})
}
