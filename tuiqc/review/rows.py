"""The rows of one level, images or the objects of a layer, with what was decided about each."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

from tuiqc.dataset.model import Batch
from tuiqc.qc.record import Annotation, Subject
from tuiqc.qc.verdict import CODES, NAMES, NONE, VERDICTS
from tuiqc.review.place import Extent, Level, Place
from tuiqc.tables.filters.stack import FilterStack
from tuiqc.tables.selection import Selection
from tuiqc.tables.table_view import TableView
from tuiqc.text import display_width, printable

if TYPE_CHECKING:
    import pandas as pd
    from numpy.typing import NDArray

    from tuiqc.tables.plain import PlainTable

STALE = "stale"
"""The column that says what became of an object whose verdict is stale."""
QUEUE = "queue"
"""The column with the number of each thing in the queue that is walked, 1 first."""


@dataclass(frozen=True)
class ColumnGroup:
    """Columns that stand under one heading in the list of columns.

    Attributes
    ----------
    heading
        What they are.
    about
        What each is, by its name in the table.
    off
        Whether they are not shown until they are chosen.
    """

    heading: str
    about: Mapping[str, str]
    off: bool = True


class Rows:
    """A table view with verdict, reason and note of every row as columns of it.

    Parameters
    ----------
    frame
        One row per image or object.
    identity
        Columns that name a row; they stay in sight.

    Attributes
    ----------
    level, layer
        What a row is, and of which object layer, "" for images.
    own
        The names that our columns `verdict`, `reason`, `note` and `annotator` have in the view.
    selection
        The rows that were selected, by position.
    stack
        The filters; `filter_mask` and `take_filter` apply them.
    word_widths
        Cells that the longest text in each of them takes.
    ranked
        The names that the columns of the ranking have here; none while there are no such columns.
    leading
        Columns that stand at the left, beside those that name the row, and what stands over them.
    groups
        Columns that stand under a heading of their own, by what put them there.
    order_words
        How the order by a column is called where its name would not say it.
    """

    level: ClassVar[Level] = "image"
    layer = ""

    def __init__(self, frame: pd.DataFrame | PlainTable, identity: Sequence[str]) -> None:
        self.view = TableView(frame, identity)
        self.codes: NDArray[np.uint8] = np.zeros(len(frame), np.uint8)
        # Counted as they come: a million codes are not counted again for every key.
        self._tally = [len(frame), *(0 for _ in VERDICTS)]
        # A table that brings a column of one of these names keeps it; ours then has another name.
        self.own = {
            name: free_column(name, self.view.given) for name in ("verdict", "reason", "note", "annotator")
        }
        self.word_widths = dict.fromkeys(self.own.values(), 0)
        for name in self.own.values():
            self.view.add_column(name, np.broadcast_to(np.array("", dtype=object), len(frame)))
        self.lost_keys: list[tuple[str, bool]] = []
        self.selection = Selection(len(frame))
        self.stack = FilterStack()
        self.ranked: dict[str, str] = {}
        self.leading: dict[str, str] = {}
        self.groups: dict[str, ColumnGroup] = {}
        self.order_words: dict[str, str] = {}
        self.category = self.category_column = ""
        self._only: NDArray[np.bool_] | None = None
        self._queued: NDArray[np.bool_] | None = None
        self._filtered: NDArray[np.bool_] | None = None

    def __len__(self) -> int:
        return len(self.view)

    @property
    def total(self) -> int:
        """Rows without any filter."""
        return len(self.codes)

    @property
    def off(self) -> frozenset[str]:
        """Columns that are not shown until they are chosen."""
        return frozenset(name for group in self.groups.values() if group.off for name in group.about)

    def position_of(self, subject: Subject, image: int) -> int | None:
        """Return the position of a subject of these rows in the frame, None if it is not there.

        `image` is the row number of the subject's image in the batch.
        """
        return image

    def subject(self, position: int, batch: Batch) -> Subject:
        """Return what an annotation of the row at a position of the frame is about."""
        return Subject("image", batch.key(position))

    # --- places

    def position_at(self, place: Place) -> int | None:
        """Return the position of what is current of these rows at a place, None where nothing of them is."""
        return place.image

    def place_at(self, position: int, here: Place, extents: Mapping[int, Extent]) -> Place:
        """Return the place of the row at a position of the frame for somebody who comes from another place.

        Parameters
        ----------
        here
            Where one comes from: what says nothing of the row, such as the projection, stays.
        extents
            Time points and slices of the images that have been looked at, by row number.
        """
        label = here.label if position == here.image else 0
        return replace(here, level="image", image=position, label=label)

    # --- what was decided

    def decide_all(self, annotations: Iterable[tuple[Subject, Annotation]], batch: Batch) -> None:
        """Take over all annotations of what is in these rows."""
        index = batch.index_by_key
        for subject, annotation in annotations:
            if (subject.level, subject.layer) == (self.level, self.layer) and subject.image in index:
                position = self.position_of(subject, index[subject.image])
                if position is not None:
                    self.decide(position, annotation)

    def decide(self, position: int, annotation: Annotation | None) -> None:
        """Take over what was decided about the row at `position` of the frame (None: nothing any more)."""
        values = ("",) * len(self.own)
        if annotation is not None:
            values = (annotation.verdict, annotation.reason, annotation.note, annotation.annotator)
        self._tally[self.codes[position]] -= 1
        self.codes[position] = CODES[values[0]]
        self._tally[self.codes[position]] += 1
        for name, value in zip(self.own.values(), values, strict=True):
            self.view.set_value(position, name, value)
            self.word_widths[name] = max(self.word_widths[name], display_width(printable(value)))
        if self.category:
            name = self.category_column
            value = annotation.categories.get(self.category, "") if annotation is not None else ""
            self.view.set_value(position, name, value)
            self.word_widths[name] = max(self.word_widths[name], display_width(printable(value)))

    def add_category(self, column: str) -> None:
        """Have a further column with the annotators' own categories; `category` is its name among the annotations."""
        self.category, self.category_column = column, free_column(column, self.view.given)
        self.view.add_column(self.category_column, np.full(self.total, "", dtype=object))
        self.word_widths[self.category_column] = 0

    def verdict(self, position: int) -> str:
        """Verdict at a position of the frame, "" where there is none."""
        return NAMES[int(self.codes[position])]

    def words_among(self, position: int) -> dict[str, str]:
        """What a row says among the rows of another level, by the name of their column."""
        return {}

    def counts(self) -> dict[str, int]:
        """How many rows have which verdict whatever the filter: pass, fail, unsure, and "" for none."""
        return dict(zip(NAMES, self._tally, strict=True))

    # --- order

    def restore_sort(self, keys: Sequence[tuple[str, bool]]) -> None:
        """Sort as before; columns that are not there are left out and kept in `lost_keys` for rows that have them."""
        known = [(name, descending) for name, descending in keys if self.view.has(name)]
        self.lost_keys = [key for key in keys if key not in known]
        if known != self.view.sort_keys:
            self.view.sort_by_keys(known)

    @property
    def wanted_keys(self) -> list[tuple[str, bool]]:
        """The sort keys to hand on to rows that take the place of these."""
        return [*self.view.sort_keys, *self.lost_keys]

    def take_order(self, keys: Sequence[tuple[str, bool]], order: NDArray[np.int64]) -> None:
        """Sort as the person said; `order` is `view.ordered(keys)`."""
        self.lost_keys = []
        self.view.take_order(keys, order)

    # --- which rows

    @property
    def extra(self) -> dict[str, NDArray[Any]]:
        """Numbers beside the columns that filters may name, such as the image of an object."""
        return {}

    def mask_of(self, text: str) -> NDArray[np.bool_]:
        """Rows that a filter as it is typed lets through, by position; for a thread. Raises FilterError."""
        from tuiqc.tables.filters.evaluation import evaluate
        from tuiqc.tables.filters.grammar import parse

        return evaluate(parse(text), self.view, self.extra)

    def count_of(self, text: str) -> tuple[int, int]:
        """How many rows a filter as it is typed would show, and how many it leaves out for want of a number.

        For a thread. Raises FilterError.
        """
        from tuiqc.tables.filters.evaluation import without_value
        from tuiqc.tables.filters.grammar import parse

        mask, others = self.mask_of(text), self._filtered
        lacking = without_value(parse(text), self.view, self.extra) & ~mask
        if others is not None:
            mask, lacking = mask & others, lacking & others
        return int(mask.sum()), int(lacking.sum())

    def filter_mask(self) -> NDArray[np.bool_] | None:
        """Rows that all filters that are on let through, by position; None without one.

        Changes nothing, for a thread. Raises FilterError.
        """
        return self.stack.mask(self.view, self.extra)

    def take_filter(self, mask: NDArray[np.bool_] | None) -> None:
        """Show what the filters let through, within what is shown at all."""
        self._filtered = mask
        self._show()

    @property
    def filtered(self) -> NDArray[np.bool_] | None:
        """What the filters let through, by position; None without one."""
        return self._filtered

    def show_where(self, mask: NDArray[np.bool_] | None) -> None:
        """Show only some rows, within what the filters let through; None for all."""
        self._only = mask
        self._show()

    @property
    def queue_column(self) -> str:
        """The name that the column with the numbers of a queue has here."""
        return free_column(QUEUE, self.view.given)

    @property
    def queued(self) -> NDArray[np.bool_] | None:
        """What is in the queue that is walked, by position; None while none is."""
        return self._queued

    def counts_among(self, mask: NDArray[np.bool_]) -> dict[str, int]:
        """How many of some rows have which verdict."""
        tally = np.bincount(self.codes[mask], minlength=len(NAMES)).tolist()
        return dict(zip(NAMES, tally, strict=True))

    def queue_only(self, mask: NDArray[np.bool_] | None) -> None:
        """Show only what is in a queue, whatever else holds; None for all."""
        self._queued = mask
        self._show()

    def _show(self) -> None:
        masks = [mask for mask in (self._queued, self._only, self._filtered) if mask is not None]
        self.view.filter(np.logical_and.reduce(masks) if masks else None)

    @property
    def order_name(self) -> str:
        """The present order in words."""
        keys = [
            self.order_words.get(name, f"{name} {'↓' if descending else '↑'}")
            for name, descending in self.view.sort_keys
        ]
        return ", then ".join(keys) or "file order"

    def next_unreviewed(self, row: int, step: int = 1) -> int | None:
        """Row of the next one without a verdict in the current order, round the end; None when all have one."""
        return self.view.next_where(self.codes == NONE.code, row, step)

    def next_open(self, row: int, step: int, skip: str, by_category: bool) -> int | None:
        """Row of the next one that is not left out: `skip` is annotated, missing or nothing (see `State`).

        Annotated is what has a verdict, or `by_category` what has a category.
        """
        return self.view.next_where(self.open_mask(skip, by_category), row, step, wrap=skip != "nothing")

    def open_mask(self, skip: str, by_category: bool) -> NDArray[np.bool_]:
        """What is not left out on the way, by position; see `next_open`."""
        if by_category and self.category:
            said: NDArray[np.bool_] = self.view.column(self.category_column) != ""
        else:
            said = self.codes != NONE.code
        return {"annotated": ~said, "missing": said}.get(skip, np.ones(self.total, bool))


def free_column(name: str, given: Collection[str]) -> str:
    """Return the name that a column of ours has beside those that the table brings."""
    return name if name not in given else free_column(f"{name} (tuiqc)", given)
