"""Panels beside and over the picture: what is shown, and how."""
