"""A movie with planted tracking errors as ilastik writes it, and a small z-stack; both from one seed."""

from tuiqc.demo.tracking.make import MovieSummary, make_tracking
from tuiqc.demo.tracking.movie_plan import PLANTED_COLUMNS, Planted

__all__ = ["PLANTED_COLUMNS", "MovieSummary", "Planted", "make_tracking"]
