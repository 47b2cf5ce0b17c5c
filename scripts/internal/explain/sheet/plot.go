package sheet

// Plot sets values against what they cost. It shows what stands in a table, too.
type Plot struct {
	Title  string // of the values, with their unit
	X      string // what the places to the right are, with their unit
	Points []Point
	Marked string // what marked points are; empty where none is
	Limit  *Limit // that values are held against; nil for none
}

// Point is a value with its interval; an end of it that is not known is nil.
type Point struct {
	Label     string
	X, Y      float64
	Low, High *float64
	Marked    bool // one of those that Plot.Marked names
}

// Limit is a line across a plot.
type Limit struct {
	Y    float64
	Text string
}
