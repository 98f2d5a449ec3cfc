"""Labels of the mask held against those of the table, once the person stays at an image."""

from __future__ import annotations

from collections.abc import Callable

from textual.timer import Timer

from tuiqc.dataset.join_report import LabelCheck, compare_labels
from tuiqc.review.label_checks import label_texts
from tuiqc.review.session import Session
from tuiqc.ui.jobs import LONG, Cancelled, Jobs
from tuiqc.ui.pictures import Pictures

_STAYS = 0.25
"""Seconds at an image after which it is looked at."""


class LabelWatch:
    """Says what does not fit, once for each image and layer."""

    def __init__(self, session: Session, pictures: Pictures, jobs: Jobs, say: Callable[[str], None]) -> None:
        self._session, self._pictures, self._jobs, self._say = session, pictures, jobs, say
        self._timer: Timer | None = None

    def follow(self) -> None:
        """The place is another one."""
        if self._timer is not None:
            self._timer.stop()
        if self._session.tables.labels_to_check(self._session.cursor.image) is not None:
            self._timer = self._jobs.after(_STAYS, self._check)

    def _check(self) -> None:
        session, cursor, painter = self._session, self._session.cursor, self._pictures.painter
        rows, record, layer = session.tables.labels_to_check(cursor.image), cursor.record, cursor.layer
        if rows is None:
            return

        def compare(cancelled: Cancelled) -> LabelCheck | None:
            in_mask = painter.labels_in_mask(record, layer)
            return None if in_mask is None else compare_labels(in_mask, rows)

        def done(found: LabelCheck | None) -> None:
            if found is None:
                return
            session.tables.label_checks.add(layer, record.index, found)
            texts = label_texts(found)
            if texts and record is cursor.record and layer == cursor.layer:
                self._say(f"{texts[0]} (J: join report)")

        self._jobs.latest("labels", LONG, compare, done, lambda error: None)
