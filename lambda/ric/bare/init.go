package bare

// InitError reports that the function cannot start, and ends the process with
// status 1. ric.InitError says what for.
func InitError(err error) {
	reportInit(failureOf(err))
}

// StartInit starts the handler that an init makes. An error of it is reported as
// by InitError, and so is its panic, with the stack.
func StartInit(init func() (Handler, error)) {
	var h Handler
	_, failed := protect(func() ([]byte, error) {
		made, err := init()
		h = made
		return nil, err
	})
	if failed != nil {
		reportInit(failed)
	}
	Start(h)
}

func reportInit(f *failure) {
	a, _, err := connect().Do("POST", base+"init/error", f.header(), f.report(maxObject))
	switch {
	case err != nil:
		fatal((&apiError{"init error", err}).Error())
	case a.Status != 202:
		fatal(refused("init error", &a).Error())
	}
	fatal("the function cannot start: exit")
}
