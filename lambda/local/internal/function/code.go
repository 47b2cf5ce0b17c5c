package function

import (
	"archive/zip"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"time"

	"github.com/coldcrank/coldcrank/infra/outputs"
	"github.com/coldcrank/coldcrank/lambda/local/internal/tree"
)

// code is a function's code: a read-only copy to run, and what a deployment
// would say of it.
type code struct {
	root   string
	opt    string // the layers, one over the other; empty: there are none
	sha256 string // base64, as CodeSha256
	size   int64  // bytes of the zip
	// foreign says why this machine cannot run it: it is built for another platform.
	foreign error
}

// takeCode copies the code in dir and the layers, folders or zip files, into
// new folders in temp. All of it is written and closed before anything is
// forked: an executable that another fork still holds open for writing cannot
// be run (ETXTBSY).
func takeCode(temp, dir, shipped string, layers ...string) (_ *code, err error) {
	c := &code{}
	if c.sha256, c.size, err = digest(shipped); err != nil {
		return nil, fmt.Errorf("read the shipped code: %w", err)
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, c.remove())
		}
	}()
	if c.root, err = os.MkdirTemp(temp, "code-"); err != nil {
		return nil, fmt.Errorf("make the task root: %w", err)
	}
	left := int64(maxCode)
	if err = copyCode(dir, c.root, &left); err != nil {
		return nil, fmt.Errorf("copy the code: %w", err)
	}
	if len(layers) > 0 {
		if c.opt, err = takeLayers(temp, layers, &left); err != nil {
			return nil, err
		}
	}
	in := c.root
	if _, err := os.Lstat(filepath.Join(in, bootstrapName)); errors.Is(err, fs.ErrNotExist) && c.opt != "" {
		in = c.opt
	}
	err = runnable(in, runtime.GOOS, runtime.GOARCH)
	if foreign, ok := errors.AsType[*platformError](err); ok && foreign.lambda() {
		c.foreign, err = foreign, nil
	}
	if err != nil {
		return nil, err
	}
	return c, nil
}

// bootstrapName is the program that an OS-only runtime starts.
const bootstrapName = "bootstrap"

// openCode opens a folder or a zip file. Nothing outside the folder can be
// read through it: the assembly may be anybody's, and a link in an asset may
// lead to any file of this machine.
func openCode(path string) (fs.FS, io.Closer, error) {
	info, err := os.Stat(path)
	if err != nil {
		return nil, nil, err
	}
	if info.IsDir() {
		root, err := os.OpenRoot(path)
		if err != nil {
			return nil, nil, err
		}
		return root.FS(), root, nil
	}
	z, err := zip.OpenReader(path)
	if err != nil {
		return nil, nil, fmt.Errorf("%s is neither a folder nor a zip file: %w", path, err)
	}
	return z, z, nil
}

// copyCode copies code into an empty folder, which is read-only then.
func copyCode(from, to string, left *int64) error {
	if err := extract(from, to, left); err != nil {
		return err
	}
	return tree.Seal(to)
}

// extract copies code over what a folder holds already. A file replaces one of
// its name; folders are joined.
func extract(from, to string, left *int64) error {
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
	return walk(code, left, func(name string, mode fs.FileMode) error {
		info, err := root.Lstat(name)
		switch {
		case errors.Is(err, fs.ErrNotExist):
		case err != nil:
			return err
		case info.IsDir() != mode.IsDir():
			return fmt.Errorf("%s is a folder in one and a file in another", name)
		case mode.IsDir():
			return nil
		default:
			if err := root.Remove(name); err != nil {
				return err
			}
		}
		switch {
		case mode.IsDir():
			return root.Mkdir(name, 0o755)
		case mode&fs.ModeSymlink != 0:
			return copyLink(root, code, name)
		}
		return copyFile(root, code, name, mode.Perm()&0o555|0o444)
	})
}

// copyLink makes a link of a zip file's entry, whose content is where it leads to.
// It may lead anywhere, as on Lambda, and in the sandbox it leads there: nothing is
// read or written through it here, since root refuses what leads out of it.
func copyLink(root *os.Root, code fs.FS, name string) error {
	in, err := code.Open(name)
	if err != nil {
		return err
	}
	defer in.Close()
	to, err := io.ReadAll(io.LimitReader(in, maxLink+1))
	if err != nil {
		return err
	}
	if len(to) > maxLink {
		return fmt.Errorf("%s is a link to a path of more than %d bytes", name, maxLink)
	}
	return root.Symlink(string(to), name)
}

// maxLink is the longest path that a link may hold on Linux (PATH_MAX of
// path_resolution(7), less its end).
const maxLink = 4095

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

// maxCode is what a function's code and layers together may hold when they are
// extracted: "Deployment package (.zip file archive) size" of https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html
const maxCode = 250 << 20

// walk visits folders and files in the order of their names, folders before
// what they hold. A link in a folder that leads to a file is visited as that file,
// as the CDK packs it, one in a zip file as a link, as Lambda extracts it
// (https://github.com/aws/aws-sam-cli/pull/1140, where AWS's own emulator was
// taught to). It takes the files' sizes off left, which must not be too few.
func walk(code fs.FS, left *int64, visit func(name string, mode fs.FileMode) error) error {
	return fs.WalkDir(code, ".", func(name string, d fs.DirEntry, err error) error {
		switch {
		case err != nil || name == ".":
			return err
		case name == outputs.ShippedDir && d.IsDir():
			return fs.SkipDir
		}
		info, err := fs.Stat(code, name) // follows links, but not those of a zip file
		link := d.Type()&fs.ModeSymlink != 0
		packed := err == nil && info.Mode()&fs.ModeSymlink != 0
		switch {
		case packed:
		case link && (err != nil || !info.Mode().IsRegular()):
			return fmt.Errorf("%s is a link that leads to no file of the code: put what it leads to in its place (in the CDK: FollowSymlinks of the asset)", name)
		case err != nil:
			return err
		case !info.Mode().IsRegular() && !d.IsDir():
			return fmt.Errorf("%s is neither a file nor a folder", name)
		}
		if info.Mode().IsRegular() || packed {
			*left -= info.Size() // what Open of a zip file's entry gives is never more
		}
		if *left < 0 {
			return fmt.Errorf("the code is larger than %d MB with its layers, which Lambda refuses", maxCode>>20)
		}
		return visit(name, info.Mode())
	})
}

// digest gives SHA-256 and size of the zip that holds the code: of the file
// itself where it is one, else of a zip with sorted names and a fixed time, so
// that the same code always has the same hash. The zip that a deployment
// uploads is packed by another program: its hash is another.
func digest(path string) (sum string, size int64, err error) {
	info, err := os.Stat(path)
	if err != nil {
		return "", 0, err
	}
	h := sha256.New()
	counted := &counter{to: h}
	if info.IsDir() {
		err = packFolder(counted, path)
	} else {
		err = copyFrom(counted, path)
	}
	return base64.StdEncoding.EncodeToString(h.Sum(nil)), counted.n, err
}

func packFolder(w io.Writer, path string) error {
	code, closer, err := openCode(path)
	if err != nil {
		return err
	}
	defer closer.Close()
	return pack(w, code)
}

func copyFrom(w io.Writer, path string) error {
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	defer f.Close()
	_, err = io.Copy(w, f)
	return err
}

func pack(w io.Writer, code fs.FS) error {
	z := zip.NewWriter(w)
	left := int64(maxCode)
	err := walk(code, &left, func(name string, mode fs.FileMode) error {
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

// remove deletes the copies.
func (c *code) remove() error {
	if err := errors.Join(tree.Remove(c.root), tree.Remove(c.opt)); err != nil {
		return fmt.Errorf("remove the function's files: %w", err)
	}
	return nil
}
