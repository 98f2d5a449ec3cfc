"""Textual's bindings, made from the list of actions."""

from __future__ import annotations

from textual.binding import Binding

from tuiqc.ui.actions import ACTIONS, ANY, TABLES, Action

_FIRST = {"ctrl+q"}
"""Keys that the program has to act on whatever has the focus.

There is no other: such a key overtakes those typed before it, and a `tab` that overtakes an `f` would fail the
wrong thing.
"""


def bindings(where: str) -> list[Binding]:
    """Bindings of the actions that belong to a pane (`picture`), or to the whole screen (`any`)."""
    wanted = (ANY, TABLES) if where == ANY else (where,)
    return [_binding(action, "screen.") for action in ACTIONS if action.where in wanted]


def view_bindings(where: str) -> list[Binding]:
    """Bindings of the actions of a view: they run its own methods."""
    return [_binding(action, "") for action in ACTIONS if action.where == where]


def _binding(action: Action, namespace: str) -> Binding:
    return Binding(
        ",".join(action.keys),
        f"{namespace}{action.name}",
        action.label,
        show=False,
        id=action.name,
        priority=bool(_FIRST.intersection(action.keys)),
    )
