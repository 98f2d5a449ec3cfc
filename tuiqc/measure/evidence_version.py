"""The version of all that is measured of objects and images."""

EVIDENCE_VERSION = "2"
"""Part of the identity of kept measurements: raised by hand when a value comes out otherwise than before, only then.

A test compares what is measured of two images with what came out when it was raised last, so that a changed formula
can't be forgotten, and a comment or a faster way to the same value makes nobody measure 100,000 images again.
"""
