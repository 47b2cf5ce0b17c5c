// Package prefetch is an experiment: a program that has it asks the kernel for all
// of its own file before Go's runtime starts, so that a slow volume reads it in one
// go and not page by page, as each is needed. It is for Linux on amd64 and arm64,
// and was never tried on AWS.
//
// It takes an import and a flag of the linker, without which it does nothing:
//
//	import _ "github.com/coldcrank/coldcrank/lambda/ric/prefetch"
//
//	go build -ldflags='-s -w -buildid= -E=coldcrank_prefetch'
//
// The symbol is where the kernel enters the program. It opens /proc/self/exe,
// advises the kernel that all of it will be needed, and jumps to where the kernel
// would have entered. What fails is left: the program starts all the same. The
// advice goes in pieces of 128 kB, because the kernel reads no more of one than the
// device takes at once or it reads ahead of a file, whichever is more (Linux,
// mm/readahead.c, force_page_cache_ra): by default it reads that much ahead.
//
// Where the file is in the page cache already, it costs a few system calls. It
// does not go with cgo or -race, whose entry is the C library's.
package prefetch
