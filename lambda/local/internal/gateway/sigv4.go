package gateway

import (
	"errors"
	"fmt"
	"net/http"
	"strings"
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

// authorize accepts a request whose Authorization header is a well-formed
// Signature Version 4 for execute-api in the API's Region, with the time of
// signing beside it ("AWS Signature Version 4 for API requests" in the IAM
// User Guide). It does not verify the signature: the local executor's
// credentials are public, so whoever can reach the port could sign as well.
// The error never holds any part of the header.
func authorize(h http.Header, account, region string) (*identity, error) {
	rest, ok := strings.CutPrefix(h.Get("Authorization"), "AWS4-HMAC-SHA256 ")
	if !ok {
		return nil, errors.New("the request is not signed")
	}
	fields := map[string]string{}
	for part := range strings.SplitSeq(rest, ",") {
		name, value, _ := strings.Cut(strings.TrimSpace(part), "=")
		fields[name] = value
	}
	scope := strings.Split(fields["Credential"], "/")
	if len(scope) != 5 || scope[0] == "" || scope[4] != "aws4_request" {
		return nil, errors.New("the signature's credential is malformed")
	}
	key, date := scope[0], scope[1]
	if scope[2] != region || scope[3] != "execute-api" {
		return nil, fmt.Errorf("the signature is not for execute-api in %s", region)
	}
	if !hasHeader(fields["SignedHeaders"], "host") {
		return nil, errors.New("the signature does not cover the host")
	}
	if sig := fields["Signature"]; len(sig) != 64 || strings.Trim(sig, "0123456789abcdef") != "" {
		return nil, errors.New("the signature is malformed")
	}
	signed := h.Get("X-Amz-Date") // 20060102T150405Z
	if len(date) != 8 || len(signed) != 16 || !strings.HasPrefix(signed, date+"T") {
		return nil, errors.New("the request has no time of signing, or another than its signature")
	}
	return &identity{
		AccessKey: key, AccountID: account, CallerID: localUserID, UserID: localUserID,
		UserARN: "arn:aws:iam::" + account + ":user/local",
	}, nil
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
