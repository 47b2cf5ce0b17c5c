package target

import (
	"context"
	"fmt"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/lambda"
	"github.com/aws/aws-sdk-go-v2/service/lambda/types"
)

// Description is what AWS says of the function behind a target's alias.
type Description struct {
	MemoryMB     int
	Architecture string
	Runtime      string
	CodeSHA256   string // base64, of the zip
	CodeBytes    int64  // of the zip
	JSONLogs     bool   // the log format is JSON, not text
	Version      string // that the alias leads to
	SnapStart    bool   // published versions are restored from a snapshot
}

// Describe asks for the configuration that the alias runs.
func (t *Target) Describe(ctx context.Context) (Description, error) {
	out, err := t.Lambda.GetFunctionConfiguration(ctx, &lambda.GetFunctionConfigurationInput{
		FunctionName: aws.String(t.FunctionName),
		Qualifier:    aws.String(t.Alias),
	})
	if err != nil {
		return Description{}, fmt.Errorf("%s: read the function's configuration: %w", t, err)
	}
	d := Description{
		MemoryMB:     int(aws.ToInt32(out.MemorySize)),
		Architecture: string(types.ArchitectureX8664),
		Runtime:      string(out.Runtime),
		CodeSHA256:   aws.ToString(out.CodeSha256),
		CodeBytes:    out.CodeSize,
		JSONLogs:     out.LoggingConfig != nil && out.LoggingConfig.LogFormat == types.LogFormatJson,
	}
	d.Version = aws.ToString(out.Version)
	d.SnapStart = out.SnapStart != nil && out.SnapStart.ApplyOn == types.SnapStartApplyOnPublishedVersions
	if len(out.Architectures) > 0 {
		d.Architecture = string(out.Architectures[0])
	}
	return d, nil
}
