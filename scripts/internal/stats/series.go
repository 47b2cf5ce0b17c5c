package stats

import (
	"math"
	"slices"
	"time"
)

// Series is what one side of a comparison measured: Values[i] in round Rounds[i].
// Values are positive; what is not is left out of comparisons of ratios.
type Series struct {
	Values []float64
	Rounds []int32
}

// Add adds a value.
func (s *Series) Add(round int, v float64) {
	s.Values = append(s.Values, v)
	s.Rounds = append(s.Rounds, int32(round))
}

// addNS adds a time in seconds; nothing where nobody said.
func (s *Series) addNS(round int, ns *int64) {
	if ns != nil {
		s.Add(round, time.Duration(*ns).Seconds())
	}
}

// logs are the logarithms of a series in order of size, each with the cluster
// that it belongs to.
type logs struct {
	values   []float64
	clusters []int32
	sizes    []float64 // how many values each cluster has
}

// logsOf sorts a series. Clusters are its rounds as they are numbered in index,
// which grows by those that are new in it.
func logsOf(s Series, index map[int32]int32) logs {
	type point struct {
		value   float64
		cluster int32
	}
	points := make([]point, 0, len(s.Values))
	for i, v := range s.Values {
		if !(v > 0) || math.IsInf(v, 1) {
			continue
		}
		c, ok := index[s.Rounds[i]]
		if !ok {
			c = int32(len(index))
			index[s.Rounds[i]] = c
		}
		points = append(points, point{math.Log(v), c})
	}
	slices.SortFunc(points, func(a, b point) int {
		switch { // no value is NaN, which cmp.Compare would look for each time
		case a.value < b.value:
			return -1
		case a.value > b.value:
			return 1
		}
		return 0
	})
	l := logs{make([]float64, len(points)), make([]int32, len(points)), make([]float64, len(index))}
	for i, p := range points {
		l.values[i], l.clusters[i] = p.value, p.cluster
		l.sizes[p.cluster]++
	}
	return l
}

// apart makes each value a cluster of its own.
func (l logs) apart() logs {
	l.clusters, l.sizes = make([]int32, len(l.values)), make([]float64, len(l.values))
	for i := range l.clusters {
		l.clusters[i], l.sizes[i] = int32(i), 1
	}
	return l
}

// median is the median of the values themselves, zero where there is none.
func (l logs) median() float64 {
	n := len(l.values)
	if n == 0 {
		return 0
	}
	return (math.Exp(l.values[(n-1)/2]) + math.Exp(l.values[n/2])) / 2
}
