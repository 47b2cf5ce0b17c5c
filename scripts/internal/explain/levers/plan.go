package levers

import (
	"context"
	"errors"
	"fmt"

	"github.com/coldcrank/coldcrank/scripts/internal/explain/variant"
)

// norpc leaves out of aws-lambda-go what the go1.x runtime needed, with net/rpc:
// https://docs.aws.amazon.com/lambda/latest/dg/golang-package.html
const norpc = "lambda.norpc"

// plan builds what the function is compared with:
//
//   - itself, built once more, so that all are built alike;
//   - with the tag that it lacks;
//   - idle: all packages that it imports, and nothing done before its loop;
//   - bare: the same client and nothing else, and the same on lambda/ric.
func (b *bench) plan(ctx context.Context) error {
	client := variant.LambdaGo
	switch s := b.source; {
	case s.Links(variant.LambdaGo):
	case s.Links(variant.RIC):
		client = variant.RIC
	default:
		return errors.New("it links neither aws-lambda-go nor lambda/ric: there is nothing to build it on once more")
	}
	itself, err := b.build(ctx, variant.Change{})
	if err != nil {
		return err
	}
	var tags []string
	if client == variant.LambdaGo && !b.source.Tagged(norpc) {
		tags = []string{norpc}
		tagged, err := b.build(ctx, variant.Change{Tags: tags})
		if err != nil {
			return err
		}
		b.try("build tag "+norpc, "build with -tags "+norpc, itself, tagged)
	}
	idle, err := b.main(ctx, client, true, nil)
	if err != nil {
		return err
	}
	b.try("work before the loop", "do at first use (sync.OnceValue) what main and its package variables do before the loop", itself, idle)
	bare, err := b.main(ctx, client, false, nil)
	if err != nil {
		return err
	}
	b.try("packages it links", fmt.Sprintf("import less: %d packages, %d without those that main imports", len(b.source.Packages), b.without(client)), idle, bare)
	return b.ric(ctx, client, bare, tags)
}

// ric tries the smallest client, where the function's module has it.
func (b *bench) ric(ctx context.Context, client string, bare int, tags []string) error {
	if client == variant.RIC {
		return nil
	}
	if !b.source.Finds(ctx, variant.RIC) {
		b.levers.Missing = append(b.levers.Missing, "another client: the module does not have "+variant.RIC)
		return nil
	}
	var err error
	if tags != nil { // beside the tag, not once more
		if bare, err = b.main(ctx, client, false, tags); err != nil {
			return err
		}
	}
	ric, err := b.main(ctx, variant.RIC, false, nil)
	if err != nil {
		return err
	}
	b.try("client lambda/ric", "write main on "+variant.RIC+" in the place of aws-lambda-go", bare, ric)
	return nil
}

func (b *bench) main(ctx context.Context, client string, linked bool, tags []string) (int, error) {
	source, ok := b.source.Idle(client, linked)
	if !ok {
		return 0, fmt.Errorf("no main package is known on %s", client)
	}
	return b.build(ctx, variant.Change{Tags: tags, Main: source})
}

func (b *bench) try(name, advice string, of, than int) {
	b.trials = append(b.trials, trial{name, advice, of, than})
}

// without is how many packages a client alone links, itself and main.
func (b *bench) without(client string) int { return b.source.Closure(client) + 1 }
