// Package entry is an experiment: two places where the kernel can enter a program
// before Go's runtime does its work, one for a start that is a tenth shorter, and
// one for programs that come from a slow volume as well. It is for Linux on amd64
// and arm64, and was never tried on AWS.
//
// It takes an import and a flag of the linker, without which it does nothing:
//
//	import _ "github.com/coldcrank/coldcrank/lambda/ric/entry"
//
//	go build -ldflags='-s -w -buildid= -E=coldcrank_entry'
//	go build -ldflags='-s -w -buildid= -E=coldcrank_prefetch'
//
// What fails there is left: the program starts all the same. A program that the C
// compiler links (go build's -linkmode=external, which import "C" brings about) is
// entered by the C library: there the flag does nothing, and nobody says so.
//
// # coldcrank_entry
//
// From Go 1.25 on the runtime sets GOMAXPROCS by the CPU limit of the process's
// control group. It reads /proc/self/cgroup and /proc/self/mountinfo for that at
// each start, whatever GOMAXPROCS and GODEBUG say (runtime/cgroup_linux.go,
// defaultGOMAXPROCSInit). coldcrank_entry sets the limit of open files to none, so
// that the runtime finds no control group. Package syscall, and then this one, set
// it anew before any other package can open a file, to what it was. Go's own start
// raises it to the highest that is allowed: a program that wants that has to ask for
// it (syscall.Setrlimit).
//
// GOMAXPROCS is then the number of processors, and does not follow a limit that
// changes. The runtime never takes a limit for less than two, so that it makes no
// difference where there are two processors. For the same reason the runtime does
// not know how large a huge page is, and asks for none.
//
// # coldcrank_prefetch
//
// It asks the kernel for all of the program's own file first, so that a slow volume
// reads it in one go and not page by page, as each is needed, and goes on with
// coldcrank_entry. It opens /proc/self/exe and advises the kernel that all of it
// will be needed, in pieces of 128 kB, because the kernel reads no more of one than
// the device takes at once or it reads ahead of a file, whichever is more (Linux,
// mm/readahead.c, force_page_cache_ra): by default it reads that much ahead. Where
// the file is in the page cache already, it costs a few system calls.
package entry
