"""Handing the verdicts over to the next tool from the screen: the exporters of `tuiqc export`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from tuiqc.ui.jobs import LONG
from tuiqc.ui.keys import command
from tuiqc.ui.widgets.ask_line import Question

if TYPE_CHECKING:
    from tuiqc.exporters.hand_over_counts import HandOver
    from tuiqc.exporters.request import Written
    from tuiqc.ui.context import ReviewContext

_KIND = "hand over"


@command(
    "hand_over",
    keys="ctrl+x",
    label="hand over",
    help="Hand over to the next tool: what each exporter keeps, choose one, say where, write",
    group="Program",
)
def hand_over(context: ReviewContext) -> None:
    """Choose an exporter by what it would write, then the place."""
    from tuiqc.ui.panels.exporter_list import HandOvers
    from tuiqc.ui.panels.list_panel import ListPanel

    session = context.session
    if context.work.loading.pending:
        context.say("objects are still being read: hand over when all are there")
        return

    def chosen(result: tuple[str, bool] | None) -> None:
        if result is not None:
            _ask_place(context, *result)

    context.push(ListPanel(HandOvers(session.cursor.layer, lambda only: _counted(context, only))), chosen)


def _counted(context: ReviewContext, reviewed_only: bool) -> list[HandOver]:
    import numpy as np

    from tuiqc.exporters.hand_over_counts import hand_overs

    tables = context.session.tables
    none = np.zeros(0, np.uint8)
    codes, images = (
        (none, none.astype(np.int64))
        if tables.objects is None
        else (tables.objects.codes, np.asarray(tables.objects.images, np.int64))
    )
    return hand_overs(codes, images, tables.images.codes, reviewed_only=reviewed_only)


def _ask_place(context: ReviewContext, name: str, reviewed_only: bool) -> None:
    from tuiqc.exporters.hand_over_counts import usual_path

    session = context.session
    usual = usual_path(session.batch.root, name, session.cursor.layer)

    def typed(text: str) -> bool:
        path = Path(text.strip()).expanduser()
        if not text.strip():
            return True
        if path.exists() and not path.is_dir():
            lines = [f"{path} is there already; what is in it would be lost."]
            context.confirm(
                "Replace the file?",
                lines,
                lambda yes: (
                    _write(context, name, path, reviewed_only) if yes else context.say("nothing was written")
                ),
            )
        else:
            _write(context, name, path, reviewed_only)
        return True

    context.ask(Question(f"write {name} to", typed, text=str(usual)))


def _write(context: ReviewContext, name: str, path: Path, reviewed_only: bool) -> None:
    from tuiqc.exporters import hand_over_counts as exporting
    from tuiqc.exporters.request import Request

    session = context.session
    layers = (session.cursor.layer,) if session.cursor.layer else ()

    def progress(done: int, total: int) -> None:
        words = f"writing {name}: {done:,} of {total:,}" if total else f"writing {name} …"
        context.jobs.deliver(_KIND, lambda: context.say(words))

    def write() -> Written:
        return exporting.hand_over(
            Request(session.batch, session.store, path, layers), name, reviewed_only, progress
        )

    context.say(f"writing {name} …")
    context.jobs.latest(
        _KIND,
        LONG,
        lambda cancelled: write(),
        lambda written: _done(context, name, path, written),
        lambda error: context.say(f"nothing was handed over: {error}", trouble=True),
    )


def _done(context: ReviewContext, name: str, path: Path, written: Written) -> None:
    from tuiqc.exporters.hand_over_counts import told
    from tuiqc.ui.screens.dialogs import TextScreen

    context.say(f"{name} is in {path}")
    lines = []
    for heading, said in told(written).items():
        lines += [*([f"{heading}:"] if heading else []), *said]
    context.push(TextScreen(f"Handed over · {name}", lines))
