"""From row to row, image to image and pane to pane."""

from __future__ import annotations

from tuiqc.ui.actions.action import Action

WALKING: tuple[Action, ...] = (
    Action(
        "row_down",
        ("j",),
        "next row",
        "Next row of the table, also while the picture has the focus",
        "Walking",
    ),
    Action("row_up", ("k",), "previous row", "Previous row of the table", "Walking"),
    Action("next_unreviewed", ("m",), "next open", "Next unreviewed one in the current order", "Walking", 13),
    Action("previous_unreviewed", ("M",), "previous open", "Previous unreviewed one", "Walking"),
    Action(
        "next_image",
        ("right_square_bracket",),
        "next image",
        "Next image in the order of the image table",
        "Walking",
    ),
    Action("previous_image", ("left_square_bracket",), "previous image", "Previous image", "Walking"),
    Action(
        "enter",
        ("enter",),
        "open",
        "On an image: only its objects (again: all). On an object: centre and enlarge it",
        "Walking",
        8,
    ),
    Action("next_pane", ("tab",), "pane", "Next pane: images, objects, picture", "Walking", 7),
    Action("previous_pane", ("shift+tab",), "pane back", "Previous pane", "Walking"),
    Action("swap", ("w",), "table/picture", "Swap between the table and the picture", "Walking", 6),
)

# Keys of the table widgets themselves; listed here so that this package stays the only place.
TABLE_MOVES: tuple[tuple[str, str, str], ...] = (
    ("up", "move('up')", "Previous row"),
    ("down", "move('down')", "Next row"),
    ("left,h", "move('left')", "Previous column"),
    ("right,l", "move('right')", "Next column"),
    ("pageup", "move('page_up')", "A screen up"),
    ("pagedown", "move('page_down')", "A screen down"),
    ("home", "move('first')", "First row"),
    ("end", "move('last')", "Last row"),
)
