"""`tuiqc open`: look at a batch and judge it."""

from __future__ import annotations

import argparse
import getpass
import os
import sys
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from tuiqc.cli.source_options import add_source_options, source_options
from tuiqc.errors import UsageError

if TYPE_CHECKING:
    from tuiqc.config import Config
    from tuiqc.dataset.model import Batch
    from tuiqc.dataset.source import SourceOptions


def add_parser(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add `open`."""
    parser = subparsers.add_parser("open", help="look at a batch and judge it")
    add_source_options(parser, "open")
    parser.add_argument(
        "--save", metavar="FILE.toml", help="keep these options; open them again with: tuiqc open FILE.toml"
    )
    add_session_options(parser)
    parser.set_defaults(run=run)


def add_session_options(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of a session on the screen."""
    group = parser.add_argument_group("session")
    group.add_argument("--layer", metavar="NAME", help="object layer to start with")
    group.add_argument(
        "--annotations",
        metavar="FILE",
        help="CSV for the verdicts (default: qc_annotations.csv beside the data)",
    )
    group.add_argument("--annotator", metavar="NAME", help="who gives the verdicts (default: the login name)")
    group.add_argument(
        "--reasons", metavar="FILE.toml", help="reasons with their keys and the verdicts that they imply"
    )
    group.add_argument("--read-only", action="store_true", help="look, and write nothing")
    group.add_argument(
        "--take-lock", action="store_true", help="take over the CSV from a session that is known to be gone"
    )
    group.add_argument(
        "--history",
        action="store_true",
        help="keep every decision (who, when, what before) in FILE.history.jsonl",
    )
    group.add_argument(
        "--cache-mb", metavar="MB", type=int, help="memory for images and pictures (default: 512)"
    )
    group.add_argument(
        "--budget",
        metavar="BYTES",
        help="bytes that a picture may take on its way to the terminal, such as 80kB; none for no bound "
        "(default: auto, what the measured link carries)",
    )
    add_graphics_option(group)


def add_graphics_option(parser: argparse._ActionsContainer) -> None:
    """Add `--graphics`."""
    parser.add_argument(
        "--graphics",
        choices=("auto", "kitty", "kitty-direct", "sixel", "halfblock", "ascii"),
        default="auto",
        help="how pictures reach the terminal (default: auto; the variable TUIQC_GRAPHICS does the same)",
    )


def run(arguments: argparse.Namespace) -> int:
    """Open what the arguments name."""
    options = source_options(arguments)
    if arguments.save:
        options.to_toml(Path(arguments.save))
        print(f"options kept in {arguments.save}", file=sys.stderr)
    return open_on_screen(options, arguments)


def open_on_screen(options: SourceOptions, arguments: argparse.Namespace) -> int:
    """Join the files, print the join report, ask the terminal what it can show, and run the program.

    Raises
    ------
    UsageError
        If standard input or output is no terminal, or there is no such object layer.
    """
    if not (sys.stdin.isatty() and sys.stdout.isatty()):
        raise UsageError(
            "open needs a terminal, and this is none. Without a screen: tuiqc summary SOURCE counts and joins, "
            "tuiqc render SOURCE --image KEY -o out.png draws an overlay"
        )
    from tuiqc.cli.opening import join

    batch = join(options)
    if arguments.layer is not None and arguments.layer not in batch.layers:
        raise UsageError(
            f"no object layer {arguments.layer!r}; there are: {', '.join(batch.layers) or 'none'}"
        )
    from tuiqc.dataset.report import JoinReport

    for line in JoinReport(batch).lines():
        print(line)
    sys.stdout.flush()
    return _session(batch, arguments)


def _with_options(config: Config, arguments: argparse.Namespace) -> Config:
    """The settings with what was said on the command line.

    Raises
    ------
    UsageError
        A value that can't be.
    """
    from tuiqc.terminal.budget import parse_budget

    if arguments.cache_mb is not None:
        if arguments.cache_mb < 16:
            raise UsageError(f"--cache-mb {arguments.cache_mb}: less than 16 MB hold no picture")
        config = replace(config, cache_mb=arguments.cache_mb)
    if arguments.budget is not None:
        config = replace(config, budget=arguments.budget)
    parse_budget(config.budget)  # a mistake is told before the terminal is touched
    return config


def _login_name() -> str:
    try:
        return getpass.getuser()
    except (KeyError, OSError):  # a user number without a name, as containers on clusters have
        return f"user {os.getuid()}"


def _session(batch: Batch, arguments: argparse.Namespace) -> int:
    from tuiqc.config import load_config
    from tuiqc.dataset.recent import remember
    from tuiqc.qc.annotations import AnnotationStore
    from tuiqc.qc.location import DEFAULT_NAME, annotations_path, existing_annotations
    from tuiqc.qc.lock import LockedError
    from tuiqc.qc.reasons import load_reasons, with_keys
    from tuiqc.terminal.probe import probe

    config = _with_options(load_config(), arguments)
    reasons = load_reasons(Path(arguments.reasons)) if arguments.reasons else with_keys(config.reasons)
    asked = Path(arguments.annotations) if arguments.annotations else None
    if arguments.read_only:
        path, told = existing_annotations(asked, batch.root) or batch.root / DEFAULT_NAME, None
    else:
        path, told = annotations_path(asked, batch.root)
    annotator = arguments.annotator or config.annotator or _login_name()
    try:
        store = AnnotationStore.open(
            path,
            annotator,
            batch.placeholders,
            read_only=arguments.read_only,
            on_locked="steal" if arguments.take_lock else "raise",
            history=arguments.history,
        )
    except LockedError as error:
        raise UsageError(f"{error} The options: --read-only, --annotations FILE, --take-lock") from error
    messages = [told] if told else []
    messages += store.messages
    remember(batch.name, batch.source)
    caps = probe(arguments.graphics)
    if caps.truecolor:
        # Over SSH the variable is lost on the way; Textual knows 24-bit colours only by it, and the cells of a
        # kitty picture carry its identity in one.
        os.environ.setdefault("COLORTERM", "truecolor")
    from tuiqc.ui.app import run_app

    with store:
        summary = run_app(
            batch, store, caps, config=config, layer=arguments.layer, messages=messages, reasons=reasons
        )
    for line in summary:
        print(line)
    return 0
