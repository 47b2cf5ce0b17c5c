package main

import (
	"fmt"
	"hash/fnv"
	"io"
	"net/http"
	"strings"
	"sync"
)

// callFaults are calls that are refused.
func callFaults() []fault {
	return []fault{
		// The SDK repeats a call twice (Retry behavior, AWS SDKs and Tools
		// Reference Guide); calls for logs are repeated by the collector.
		{name: "each kind of call is throttled twice", cold: 4, says: []string{putBack,
			"coldcrank: warning: Tiny/Hello: access log /aws/vendedlogs/tiny: ThrottlingException: by the test"},
			set: func(p *faultProxy) {
				k := new(kinds)
				p.before = func(c faultCall, w http.ResponseWriter) bool {
					n, after := k.count(c), 0
					if c.Operation == filterLogEvents {
						after = 2 // of preflight
					}
					if n <= after || n > after+2 {
						return false
					}
					throttle(w, c)
					return true
				}
			}},
		// From the second round on, whatever the SDK repeats.
		{name: "publishing is throttled for good", code: exitFailed, sent: 2, cold: 2,
			says: []string{putBack, "coldcrank: error: Tiny/Hello: publish a version: operation error Lambda: PublishVersion, " +
				"exceeded maximum number of attempts, #, https response error StatusCode: #, RequestID: , TooManyRequestsException: by the test"},
			set: throttledForGood("POST ", "/versions")},
		{name: "moving the alias is throttled for good", code: exitFailed, sent: 2, cold: -1, left: true,
			says: []string{notPutBack, "coldcrank: hint: when the cause is mended, this puts it back: coldcrank restore #.journal.json",
				"coldcrank: error: Tiny/Hello: move the alias: operation error Lambda: UpdateAlias, " +
					"exceeded maximum number of attempts, #, https response error StatusCode: #, RequestID: , TooManyRequestsException: by the test"},
			set: throttledForGood("PUT ", "/aliases/")},
		{name: "credentials expire half-way", args: []string{"--patience", "1s"}, code: exitFailed, sent: 2, cold: -1, left: true,
			says: []string{notPutBack, "coldcrank: hint: when the cause is mended, this puts it back: coldcrank restore #.journal.json",
				"coldcrank: error: Tiny/Hello: publish a version: operation error Lambda: PublishVersion, " +
					"https response error StatusCode: #, RequestID: , api error ExpiredTokenException: by the test",
				"coldcrank: hint: log in again; coldcrank restore then puts back what the run may have left"},
			set: func(p *faultProxy) {
				k := new(kinds)
				var mu sync.Mutex
				expired := false
				p.before = func(c faultCall, w http.ResponseWriter) bool {
					mu.Lock()
					defer mu.Unlock()
					second := strings.HasSuffix(c.Operation, "/versions") && strings.HasPrefix(c.Operation, "POST ") && k.count(c) == 2
					if expired = expired || second; expired {
						refuse(w, c, http.StatusForbidden, "ExpiredTokenException")
					}
					return expired
				}
			}},
	}
}

// throttledForGood refuses calls of a kind but the first.
func throttledForGood(method, path string) func(*faultProxy) {
	return func(p *faultProxy) {
		k := new(kinds)
		p.before = func(c faultCall, w http.ResponseWriter) bool {
			refused := strings.HasPrefix(c.Operation, method) && strings.Contains(c.Operation, path) && k.count(c) > 1
			if refused {
				throttle(w, c)
			}
			return refused
		}
	}
}

// throttle refuses as the services do: Lambda API Reference, "Common errors";
// CloudWatch Logs API Reference, "Common errors".
func throttle(w http.ResponseWriter, c faultCall) {
	if strings.Contains(c.Operation, "/functions/") || strings.Contains(c.Operation, "/account-settings") {
		refuse(w, c, http.StatusTooManyRequests, "TooManyRequestsException")
		return
	}
	refuse(w, c, http.StatusBadRequest, "ThrottlingException")
}

// refuse answers an error in the form of the service's protocol: STS's is XML.
func refuse(w http.ResponseWriter, c faultCall, status int, code string) {
	body := fmt.Sprintf(`{"__type":%q,"message":"by the test"}`, code)
	if c.Operation == "POST /" {
		body = "<ErrorResponse><Error><Code>" + code + "</Code><Message>by the test</Message></Error></ErrorResponse>"
	}
	w.Header().Set("X-Amzn-Errortype", code)
	w.WriteHeader(status)
	io.WriteString(w, body) // fails where the command has gone
}

// tenths are runs in which each tenth call fails, by an answer or without one,
// before the service has done it or afterwards.
func tenths(seed int) []fault {
	named := func(name string, set func(p *faultProxy, hit func(faultCall) bool)) fault {
		return fault{name: fmt.Sprintf("each tenth call %s, seed %d", name, seed), cold: 4, says: []string{putBack},
			set: func(p *faultProxy) {
				k := new(kinds)
				set(p, func(c faultCall) bool { return k.tenth(c, seed) })
			}}
	}
	return []fault{
		named("answers 500", func(p *faultProxy, hit func(faultCall) bool) {
			p.before = func(c faultCall, w http.ResponseWriter) bool {
				if !hit(c) {
					return false
				}
				refuse(w, c, http.StatusInternalServerError, "ServiceException")
				return true
			}
		}),
		named("is done and answers 500", func(p *faultProxy, hit func(faultCall) bool) {
			p.served = func(c faultCall, a *faultAnswer) {
				if hit(c) {
					a.Status, a.Body = http.StatusInternalServerError, []byte("{}")
				}
			}
		}),
		named("is cut", func(p *faultProxy, hit func(faultCall) bool) {
			p.before = func(c faultCall, _ http.ResponseWriter) bool {
				if hit(c) {
					panic(http.ErrAbortHandler)
				}
				return false
			}
		}),
		named("is done and cut", func(p *faultProxy, hit func(faultCall) bool) {
			p.served = func(c faultCall, _ *faultAnswer) {
				if hit(c) {
					panic(http.ErrAbortHandler)
				}
			}
		}),
	}
}

// kinds counts calls by operation.
type kinds struct {
	mu sync.Mutex
	n  map[string]int
}

func (k *kinds) count(c faultCall) int {
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.n == nil {
		k.n = map[string]int{}
	}
	k.n[c.Operation]++
	return k.n[c.Operation]
}

// tenth chooses one call in ten by its place among those of its kind: the same
// ones in every run, however many calls for logs come in between.
func (k *kinds) tenth(c faultCall, seed int) bool {
	h := fnv.New32a()
	fmt.Fprint(h, seed, c.Operation, k.count(c))
	return h.Sum32()%10 == 0
}
