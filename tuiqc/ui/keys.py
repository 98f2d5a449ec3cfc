"""What a key does: the commands of the program, and the keys that are in force for them.

A command is one decorated function. Key bindings, the line of keys, the help, the palette, the README's key table and
the user's own keys are all made from the registry that the decorator fills. Nothing here imports Textual or any other
part of the screen, so that widgets, panels and the command line can use it.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

from tuiqc.errors import InputError

F = TypeVar("F", bound=Callable[..., Any])

TABLES, PICTURE, ANY = "tables", "picture", "any"
PANES = (ANY, TABLES, PICTURE)
"""Where a command has its keys: a pane of the home screen, or everywhere on it and in the views.

Every other place is that of a view, of several that are alike, or of a panel. Keys of a view go before those of any
pane; while a panel is open only its own are in force.
"""
VIEW, PLATE, PLOT, GRID, GALLERY, TRACKS = "view", "plate", "plot", "grid", "gallery", "tracks"
VIEWS = (VIEW, PLATE, PLOT, GRID, GALLERY, TRACKS)
DISPLAY, CHANNEL, LAYER, COLOUR = "display panel", "channel", "object layer", "colour panel"
COLUMN, COLUMNS, PICKER = "column panel", "columns", "column picker"
DISPLAY_LINE, COLUMNS_LINE = "line of the display panel", "line of the columns"
FILTERS, STALE, STATUS, GROUPED, REASONS = "filters", "stale verdicts", "status", "status by group", "reasons"
LEARNED, RULES = "what was learned", "rules"
_KINDS = (CHANNEL, LAYER)
"""Kinds of lines in the display panel, each with keys of its own."""

LAST = ("Panels", "Program")
"""Headings that stand behind all others."""

HOME = (*PANES, *VIEWS)
"""Where keys are in force while no panel is open."""

PLACE_WORDS: dict[str, str] = {
    TABLES: "in a table",
    PICTURE: "when the picture has the focus",
    VIEW: "in a view",
    PLATE: "in the plate",
    PLOT: "in a plot",
    GRID: "in contact sheet and gallery",
    GALLERY: "in the gallery",
    TRACKS: "in the tracks",
    DISPLAY: "in the display panel",
    CHANNEL: "on a channel of the display panel",
    DISPLAY_LINE: "while one types in the display panel",
    COLUMNS_LINE: "while one types the name of a column",
    LAYER: "on an object layer of the display panel",
    COLOUR: "in the colour panel",
    COLUMN: "in the panel of a column",
    COLUMNS: "in the list of columns",
    PICKER: "while a column is chosen",
    FILTERS: "in the list of filters",
    STALE: "in the list of stale verdicts",
    STATUS: "in the status panel",
    GROUPED: "in the status panel",
    REASONS: "in the list of reasons",
    LEARNED: "in the panel of what was learned",
    RULES: "in the list of rules",
}
"""How the places of keys are called in the list of keys."""


@dataclass(frozen=True, slots=True)
class Command:
    """One thing a person can do.

    Parameters
    ----------
    name
        Identity, also in the user's keymap.
    keys
        Default keys, in Textual's spelling; none for what another command of the same name does in a view.
    label
        A word or two for the line of keys.
    help
        One sentence for the help screen, the palette and the README.
    group
        Heading it stands under.
    footer
        Rank on the line of keys (1 is shown first), 0 for not on it.
    place
        Where its keys work.
    listed
        Whether it has a line of its own in the help and the README.
    run
        What it does: a function of the review's context, of the view for places of views, of the panel for those of
        panels. It may be a coroutine function.
    """

    name: str
    keys: tuple[str, ...]
    label: str
    help: str
    group: str
    footer: int
    place: str
    listed: bool
    run: Callable[[Any], object]

    @property
    def where(self) -> str:
        """Where its keys work, in brackets behind its help; "" for everywhere."""
        return f" ({PLACE_WORDS[self.place]})" if self.place in PLACE_WORDS else ""


class Registry:
    """All commands, in the order in which they were declared."""

    def __init__(self) -> None:
        self._commands: dict[tuple[str, str], Command] = {}

    def __iter__(self) -> Iterator[Command]:
        """Those that have keys, which is all but the variants of views."""
        return (one for one in self._commands.values() if one.keys)

    def __len__(self) -> int:
        return sum(1 for _ in self)

    def add(self, command: Command) -> None:
        """Take one in.

        Raises
        ------
        ValueError
            If there is one of that name and place.
        """
        if (command.name, command.place) in self._commands:
            raise ValueError(f"two commands are called {command.name} ({command.place})")
        self._commands[command.name, command.place] = command

    def find(self, name: str, places: Iterable[str]) -> Command | None:
        """The command of a name in the first of these places that has one."""
        return next((found for place in places if (found := self._commands.get((name, place)))), None)

    def named(self, name: str) -> Command:
        """The command of a name, that which has the keys."""
        return next(one for one in self if one.name == name)

    def of(self, place: str) -> list[Command]:
        """Those whose keys work in a place."""
        return [one for one in self if one.place == place]

    @property
    def groups(self) -> list[str]:
        """The headings, in order; keys of panels stand with what opens them, and are listed behind all others."""
        found = dict.fromkeys(one.group for one in self)
        return sorted(found, key=lambda group: group in LAST and LAST.index(group) + 1)


registry = Registry()
"""The one list; `tuiqc.ui.commands` fills it."""


def command(
    name: str,
    *,
    keys: str = "",
    label: str = "",
    help: str = "",
    group: str = "",
    footer: int = 0,
    place: str = ANY,
    listed: bool = True,
) -> Callable[[F], F]:
    """Make a function a command. Without `keys` it is what the command of this name does in another place."""

    def register(function: F) -> F:
        registry.add(Command(name, split_keys(keys), label, help, group, footer, place, listed, function))
        return function

    return register


_PARTNERS = {
    "channel_gamma_up": "channel_gamma_down",
    "channel_black_down": "channel_black_up",
    "channel_white_down": "channel_white_up",
    "layer_opacity_down": "layer_opacity_up",
    "column_narrower": "column_wider",
    "column_left": "column_right",
    "rule_down": "rule_up",
}
"""On a line of keys, what goes the other way stands with it."""

# --- keys as they are written

_SIGNS = {
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
_NAMES = {sign: name for name, sign in _SIGNS.items()}


def shown_key(key: str) -> str:
    """The key as a person reads it (`question_mark` is `?`)."""
    if "_" not in key or key in _SIGNS:
        return _SIGNS.get(key, key)
    try:
        return unicodedata.lookup(key.replace("_", " "))
    except KeyError:
        return key


def key_line(keymap: Keymap, places: Sequence[str]) -> list[str]:
    """What keys do in these places, by rank: "k colour"; what goes the other way stands beside it."""
    shown = []
    ranked = sorted(
        (one for one in registry if one.place in places),
        key=lambda one: (places.index(one.place), one.footer),
    )
    for one in ranked:
        if one.footer and keymap[one.name]:
            key = shown_key(keymap[one.name][0])
            partner = _PARTNERS.get(one.name)
            if one.name.endswith("_1"):
                key += "-9"
            elif partner is not None and keymap[partner]:
                key = f"{key} {shown_key(keymap[partner][0])}"
            shown.append(f"{key} {one.label}")
    return shown


def split_keys(text: str) -> tuple[str, ...]:
    """Keys from "key,key", each as Textual calls it (`?` is `question_mark`)."""
    return tuple(_spelled(key.strip()) for key in text.split(",") if key.strip())


def _spelled(key: str) -> str:
    if len(key) != 1 or key.isalnum():
        return key
    return _NAMES.get(key) or unicodedata.name(key, key).lower().replace("-", "_").replace(" ", "_")


# --- keys in force


class Keymap:
    """The keys that are in force.

    Parameters
    ----------
    overrides
        The user's own: name of a command -> "key,key".

    Raises
    ------
    InputError
        If a command is not known or one key would do two things in the same place.
    """

    def __init__(self, overrides: Mapping[str, str] | None = None) -> None:
        self._keys = {one.name: one.keys for one in registry}
        for name, text in (overrides or {}).items():
            if name not in self._keys:
                raise InputError(
                    f"no action is called {name!r}",
                    expected="one of " + ", ".join(sorted(self._keys)),
                    hint="correct [keys] in the settings file",
                )
            self._keys[name] = split_keys(text)
        self._commands: dict[tuple[str, str], Command] = {}
        for one in registry:
            for key in self._keys[one.name]:
                self._take(key, one)

    def _take(self, key: str, command: Command) -> None:
        places = _places_beside(command.place)
        other = next((self._commands[key, place] for place in places if (key, place) in self._commands), None)
        if other not in (None, command):
            assert other is not None
            raise InputError(
                f"the key {key!r} is given to both {other.name} and {command.name}",
                hint="correct [keys] in the settings file",
            )
        self._commands[key, command.place] = command

    def __getitem__(self, name: str) -> tuple[str, ...]:
        """The keys of a command."""
        return self._keys[name]

    def keys(self, places: Sequence[str]) -> list[str]:
        """All keys that do something in any of these places."""
        return list(dict.fromkeys(key for key, place in self._commands if place in places))

    def find(self, key: str, places: Sequence[str]) -> Command | None:
        """What a key does where these places are in force, the nearest first."""
        found = next((one for place in places if (one := self._commands.get((key, place)))), None)
        return None if found is None else registry.find(found.name, places)


def _places_beside(place: str) -> tuple[str, ...]:
    """Where a key can't do two things: in a view it may do another thing than on the home screen."""
    if place == ANY:
        return PANES
    if place in PANES:
        return ANY, place
    if place in VIEWS:
        return tuple(dict.fromkeys((VIEW, place)))
    if place == DISPLAY:
        return (DISPLAY, *_KINDS)
    return (DISPLAY, place) if place in _KINDS else (place,)
