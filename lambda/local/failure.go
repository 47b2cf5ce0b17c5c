package local

// Failure is an invocation that a function failed: it panicked, exited, ran
// into its timeout or returned an error. The texts are the function's and may
// hold anything, also what a terminal takes for a command.
type Failure struct {
	Function  string // name
	Version   string
	RequestID string
	ErrorType string // for example Runtime.ExitError, Sandbox.Timedout, or what the runtime calls it
	Message   string // of the error object, at most 4 KB; empty where it has none
	Log       string // the last 4 KB that the environment logged until then, its failed inits included
}

// Failures has the first failed invocation of each version of each function,
// of at most 16 versions a function. One is there before its request has been
// answered, and stays after Close. Those of an assembly are forgotten when Reload
// has put another in its place.
func (x *Executor) Failures() []Failure {
	var list []Failure
	for _, f := range x.current().functions {
		for _, v := range f.Failures() {
			list = append(list, Failure{f.Name(), v.Version, v.RequestID, v.ErrorType, v.Message, v.Log})
		}
	}
	return list
}
