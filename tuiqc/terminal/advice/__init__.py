"""What to set so that pictures come, come sharper or stay: one entry for each trouble. Pure.

The remedies are those of the terminals' own manuals: xterm(1) for `decTerminalID`, `numColorRegisters` and
`maxGraphicSize`, tmux(1) for `allow-passthrough`, `terminal-features` and `focus-events`, kitty's graphics protocol for
placeholders, https://no-color.org for NO_COLOR.
"""

from __future__ import annotations

from collections.abc import Mapping

from tuiqc.terminal.advice import multiplexers, pictures, text
from tuiqc.terminal.advice.case import Advice, Case
from tuiqc.terminal.capabilities import Capabilities

__all__ = ["Advice", "advise"]

_RULES = (
    text.no_terminal,
    text.poor_term,
    text.mute,
    text.no_color,
    text.locale,
    multiplexers.without_utf8,
    multiplexers.passthrough,
    multiplexers.tmux_elsewhere,
    pictures.old_kitty,
    pictures.xterm_sixel,
    multiplexers.tmux_sixel,
    multiplexers.over_panes,
    multiplexers.focus_events,
    multiplexers.screen,
    pictures.mosh,
    pictures.vscode,
    pictures.no_pictures,
    pictures.cell,
    pictures.registers,
    pictures.sixel_size,
    text.colours,
    text.wish,
    text.link,
)


def advise(caps: Capabilities, environ: Mapping[str, str]) -> tuple[Advice, ...]:
    """All that could be better here, what weighs most first; nothing where all is well."""
    case = Case(caps, environ)
    return tuple(found for rule in _RULES if (found := rule(case)) is not None)
