package richttp

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"net/http"
	"strings"
	"unicode/utf8"
)

// writer collects a response.
type writer struct {
	head   bool        // of a HEAD request: nothing of a body is kept
	header http.Header // the handler's
	status int         // 0 until the header is written
	sent   http.Header // the header as it was then
	typed  bool        // the first bytes of the body have been seen
	body   bytes.Buffer
}

func (w *writer) Header() http.Header { return w.header }

// WriteHeader ends the header, as net/http's does. There is no way for an
// interim answer.
func (w *writer) WriteHeader(status int) {
	if w.status != 0 || status < 200 {
		return
	}
	w.status, w.sent = status, w.header.Clone()
}

// Write names the type of a body that the handler has not named, by its first
// bytes, as net/http does.
func (w *writer) Write(p []byte) (int, error) {
	w.WriteHeader(http.StatusOK)
	switch {
	case w.status == http.StatusNoContent || w.status == http.StatusNotModified:
		return 0, http.ErrBodyNotAllowed
	case !w.typed && len(p) > 0:
		w.typed = true
		if w.sent.Get("Content-Type") == "" && w.sent.Get("Content-Encoding") == "" {
			w.sent.Set("Content-Type", http.DetectContentType(p))
		}
	}
	if w.head {
		return len(p), nil
	}
	return w.body.Write(p)
}

// answer is the response in payload format 2.0. A body that JSON can hold is sent
// as it is, any other in base64.
func (w *writer) answer() ([]byte, error) {
	w.WriteHeader(http.StatusOK)
	a := struct {
		StatusCode      int               `json:"statusCode"`
		Headers         map[string]string `json:"headers,omitempty"`
		Cookies         []string          `json:"cookies,omitempty"`
		Body            string            `json:"body,omitempty"`
		IsBase64Encoded bool              `json:"isBase64Encoded,omitempty"`
	}{StatusCode: w.status, Headers: make(map[string]string, len(w.sent)), Cookies: w.sent["Set-Cookie"]}
	for name, values := range w.sent {
		if name != "Set-Cookie" && len(values) > 0 {
			a.Headers[strings.ToLower(name)] = strings.Join(values, ", ")
		}
	}
	if utf8.Valid(w.body.Bytes()) {
		a.Body = w.body.String()
	} else {
		a.Body, a.IsBase64Encoded = base64.StdEncoding.EncodeToString(w.body.Bytes()), true
	}
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false) // six bytes for each < of a page would be too many
	if err := e.Encode(a); err != nil {
		return nil, err
	}
	return b.Bytes(), nil
}
