package function

import (
	"archive/zip"
	"bytes"
	"cmp"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"hash/crc32"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/coldcrank/coldcrank/lambda/local/internal/assembly"
	"github.com/coldcrank/coldcrank/lambda/local/internal/logs"
)

func TestNewRefuses(t *testing.T) {
	t.Setenv("TMPDIR", t.TempDir())
	weights := func(version string, w map[string]float64) *assembly.Function {
		return &assembly.Function{
			Name: "orders", Runtime: "provided.al2023", CodeDir: program, ShippedDir: program,
			Versions: []*assembly.Version{{Number: "1"}, {Number: "2"}},
			Aliases:  []*assembly.Alias{{Name: "bench", Version: version, Weights: w}},
		}
	}
	for _, c := range []struct {
		a    *assembly.Function
		want string
	}{
		{&assembly.Function{Name: "orders", Runtime: "provided.al2023", CodeDir: program, ShippedDir: program, LayerDirs: []string{program, program}}, "function orders: its layers (2) would have to lie under /opt"},
		{weights("3", nil), "function orders: alias bench names version 3"},
		{weights("1", map[string]float64{"3": 0.5}), "function orders: alias bench: ResourceNotFoundException"},
		{weights("1", map[string]float64{"1": 0.5}), "function orders: alias bench: InvalidParameterValueException"},
		{weights("$LATEST", map[string]float64{"1": 0.5}), "function orders: alias bench: InvalidParameterValueException"},
	} {
		f, err := New(NewHost(logs.New(), NewGate(1, nil)), c.a)
		if err == nil {
			f.Close()
		}
		if err == nil || !strings.HasPrefix(err.Error(), c.want) {
			t.Errorf("got %v, want %s…", err, c.want)
		}
	}
	folder := func(name, content string, perm os.FileMode) string {
		dir := t.TempDir()
		if err := os.WriteFile(filepath.Join(dir, name), []byte(content), perm); err != nil {
			t.Fatal(err)
		}
		return dir
	}
	for _, c := range []struct {
		runtime, dir, want string
	}{
		{"nodejs22.x", program, "function orders: runtime nodejs22.x cannot run here"},
		{"go1.x", program, "function orders: runtime go1.x cannot run here"},
		{"provided.al2", folder("main", "#!/bin/sh", 0o755), "function orders: the code has no bootstrap"},
		{"provided.al2", folder("bootstrap", "#!/bin/sh", 0o644), "function orders: bootstrap is not executable"},
		{"provided", folder("bootstrap", "hello", 0o755), "function orders: bootstrap is built for no platform"},
		{"provided", filepath.Join(program, "none"), "function orders: "},
	} {
		f, err := New(NewHost(logs.New(), NewGate(1, nil)), &assembly.Function{Name: "orders", ARN: arn, Runtime: c.runtime, CodeDir: c.dir, ShippedDir: c.dir})
		if err == nil {
			f.Close()
		}
		if err == nil || !strings.HasPrefix(err.Error(), c.want) {
			t.Errorf("%s: got %v, want %s…", c.runtime, err, c.want)
		}
	}
	if left, err := os.ReadDir(os.TempDir()); err != nil || len(left) > 0 {
		t.Errorf("left in the temporary folder: %v (%v)", left, err)
	}
}

func TestBuilt(t *testing.T) {
	elf := func(data byte, machine ...byte) []byte {
		b := make([]byte, 20)
		copy(b, "\x7fELF\x02")
		b[5] = data
		copy(b[18:], machine)
		return b
	}
	mach := func(cpu ...byte) []byte {
		return append(append([]byte{0xcf, 0xfa, 0xed, 0xfe}, cpu...), make([]byte, 12)...)
	}
	for _, c := range []struct {
		head   []byte
		want   string
		script bool
	}{
		{elf(1, 62, 0), "linux/amd64", false},
		{elf(1, 183, 0), "linux/arm64", false},
		{elf(2, 0, 22), "linux on machine 22", false},
		{mach(7, 0, 0, 1), "darwin/amd64", false},
		{mach(12, 0, 0, 1), "darwin/arm64", false},
		{[]byte("#!/bin/bash"), "", true},
		{[]byte("MZ..................."), "no platform that is known (neither ELF, Mach-O nor a script)", false},
		{nil, "no platform (it is no executable)", false},
	} {
		if got, script := built(c.head); got != c.want || script != c.script {
			t.Errorf("%.8q: got %q, %t, want %q, %t", c.head, got, script, c.want, c.script)
		}
	}
	arm := t.TempDir()
	if err := os.WriteFile(filepath.Join(arm, "bootstrap"), elf(1, 183, 0), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := runnable(arm, "linux", "arm64"); err != nil {
		t.Error(err)
	}
	if err := runnable(arm, "darwin", "arm64"); err == nil || !strings.Contains(err.Error(), "built for linux/arm64 and cannot run on darwin/arm64") {
		t.Errorf("got %v", err)
	}
}

func FuzzBuilt(f *testing.F) {
	for _, seed := range []string{"", "#!/bin/sh", "\x7fELF\x02\x01\x01\x00\x00\x00\x00\x00\x00\x00\x00\x00\x02\x00\x3e\x00", "\xcf\xfa\xed\xfe\x0c\x00\x00\x01............"} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, head []byte) {
		platform, script := built(head)
		if script != bytes.HasPrefix(head, []byte("#!")) || !script && platform == "" {
			t.Errorf("%q: got %q, %t", head, platform, script)
		}
	})
}

// The same code has the same hash whatever its times and place; the shipped
// code is not copied, and counts.
func TestCode(t *testing.T) {
	make := func(at time.Time) string {
		dir := t.TempDir()
		for name, content := range map[string]string{"bootstrap": "#!/bin/sh\nexit 1\n", "sub/data": "data", ".shipped/bootstrap": "shipped"} {
			path := filepath.Join(dir, name)
			if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(path, []byte(content), 0o755); err != nil {
				t.Fatal(err)
			}
			if err := os.Chtimes(path, at, at); err != nil {
				t.Fatal(err)
			}
		}
		return dir
	}
	take := func(dir, shipped string) *code {
		c, err := takeCode(t.TempDir(), dir, shipped)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() {
			if err := c.remove(); err != nil {
				t.Error(err)
			}
		})
		return c
	}
	one, two := make(time.Unix(1, 0)), make(time.Now())
	a, b, c := take(one, one), take(two, two), take(one, filepath.Join(one, ".shipped"))
	if a.sha256 != b.sha256 || a.size != b.size || a.size == 0 {
		t.Errorf("the same code: %+v and %+v", a, b)
	}
	if c.sha256 == a.sha256 {
		t.Error("other shipped code has the same hash")
	}
	if _, err := os.Stat(filepath.Join(a.root, ".shipped")); !os.IsNotExist(err) {
		t.Errorf("the shipped code was copied: %v", err)
	}
	for name, want := range map[string]os.FileMode{".": 0o555, "bootstrap": 0o555, "sub": 0o555, "sub/data": 0o555} {
		if info, err := os.Stat(filepath.Join(a.root, name)); err != nil || info.Mode().Perm() != want {
			t.Errorf("%s: %v (%v), want %v", name, info.Mode(), err, want)
		}
	}

	file := filepath.Join(t.TempDir(), "code.zip")
	var packed bytes.Buffer
	if err := pack(&packed, os.DirFS(one)); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(file, packed.Bytes(), 0o600); err != nil {
		t.Fatal(err)
	}
	z := take(file, file)
	if z.sha256 != a.sha256 || z.size != a.size {
		t.Errorf("from a zip file: %+v, want %+v", z, a)
	}
	got, err := os.ReadFile(filepath.Join(z.root, "sub", "data"))
	if err != nil || string(got) != "data" {
		t.Errorf("from a zip file: %q, %v", got, err)
	}
}

// zipFile writes a zip file with a bootstrap and one more entry, which says
// that it holds size bytes.
func zipFile(t *testing.T, name string, mode fs.FileMode, content string, size uint64) string {
	t.Helper()
	file := filepath.Join(t.TempDir(), "code.zip")
	out, err := os.Create(file)
	if err != nil {
		t.Fatal(err)
	}
	z := zip.NewWriter(out)
	add := func(name string, mode fs.FileMode, content string, size uint64) {
		h := &zip.FileHeader{Name: name, CompressedSize64: uint64(len(content)), UncompressedSize64: size, CRC32: crc32.ChecksumIEEE([]byte(content))}
		h.SetMode(mode)
		w, err := z.CreateRaw(h)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := io.WriteString(w, content); err != nil {
			t.Fatal(err)
		}
	}
	const script = "#!/bin/sh\n"
	add("bootstrap", 0o755, script, uint64(len(script)))
	add(name, mode, content, size)
	if err := errors.Join(z.Close(), out.Close()); err != nil {
		t.Fatal(err)
	}
	return file
}

// A path out of the zip file is one within the task root.
func TestZipCannotEscape(t *testing.T) {
	temp := t.TempDir()
	file := zipFile(t, "../../escape", 0o644, "x", 1)
	c, err := takeCode(temp, file, file)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(filepath.Join(c.root, "escape")); err != nil {
		t.Error(err)
	}
	if err := c.remove(); err != nil {
		t.Error(err)
	}
	if left, err := os.ReadDir(temp); err != nil || len(left) > 0 {
		t.Errorf("left in the temporary folder: %v (%v)", left, err)
	}
}

// TestCodeRefused: what cannot be taken as it is refused, and nothing of it
// is left.
func TestCodeRefused(t *testing.T) {
	secret := filepath.Join(t.TempDir(), "secret")
	if err := os.WriteFile(secret, []byte("secret"), 0o600); err != nil {
		t.Fatal(err)
	}
	// link is a folder with code, in which name is a link.
	link := func(name, to string) string {
		dir := t.TempDir()
		for _, folder := range []string{"sub", ".shipped"} {
			if err := os.Mkdir(filepath.Join(dir, folder), 0o755); err != nil {
				t.Fatal(err)
			}
		}
		if err := os.WriteFile(filepath.Join(dir, "bootstrap"), []byte("#!/bin/sh\n"), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.Symlink(to, filepath.Join(dir, name)); err != nil {
			t.Fatal(err)
		}
		return dir
	}
	relative, err := filepath.Rel(t.TempDir(), secret)
	if err != nil {
		t.Fatal(err)
	}
	shipped := link(".shipped/data", secret)
	large := filepath.Join(link("data", "bootstrap"), "large")
	if err := os.WriteFile(large, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Truncate(large, maxCode); err != nil { // and the bootstrap
		t.Fatal(err)
	}
	const outside = " is a link that leads to no file of the code"
	for name, c := range map[string]struct{ dir, shipped, want string }{
		"absolute":       {link("data", secret), "", "data" + outside},
		"relative":       {link("data", relative), "", "data" + outside},
		"in a subfolder": {link("sub/data", "../../x"), "", "sub/data" + outside},
		"to nothing":     {link("data", "none"), "", "data" + outside},
		"to itself":      {link("data", "data"), "", "data" + outside},
		"to a folder":    {link("data", "sub"), "", "data" + outside},
		"in the shipped": {shipped, filepath.Join(shipped, ".shipped"), "data" + outside},
		"zipped link":    {zipFile(t, "data", 0o777|fs.ModeSymlink, strings.Repeat("x", 4096), 4096), "", "data is a link to a path of more than 4095 bytes"},
		"empty link":     {zipFile(t, "data", 0o777|fs.ModeSymlink, "", 0), "", "symlink"},
		"zipped pipe":    {zipFile(t, "data", 0o777|fs.ModeNamedPipe, "", 0), "", "data is neither a file nor a folder"},
		"zip bomb":       {zipFile(t, "large", 0o644, "", maxCode), "", "larger than 250 MB"},
		"lying zip":      {zipFile(t, "large", 0o644, "more than it says", 4), "", "not a valid zip file"},
		"large folder":   {filepath.Dir(large), "", "larger than 250 MB"},
		"no zip":         {secret, "", "is neither a folder nor a zip file"},
	} {
		temp := t.TempDir()
		got, err := takeCode(temp, c.dir, cmp.Or(c.shipped, c.dir))
		if err == nil {
			got.remove()
		}
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: got %v, want …%s…", name, err, c.want)
		}
		if left, err := os.ReadDir(temp); err != nil || len(left) > 0 {
			t.Errorf("%s: left in the temporary folder: %v (%v)", name, left, err)
		}
	}

	// A link that stays within is what it leads to.
	dir := link("sub/data", "../bootstrap")
	got, err := takeCode(t.TempDir(), dir, dir)
	if err != nil {
		t.Fatal(err)
	}
	if info, err := os.Lstat(filepath.Join(got.root, "sub", "data")); err != nil || !info.Mode().IsRegular() {
		t.Errorf("a link within: %v, %v, want a file", info, err)
	}
	if err := got.remove(); err != nil {
		t.Error(err)
	}
}

// TestCodeZip runs code whose asset is a zip file: its hash is the file's own.
func TestCodeZip(t *testing.T) {
	file := filepath.Join(t.TempDir(), "code.zip")
	var packed bytes.Buffer
	z := zip.NewWriter(&packed)
	if err := z.AddFS(os.DirFS(program)); err != nil {
		t.Fatal(err)
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(file, packed.Bytes(), 0o600); err != nil {
		t.Fatal(err)
	}
	f := newFunction(t, func(a *assembly.Function) { a.CodeDir, a.ShippedDir, a.CodeZip = "", "", file })
	if r := invoke(t, f, "bench", "1"); string(r.Payload) != "1" {
		t.Errorf("got %+v", r)
	}
	c, err := f.Get("bench")
	if err != nil {
		t.Fatal(err)
	}
	sum := sha256.Sum256(packed.Bytes())
	if want := base64.StdEncoding.EncodeToString(sum[:]); c.CodeSHA256 != want || c.CodeSize != int64(packed.Len()) {
		t.Errorf("got %s, %d bytes, want %s, %d", c.CodeSHA256, c.CodeSize, want, packed.Len())
	}
}
