package gateway

import (
	"net/http"
	"strings"
	"testing"
)

const signature = "5d672d79c15b13162d9279b0855cfba6789a8edb4c82c400e06b5924a6f2b5d7"

func signedHeader() http.Header {
	return http.Header{
		"Authorization": {"AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20261122/eu-central-1/execute-api/aws4_request, SignedHeaders=host;x-amz-date, Signature=" + signature},
		"X-Amz-Date":    {"20261122T023030Z"},
	}
}

func TestAuthorize(t *testing.T) {
	id, err := authorize(signedHeader(), testAccount, testRegion)
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
		{"no signature", "Signature=" + signature, ""},
		{"short signature", signature, signature[1:]},
		{"no hexadecimal", signature, "Z" + signature[1:]},
		{"other date", "20261122/", "20261121/"},
	} {
		h := signedHeader()
		h.Set("Authorization", strings.Replace(h.Get("Authorization"), tc.old, tc.new, 1))
		if _, err := authorize(h, testAccount, testRegion); err == nil {
			t.Errorf("%s: accepted", tc.name)
		}
	}
	for _, name := range []string{"Authorization", "X-Amz-Date"} {
		h := signedHeader()
		h.Del(name)
		if _, err := authorize(h, testAccount, testRegion); err == nil {
			t.Errorf("without %s: accepted", name)
		}
	}
}

// FuzzAuthorize: no header makes it panic, and no error repeats what may be a
// secret.
func FuzzAuthorize(f *testing.F) {
	h := signedHeader()
	f.Add(h.Get("Authorization"), h.Get("X-Amz-Date"))
	f.Add("Bearer abcdefghijklmnop", "")
	f.Fuzz(func(t *testing.T, authorization, date string) {
		h := http.Header{"Authorization": {authorization}, "X-Amz-Date": {date}}
		id, err := authorize(h, testAccount, testRegion)
		if (id == nil) == (err == nil) {
			t.Fatalf("identity %v and error %v", id, err)
		}
		if err == nil && (len(date) != 16 || id.AccessKey == "") {
			t.Errorf("accepted %q with date %q", authorization, date)
		}
		_, secret, _ := strings.Cut(authorization, "Signature=")
		if err != nil && len(secret) > 20 && strings.Contains(err.Error(), secret) {
			t.Errorf("the error repeats the signature: %v", err)
		}
	})
}
