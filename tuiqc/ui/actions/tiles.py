"""Contact sheet and object gallery: opening them, and within them."""

from __future__ import annotations

from tuiqc.ui.actions.action import GALLERY, GRID, Action

TILES: tuple[Action, ...] = (
    Action(
        "contact_sheet",
        ("G",),
        "contact sheet",
        "Contact sheet: all images at once, in order and filter",
        "Views",
        42,
    ),
    Action(
        "tile_left",
        ("left", "h"),
        "left",
        "Move from tile to tile: arrows, page up and down, home, end",
        "Views",
        where=GRID,
    ),
    *(
        Action(
            f"tile_{name}",
            keys,
            name.replace("_", " "),
            f"Move {name.replace('_', ' ')}",
            "Views",
            listed=False,
            where=GRID,
        )
        for name, keys in (
            ("right", ("right", "l")),
            ("up", ("up",)),
            ("down", ("down",)),
            ("page_up", ("pageup",)),
            ("page_down", ("pagedown",)),
            ("first", ("home",)),
            ("last", ("end",)),
        )
    ),
    Action("more_tiles", ("plus",), "more", "More columns of smaller tiles", "Views", where=GRID),
    Action("fewer_tiles", ("minus",), "fewer", "Fewer columns of larger tiles", "Views", where=GRID),
    Action(
        "range_right",
        ("shift+right",),
        "range",
        "Select a range of tiles: shift and an arrow",
        "Views",
        where=GRID,
    ),
    *(
        Action(
            f"range_{name}",
            (f"shift+{name}",),
            f"range {name}",
            f"Select a range: {name}",
            "Views",
            listed=False,
            where=GRID,
        )
        for name in ("left", "up", "down")
    ),
    Action(
        "select_page",
        ("ctrl+a",),
        "page",
        "Select all tiles in sight; verdicts then go to all of them",
        "Views",
        where=GRID,
    ),
    Action(
        "gallery",
        ("g",),
        "gallery",
        "Object gallery: a crop of each object, in the order of its table",
        "Views",
        41,
    ),
    Action(
        "same_scale", ("equals_sign",), "same scale", "All crops at the same scale", "Views", where=GALLERY
    ),
    Action("fitted", ("0",), "fitted", "Each object as large as its tile", "Views", where=GALLERY),
    Action(
        "own_outline", ("O",), "outlines", "The object's own outline only, or all", "Views", where=GALLERY
    ),
    Action("group", ("b",), "group", "Group by a column, with headings", "Views", where=GALLERY),
)
