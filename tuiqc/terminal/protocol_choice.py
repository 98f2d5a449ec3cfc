"""Whether text has 24-bit colours, and how many greys a picture has, with the reasons for it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from tuiqc.errors import UsageError
from tuiqc.terminal.capabilities import (
    CHOICES,
    DEFAULT_REGISTERS,
    VARIABLE,
    Capabilities,
    Multiplexer,
    Protocol,
    Replies,
    TmuxFacts,
    exact_cell,
    find_cell,
)
from tuiqc.terminal.emulators import (
    badly_sixel,
    block_parts,
    breaks_truecolor,
    has_placeholders,
    has_placeholders_in_tmux,
    has_truecolor,
    lacks_colours,
    never_sixel,
    parse_version,
)
from tuiqc.terminal.protocols.picture_protocol import protocol_of

_BLOCKS = {8: Protocol.OCTANT, 6: Protocol.SEXTANT, 4: Protocol.QUADRANT}
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


def choose(
    replies: Replies, environ: Mapping[str, str], forced: str = "auto", setting: str = "auto"
) -> Capabilities:
    """Decide how to draw.

    Parameters
    ----------
    replies
        What the terminal answered.
    environ
        Environment variables: TERM, COLORTERM, TMUX, STY, TERM_PROGRAM, TERM_PROGRAM_VERSION, TUIQC_GRAPHICS.
    forced
        One of `CHOICES`. "kitty" becomes direct placement on a terminal that is known to lack placeholders.
    setting
        The same from the settings file, for where neither `forced` nor the variable asks for something.

    Raises
    ------
    UsageError
        `forced`, `TUIQC_GRAPHICS` or `setting` is none of `CHOICES`.
    """
    terminal = _terminal_name(replies, environ)
    multiplexer = multiplexer_of(replies, environ)
    wish, wish_reason = _wish(forced, environ, setting)
    if wish is None:
        protocol, why = _automatic(replies, multiplexer, terminal, environ)
        protocol, why = _finer(protocol, why, _outermost(replies, multiplexer, terminal), multiplexer)
        protocol, why = _without_colours(protocol, why, multiplexer, environ)
    else:
        protocol, why = _as_wished(wish, replies, multiplexer, terminal)
        why.insert(0, wish_reason)
    cell, origin = find_cell(replies.screen, replies.cell, replies.text_area)
    cell_reason = f"cells of {cell[0]}x{cell[1]} px: {origin}"
    colour, colour_reason = truecolor_of(terminal, multiplexer, environ)
    greys, grey_reason = grey_levels_of(environ, sixel=protocol is Protocol.SIXEL)
    wrapped = _must_wrap(protocol, multiplexer, replies)
    if wrapped and not (replies.tmux and replies.tmux.passthrough):
        why.append("tmux drops it unless `allow-passthrough` is on")
    registers = replies.registers or DEFAULT_REGISTERS
    return Capabilities(
        protocol=protocol,
        cell_width=cell[0],
        cell_height=cell[1],
        truecolor=colour,
        sixel_registers=max(4, min(registers, DEFAULT_REGISTERS)),
        sixel_max=replies.sixel_max,
        synchronized=replies.synchronized,
        multiplexer=multiplexer,
        terminal=terminal,
        round_trip_ms=replies.round_trip_ms,
        reasons=(*why, cell_reason, colour_reason, grey_reason),
        passthrough=wrapped,
        grey_levels=greys,
        pane=replies.tmux.pane if wrapped and replies.tmux else (0, 0),
        exact=exact_cell(replies.screen, cell, replies.text_area),
        answers=replies,
        forced=forced,
        setting=setting,
    )


def choose_again(caps: Capabilities, tmux: TmuxFacts | None, environ: Mapping[str, str]) -> Capabilities:
    """The choice for the terminal that is outside of tmux now; what else was answered, and the cell, stay."""
    before = caps.answers.tmux
    if tmux is not None and before is not None and tmux.client_pid == before.client_pid:
        tmux = replace(tmux, outer_sixel=before.outer_sixel)  # the same terminal: it need not be asked again
    chosen = choose(replace(caps.answers, tmux=tmux), environ, caps.forced, caps.setting)
    return replace(chosen, cell_width=caps.cell_width, cell_height=caps.cell_height, exact=caps.exact)


def _wish(forced: str, environ: Mapping[str, str], setting: str) -> tuple[Protocol | None, str]:
    asked = (
        (forced, "--graphics"),
        (environ.get(VARIABLE, ""), VARIABLE),
        (setting, "graphics in config.toml"),
    )
    for value, origin in asked:
        chosen = value.strip().lower()
        if chosen not in ("", *CHOICES):
            raise UsageError(f"{origin}: {value!r} is none of {', '.join(CHOICES)}")
        if chosen not in ("", "auto"):
            return Protocol(chosen), f"{chosen} was asked for by {origin}"
    return None, ""


def _terminal_name(replies: Replies, environ: Mapping[str, str]) -> str:
    """XTVERSION answer, else what the environment tells if it fits TERM, else TERM."""
    if replies.version:
        return replies.version
    term = environ.get("TERM", "")
    program, version = environ.get("TERM_PROGRAM", ""), environ.get("TERM_PROGRAM_VERSION", "")
    name = term.removeprefix("xterm-")
    if program and program.lower() == name.lower():
        return f"{program} {version}".strip()
    return term


def multiplexer_of(replies: Replies, environ: Mapping[str, str]) -> Multiplexer:
    """What stands between this program and the terminal: "tmux", "screen" or ""."""
    term = environ.get("TERM", "")
    if parse_version(replies.version)[0] == "tmux" or environ.get("TMUX") or term.startswith("tmux"):
        return "tmux"
    if environ.get("STY") or term.startswith("screen"):
        return "screen"
    return ""


def _sixel_offered(replies: Replies) -> bool:
    return replies.attributes is not None and 4 in replies.attributes[1:]


def _sixel_in_tmux(replies: Replies) -> bool:
    """A tmux built with sixel lists it whatever is outside; a terminal without gets a box of + as the picture."""
    facts = replies.tmux
    return _sixel_offered(replies) and not (
        facts is None or facts.sixel is False or never_sixel(facts.client)
    )


def _automatic(
    replies: Replies, multiplexer: Multiplexer, terminal: str, environ: Mapping[str, str]
) -> tuple[Protocol, list[str]]:
    if not replies.asked:
        term = environ.get("TERM", "")
        where = f"TERM={term} can't be asked" if term in ("dumb", "linux") else "there is no terminal to ask"
        return Protocol.HALFBLOCK, [f"half-blocks: {where}"]
    if replies.attributes is None:
        return Protocol.HALFBLOCK, ["half-blocks: the terminal did not answer in time"]
    if multiplexer == "tmux":
        return _in_tmux(replies)
    if multiplexer == "screen":
        return Protocol.HALFBLOCK, ["half-blocks: GNU screen lets no pictures through"]
    placeholders = has_placeholders(terminal)
    if replies.kitty_ok and placeholders:
        return Protocol.KITTY, [f"kitty placeholders: {terminal} has them and answered the kitty query"]
    if replies.kitty_ok and badly_sixel(terminal):
        return Protocol.KITTY_DIRECT, [
            f"kitty direct placement: {terminal} answered the kitty query, and its sixels wipe what is beside them"
        ]
    if _sixel_offered(replies):
        return Protocol.SIXEL, ["sixel: the terminal lists it among its device attributes (DA1: 4)"]
    if replies.kitty_ok:
        lacks = "has no placeholders" if placeholders is False else "is not known to have placeholders"
        return Protocol.KITTY_DIRECT, [
            f"kitty direct placement: answered the kitty query, but {terminal} {lacks}"
        ]
    return Protocol.HALFBLOCK, [
        "half-blocks: the terminal answered, but offers neither kitty graphics nor sixel"
    ]


def _outermost(replies: Replies, multiplexer: Multiplexer, terminal: str) -> str:
    """The name of the terminal that draws; "" if that is not known."""
    if not multiplexer:
        return terminal
    return replies.tmux.client if replies.tmux is not None and replies.tmux.utf8 is not False else ""


def _finer(
    protocol: Protocol, why: list[str], terminal: str, multiplexer: Multiplexer
) -> tuple[Protocol, list[str]]:
    """In place of half-blocks the finest blocks that the terminal is known to draw itself: never boxes."""
    parts = block_parts(terminal, behind=bool(multiplexer)) if protocol is Protocol.HALFBLOCK else 0
    if parts not in _BLOCKS:
        return protocol, why
    finer = _BLOCKS[parts]
    first, *others = why
    reason = first.removeprefix("half-blocks: ")
    return finer, [f"{finer}s, which {terminal} draws itself: {reason}", *others]


def _without_colours(
    protocol: Protocol, why: list[str], multiplexer: Multiplexer, environ: Mapping[str, str]
) -> tuple[Protocol, list[str]]:
    """What needs coloured text or Unicode gives way where these are not to be had."""
    lacks = lacks_colours(environ)
    if not lacks or protocol in (Protocol.SIXEL, Protocol.KITTY_DIRECT):
        return protocol, why
    if protocol is Protocol.KITTY and not multiplexer:
        return Protocol.KITTY_DIRECT, [*why, f"by direct placement: {lacks}"]
    return Protocol.ASCII, [f"plain characters: {lacks}", *why[1:]]


def _in_tmux(replies: Replies) -> tuple[Protocol, list[str]]:
    """Placeholders or sixel through passthrough, tmux's own sixel, else half-blocks; with what would help."""
    facts = replies.tmux
    if facts is None:
        obstacle = "tmux can't be asked from here what terminal is outside, and lets no question through"
    elif not has_placeholders_in_tmux(facts.client):
        outer = facts.client or "unknown"
        obstacle = f"the terminal outside of tmux ({outer}) is not known to have kitty placeholders"
    elif facts.utf8 is False:
        obstacle = "tmux was started without UTF-8, which kitty placeholders need"
    elif not facts.passthrough:
        obstacle = f"{facts.client} has kitty placeholders, but tmux needs `set -g allow-passthrough on`"
    else:
        return Protocol.KITTY, [
            f"kitty placeholders: {facts.client} outside of tmux has them and passthrough is on"
        ]
    if _sixel_in_tmux(replies):
        return Protocol.SIXEL, ["sixel: tmux lists it among its device attributes (DA1: 4)", obstacle]
    if facts is not None and facts.passthrough and facts.outer_sixel:
        return Protocol.SIXEL, [
            f"sixel through tmux: {facts.client} outside says that it has sixel, and passthrough is on",
            "tmux does not know of such pictures: ctrl+r draws again what other panes wipe",
        ]
    if _sixel_offered(replies):
        why = "may take" if facts is None else "takes"
        return Protocol.HALFBLOCK, [
            f"half-blocks: {obstacle}",
            f"this tmux has sixel, but {why} the terminal outside for one without",
        ]
    return Protocol.HALFBLOCK, [
        f"half-blocks: {obstacle}",
        "this tmux offers no sixel (it needs 3.4 built with sixel, and a terminal outside that has it)",
    ]


def _as_wished(
    wish: Protocol, replies: Replies, multiplexer: Multiplexer, terminal: str
) -> tuple[Protocol, list[str]]:
    outer = replies.tmux.client if multiplexer == "tmux" and replies.tmux else terminal
    if wish is Protocol.KITTY and has_placeholders(outer) is False:
        return Protocol.KITTY_DIRECT, [f"by direct placement: {outer} has no placeholders"]
    kitty = wish in (Protocol.KITTY, Protocol.KITTY_DIRECT)
    if kitty and not multiplexer and replies.attributes and not replies.kitty_ok:
        return wish, ["the terminal did not answer the kitty query"]
    if wish is Protocol.SIXEL and replies.attributes and not _sixel_offered(replies):
        return wish, ["the terminal does not list sixel among its device attributes"]
    return wish, []


def _must_wrap(protocol: Protocol, multiplexer: Multiplexer, replies: Replies) -> bool:
    if multiplexer != "tmux" or protocol_of(protocol).COARSE:
        return False
    if protocol is Protocol.SIXEL and _sixel_offered(replies):
        # tmux has sixel itself, but may take the terminal outside, which has it, for one without.
        return bool(replies.tmux and replies.tmux.outer_sixel and not _sixel_in_tmux(replies))
    return True
