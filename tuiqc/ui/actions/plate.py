"""Within the plate view."""

from __future__ import annotations

from tuiqc.ui.actions.action import PLATE, Action

IN_PLATE: tuple[Action, ...] = (
    Action("plate_left", ("left", "h"), "left", "Well on the left", "Views", where=PLATE, listed=False),
    Action("plate_right", ("right", "l"), "right", "Well on the right", "Views", where=PLATE, listed=False),
    Action("plate_up", ("up", "k"), "up", "Well above", "Views", where=PLATE, listed=False),
    Action("plate_down", ("down", "j"), "down", "Well below", "Views", where=PLATE, listed=False),
    Action("plate_number", ("c",), "number", "Choose the number per well", "Views", where=PLATE),
    Action(
        "plate_pictures", ("i",), "pictures", "A picture in each well; P: numbers again", "Views", where=PLATE
    ),
    Action(
        "plate_how", ("a",), "mean/sd…", "Its mean, median, sd, min, max, sum in turn", "Views", where=PLATE
    ),
    Action("plate_wider", ("plus",), "larger", "Larger wells, with their values", "Views", where=PLATE),
    Action("plate_narrower", ("minus",), "smaller", "Smaller wells", "Views", where=PLATE),
    Action("plate_next", ("pagedown",), "plate ↓", "Next plate", "Views", where=PLATE),
    Action("plate_previous", ("pageup",), "plate ↑", "Previous plate", "Views", where=PLATE),
    Action("plate_size", ("w",), "size", "Numbered wells on a larger plate", "Views", where=PLATE),
)
