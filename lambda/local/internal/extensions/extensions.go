// Package extensions is the Extensions API as far as internal extensions need it that
// want no events: to register one is how a runtime asks for SIGTERM before its
// environment ends.
//
// https://docs.aws.amazon.com/lambda/latest/dg/runtimes-extensions-api.html
// has the requests. Where it is silent, AWS's own server decides
// (aws/aws-lambda-runtime-interface-emulator, internal/lambda/rapi/handler:
// agentregister.go, agentnext.go, constants.go, and rapi/middleware/middleware.go).
//
// Not here: extensions of a layer, which would be processes of their own, events of
// invocations, errors that an extension reports, and the Telemetry API.
package extensions

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/coldcrank/coldcrank/lambda/local/internal/uuid"
)

// most is how many extensions a function may have (AWS's server,
// internal/lambda/core/registrations.go).
const most = 10

// Function is what an extension is told of its function.
type Function struct{ Name, Version, Handler, Account string }

// API is the Extensions API of one process, an http.Handler.
type API struct {
	function Function
	arrival  func(*http.Request) time.Time
	over     func(time.Time)
	mux      *http.ServeMux

	mu         sync.Mutex
	registered []*extension
	closed     bool      // the runtime has asked for an event
	last       time.Time // of the requests that end the init
}

type extension struct {
	name, id string
	asked    bool
}

// New returns an API without extensions. arrival tells when a request has arrived, and
// over is told when the init was: it ends with the last of the first requests for an
// event, of the runtime and of each extension ("Init phase" of the lifecycle page). It
// is called once.
func New(f Function, arrival func(*http.Request) time.Time, over func(time.Time)) *API {
	a := &API{function: f, arrival: arrival, over: over, mux: http.NewServeMux()}
	a.mux.HandleFunc("POST /2020-01-01/extension/register", a.register)
	a.mux.HandleFunc("GET /2020-01-01/extension/event/next", a.next)
	return a
}

func (a *API) ServeHTTP(w http.ResponseWriter, r *http.Request) { a.mux.ServeHTTP(w, r) }

// RuntimeAsked tells of the runtime's first request for an event. No extension is
// registered after it.
func (a *API) RuntimeAsked(at time.Time) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.closed = true
	a.asked(at)
}

// asked takes note of a first request for an event; a.mu is held.
func (a *API) asked(at time.Time) {
	if at.After(a.last) {
		a.last = at
	}
	if a.closed && !slices.ContainsFunc(a.registered, func(x *extension) bool { return !x.asked }) {
		a.over(a.last)
	}
}

// Registered reports whether there is an extension.
func (a *API) Registered() bool {
	a.mu.Lock()
	defer a.mu.Unlock()
	return len(a.registered) > 0
}

// register answers with the extension's identifier in the header.
func (a *API) register(w http.ResponseWriter, r *http.Request) {
	name := r.Header.Get("Lambda-Extension-Name")
	if name == "" {
		refuse(w, "Extension.InvalidExtensionName", "Empty extension name")
		return
	}
	var asks struct{ Events []string }
	body, err := io.ReadAll(io.LimitReader(r.Body, 64<<10)) // more is no list of events
	if err == nil {
		err = json.Unmarshal(body, &asks)
	}
	if err != nil {
		refuse(w, "InvalidRequestFormat", err.Error())
		return
	}
	if len(asks.Events) > 0 { // none is an event here
		event, why := asks.Events[0], "ErrorInvalidEventType"
		switch event {
		case "SHUTDOWN":
			why = "ShutdownEventNotSupportedForInternalExtension"
		case "INVOKE":
			why = "the local executor has no events for extensions"
		}
		refuse(w, "Extension.InvalidEventType", event+": "+why)
		return
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	switch {
	case a.closed:
		refuse(w, "Extension.RegistrationClosed", "Extension registration closed already")
		return
	case len(a.registered) >= most:
		refuse(w, "Extension.TooManyExtensions", fmt.Sprintf("Extension limit (%d) reached", most))
		return
	case slices.ContainsFunc(a.registered, func(x *extension) bool { return x.name == name }):
		refuse(w, "Extension.InvalidExtensionState", "Extension with this name already registered")
		return
	}
	x := &extension{name: name, id: uuid.New()}
	a.registered = append(a.registered, x)
	account := ""
	if slices.ContainsFunc(strings.Split(r.Header.Get("Lambda-Extension-Accept-Feature"), ","), func(f string) bool { return strings.TrimSpace(f) == "accountId" }) {
		account = a.function.Account
	}
	w.Header().Set("Lambda-Extension-Identifier", x.id)
	answer(w, http.StatusOK, struct {
		Account string `json:"accountId,omitempty"`
		Name    string `json:"functionName"`
		Version string `json:"functionVersion"`
		Handler string `json:"handler"`
	}{account, a.function.Name, a.function.Version, a.function.Handler})
}

// next waits until the process is gone: there is no event.
func (a *API) next(w http.ResponseWriter, r *http.Request) {
	if r.Method != http.MethodGet { // HEAD is GET as well to ServeMux
		w.Header().Set("Allow", http.MethodGet)
		w.WriteHeader(http.StatusMethodNotAllowed)
		return
	}
	id := r.Header.Get("Lambda-Extension-Identifier")
	switch {
	case id == "":
		refuse(w, "Extension.MissingExtensionIdentifier", "Missing Lambda-Extension-Identifier header")
		return
	case !isID.MatchString(id):
		refuse(w, "Extension.InvalidExtensionIdentifier", "Invalid Lambda-Extension-Identifier")
		return
	}
	if a.ready(w, strings.ToLower(id), a.arrival(r)) {
		<-r.Context().Done()
	}
}

// ready makes an extension one that waits, or refuses that.
func (a *API) ready(w http.ResponseWriter, id string, at time.Time) bool {
	a.mu.Lock()
	defer a.mu.Unlock()
	i := slices.IndexFunc(a.registered, func(x *extension) bool { return x.id == id })
	switch {
	case i < 0:
		refuse(w, "Extension.UnknownExtensionIdentifier", "Unknown extension "+id)
	case a.registered[i].asked:
		refuse(w, "Extension.InvalidExtensionState", "State transition from Ready to Ready failed for extension "+id+". Error: State transition is not allowed")
	default:
		a.registered[i].asked = true
		a.asked(at)
		return true
	}
	return false
}

var isID = regexp.MustCompile(`(?i)^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$`)

func refuse(w http.ResponseWriter, kind, message string) {
	answer(w, http.StatusForbidden, struct {
		Type    string `json:"errorType"`
		Message string `json:"errorMessage"`
	}{kind, message})
}

func answer(w http.ResponseWriter, status int, body any) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	json.NewEncoder(w).Encode(body) // an error is a connection that broke
}
