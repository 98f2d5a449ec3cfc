"""Polygons in place of a label mask: files of outlines, read once and drawn a window at a time."""
