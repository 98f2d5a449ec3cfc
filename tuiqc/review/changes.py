"""What of a review has changed: raised once by whoever changes it, handled once by whoever shows it."""

from __future__ import annotations

from enum import Flag, auto


class Changes(Flag):
    """Parts of the review that can change.

    Attributes
    ----------
    PLACE
        The current image, object, track, time point or slice.
    VERDICTS
        Verdicts, reasons, notes or categories.
    ROWS
        Which rows a table has, or their order; the objects that have been read.
    SELECTION
        Which rows are selected.
    FILTERS
        The list of filters, or what they let through.
    DISPLAY
        Styles, colours, contrast, or where one looks in the picture.
    COLUMNS
        Which columns a table has, their width and order.
    RANKING
        The order of what looks wrong.
    """

    NONE = 0
    PLACE = auto()
    VERDICTS = auto()
    ROWS = auto()
    SELECTION = auto()
    FILTERS = auto()
    DISPLAY = auto()
    COLUMNS = auto()
    RANKING = auto()
    ALL = PLACE | VERDICTS | ROWS | SELECTION | FILTERS | DISPLAY | COLUMNS | RANKING
