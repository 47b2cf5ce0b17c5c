// Package target finds what a run measures: the benchmark APIs that outputs
// files describe, each with the AWS clients that reach it.
//
// On AWS, Region and credentials come from the SDK's default chain. For an
// executor that is not AWS they are dummies, so that nothing of the caller's
// ever reaches an endpoint that a file names.
package target

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	v4 "github.com/aws/aws-sdk-go-v2/aws/signer/v4"
	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs"
	"github.com/aws/aws-sdk-go-v2/service/lambda"

	"github.com/coldcrank/coldcrank/infra/outputs"
)

// Pace of the calls to AWS, where the outputs file does not set another one.
const (
	// awsLogsPoll is the time between two calls for logs: FilterLogEvents
	// admits five a second for an account and Region (CloudWatch Logs quotas).
	awsLogsPoll = 200 * time.Millisecond
	// awsStatePoll is the time between two looks at a state that settles.
	awsStatePoll = 300 * time.Millisecond
	// awsPatience is how long logs may be late before they count as missing.
	awsPatience = 180 * time.Second
	// awsSettle is how long requests that are under way may still reach the
	// version that an alias has left.
	awsSettle = 10 * time.Second
)

// onAWS is the executor's name where there is none beside AWS.
const onAWS = "aws"

// Target is one benchmark API with what is needed to measure it.
type Target struct {
	outputs.Target
	Executor *outputs.Executor // nil on AWS

	Lambda      *lambda.Client
	Logs        *cloudwatchlogs.Client
	Credentials aws.CredentialsProvider // of Sign

	LogsPoll  time.Duration // between two calls for logs
	StatePoll time.Duration // between two looks at a state that settles
	Patience  time.Duration // how long logs may be late
	Settle    time.Duration // how long an alias may take to settle after a move
}

// ErrNone is returned by Find where the files describe no target.
var ErrNone = errors.New("no target in the outputs")

// NameError is a name that Find was given and that fits no target, or several.
type NameError struct {
	Name string
	Fits []string // several targets, or all there are where none fits
	Many bool
}

func (e *NameError) Error() string {
	if e.Many {
		return fmt.Sprintf("%q fits several targets: %s", e.Name, strings.Join(e.Fits, ", "))
	}
	return fmt.Sprintf("no target is named %q; there are %s", e.Name, strings.Join(e.Fits, ", "))
}

// Find returns the targets that the outputs files describe, in the order of the
// files; with names, only those, once each and in their order: Stack/Name or,
// where it is unambiguous, Name.
// Warnings tell what in the files looked like a target and could not be read.
// Errors: ErrNone, *NameError, *outputs.SyntaxError, a file that cannot be read,
// two targets of one Stack/Name, which results could not tell apart.
func Find(ctx context.Context, files, names []string) (found []*Target, warnings []string, err error) {
	origin := map[string]string{}
	for _, name := range files {
		f, err := outputs.ReadFile(name)
		if err != nil {
			return nil, warnings, err
		}
		for _, w := range f.Warnings {
			warnings = append(warnings, name+": "+w.String())
		}
		for _, t := range f.Targets {
			if other, twice := origin[t.String()]; twice {
				return nil, warnings, fmt.Errorf("target %s is in %s and in %s: measure them in two runs", t, other, name)
			}
			origin[t.String()] = name
			found = append(found, &Target{Target: t, Executor: f.Executor})
		}
	}
	if found == nil {
		return nil, warnings, ErrNone
	}
	if len(names) > 0 {
		if found, err = pick(found, names); err != nil {
			return nil, warnings, err
		}
	}
	for _, t := range found {
		if err := t.connect(ctx); err != nil {
			return nil, warnings, fmt.Errorf("%s: %w", t, err)
		}
	}
	return found, warnings, nil
}

func pick(all []*Target, names []string) ([]*Target, error) {
	var picked []*Target
	for _, name := range names {
		var fits, every []string
		var last *Target
		for _, t := range all {
			every = append(every, t.String())
			if t.String() == name || t.Name == name {
				fits, last = append(fits, t.String()), t
			}
		}
		switch len(fits) {
		case 0:
			return nil, &NameError{Name: name, Fits: every}
		case 1:
			if !slices.Contains(picked, last) {
				picked = append(picked, last)
			}
		default:
			return nil, &NameError{Name: name, Fits: fits, Many: true}
		}
	}
	return picked, nil
}

// connect makes the target's clients and sets its pace.
func (t *Target) connect(ctx context.Context) error {
	cfg, err := t.config(ctx)
	if err != nil {
		return err
	}
	t.Credentials = cfg.Credentials
	t.Region = cfg.Region
	t.Lambda = lambda.NewFromConfig(cfg)
	t.Logs = cloudwatchlogs.NewFromConfig(cfg)
	return nil
}

func (t *Target) config(ctx context.Context) (aws.Config, error) {
	t.LogsPoll, t.StatePoll, t.Patience, t.Settle = awsLogsPoll, awsStatePoll, awsPatience, awsSettle
	x := t.Executor
	if x == nil {
		var options []func(*config.LoadOptions) error
		if t.Region != "" {
			options = append(options, config.WithRegion(t.Region))
		}
		cfg, err := config.LoadDefaultConfig(ctx, options...)
		if err != nil {
			return aws.Config{}, fmt.Errorf("AWS configuration: %w", err)
		}
		if cfg.Region == "" {
			return aws.Config{}, errors.New("AWS configuration: no Region, neither in the outputs nor in the environment")
		}
		return cfg, nil
	}
	if x.Name == "" || x.Name == onAWS {
		return aws.Config{}, fmt.Errorf("executor %q: that is no name for an executor that is not AWS", x.Name)
	}
	if t.Region == "" {
		return aws.Config{}, fmt.Errorf("executor %q: no Region in the outputs", x.Name)
	}
	if x.PollMS > 0 {
		t.LogsPoll, t.StatePoll = x.Poll(), x.Poll()
	}
	if x.PatienceMS > 0 {
		t.Patience = x.Patience()
	}
	t.Settle = 0 // it moves an alias at once
	for _, u := range []string{x.Endpoint, t.URL} {
		if !loopback(u) {
			return aws.Config{}, fmt.Errorf("executor %q is not on this machine: %s", x.Name, u)
		}
	}
	return aws.Config{
		Region:       t.Region,
		BaseEndpoint: aws.String(x.Endpoint),
		Credentials:  credentials.NewStaticCredentialsProvider(x.Name, x.Name, ""),
	}, nil
}

func loopback(rawURL string) bool {
	u, err := url.Parse(rawURL)
	if err != nil {
		return false
	}
	ip := net.ParseIP(u.Hostname())
	return u.Hostname() == "localhost" || ip != nil && ip.IsLoopback()
}

// ExecutorName is "aws", or the name that the outputs file gives.
func (t *Target) ExecutorName() string {
	if t.Executor == nil {
		return onAWS
	}
	return t.Executor.Name
}

// Method is the method of the target's route; GET where the route takes any
// ("ANY /path", "$default").
func (t *Target) Method() string {
	method, _, ok := strings.Cut(t.Route, " ")
	if !ok || method == "ANY" {
		return http.MethodGet
	}
	return method
}

// URLFor is the address for another path (and query) than the route's; with an
// empty path it is the target's own. A route with parameters has no address
// of its own and needs a path.
func (t *Target) URLFor(path string) (string, error) {
	_, route, _ := strings.Cut(t.Route, " ")
	if path == "" {
		if strings.ContainsAny(route, "{}") {
			return "", fmt.Errorf("%s: its route %q has parameters: name a path for it", t, t.Route)
		}
		return t.URL, nil
	}
	if !strings.HasPrefix(path, "/") {
		return "", fmt.Errorf("path %q does not begin with /", path)
	}
	base, ok := strings.CutSuffix(t.URL, route)
	if !ok || t.Route == "" {
		return "", fmt.Errorf("%s: its URL %s does not end in the path of its route %q: no other path can be told from it", t, t.URL, t.Route)
	}
	address := strings.TrimSuffix(base, "/") + path
	if _, err := url.Parse(address); err != nil {
		return "", fmt.Errorf("path %q: %w", path, err)
	}
	return address, nil
}

// Sign signs a request with SigV4 where the target's route asks for it. The
// request's body must be body.
func (t *Target) Sign(ctx context.Context, r *http.Request, body []byte, now time.Time) error {
	if t.Auth != outputs.AuthIAM {
		return nil
	}
	c, err := t.Credentials.Retrieve(ctx)
	if err != nil {
		return fmt.Errorf("sign: %w", err)
	}
	sum := sha256.Sum256(body)
	if err := v4.NewSigner().SignHTTP(ctx, c, r, hex.EncodeToString(sum[:]), "execute-api", t.Region, now); err != nil {
		return fmt.Errorf("sign: %w", err)
	}
	return nil
}
