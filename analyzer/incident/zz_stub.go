package incident

func FindVolume(bins []Bin, o Options) []Incident { return nil }

func Wilson(k, n uint64) (float64, float64) { return 0, 1 }
