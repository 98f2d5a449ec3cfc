"""Which picture belongs to a place: of the current image or object, and of where the next keys may lead."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace

from tuiqc.dataset.model import ImageRecord
from tuiqc.picture.painter import PictureSpec, ViewportSpec
from tuiqc.render.highlight import FINE_DISPLAY, ring_around
from tuiqc.review.object_rows import ObjectRows
from tuiqc.review.place import Level
from tuiqc.review.session import Session
from tuiqc.review.time_line import track_tail
from tuiqc.ui.display_state import DisplayState
from tuiqc.ui.viewport_state import ViewportState

_AROUND = 12
"""Typical radii across the picture of a candidate: an object is judged by those around it."""


_MOST_LOOKED_AT = 100_000
"""Rows through which the next open one is looked for at each step."""


class PictureSpecs:
    """Makes specs of the session's places.

    Parameters
    ----------
    pixels
        Tells (width, height) of the pane in display pixels, None while it has no size.
    """

    def __init__(
        self,
        session: Session,
        display: DisplayState,
        viewport: ViewportState,
        pixels: Callable[[], tuple[int, int] | None],
    ) -> None:
        self._session, self._display, self._viewport, self._pixels = session, display, viewport, pixels
        self.page: Callable[[], int] = lambda: 0
        """Tells how many rows of the table that is walked are in sight."""
        self._row_before: int | None = None
        self._came_from: int | None = None
        self._time_before: tuple[int, int] | None = None

    def current(self) -> PictureSpec | None:
        """What the picture should show now, None while the pane has no size."""
        cursor = self._session.cursor
        if cursor.level == "candidate":
            return self._at_candidate()
        at_object = cursor.level == "object" and bool(cursor.label)
        spec = self._spec(
            cursor.record, cursor.label if at_object else 0, cursor.position if at_object else None
        )
        subject, ranking = cursor.subject, self._session.ranking
        if spec is None or subject is None or not (at_object and ranking.marking):
            return spec
        return replace(spec, place=ranking.places.get(subject, ()))

    def _at_candidate(self) -> PictureSpec | None:
        """The place of the current candidate in the middle, with a ring of the size of a typical object."""
        cursor, rows = self._session.cursor, self._session.tables.candidates
        at, spec = cursor.position_in(self._session.tables.candidates), self._spec(cursor.record, 0, None)
        if spec is None or rows is None or at is None:
            return spec
        x, y, radius = float(rows.x[at]), float(rows.y[at]), rows.radius
        viewport = spec.viewport
        if viewport.kind == "object":
            zoom = viewport.zoom or min(spec.width, spec.height) / max(1.0, _AROUND * radius)
            viewport = ViewportSpec("at", zoom, x, y)
        return replace(spec, viewport=viewport, place=ring_around(x, y, radius))

    def here(self) -> PictureSpec:
        """The spec of the picture that is shown, or that would be: in a view of other pictures there is none."""
        cursor = self._session.cursor
        return self.current() or PictureSpec(cursor.record, self._display.style, t=cursor.t, z=cursor.z)

    def _spec(self, record: ImageRecord, label: int, position: int | None) -> PictureSpec | None:
        """What the picture would show of an image, or of the object at a position of the object table."""
        pixels = self._pixels()
        if pixels is None:
            return None
        width, height = pixels
        cursor, objects, viewport = self._session.cursor, self._session.tables.objects, self._viewport.spec
        tail: tuple[tuple[float, float], ...] = ()
        t = cursor.t
        if objects is not None and objects.times is not None and position is not None:
            t = int(objects.times[position])
        if record.index == cursor.record.index and t == cursor.t and cursor.level != "image":
            places = track_tail(cursor)
            tail = tuple(places) if self._viewport.tails else ()
            if viewport.kind == "object" and not label and places and viewport.zoom:
                # The followed track has no object at this time point: stay where it was last.
                viewport = ViewportSpec("at", viewport.zoom, *places[-1])
        known = objects if position is not None else None
        return PictureSpec(
            record,
            self._display.style,
            layer=cursor.layer,
            label=label,
            centre=known.centre(position) if known is not None and position is not None else None,
            box=known.box(position) if known is not None and position is not None else None,
            viewport=viewport,
            width=width,
            height=height,
            colouring=self._display.colouring_of(record.index, t),
            t=t,
            z=cursor.z,
            projection=cursor.projection,
            tail=tail,
            crosshair=self._viewport.crosshair,
            marks=self._display.marks(record.index, t, min(width, height) < FINE_DISPLAY),
            with_overlays=True,
        )

    def foreseen(self) -> tuple[tuple[PictureSpec, ...], tuple[PictureSpec, ...]]:
        """What the next steps may lead to, in the order of the table where one is, and what jumps may; likeliest first.

        Steps are to the rows beside this one; jumps to the next open one, back where the last one began, a screen of
        rows on or back, and to the two ends.
        """
        session, cursor = self._session, self._session.cursor
        objects = session.tables.objects if cursor.level == "object" else None
        images = session.tables.images.view
        row = images.index_of(cursor.image) if objects is None else cursor.row
        time_step = self._time_step()
        if row is None:
            return (), ()
        before, self._row_before = self._row_before, row
        ahead = 1 if before is None or before <= row else -1
        if time_step:
            return self._along_time(time_step), ()
        if before is not None and abs(before - row) > 2:
            self._came_from = before
        steps = (row + ahead, row - ahead, row + 2 * ahead)
        total, page = len(images) if objects is None else len(objects), self.page()
        places = (self._next_open(row), self._came_from, row + ahead * page, row - ahead * page, 0, total - 1)
        jumps = (place for place in places if place is not None and 0 <= place < total)
        far = [place for place in dict.fromkeys(jumps) if place != row and place not in steps]
        return self._in_rows(steps, objects), self._in_rows(far, objects)

    def of_row(self, level: Level, row: int) -> PictureSpec | None:
        """The picture that a click on a row of the table of images or objects leads to."""
        objects = self._session.tables.objects if level == "object" else None
        return None if level == "object" and objects is None else self._in_row(row, objects)

    def _next_open(self, row: int) -> int | None:
        """The row to which the next verdict leads; None where to look for it would take long."""
        session = self._session
        rows = session.cursor.rows
        if rows is None or session.cursor.level not in ("image", "object") or rows.total > _MOST_LOOKED_AT:
            return None
        return rows.next_open(row, 1, session.queue.skip, False)

    def _in_rows(self, rows: Iterable[int], objects: ObjectRows | None) -> tuple[PictureSpec, ...]:
        specs = (self._in_row(row, objects) for row in rows)
        return tuple(spec for spec in specs if spec is not None)

    def _time_step(self) -> int:
        """1 or -1 if the last step of this image was through time, else 0."""
        cursor, before = self._session.cursor, self._time_before
        self._time_before = (cursor.image, cursor.t)
        if before is None or cursor.extent.t <= 1 or before[0] != cursor.image or before[1] == cursor.t:
            return 0
        return 1 if cursor.t > before[1] else -1

    def _along_time(self, step: int) -> tuple[PictureSpec, ...]:
        """The next time points in the direction of the last step."""
        spec, cursor = self.current(), self._session.cursor
        if spec is None:
            return ()
        objects, track = self._session.tables.objects, cursor.track
        found = []
        for t in (cursor.t + step, cursor.t + 2 * step, cursor.t - step):
            if not 0 <= t < cursor.extent.t:
                continue
            label = cursor.label_of(track, t) if spec.label and track is not None else 0
            position = None if objects is None or not label else objects.position(cursor.image, label, t)
            other = self._spec(spec.record, label, position)
            if other is not None and other.viewport.kind != "object":
                colouring = self._display.colouring_of(spec.record.index, t)
                found.append(replace(other, t=t, colouring=colouring, tail=()))
        return tuple(found)

    def _in_row(self, row: int, objects: ObjectRows | None) -> PictureSpec | None:
        """The picture that a row of the object table, or of the image table, leads to."""
        batch = self._session.batch
        if objects is None:
            images = self._session.tables.images.view
            inside = 0 <= row < len(images)
            return self._spec(batch.images[images.row(row)], 0, None) if inside else None
        if not 0 <= row < len(objects):
            return None
        position = objects.view.row(row)
        return self._spec(
            batch.images[int(objects.images[position])], int(objects.labels[position]), position
        )
