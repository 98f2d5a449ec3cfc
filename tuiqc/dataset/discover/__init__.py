"""What the files of a batch are: found by patterns, by their names, by an instrument; joined by keys."""
