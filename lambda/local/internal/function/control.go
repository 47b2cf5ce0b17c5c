package function

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/coldcrank/coldcrank/lambda/local/internal/sandbox"
	"github.com/coldcrank/coldcrank/lambda/local/internal/uuid"
)

// updateTime is how long LastUpdateStatus stays InProgress after an Update. On
// AWS it is seconds; here just long enough that a caller who does not wait is
// refused, as AWS refuses.
const updateTime = 5 * time.Millisecond

// completeUpdate ends an Update whose time has come. It gives the second new
// RevisionId: the one that UpdateFunctionConfiguration answered is not valid
// any more once the update is complete (https://github.com/aws/aws-sdk/issues/377).
// It works by the clock, whenever somebody looks. f.mu is held.
func (f *Function) completeUpdate() {
	if f.updateEnds.IsZero() || time.Now().Before(f.updateEnds) {
		return
	}
	f.updateEnds = time.Time{}
	f.latest.config.LastUpdateStatus = "Successful"
	f.latest.config.RevisionID = uuid.New()
}

// resolve finds the version that a qualifier names now; f.mu is held.
func (f *Function) resolve(qualifier string) (*version, error) {
	if a := f.aliases[qualifier]; a != nil {
		return f.find(f.lead(a))
	}
	return f.find(qualifier)
}

// find finds a version by "", "$LATEST" or number; f.mu is held.
func (f *Function) find(number string) (*version, error) {
	if number == "" || number == latest {
		return f.latest, nil
	}
	if n, err := strconv.Atoi(number); err == nil {
		if v := f.published[n]; v != nil {
			return v, nil
		}
	}
	return nil, &Error{Code: "ResourceNotFoundException", Message: "Function not found: " + f.qualified(number)}
}

// free refuses a change while an Update is under way; f.mu is held.
func (f *Function) free() error {
	f.completeUpdate()
	if f.updateEnds.IsZero() {
		return nil
	}
	return &Error{Code: "ResourceConflictException", Message: "The operation cannot be performed at this time. An update is in progress for resource: " + f.a.ARN}
}

// current refuses a RevisionId that is not current; empty is none given.
func current(given, revisionID string) error {
	if given == "" || given == revisionID {
		return nil
	}
	return &Error{Code: "PreconditionFailedException", Message: "The Revision Id provided does not match the latest Revision Id. Call the GetFunction/GetAlias API to retrieve the latest Revision Id"}
}

// Update changes $LATEST. LastUpdateStatus is InProgress for a moment, in
// which Update and Publish are refused; when it is Successful the RevisionId is
// another than the one returned here.
// Environments of the old $LATEST serve what they have begun, and nothing more.
// Errors: PreconditionFailedException for a wrong revisionID (empty: not
// checked), ResourceConflictException, InvalidParameterValueException.
func (f *Function) Update(c Change, revisionID string) (Configuration, error) {
	next, idle, err := f.update(c, revisionID)
	f.discard(idle)
	return next, err
}

func (f *Function) update(c Change, revisionID string) (Configuration, []*sandbox.Environment, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if err := f.free(); err != nil {
		return Configuration{}, nil, err
	}
	next := f.latest.config
	if err := current(revisionID, next.RevisionID); err != nil {
		return Configuration{}, nil, err
	}
	if c.Description != nil {
		if len(*c.Description) > 256 {
			return Configuration{}, nil, invalid("description has more than 256 characters")
		}
		next.Description = *c.Description
	}
	if c.MemoryMB != nil {
		if *c.MemoryMB < 128 || *c.MemoryMB > 10_240 {
			return Configuration{}, nil, invalid("'MemorySize' value %d is not between 128 and 10240", *c.MemoryMB)
		}
		next.MemoryMB = *c.MemoryMB
	}
	next.LastModified, next.RevisionID, next.LastUpdateStatus = time.Now(), uuid.New(), "InProgress"
	old := f.latest
	f.latest = &version{config: next}
	f.updateEnds = time.Now().Add(updateTime)
	return next, old.retire(), nil
}

// Publish makes a version of $LATEST. When neither configuration nor code has
// changed since the last version that there is, it returns that one.
// An empty description takes that of $LATEST; empty codeSHA256 and revisionID
// are not checked.
// Errors: PreconditionFailedException, ResourceConflictException while an
// Update is under way, InvalidParameterValueException for another codeSHA256.
// https://docs.aws.amazon.com/lambda/latest/api/API_PublishVersion.html
func (f *Function) Publish(description, codeSHA256, revisionID string) (Configuration, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if err := f.free(); err != nil {
		return Configuration{}, err
	}
	c := f.latest.config
	if err := current(revisionID, c.RevisionID); err != nil {
		return Configuration{}, err
	}
	if codeSHA256 != "" && codeSHA256 != c.CodeSHA256 {
		return Configuration{}, invalid("CodeSHA256 (%s) is different from current CodeSHA256 in $LATEST (%s). Please try again with the CodeSHA256 in $LATEST.", codeSHA256, c.CodeSHA256)
	}
	last := f.published[f.newest]
	if last == nil || last.source != c.Description || last.config.MemoryMB != c.MemoryMB {
		last = f.publish(f.newest+1, description)
		last.pending = time.Now().Add(f.host.VersionPending)
	}
	answer := last.shown()
	answer.ARN = f.qualified(answer.Version)
	return answer, nil
}

// publish gives $LATEST a number; f.mu is held, or f is not shared yet.
func (f *Function) publish(number int, description string) *version {
	c := f.latest.config
	source := c.Description
	c.Version = strconv.Itoa(number)
	c.RevisionID = uuid.New()
	if description != "" {
		c.Description = description
	}
	v := newVersion(c, source)
	f.published[number] = v
	f.newest = max(f.newest, number)
	return v
}

// DeleteVersion deletes a version and its idle environments. A version that is
// gone is no error.
// Errors: InvalidParameterValueException unless number is one,
// ResourceConflictException while an alias names it.
func (f *Function) DeleteVersion(number string) error {
	n, err := strconv.Atoi(number)
	if err != nil || n < 1 || strconv.Itoa(n) != number {
		return invalid("%q is not a version number", number)
	}
	idle, err := f.deleteVersion(n, number)
	f.discard(idle)
	return err
}

func (f *Function) deleteVersion(n int, number string) ([]*sandbox.Environment, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	v := f.published[n]
	if v == nil {
		return nil, nil
	}
	var holders []string
	for name, a := range f.aliases {
		if a.names(number) {
			holders = append(holders, name)
		}
	}
	if holders != nil {
		slices.Sort(holders)
		return nil, &Error{Code: "ResourceConflictException", Message: "Unable to delete version because the following aliases reference it: [" + strings.Join(holders, ", ") + "]"}
	}
	delete(f.published, n)
	return v.retire(), nil
}

func invalid(format string, args ...any) error {
	return &Error{Code: "InvalidParameterValueException", Message: fmt.Sprintf(format, args...)}
}
