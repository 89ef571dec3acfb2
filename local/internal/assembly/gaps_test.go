package assembly

import (
	"reflect"
	"testing"
)

// TestGaps: a kind of gap is one line, with each construct once.
func TestGaps(t *testing.T) {
	gaps := &Gaps{}
	if lines := gaps.Lines(); len(lines) != 0 {
		t.Errorf("nothing was noted, and there is %q", lines)
	}
	gaps.Add("Demo/A", "logs of type %s", "x")
	gaps.Add("", "cache")
	gaps.Add("Demo/B", "logs of type %s", "x")
	gaps.Add("Demo/A", "logs of type x")
	want := []string{"logs of type x: Demo/A, Demo/B", "cache"}
	if lines := gaps.Lines(); !reflect.DeepEqual(lines, want) {
		t.Errorf("%q, want %q", lines, want)
	}
}
