"""Pictures in the terminal itself, without a multiplexer between. Pure."""

from __future__ import annotations

from tuiqc.terminal.advice.case import Advice, Case
from tuiqc.terminal.capabilities import Protocol
from tuiqc.terminal.cells import find_cell
from tuiqc.terminal.names import has_placeholders, parse_version

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
