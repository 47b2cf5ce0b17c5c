package awsapi

import (
	"encoding/xml"
	"net/http"
	"net/url"
	"strings"
)

const stsNamespace = "https://sts.amazonaws.com/doc/2011-06-15/"

type callerIdentity struct {
	XMLName   xml.Name `xml:"https://sts.amazonaws.com/doc/2011-06-15/ GetCallerIdentityResponse"`
	ARN       string   `xml:"GetCallerIdentityResult>Arn"`
	UserID    string   `xml:"GetCallerIdentityResult>UserId"`
	Account   string   `xml:"GetCallerIdentityResult>Account"`
	RequestID string   `xml:"ResponseMetadata>RequestId"`
}

type queryError struct {
	XMLName   xml.Name `xml:"ErrorResponse"`
	Namespace string   `xml:"xmlns,attr"`
	Type      string   `xml:"Error>Type"`
	Code      string   `xml:"Error>Code"`
	Message   string   `xml:"Error>Message"`
	RequestID string   `xml:"RequestId"`
}

// serveQuery answers the query protocol, in which an operation is the form's
// Action: GetCallerIdentity, always as one user of the executor's account.
func (a *api) serveQuery(w http.ResponseWriter, r *http.Request) {
	id := w.Header().Get("X-Amzn-Requestid")
	body, err := readBody(w, r, maxBody)
	if err != nil {
		writeQueryError(w, err)
		return
	}
	form, err := url.ParseQuery(string(body))
	if err != nil || form.Get("Action") == "" {
		writeQueryError(w, unknown("a request without an operation's name"))
		return
	}
	if action := form.Get("Action"); action != "GetCallerIdentity" {
		writeQueryError(w, unknown(strings.TrimSpace(action+" "+form.Get("Version"))))
		return
	}
	writeXML(w, http.StatusOK, callerIdentity{
		ARN: "arn:aws:iam::" + a.account + ":user/local", UserID: "AIDALOCALEXECUTOR000", Account: a.account, RequestID: id,
	})
}

func writeQueryError(w http.ResponseWriter, err error) {
	e := asAPIError(err)
	writeXML(w, e.status, queryError{
		Namespace: stsNamespace, Type: "Sender", Code: e.code, Message: e.message,
		RequestID: w.Header().Get("X-Amzn-Requestid"),
	})
}

func writeXML(w http.ResponseWriter, status int, v any) {
	data, err := xml.Marshal(v)
	if err != nil {
		panic(err) // the two structs above always encode
	}
	w.Header().Set("Content-Type", "text/xml")
	w.WriteHeader(status)
	w.Write(data) // the client is gone where this fails: nobody to tell
}
