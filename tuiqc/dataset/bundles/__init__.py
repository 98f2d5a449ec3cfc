"""Folders that a platform or a pipeline leaves behind: which they are, and what in them is what."""
