package sandbox

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/coldcrank/coldcrank/lambda/local/internal/extensions"
)

const extensionGuide = "Using the Lambda Extensions API to create extensions"

var told = extensions.Function{Name: "orders", Version: "7", Handler: "bootstrap", Account: "000000000000"}

// extensionRules are those of the Extensions API: what an extension asks, which is part
// of the runtime's process, and what it gets.
func extensionRules() []apiRule {
	register := func(name, rest string) string {
		return "POST //2020-01-01/extension/register\nLambda-Extension-Name: " + name + rest
	}
	next := func(header string) string { return "GET //2020-01-01/extension/event/next" + header }
	const registered = `200 {"functionName":"orders","functionVersion":"7","handler":"bootstrap"}`
	refused := func(kind, message string) string {
		return `403 {"errorType":"` + kind + `","errorMessage":"` + message + `"}`
	}
	const server = awsServer + "rapi/handler/agentregister.go"
	eleven := make([][2]string, 0, 11)
	for _, name := range strings.Split("abcdefghij", "") {
		eleven = append(eleven, [2]string{register(name, "\n\n{}"), registered})
	}
	eleven = append(eleven, [2]string{register("k", "\n\n{}"), refused("Extension.TooManyExtensions", "Extension limit (10) reached")})
	return []apiRule{
		{"an internal extension registers in the init, without events", extensionGuide,
			[][2]string{{register("a", "\n\n{\"events\":[]}"), registered}, {register("b", "\nLambda-Extension-Accept-Feature: accountId\n\n{}"), `200 {"accountId":"000000000000",` + registered[len("200 {"):]}}, nil},
		{"an extension without a name or a body is refused with 403", server,
			[][2]string{{register("", "\n\n{}"), refused("Extension.InvalidExtensionName", "Empty extension name")}, {register("a", ""), refused("InvalidRequestFormat", "unexpected end of JSON input")}}, nil},
		{"SHUTDOWN is no event of an internal extension: 403", extensionGuide + "; " + awsServer + "core/internalagent.go",
			[][2]string{{register("a", "\n\n{\"events\":[\"SHUTDOWN\"]}"), refused("Extension.InvalidEventType", "SHUTDOWN: ShutdownEventNotSupportedForInternalExtension")},
				{register("a", "\n\n{\"events\":[\"OTHER\"]}"), refused("Extension.InvalidEventType", "OTHER: ErrorInvalidEventType")}}, nil},
		{"INVOKE is refused with 403 (on AWS it is an event)", "not here",
			[][2]string{{register("a", "\n\n{\"events\":[\"INVOKE\"]}"), refused("Extension.InvalidEventType", "INVOKE: the local executor has no events for extensions")}}, nil},
		{"an extension that registers again is refused with 403", server,
			[][2]string{{register("a", "\n\n{}"), registered}, {register("a", "\n\n{}"), refused("Extension.InvalidExtensionState", "Extension with this name already registered")}}, nil},
		{"the eleventh extension is refused with 403", awsServer + "core/registrations.go", eleven, nil},
		{"an extension that registers after the runtime's first request for an event is refused with 403", server,
			[][2]string{give, event, {register("a", "\n\n{}"), refused("Extension.RegistrationClosed", "Extension registration closed already")}, {"POST /invocation/id-1/response\n\n1", ok}}, []string{`success  1`}},
		{"an event for nobody that is registered is refused with 403", awsServer + "rapi/middleware/middleware.go, rapi/handler/agentnext.go",
			[][2]string{{next(""), refused("Extension.MissingExtensionIdentifier", "Missing Lambda-Extension-Identifier header")},
				{next("\nLambda-Extension-Identifier: a"), refused("Extension.InvalidExtensionIdentifier", "Invalid Lambda-Extension-Identifier")},
				{next("\nLambda-Extension-Identifier: 00000000-0000-4000-8000-000000000000"), refused("Extension.UnknownExtensionIdentifier", "Unknown extension 00000000-0000-4000-8000-000000000000")}}, nil},
	}
}

// Where a runtime has an internal extension, SIGTERM comes before SIGKILL, and what it
// says then is in the log; its init ends with the later of the two requests.
func TestSIGTERM(t *testing.T) {
	f := newFixture(t, "torture", func(s *Spec) { s.Environment["MODE"] = "extension" })
	for range 2 {
		if out := f.invoke(t, "1"); string(out.Payload) != "1" {
			t.Fatalf("got %s", out.Payload)
		}
	}
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
	want(t, "end", f.process.reason, "Runtime exited with error: exit status 7")
	log := f.log(t)
	if at := slices.Index(log, "SIGTERM\n"); at != len(log)-1 {
		t.Errorf("got %q, want SIGTERM at the end", log)
	}
	// The extension of that mode asks for its event 30 ms after it has registered.
	for i, r := range f.reports(t) {
		if (r.InitDuration != nil) != (i == 0) || i == 0 && *r.InitDuration < 30*time.Millisecond {
			t.Errorf("REPORT %d: Init Duration %v", i, r.InitDuration)
		}
	}
}

// A runtime that does not end by itself is killed after the grace.
func TestGraceEnds(t *testing.T) {
	f := newFixture(t, "torture", func(s *Spec) { s.Environment["MODE"] = "deaf extension" })
	f.invoke(t, "1")
	began := time.Now()
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
	if took := time.Since(began); took < grace {
		t.Errorf("Close took %v, the grace is %v", took, grace)
	}
	want(t, "end", f.process.reason, "Runtime exited with error: signal: killed")
	if log := f.log(t); !slices.Contains(log, "SIGTERM\n") {
		t.Errorf("got %q, want SIGTERM in it", log)
	}
}

// After a timeout, and where a request is under way, there is no SIGTERM.
func TestNoSIGTERMInAnInvocation(t *testing.T) {
	f := newFixture(t, "torture", func(s *Spec) {
		s.Environment["MODE"], s.Timeout = "extension", time.Second
	})
	if out := f.invoke(t, `{"do":"hang"}`); out.ErrorType != timedOut {
		t.Errorf("got %s", out.ErrorType)
	}
	f.invoke(t, "1") // starts anew
	p := f.waiting()
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		f.invoke(t, `{"do":"hang"}`)
	}()
	for f.idle(p) {
		time.Sleep(time.Millisecond)
	}
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
	<-ended
	if log := f.log(t); slices.Contains(log, "SIGTERM\n") {
		t.Errorf("got %q, want no SIGTERM", log)
	}
}

// An extension that never asks for an event does not let the init end.
func TestExtensionThatIsNeverReady(t *testing.T) {
	f := newFixture(t, "torture", func(s *Spec) {
		s.Environment["MODE"], s.InitLimit, s.Timeout = "silent extension", 300*time.Millisecond, time.Second
	})
	if out := f.invoke(t, "1"); out.ErrorType != timedOut {
		t.Errorf("got %q %s", out.ErrorType, out.Payload)
	}
}
