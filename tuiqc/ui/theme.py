"""The colours that Textual's themes do not have: of verdicts, of the ground of plots; all can be read on each theme.

A theme that leaves the ground to the terminal (`ansi-dark`, `ansi-light`) is taken for one on the usual dark or light
grounds of terminals.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from rich.terminal_theme import TerminalTheme
from textual.color import Color
from textual.theme import BUILTIN_THEMES, Theme
from textual.widget import Widget

from tuiqc.config import load_config
from tuiqc.errors import InputError
from tuiqc.paths import config_dir
from tuiqc.preferences import keep_preference, preference
from tuiqc.qc.verdict import ALL, FAIL, NONE, PASS, RGB, UNSURE
from tuiqc.tables.heat import luminance

LEAST_CONTRAST = 4.5
"""Of verdict colours with the ground behind them: what WCAG 2.1 asks of small text (1.4.3)."""

_GROUNDS = ("background", "surface", "panel")
_OF_TERMINALS: dict[bool, tuple[RGB, ...]] = {
    True: ((0, 0, 0), (30, 30, 30), (46, 52, 64)),
    False: ((255, 255, 255), (247, 247, 247), (238, 232, 213)),
}
_PAPER: RGB = (0, 0, 0)
_INK: RGB = (224, 224, 224)
_INK_ON_LIGHT: RGB = (24, 24, 24)
_STEPS = 64

CSS = """
LineTable > .table--header { background: $panel; text-style: bold; }
LineTable > .table--header-cursor { background: $panel; color: $accent-ink; text-style: bold underline; }
LineTable > .table--cursor { background: $accent 40%; text-style: bold; }
LineTable > .table--cursor-cell { background: $accent; color: $text; text-style: bold; }
LineTable > .table--cursor-blurred { background: $panel; text-style: bold; }
LineTable > .table--pinned { text-style: bold; }
LineTable > .table--pass { color: $verdict-pass; }
LineTable > .table--fail { color: $verdict-fail; }
LineTable > .table--unsure { color: $verdict-unsure; }
LineTable > .table--scroll { color: $accent; }
LineTable > .table--empty { color: $text-muted; }
App:ansi LineTable > .table--header { text-style: bold reverse; }
App:ansi LineTable > .table--header-cursor { color: ansi_default; text-style: bold underline; }
App:ansi LineTable > .table--cursor { background: ansi_default; text-style: bold underline; }
App:ansi LineTable > .table--cursor-cell { background: ansi_default; color: ansi_default; text-style: bold reverse; }
App:ansi LineTable > .table--cursor-blurred { text-style: bold; }
ReviewScreen #images:focus, ReviewScreen #objects:focus { border-subtitle-color: $accent-ink; }
Picture { color: $ink; }
ReviewScreen #picture, ReviewScreen #picture:focus { border-title-color: $ink; border-subtitle-color: $ink; }
OptionList > .option-list--option-highlighted { background: $accent 40%; color: $foreground; text-style: bold; }
OptionList:focus > .option-list--option-highlighted { background: $accent 40%; color: $foreground; text-style: bold; }
App:ansi OptionList > .option-list--option-highlighted { text-style: bold reverse; }
PlotView, TileView { background: $sheet; color: $sheet-ink; }
PlateView { background: $paper; color: $ink; }
App:light PlateView { background: $sheet; color: $sheet-ink; }
"""
"""What is styled by these colours; read with the styles of the program, for widgets may be in programs without them."""


def contrast(one: RGB, other: RGB) -> float:
    """Contrast of two colours, 1 to 21, by WCAG 2.1."""
    high, low = sorted((luminance(one), luminance(other)), reverse=True)
    return (high + 0.05) / (low + 0.05)


def readable(colour: RGB, grounds: Sequence[RGB], least: float = LEAST_CONTRAST) -> RGB:
    """Return a colour as it is, or as little darker or lighter as makes it readable on all grounds."""
    dark = sum(map(luminance, grounds)) / len(grounds) < luminance((118, 118, 118))
    end = 255 if dark else 0
    for step in range(_STEPS + 1):
        share = step / _STEPS
        mixed = tuple(round(part + (end - part) * share) for part in colour)
        found: RGB = (mixed[0], mixed[1], mixed[2])
        if min(contrast(found, ground) for ground in grounds) >= least:
            break
    return found


def grounds(theme: Theme) -> tuple[RGB, ...]:
    """The colours that text stands on in a theme."""
    if theme.ansi:
        return _OF_TERMINALS[theme.dark]
    colours = theme.to_color_system().generate()
    return tuple(Color.parse(colours[name]).rgb for name in _GROUNDS)


def variables(theme: Theme) -> dict[str, str]:
    """The colours by the name that styles know them by, without its `$`."""
    behind = grounds(theme)
    accent = theme.to_color_system().generate()["accent"]
    tones = {verdict: readable(verdict.screen, behind) for verdict in ALL}
    # The ground of a terminal's own colours is not known: there, as below pictures, it is black.
    own, light = theme.dark and not theme.ansi, not theme.dark and not theme.ansi
    return {
        "verdict-none": css(tones[NONE]),
        "verdict-pass": css(tones[PASS]),
        "verdict-fail": css(tones[FAIL]),
        "verdict-unsure": css(tones[UNSURE]),
        "accent-ink": accent if theme.ansi else css(readable(Color.parse(accent).rgb, behind)),
        "trough": css((58, 58, 58) if theme.dark else (200, 200, 200)),
        "paper": css(behind[0] if own else _PAPER),
        "ink": css(_INK),
        "sheet": css(behind[0] if light else _PAPER),
        "sheet-ink": css(_INK_ON_LIGHT if light else _INK),
    }


def css(colour: RGB) -> str:
    """A colour as Rich and Textual read it."""
    return "rgb({},{},{})".format(*colour)


def tone(widget: Widget, name: str) -> str:
    """A colour of the theme that is in force, for text that a widget paints itself."""
    known: Mapping[str, str] = widget.app.theme_variables
    return named_by_rich(known.get(name) or variables(BUILTIN_THEMES["textual-dark"])[name])


def named_by_rich(colour: str) -> str:
    """A colour as Rich reads it: it knows those of the terminal without the `ansi_` that Textual puts before them."""
    return colour.removeprefix("ansi_")


def verdict_tone(widget: Widget, name: str) -> str:
    """The colour of a verdict by its name, "" for none."""
    return tone(widget, f"verdict-{name or 'none'}")


def named_colours(theme: Theme, usual: TerminalTheme) -> TerminalTheme:
    """Colours that are named in texts ("cyan"), as they can be read on a theme."""
    behind = grounds(theme)

    def adapted(at: int) -> RGB:
        red, green, blue = usual.ansi_colors[at]
        return readable((red, green, blue), behind)

    def plain(red: int, green: int, blue: int) -> RGB:
        return red, green, blue

    ends = plain(*usual.background_color), plain(*usual.foreground_color)
    return TerminalTheme(*ends, [adapted(at) for at in range(8)], [adapted(at) for at in range(8, 16)])


def checked(name: str) -> str:
    """Return the name of a theme.

    Raises
    ------
    InputError
        There is none of that name.
    """
    if name not in BUILTIN_THEMES:
        raise InputError(
            f"theme = {name!r}",
            path=config_dir() / "config.toml",
            expected="one of " + ", ".join(sorted(BUILTIN_THEMES)),
        )
    return name


def chosen(configured: str) -> str:
    """The theme for a session: that chosen last on the screen, else the one of the settings.

    What was chosen holds as long as the settings say what they said then: a theme that is written there later counts.
    """
    kept = preference("theme")
    if not isinstance(kept, dict) or kept.get("instead_of") != configured:
        return configured
    name = kept.get("name")
    return name if isinstance(name, str) and name in BUILTIN_THEMES else configured


def choose(name: str) -> bool:
    """Keep a theme for the next sessions; returns whether that could be done."""
    try:
        configured = load_config().theme
    except InputError:  # somebody is changing the file
        return False
    return keep_preference("theme", {"name": name, "instead_of": configured})
