"""One action, and the places where its keys work."""

from __future__ import annotations

from dataclasses import dataclass

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


def place_words(action: Action) -> str:
    """Where the keys of an action work, in brackets behind its help; "" for everywhere."""
    if action.where == PICTURE:
        return " (when the picture has the focus)"
    return f" ({VIEW_WORDS[action.where]})" if action.where in VIEW_WORDS else ""
