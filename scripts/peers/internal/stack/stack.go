// Package stack makes a cloud assembly of one benchmark API without the CDK: as
// much of one as the local executor reads.
package stack

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"

	"github.com/coldcrank/coldcrank/infra/outputs"
)

// What a stack's parts are named.
const (
	Target       = "Peers/Function"
	FunctionLogs = "/peers/function"

	name       = "Peers"
	accessLogs = "/aws/vendedlogs/peers"
	path       = "/health"
	route      = "GET " + path
	bucket     = "assets"
)

// Function is the function of a stack.
type Function struct {
	Executable  string // for this machine
	MemoryMB    int
	Environment map[string]string
}

// Build builds the main package of an import path for this machine, as the CDK
// construct builds functions.
func Build(ctx context.Context, importPath, file string) error {
	cmd := exec.CommandContext(ctx, "go", "build", "-trimpath", "-buildvcs=false", "-ldflags=-s -w -buildid=", "-o", file, importPath)
	cmd.Env = append(os.Environ(), "CGO_ENABLED=0", "GOFLAGS=")
	if out, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("build %s: %w\n%s", importPath, err, out)
	}
	return nil
}

type object = map[string]any

// Write makes a cloud assembly in a folder that is there and empty. Its one route
// is GET /health.
func Write(dir string, f Function) error {
	asset := filepath.Join(dir, "asset.function")
	if err := os.Mkdir(asset, 0o755); err != nil {
		return err
	}
	code, err := os.ReadFile(f.Executable)
	if err != nil {
		return err
	}
	if err := os.WriteFile(filepath.Join(asset, "bootstrap"), code, 0o755); err != nil {
		return err
	}
	for file, content := range map[string]object{
		"manifest.json": {
			"version": "54.0.0",
			"artifacts": object{
				name + ".assets": object{"type": "cdk:asset-manifest", "properties": object{"file": name + ".assets.json"}},
				name: object{
					"type": "aws:cloudformation:stack", "environment": "aws://123456789012/eu-central-1",
					"properties": object{"templateFile": name + ".template.json"}, "dependencies": []string{name + ".assets"},
				},
			},
		},
		name + ".assets.json": {
			"version": "54.0.0",
			"files": object{"function": object{
				"source":       object{"path": "asset.function", "packaging": "zip"},
				"destinations": object{"here": object{"bucketName": bucket, "objectKey": "function.zip"}},
			}},
			"dockerImages": object{},
		},
		name + ".template.json": {"Resources": resources(f), "Outputs": values()},
	} {
		data, err := json.MarshalIndent(content, "", "  ")
		if err != nil {
			return err
		}
		if err := os.WriteFile(filepath.Join(dir, file), data, 0o644); err != nil {
			return err
		}
	}
	return nil
}

func ref(id string) object            { return object{"Ref": id} }
func att(id, attribute string) object { return object{"Fn::GetAtt": []string{id, attribute}} }

func resource(kind string, properties object) object {
	return object{"Type": "AWS::" + kind, "Properties": properties}
}

func resources(f Function) object {
	architecture := "x86_64"
	if runtime.GOARCH == "arm64" {
		architecture = "arm64"
	}
	return object{
		"Function": resource("Lambda::Function", object{
			"FunctionName": "function", "Architectures": []string{architecture}, "Handler": "bootstrap", "Runtime": "provided.al2023",
			"Code": object{"S3Bucket": bucket, "S3Key": "function.zip"}, "Role": "arn:aws:iam::123456789012:role/function",
			"MemorySize": f.MemoryMB, "Timeout": 29, "Environment": object{"Variables": f.Environment},
			"LoggingConfig": object{"LogFormat": "JSON", "SystemLogLevel": "INFO", "ApplicationLogLevel": "INFO", "LogGroup": ref("FunctionLogs")},
		}),
		"FunctionLogs": resource("Logs::LogGroup", object{"LogGroupName": FunctionLogs}),
		"AccessLogs":   resource("Logs::LogGroup", object{"LogGroupName": accessLogs}),
		"Version":      resource("Lambda::Version", object{"FunctionName": ref("Function")}),
		"Alias":        resource("Lambda::Alias", object{"FunctionName": ref("Function"), "FunctionVersion": att("Version", "Version"), "Name": "bench"}),
		"Api":          resource("ApiGatewayV2::Api", object{"Name": "Peers", "ProtocolType": "HTTP"}),
		"Integration": resource("ApiGatewayV2::Integration", object{
			"ApiId": ref("Api"), "IntegrationType": "AWS_PROXY", "IntegrationUri": ref("Alias"), "PayloadFormatVersion": "2.0",
		}),
		"Route": resource("ApiGatewayV2::Route", object{
			"ApiId": ref("Api"), "RouteKey": route, "AuthorizationType": "NONE",
			"Target": object{"Fn::Join": []any{"/", []any{"integrations", ref("Integration")}}},
		}),
		"Stage": resource("ApiGatewayV2::Stage", object{
			"ApiId": ref("Api"), "StageName": "$default", "AutoDeploy": true,
			"AccessLogSettings": object{"DestinationArn": att("AccessLogs", "Arn"), "Format": outputs.AccessLogFormat()},
		}),
	}
}

func values() object {
	all := object{}
	for field, value := range map[outputs.Field]any{
		outputs.URL:          object{"Fn::Join": []any{"", []any{att("Api", "ApiEndpoint"), path}}},
		outputs.Route:        route,
		outputs.FunctionName: ref("Function"),
		outputs.Alias:        "bench",
		outputs.Version:      att("Version", "Version"),
		outputs.FunctionLogs: ref("FunctionLogs"),
		outputs.AccessLogs:   ref("AccessLogs"),
		outputs.DeploymentID: "d0",
		outputs.Region:       ref("AWS::Region"),
	} {
		all[outputs.LogicalID("Function", field)] = object{"Value": value}
	}
	return all
}
