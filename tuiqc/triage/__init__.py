"""Where to look first: evidence combined to a suspicion per object, without ground truth, learning from verdicts."""
