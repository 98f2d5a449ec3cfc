"""Whether text has 24-bit colours, and how many greys a picture has, with the reasons for it."""

from __future__ import annotations

from collections.abc import Mapping

from tuiqc.terminal.names import breaks_truecolor, has_truecolor

GREY_LEVELS, GREY_LEVELS_SSH = 64, 32
"""Grey levels of a picture on this machine and over SSH, where it takes about 60 % of the bytes."""
GREY_LEVELS_SIXEL = 32
"""Of a sixel picture: twice the greys take 1.4 to 3 times the bytes."""


def truecolor_of(terminal: str, multiplexer: str, environ: Mapping[str, str]) -> tuple[bool, str]:
    """Whether text has 24-bit colours here, and why."""
    if environ.get("COLORTERM", "").lower() in ("truecolor", "24bit"):
        return True, "24-bit colours: COLORTERM says so"
    if environ.get("TERM", "").endswith("-direct"):
        return True, "24-bit colours: TERM says so"
    name = "tmux" if multiplexer == "tmux" else terminal
    if has_truecolor(name):
        return True, f"24-bit colours: {name} has them"
    if breaks_truecolor(name):
        return False, f"256 colours: {name} garbles 24-bit ones"
    return False, "256 colours: nothing tells of 24-bit ones (COLORTERM=truecolor would)"


def grey_levels_of(environ: Mapping[str, str], *, sixel: bool = False) -> tuple[int, str]:
    """Grey levels of a picture, and why."""
    if sixel:
        return (
            GREY_LEVELS_SIXEL,
            f"{GREY_LEVELS_SIXEL} grey levels: every colour of a sixel picture is sent apart",
        )
    if environ.get("SSH_CONNECTION") or environ.get("SSH_TTY"):
        return GREY_LEVELS_SSH, f"{GREY_LEVELS_SSH} grey levels: over SSH a picture should be small"
    return GREY_LEVELS, f"{GREY_LEVELS} grey levels: the session is local"
