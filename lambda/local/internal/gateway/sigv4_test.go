package gateway

import (
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"
)

const testSignature = "5d672d79c15b13162d9279b0855cfba6789a8edb4c82c400e06b5924a6f2b5d7"

// signedAt is when the tests' requests were signed.
var signedAt = time.Date(2026, 11, 22, 2, 30, 30, 0, time.UTC)

func signedRequest() *http.Request {
	r := httptest.NewRequest("GET", "/", nil)
	r.Header = http.Header{
		"Authorization": {"AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20261122/eu-central-1/execute-api/aws4_request, SignedHeaders=host;x-amz-date, Signature=" + testSignature},
		"X-Amz-Date":    {"20261122T023030Z"},
	}
	return r
}

func TestAuthorize(t *testing.T) {
	id, err := authorize(signedRequest(), testAccount, testRegion, signedAt)
	if err != nil {
		t.Fatal(err)
	}
	if id.AccessKey != "AKIDEXAMPLE" || id.AccountID != testAccount || id.UserARN != "arn:aws:iam::123456789012:user/local" {
		t.Errorf("got %+v", id)
	}
}

func TestAuthorizeRefuses(t *testing.T) {
	for _, tc := range []struct{ name, old, new string }{
		{"other scheme", "AWS4-HMAC-SHA256", "Bearer"},
		{"other service", "execute-api", "lambda"},
		{"other Region", "eu-central-1", "us-east-1"},
		{"no terminator", "/aws4_request", ""},
		{"no key", "AKIDEXAMPLE", ""},
		{"host not signed", "host;", ""},
		{"no signature", "Signature=" + testSignature, ""},
		{"short signature", testSignature, testSignature[1:]},
		{"no hexadecimal", testSignature, "Z" + testSignature[1:]},
		{"other date", "20261122/", "20261121/"},
	} {
		r := signedRequest()
		r.Header.Set("Authorization", strings.Replace(r.Header.Get("Authorization"), tc.old, tc.new, 1))
		if _, err := authorize(r, testAccount, testRegion, signedAt); err == nil {
			t.Errorf("%s: accepted", tc.name)
		}
	}
	for _, name := range []string{"Authorization", "X-Amz-Date"} {
		r := signedRequest()
		r.Header.Del(name)
		if _, err := authorize(r, testAccount, testRegion, signedAt); err == nil {
			t.Errorf("without %s: accepted", name)
		}
	}
}

func TestAuthorizeByTime(t *testing.T) {
	for _, tc := range []struct {
		query  string
		offset time.Duration // from signing to receiving
		ok     bool
	}{
		{"", 5 * time.Minute, true},
		{"", 5*time.Minute + time.Second, false},
		{"", -5 * time.Minute, true},
		{"", -5*time.Minute - time.Second, false},
		{presigned, 0, true},
		{presigned, time.Minute, true},
		{presigned, time.Minute + time.Second, false},
		{strings.Replace(presigned, "Expires=60", "Expires=604801", 1), 0, false},
		{strings.Replace(presigned, "Expires=60", "Expires=0", 1), 0, false},
		{strings.Replace(presigned, "SignedHeaders=host", "SignedHeaders=accept", 1), 0, false},
		{strings.Replace(presigned, algorithm, "AWS4-ECDSA-P256-SHA256", 1), 0, false},
	} {
		r := signedRequest()
		if tc.query != "" {
			r = httptest.NewRequest("GET", "/?"+tc.query, nil)
		}
		if _, err := authorize(r, testAccount, testRegion, signedAt.Add(tc.offset)); (err == nil) != tc.ok {
			t.Errorf("%q after %v: error %v", tc.query, tc.offset, err)
		}
	}
}

// presigned is a query that carries the signature.
const presigned = "X-Amz-Algorithm=" + algorithm + "&X-Amz-Credential=AKIDEXAMPLE%2F20261122%2Feu-central-1%2Fexecute-api%2Faws4_request" +
	"&X-Amz-Date=20261122T023030Z&X-Amz-Expires=60&X-Amz-SignedHeaders=host&X-Amz-Signature=" + testSignature

// FuzzAuthorize: no header makes it panic, and no error repeats what may be a
// secret.
func FuzzAuthorize(f *testing.F) {
	signed := signedRequest()
	f.Add(signed.Header.Get("Authorization"), signed.Header.Get("X-Amz-Date"), "")
	f.Add("Bearer abcdefghijklmnop", "", "")
	f.Add("", "", presigned)
	f.Fuzz(func(t *testing.T, authorization, date, query string) {
		r := &http.Request{Header: http.Header{"Authorization": {authorization}, "X-Amz-Date": {date}}, URL: &url.URL{RawQuery: query}}
		id, err := authorize(r, testAccount, testRegion, signedAt)
		if (id == nil) == (err == nil) {
			t.Fatalf("identity %v and error %v", id, err)
		}
		if err == nil && (authorization != "" && len(date) != 16 || id.AccessKey == "") {
			t.Errorf("accepted %q with date %q", authorization, date)
		}
		_, secret, _ := strings.Cut(authorization, "Signature=")
		if err != nil && len(secret) > 20 && strings.Contains(err.Error(), secret) {
			t.Errorf("the error repeats the signature: %v", err)
		}
	})
}
