package audit

import (
	"time"

	"github.com/searchlight-bi/searchlight"
)

func errWindow(longest time.Duration) error {
	return searchlight.Errorf(searchlight.CodeInvalid, "the window must begin before it ends and span at most %d hours", int(longest.Hours()))
}
