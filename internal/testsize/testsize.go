package testsize

import (
	"fmt"
	"os"
	"strconv"
)

// Variable names the environment variable that says how many times as much
// tests do as in the inner loop, where it is not set. `make test` sets it.
const Variable = "SEARCHLIGHT_TEST_SIZE"

// Times returns how many of something a test takes that takes n in the inner
// loop. It panics when the variable holds no positive number: a run of nothing
// would pass.
func Times(n int) int {
	text := os.Getenv(Variable)
	if text == "" {
		return n
	}
	factor, err := strconv.Atoi(text)
	if err != nil || factor < 1 {
		panic(fmt.Sprintf("%s is %q; it must be a positive whole number", Variable, text))
	}
	return n * factor
}
