package gateway

import (
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"time"
)

// identity is who signed a request, as requestContext.authorizer.iam tells the
// function.
type identity struct {
	AccessKey      string  `json:"accessKey"`
	AccountID      string  `json:"accountId"`
	CallerID       string  `json:"callerId"`
	CognitoID      *string `json:"cognitoIdentity"` // always null here
	PrincipalOrgID *string `json:"principalOrgId"`  // always null here
	UserARN        string  `json:"userArn"`
	UserID         string  `json:"userId"`
}

const (
	algorithm = "AWS4-HMAC-SHA256"
	// clockSkew is how far a request's time of signing may be from now ("Elements
	// of an AWS API request signature" in the IAM User Guide).
	clockSkew = 5 * time.Minute
	// maxExpires is the longest that a signature in a query may be good for (as above).
	maxExpires = 7 * 24 * time.Hour
)

// authorize accepts a request with a well-formed Signature Version 4 for
// execute-api in the API's Region, in the header Authorization or in the query,
// that covers the host and is no older than it may be ("AWS Signature Version 4
// for API requests" in the IAM User Guide). It does not verify the signature:
// the local executor's credentials are public, so whoever can reach the port
// could sign as well. The error never holds any part of the signature.
func authorize(r *http.Request, account, region string, now time.Time) (*identity, error) {
	s, err := signatureOf(r)
	if err != nil {
		return nil, err
	}
	scope := strings.Split(s.credential, "/")
	if len(scope) != 5 || scope[0] == "" || scope[4] != "aws4_request" {
		return nil, errors.New("the signature's credential is malformed")
	}
	key, date := scope[0], scope[1]
	if scope[2] != region || scope[3] != "execute-api" {
		return nil, fmt.Errorf("the signature is not for execute-api in %s", region)
	}
	if !hasHeader(s.headers, "host") {
		return nil, errors.New("the signature does not cover the host")
	}
	if len(s.signature) != 64 || strings.Trim(s.signature, "0123456789abcdef") != "" {
		return nil, errors.New("the signature is malformed")
	}
	signed, err := time.Parse("20060102T150405Z", s.date)
	if err != nil || !strings.HasPrefix(s.date, date+"T") {
		return nil, errors.New("the request has no time of signing, or another than its signature")
	}
	if now.After(signed.Add(s.good)) {
		return nil, errors.New("the signature has expired")
	}
	if signed.After(now.Add(clockSkew)) {
		return nil, errors.New("the signature is not yet current")
	}
	return &identity{
		AccessKey: key, AccountID: account, CallerID: localUserID, UserID: localUserID,
		UserARN: "arn:aws:iam::" + account + ":user/local",
	}, nil
}

// signature is what a request says about how it was signed, not checked.
type signature struct {
	credential, headers, signature, date string

	good time.Duration // from date on
}

func signatureOf(r *http.Request) (signature, error) {
	if header := r.Header.Get("Authorization"); header != "" {
		rest, ok := strings.CutPrefix(header, algorithm+" ")
		if !ok {
			return signature{}, errors.New("the request is not signed")
		}
		fields := map[string]string{}
		for part := range strings.SplitSeq(rest, ",") {
			name, value, _ := strings.Cut(strings.TrimSpace(part), "=")
			fields[name] = value
		}
		return signature{fields["Credential"], fields["SignedHeaders"], fields["Signature"], r.Header.Get("X-Amz-Date"), clockSkew}, nil
	}
	if !strings.Contains(r.URL.RawQuery, "X-Amz-Algorithm=") {
		return signature{}, errors.New("the request is not signed")
	}
	q := r.URL.Query()
	seconds, err := strconv.Atoi(q.Get("X-Amz-Expires"))
	good := time.Duration(seconds) * time.Second
	if q.Get("X-Amz-Algorithm") != algorithm || err != nil || seconds < 1 || seconds > int(maxExpires/time.Second) {
		return signature{}, errors.New("the signature in the query is malformed")
	}
	return signature{q.Get("X-Amz-Credential"), q.Get("X-Amz-SignedHeaders"), q.Get("X-Amz-Signature"), q.Get("X-Amz-Date"), good}, nil
}

// localUserID is the id of the one user that there is, whom STS's
// GetCallerIdentity names as well (package awsapi).
const localUserID = "AIDALOCALEXECUTOR000"

func hasHeader(list, name string) bool {
	for h := range strings.SplitSeq(list, ";") {
		if h == name {
			return true
		}
	}
	return false
}
