package stats

// Mode is a place where values gather.
type Mode struct {
	Center float64 `json:"center"` // median of the values that belong to it
	Share  float64 `json:"share"`  // of all values
}

func modes(sorted []float64) []Mode { return nil }
