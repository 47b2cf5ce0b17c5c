package local

// keepInherited does nothing: macOS has no call for it.
func keepInherited() {}
