package benchapi

import (
	"context"
	"errors"
	"fmt"
	"path"
	"path/filepath"
	"reflect"
	"strings"

	"github.com/aws/aws-cdk-go/awscdk/v2/awslambda"
	"github.com/aws/aws-cdk-go/awscdk/v2/awss3assets"
	"github.com/aws/constructs-go/constructs/v10"

	"github.com/coldcrank/coldcrank/infra/internal/gobuild"
	"github.com/coldcrank/coldcrank/infra/outputs"
)

const (
	// platformContext names the platform (GOOS/GOARCH) on which the local
	// executor will run the function.
	platformContext = "coldcrank:platform"

	// noStagingContext is set by `cdk synth --no-staging`: the assembly then
	// refers to the asset where it was built (aws-cdk-lib, cx-api, app.ts).
	noStagingContext = "aws:cdk:disable-asset-staging"

	// notBuilt stands for the hash of an executable that is not built: the
	// SHA-256 of "not built".
	notBuilt = "26c164899bbbc9c3090fdfe72a95e1a2b130247eda3ddf8430e09d23696fa75f"
)

// asset is Entry, built into dir.
func (p Props) asset(scope constructs.Construct, dir string) (awslambda.Code, error) {
	// Nobody reads the code in `cdk ls`, `cdk destroy` or `cdk drift`.
	hash := notBuilt
	if *outermostStack(scope).BundlingRequired() {
		var err error
		if hash, err = p.buildAsset(scope, dir); err != nil {
			return nil, err
		}
	}
	return awslambda.Code_FromAsset(&dir, &awss3assets.AssetOptions{AssetHash: &hash}), nil
}

// staged reports whether the assembly has copies of its assets.
func staged(scope constructs.Construct) bool {
	return scope.Node().TryGetContext(new(noStagingContext)) == nil
}

// buildAsset builds Entry into dir and returns the SHA-256 of the executable
// that a deployment ships. Where a platform is named, dir has the executable
// for that platform and the shipped one beside it: hash and template are the
// same whatever machine the function will run on.
func (p Props) buildAsset(scope constructs.Construct, dir string) (hash string, err error) {
	spec := p.spec()
	shipped := dir
	if platform, ok := scope.Node().TryGetContext(new(platformContext)).(string); ok {
		native := spec
		if native.GOOS, native.GOARCH, ok = strings.Cut(platform, "/"); !ok {
			return "", fmt.Errorf("context %s=%s: give GOOS/GOARCH, for example linux/amd64", platformContext, platform)
		}
		if _, err := run(native, dir); err != nil {
			return "", err
		}
		shipped = filepath.Join(dir, outputs.ShippedDir)
	}
	b, err := run(spec, shipped)
	return b.SHA256, err
}

// spec is the build that a deployment ships.
func (p Props) spec() gobuild.Spec {
	s := gobuild.Spec{Entry: p.Entry, GOOS: "linux", GOARCH: "arm64", Tags: p.BuildTags, LDFlags: p.LDFlags}
	if s.Entry == "" {
		s.Entry = healthPackage()
		if s.Tags == nil {
			s.Tags = []string{"lambda.norpc", "nethttpomithttp2"}
		}
	}
	if *p.Architecture.Name() == *awslambda.Architecture_X86_64().Name() {
		s.GOARCH = "amd64"
	}
	return s
}

// healthPackage is the import path of lambda/health in this package's module.
func healthPackage() string {
	return path.Join(path.Dir(path.Dir(reflect.TypeFor[Props]().PkgPath())), "lambda/health")
}

// run builds s. The lines of the compiler stand by themselves, where editors
// find them.
func run(s gobuild.Spec, dir string) (gobuild.Build, error) {
	b, err := gobuild.Run(context.Background(), s, dir)
	if fault, ok := errors.AsType[*gobuild.CompileError](err); ok {
		return b, fmt.Errorf("%s does not build: mend it\n%w", s.Entry, fault)
	}
	return b, err
}
