package incident

func FindVolume(bins []Bin, o Options) []Incident { return nil }

