package recycle

import (
	"net/http"
	"strconv"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
)

func (p *plane) updateAlias(w http.ResponseWriter, in input) {
	p.note("UpdateAlias %s", aws.ToString(in.FunctionVersion))
	if aws.ToString(in.RevisionId) != p.alias.revision {
		deny(w, http.StatusPreconditionFailed, "PreconditionFailedException", "The RevisionId provided does not match")
		return
	}
	old := p.alias.version
	if in.FunctionVersion != nil {
		p.alias.version = *in.FunctionVersion
	}
	if n, err := strconv.Atoi(p.alias.version); err == nil && (p.versions[n] == nil || p.versions[n].state == "Pending") {
		p.t.Errorf("the alias goes to version %d, which cannot be invoked", n)
	}
	p.leftAt[old] = time.Now()
	if in.Description != nil {
		p.alias.description = *in.Description
	}
	if in.RoutingConfig != nil {
		p.alias.weights = in.RoutingConfig.AdditionalVersionWeights
		if len(p.alias.weights) == 0 {
			p.alias.weights = nil
		}
	}
	p.alias.revision = p.revision()
	p.alias.looks, p.alias.transient = p.aliasLooks, map[string]float64{old: 1}
	p.writeAlias(w)
}

func (p *plane) shown() map[string]float64 {
	if p.alias.looks > 0 {
		return p.alias.transient
	}
	return p.alias.weights
}

func (p *plane) writeAlias(w http.ResponseWriter) {
	m := map[string]any{"Name": "bench", "FunctionVersion": p.alias.version, "Description": p.alias.description, "RevisionId": p.alias.revision}
	if shown := p.shown(); len(shown) > 0 {
		m["RoutingConfig"] = map[string]any{"AdditionalVersionWeights": shown}
	}
	write(w, http.StatusOK, m)
}
