package pagecache

import (
	"errors"
	"os"
)

// errLinux: macOS has no call that evicts a file's pages for a plain user
// (purge(8) takes root, and all files).
var errLinux = errors.New("files can be taken out of the page cache on Linux only")

func evict(*os.File) error { return errLinux }

func resident(*os.File) (Pages, error) { return Pages{}, errLinux }
