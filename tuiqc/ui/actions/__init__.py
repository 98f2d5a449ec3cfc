"""The one list of everything that a key does, a module for each group of actions.

Bindings, the footer, the help screen, the command palette and the README's key table are all made from `ACTIONS`.
An action `name` runs the method `action_name` of the review screen. Nothing here imports Textual, so that the
command line and the documentation can read the list without it.
"""

from __future__ import annotations

from tuiqc.ui.actions.action import (
    ANY,
    GALLERY,
    GRID,
    PICTURE,
    PLATE,
    PLOT,
    TABLES,
    VIEW,
    VIEW_WORDS,
    Action,
    place_words,
)
from tuiqc.ui.actions.keys import keys_in_force, shown_key
from tuiqc.ui.actions.markdown import key_table
from tuiqc.ui.actions.picture import PICTURE_FOOTER
from tuiqc.ui.actions.registry import ACTIONS, BY_NAME
from tuiqc.ui.actions.walking import TABLE_MOVES

__all__ = [
    "ACTIONS",
    "ANY",
    "BY_NAME",
    "GALLERY",
    "GRID",
    "PICTURE",
    "PICTURE_FOOTER",
    "PLATE",
    "PLOT",
    "TABLES",
    "TABLE_MOVES",
    "VIEW",
    "VIEW_WORDS",
    "Action",
    "key_table",
    "keys_in_force",
    "place_words",
    "shown_key",
]
