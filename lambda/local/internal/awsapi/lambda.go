package awsapi

import (
	"net/http"
	"net/url"
	"strings"
)

// operation is one of Lambda's. In its path a * stands for one part; the first
// is the function's name. Without do it is refused by its name.
type operation struct {
	name, method, path string
	do                 func(*call) (status int, body any, err error)
}

// operations are those that are answered, and the others on functions and
// aliases, which a script is most likely to try.
var operations = []operation{
	{"GetFunctionConfiguration", "GET", "/2015-03-31/functions/*/configuration", getFunctionConfiguration},
	{"UpdateFunctionConfiguration", "PUT", "/2015-03-31/functions/*/configuration", updateFunctionConfiguration},
	{"PublishVersion", "POST", "/2015-03-31/functions/*/versions", publishVersion},
	{"ListVersionsByFunction", "GET", "/2015-03-31/functions/*/versions", listVersions},
	{"GetAlias", "GET", "/2015-03-31/functions/*/aliases/*", getAlias},
	{"UpdateAlias", "PUT", "/2015-03-31/functions/*/aliases/*", updateAlias},
	{"DeleteFunction", "DELETE", "/2015-03-31/functions/*", deleteFunction},
	{"Invoke", "POST", "/2015-03-31/functions/*/invocations", invoke},
	{"GetFunctionConcurrency", "GET", "/2019-09-30/functions/*/concurrency", getFunctionConcurrency},
	{"GetProvisionedConcurrencyConfig", "GET", "/2019-09-30/functions/*/provisioned-concurrency", getProvisionedConcurrency},
	{"GetAccountSettings", "GET", "/2016-08-19/account-settings", getAccountSettings},

	{"ListFunctions", "GET", "/2015-03-31/functions", nil},
	{"CreateFunction", "POST", "/2015-03-31/functions", nil},
	{"GetFunction", "GET", "/2015-03-31/functions/*", nil},
	{"UpdateFunctionCode", "PUT", "/2015-03-31/functions/*/code", nil},
	{"ListAliases", "GET", "/2015-03-31/functions/*/aliases", nil},
	{"CreateAlias", "POST", "/2015-03-31/functions/*/aliases", nil},
	{"DeleteAlias", "DELETE", "/2015-03-31/functions/*/aliases/*", nil},
	{"GetPolicy", "GET", "/2015-03-31/functions/*/policy", nil},
	{"AddPermission", "POST", "/2015-03-31/functions/*/policy", nil},
	{"InvokeWithResponseStream", "POST", "/2021-11-15/functions/*/response-streaming-invocations", nil},
	{"PutFunctionConcurrency", "PUT", "/2017-10-31/functions/*/concurrency", nil},
	{"DeleteFunctionConcurrency", "DELETE", "/2017-10-31/functions/*/concurrency", nil},
	{"PutProvisionedConcurrencyConfig", "PUT", "/2019-09-30/functions/*/provisioned-concurrency", nil},
	{"DeleteProvisionedConcurrencyConfig", "DELETE", "/2019-09-30/functions/*/provisioned-concurrency", nil},
}

// call is one request for an operation.
type call struct {
	api       *api
	w         http.ResponseWriter
	r         *http.Request
	function  Function // nil for an operation on the account
	qualifier string   // of the function's name, or the parameter Qualifier
	last      string   // the path's second *, decoded
}

func (a *api) serveLambda(w http.ResponseWriter, r *http.Request) {
	parts := strings.Split(strings.TrimSuffix(r.URL.EscapedPath(), "/"), "/")
	for _, op := range operations {
		vars, ok := op.match(r.Method, parts)
		if !ok {
			continue
		}
		if op.do == nil {
			writeREST(w, unknown(op.name))
			return
		}
		c := &call{api: a, w: w, r: r, qualifier: r.URL.Query().Get("Qualifier")}
		if err := c.resolve(vars); err != nil {
			writeREST(w, err)
			return
		}
		status, body, err := op.do(c)
		if err != nil {
			writeREST(w, err)
			return
		}
		switch body := body.(type) {
		case nil:
			w.WriteHeader(status)
		case []byte: // as a function gave it
			w.Header().Set("Content-Type", "application/json")
			w.WriteHeader(status)
			w.Write(body) // the client is gone where this fails: nobody to tell
		default:
			writeJSON(w, "application/json", status, body)
		}
		return
	}
	writeREST(w, unknown(r.Method+" "+r.URL.Path+" of Lambda"))
}

func (op operation) match(method string, parts []string) (vars []string, ok bool) {
	want := strings.Split(op.path, "/")
	if method != op.method || len(parts) != len(want) {
		return nil, false
	}
	for i, w := range want {
		switch {
		case w == "*":
			v, err := url.PathUnescape(parts[i])
			if err != nil || v == "" {
				return nil, false
			}
			vars = append(vars, v)
		case w != parts[i]:
			return nil, false
		}
	}
	return vars, true
}

// resolve finds the function that the path names: by its name, by a partial or
// a full ARN, each with or without a qualifier.
func (c *call) resolve(vars []string) error {
	if len(vars) == 0 {
		return nil
	}
	if len(vars) > 1 {
		c.last = vars[1]
	}
	unqualified, qualifier := splitFunctionName(vars[0])
	if qualifier != "" {
		if c.qualifier != "" && c.qualifier != qualifier {
			return invalidParameter("the qualifier %q of the function's name is not the parameter Qualifier %q", qualifier, c.qualifier)
		}
		c.qualifier = qualifier
	}
	c.function = c.api.functions[unqualified[strings.LastIndexByte(unqualified, ':')+1:]]
	// A name and a partial ARN are the end of the full one.
	if c.function == nil || !strings.HasSuffix(":"+c.function.ARN(), ":"+unqualified) {
		return &apiError{status: http.StatusNotFound, code: "ResourceNotFoundException", message: "Function not found: " + vars[0]}
	}
	return nil
}

// splitFunctionName takes the qualifier from the end of the three forms that
// FunctionName has: name[:qualifier], account:function:name[:qualifier] and
// arn:partition:lambda:region:account:function:name[:qualifier].
func splitFunctionName(s string) (unqualified, qualifier string) {
	parts := strings.Split(s, ":")
	n := 1
	switch {
	case parts[0] == "arn":
		n = 7
	case len(parts) > 1 && parts[1] == "function":
		n = 3
	}
	if len(parts) != n+1 {
		return s, ""
	}
	return strings.Join(parts[:n], ":"), parts[n]
}

// decode reads the call's body.
func (c *call) decode(into any) error {
	body, err := readBody(c.w, c.r, maxBody)
	if err != nil {
		return err
	}
	if err := decode(body, into); err != nil {
		return invalidParameter("%v", err)
	}
	return nil
}
