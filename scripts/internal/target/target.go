// Package target finds what a run measures: the benchmark APIs that outputs
// files or stacks describe, each with the AWS clients that reach it. Preflight
// says what stands in a run's way before anything is changed.
//
// On AWS, Region and credentials come from the SDK's default chain and from
// nowhere else. For an executor that is not AWS they are dummies, so that
// nothing of the caller's ever reaches an endpoint that a file names.
package target

import (
	"cmp"
	"context"
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"encoding/hex"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	v4 "github.com/aws/aws-sdk-go-v2/aws/signer/v4"
	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs"
	"github.com/aws/aws-sdk-go-v2/service/lambda"
	"github.com/aws/aws-sdk-go-v2/service/sts"

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
	Direct   bool              // requests are Lambda's Invoke, not the API's
	Ref      string            // of the base of a comparison: what it is, such as a git ref; else empty

	// MemoryMB is the memory size with which it is measured, where a run turns the
	// dial; 0: the one that it has.
	MemoryMB int

	// Provisioned is how many environments the alias keeps initialized ahead, as
	// Preflight has found.
	Provisioned int

	Lambda      *lambda.Client
	Logs        *cloudwatchlogs.Client
	STS         *sts.Client
	Credentials aws.CredentialsProvider // of Sign
	TLS         *tls.Config             // of requests to the API; nil: the system's roots

	LogsPoll  time.Duration // between two calls for logs
	StatePoll time.Duration // between two looks at a state that settles
	Patience  time.Duration // how long logs may be late
	Settle    time.Duration // how long an alias may take to settle after a move

	profile string // of the AWS configuration; empty for the default chain's
}

// String is Stack/Name, for the base of a comparison Stack/Name@ref and with a memory
// size of the run's Stack/Name@512MB: what results and journals know it by.
func (t *Target) String() string {
	if t.MemoryMB != 0 {
		return t.Target.String() + "@" + strconv.Itoa(t.MemoryMB) + "MB"
	}
	if t.Ref != "" {
		return t.Target.String() + "@" + t.Ref
	}
	return t.Target.String()
}

// With is the same target, measured with a memory size of the run's; 0: its own.
func (t *Target) With(memoryMB int) *Target {
	with := *t
	with.MemoryMB = memoryMB
	return &with
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
	t.STS = sts.NewFromConfig(cfg)
	return nil
}

func (t *Target) config(ctx context.Context) (aws.Config, error) {
	t.LogsPoll, t.StatePoll, t.Patience, t.Settle = awsLogsPoll, awsStatePoll, awsPatience, awsSettle
	x := t.Executor
	if x == nil {
		return awsConfig(ctx, t.profile, t.Region)
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
	t.Settle = 0                                                        // it moves an alias at once
	for _, u := range []string{x.Endpoint, cmp.Or(t.URL, x.Endpoint)} { // a function without an API has no URL
		if !loopback(u) {
			return aws.Config{}, fmt.Errorf("executor %q is not on this machine: %s", x.Name, u)
		}
	}
	if x.Certificate != "" {
		roots := x509.NewCertPool()
		if !roots.AppendCertsFromPEM([]byte(x.Certificate)) {
			return aws.Config{}, fmt.Errorf("executor %q: its certificate is not PEM", x.Name)
		}
		t.TLS = &tls.Config{RootCAs: roots}
	}
	return aws.Config{
		Region:       t.Region,
		HTTPClient:   plainBodies{httpClient()},
		BaseEndpoint: aws.String(x.Endpoint),
		Credentials:  credentials.NewStaticCredentialsProvider(x.Name, x.Name, ""),
	}, nil
}

// awsConfig is the SDK's own configuration, with a profile and a Region where
// they are not empty.
func awsConfig(ctx context.Context, profile, region string) (aws.Config, error) {
	options := []func(*config.LoadOptions) error{config.WithSharedConfigProfile(profile), config.WithHTTPClient(httpClient())}
	if region != "" {
		options = append(options, config.WithRegion(region))
	}
	cfg, err := config.LoadDefaultConfig(ctx, options...)
	if absent, ok := errors.AsType[config.SharedConfigProfileNotExistError](err); ok {
		return aws.Config{}, fmt.Errorf("AWS configuration: %w: %s", ErrNoProfile, absent.Profile)
	}
	if err != nil {
		return aws.Config{}, fmt.Errorf("AWS configuration: %w", err)
	}
	if cfg.Region == "" {
		return aws.Config{}, fmt.Errorf("AWS configuration: %w", ErrNoRegion)
	}
	if outputs.Region.Check(cfg.Region) != nil { // which the SDK would say of every call
		return aws.Config{}, fmt.Errorf("AWS configuration: %w: %q", ErrBadRegion, cfg.Region)
	}
	cfg.HTTPClient = plainBodies{cfg.HTTPClient} // only now: AWS_CA_BUNDLE wants the SDK's own client
	return cfg, nil
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

// exposed reports whether others on the way could read signed requests to an
// address, and with them a session token. The caller's credentials go nowhere but to
// AWS and to what its outputs name, where only the latter can be without TLS.
func (t *Target) exposed(to *url.URL) bool {
	return t.Executor == nil && !t.Direct && t.Auth == outputs.AuthIAM && to.Scheme != "https" && !loopback(to.String())
}

// Sign signs a request with SigV4 where the target's route asks for it, and
// every direct one. The request's body must be body. On AWS it refuses to sign for
// another machine what is not sent by https.
func (t *Target) Sign(ctx context.Context, r *http.Request, body []byte, now time.Time) error {
	service := "execute-api"
	switch {
	case t.Direct:
		service = "lambda"
	case t.Auth != outputs.AuthIAM:
		return nil
	case t.exposed(r.URL):
		return fmt.Errorf("sign: %s is not https", r.URL.Redacted())
	}
	c, err := t.Credentials.Retrieve(ctx)
	if err != nil {
		return fmt.Errorf("sign: %w", err)
	}
	sum := sha256.Sum256(body)
	if err := v4.NewSigner().SignHTTP(ctx, c, r, hex.EncodeToString(sum[:]), service, t.Region, now); err != nil {
		return fmt.Errorf("sign: %w", err)
	}
	return nil
}
