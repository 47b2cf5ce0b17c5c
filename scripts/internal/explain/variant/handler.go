package variant

import (
	"errors"
	"go/ast"
	"go/importer"
	"go/parser"
	"go/token"
	"go/types"
	"io"
	"os"
	"path/filepath"
	"slices"
)

// Types reports whether the main package hands aws-lambda-go a function, whose event
// and answer it decodes and encodes by their types, and not a Handler of bytes. It is
// false where that cannot be told: where another package starts the client, or what was
// compiled cannot be read.
func (s *Source) Types() bool {
	main := s.Main()
	set := token.NewFileSet()
	var files []*ast.File
	for _, name := range slices.Concat(main.GoFiles, main.CgoFiles) {
		file, err := parser.ParseFile(set, filepath.Join(main.Dir, name), nil, parser.SkipObjectResolution)
		if err != nil {
			return false
		}
		files = append(files, file)
	}
	info := types.Info{Types: map[ast.Expr]types.TypeAndValue{}, Uses: map[*ast.Ident]types.Object{}}
	config := types.Config{
		FakeImportC: true,
		Error:       func(error) {}, // what is not known of one place does not matter to another
		Importer: importer.ForCompiler(set, "gc", func(path string) (io.ReadCloser, error) {
			if as, ok := main.ImportMap[path]; ok {
				path = as
			}
			if p := s.Package(path); p != nil && p.Export != "" {
				return os.Open(p.Export)
			}
			return nil, errors.New(path + " was not compiled")
		}),
	}
	config.Check(s.Path, set, files, &info) // its error is the first that Error has seen
	typed := false
	for _, file := range files {
		ast.Inspect(file, func(n ast.Node) bool {
			call, ok := n.(*ast.CallExpr)
			if ok && starts(call, &info) {
				_, typed = info.TypeOf(handed(call)).(*types.Signature)
			}
			return !typed
		})
	}
	return typed
}

// starts reports whether a call is one of aws-lambda-go's functions that take a handler.
func starts(call *ast.CallExpr, info *types.Info) bool {
	selector, ok := call.Fun.(*ast.SelectorExpr)
	if !ok {
		return false
	}
	f, ok := info.Uses[selector.Sel].(*types.Func)
	return ok && f.Pkg() != nil && f.Pkg().Path() == LambdaGo && slices.Contains([]string{"Start", "StartWithOptions", "StartWithContext", "StartHandlerFunc"}, f.Name())
}

// handed is the handler among a call's arguments: the first, or that after a context.
func handed(call *ast.CallExpr) ast.Expr {
	if f, ok := call.Fun.(*ast.SelectorExpr); ok && f.Sel.Name == "StartWithContext" && len(call.Args) > 1 {
		return call.Args[1]
	}
	return call.Args[0]
}
