"""What is known of terminals by their names and versions, where asking them does not tell."""

from __future__ import annotations

import re
from collections.abc import Mapping

_TRUECOLOR = {
    "kitty",
    "ghostty",
    "wezterm",
    "konsole",
    "foot",
    "iterm2",
    "vte",
    "mintty",
    "contour",
    "alacritty",
    "tmux",
}
_XTERM_24BIT = (331,)
_KITTY_PLACEHOLDERS = (0, 28)
_GHOSTTY_NARROW_IN_TMUX = (1, 3, 1)
_OCTANTS = {"ghostty": (1, 2), "foot": (1, 20), "kitty": (0, 40), "vte": (7800,)}
_SEXTANTS = {
    "ghostty": (0,),
    "foot": (1, 6),
    "kitty": (0, 20),
    "vte": (6400,),
    "alacritty": (0, 14),
    "wezterm": (20220101,),
}
_QUADRANTS = ("ghostty", "foot", "kitty", "vte", "alacritty", "wezterm", "konsole", "contour")
_NEVER_SIXEL = ("kitty", "ghostty", "alacritty")
_BADLY_SIXEL = ("konsole",)
_PERHAPS_SIXEL = ("xterm", "foot", "wezterm", "iterm2", "mlterm", "contour", "mintty")
_NO_COLOUR_TERMS = ("dumb", "unknown")
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


def block_parts(terminal: str, *, behind: bool = False) -> int:
    """Into how many parts the named terminal cuts a cell by characters that it draws itself, whatever its font has.

    8 (octants), 6 (sextants) or 4 (quadrants); 2 where nothing is known: half-blocks are in nearly every font.
    `behind` a multiplexer there are no octants: its tables of widths are older than they (Unicode 16).
    """
    name, version = parse_version(terminal)
    if version and name in _OCTANTS and version >= _OCTANTS[name] and not behind:
        return 8
    if version and name in _SEXTANTS and version >= _SEXTANTS[name]:
        return 6
    return 4 if name in _QUADRANTS else 2


def never_sixel(terminal: str) -> bool:
    """Whether the named terminal has no sixel in any version: kitty writes one as text over the screen."""
    return parse_version(terminal)[0] in _NEVER_SIXEL


def perhaps_sixel(terminal: str) -> bool:
    """Whether the named terminal, which tells its version, draws sixels: xterm does where it was started so."""
    name, version = parse_version(terminal)
    return name in _PERHAPS_SIXEL and bool(version)


def badly_sixel(terminal: str) -> bool:
    """Whether the named terminal draws sixels, but with harm that it does not do by kitty graphics.

    Konsole (22.12, 25.04) blanks the column to the right of a sixel picture, such as a frame's line.
    """
    return parse_version(terminal)[0] in _BADLY_SIXEL


def breaks_truecolor(terminal: str) -> bool:
    """Whether the named terminal is known to garble 24-bit colours: mlterm loses those of bold text."""
    return parse_version(terminal)[0] == "mlterm"


def has_truecolor(terminal: str) -> bool:
    """Whether the named terminal is known to show 24-bit colours (tmux adapts them)."""
    name, version = parse_version(terminal)
    return name in _TRUECOLOR or (name == "xterm" and version >= _XTERM_24BIT)


def has_256_colours(environ: Mapping[str, str]) -> bool:
    """Whether text can have 256 colours: in every emulator of today, but not on a console or a terminal of old."""
    term = environ.get("TERM", "")
    if (
        term in ("linux", "cygwin", "ansi", "cons25")
        or term.startswith("vt")
        or term.endswith(("-16color", "-8color"))
    ):
        return False
    return bool(term) and not environ.get("NO_COLOR") and term not in _NO_COLOUR_TERMS


def lacks_colours(environ: Mapping[str, str]) -> str:
    """Why text can have no colours or no characters beyond ASCII; "" where nothing says so.

    NO_COLOR is as https://no-color.org has it. Where no locale is set that tells nothing of the terminal; C and POSIX
    ask for ASCII.
    """
    if environ.get("NO_COLOR"):
        return "NO_COLOR is set"
    term = environ.get("TERM", "")
    if term in _NO_COLOUR_TERMS or term.startswith(("vt1", "vt2")):
        return f"TERM={term} has no colours"
    locale = next((v for n in ("LC_ALL", "LC_CTYPE", "LANG") if (v := environ.get(n, ""))), "")
    if locale in ("C", "POSIX"):
        return f"the locale {locale} has ASCII only"
    charset = locale.partition("@")[0].partition(".")[2].lower().replace("-", "")
    if charset and charset != "utf8":
        return f"the locale {locale} is not UTF-8"
    return ""
