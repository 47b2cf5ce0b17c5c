package awsapi

import (
	"net/http"
	"slices"
	"strconv"

	"github.com/coldcrank/coldcrank/lambda/local/internal/function"
)

func getFunctionConfiguration(c *call) (int, any, error) {
	f, err := c.function.Get(c.qualifier)
	return http.StatusOK, configuration(f), err
}

func updateFunctionConfiguration(c *call) (int, any, error) {
	var in struct {
		Description *string
		MemorySize  *int
		RevisionId  string
	}
	if err := c.decode(&in); err != nil {
		return 0, nil, err
	}
	if c.qualifier != "" && c.qualifier != "$LATEST" {
		return 0, nil, invalidParameter("only $LATEST can be changed, not %s", c.qualifier)
	}
	f, err := c.function.Update(function.Change{Description: in.Description, MemoryMB: in.MemorySize}, in.RevisionId)
	return http.StatusOK, configuration(f), err
}

func publishVersion(c *call) (int, any, error) {
	var in struct{ CodeSha256, Description, RevisionId string }
	if err := c.decode(&in); err != nil {
		return 0, nil, err
	}
	f, err := c.function.Publish(in.Description, in.CodeSha256, in.RevisionId)
	return http.StatusCreated, configuration(f), err
}

// maxVersions is the largest page of ListVersionsByFunction, whatever MaxItems says.
const maxVersions = 50

// listVersions pages: a marker is the first version of the next page, which
// may be gone by then; the page then begins with the one after it.
func listVersions(c *call) (int, any, error) {
	query, limit := c.r.URL.Query(), maxVersions
	if s := query.Get("MaxItems"); s != "" {
		n, err := strconv.Atoi(s)
		if err != nil || n < 1 || n > 10_000 {
			return 0, nil, invalidParameter("MaxItems %q is not between 1 and 10,000", s)
		}
		limit = min(n, maxVersions)
	}
	versions := c.function.Versions()
	if marker := query.Get("Marker"); marker != "" {
		first, err := strconv.Atoi(marker)
		if err != nil {
			return 0, nil, invalidParameter("Marker %q was not given by ListVersionsByFunction", marker)
		}
		i := slices.IndexFunc(versions, func(v function.Configuration) bool { return versionNumber(v.Version) >= first })
		if i < 0 {
			i = len(versions)
		}
		versions = versions[i:]
	}
	var out struct {
		NextMarker string `json:",omitempty"`
		Versions   []map[string]any
	}
	if len(versions) > limit {
		out.NextMarker = versions[limit].Version
		versions = versions[:limit]
	}
	out.Versions = make([]map[string]any, 0, len(versions))
	for _, v := range versions {
		out.Versions = append(out.Versions, configuration(v))
	}
	return http.StatusOK, out, nil
}

// versionNumber puts $LATEST before every number.
func versionNumber(version string) int {
	n, err := strconv.Atoi(version)
	if err != nil {
		return 0
	}
	return n
}

func getAlias(c *call) (int, any, error) {
	a, err := c.function.Alias(c.last)
	return http.StatusOK, alias(a), err
}

func updateAlias(c *call) (int, any, error) {
	var in struct {
		Description, FunctionVersion *string
		RevisionId                   string
		RoutingConfig                *struct {
			AdditionalVersionWeights map[string]float64
		}
	}
	if err := c.decode(&in); err != nil {
		return 0, nil, err
	}
	change := function.AliasChange{Version: in.FunctionVersion, Description: in.Description}
	if in.RoutingConfig != nil {
		change.Weights = in.RoutingConfig.AdditionalVersionWeights
		if change.Weights == nil {
			change.Weights = map[string]float64{}
		}
	}
	a, err := c.function.UpdateAlias(c.last, change, in.RevisionId)
	return http.StatusOK, alias(a), err
}

// deleteFunction deletes a version. What AWS does without a qualifier, delete
// the whole function, is no part of a run and refused.
func deleteFunction(c *call) (int, any, error) {
	if n, err := strconv.Atoi(c.qualifier); err != nil || n < 1 {
		return 0, nil, invalidParameter("the local executor deletes versions only: DeleteFunction needs the number of one as Qualifier, not %q", c.qualifier)
	}
	return http.StatusNoContent, nil, c.function.DeleteVersion(c.qualifier)
}

func getFunctionConcurrency(c *call) (int, any, error) {
	out := map[string]any{}
	if n := c.function.ReservedConcurrency(); n != nil {
		out["ReservedConcurrentExecutions"] = *n
	}
	return http.StatusOK, out, nil
}

func getAccountSettings(c *call) (int, any, error) {
	var size int64
	unreserved := c.api.concurrency
	for _, f := range c.api.functions {
		if n := f.ReservedConcurrency(); n != nil {
			unreserved -= *n
		}
		for _, v := range f.Versions() {
			size += v.CodeSize
		}
	}
	return http.StatusOK, map[string]any{
		"AccountLimit": map[string]any{
			"CodeSizeUnzipped": 250 << 20, "CodeSizeZipped": 50 << 20, "TotalCodeSize": int64(75 << 30),
			"ConcurrentExecutions": c.api.concurrency, "UnreservedConcurrentExecutions": unreserved,
		},
		"AccountUsage": map[string]any{"FunctionCount": len(c.api.functions), "TotalCodeSize": size},
	}, nil
}
