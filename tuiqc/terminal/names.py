"""What is known of terminals by their names and versions, where asking them does not tell."""

from __future__ import annotations

import re

_TRUECOLOR = {"kitty", "ghostty", "wezterm", "konsole", "foot", "iterm2", "vte", "mintty", "contour", "tmux"}
_XTERM_24BIT = (331,)
_KITTY_PLACEHOLDERS = (0, 28)
_GHOSTTY_NARROW_IN_TMUX = (1, 3, 1)
_TELLS_NOTHING = ("", "xterm", "tmux", "screen", "dumb")


def parse_version(text: str) -> tuple[str, tuple[int, ...]]:
    """Split a terminal's name and version: "kitty(0.26.5)" gives ("kitty", (0, 26, 5)), the name in lower
    case.

    A TERM value counts too: "xterm-kitty" and "xterm-ghostty" give these names without a version.
    """
    lowered = text.strip().lower()
    if lowered in ("xterm-kitty", "xterm-ghostty"):
        return lowered.removeprefix("xterm-"), ()
    name = re.split(r"[ (/]", lowered, maxsplit=1)[0]
    number = re.search(r"[ (/]v?(\d{1,9}(?:\.\d{1,9})*)", lowered)
    return name, tuple(int(part) for part in number[1].split(".")) if number else ()


def has_placeholders(terminal: str) -> bool | None:
    """Whether the named terminal shows kitty's Unicode placeholders; None if the name does not tell."""
    name, version = parse_version(terminal)
    if name == "ghostty":
        return True
    if name == "kitty":
        return version >= _KITTY_PLACEHOLDERS if version else None
    if name in _TELLS_NOTHING or name.startswith(("xterm-", "screen-", "tmux-")):
        return None
    return False


def has_placeholders_in_tmux(client: str) -> bool:
    """As `has_placeholders` for the terminal outside of tmux, where Ghostty up to 1.3.1 draws them badly."""
    name, version = parse_version(client)
    if name == "ghostty":
        return version > _GHOSTTY_NARROW_IN_TMUX
    return bool(has_placeholders(client))


def has_truecolor(terminal: str) -> bool:
    """Whether the named terminal is known to show 24-bit colours (tmux adapts them)."""
    name, version = parse_version(terminal)
    return name in _TRUECOLOR or (name == "xterm" and version >= _XTERM_24BIT)
