"""Views that fill the screen in place of the tables and the picture."""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module
from typing import Any, NamedTuple

from tuiqc.ui.context import ReviewContext


class ViewEntry(NamedTuple):
    """What makes a view, as `module.name` in this folder (imported when it is first opened), and the key that opens it.

    Without `keys` another view or a command of its own opens it. `footer` is its rank on the line of keys, 0 for none.
    """

    maker: str
    keys: str = ""
    label: str = ""
    help: str = ""
    footer: int = 0


VIEWS: dict[str, ViewEntry] = {
    "plate": ViewEntry(
        "plate.PlateView", "P", "plate", "Plate: a heat map of any number per well, with medians"
    ),
    "plate_pictures": ViewEntry("well_tiles.plate_pictures"),
    "tracks": ViewEntry(
        "tracks.TracksView", "t", "tracks", "Tracks: table of suspicious ones, film strip, chart, lineage"
    ),
    "missed": ViewEntry("candidates.CandidatesView"),  # its key stands with those of worst first
    "plot": ViewEntry(
        "plot.PlotView",
        "x",
        "plot",
        "Plot of objects or images: histogram, scatter, boxes; the picture beside it",
    ),
    "contact_sheet": ViewEntry(
        "well_tiles.contact_sheet",
        "G",
        "contact sheet",
        "Contact sheet: all images at once, in order and filter",
        42,
    ),
    "gallery": ViewEntry(
        "object_tiles.gallery",
        "g",
        "gallery",
        "Object gallery: a crop of each object, in the order of its table",
        41,
    ),
}
"""The views by the name of the command that opens each."""


def view_maker(name: str) -> Callable[..., Any]:
    """What makes the view that the command `name` opens, of the context and its `id`."""
    module, _, found = VIEWS[name].maker.partition(".")
    maker: Callable[..., Any] = getattr(import_module(f"tuiqc.ui.views.{module}"), found)
    return maker


async def open_view(context: ReviewContext, name: str) -> None:
    """Show the view of that name in place of what is shown; if it is shown already, go home."""
    await context.views.open(name, lambda wanted: view_maker(wanted)(context, id=wanted))
