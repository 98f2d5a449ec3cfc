"""Views that fill the screen in place of the tables and the picture, one file each."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tuiqc.ui.views.view import View

VIEWS: dict[str, str] = {
    "plate": "plate.PlateView",
    "plate_pictures": "plate_pictures.PlatePictures",
    "tracks": "tracks.TracksView",
    "plot": "plot.PlotView",
    "contact_sheet": "contact_sheet.ContactSheet",
    "gallery": "gallery.Gallery",
}
"""Action that opens a view, and its class as `module.Class` in this folder; imported when it is first opened."""


def view_class(name: str) -> type[View]:
    """The class of the view that the action `name` opens."""
    module, _, found = VIEWS[name].partition(".")
    view: type[View] = getattr(import_module(f"tuiqc.ui.views.{module}"), found)
    return view
