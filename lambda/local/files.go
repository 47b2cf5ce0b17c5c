package local

// isolation says which files environments see: those of rootfs, or the
// machine's, with a TMPDIR of their own.
func (x *Executor) isolation() string {
	if x.isolated {
		return "mount namespace"
	}
	return "process"
}
