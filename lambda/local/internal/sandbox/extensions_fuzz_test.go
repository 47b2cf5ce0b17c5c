package sandbox

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"slices"

	"github.com/coldcrank/coldcrank/lambda/local/internal/uuid"
)

const extensionAPI = "/2020-01-01/extension/"

// register registers one of two extensions: again, after the init or with what is no
// list of events it is refused.
func (s *session) register(data []byte) {
	name := fmt.Sprint("extension-", len(data)%2)
	body, list := []byte(`{"events":[]}`), true
	if len(data)%5 == 4 {
		var asks struct{ Events []string }
		body, list = data, json.Unmarshal(data, &asks) == nil && len(asks.Events) == 0
	}
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	got := s.ask(ctx, http.MethodPost, extensionAPI+"register", http.Header{"Lambda-Extension-Name": {name}}, body)
	if !list || s.state != stateStarted && s.state != stateInitError || slices.Contains(s.names, name) {
		s.want("register", got, "403")
		return
	}
	s.want("register", got, "200")
	s.names = append(s.names, name)
}

// stranger asks for the event of an extension that is not there.
func (s *session) stranger(withID bool) {
	header := http.Header{}
	if withID {
		header.Set("Lambda-Extension-Identifier", uuid.New())
	}
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	s.want("an extension's next", s.ask(ctx, http.MethodGet, extensionAPI+"event/next", header, nil), "403")
}

// wantReady holds what ends the init: the runtime's request, where there is no extension
// whose request is missing.
func (s *session) wantReady() {
	over := s.state != stateStarted && s.state != stateInitError && len(s.names) == 0
	if got := len(s.api.ready) == 1; s.known && got != over {
		s.t.Fatalf("the init is over: %v, want %v (state %s, extensions %q)", got, over, s.state, s.names)
	}
}
