"""Opening the views that fill the screen (but contact sheet and gallery), and leaving any."""

from __future__ import annotations

from tuiqc.ui.actions.action import VIEW, Action

VIEWS: tuple[Action, ...] = (
    Action(
        "plate",
        ("P",),
        "plate",
        "Plate: a heat map of any number per well, with medians",
        "Views",
    ),
    Action(
        "tracks",
        ("t",),
        "tracks",
        "Tracks: table of suspicious ones, film strip, chart, lineage",
        "Views",
    ),
    Action(
        "plot",
        ("x",),
        "plot",
        "Plot of objects or images: histogram, scatter, boxes; the picture beside it",
        "Views",
    ),
    Action("home", ("escape",), "home", "Back to the home screen, to where one was", "Views", 18, where=VIEW),
)
