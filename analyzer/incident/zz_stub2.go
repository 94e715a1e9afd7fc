package incident

type Span struct{ Low, High int64 }

type Alert struct {
	Severity    string
	Burn        float64
	Long, Short int64
	Firings     []Span
}

func Replay(bins []Bin, slo float64) []Alert { return nil }

func Kitagawa(groups []Group) (worse, moved float64) { return 0, 0 }
