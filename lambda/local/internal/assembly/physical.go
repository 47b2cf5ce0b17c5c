package assembly

import (
	"crypto/sha256"
	"encoding/base32"
	"encoding/hex"
	"errors"
	"fmt"
	"strconv"
	"strings"
)

// partition is where a stack is, with what follows from it.
type partition struct {
	account, region string
	name, suffix    string // aws and amazonaws.com, or those of China and GovCloud
}

// newPartition knows the partitions of "Amazon Resource Names (ARNs)", IAM User
// Guide, that have public Regions.
func newPartition(account, region string) *partition {
	p := &partition{account, region, "aws", "amazonaws.com"}
	switch {
	case strings.HasPrefix(region, "cn-"):
		p.name, p.suffix = "aws-cn", "amazonaws.com.cn"
	case strings.HasPrefix(region, "us-gov-"):
		p.name = "aws-us-gov"
	}
	return p
}

func (p *partition) functionARN(name string) string {
	return fmt.Sprintf("arn:%s:lambda:%s:%s:function:%s", p.name, p.region, p.account, name)
}

// apiHost is in every endpoint that AWS gives an API.
const apiHost = ".execute-api."

// apiURL is the endpoint that AWS gives an API.
func (p *partition) apiURL(id string) string {
	return "https://" + id + apiHost + p.region + "." + p.suffix
}

// pseudo is the value of a pseudo parameter ("Get AWS values using pseudo
// parameters", CloudFormation User Guide).
func (s *scope) pseudo(id string) (any, bool) {
	switch id {
	case "AWS::Region":
		return s.region, true
	case "AWS::AccountId":
		return s.account, true
	case "AWS::Partition":
		return s.partition.name, true
	case "AWS::URLSuffix":
		return s.suffix, true
	case "AWS::StackName":
		return s.name, true
	case "AWS::StackId":
		return s.stackID(), true
	case "AWS::NoValue":
		return noValue{}, true
	}
	return nil, false
}

func (s *scope) stackID() string {
	h := hex.EncodeToString(s.digest("stack id"))
	return fmt.Sprintf("arn:%s:cloudformation:%s:%s:stack/%s/%s-%s-%s-%s-%s",
		s.partition.name, s.region, s.account, s.name, h[:8], h[8:12], h[12:16], h[16:20], h[20:32])
}

// existing is the resource of that id, if its condition lets it exist.
func (s *scope) existing(id string) (*resource, error) {
	r := s.tmpl.Resources.byID[id]
	if r == nil {
		return nil, errors.New("no such parameter or resource")
	}
	if gone, err := s.leftOut(r); err != nil {
		return nil, err
	} else if gone {
		return nil, fmt.Errorf("condition %q leaves the resource out", r.Condition)
	}
	return r, nil
}

// physicalName is the name that the template gives, or one made as
// CloudFormation makes them: stack, logical id and 12 letters and digits.
func (s *scope) physicalName(id string, r *resource) (string, error) {
	property := kindOf(r.Type).property
	given, err := s.property(r, property)
	if err != nil {
		return "", fmt.Errorf("%s: %w", property, err)
	}
	if given != nil {
		return s.text(given)
	}
	return s.madeName(id, r.Type), nil
}

// madeName keeps to 64 characters, the limit of function names (63 for S3's
// buckets, which have no capitals).
func (s *scope) madeName(id, typ string) string {
	suffix := base32.StdEncoding.EncodeToString(s.digest(id))[:12]
	stack, logical := s.name, id
	if limit := 63 - len("--") - len(suffix); len(stack)+len(logical) > limit {
		stack = stack[:min(len(stack), max(limit/2, limit-len(logical)))]
		logical = logical[:min(len(logical), limit-len(stack))]
	}
	name := stack + "-" + logical + "-" + suffix
	if typ == "AWS::S3::Bucket" {
		return strings.ToLower(name)
	}
	return name
}

// digest is 20 bytes that belong to a stack and what in it.
func (s *scope) digest(what string) []byte {
	sum := sha256.Sum256([]byte(s.account + "/" + s.region + "/" + s.name + "/" + what))
	return sum[:20]
}

// shortID is an id as API Gateway gives them: lower-case letters and digits.
func (s *scope) shortID(id string, length int) string {
	const alphabet = "abcdefghijklmnopqrstuvwxyz0123456789"
	b := s.digest(id)[:length]
	for i := range b {
		b[i] = alphabet[int(b[i])%len(alphabet)]
	}
	return string(b)
}

// refResource is the Ref of a resource.
func (s *scope) refResource(id string) (any, error) {
	r, err := s.existing(id)
	if err != nil {
		return nil, err
	}
	switch r.Type {
	case "AWS::Lambda::Version":
		return s.attribute(id, "FunctionArn")
	case "AWS::Lambda::Alias":
		return s.attribute(id, "AliasArn")
	case "AWS::ApiGatewayV2::Api", "AWS::ApiGateway::RestApi":
		return s.shortID(id, 10), nil
	case "AWS::ApiGatewayV2::Integration", "AWS::ApiGatewayV2::Route":
		return s.shortID(id, 7), nil
	case "AWS::CloudFormation::Stack":
		if n := s.nested[id]; n != nil {
			return n.stackID(), nil
		}
	}
	name, err := s.physicalName(id, r)
	if err != nil {
		return nil, err
	}
	switch k := kindOf(r.Type); k.ref {
	case "":
		return name, nil
	case "arn":
		return s.arn(r.Type, name), nil
	default:
		return s.fill(k.ref, name), nil
	}
}

// attribute is Fn::GetAtt of a resource. Of types that this package does not
// run it knows ARN, URL and name; everything else is decided on AWS.
func (s *scope) attribute(id, attribute string) (any, error) {
	r, err := s.existing(id)
	if err != nil {
		return nil, err
	}
	switch r.Type + "." + attribute {
	case "AWS::Lambda::Version.Version":
		n, err := s.versionNumber(id)
		return strconv.Itoa(n), err
	case "AWS::Lambda::Version.FunctionArn":
		n, err := s.versionNumber(id)
		if err != nil {
			return nil, err
		}
		return s.qualifiedARN(r, strconv.Itoa(n))
	case "AWS::Lambda::Alias.AliasArn":
		name, err := s.requiredText(r, "Name")
		if err != nil {
			return nil, err
		}
		return s.qualifiedARN(r, name)
	case "AWS::ApiGatewayV2::Api.ApiId", "AWS::ApiGateway::RestApi.RestApiId":
		return s.shortID(id, 10), nil
	case "AWS::ApiGatewayV2::Api.ApiEndpoint":
		return s.apiURL(s.shortID(id, 10)), nil
	}
	if n := s.nested[id]; n != nil {
		if name, ok := strings.CutPrefix(attribute, "Outputs."); ok {
			return n.output(name)
		}
	}
	k := kindOf(r.Type)
	last := r.Type[strings.LastIndex(r.Type, ":")+1:]
	switch attribute {
	case "Arn", last + "Arn", k.property, last + "Url":
	default:
		return nil, errors.New("the attribute's value is known on AWS only")
	}
	name, err := s.physicalName(id, r)
	switch {
	case err != nil:
		return nil, err
	case attribute == k.property:
		return name, nil
	case attribute == last+"Url" && strings.HasPrefix(k.ref, "https:"):
		return s.fill(k.ref, name), nil
	case attribute == last+"Url":
		return nil, errors.New("the attribute's value is known on AWS only")
	}
	return s.arn(r.Type, name), nil
}

// qualifiedARN is the ARN of a version or alias of the function that r names.
func (s *scope) qualifiedARN(r *resource, qualifier string) (any, error) {
	name, err := s.requiredText(r, "FunctionName")
	if err != nil {
		return nil, err
	}
	arn, _, err := s.parseFunction(name)
	return arn + ":" + qualifier, err
}

// parseFunction reads the ways in which a function is named: name or ARN, each
// with or without a qualifier ("Lambda resource format in policies", Lambda
// Developer Guide), also within API Gateway's invocation URI.
func (s *scope) parseFunction(t string) (arn, qualifier string, err error) {
	if _, inner, ok := strings.Cut(t, ":lambda:path/2015-03-31/functions/"); ok {
		t = strings.TrimSuffix(inner, "/invocations")
	}
	if !strings.HasPrefix(t, "arn:") {
		name, qualifier, _ := strings.Cut(t, ":")
		return s.functionARN(name), qualifier, nil
	}
	parts := strings.Split(t, ":")
	if len(parts) < 7 || len(parts) > 8 || parts[2] != "lambda" || parts[5] != "function" {
		return "", "", fmt.Errorf("%q names no function", t)
	}
	if len(parts) == 8 {
		qualifier = parts[7]
	}
	return strings.Join(parts[:7], ":"), qualifier, nil
}

// versionNumber counts the versions of each function in the template's order.
func (s *scope) versionNumber(id string) (int, error) {
	_, err := s.once("version numbers", func() (any, error) {
		s.versions = map[string]int{}
		last := map[string]int{}
		for _, id := range s.tmpl.Resources.order {
			if s.tmpl.Resources.byID[id].Type != "AWS::Lambda::Version" {
				continue
			}
			r, err := s.existing(id)
			if err != nil {
				continue // it is reported where the version itself is read
			}
			name, err := s.requiredText(r, "FunctionName")
			if err != nil {
				continue
			}
			arn, _, err := s.parseFunction(name)
			if err != nil {
				continue
			}
			last[arn]++
			s.versions[id] = last[arn]
		}
		return nil, nil
	})
	if err != nil {
		return 0, err
	}
	if n := s.versions[id]; n > 0 {
		return n, nil
	}
	return 0, errors.New("the version's function is not known")
}
