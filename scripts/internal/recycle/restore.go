package recycle

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/lambda"
	"github.com/aws/aws-sdk-go-v2/service/lambda/types"

	"github.com/coldcrank/coldcrank/scripts/internal/target"
)

// Report is what putting a target back did, in words for people.
type Report struct {
	Done   []string // what was put back and deleted; empty where nothing had to be
	Theirs []string // what somebody else has changed; it stays as they made it
	Gone   bool     // the executor was not AWS and has ended, and with it all there was
}

// ErrGone is returned where the function is not there.
var ErrGone = errors.New("no such function in the account and Region of these credentials")

// ErrAccount is returned where the function is another account's.
var ErrAccount = errors.New("these credentials are of another account")

// Restore puts alias and description back as Begin found them and deletes the
// versions that the run has made. What somebody else changed meanwhile stays
// as they made it, and is an error that wraps ErrChanged; everything else is
// put back nevertheless. When all is as it was, the target leaves the journal,
// and further calls do nothing; after an error Restore may be called again.
func (r *Recycler) Restore(ctx context.Context) error {
	if r.restored {
		return nil
	}
	if r.touched {
		err := r.putBack(ctx)
		for _, what := range r.report.Theirs {
			err = errors.Join(err, fmt.Errorf("%s: %s: %w", r.target, what, ErrChanged))
		}
		if err != nil {
			return err
		}
	}
	r.restored = true
	return r.journal.done(r.entry)
}

// Restore does for a run that has ended what its own Restore would have done.
// t reaches the target. Where nothing of the run's is left, also where somebody
// else's changes are, the target leaves its journal. Errors: ErrGone, ErrAccount,
// what AWS answers; then it is still in the journal, and Restore may be called
// again. A target of an executor that has ended is as it was by that.
func (u *Unfinished) Restore(ctx context.Context, t *target.Target) (Report, error) {
	r := &Recycler{target: t, journal: u.journal, entry: u.entry, touched: true}
	var err error
	if u.Endpoint != "" {
		err = listening(ctx, u.Endpoint) // the SDK would ask again and again
	}
	if err == nil {
		err = r.identify(ctx)
	}
	if u.Endpoint != "" && (errors.Is(err, ErrGone) || errors.Is(err, syscall.ECONNREFUSED)) {
		r.report.Gone = true
		return r.report, u.journal.done(u.entry)
	}
	if err == nil {
		err = r.putBack(ctx)
	}
	if err != nil {
		return r.report, err
	}
	return r.report, u.journal.done(u.entry)
}

// listening returns why nobody can be reached at an endpoint.
func listening(ctx context.Context, endpoint string) error {
	u, err := url.Parse(endpoint)
	if err != nil {
		return err
	}
	conn, err := new(net.Dialer).DialContext(ctx, "tcp", u.Host)
	if err != nil {
		return err
	}
	return conn.Close()
}

// identify makes sure that the function is the journal's, and not one of the
// same name in another account.
func (r *Recycler) identify(ctx context.Context) error {
	fn, err := r.configuration(ctx, "")
	if isGone(err) {
		return fmt.Errorf("%s: function %s: %w", r.target, r.target.FunctionName, ErrGone)
	}
	if err != nil {
		return err
	}
	if now, was := aws.ToString(fn.FunctionArn), r.entry.ARN; was != "" && now != was {
		return fmt.Errorf("%s: %w: they lead to %s, and the run changed %s", r.target, ErrAccount, now, was)
	}
	return nil
}

func (r *Recycler) putBack(ctx context.Context) error {
	r.report = Report{}
	aliasErr := r.restoreAlias(ctx)
	err := errors.Join(aliasErr, r.restoreDescription(ctx))
	if aliasErr != nil {
		return err // the alias may still lead to a version of the run's
	}
	return errors.Join(err, r.deleteCreated(ctx))
}

func (r *Recycler) did(format string, args ...any) {
	r.report.Done = append(r.report.Done, fmt.Sprintf(format, args...))
}

func (r *Recycler) theirs(format string, args ...any) {
	r.report.Theirs = append(r.report.Theirs, fmt.Sprintf(format, args...))
}

// restoreAlias puts the alias back where it leads to a version of the run's.
func (r *Recycler) restoreAlias(ctx context.Context) error {
	name := r.target.Alias
	before := aliasState{
		version:     r.entry.Before.AliasVersion,
		description: r.entry.Before.AliasDescription,
		weights:     r.entry.Before.AliasWeights,
	}
	now, revision, err := r.readAlias(ctx)
	if isGone(err) {
		r.theirs("alias %s is deleted", name)
		return nil
	}
	if err != nil || now.equal(before) {
		return err
	}
	ours := 0
	for _, version := range now.versions() {
		if _, ok := before.weights[version]; ok || version == before.version {
			continue
		}
		fn, err := r.configuration(ctx, version)
		if err != nil {
			return err
		}
		if !r.ours(fn.Description) {
			r.theirs("alias %s leads to version %s, which is not the run's", name, version)
			return nil
		}
		ours++
	}
	if now.description != before.description {
		before.description = now.description
		r.theirs("the description of alias %s is new", name)
	} else if ours == 0 {
		r.theirs("alias %s has other weights", name)
	}
	if ours == 0 {
		return nil
	}
	if err := r.setAlias(ctx, before, revision); err != nil {
		return err
	}
	r.did("alias %s leads to version %s again", name, before.version)
	return nil
}

// restoreDescription puts the description of $LATEST back where it is the
// run's, and with it the memory size: one call has set both. Without the run's
// description nobody knows whose the size is; one that the run may have left is told.
// Code and configuration may be new: they are not touched by that.
func (r *Recycler) restoreDescription(ctx context.Context) error {
	fn, err := r.settledFunction(ctx)
	if err != nil {
		return err
	}
	size, before := int(aws.ToInt32(fn.MemorySize)), r.entry.Before.MemoryMB
	set := slices.Contains(r.entry.MemoryMB, size)
	if now := aws.ToString(fn.Description); !strings.HasPrefix(now, r.latestMark()) {
		if now != r.entry.Before.Description {
			r.theirs("its description is not the run's")
		}
		if set {
			r.theirs("its memory size is %d MB, which the run has set or somebody else; it was %d MB", size, before)
		}
		return nil
	}
	if set {
		size = before
	}
	if _, err = r.describe(ctx, fn, r.entry.Before.Description, size); err != nil {
		return err
	}
	r.did("the description is as before")
	if set {
		r.did("the memory size is %d MB again", size)
	}
	return nil
}

// ours reports whether the run has published the version of that description.
func (r *Recycler) ours(description *string) bool {
	return strings.HasPrefix(aws.ToString(description), r.versionMark())
}

// deleteCreated deletes every version that bears the run's mark. It asks for
// the list instead of trusting the journal: a version may have been published
// whose answer never came.
func (r *Recycler) deleteCreated(ctx context.Context) error {
	var numbers []int
	pages := lambda.NewListVersionsByFunctionPaginator(r.target.Lambda, &lambda.ListVersionsByFunctionInput{
		FunctionName: aws.String(r.target.FunctionName),
	})
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		if err != nil {
			return r.wrap("list versions", err)
		}
		for _, v := range page.Versions {
			if number, err := strconv.Atoi(aws.ToString(v.Version)); err == nil && r.ours(v.Description) { // $LATEST is no number
				numbers = append(numbers, number)
			}
		}
	}
	if len(numbers) == 0 {
		return nil
	}
	// Requests under way may still reach the version that the alias has left.
	if err := wait(ctx, r.target.Settle); err != nil {
		return err
	}
	var deleted []string
	var errs []error
	for _, n := range numbers {
		// The journal need not follow: it goes in a moment, and a full disk must
		// not keep anything from being put back.
		if err := r.deleteVersion(ctx, n); err != nil {
			errs = append(errs, err)
			continue
		}
		deleted = append(deleted, strconv.Itoa(n))
	}
	if deleted != nil {
		r.did("deleted what the run published: %s", strings.Join(deleted, ", "))
	}
	return errors.Join(errs...)
}

// deleteLeft deletes the versions that the alias left in an earlier Recycle,
// except those that requests under way may still reach: AWS answers 502 for a
// version that is deleted as soon as the alias has left it
// (https://github.com/DataBiosphere/azul/issues/7883).
func (r *Recycler) deleteLeft(ctx context.Context) error {
	for len(r.left) > 0 && time.Since(r.left[0].at) >= r.target.Settle {
		version := r.left[0].version
		n, err := strconv.Atoi(version)
		if err != nil {
			return fmt.Errorf("%s: version %q is no number", r.target, version)
		}
		if err := r.deleteVersion(ctx, n); err != nil {
			return err
		}
		err = r.journal.change(func(*journalData) {
			r.entry.Created = slices.DeleteFunc(r.entry.Created, func(v string) bool { return v == version })
		})
		if err != nil {
			return err
		}
		r.left = r.left[1:]
	}
	return nil
}

// deleteVersion is the only place that deletes. It takes a number, so that no
// mistake elsewhere can make it delete $LATEST, an alias or the function.
func (r *Recycler) deleteVersion(ctx context.Context, number int) error {
	version := strconv.Itoa(number)
	err := change(ctx, func(ctx context.Context) error {
		_, err := r.target.Lambda.DeleteFunction(ctx, &lambda.DeleteFunctionInput{
			FunctionName: aws.String(r.target.FunctionName),
			Qualifier:    aws.String(version),
		})
		return err
	})
	if err != nil && !isGone(err) {
		return r.wrap("delete version "+version, err)
	}
	return nil
}

func isGone(err error) bool {
	var gone *types.ResourceNotFoundException
	return errors.As(err, &gone)
}
