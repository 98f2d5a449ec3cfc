"""Opening the views that fill the screen, and leaving any."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tuiqc.ui.keys import VIEW, command
from tuiqc.ui.open_view import open_view

if TYPE_CHECKING:
    from tuiqc.ui.context import ReviewContext
    from tuiqc.ui.views.view import View


@command(
    "plate",
    keys="P",
    label="plate",
    help="Plate: a heat map of any number per well, with medians",
    group="Views",
)
async def plate(context: ReviewContext) -> None:
    """Plate."""
    await open_view(context, "plate")


@command(
    "tracks",
    keys="t",
    label="tracks",
    help="Tracks: table of suspicious ones, film strip, chart, lineage",
    group="Views",
)
async def tracks(context: ReviewContext) -> None:
    """Tracks."""
    await open_view(context, "tracks")


@command(
    "plot",
    keys="x",
    label="plot",
    help="Plot of objects or images: histogram, scatter, boxes; the picture beside it",
    group="Views",
)
async def plot(context: ReviewContext) -> None:
    """Plot of objects or images."""
    await open_view(context, "plot")


@command(
    "home",
    keys="escape",
    label="home",
    help="Back to the home screen, to where one was",
    group="Views",
    footer=18,
    place=VIEW,
)
def home(view: View) -> None:
    """Back to the home screen, to where one was."""
    view.context.views.go_home()


@command(
    "contact_sheet",
    keys="G",
    label="contact sheet",
    help="Contact sheet: all images at once, in order and filter",
    group="Views",
    footer=42,
)
async def contact_sheet(context: ReviewContext) -> None:
    """Contact sheet."""
    await open_view(context, "contact_sheet")


@command(
    "gallery",
    keys="g",
    label="gallery",
    help="Object gallery: a crop of each object, in the order of its table",
    group="Views",
    footer=41,
)
async def gallery(context: ReviewContext) -> None:
    """Object gallery."""
    await open_view(context, "gallery")
