"""All of Textual's private members that the program uses: what another release may change is here, and nowhere else."""

from __future__ import annotations

from collections.abc import Iterable

from textual.binding import Binding, BindingsMap
from textual.dom import DOMNode

_FIRST = {"ctrl+q"}
"""Keys that the program has to act on whatever has the focus.

There is no other: such a key overtakes those typed before it, and a `tab` that overtakes an `f` would fail the
wrong thing.
"""


def bindings(keys: Iterable[str], action: str) -> list[Binding]:
    """One binding for each key, which runs `action(key)`."""
    return [Binding(key, f"{action}({key!r})", show=False, priority=key in _FIRST) for key in keys]


def set_bindings(node: DOMNode, bindings: Iterable[Binding]) -> None:
    """Give a widget or screen these keys in place of all others: which they are is known only when it is made."""
    node._bindings = BindingsMap(bindings)
