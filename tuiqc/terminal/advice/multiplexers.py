"""What tmux and GNU screen let through. Pure."""

from __future__ import annotations

from tuiqc.terminal.advice.case import Advice, Case
from tuiqc.terminal.capabilities import VARIABLE, Protocol
from tuiqc.terminal.names import has_placeholders_in_tmux, never_sixel
from tuiqc.terminal.protocols.base import protocol_of


def without_utf8(case: Case) -> Advice | None:
    """A tmux that writes `_` for all that is not ASCII."""
    if case.facts is None or case.facts.utf8 is not False:
        return None
    return Advice(
        "tmux",
        "tmux was started in a locale without UTF-8: it shows _ for signs, and no kitty placeholders.",
        "Detach, then: tmux -u attach (or export LANG=C.UTF-8 before tmux is started).",
    )


def passthrough(case: Case) -> Advice | None:
    """tmux in a terminal with placeholders, without passthrough."""
    facts = case.facts
    if facts is None or facts.passthrough:
        return None
    if not case.caps.passthrough and not has_placeholders_in_tmux(facts.client):
        return None
    return Advice(
        "tmux",
        f"tmux keeps pictures from the terminal outside ({facts.client or 'unknown'}).",
        "In ~/.tmux.conf: set -g allow-passthrough on - or now: tmux set -g allow-passthrough on",
    )


def tmux_sixel(case: Case) -> Advice | None:
    """tmux without sixel, or that takes the terminal outside for one without."""
    facts = case.facts
    if facts is None or not protocol_of(case.caps.protocol).COARSE or never_sixel(facts.client):
        return None
    outer = facts.client or "unknown"
    if case.lists_sixel:
        return Advice(
            "sixel in tmux",
            f"tmux has sixel, but takes the terminal outside ({outer}) for one without.",
            f"If it has: set -as terminal-features ',{facts.term or 'xterm-256color'}:sixel' in ~/.tmux.conf, then "
            "detach and attach again. Not for kitty: it writes sixels as text.",
        )
    return Advice(
        "sixel in tmux",
        "This tmux does not know sixel.",
        "tmux 3.4 or newer built with sixel; or, if the terminal outside has it, allow-passthrough on and "
        "--graphics sixel (ctrl+r draws again what other panes wipe).",
    )


def over_panes(case: Case) -> Advice | None:
    """Pictures that lie over tmux."""
    if not case.caps.passthrough or case.caps.protocol is Protocol.KITTY:
        return None
    return Advice(
        "tmux",
        "tmux does not know of pictures that pass through it: it wipes them, or they stay over other windows.",
        "ctrl+r draws again; --graphics halfblock is always right.",
    )


def focus_events(case: Case) -> Advice | None:
    """Such pictures, and no word of a change of window."""
    placed_over = case.caps.passthrough and case.caps.protocol is not Protocol.KITTY
    if case.facts is None or case.facts.focus is not False or not placed_over:
        return None
    return Advice(
        "tmux",
        "tmux does not tell when this window is chosen again.",
        "In ~/.tmux.conf: set -g focus-events on - or press ctrl+r then.",
    )


def tmux_elsewhere(case: Case) -> Advice | None:
    """SSH from within tmux, or a container."""
    if case.caps.multiplexer != "tmux" or case.answers.tmux is not None or case.answers.attributes is None:
        return None
    remedy = "In ~/.tmux.conf there: set -g allow-passthrough on"
    if case.lists_sixel:
        remedy += f" - or, if the terminal outside has sixel: export {VARIABLE}=sixel"
    return Advice(
        "tmux",
        "tmux can't be asked what terminal is outside (SSH from within it, or a container).",
        remedy,
    )


def screen(case: Case) -> Advice | None:
    """GNU screen."""
    if case.caps.multiplexer != "screen":
        return None
    return Advice("screen", "GNU screen lets no pictures through.", "tmux in its place, or none.")
