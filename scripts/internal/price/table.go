package price

import (
	"bytes"
	_ "embed"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"time"
)

// builtin is the list price of Regions, in the format that Read reads. It was taken
// from public copies in November 2026, since there is no line to AWS's price list
// where coldcrank is made:
//
//   - Lambda, all Regions but the next two lines: the rates of AWS's calculator
//     (calculator.aws/pricing/2.0/meteredUnitMaps/lambda/USD/current/lambda.json) as
//     kept in remotion-dev/remotion, packages/lambda/src/pricing/price-per-1-s.ts.
//     Five Regions were compared with artillery's lib/platform/aws-lambda/prices.js.
//   - us-east-1: https://aws.amazon.com/lambda/pricing/, whose examples the tests
//     compute, and for provisioned concurrency on arm64 the usage types
//     Lambda-Provisioned-Concurrency-ARM and Lambda-Provisioned-GB-Second-ARM of AWS's
//     price list.
//   - HTTP APIs, us-east-1: https://aws.amazon.com/api-gateway/pricing/.
//
// What could not be found is not there: of HTTP APIs and of provisioned concurrency
// on arm64 the table knows us-east-1 only.
//
//go:embed prices.json
var builtin []byte

// Table is the list price of Regions.
type Table struct {
	Date    string            `json:"date"`   // when it was taken, 2006-01-02
	Source  string            `json:"source"` // where from, in words
	Regions map[string]Prices `json:"regions"`
}

// Prices are those of one Region in USD, of the first tier, without free tiers.
type Prices struct {
	RequestsPerMillion     float64  `json:"requestsPerMillion"`
	HTTPRequestsPerMillion *float64 `json:"httpRequestsPerMillion,omitempty"` // of an HTTP API; nil: not known
	ARM64                  *Rates   `json:"arm64,omitempty"`                  // nil: not known, or not there
	X86                    *Rates   `json:"x86_64,omitempty"`
}

// Rates are USD per GB-second, of 1,024 MB. What is not known is nil.
type Rates struct {
	Duration            float64  `json:"duration"`
	Provisioned         *float64 `json:"provisioned,omitempty"`         // kept ready, used or not
	ProvisionedDuration *float64 `json:"provisionedDuration,omitempty"` // duration in what is kept ready
}

// Builtin is the table that comes with the command. Each caller has its own.
func Builtin() *Table {
	t, err := Read(bytes.NewReader(builtin))
	if err != nil {
		panic("price: the table that is built in: " + err.Error()) // a test reads it
	}
	return t
}

// Read reads a table as JSON. It refuses fields that it does not know, since a
// price under a wrong name would count as unknown, and prices that are not above zero.
func Read(r io.Reader) (*Table, error) {
	d := json.NewDecoder(r)
	d.DisallowUnknownFields()
	t := new(Table)
	if err := d.Decode(t); err != nil {
		return nil, err
	}
	if _, err := d.Token(); err != io.EOF {
		return nil, errors.New("more after the table")
	}
	if _, err := time.Parse(time.DateOnly, t.Date); err != nil {
		return nil, fmt.Errorf("date %q is not a day such as 2026-11-26", t.Date)
	}
	if t.Source == "" {
		return nil, errors.New("source is empty: say where the prices come from")
	}
	for _, region := range slices.Sorted(maps.Keys(t.Regions)) {
		if err := t.Regions[region].check(); err != nil {
			return nil, fmt.Errorf("region %s: %w", region, err)
		}
	}
	return t, nil
}

func (p Prices) check() error {
	if p.ARM64 == nil && p.X86 == nil {
		return errors.New("neither arm64 nor x86_64")
	}
	given := []*float64{&p.RequestsPerMillion, p.HTTPRequestsPerMillion}
	for _, r := range []*Rates{p.ARM64, p.X86} {
		if r != nil {
			given = append(given, &r.Duration, r.Provisioned, r.ProvisionedDuration)
			if (r.Provisioned == nil) != (r.ProvisionedDuration == nil) {
				return errors.New("provisioned and provisionedDuration belong together")
			}
		}
	}
	for _, v := range given {
		if v != nil && *v <= 0 {
			return fmt.Errorf("price %g is not above zero", *v)
		}
	}
	return nil
}

// Rates are those of an architecture, arm64 or x86_64; nil where none are known.
func (p Prices) Rates(architecture string) *Rates {
	if architecture == arm64 {
		return p.ARM64
	}
	return p.X86
}

// UnknownRegionError says that a table has no price of a Region.
type UnknownRegionError struct{ Region, Date string }

func (e *UnknownRegionError) Error() string {
	return fmt.Sprintf("no price of Region %s is known (table of %s): give one with --prices FILE", e.Region, e.Date)
}

// In are the prices of a Region, or an *UnknownRegionError.
func (t *Table) In(region string) (Prices, error) {
	p, ok := t.Regions[region]
	if !ok {
		return Prices{}, &UnknownRegionError{Region: region, Date: t.Date}
	}
	return p, nil
}
