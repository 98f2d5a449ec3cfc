"""What to set so that pictures come, come sharper or stay: one entry for each trouble. Pure.

The remedies are those of the terminals' own manuals: xterm(1) for `decTerminalID`, `numColorRegisters` and
`maxGraphicSize`, tmux(1) for `allow-passthrough`, `terminal-features` and `focus-events`, kitty's graphics protocol for
placeholders, https://no-color.org for NO_COLOR.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from tuiqc.terminal.capabilities import VARIABLE, Capabilities, Protocol, Replies, TmuxFacts, find_cell
from tuiqc.terminal.emulators import (
    breaks_truecolor,
    has_placeholders,
    has_placeholders_in_tmux,
    lacks_colours,
    never_sixel,
    parse_version,
    perhaps_sixel,
)
from tuiqc.terminal.protocols.picture_protocol import protocol_of


@dataclass(frozen=True, slots=True)
class Advice:
    """What was found, as a sentence, and what to set or do about it."""

    about: str
    finding: str
    remedy: str


@dataclass(frozen=True, slots=True)
class Case:
    """What was found, and the environment, with what the rules ask of them."""

    caps: Capabilities
    environ: Mapping[str, str]

    @property
    def answers(self) -> Replies:
        """What the terminal answered."""
        return self.caps.answers

    @property
    def term(self) -> str:
        """TERM."""
        return self.environ.get("TERM", "")

    @property
    def plain(self) -> bool:
        """No multiplexer between, and it answered."""
        return not self.caps.multiplexer and self.answers.attributes is not None

    @property
    def lists_sixel(self) -> bool:
        """Whether sixel is among the device attributes."""
        return 4 in (self.answers.attributes or ())[1:]

    @property
    def facts(self) -> TmuxFacts | None:
        """What tmux told, where this is in tmux and it can be asked."""
        return self.answers.tmux if self.caps.multiplexer == "tmux" else None


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
    if facts.passthrough and perhaps_sixel(outer) and facts.outer_sixel is None:
        return Advice(
            "sixel in tmux",
            f"tmux lets pictures through, but can't say whether {outer} has sixel.",
            "If it has: --graphics sixel (ctrl+r draws again what other panes wipe), or tmux 3.4 with sixel.",
        )
    return Advice(
        "sixel in tmux",
        "This tmux does not know sixel.",
        "tmux 3.4 or newer built with sixel; or, if the terminal outside has it, allow-passthrough on and "
        "--graphics sixel (ctrl+r draws again what other panes wipe).",
    )


def better_in_tmux(caps: Capabilities, environ: Mapping[str, str]) -> str:
    """What to set for true pictures that are at hand and that tmux keeps away; "" where that is not so."""
    case = Case(caps, environ)
    if not protocol_of(caps.protocol).COARSE:
        return ""
    passes = case.facts is not None and case.facts.passthrough and perhaps_sixel(case.facts.client)
    found = passthrough(case) or (tmux_sixel(case) if case.lists_sixel or passes else None)
    return "" if found is None else f"{found.finding} {found.remedy}"


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


_BETTER = (
    "kitty 0.28 or newer, Ghostty, WezTerm, Konsole, foot, iTerm2, Windows Terminal 1.22, or xterm -ti vt340"
)


def xterm_sixel(case: Case) -> Advice | None:
    """xterm without `-ti vt340`."""
    if not case.plain or case.lists_sixel or parse_version(case.answers.version)[0] != "xterm":
        return None
    return Advice(
        "sixel",
        "This xterm was not started as a terminal with graphics.",
        "xterm -ti vt340, or in ~/.Xresources: XTerm*decTerminalID: vt340",
    )


def registers(case: Case) -> Advice | None:
    """Few sixel colours."""
    registers = case.answers.registers
    if case.caps.protocol is not Protocol.SIXEL or registers is None or registers >= 64:
        return None
    return Advice(
        "sixel colours",
        f"A sixel picture may have {registers} colours only.",
        "For xterm in ~/.Xresources: XTerm*numColorRegisters: 256",
    )


def sixel_size(case: Case) -> Advice | None:
    """Sixel pictures smaller than the window."""
    largest, screen = case.answers.sixel_max, case.answers.screen
    if case.caps.protocol is not Protocol.SIXEL or largest is None or screen is None:
        return None
    width, height = screen[0] * case.caps.cell_width, screen[1] * case.caps.cell_height
    if largest[0] >= width and largest[1] >= height:
        return None
    return Advice(
        "sixel size",
        f"Sixel pictures are at most {largest[0]}x{largest[1]} px, the window {width}x{height}: they come in pieces.",
        "For xterm in ~/.Xresources: XTerm*maxGraphicSize: 4000x4000",
    )


def old_kitty(case: Case) -> Advice | None:
    """kitty before placeholders."""
    outer = case.facts.client if case.facts else case.answers.version
    name, version = parse_version(outer)
    if name != "kitty" or has_placeholders(outer) is not False:
        return None
    number = ".".join(map(str, version))
    if case.caps.multiplexer:
        return Advice(
            "kitty", f"kitty {number} has no placeholders, which tmux needs.", "kitty 0.28 or newer"
        )
    return Advice(
        "kitty",
        f"kitty {number} has no placeholders: pictures lie over the text and are blurred under dialogs.",
        "kitty 0.28 or newer",
    )


def mosh(case: Case) -> Advice | None:
    """mosh."""
    # mosh answers ?62c for itself, as kitty does, but neither to the kitty query nor with a name.
    if not case.plain or case.answers.attributes != (62,) or case.answers.kitty_ok or case.answers.version:
        return None
    return Advice("mosh", "This looks like mosh, which lets no pictures through.", "ssh in its place.")


def vscode(case: Case) -> Advice | None:
    """VS Code with its pictures off."""
    if case.environ.get("TERM_PROGRAM") != "vscode" or not case.plain or case.lists_sixel:
        return None
    return Advice(
        "VS Code",
        "Its terminal has pictures, but they are off.",
        "Setting terminal.integrated.enableImages: true",
    )


def no_pictures(case: Case) -> Advice | None:
    """A terminal that has none."""
    others = (xterm_sixel, mosh, vscode)
    if not case.plain or case.lists_sixel or case.answers.kitty_ok or any(rule(case) for rule in others):
        return None
    return Advice("pictures", "This terminal has none but coloured text.", f"For sharper ones: {_BETTER}.")


def cell(case: Case) -> Advice | None:
    """Sixel where nothing tells the size of a cell."""
    answers = case.answers
    if case.caps.protocol is not Protocol.SIXEL:
        return None
    if "assumed" not in find_cell(answers.screen, answers.cell, answers.text_area)[1]:
        return None
    return Advice(
        "cell size",
        "Nothing tells how many pixels a cell has: sixel pictures may be too small for their pane, or cut.",
        "For xterm: XTerm*allowWindowOps: true in ~/.Xresources; else --graphics halfblock.",
    )


_SLOW_MS = 150


def no_terminal(case: Case) -> Advice | None:
    """Nothing to ask: a pipe, or a background job."""
    if case.answers.asked or case.term in ("dumb", "linux"):
        return None
    return Advice(
        "terminal",
        "Standard input or output is no terminal here, or this runs in the background.",
        "Run it in the foreground of the terminal itself (ssh -t); `tuiqc render` and `tuiqc sheet` need none.",
    )


def poor_term(case: Case) -> Advice | None:
    """TERM names a console or a terminal of old."""
    if case.term not in ("dumb", "linux", "unknown") and not case.term.startswith(("vt1", "vt2")):
        return None
    return Advice(
        "TERM",
        f"TERM={case.term} stands for a terminal without pictures.",
        "In a terminal emulator, set what it sets by itself, such as TERM=xterm-256color.",
    )


def mute(case: Case) -> Advice | None:
    """No answer came in time."""
    if not case.answers.asked or case.answers.attributes is not None:
        return None
    return Advice(
        "no answer",
        "The terminal did not answer in time (2 s, over SSH 5 s).",
        f"Start again when the link is quicker, or name what the terminal has: `--graphics` or {VARIABLE}.",
    )


def no_color(case: Case) -> Advice | None:
    """NO_COLOR is set."""
    if not case.environ.get("NO_COLOR"):
        return None
    return Advice("NO_COLOR", "NO_COLOR is set, so text has no colours.", "unset NO_COLOR")


def locale(case: Case) -> Advice | None:
    """A locale without UTF-8."""
    found = lacks_colours({name: case.environ.get(name, "") for name in ("LC_ALL", "LC_CTYPE", "LANG")})
    if not found:
        return None
    return Advice(
        "locale", f"{found[0].upper()}{found[1:]}.", "export LC_ALL=C.UTF-8 (`locale -a` lists others)"
    )


def colours(case: Case) -> Advice | None:
    """Text in 256 colours where there may be more."""
    facts = case.facts
    if facts is not None and facts.rgb is False:
        return Advice(
            "colours",
            f"tmux takes the terminal outside ({facts.client}) for one of 256 colours or fewer.",
            f"In ~/.tmux.conf: set -as terminal-features ',{facts.term or '*'}:RGB' - then detach and attach again.",
        )
    if case.caps.truecolor or case.caps.protocol is Protocol.ASCII or breaks_truecolor(case.caps.terminal):
        return None
    return Advice(
        "COLORTERM",
        "Nothing tells that this terminal has 24-bit colours, so text has 256.",
        "If it has them: export COLORTERM=truecolor. SSH does not pass it on without SendEnv and AcceptEnv.",
    )


def wish(case: Case) -> Advice | None:
    """The variable that overrides the choice is set."""
    if not case.environ.get(VARIABLE, "").strip() or case.environ[VARIABLE].strip().lower() == "auto":
        return None
    return Advice(
        VARIABLE, f"{VARIABLE} decides how pictures are drawn here.", f"unset {VARIABLE} to have it chosen."
    )


def link(case: Case) -> Advice | None:
    """What a slow link costs."""
    over_ssh = bool(case.environ.get("SSH_CONNECTION") or case.environ.get("SSH_TTY"))
    slow = (case.answers.round_trip_ms or 0) >= _SLOW_MS
    if not over_ssh and not slow:
        return None
    what = "This session runs over SSH" if over_ssh else "The terminal answers late"
    return Advice(
        "link",
        f"{what}: pictures get coarser where the link is slow, so that each is there soon.",
        "--budget 80kB sets what one may take, --budget none lifts it (`budget` in config.toml).",
    )


__all__ = ["Advice", "advise", "better_in_tmux"]

_RULES = (
    no_terminal,
    poor_term,
    mute,
    no_color,
    locale,
    without_utf8,
    passthrough,
    tmux_elsewhere,
    old_kitty,
    xterm_sixel,
    tmux_sixel,
    over_panes,
    focus_events,
    screen,
    mosh,
    vscode,
    no_pictures,
    cell,
    registers,
    sixel_size,
    colours,
    wish,
    link,
)


def advise(caps: Capabilities, environ: Mapping[str, str]) -> tuple[Advice, ...]:
    """All that could be better here, what weighs most first; nothing where all is well."""
    case = Case(caps, environ)
    return tuple(found for rule in _RULES if (found := rule(case)) is not None)
