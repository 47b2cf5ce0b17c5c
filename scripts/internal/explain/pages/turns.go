package pages

// How the threads of a program took turns: see startInTurns.
const (
	realTime = "a thread runs until it waits"
	batch    = "a thread runs until it waits or its time is over"
)
