package main

import (
	"errors"
	"fmt"
	"io"
	"net"
	"slices"
	"strings"
	"syscall"
	"unicode"

	"github.com/coldcrank/coldcrank/infra/outputs"
	"github.com/coldcrank/coldcrank/scripts/internal/app"
	"github.com/coldcrank/coldcrank/scripts/internal/dataset"
	"github.com/coldcrank/coldcrank/scripts/internal/hammer"
	"github.com/coldcrank/coldcrank/scripts/internal/recycle"
	"github.com/coldcrank/coldcrank/scripts/internal/stats"
	"github.com/coldcrank/coldcrank/scripts/internal/target"
)

// usageError is a flag or an argument that cannot be used.
type usageError struct{ text string }

func (e usageError) Error() string { return e.text }

func usagef(format string, args ...any) error { return usageError{fmt.Sprintf(format, args...)} }

// printError tells the user what went wrong and, where it is known, what to do.
func printError(w io.Writer, err error) {
	fmt.Fprintf(w, "coldcrank: error: %s\n", printable(strings.TrimSpace(strings.Join(texts(err), "\n"))))
	if hint := hintFor(err); hint != "" {
		fmt.Fprintf(w, "coldcrank: hint: %s\n", hint)
	}
}

// texts are what errors that were joined say, each once: one cause may have ended
// several things.
func texts(err error) (list []string) {
	joined, ok := err.(interface{ Unwrap() []error })
	if !ok {
		return []string{err.Error()}
	}
	var whole []string
	for _, e := range joined.Unwrap() {
		whole = append(whole, e.Error())
		for _, text := range texts(e) {
			if !slices.Contains(list, text) {
				list = append(list, text)
			}
		}
	}
	if strings.Join(whole, "\n") != err.Error() { // it is a sentence around them
		return []string{err.Error()}
	}
	return list
}

// inOneLine is what an error says to the user, empty for none.
func inOneLine(err error) string {
	if err == nil {
		return ""
	}
	return strings.Join(texts(err), "; ")
}

// hintFor says what to do about an error that users meet.
func hintFor(err error) string {
	var (
		lookup *app.LookupError
		synth  *app.SynthError
		syntax *outputs.SyntaxError
		limit  *hammer.LimitError
		stack  *target.StackError
		region *target.RegionError
		usage  usageError
		flag   *flagError
		mix    *stats.MixError
		ref    *app.RefError
		base   *baseError
		listen *net.OpError
		source *sourceError

		unexplained *notExplained

		journal *recycle.JournalError
		foreign *foreignError
	)
	switch {
	case errors.As(err, &ref): // before ErrNotFound, which it may be as well
		return ref.Hint
	case errors.As(err, &source):
		return "run it in the folder of a CDK app, or in one below it: it looks at what is here, not at what is deployed"
	case errors.As(err, &unexplained):
		return "`coldcrank serve` shows all that a function writes; what needs no start of it is above"
	case errors.Is(err, app.ErrNotFound):
		return "run it in the folder of a CDK app, or measure a deployed stack with --outputs cdk-outputs.json"
	case errors.Is(err, app.ErrNoNode):
		return "install Node.js 22 or later; the CDK needs it in every language"
	case errors.As(err, &base):
		return "the base is built as its commit has it, without files that git does not keep; name another one, or `coldcrank run` measures this work tree alone"
	case errors.As(err, &lookup):
		return "with credentials for the account, `npx aws-cdk@" + cdkVersion + " synth` fills cdk.context.json"
	case errors.As(err, &synth):
		return "the same app as the CDK runs it: npx aws-cdk@" + cdkVersion + " synth"
	case errors.Is(err, dataset.ErrNoResults):
		return "`coldcrank run` writes one; --results names the folder where it is another"
	case errors.Is(err, target.ErrNoFile):
		return "write it with: npx aws-cdk@" + cdkVersion + " deploy --outputs-file cdk-outputs.json; that of `coldcrank serve` is there while it serves"
	case errors.As(err, &syntax):
		return "write it with: npx aws-cdk@" + cdkVersion + " deploy --outputs-file cdk-outputs.json"
	case errors.Is(err, target.ErrNone):
		return "the stack needs a benchmark API: benchapi.New(stack, \"Orders\", nil), from " + modulePath + "/infra/benchapi"
	case errors.Is(err, target.ErrNoProfile):
		return "`aws configure list-profiles` shows which there are"
	case errors.Is(err, target.ErrNoRegion), errors.Is(err, target.ErrBadRegion):
		return "name one with --region, or as the AWS CLI finds it"
	case errors.As(err, &region):
		return "leave --region out, or take the outputs of the stack that you mean"
	case errors.As(err, &stack):
		return "--region and --profile choose where it is looked for; `aws cloudformation describe-stacks` shows what is there"
	case errors.Is(err, syscall.EADDRINUSE),
		errors.As(err, &listen) && listen.Op == "listen" && (errors.Is(err, syscall.EINVAL) || errors.Is(err, syscall.EACCES)): // above 65535, for root alone
		return "--port: leave it out, or name one that is free, as those that follow have to be"
	case errors.Is(err, syscall.ENOSPC):
		return "make room on that disk; TMPDIR names another folder for the functions' code, --results of run one for what it measures"
	case errors.Is(err, syscall.EROFS):
		return "the folder of cdk.json has to be writable, for .coldcrank and results: copy the app to one that is"
	case errors.As(err, &limit):
		return fmt.Sprintf("use --burst %d, or raise the limit with ulimit -n", limit.Fits)
	case target.Expired(err):
		return "log in again; coldcrank restore then puts back what the run may have left"
	case errors.Is(err, recycle.ErrUnfinished):
		return "wait until that run has ended; if it was killed, coldcrank restore puts back what it left"
	case errors.As(err, &foreign):
		return "another program may have the port of that executor, which has ended: then nothing of the run is left, and the journal can be removed"
	case errors.Is(err, recycle.ErrNewer):
		return "update this one, which then puts back what the journal names, and keep the file"
	case errors.As(err, &journal):
		return "it is as no run leaves it, and nothing was changed by it; remove it when the functions are as they should be"
	case errors.Is(err, recycle.ErrRunning):
		return "wait until that run has ended: it puts everything back itself"
	case errors.Is(err, recycle.ErrAccount):
		return "use the credentials that the run had"
	case errors.Is(err, recycle.ErrGone):
		return "use the credentials that the run had; if the stack was deleted, remove the journal: nothing is left to put back"
	case errors.Is(err, recycle.ErrChanged):
		return "no deployment and no other run may touch the function meanwhile; what was measured is kept"
	case errors.As(err, &mix):
		return "measure both sides alike; " + acrossOf(mix) + " compares them although they differ, and says so"
	case errors.As(err, &flag):
		return flag.hint
	case errors.As(err, &usage):
		return "--help after the command shows its flags, with examples"
	}
	return ""
}

// acrossOf are the flags that allow a comparison.
func acrossOf(mix *stats.MixError) string {
	var flags []string
	for _, d := range mix.Differences {
		flags = append(flags, "--across "+d.What)
	}
	return strings.Join(flags, " ")
}

// cdkVersion is the CDK CLI that works with the library that this module pins.
const cdkVersion = "2.1148.1"

// printable takes out of what others wrote whatever does not print, so that no text
// of a log or a file can steer the terminal or turn its direction. Line ends and
// tabs stay.
func printable(s string) string {
	return strings.Map(func(r rune) rune {
		if r == '\n' || r == '\t' || unicode.IsPrint(r) {
			return r
		}
		return '�'
	}, s)
}
