package function

import (
	"archive/zip"
	"crypto/sha256"
	"debug/elf"
	"debug/macho"
	"encoding/base64"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"time"

	"github.com/coldcrank/coldcrank/infra/outputs"
)

// code is a function's code: a read-only copy to run, and what a deployment
// would say of it.
type code struct {
	root   string
	sha256 string // base64, as CodeSha256
	size   int64  // bytes of the zip
}

// takeCode copies the code in dir, a folder or a zip file, into a new folder
// in temp. All of it is written and closed before anything is forked: an
// executable that another fork still holds open for writing cannot be run
// (ETXTBSY).
func takeCode(temp, dir, shipped string) (_ *code, err error) {
	c := &code{}
	if c.sha256, c.size, err = digest(shipped); err != nil {
		return nil, fmt.Errorf("read the shipped code: %w", err)
	}
	if c.root, err = os.MkdirTemp(temp, "code-"); err != nil {
		return nil, fmt.Errorf("make the task root: %w", err)
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, c.remove())
		}
	}()
	if err = copyCode(dir, c.root); err != nil {
		return nil, fmt.Errorf("copy the code: %w", err)
	}
	if err = runnable(filepath.Join(c.root, "bootstrap"), runtime.GOOS, runtime.GOARCH); err != nil {
		return nil, err
	}
	return c, nil
}

// openCode opens a folder or a zip file.
func openCode(path string) (fs.FS, io.Closer, error) {
	info, err := os.Stat(path)
	if err != nil {
		return nil, nil, err
	}
	if info.IsDir() {
		return os.DirFS(path), io.NopCloser(nil), nil
	}
	z, err := zip.OpenReader(path)
	if err != nil {
		return nil, nil, fmt.Errorf("%s is neither a folder nor a zip file: %w", path, err)
	}
	return z, z, nil
}

func copyCode(from, to string) error {
	code, closer, err := openCode(from)
	if err != nil {
		return err
	}
	defer closer.Close()
	root, err := os.OpenRoot(to)
	if err != nil {
		return err
	}
	defer root.Close()
	var folders []string
	err = walk(code, func(name string, mode fs.FileMode) error {
		if mode.IsDir() {
			folders = append(folders, name)
			return root.Mkdir(name, 0o755)
		}
		return copyFile(root, code, name, mode.Perm()&0o555|0o444)
	})
	if err != nil {
		return err
	}
	for _, name := range folders {
		if err := root.Chmod(name, 0o555); err != nil {
			return err
		}
	}
	return os.Chmod(to, 0o555)
}

func copyFile(root *os.Root, code fs.FS, name string, perm fs.FileMode) error {
	in, err := code.Open(name)
	if err != nil {
		return err
	}
	defer in.Close()
	out, err := root.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_EXCL, perm)
	if err != nil {
		return err
	}
	if _, err := io.Copy(out, in); err != nil {
		out.Close()
		return err
	}
	return out.Close()
}

// walk visits folders and files in the order of their names, folders before
// what they hold, and a link as what it leads to.
func walk(code fs.FS, visit func(name string, mode fs.FileMode) error) error {
	return fs.WalkDir(code, ".", func(name string, d fs.DirEntry, err error) error {
		switch {
		case err != nil || name == ".":
			return err
		case name == outputs.ShippedDir && d.IsDir():
			return fs.SkipDir
		}
		info, err := fs.Stat(code, name)
		if err != nil {
			return err
		}
		if !info.Mode().IsRegular() && !d.IsDir() {
			return fmt.Errorf("%s is neither a file nor a folder", name)
		}
		return visit(name, info.Mode())
	})
}

// digest gives SHA-256 and size of the zip that holds the code: of the file
// itself where it is one, else of a zip with sorted names and a fixed time, so
// that the same code always has the same hash. The zip that a deployment
// uploads is packed by another program: its hash is another.
func digest(path string) (sum string, size int64, err error) {
	h := sha256.New()
	counted := &counter{to: h}
	if info, err := os.Stat(path); err != nil {
		return "", 0, err
	} else if info.IsDir() {
		err = pack(counted, os.DirFS(path))
		return base64.StdEncoding.EncodeToString(h.Sum(nil)), counted.n, err
	}
	f, err := os.Open(path)
	if err != nil {
		return "", 0, err
	}
	defer f.Close()
	_, err = io.Copy(counted, f)
	return base64.StdEncoding.EncodeToString(h.Sum(nil)), counted.n, err
}

func pack(w io.Writer, code fs.FS) error {
	z := zip.NewWriter(w)
	err := walk(code, func(name string, mode fs.FileMode) error {
		if mode.IsDir() {
			return nil
		}
		header := &zip.FileHeader{Name: name, Method: zip.Deflate, Modified: time.Date(1980, 1, 1, 0, 0, 0, 0, time.UTC)}
		// Of the mode only what decides whether it runs: a checkout's umask
		// must not change the hash.
		header.SetMode(0o644 | mode&0o111)
		entry, err := z.CreateHeader(header)
		if err != nil {
			return err
		}
		in, err := code.Open(name)
		if err != nil {
			return err
		}
		defer in.Close()
		_, err = io.Copy(entry, in)
		return err
	})
	if err != nil {
		return err
	}
	return z.Close()
}

type counter struct {
	to io.Writer
	n  int64
}

func (c *counter) Write(p []byte) (int, error) {
	n, err := c.to.Write(p)
	c.n += int64(n)
	return n, err
}

// remove deletes the copy.
func (c *code) remove() error {
	// Folders are read-only: make them writable from the top down.
	err := filepath.WalkDir(c.root, func(path string, d fs.DirEntry, err error) error {
		if err == nil && d.IsDir() {
			err = os.Chmod(path, 0o755)
		}
		return err
	})
	if errors.Is(err, fs.ErrNotExist) {
		return nil // removed before
	}
	if err = errors.Join(err, os.RemoveAll(c.root)); err != nil {
		return fmt.Errorf("remove the task root: %w", err)
	}
	return nil
}

// machines are the executables that a platform runs, by GOOS/GOARCH.
var machines = map[string]uint32{
	"linux/amd64":  uint32(elf.EM_X86_64),
	"linux/arm64":  uint32(elf.EM_AARCH64),
	"darwin/amd64": uint32(macho.CpuAmd64),
	"darwin/arm64": uint32(macho.CpuArm64),
}

// runnable refuses a bootstrap that this platform cannot run: an emulated time
// is no time.
func runnable(bootstrap, goos, goarch string) error {
	f, err := os.Open(bootstrap)
	if errors.Is(err, fs.ErrNotExist) {
		return errors.New("the code has no bootstrap at its top: build the program under that name")
	}
	if err != nil {
		return err
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return err
	}
	if info.Mode().Perm()&0o111 == 0 {
		return errors.New("bootstrap is not executable: chmod +x it before it is packed")
	}
	head := make([]byte, 20)
	n, err := io.ReadFull(f, head)
	if err != nil && !errors.Is(err, io.ErrUnexpectedEOF) && err != io.EOF {
		return fmt.Errorf("read bootstrap: %w", err)
	}
	platform := goos + "/" + goarch
	got, script := built(head[:n])
	if script || got == platform {
		return nil
	}
	return fmt.Errorf("bootstrap is built for %s and cannot run on %s: build it for this platform too, or give an Entry instead of Code, which is then built for both", got, platform)
}

// built says for which platform an executable's header is, or that it is a
// script. https://refspecs.linuxfoundation.org/elf/gabi4+/ch4.eheader.html
func built(head []byte) (platform string, script bool) {
	if len(head) >= 2 && string(head[:2]) == "#!" {
		return "", true
	}
	if len(head) < 20 {
		return "no platform (it is no executable)", false
	}
	goos, machine := "", uint32(0)
	switch {
	case string(head[:4]) == elf.ELFMAG:
		goos, machine = "linux", uint32(binary.LittleEndian.Uint16(head[18:]))
		if elf.Data(head[elf.EI_DATA]) == elf.ELFDATA2MSB {
			machine = uint32(binary.BigEndian.Uint16(head[18:]))
		}
	case binary.LittleEndian.Uint32(head) == macho.Magic64:
		goos, machine = "darwin", binary.LittleEndian.Uint32(head[4:])
	default:
		return "no platform that is known (neither ELF, Mach-O nor a script)", false
	}
	for platform, m := range machines {
		if m == machine && platform[:len(goos)] == goos {
			return platform, false
		}
	}
	return fmt.Sprintf("%s on machine %d", goos, machine), false
}
