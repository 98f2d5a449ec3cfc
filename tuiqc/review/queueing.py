"""Walking a queue: which thing comes next, and what is counted of it."""

from __future__ import annotations

from tuiqc.qc.record import Subject
from tuiqc.review.queue import Queue
from tuiqc.review.repeating import Repeats
from tuiqc.review.rows import Rows
from tuiqc.review.walking import Walking


class Queueing(Walking):
    """The steps in a queue. While it is walked only its things are shown, in its order."""

    _order_before: tuple[tuple[str, bool], ...] = ()

    def set_queue(self, queue: Queue, *, walk: bool = True) -> None:
        """Take a queue, and walk it: the first open thing becomes the place. Call it before objects are read."""
        self.queue, self.queue_on = queue, walk
        if queue.sample is not None and queue.sample.repeats and not self.store.read_only:
            self.repeats = Repeats(self.store.path, self.store.annotator, queue.sample)
        if queue.level == "image":
            queue.put(self.images, lambda subject: self.index_of_image(subject.image))
        if not walk:
            return
        if queue.level == "image":
            queue.restrict(self.images)
        self.level = "image" if queue.level == "image" else "object"
        self.to_first_open()

    def to_first_open(self) -> bool:
        """Go to the first thing of the queue without a verdict (else to its first); False if it is not there yet."""
        queue = self.queue
        if queue is None or not queue.subjects:
            return False
        first = next((one for one in queue.subjects if not self.verdict_of(one)), queue.subjects[0])
        again = self.repeats.due(self.verdict_of) if self.repeats is not None else None
        if again is not None:
            first = again
            self.show(again)
        image = self.index_of_image(first.image)
        if image is None:
            return False
        self.image = image
        self.go_subject(first)
        return self.subject == first

    def walk_queue(self, on: bool) -> None:
        """Walk the queue, or leave it and see everything again in the order in which it was."""
        rows = self._queue_rows()
        if self.queue is None or rows is None or on == self.queue_on:
            return
        self.queue_on = on
        if on:
            self._order_before = tuple(rows.view.sort_keys)
            self.level = "image" if self.queue.level == "image" else "object"
            self.queue.restrict(rows)
            self.to_first_open()
            return
        rows.queue_only(None)
        rows.restore_sort(self._order_before)
        self._end_repeat()

    def _queue_rows(self) -> Rows | None:
        if self.queue is None:
            return None
        return self.images if self.queue.level == "image" else self.objects

    @property
    def in_queue(self) -> Queue | None:
        """The queue if the rows of the present level are those of it."""
        queue = self.queue
        return queue if self.queue_on and queue is not None and queue.of(self.level, self.layer) else None

    def verdict_of(self, subject: Subject) -> str:
        """Verdict of a thing, "" for none; also of one that is shown again."""
        annotation = self.store.get(subject)
        return annotation.verdict if annotation is not None else ""

    def next_unreviewed(self, step: int = 1) -> bool:
        """Go to the next (or previous) one without a verdict, or to one that is silently shown again."""
        if self.in_queue is None or self.repeats is None:
            return super().next_unreviewed(step)
        self._end_repeat()
        again = self.repeats.due(self.verdict_of) if step > 0 else None
        if again is None:
            return super().next_unreviewed(step)
        self.show(again)
        self.go_subject(again)
        return True

    def _end_repeat(self) -> None:
        """Something else is looked at: what was hidden may be seen again."""
        repeats = self.repeats
        if repeats is not None and repeats.current is not None:
            subject, repeats.current = repeats.current, None
            self.show(subject)

    def reading_order(self) -> list[int]:
        """Row numbers of all images in the order in which their objects are wanted."""
        if self.queue is not None and self.queue_on:
            return self.queue.image_order(self.batch, self.image)
        return [self.image, *(i for i in range(len(self.batch.images)) if i != self.image)]

    # --- what is told

    def counts(self) -> dict[str, int]:
        """Verdict -> how many rows of the present level have it, "" for none; in a queue: of its things."""
        rows, queue = self.rows, self.in_queue
        if rows is None:
            return {"": 0}
        if queue is None or rows.queued is None:
            return rows.counts()
        counts = rows.counts_among(rows.queued)
        repeats = self.repeats
        counts[""] = len(queue.subjects) - sum(n for verdict, n in counts.items() if verdict)
        if repeats is not None:
            counts[""] += repeats.total - repeats.answered
            if repeats.current is not None:  # it has its first verdict, which is not seen now
                counts[""] -= 1
        return counts

    def queue_place(self) -> str:
        """Return "random sample 37 of 200", "" outside of a queue."""
        queue = self.in_queue
        if queue is None:
            return ""
        again = self.repeats
        total = len(queue.subjects) + (again.total if again is not None else 0)
        subject = self.subject
        if subject is None or subject not in queue.numbers:
            return f"{queue.kind}, {total:,}"
        number = queue.numbers[subject]
        if again is not None and (again.hides(subject) or not self.verdict_of(subject)):
            number = queue.decided(self.verdict_of) + again.answered + 1
        return f"{queue.kind} {number:,} of {total:,}"
