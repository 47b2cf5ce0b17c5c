package payload

import (
	"strconv"

	"github.com/coldcrank/coldcrank/lambda/ric/internal/base64"
)

// EventError says why an event is no request.
type EventError struct {
	// At is the offset in the event, in bytes; 0 where the whole event is meant.
	At   int
	What string
}

func (e *EventError) Error() string {
	if e.At == 0 {
		return "event: " + e.What
	}
	return "event, byte " + strconv.Itoa(e.At) + ": " + e.What
}

// event is what a request needs of one.
type event struct {
	rawPath, rawQuery      string
	cookies                []string
	headers, query, params Fields
	body                   string
	base64                 bool
	method, stage, source  string
}

// Parse reads an event. It takes and refuses what encoding/json would with a struct
// of the fields that a request needs, with three rules of its own: names count in
// upper and lower case, as AWS spells them; of a name that comes twice the last
// value holds, alone; and null is a value that is not there. An event that is not of
// an HTTP request is refused as well. The error is an *EventError.
func Parse(event []byte) (*Request, error) {
	e, err := decode(event)
	if err != nil {
		return nil, err
	}
	if e.method == "" || e.rawPath == "" || e.rawPath[0] != '/' {
		return nil, &EventError{0, "not an HTTP request of payload format 2.0, which has requestContext.http.method, and a rawPath that begins with /"}
	}
	r := &Request{
		Method: e.method, Path: withoutStage(e.rawPath, e.stage), RawQuery: e.rawQuery,
		Query: e.query, PathParameters: e.params, Headers: e.headers, Cookies: e.cookies,
		SourceIP: e.source,
	}
	if !e.base64 {
		r.Body = []byte(e.body)
		return r, nil
	}
	var ok bool
	if r.Body, ok = base64.Decode(e.body); !ok {
		return nil, &EventError{0, "isBase64Encoded is true, and the body is not base64"}
	}
	return r, nil
}

// withoutStage cuts the stage's name off a path. It is there unless the stage is
// $default, and not in a function URL's (observed on AWS by the authors of
// aws-lambda-dotnet's Lambda test tool).
func withoutStage(path, stage string) string {
	n := 1 + len(stage)
	if stage == "" || stage == "$default" || len(path) < n || path[1:n] != stage {
		return path
	}
	switch rest := path[n:]; {
	case rest == "":
		return "/"
	case rest[0] == '/':
		return rest
	}
	return path
}

// decode reads what the JSON says, whatever it is of.
func decode(data []byte) (*event, error) {
	// One copy: all strings of the request are parts of it.
	d := decoder{text: string(data)}
	var e event
	ok := d.object(func(name string) bool {
		switch name {
		case "rawPath":
			return d.string(&e.rawPath)
		case "rawQueryString":
			return d.string(&e.rawQuery)
		case "cookies":
			return d.strings(&e.cookies)
		case "headers":
			return d.fields(&e.headers)
		case "queryStringParameters":
			return d.fields(&e.query)
		case "pathParameters":
			return d.fields(&e.params)
		case "body":
			return d.string(&e.body)
		case "isBase64Encoded":
			return d.bool(&e.base64)
		case "requestContext":
			return d.context(&e)
		}
		return d.skip()
	})
	if ok && !d.done() {
		ok = d.fail("something follows the event")
	}
	if !ok {
		return nil, &EventError{d.at, d.wrong}
	}
	return &e, nil
}

// context reads requestContext.
func (d *decoder) context(e *event) bool {
	e.method, e.stage, e.source = "", "", ""
	return d.object(func(name string) bool {
		switch name {
		case "stage":
			return d.string(&e.stage)
		case "http":
			e.method, e.source = "", ""
			return d.object(func(name string) bool {
				switch name {
				case "method":
					return d.string(&e.method)
				case "sourceIp":
					return d.string(&e.source)
				}
				return d.skip()
			})
		}
		return d.skip()
	})
}
