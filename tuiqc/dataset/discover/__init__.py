"""What the files of a batch are: found by patterns, by their names in a folder, by an instrument, and joined by keys."""
