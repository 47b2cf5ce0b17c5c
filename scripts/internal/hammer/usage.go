package hammer

import "time"

// Usage is what sending took: the CPU time of the whole process, whatever else it
// did meanwhile, within some time of the clock. Both are 0 where the system
// does not say.
type Usage struct{ CPU, Wall time.Duration }

// Used is what the last Release took, from the opening of the barrier until all that
// was held had been written, or the last Load from its beginning to its end.
func (s *Sender) Used() Usage {
	s.release.Lock()
	defer s.release.Unlock()
	return s.used
}

// measure starts to measure; the function that it returns says what was used since.
func measure() func() Usage {
	from, known := processCPU()
	start := time.Now()
	return func() Usage {
		to, still := processCPU()
		if !known || !still {
			return Usage{}
		}
		return Usage{to - from, time.Since(start)}
	}
}
