"""Keys from a file, pressed on a screen that nobody sees, and pictures of it: bug reports and documents that repeat.

A script is lines of text: `size 120x40`, `press down s p` (keys by their names), `type AreaShape_Area > 3000` (text as
it is typed), `shot name.png` (or .txt, .svg), `wait 2` (seconds), and `# remarks`.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from pathlib import Path
from time import monotonic
from typing import TYPE_CHECKING, cast

from tuiqc.budget import small_text
from tuiqc.errors import InputError
from tuiqc.exporters.guard import Inputs, Output
from tuiqc.terminal.capabilities import Capabilities
from tuiqc.terminal.protocols import PAPER, Protocol
from tuiqc.ui.screen_picture import picture_of, text_of
from tuiqc.ui.textual_private import key_name

if TYPE_CHECKING:
    from textual.pilot import Pilot

    from tuiqc.ui.app import TuiqcApp

SUFFIXES = (".png", ".svg", ".txt")
VERBS = ("size", "press", "type", "shot", "wait")
CAPABILITIES = Capabilities(
    cast("Protocol", PAPER),
    10,
    20,
    True,
    256,
    None,
    False,
    "",
    "no terminal (--keys)",
    None,
    ("--keys draws into files",),
)
_PATIENCE = 60.0
"""Seconds that objects and pictures are waited for."""
_MOST_BYTES = 1 << 20


@dataclass(frozen=True)
class Step:
    """One line of a script: what to do, and with what."""

    verb: str
    what: str


@dataclass(frozen=True)
class KeyScript:
    """The steps of a file.

    Attributes
    ----------
    size
        Columns and rows at the beginning.
    steps
        What is done, in order.
    inputs
        What pictures must not be written over.
    caps
        What such a screen can do.
    """

    path: Path
    size: tuple[int, int]
    steps: tuple[Step, ...]
    inputs: Inputs = field(default_factory=Inputs)
    caps: Capabilities = CAPABILITIES

    @classmethod
    def read(cls, path: Path, inputs: Inputs) -> KeyScript:
        """Read a script, and check where it writes.

        Raises
        ------
        InputError
            The file can't be read, or a line is no step.
        UsageError
            A picture would be written over an input.
        """
        lines = small_text(path, "a script of keys", _MOST_BYTES).decode("utf-8", "replace").splitlines()
        steps = [_step(path, number, line) for number, line in enumerate(lines, 1) if _is_step(line)]
        for step in steps:
            if step.verb == "shot":
                Output(Path(step.what), inputs, SUFFIXES, folders=True).checked()
        first = (120, 40)
        if steps and steps[0].verb == "size":
            first = _size(steps.pop(0).what)
        return cls(path, first, tuple(steps), inputs)

    async def play(self, app: TuiqcApp) -> None:
        """Run the program, do the steps, and quit."""
        async with app.run_test(size=self.size) as pilot:
            await _settled(app, pilot)
            doing: dict[str, Callable[[str], Awaitable[object]]] = {
                "size": lambda what: pilot.resize_terminal(*_size(what)),
                "press": lambda what: _press(app, pilot, what.split()),
                "type": lambda what: _press(app, pilot, [key_name(sign) for sign in what]),
                "wait": lambda what: asyncio.sleep(float(what)),
                "shot": lambda what: _shoot(app, Output(Path(what), self.inputs, SUFFIXES, folders=True)),
            }
            for step in self.steps:
                if not app.is_running:
                    break
                await doing[step.verb](step.what)
                await _settled(app, pilot)


def _is_step(line: str) -> bool:
    return bool(line.strip()) and not line.lstrip().startswith("#")


def _step(path: Path, number: int, line: str) -> Step:
    verb, _, what = line.strip().partition(" ")
    what = what.strip()
    good = verb in VERBS and bool(what)
    if good and verb == "size":
        good = _size(what) != (0, 0)
    if good and verb == "wait":
        good = what.replace(".", "", 1).isdigit() and float(what) <= _PATIENCE
    if good and verb == "shot":
        good = Path(what).suffix.casefold() in SUFFIXES
    if not good:
        raise InputError(
            f"line {number}: {line.strip()[:60]!r}", path=path,
            expected="size COLUMNSxROWS, press KEYS, type TEXT, shot NAME.png (.svg, .txt), or wait SECONDS",
        )  # fmt: skip
    return Step(verb, what)


def _size(text: str) -> tuple[int, int]:
    """Columns and rows of "120x40"; zeros where it is none."""
    columns, _, rows = text.partition("x")
    if not (columns.isdigit() and rows.isdigit()):
        return 0, 0
    size = int(columns), int(rows)
    return size if 20 <= size[0] <= 1000 and 5 <= size[1] <= 400 else (0, 0)


async def _press(app: TuiqcApp, pilot: Pilot[None], keys: list[str]) -> None:
    for key in keys:
        if not app.is_running:
            return
        await pilot.press(key if len(key) > 1 else key_name(key))
        await _settled(app, pilot)


async def _settled(app: TuiqcApp, pilot: Pilot[None]) -> None:
    """Wait until objects are read, the picture is that of the place, and threads have come back."""
    end = monotonic() + _PATIENCE
    await pilot.pause()
    while app.is_running and not _at_rest(app) and monotonic() < end:
        await asyncio.sleep(0.01)
        await pilot.pause()


def _at_rest(app: TuiqcApp) -> bool:
    """Whether nothing that was begun is still to be seen."""
    review = app.review
    context, session = review.context, review.context.session
    objects = session.tables.objects
    if session.cursor.layer and (objects is None or len(objects.loaded) < len(session.batch.images)):
        return False
    picture, view = review.picture, context.views.view
    if picture.display and context.pictures.specs.current() and not picture.note:
        finished = picture.finished
        if finished is None or finished.number != context.pictures.number:
            return False
    # What is measured beside the session is not waited for, unless it was asked for.
    if context.work.ranking.awaited or not context.jobs.is_idle(but="ranking"):
        return False
    covered = app.screen is not review
    return view is None or view.seen or covered or session.cursor.row is None


async def _shoot(app: TuiqcApp, output: Output) -> None:
    from tuiqc.dataset.picture_mark import png_info

    with output.writing() as temporary:
        if output.suffix == ".png":
            # 256 colours are enough for text and a few channels, and a third of the bytes.
            picture_of(app).quantize(256).save(temporary, "PNG", optimize=True, pnginfo=png_info())
        elif output.suffix == ".txt":
            temporary.write_text(text_of(app), "utf-8")
        else:
            temporary.write_text(app.export_screenshot(), "utf-8")
