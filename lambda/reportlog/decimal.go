package reportlog

import (
	"math"
	"strconv"
	"strings"
	"time"
)

// fixed reads a decimal number, with or without fraction and exponent, as a
// count of units of 10^-scale, rounded to the nearest. It never goes through a
// float: 18.45 ms are exactly 18450000 ns. exact is false where rounding was
// needed. Negative numbers, and those that do not fit, are not ok.
func fixed(s string, scale int) (v int64, exact, ok bool) {
	if i := strings.IndexAny(s, "eE"); i >= 0 {
		e, err := strconv.Atoi(s[i+1:])
		if err != nil || e < -math.MaxInt16 || e > math.MaxInt16 {
			return 0, false, false
		}
		s, scale = s[:i], scale+e
	}
	whole, frac, dotted := strings.Cut(s, ".")
	if whole == "" || dotted && frac == "" {
		return 0, false, false
	}
	exact = true
	up := false
	point := len(whole) + scale // digits that count
	n := len(whole) + len(frac)
	for i := range max(n, point) {
		var d byte // zeros after the last digit
		switch {
		case i < len(whole):
			d = whole[i] - '0'
		case i < n:
			d = frac[i-len(whole)] - '0'
		case v == 0:
			return 0, exact, true
		}
		if d > 9 {
			return 0, false, false
		}
		switch {
		case i < point:
			if v > (math.MaxInt64-int64(d))/10 {
				return 0, false, false
			}
			v = v*10 + int64(d)
		case d != 0:
			exact = false
			up = up || i == point && d >= 5
		}
	}
	if up {
		if v == math.MaxInt64 {
			return 0, false, false
		}
		v++
	}
	return v, exact, true
}

// appendHundredths writes d in ms with two decimals, rounded to the nearest.
func appendHundredths(dst []byte, d time.Duration) []byte {
	const unit = 10 * time.Microsecond
	n := int64(d / unit)
	if d%unit >= unit/2 {
		n++
	}
	dst = strconv.AppendInt(dst, n/100, 10)
	return append(dst, '.', byte('0'+n/10%10), byte('0'+n%10))
}

// appendWhole writes d in whole ms, rounded up, as AWS bills.
func appendWhole(dst []byte, d time.Duration) []byte {
	n := int64(d / time.Millisecond)
	if d%time.Millisecond > 0 {
		n++
	}
	return strconv.AppendInt(dst, n, 10)
}

// appendMillis writes d in ms with as many decimals as it has.
func appendMillis(dst []byte, d time.Duration) []byte {
	dst = strconv.AppendInt(dst, int64(d/time.Millisecond), 10)
	ns := int64(d % time.Millisecond)
	if ns == 0 {
		return dst
	}
	dst = append(dst, '.')
	for unit := int64(time.Millisecond / 10); ns > 0; unit /= 10 {
		dst = append(dst, byte('0'+ns/unit))
		ns %= unit
	}
	return dst
}
