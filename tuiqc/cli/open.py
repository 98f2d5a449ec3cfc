"""`tuiqc open`: look at a batch and judge it."""

from __future__ import annotations

import argparse
import getpass
import os
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from shutil import get_terminal_size
from textwrap import wrap
from typing import TYPE_CHECKING

from tuiqc.cli.options import add_adopt_option, add_source_options, source_options
from tuiqc.cli.queue_options import add_queue_options, check_queue_options
from tuiqc.errors import UsageError
from tuiqc.text import printable

if TYPE_CHECKING:
    from tuiqc.config import Config
    from tuiqc.dataset.model import Batch
    from tuiqc.dataset.source_options import SourceOptions
    from tuiqc.qc.annotations import AnnotationStore
    from tuiqc.qc.categories import CategoryColumn
    from tuiqc.qc.lock import LockedError
    from tuiqc.triage.lessons import Lessons
    from tuiqc.ui.key_script import KeyScript


def _with_options(config: Config, arguments: argparse.Namespace) -> Config:
    """The settings with what was said on the command line.

    Raises
    ------
    UsageError
        A value that can't be.
    """
    from tuiqc.terminal.picture_bytes import parse_budget

    if arguments.cache_mb is not None:
        if arguments.cache_mb < 16:
            raise UsageError(f"--cache-mb {arguments.cache_mb}: less than 16 MB hold no picture")
        config = replace(config, cache_mb=arguments.cache_mb)
    if arguments.budget is not None:
        config = replace(config, budget=arguments.budget)
    parse_budget(config.budget)  # a mistake is told before the terminal is touched
    return config


def login_name() -> str:
    """Return who is at the keyboard."""
    try:
        return getpass.getuser()
    except (KeyError, OSError):  # a user number without a name, as containers on clusters have
        return f"user {os.getuid()}"


def first_view(arguments: argparse.Namespace) -> str:
    """The view that the arguments ask for, "" for the home screen."""
    asked = [name for name in ("gallery", "contact_sheet") if getattr(arguments, name, False)]
    return asked[0] if asked else ""


def run_session(batch: Batch, arguments: argparse.Namespace) -> int:
    """Open the annotations, ask the terminal what it can show, and run the program; prints the summary at the end."""
    from tuiqc.cli.options import category_column
    from tuiqc.cli.queue_options import make_queue
    from tuiqc.config import load_config
    from tuiqc.dataset.open.recent import remember, remember_patterns
    from tuiqc.qc.location import unmatched
    from tuiqc.qc.reasons import load_reasons, with_keys
    from tuiqc.review.batch_progress import keep_progress
    from tuiqc.terminal.advice import better_in_tmux
    from tuiqc.terminal.emulators import has_256_colours
    from tuiqc.terminal.probe import probe

    config = _with_options(load_config(), arguments)
    reasons = load_reasons(Path(arguments.reasons)) if arguments.reasons else with_keys(config.reasons)
    column = category_column(arguments.categories)
    lessons = lessons_of(batch, arguments)
    store, told = open_store(batch, arguments, config, column)
    with store:
        queue, walk = make_queue(arguments, batch, store)
        task = getattr(arguments, "task", "")  # of a quiz, whose data are gone when it ends
        notices = [*told, *filter(None, [task, unmatched(store.items(), batch, store.path)])]
        lasting = not (task or getattr(arguments, "tour", False))
        if lasting:
            remember(batch.name, batch.source)
            if not len(store):
                keep_progress(batch, store, {})  # a session that is killed says where its verdicts are
        script = key_script(batch, store, arguments.keys) if getattr(arguments, "keys", None) else None
        caps = probe(arguments.graphics, setting=config.graphics) if script is None else script.caps
        hint = better_in_tmux(caps, os.environ) if arguments.graphics == "auto" else ""
        messages = [*store.messages, *filter(None, [hint])]
        if caps.truecolor:
            # Over SSH the variable is lost on the way; Textual knows 24-bit colours only by it, and the cells of a
            # kitty picture carry its identity in one.
            os.environ.setdefault("COLORTERM", "truecolor")
        elif has_256_colours(os.environ):
            # By a TERM without a number (xterm, as PuTTY has it, or st) Textual believes in 16.
            os.environ.setdefault("TEXTUAL_COLOR_SYSTEM", "256")
        from tuiqc.ui.app import run_app
        from tuiqc.ui.start_options import StartOptions

        wishes = StartOptions(
            arguments.layer,
            tuple(messages),
            reasons,
            queue,
            walk,
            column,
            style=arguments.style or "",
            view=first_view(arguments),
            notices=tuple(notices),
            lessons=lessons,
            remembered=not task,
            tour=getattr(arguments, "tour", False),
        )
        play = None if script is None else script.play
        summary = run_app(batch, store, caps, config=config, wishes=wishes, play=play)
    if not lasting:
        return 0
    if not arguments.read_only:
        remember_patterns(batch, store.path)
    for line in summary:
        print(line)
    return 0


def key_script(batch: Batch, store: AnnotationStore, name: str) -> KeyScript:
    """Read what `--keys` names. Raises InputError and UsageError as `KeyScript.read`."""
    from tuiqc.exporters.guard import Inputs
    from tuiqc.ui.key_script import KeyScript

    # It is said of terminals; here it would take the pictures out of what is drawn.
    os.environ.pop("NO_COLOR", None)
    return KeyScript.read(Path(name).expanduser(), Inputs.of_batch(batch, [store.path], [name]))


def lessons_of(batch: Batch, arguments: argparse.Namespace) -> Lessons:
    """Read what `--learn-from` names, for the layer that is asked for or the first one with masks.

    Raises
    ------
    UsageError
        No layer has masks: nothing is ranked that could learn.
    InputError
        A file can't be read, or is none to learn from.
    """
    from tuiqc.triage.lessons import Lessons, read_lessons

    named = list(map(Path, getattr(arguments, "learn_from", None) or ()))
    if not named:
        return Lessons()
    layers = batch.layers_with_masks
    if not layers:
        raise UsageError("--learn-from: there is no label mask, and objects are ranked by their outlines")
    return read_lessons(named, arguments.layer if arguments.layer in layers else layers[0])


def open_store(
    batch: Batch, arguments: argparse.Namespace, config: Config, column: CategoryColumn | None
) -> tuple[AnnotationStore, list[str]]:
    """Open the annotations for the arguments; the second session on a file is asked what to do.

    Raises
    ------
    UsageError
        If they can't be kept where they are asked for, or the person gives up.
    """
    from tuiqc.dataset.batch_facts import facts_of
    from tuiqc.qc.annotations import AnnotationStore
    from tuiqc.qc.location import DEFAULT_NAME, annotations_path, existing_annotations
    from tuiqc.qc.lock import LockedError

    adjudicate = getattr(arguments, "adjudicate", None)
    named = adjudicate or arguments.annotations
    asked = Path(named) if named else None
    adopt = getattr(arguments, "adopt", False)
    told: str | None
    facts = facts_of(batch)
    if arguments.read_only or adjudicate:
        path, told = existing_annotations(asked, batch, adopt=adopt) or batch.root / DEFAULT_NAME, None
    else:
        path, told = annotations_path(asked, batch, adopt=adopt, facts=facts)
    annotator = arguments.annotator or config.annotator or login_name()

    def opened(path: Path, *, read_only: bool, steal: bool) -> AnnotationStore:
        return AnnotationStore.open(
            path,
            annotator,
            batch.placeholders,
            read_only=read_only,
            on_locked="steal" if steal else "raise",
            history=arguments.history,
            categories=[column.column] if column is not None else [],
            blind=getattr(arguments, "blind", False),
            about=facts,
        )

    messages = [told] if told else []
    try:
        return opened(path, read_only=arguments.read_only, steal=arguments.take_lock), messages
    except LockedError as error:
        what, path = ask_what_to_do(error, annotator)
        if what == "own":
            messages.append(f"your verdicts go to {path.name}; tuiqc merge joins the files")
        return opened(path, read_only=what == "read-only", steal=what == "steal"), messages


def ask_what_to_do(error: LockedError, annotator: str, ask: Callable[[str], str] = input) -> tuple[str, Path]:
    """Return ("read-only", "own" or "steal") and the file to open then.

    A session that surely runs on this host can't be robbed; of one elsewhere nobody can tell, so the person must say
    that it is gone.

    Raises
    ------
    UsageError
        If the person wants none of it, or can't be asked.
    """
    path, holder = error.path, error.holder
    own = own_file(path, annotator)
    _say(f"{path} is open in a session of {holder.describe()}.")
    _say("open it for reading only", "  r  ")
    _say(f"keep verdicts in a file of your own, {own.name} (tuiqc merge joins them)", "  o  ")
    gone = holder.alive is not True
    if gone:
        _say(
            "take it over: that session is gone (what it still decides then goes to its emergency file)",
            "  t  ",
        )
    _say("quit", "  q  ")
    choices = {"r": ("read-only", path), "o": ("own", own)} | ({"t": ("steal", path)} if gone else {})
    while True:
        try:
            answer = ask("which? ").strip().lower()[:1]
        except (EOFError, KeyboardInterrupt):
            answer = "q"
        if answer in choices:
            return choices[answer]
        if answer == "q":
            raise UsageError(f"{error} The options: --read-only, --annotations FILE, --take-lock") from error
        _say(f"{', '.join(choices)} or q")


def _say(text: str, start: str = "") -> None:
    """Print a sentence in lines that fit."""
    room = max(40, get_terminal_size((80, 24)).columns - 1)
    lines = wrap(printable(text), room - len(start), break_long_words=False, break_on_hyphens=False)
    print("\n".join((start if number == 0 else " " * len(start)) + line for number, line in enumerate(lines)))


def own_file(path: Path, annotator: str) -> Path:
    """Return where somebody keeps verdicts of their own beside a file that is taken: "qc_annotations.ada.csv"."""
    name = "".join(char if char.isalnum() or char in "-_" else "_" for char in annotator) or "mine"
    return path.with_name(f"{path.stem}.{name}{path.suffix}")


def add_parser(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add `open`."""
    parser = subparsers.add_parser("open", help="look at a batch and judge it")
    add_source_options(parser, "open")
    parser.add_argument(
        "--save", metavar="FILE.toml", help="keep these options; open them again with: tuiqc open FILE.toml"
    )
    add_session_options(parser)
    add_queue_options(parser)
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
    add_adopt_option(group)
    group.add_argument("--annotator", metavar="NAME", help="who gives the verdicts (default: the login name)")
    group.add_argument(
        "--reasons", metavar="FILE.toml", help="reasons with their keys and the verdicts that they imply"
    )
    group.add_argument(
        "--categories",
        metavar="FILE.toml",
        help="a column of your own with categories: a file, or 'cell_type: neuron, muscle'",
    )
    group.add_argument(
        "--learn-from",
        metavar="FILE",
        action="append",
        default=[],
        help="worst first learns from it too: verdicts of others on this batch (a CSV), or a .json model (repeatable)",
    )
    views = group.add_mutually_exclusive_group()
    views.add_argument("--gallery", action="store_true", help="begin with the gallery of objects")
    views.add_argument("--contact-sheet", action="store_true", help="begin with the sheet of all images")
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
    group.add_argument(
        "--style", metavar="NAME|FILE.toml", help="draw as this style says (`d` shows and keeps styles)"
    )
    add_graphics_option(group)
    group.add_argument(
        "--keys",
        metavar="FILE",
        help="press the keys of this file on a screen that nobody sees, draw its `shot NAME.png`, and end "
        "(tuiqc help keys-files)",
    )


def add_graphics_option(parser: argparse._ActionsContainer) -> None:
    """Add `--graphics`."""
    parser.add_argument(
        "--graphics",
        choices=(
            "auto",
            "kitty",
            "kitty-direct",
            "sixel",
            "octant",
            "sextant",
            "quadrant",
            "halfblock",
            "ascii",
        ),
        default="auto",
        help="how pictures reach the terminal (default: auto; the variable TUIQC_GRAPHICS does the same)",
    )


def run(arguments: argparse.Namespace) -> int:
    """Open what the arguments name."""
    check_queue_options(arguments)
    options = source_options(arguments)
    batch = None
    if arguments.save:
        from tuiqc.cli.options import join

        batch = join(options)
        _save(batch, options, Path(arguments.save).expanduser(), arguments)
        print(f"options kept in {arguments.save}", file=sys.stderr)
    return open_on_screen(options, arguments, batch)


_FILES = ("style", "reasons", "categories", "queue", "adjudicate")
"""Options that name a file which is read."""


def _save(batch: Batch, options: SourceOptions, path: Path, arguments: argparse.Namespace) -> None:
    """Keep the options in a file that is none of the batch's, nor one that the arguments beside them name."""
    from tuiqc.dataset.source_options import is_batch_file
    from tuiqc.exporters.guard import Inputs, Output

    beside = [*(getattr(arguments, name, None) for name in _FILES), *(arguments.learn_from or ())]
    annotations = Path(arguments.annotations) if arguments.annotations else None
    inputs = Inputs.of_batch(batch, [annotations], beside)
    with Output(path, inputs, (".toml",), ours=is_batch_file).writing() as temporary:
        options.to_toml(path, temporary)


def open_on_screen(options: SourceOptions, arguments: argparse.Namespace, batch: Batch | None = None) -> int:
    """Join the files, print the join report, ask the terminal what it can show, and run the program.

    Parameters
    ----------
    batch
        What the options name, where it has been joined already.

    Raises
    ------
    UsageError
        If standard input or output is no terminal, or there is no such object layer.
    """
    if not getattr(arguments, "keys", None) and not (sys.stdin.isatty() and sys.stdout.isatty()):
        raise UsageError(
            "open needs a terminal, and this is none. Without a screen: tuiqc summary SOURCE counts and joins, "
            "tuiqc render SOURCE --image KEY -o out.png draws an overlay"
        )
    from tuiqc.ui import garbage

    garbage.pause()
    from tuiqc.cli.options import join

    if batch is None:
        batch = join(options)
    if arguments.layer is not None and arguments.layer not in batch.layers:
        raise UsageError(
            f"no object layer {arguments.layer!r}; there are: {', '.join(batch.layers) or 'none'}"
        )
    from tuiqc.dataset.join_report import JoinReport

    for line in JoinReport(batch).lines():
        print(line)
    sys.stdout.flush()
    return run_session(batch, arguments)
