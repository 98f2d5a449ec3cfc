"""The one list of everything that a key does.

Bindings, the footer, the help screen, the command palette and the README's key table are all made from `ACTIONS`.
An action `name` runs the method `action_name` of the review screen. Nothing here imports Textual, so that the
command line and the documentation can read the list without it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from tuiqc.errors import InputError

TABLES, PICTURE, ANY = "tables", "picture", "any"
VIEW = "view"
"""Where an action has its keys: a pane, any pane, or any of the views that fill the screen.

Every other `where` is that of a view, or of several that are alike. Keys of a view go before those of any pane, and
its actions are methods of the view.
"""

PLATE, PLOT, GRID, GALLERY = "plate", "plot", "grid", "gallery"

VIEW_WORDS: dict[str, str] = {
    VIEW: "in a view",
    PLATE: "in the plate",
    PLOT: "in a plot",
    GRID: "in contact sheet and gallery",
    GALLERY: "in the gallery",
}
"""How the views that have actions of their own are called in the list of keys."""


@dataclass(frozen=True, slots=True)
class Action:
    """One thing a person can do.

    Parameters
    ----------
    name
        Identity in the keymap and the name of the method (`action_<name>`).
    keys
        Default keys, in Textual's spelling.
    label
        A word or two for the footer.
    help
        One sentence for the help screen, the palette and the README.
    group
        Heading it stands under.
    footer
        Rank in the footer (1 is shown first), 0 for not in the footer.
    listed
        Whether it has a line of its own in the help and the README.
    where
        The pane that must have the focus: `any`, `tables` or `picture`; or the view that must be open.
    """

    name: str
    keys: tuple[str, ...]
    label: str
    help: str
    group: str
    footer: int = 0
    where: str = ANY
    listed: bool = True


ACTIONS: tuple[Action, ...] = (
    # Verdicts
    Action(
        "verdict_pass",
        ("p",),
        "pass",
        "Pass the current object or image, go on to the next unreviewed",
        "Verdicts",
        1,
    ),
    Action("verdict_fail", ("f",), "fail", "Fail it, go on to the next unreviewed", "Verdicts", 2),
    Action("verdict_unsure", ("u",), "unsure", "Mark it unsure, go on to the next unreviewed", "Verdicts", 3),
    Action("verdict_clear", ("backspace",), "clear", "Take the verdict, reason and note back", "Verdicts"),
    *(
        Action(
            f"reason_{number}",
            (str(number),),
            f"reason {number}",
            f"Give reason {number} of the list and the verdict that it implies (again: take it back)"
            + ("; 2 to 9 the others" if number == 1 else ""),
            "Verdicts",
            listed=number == 1,
        )
        for number in range(1, 10)
    ),
    Action("reason", ("r",), "reason", "Choose why it failed, from a list or in own words", "Verdicts", 5),
    Action("note", ("n",), "note", "Write a note on the current object or image", "Verdicts", 4),
    Action("undo", ("z",), "undo", "Undo the last verdict, reason or note", "Verdicts", 12),
    Action("redo", ("Z", "ctrl+y"), "redo", "Do again what was undone", "Verdicts"),
    # Quality
    Action(
        "status",
        ("percent_sign",),
        "status",
        "How good is the batch: counts by layer, group and reason, failure rate with its interval, plan",
        "Quality",
        footer=19,
    ),
    Action(
        "category",
        ("K",),
        "category",
        "Give a category in a column of your own (cell_type …), or name a new one",
        "Quality",
    ),
    Action(
        "number_keys",
        ("number_sign",),
        "number keys",
        "Number keys give categories, or reasons again",
        "Quality",
    ),
    Action(
        "skip",
        ("A",),
        "skip",
        "Walking leaves out what is annotated; what is not; nothing",
        "Quality",
    ),
    Action("queue", ("Q",), "queue", "Walk the random sample or queue, or leave it again", "Quality"),
    Action(
        "stale",
        ("exclamation_mark",),
        "stale",
        "Verdicts that may belong to other objects since the masks changed: accept or decline",
        "Quality",
    ),
    Action(
        "who",
        ("at",),
        "who said what",
        "Show what each annotator said of the current thing, and conflicts",
        "Quality",
    ),
    # Walking
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
    # Tables
    Action(
        "sort",
        ("s",),
        "sort",
        "Sort by the column under the cursor (again: descending; again: file order)",
        "Tables",
        9,
    ),
    Action("add_sort", ("S",), "add sort", "Sort by the column under the cursor as a further key", "Tables"),
    Action(
        "filter",
        ("slash",),
        "filter",
        "Type a filter: comparisons, and or not, is missing, contains, top(…), outlier(…)",
        "Tables",
        10,
    ),
    Action(
        "clear_filter",
        ("backslash",),
        "clear filter",
        "Take the filters away (named ones are kept in the list)",
        "Tables",
    ),
    Action("filters", ("F",), "filters", "List of filters: on, off, take out", "Tables"),
    Action("find", ("ctrl+f",), "find", "Find text in any column of the table", "Tables"),
    Action("find_next", ("f3",), "find next", "Next cell that has the text", "Tables"),
    Action("find_previous", ("shift+f3", "f4"), "find previous", "Previous cell that has the text", "Tables"),
    Action(
        "go_to",
        ("ctrl+g",),
        "go to",
        "Go to a row by number, to an object by #label, to an image by its key",
        "Tables",
    ),
    Action(
        "select",
        ("space",),
        "select",
        "Select the row or no longer; verdicts then go to all selected rows at once",
        "Tables",
    ),
    Action(
        "selection",
        ("asterisk",),
        "selection",
        "Select all, none, inverted, a range, or equal, less, greater than this value",
        "Tables",
    ),
    Action(
        "column",
        ("i",),
        "column",
        "Statistics and histogram of the column under the cursor; hide, pin, widen, move it",
        "Tables",
    ),
    Action("columns", ("I",), "columns", "Choose which columns are shown, go to a column by name", "Tables"),
    Action(
        "aggregate",
        ("a",),
        "aggregate",
        "Put a number per image from the column into the image table",
        "Tables",
    ),
    Action(
        "more_columns",
        ("ctrl+o",),
        "more columns",
        "Join columns of another file on image and label",
        "Tables",
    ),
    Action(
        "export_table",
        ("E",),
        "export table",
        "Write the table as it stands into a CSV, TSV or Parquet file",
        "Tables",
    ),
    Action("next_layer", ("L",), "layer", "Next object layer", "Tables"),
    Action(
        "join_report",
        ("J",),
        "join report",
        "Show the join report: what was found, paired and left over",
        "Tables",
    ),
    # Picture
    Action(
        "hop_left",
        ("shift+left",),
        "hop left",
        "Hop to the neighbouring object on the left in the picture",
        "Picture",
    ),
    Action(
        "hop_right", ("shift+right",), "hop right", "Hop to the neighbouring object on the right", "Picture"
    ),
    Action("hop_up", ("shift+up",), "hop up", "Hop to the neighbouring object above", "Picture"),
    Action("hop_down", ("shift+down",), "hop down", "Hop to the neighbouring object below", "Picture"),
    Action("blink", ("v",), "blink", "Blink between the overlay and the channels alone", "Picture"),
    Action(
        "beside",
        ("V",),
        "beside",
        "Two pictures side by side: the channels alone, then each other object layer (again: one)",
        "Picture",
    ),
    Action(
        "zoom_in", ("plus",), "zoom in", "Zoom in about the current object, crosshair or middle", "Picture"
    ),
    Action("zoom_out", ("minus",), "zoom out", "Zoom out", "Picture"),
    Action("fit", ("0",), "fit", "Fit the image to the pane", "Picture"),
    Action("actual_size", ("equals_sign",), "1:1", "One image pixel to one screen pixel", "Picture"),
    Action("centre", ("e",), "centre", "Centre on the current object, keeping the zoom", "Picture"),
    Action(
        "stay",
        ("H",),
        "stay",
        "Hold the view where it is whatever row is chosen (again: it follows the table)",
        "Picture",
    ),
    Action(
        "crosshair",
        ("X",),
        "crosshair",
        "Crosshair: arrows move it, reads out values and labels, enter picks the object (again: off)",
        "Picture",
    ),
    Action(
        "cross_left",
        ("ctrl+left",),
        "cross left",
        "Crosshair one image pixel left; likewise right, up, down",
        "Picture",
        where=PICTURE,
    ),
    Action(
        "cross_right",
        ("ctrl+right",),
        "cross right",
        "Crosshair one pixel right",
        "Picture",
        where=PICTURE,
        listed=False,
    ),
    Action(
        "cross_up", ("ctrl+up",), "cross up", "Crosshair one pixel up", "Picture", where=PICTURE, listed=False
    ),
    Action(
        "cross_down",
        ("ctrl+down",),
        "cross down",
        "Crosshair one pixel down",
        "Picture",
        where=PICTURE,
        listed=False,
    ),
    Action("pan_left", ("left", "h"), "pan left", "Pan left", "Picture", where=PICTURE),
    Action("pan_right", ("right", "l"), "pan right", "Pan right", "Picture", where=PICTURE),
    Action("pan_up", ("up",), "pan up", "Pan up", "Picture", where=PICTURE),
    Action("pan_down", ("down",), "pan down", "Pan down", "Picture", where=PICTURE),
    # Time
    Action("next_time", ("full_stop",), "t +", "Next time point (while playing: faster)", "Time", 30),
    Action("previous_time", ("comma",), "t -", "Previous time point (while playing: slower)", "Time", 31),
    Action("next_slice", ("greater_than_sign",), "z +", "Next slice of a stack", "Time"),
    Action("previous_slice", ("less_than_sign",), "z -", "Previous slice of a stack", "Time"),
    Action("projection", ("apostrophe",), "projection", "One slice, maximum or mean of all slices", "Time"),
    Action("play", ("y",), "play", "Play the movie (again: stop)", "Time"),
    Action("play_back", ("Y",), "play back", "Play it backwards (again: stop)", "Time"),
    Action("next_track", ("right_curly_bracket",), "next track", "Next track at this time point", "Time"),
    Action("previous_track", ("left_curly_bracket",), "previous track", "Previous track", "Time"),
    Action(
        "next_event",
        ("semicolon",),
        "next event",
        "Next birth, merge, division or death of the track",
        "Time",
    ),
    Action("previous_event", ("colon",), "previous event", "The event of the track before", "Time"),
    Action("colour_track", ("T",), "tracks", "Colour by track, by lineage, by label", "Time"),
    Action("tail", ("tilde",), "tail", "Show where the followed object has been, or not", "Time"),
    # Display
    Action("outline", ("o",), "outline", "Outlines, fills, or no labels", "Display", 11),
    Action("opacity_down", ("left_parenthesis",), "opacity -", "Labels more transparent", "Display"),
    Action("opacity_up", ("right_parenthesis",), "opacity +", "Labels more opaque", "Display"),
    Action("dim", ("D",), "dim", "Dim all but the current object", "Display"),
    Action(
        "colour_by_verdict",
        ("b",),
        "by verdict",
        "Colour objects by verdict, with a mark on each (again: as before)",
        "Display",
    ),
    Action("shuffle", ("ctrl+l",), "shuffle", "Shuffle the label colours", "Display"),
    Action(
        "display",
        ("d",),
        "display",
        "Panel of channels, layers and styles: on/off, contrast, gamma, colours, outlines",
        "Display",
        14,
    ),
    Action(
        "colour_by",
        ("c",),
        "colour",
        "Colour objects by the sorted column, or the one under the cursor (again: off)",
        "Display",
        15,
    ),
    Action("colour_map", ("C",), "colour map", "Colour map and limits of the colours", "Display"),
    # Views
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
        "Plot of the objects: histogram, scatter, boxes; the picture beside it",
        "Views",
    ),
    Action("home", ("escape",), "home", "Back to the home screen, to where one was", "Views", 18, where=VIEW),
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
    Action(
        "plot_left", ("left", "h"), "left", "Object or bin on the left", "Views", where=PLOT, listed=False
    ),
    Action(
        "plot_right", ("right", "l"), "right", "Object or bin on the right", "Views", where=PLOT, listed=False
    ),
    Action("plot_up", ("up", "k"), "up", "Object above", "Views", where=PLOT, listed=False),
    Action("plot_down", ("down", "j"), "down", "Object below", "Views", where=PLOT, listed=False),
    Action("plot_kind", ("b",), "kind", "Histogram, scatter plot, boxes in turn", "Views", where=PLOT),
    Action("plot_x", ("a",), "x axis", "Choose the column of the horizontal axis", "Views", where=PLOT),
    Action(
        "plot_y", ("y",), "y axis", "Choose the vertical axis, or the groups of boxes", "Views", where=PLOT
    ),
    Action("plot_range", ("w",), "range", "Begin a range; end it: select or filter", "Views", where=PLOT),
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
    # Program
    Action("help", ("question_mark", "f1"), "keys", "Show all keys", "Program", 16),
    Action("palette", ("ctrl+p",), "palette", "Find any action by name", "Program"),
    Action("save", ("ctrl+s",), "save", "Write the annotation CSV now", "Program"),
    Action("redraw", ("ctrl+r",), "redraw", "Draw all of the screen again, pictures included", "Program"),
    Action("suspend", ("ctrl+z",), "suspend", "Back to the shell (fg brings the program back)", "Program"),
    Action("quit", ("q", "ctrl+q"), "quit", "Save and quit", "Program", 17),
)

BY_NAME: Mapping[str, Action] = {action.name: action for action in ACTIONS}

# Keys of the table widgets themselves; listed here so that this file stays the only place.
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

_SHOWN_KEYS = {
    "full_stop": ".",
    "comma": ",",
    "greater_than_sign": ">",
    "less_than_sign": "<",
    "apostrophe": "'",
    "right_curly_bracket": "}",
    "left_curly_bracket": "{",
    "semicolon": ";",
    "colon": ":",
    "tilde": "~",
    "plus": "+",
    "minus": "-",
    "equals_sign": "=",
    "question_mark": "?",
    "left_parenthesis": "(",
    "right_parenthesis": ")",
    "left_square_bracket": "[",
    "right_square_bracket": "]",
    "left": "←",
    "right": "→",
    "up": "↑",
    "down": "↓",
    "pageup": "page up",
    "pagedown": "page down",
    "slash": "/",
    "backslash": "\\",
    "asterisk": "*",
    "percent_sign": "%",
    "at": "@",
    "exclamation_mark": "!",
    "number_sign": "#",
    "escape": "esc",
}


def shown_key(key: str) -> str:
    """The key as a person reads it (`question_mark` is `?`)."""
    return _SHOWN_KEYS.get(key, key)


def keys_in_force(overrides: Mapping[str, str]) -> dict[str, tuple[str, ...]]:
    """The keys of every action after the user's own (`name = "key,key"`) were applied.

    Raises
    ------
    InputError
        If an action is not known or one key would do two things in the same pane.
    """
    keys = {action.name: action.keys for action in ACTIONS}
    for name, text in overrides.items():
        if name not in keys:
            raise InputError(
                f"no action is called {name!r}",
                expected="one of " + ", ".join(sorted(keys)),
                hint="correct [keys] in the settings file",
            )
        keys[name] = tuple(key.strip() for key in text.split(",") if key.strip())
    taken = {(key, TABLES): action for moves, action, _ in TABLE_MOVES for key in moves.split(",")}
    for action in ACTIONS:
        for key in keys[action.name]:
            places = _places(action.where)
            other = next((taken[key, where] for where in places if (key, where) in taken), action.name)
            taken[key, action.where] = action.name
            if other != action.name:
                raise InputError(
                    f"the key {key!r} is given to both {other} and {action.name}",
                    hint="correct [keys] in the settings file",
                )
    return keys


def _places(where: str) -> tuple[str, ...]:
    """Where a key can't do two things: in a view it may do another thing than on the home screen."""
    if where == ANY:
        return ANY, TABLES, PICTURE
    if where in (TABLES, PICTURE):
        return ANY, where
    return tuple(dict.fromkeys((VIEW, where)))


def place_words(action: Action) -> str:
    """Where the keys of an action work, in brackets behind its help; "" for everywhere."""
    if action.where == PICTURE:
        return " (when the picture has the focus)"
    return f" ({VIEW_WORDS[action.where]})" if action.where in VIEW_WORDS else ""


def key_table() -> str:
    """All keys as a Markdown table, for the README."""
    lines = ["| key | does |", "|---|---|"]
    for group in dict.fromkeys(action.group for action in ACTIONS):
        lines.append(f"| **{group}** | |")
        if group == "Walking":
            for keys, _, text in TABLE_MOVES:
                lines.append(
                    f"| {' '.join(f'`{shown_key(key)}`' for key in keys.split(','))} | {text} (in a table) |"
                )
        for action in ACTIONS:
            if action.group == group and action.listed:
                shown = " ".join(f"`{shown_key(key)}`" for key in action.keys)
                lines.append(f"| {shown} | {action.help}{place_words(action)} |")
    return "\n".join(lines)


if __name__ == "__main__":
    print(key_table())
