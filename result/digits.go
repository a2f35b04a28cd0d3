package result

import (
	"math/bits"
	"slices"
)

// pairs holds the two digits of each number below 100.
const pairs = "" +
	"00010203040506070809" + "10111213141516171819" + "20212223242526272829" + "30313233343536373839" + "40414243444546474849" +
	"50515253545556575859" + "60616263646566676869" + "70717273747576777879" + "80818283848586878889" + "90919293949596979899"

// powers10 are the powers of ten that a uint64 holds.
var powers10 = func() (powers [20]uint64) {
	powers[0] = 1
	for i := 1; i < len(powers); i++ {
		powers[i] = 10 * powers[i-1]
	}
	return powers
}()

// digitCount is the number of digits of n.
func digitCount(n uint64) int {
	// 1233/4096 is close to log10(2), so the guess is right or one too small.
	guess := bits.Len64(n|1) * 1233 >> 12
	if guess < len(powers10) && n >= powers10[guess] {
		return guess + 1
	}
	return max(guess, 1)
}

// appendInt appends n in digits. It writes them in place, which the standard
// library's does not; most of a result is numbers.
func appendInt(dst []byte, n int64) []byte {
	magnitude := uint64(n)
	if n < 0 {
		dst = append(dst, '-')
		magnitude = -magnitude
	}
	if magnitude < 10 {
		return append(dst, '0'+byte(magnitude))
	}
	return appendDigits(dst, magnitude, digitCount(magnitude))
}

// appendDigits appends the last count digits of n, with zeros before them
// where n has fewer.
func appendDigits(dst []byte, n uint64, count int) []byte {
	start := len(dst)
	dst = slices.Grow(dst, count)[:start+count]
	at := len(dst)
	for at-start >= 2 {
		at -= 2
		pair := n % 100 * 2
		n /= 100
		dst[at], dst[at+1] = pairs[pair], pairs[pair+1]
	}
	if at > start {
		dst[start] = '0' + byte(n%10)
	}
	return dst
}

// appendDecimal appends n/10^scale without trailing zeros after the point.
func appendDecimal(dst []byte, n int64, scale int) []byte {
	if scale >= len(powers10) {
		return append(dst, trimZeros(longDecimal(n, scale))...)
	}
	magnitude := uint64(n)
	if n < 0 {
		dst = append(dst, '-')
		magnitude = -magnitude
	}
	whole, fraction := magnitude/powers10[scale], magnitude%powers10[scale]
	dst = appendDigits(dst, whole, digitCount(whole))
	if fraction == 0 {
		return dst
	}
	for fraction%100 == 0 {
		fraction /= 100
		scale -= 2
	}
	if fraction%10 == 0 {
		fraction /= 10
		scale--
	}
	return appendDigits(append(dst, '.'), fraction, scale)
}

// longDecimal is n/10^scale with all digits, for more of them after the point
// than an integer has.
func longDecimal(n int64, scale int) string {
	var text []byte
	magnitude := uint64(n)
	if n < 0 {
		text = append(text, '-')
		magnitude = -magnitude
	}
	text = append(text, "0."...)
	for range scale - (len(powers10) - 1) {
		text = append(text, '0')
	}
	return string(appendDigits(text, magnitude, len(powers10)-1))
}
