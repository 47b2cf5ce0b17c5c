package awsapi

import (
	"net/http"
)

// getProvisionedConcurrency answers for an alias or a version (Lambda API
// Reference, GetProvisionedConcurrencyConfig, with its errors).
func getProvisionedConcurrency(c *call) (int, any, error) {
	if c.qualifier == "" || c.qualifier == "$LATEST" {
		return 0, nil, invalidParameter("provisioned concurrency is of a version or an alias, not of %q", c.qualifier)
	}
	p, ok, err := c.function.Provisioned(c.qualifier)
	if err != nil {
		return 0, nil, err
	}
	if !ok {
		return 0, nil, &apiError{status: http.StatusNotFound, code: "ProvisionedConcurrencyConfigNotFoundException",
			message: "No Provisioned Concurrency Config found for this function"}
	}
	out := map[string]any{
		"RequestedProvisionedConcurrentExecutions": p.Requested,
		"AllocatedProvisionedConcurrentExecutions": p.Allocated,
		"AvailableProvisionedConcurrentExecutions": p.Available,
		"Status":       p.Status,
		"LastModified": p.Modified.UTC().Format("2006-01-02T15:04:05+0000"),
	}
	if p.Reason != "" {
		out["StatusReason"] = p.Reason
	}
	return http.StatusOK, out, nil
}
