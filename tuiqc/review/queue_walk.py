"""What comes next to be judged."""

from __future__ import annotations

from typing import Literal

from tuiqc.review.annotator import Annotator, SecondAnswers
from tuiqc.review.changes import Changes
from tuiqc.review.cursor import Cursor
from tuiqc.review.mixed_rows import MixedRows
from tuiqc.review.queue import Queue
from tuiqc.review.session_tables import SessionTables

Skip = Literal["annotated", "missing", "nothing"]
_SKIPS: tuple[Skip, ...] = ("annotated", "missing", "nothing")


class QueueWalk:
    """The way from one to the next that is to be judged: in the order of the table, or of the queue while it is walked.

    Attributes
    ----------
    given
        The queue of this session, None without one.
    on
        Whether it is walked now: then only what is in it is shown.
    skip
        What is left out on the way: what is annotated, what is not, or nothing.
    """

    def __init__(self, tables: SessionTables, cursor: Cursor, annotator: Annotator) -> None:
        self._tables, self._cursor, self._annotator = tables, cursor, annotator
        self.skip: Skip = "annotated"
        self._order_before: tuple[tuple[str, bool], ...] = ()

    @property
    def given(self) -> Queue | None:
        """See the class."""
        return self._tables.queue

    @property
    def on(self) -> bool:
        """See the class."""
        return self._tables.queue_only

    @property
    def active(self) -> Queue | None:
        """The queue if the rows of the present level are those of it."""
        queue = self.given
        return (
            queue
            if self.on and queue is not None and queue.of(self._cursor.level, self._cursor.layer)
            else None
        )

    def take(self, queue: Queue, *, walk: bool = True) -> None:
        """Take a queue, and walk it: the first open subject becomes the place. Call it before objects are read."""
        tables, store = self._tables, self._tables.store
        tables.queue, tables.queue_only = queue, walk
        if queue.sample is not None and queue.sample.repeats and not store.read_only:
            second = SecondAnswers(store.path, store.annotator, queue.sample)
            self._annotator.second_answers, tables.hides = second, second.hides
        if queue.level == "image":
            tables.number_queue(tables.images)
        if walk:
            self._cursor.set_level(queue.row_level)
            self.to_first_open()

    def walk(self, on: bool) -> None:
        """Walk the queue, or leave it and see everything again in the order in which it was."""
        queue = self.given
        rows = None if queue is None else self._tables.rows_of(queue.row_level)
        if queue is None or rows is None or on == self.on:
            return
        self._tables.queue_only = on
        if on:
            self._order_before = tuple(rows.view.sort_keys)
            queue.restrict(rows)
            with self._cursor.moving():
                self._cursor.set_level(queue.row_level)
                self.to_first_open()
        else:
            rows.queue_only(None)
            rows.restore_sort(self._order_before)
            self._end_repeat()
        self._tables.changed(Changes.ROWS)

    def to_first_open(self) -> bool:
        """Go to the first subject of the queue without a verdict (else its first); False if it is not there yet."""
        queue, cursor, second = self.given, self._cursor, self._annotator.second_answers
        if queue is None or not queue.subjects:
            return False
        verdict = self._tables.verdict
        first = next((one for one in queue.subjects if not verdict(one)), queue.subjects[0])
        again = second.due(verdict) if second is not None else None
        if again is not None:
            first = again
            self._tables.take_decisions([again])
        image = self._tables.index_of_image(first.image)
        if image is None:
            return False
        with cursor.moving():
            cursor.image = image  # its objects may come later
            cursor.go_subject(first)
        return cursor.subject == first

    # --- steps

    def next_unreviewed(self, step: int = 1) -> bool:
        """Go to the next (or previous) one without a verdict, or as `skip` says; False if there is none.

        In a random sample also to one that is silently shown again.
        """
        second = self._annotator.second_answers
        if self.active is not None and second is not None:
            self._end_repeat()
            again = second.due(self._tables.verdict) if step > 0 else None
            if again is not None:
                self._tables.take_decisions([again])
                self._cursor.go_subject(again)
                return True
        if self._tables.mixed is not None and self._cursor.level in ("object", "candidate"):
            return self._next_mixed(self._tables.mixed, step)
        rows, row = self._cursor.rows, self._cursor.row
        if rows is None:
            return False
        found = rows.next_open(
            row if row is not None else -1, step, self.skip, self._annotator.keys_categorise
        )
        if found is None or (self.skip != "annotated" and found == row):
            return False
        self._cursor.go_row(found)
        return True

    def _next_mixed(self, mixed: MixedRows, step: int) -> bool:
        """The same where candidates stand among the objects."""
        cursor = self._cursor
        row = mixed.row_of(cursor.rows, cursor.position_in(cursor.rows))
        here = row if row is not None else -1
        found = mixed.next_open(here, step, self.skip, self._annotator.keys_categorise)
        if found is None or (self.skip != "annotated" and mixed.row_of(*found) == row):
            return False
        cursor.go_in(*found)
        return True

    def next_skip(self) -> Skip:
        """Leave out others on the way: those that are annotated, those that are not, or nothing."""
        self.skip = _SKIPS[(_SKIPS.index(self.skip) + 1) % len(_SKIPS)]
        return self.skip

    def _end_repeat(self) -> None:
        """Something else is looked at: what was hidden may be seen again."""
        second = self._annotator.second_answers
        if second is not None and second.current is not None:
            subject, second.current = second.current, None
            self._tables.take_decisions([subject])

    def reading_order(self) -> list[int]:
        """Row numbers of all images in the order in which their objects are wanted."""
        batch, first = self._tables.batch, self._cursor.image
        if self.given is not None and self.on:
            return self.given.image_order(batch, first)
        return [first, *(i for i in range(len(batch.images)) if i != first)]

    # --- what is told

    def counts(self) -> dict[str, int]:
        """Verdict -> how many rows of the present level have it, "" for none; in a queue: of its subjects."""
        rows, queue, second = self._cursor.rows, self.active, self._annotator.second_answers
        if rows is None:
            return {"": 0}
        if queue is None or rows.queued is None:
            return rows.counts()
        counts = rows.counts_among(rows.queued)
        counts[""] = len(queue.subjects) - sum(n for verdict, n in counts.items() if verdict)
        if second is not None:
            counts[""] += second.total - second.answered
            if second.current is not None:  # it has its first verdict, which is not seen now
                counts[""] -= 1
        return counts

    def place(self) -> str:
        """Return "random sample 37 of 200", "" outside of a queue."""
        queue, second = self.active, self._annotator.second_answers
        if queue is None:
            return ""
        total = len(queue.subjects) + (second.total if second is not None else 0)
        subject = self._cursor.subject
        if subject is None or subject not in queue.numbers:
            return f"{queue.kind}, {total:,}"
        number = queue.numbers[subject]
        if second is not None and (second.hides(subject) or not self._tables.verdict(subject)):
            number = queue.decided(self._tables.verdict) + second.answered + 1
        return f"{queue.kind} {number:,} of {total:,}"
