"""A movie with planted tracking errors as ilastik writes it, and a small z-stack; both from one seed."""

from tuiqc.demo.tracking.cells import PLANTED_COLUMNS, Planted
from tuiqc.demo.tracking.make import MovieSummary, make_tracking

__all__ = ["PLANTED_COLUMNS", "MovieSummary", "Planted", "make_tracking"]
