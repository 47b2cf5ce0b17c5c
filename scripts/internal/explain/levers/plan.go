package levers

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/coldcrank/coldcrank/scripts/internal/explain/variant"
)

// norpc leaves out of aws-lambda-go what the go1.x runtime needed, with net/rpc:
// https://docs.aws.amazon.com/lambda/latest/dg/golang-package.html
const norpc = "lambda.norpc"

// triedImports is how many imports are tried: each is a build.
const triedImports = 4

// plan builds what the function is compared with. Trials of what was built are there
// also where it returns an error:
//
//   - itself, built once more, so that all are built alike;
//   - with the tag that it lacks;
//   - idle: all packages that it imports, and nothing done before its loop;
//   - alone: the same client and nothing else;
//   - idle without one of its imports, those that link most;
//   - idle on lambda/ric, with the imports that are not aws-lambda-go's own.
func (b *bench) plan(ctx context.Context) error {
	client := b.source.Client()
	if client == "" {
		return errors.New("it links neither aws-lambda-go nor lambda/ric: there is nothing to build it on once more")
	}
	itself := b.build(variant.Change{})
	if client == variant.LambdaGo && !b.source.Tagged(norpc) {
		tagged := b.build(variant.Change{Tags: []string{norpc}})
		b.try("build tag "+norpc, "build with -tags "+norpc, itself, tagged)
	}
	idle, err := b.main(client, b.source.Imports())
	if err != nil {
		return err
	}
	b.try("work before the loop", "leave out what main and its package variables do before the loop, or do it at first use (sync.OnceValue), where the first request does not need it", itself, idle)
	b.trials[len(b.trials)-1].moves = true
	alone, err := b.main(client, nil)
	if err != nil {
		return err
	}
	b.try("packages it links", fmt.Sprintf("import less: %d packages, %d without those that main imports", len(b.source.Packages), b.source.Closure(client)+1), idle, alone)
	if err := b.imports(client, idle); err != nil {
		return err
	}
	if err := b.ric(ctx, client, idle); err != nil {
		return err
	}
	return b.buildAll(ctx)
}

// ric tries the smallest client, where the function's module has it, with whatever
// else the function imports: what an import of it links is linked with both. There it
// has no need of the tag, whose gain is in this one's.
func (b *bench) ric(ctx context.Context, client string, idle int) error {
	if client != variant.LambdaGo {
		return nil
	}
	to, handler := variant.RIC, "a handler of bytes"
	if b.source.Types() {
		to, handler = variant.Typed, "a typed handler"
	}
	if !b.source.Finds(ctx, to) {
		b.levers.Missing = append(b.levers.Missing, "another client: the module does not have "+to)
		return nil
	}
	ric, err := b.main(to, b.source.Without())
	if err != nil {
		return err
	}
	b.try("client lambda/ric", "write main on "+to+" in the place of aws-lambda-go's packages: "+handler+", and all else that main imports; what the tag "+norpc+" gains is in it", idle, ric)
	return nil
}

func (b *bench) main(client string, imports []string) (int, error) {
	source, ok := b.source.Idle(client, imports)
	if !ok {
		return 0, fmt.Errorf("no main package is known on %s", client)
	}
	return b.build(variant.Change{Main: source}), nil
}

func (b *bench) try(name, advice string, of, than int) {
	b.trials = append(b.trials, trial{name: name, advice: advice, of: of, than: than})
}

// imports tries what it saves to do without a single import, of those that are not the
// standard library's: what others link too stays.
func (b *bench) imports(client string, idle int) error {
	all := b.source.Imports()
	paths := slices.DeleteFunc(slices.Clone(all), func(path string) bool {
		p := b.source.Package(path)
		return p == nil || p.Standard || path == client || path == variant.Entry
	})
	slices.SortStableFunc(paths, func(x, y string) int { return cmp.Compare(b.source.Closure(y), b.source.Closure(x)) })
	for _, path := range paths[:min(len(paths), triedImports)] {
		rest := slices.DeleteFunc(slices.Clone(all), func(other string) bool { return other == path })
		without, err := b.main(client, rest)
		if err != nil {
			return err
		}
		b.try("import "+short(path), "do without "+path+"; what other imports link too stays", idle, without)
	}
	return nil
}

// short is the end of an import path.
func short(path string) string {
	parts := strings.Split(path, "/")
	return strings.Join(parts[max(0, len(parts)-2):], "/")
}
