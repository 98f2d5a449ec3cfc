"""Letters and colours of text: TERM, locale, NO_COLOR, COLORTERM. Pure."""

from __future__ import annotations

from tuiqc.terminal.advice.case import Advice, Case
from tuiqc.terminal.capabilities import VARIABLE, Protocol
from tuiqc.terminal.names import breaks_truecolor, lacks_colours

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
