"""The three ways to open a batch: by patterns, by folder, by an objects table."""
