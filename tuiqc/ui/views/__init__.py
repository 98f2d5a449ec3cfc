"""Views that fill the screen in place of the tables and the picture."""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module
from typing import Any

VIEWS: dict[str, str] = {
    "plate": "plate.PlateView",
    "plate_pictures": "well_tiles.plate_pictures",
    "tracks": "tracks.TracksView",
    "missed": "candidates.CandidatesView",
    "plot": "plot.PlotView",
    "contact_sheet": "well_tiles.contact_sheet",
    "gallery": "object_tiles.gallery",
}
"""Command that opens a view, and what makes it, in a module of this folder; imported when it is first opened."""


def view_maker(name: str) -> Callable[..., Any]:
    """What makes the view that the command `name` opens, of the context and its `id`."""
    module, _, found = VIEWS[name].partition(".")
    maker: Callable[..., Any] = getattr(import_module(f"tuiqc.ui.views.{module}"), found)
    return maker
