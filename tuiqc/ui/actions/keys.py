"""Keys: as a person reads them, and those in force after the user's own."""

from __future__ import annotations

from collections.abc import Mapping

from tuiqc.errors import InputError
from tuiqc.ui.actions.action import ANY, PICTURE, TABLES, VIEW
from tuiqc.ui.actions.registry import ACTIONS
from tuiqc.ui.actions.walking import TABLE_MOVES

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
