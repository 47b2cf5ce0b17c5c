package target

import (
	"errors"
	"slices"

	"github.com/aws/smithy-go"
)

// expiredCodes are the codes of AWS's services for credentials that have run
// out (IAM User Guide, "Troubleshoot temporary security credentials"; common
// errors of the Lambda and CloudWatch Logs API references).
var expiredCodes = []string{"ExpiredToken", "ExpiredTokenException", "RequestExpired"}

// Expired reports whether AWS refused a call because the credentials have run
// out.
func Expired(err error) bool {
	var refused smithy.APIError
	return errors.As(err, &refused) && slices.Contains(expiredCodes, refused.ErrorCode())
}
