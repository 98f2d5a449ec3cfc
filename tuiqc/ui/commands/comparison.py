"""Two object layers compared on the screen: what became of each object in the other, the most different first."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from tuiqc.errors import UsageError
from tuiqc.review.changes import Changes
from tuiqc.tables.aggregate import Aggregate
from tuiqc.ui.jobs import LONG, Cancelled
from tuiqc.ui.keys import command

if TYPE_CHECKING:
    from tuiqc.dataset.more_columns import MoreColumns
    from tuiqc.exporters.layer_comparison import LayerComparison
    from tuiqc.review.column_choice import Joined
    from tuiqc.ui.context import ReviewContext
    from tuiqc.ui.panels.text_panels import ComparisonPanel


@dataclass(frozen=True)
class _Compared:
    """A comparison, the columns of both layers, and those of the objects in sight that are ready to be put."""

    found: LayerComparison
    columns: tuple[MoreColumns, MoreColumns]
    joined: Joined


@command(
    "compare_layers",
    keys="ctrl+k",
    label="compare layers",
    help="Compare with another layer: partner, overlap (iou) and kind as columns, the most different first",
    group="Tables",
)
def compare_layers(context: ReviewContext) -> None:
    """Compare the object layer with another one."""
    from tuiqc.ui.panels.list_panel import ListPanel
    from tuiqc.ui.panels.lists import Names

    batch, layer = context.session.batch, context.session.cursor.layer
    others = [name for name in batch.layers if name != layer and batch.has_files("masks", name)]
    if context.session.tables.objects is None or not others:
        context.say(
            "there is no other object layer with masks to compare with: tuiqc open … --labels NAME=PATTERN, twice"
        )
    elif len(others) == 1:
        _compare(context, layer, others[0])
    else:
        panel = ListPanel(Names(f"Compare {layer} with", [(name, "") for name in others]))
        context.push(panel, lambda other: None if other is None else _compare(context, layer, str(other)))


def _compare(context: ReviewContext, layer: str, other: str) -> None:
    rows, batch = context.session.tables.objects, context.session.batch
    if rows is None or rows.layer != layer:
        return
    from tuiqc.ui.panels.text_panels import ComparisonPanel

    panel = ComparisonPanel()
    context.push(panel)

    def work(cancelled: Cancelled) -> _Compared:
        from tuiqc.exporters.layer_comparison import compare_layers as compare
        from tuiqc.review.column_choice import attach

        def progress(done: int, total: int) -> None:
            if cancelled():
                raise UsageError("the comparison was given up")
            context.jobs.deliver(
                "compare layers progress",
                lambda: panel.tell([f"comparing {layer} with {other}: image {done} of {total}"]),
            )

        found = compare(batch, layer, other, progress=progress)
        own, theirs = found.columns(batch, layer), found.columns(batch, other)
        return _Compared(found, (own, theirs), attach(rows, own, batch))

    def failed(error: Exception) -> None:
        panel.tell([str(error)])
        context.say(str(error), trouble=True)

    context.jobs.latest(
        "compare layers", LONG, work, lambda compared: _compared(context, compared, panel), failed
    )


def _compared(context: ReviewContext, compared: _Compared, panel: ComparisonPanel) -> None:
    """Put the columns, sort by the overlap, and say what was found."""
    from tuiqc.exporters.layer_comparison import comparison_table

    session, found = context.session, compared.found
    layer, other = found.layers
    if session.tables.objects is not compared.joined.rows:
        panel.dismiss()
        _compare(context, layer, other)  # more rows have come meanwhile
        return
    compared.joined.put()
    for more in compared.columns:
        kept = session.tables.more.setdefault(more.layer, [])
        kept[:] = [one for one in kept if one.path != more.path] + [more]
    mean = Aggregate(found.name_of("iou", layer), "mean")
    if mean not in session.tables.aggregates:
        session.tables.aggregates.append(mean)
    style = context.display.style
    if not dict(style.layers)[other].visible:
        context.display.show(style.toggled("layer", other))
    context.changed(Changes.COLUMNS)
    context.tables.rebuild_images()
    context.tables.sort([(found.name_of("iou", layer), False)], "object")
    panel.tell(comparison_table(found))
    trouble = f"; {len(found.problems)} not compared: {found.problems[0]}" if found.problems else ""
    context.say(f"the most different come first (L: those of {other}){trouble}", trouble=bool(found.problems))
