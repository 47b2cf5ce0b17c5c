package recycle

import (
	"crypto/sha256"
	"encoding/json"
	"slices"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/lambda"
)

// fingerprint stands for what of a configuration an invocation may depend on, but for
// the memory size, which a run may change. Two rounds with differing ones measure
// different things, also where the code is the same; RevisionIds do not tell, for they
// change with the run's own changes too. It is a hash, because the configuration holds
// the function's environment variables, and stays in memory.
type fingerprint [sha256.Size]byte

func fingerprintOf(fn *lambda.GetFunctionConfigurationOutput) fingerprint {
	sorted := func(s []string) []string { return slices.Sorted(slices.Values(s)) }
	var c struct {
		Role, Handler, Runtime, KMSKey, Tracing, SnapStart, EnvironmentError any
		Timeout, Storage                                                     any
		Architectures, Logging, Image, FileSystems                           any
		Variables                                                            map[string]string
		Layers, Subnets, SecurityGroups                                      []string
	}
	c.Role, c.Handler, c.Runtime, c.KMSKey = fn.Role, fn.Handler, fn.Runtime, fn.KMSKeyArn
	c.Timeout, c.Architectures = fn.Timeout, fn.Architectures
	c.Logging, c.FileSystems = fn.LoggingConfig, fn.FileSystemConfigs
	if s := fn.EphemeralStorage; s != nil {
		c.Storage = s.Size
	}
	if t := fn.TracingConfig; t != nil {
		c.Tracing = t.Mode
	}
	if s := fn.SnapStart; s != nil {
		c.SnapStart = s.ApplyOn
	}
	if i := fn.ImageConfigResponse; i != nil {
		c.Image = i.ImageConfig
	}
	if e := fn.Environment; e != nil {
		c.Variables = e.Variables
		if e.Error != nil { // they cannot be decrypted by who asks
			c.EnvironmentError = e.Error.ErrorCode
		}
	}
	for _, l := range fn.Layers { // in their order, in which they cover each other
		c.Layers = append(c.Layers, aws.ToString(l.Arn))
	}
	if v := fn.VpcConfig; v != nil {
		c.Subnets, c.SecurityGroups = sorted(v.SubnetIds), sorted(v.SecurityGroupIds)
	}
	text, err := json.Marshal(c)
	if err != nil {
		panic(err) // strings, numbers and structs of them
	}
	return sha256.Sum256(text)
}
