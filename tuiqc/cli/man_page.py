"""`tuiqc --print-man`: the manual page, made from the parser in the form of man(7)."""

from __future__ import annotations

import argparse
import re
from collections.abc import Iterator

from tuiqc import __version__
from tuiqc.cli.config import ENVIRONMENT
from tuiqc.cli.streams import DONE, FAILED, GATE, INTERRUPTED, PARTIAL, UNFORESEEN

STATUSES = {
    DONE: "everything was done",
    GATE: "a gate of check failed",
    FAILED: "nothing useful was done: wrong input or options",
    PARTIAL: "a part could not be read or written",
    UNFORESEEN: "a fault of the program",
    INTERRUPTED: "interrupted (ctrl+c)",
}
_FILES = {
    "qc_annotations.csv": "verdicts, beside the data (open --annotations names another file)",
    "config.toml": "settings, in the folder of your settings (tuiqc config shows where)",
}


def man_page(parser: argparse.ArgumentParser) -> str:
    """The page as source for man or groff."""
    lines = [f'.TH TUIQC 1 "" "tuiqc {__version__}" "User Commands"', ".ad l", ".SH NAME"]
    lines += [rf"tuiqc \- {_plain(_start_small(parser.description or ''))}", ".SH SYNOPSIS"]
    lines += [
        ".B tuiqc",
        r"\fISUBCOMMAND\fR [\fIOPTIONS\fR]",
        ".br",
        ".B tuiqc",
        r"\fIFOLDER\fR",
        ".SH DESCRIPTION",
    ]
    lines += [_text(parser.epilog or ""), ".SH OPTIONS", *_actions(parser)]
    lines.append(".SH SUBCOMMANDS")
    for name, about, one in _subcommands(parser):
        lines += [f'.SS "tuiqc {name}"', _text(_capital(about) + "."), *_synopsis(one)]
        for group in one._action_groups:
            shown = list(_entries(group._group_actions))
            if shown and group.title not in ("positional arguments", "options"):
                lines += [".PP", rf"\fB{_plain(group.title or '')}\fR"]
            lines += shown
        if one.epilog:
            lines += [".PP", ".nf", *map(_line, one.epilog.replace("%%", "%").splitlines()), ".fi"]
    for heading, told in (
        ("ENVIRONMENT", ENVIRONMENT),
        ("FILES", _FILES),
        ("EXIT STATUS", {str(number): text for number, text in STATUSES.items()}),
    ):
        lines.append(f".SH {heading}")
        for name, about in told.items():
            lines += [".TP", rf"\fB{_plain(name)}\fR", _text(about)]
    lines += [".SH SEE ALSO", r"\fBtuiqc help\fR shows the guide, recipes, keys and filters in the terminal."]
    return "\n".join(lines) + "\n"


def _subcommands(parser: argparse.ArgumentParser) -> Iterator[tuple[str, str, argparse.ArgumentParser]]:
    for action in parser._actions:
        if isinstance(action, argparse._SubParsersAction):
            for about in action._choices_actions:
                yield about.dest, about.help or "", action.choices[about.dest]


def _synopsis(parser: argparse.ArgumentParser) -> list[str]:
    usage = " ".join(parser.format_usage().split()).removeprefix("usage: ")
    return [".PP", rf"\fIUsage:\fR {_plain(usage)}"]


def _actions(parser: argparse.ArgumentParser) -> Iterator[str]:
    return _entries([one for one in parser._actions if not isinstance(one, argparse._SubParsersAction)])


def _entries(actions: list[argparse.Action]) -> Iterator[str]:
    for action in actions:
        if action.help == argparse.SUPPRESS or action.dest == "help":
            continue
        yield ".TP"
        yield _head(action)
        about = (action.help or "") % _Named(vars(action))
        yield _text(about) or r"\&"


class _Named(dict[str, object]):
    """What `%(default)s` and its like stand for in a help text."""

    def __missing__(self, name: str) -> str:
        return ""


def _head(action: argparse.Action) -> str:
    """An option with its value, or an argument."""
    value = ""
    if action.nargs != 0:
        choices = "{" + ",".join(map(str, action.choices)) + "}" if action.choices is not None else ""
        shown = action.metavar if isinstance(action.metavar, str) else choices or action.dest.upper()
        value = rf"\fI{_plain(shown)}\fR"
    options = ", ".join(rf"\fB{_plain(one)}\fR" for one in action.option_strings)
    return f"{options} {value}".strip()


def _plain(text: str) -> str:
    """Text that roff takes for nothing else."""
    text = text.replace("\\", r"\(rs").replace("-", r"\-").replace("'", r"\(aq").replace("`", r"\(ga")
    text = text.replace("^", r"\(ha").replace("~", r"\(ti")
    return re.sub(r"[^\x00-\x7f]", lambda sign: rf"\[u{ord(sign[0]):04X}]", text)


def _line(text: str) -> str:
    shown = _plain(text)
    return rf"\&{shown}" if shown.startswith(".") else shown


def _text(text: str) -> str:
    return "\n".join(_line(line.strip()) for line in text.replace("%%", "%").splitlines() if line.strip())


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]


def _start_small(text: str) -> str:
    return (text[:1].lower() + text[1:]).rstrip(".")
