package assembly

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestAssetPaths(t *testing.T) {
	outside := filepath.Join(t.TempDir(), "outside")
	if err := os.MkdirAll(outside, 0o755); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct{ name, path, warning string }{
		{"missing", "nothing", `the asset "nothing" is missing`},
		{"empty", "", "leads out of the assembly"},
		{"up", "../outside", "leads out of the assembly"},
		{"up and down", "code/../../outside", "leads out of the assembly"},
		{"absolute", outside, "leads out of the assembly"},
		{"symbolic link", "link", "path escapes"},
		{"below a symbolic link", "link/sub", "path escapes"},
	} {
		t.Run(c.name, func(t *testing.T) {
			dir := assemble(t, function(plainCode), map[string]string{
				"a.json": `{"files":{"1":{"source":{"path":"` + c.path + `"},"destinations":{"x":{"objectKey":"code-key.zip"}}}}}`})
			if err := os.Symlink(outside, filepath.Join(dir, "link")); err != nil {
				t.Fatal(err)
			}
			s := load(t, dir)
			if len(s.Functions) != 0 {
				t.Errorf("got code %s, want no function", s.Functions[0].CodeDir)
			}
			wantWarning(t, s, c.warning)
		})
	}

	t.Run("command", func(t *testing.T) {
		s := load(t, assemble(t, function(plainCode), map[string]string{
			"a.json": `{"files":{"1":{"source":{"executable":["rm"]},"destinations":{"x":{"objectKey":"code-key.zip"}}}}}`}))
		wantWarning(t, s, "made by a command")
	})
	t.Run("link as shipped folder", func(t *testing.T) {
		dir := assemble(t, function(plainCode), nil)
		if err := os.Symlink(outside, filepath.Join(dir, "code", ".shipped")); err != nil {
			t.Fatal(err)
		}
		if f := load(t, dir).Functions[0]; f.ShippedDir != f.CodeDir {
			t.Errorf("got %q, want %q", f.ShippedDir, f.CodeDir)
		}
	})
}

func TestBrokenAssembly(t *testing.T) {
	artifact := func(typ, properties string) string {
		return `{"artifacts":{"A":{"type":"` + typ + `","properties":{` + properties + `}}}}`
	}
	for _, c := range []struct {
		name, want string
		files      map[string]string
	}{
		{"no template", "no such file", map[string]string{"manifest.json": artifact("aws:cloudformation:stack", `"templateFile":"x.json"`)}},
		{"template outside", "leads out", map[string]string{"manifest.json": artifact("aws:cloudformation:stack", `"templateFile":"../x.json"`)}},
		{"template is a folder", "no regular file", map[string]string{"manifest.json": artifact("aws:cloudformation:stack", `"templateFile":"code"`)}},
		{"template is no JSON", "t.json: parse template", map[string]string{"t.json": "x"}},
		{"template is a list", "t.json: parse template", map[string]string{"t.json": "[]"}},
		{"resources are a list", "an object is wanted", map[string]string{"t.json": `{"Resources":[]}`}},
		{"logical id", "is no logical id", map[string]string{"t.json": `{"Resources":{"a/b":{}}}`}},
		{"stack's name", "is no name of a stack", map[string]string{"manifest.json": artifact("aws:cloudformation:stack", `"stackName":"a:b","templateFile":"t.json"`)}},
		{"stage outside", "leads out", map[string]string{"manifest.json": artifact("cdk:cloud-assembly", `"directoryName":".."`)}},
		{"stage in itself", "nested in each other", map[string]string{"manifest.json": artifact("cdk:cloud-assembly", `"directoryName":"."`)}},
		{"stage without manifest", "stage is not a cloud assembly", map[string]string{"manifest.json": artifact("cdk:cloud-assembly", `"directoryName":"stage"`)}},
		{"assets outside", "leads out", map[string]string{"manifest.json": artifact("cdk:asset-manifest", `"file":"/a.json"`)}},
	} {
		t.Run(c.name, func(t *testing.T) {
			a, err := Load(assemble(t, `{}`, c.files))
			if err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("got %v and %v, want an error with %q", a, err, c.want)
			}
		})
	}
}

// TestNestedInItself has a nested stack whose template is its parent's.
func TestNestedInItself(t *testing.T) {
	s := load(t, assemble(t, `{"Resources":{
		"N":{"Type":"AWS::CloudFormation::Stack","Properties":{"TemplateURL":"https://s3/b/t-key.json","Parameters":{"P":{"Fn::Join":["",[{"Ref":"P"},{"Ref":"P"}]]}}}},
		"M":{"Type":"AWS::CloudFormation::Stack","Properties":{"TemplateURL":"https://s3/b/t-key.json"}}},
		"Parameters":{"P":{"Type":"String","Default":"p"}},"Outputs":{"X":{"Value":{"Fn::GetAtt":["N","Outputs.X"]}}}}`, nil))
	var bounded bool
	for _, w := range s.Warnings {
		bounded = bounded || strings.Contains(w, "more than 200 nested stacks")
	}
	if !bounded {
		t.Errorf("got %d warnings, want one that says how many nested stacks are read", len(s.Warnings))
	}
}

func TestWarningsAreText(t *testing.T) {
	s := load(t, assemble(t, `{"Outputs":{"\u001b[31mX":{"Value":{"Ref":"`+strings.Repeat("x", 5000)+`"}}}}`, nil))
	if w := s.Warnings[0]; strings.ContainsRune(w, 0x1b) || len(w) > warningHead+warningTail+20 {
		t.Errorf("got %q", w)
	}
}

func TestConditionalResources(t *testing.T) {
	s := load(t, assemble(t, `{"Parameters":{"Open":{"Type":"String"}},
		"Conditions":{"No":{"Fn::Equals":["a","b"]},"Unknown":{"Fn::Equals":[{"Ref":"Open"},"b"]}},
		"Resources":{
		"Gone":{"Type":"AWS::Lambda::Function","Condition":"No","Properties":{`+plainCode+`}},
		"Doubt":{"Type":"AWS::Lambda::Function","Condition":"Unknown","Properties":{`+plainCode+`}},
		"Here":{"Type":"AWS::Lambda::Function","Properties":{`+plainCode+`}}},
		"Outputs":{"Gone":{"Condition":"No","Value":"x"}}}`, nil))
	if len(s.Functions) != 1 || s.Functions[0].LogicalID != "Here" {
		t.Errorf("got %d functions, want Here alone", len(s.Functions))
	}
	wantWarning(t, s, `Doubt (AWS::Lambda::Function): condition "Unknown"`)
}
