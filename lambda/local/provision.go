package local

import (
	"context"
	"fmt"
)

// provision initializes the environments that aliases keep provisioned. What could
// not be initialized is a warning: requests meet environments on demand then.
func (x *loaded) provision(ctx context.Context) error {
	for _, f := range x.functions {
		if err := f.Provision(ctx); err != nil {
			return err
		}
		for _, a := range f.Aliases() {
			p, ok, err := f.Provisioned(a.Name)
			if err != nil {
				return err
			}
			if ok && p.Status == "FAILED" {
				x.warnings = append(x.warnings, fmt.Sprintf("function %s, alias %s: %d of %d environments are provisioned: %s; on AWS the deployment would fail", f.Name(), a.Name, p.Allocated, p.Requested, p.Reason))
			}
		}
	}
	return nil
}
