package incident

func Wilson(k, n uint64) (float64, float64) { return 0, 1 }
