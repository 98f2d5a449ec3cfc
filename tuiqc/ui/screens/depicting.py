"""Depicting: which picture is wanted at the present place."""

from __future__ import annotations

from dataclasses import replace
from time import perf_counter

from tuiqc.dataset.model import ImageRecord
from tuiqc.picture.painter import Look, Shot
from tuiqc.render.highlight import FINE_DISPLAY
from tuiqc.review.objects import ObjectRows
from tuiqc.terminal.encoder import picture_size
from tuiqc.ui.screens.colouring import Colours
from tuiqc.ui.workers import PictureJob

_LATE = 0.4
"""Seconds after which a picture is late."""


class Depicting(Colours):
    """From the session's place to a request for its picture."""

    _row_before: int | None = None
    _in_time = False
    _time_step = 1

    def shot(self) -> Shot | None:
        """What the picture should show now, None while the pane has no size."""
        session = self.session
        at_object = session.level == "object" and bool(session.label)
        return self._shot(
            session.record, session.label if at_object else 0, session.position if at_object else None
        )

    def _shot(self, record: ImageRecord, label: int, position: int | None) -> Shot | None:
        """What the picture would show of an image, or of the object at a position of the object table."""
        columns, rows = self.picture.size
        if not columns or not rows:
            return None
        objects = self.session.objects
        width, height = picture_size(columns, rows, self.caps)
        session, look = self.session, self.look
        tail: tuple[tuple[float, float], ...] = ()
        t = session.t
        if objects is not None and objects.times is not None and position is not None:
            t = int(objects.times[position])
        here = record is session.record and t == session.t
        if here and session.level != "image":
            places = session.tail()
            tail = tuple(places) if self.tails else ()
            if look.kind == "object" and not label and places and look.zoom:
                # The followed track has no object at this time point: stay where it was last.
                look = Look("at", look.zoom, *places[-1])
        known = objects is not None and position is not None
        return Shot(
            record,
            self.display_style,
            layer=self.session.layer,
            label=label,
            centre=objects.centre(position)
            if known and objects is not None and position is not None
            else None,
            box=objects.box(position) if known and objects is not None and position is not None else None,
            look=look,
            width=width,
            height=height,
            colouring=self.colouring_of(record.index, t),
            t=t,
            z=session.z,
            projection=session.projection,
            tail=tail,
            crosshair=self.crosshair,
            marks=self._marks(record.index, t, min(width, height) < FINE_DISPLAY),
            furnished=True,
        )

    def request_picture(self, *, again: bool = False) -> None:
        """Ask the worker for the picture of the present place; the old one stays until it is there.

        Nothing happens if it is what was asked for last, unless it has to be made `again`.
        """
        shot = self.shot()
        if shot is None or not self.picture.display or (shot == self._asked and not again):
            return
        self._asked = shot
        self.picture.send_ahead(None)
        self.request_number += 1
        columns, rows = self.picture.size
        job = PictureJob(
            self.request_number,
            shot,
            (columns, rows),
            self.caps,
            perf_counter(),
            self._neighbours(),
        )
        self.pictures.request(job)
        self._wait_for_it()

    def _wait_for_it(self) -> None:
        """Begin to wait: what is shown is the picture of another place, and that is said when it lasts."""
        if self._late_timer is None:
            self._late_timer = self.set_interval(_LATE, self._tell_late)
        else:
            self._late_timer.reset()
            self._late_timer.resume()

    def _tell_late(self) -> None:
        assert self._late_timer is not None
        self._late_timer.pause()
        finished = self.picture.finished
        if not self.picture.note and (finished is None or finished.number != self.request_number):
            self.late = True
            self.tell_titles()

    def in_time(self) -> None:
        """The picture that is wanted is there, or can't be had."""
        self.late = False
        if self._late_timer is not None:
            self._late_timer.pause()

    def _neighbours(self) -> tuple[Shot, ...]:
        """What the next keys may lead to, in the order of the table where one is: the likeliest first."""
        session = self.session
        objects = session.objects if session.level == "object" else None
        row = session.images.view.index_of(session.image) if objects is None else session.row
        if row is None:
            return ()
        ahead = 1 if self._row_before is None or self._row_before <= row else -1
        self._row_before = row
        if session.extent.t > 1 and self._in_time:
            return self._along_time()
        shots = (self._shot_in_row(row + step, objects) for step in (ahead, -ahead, 2 * ahead))
        return tuple(shot for shot in shots if shot is not None)

    def _along_time(self) -> tuple[Shot, ...]:
        """The next time points in the direction of the last step."""
        shot, session = self.shot(), self.session
        if shot is None:
            return ()
        objects, track = session.objects, session.track
        found = []
        for step in (self._time_step, 2 * self._time_step, -self._time_step):
            t = session.t + step
            if not 0 <= t < session.extent.t:
                continue
            label = session.label_of(track, t) if shot.label and track is not None else 0
            position = None if objects is None or not label else objects.position(session.image, label, t)
            other = self._shot(shot.record, label, position)
            if other is not None and other.look.kind != "object":
                found.append(replace(other, t=t, colouring=self.colouring_of(shot.record.index, t), tail=()))
        return tuple(found)

    def _shot_in_row(self, row: int, objects: ObjectRows | None) -> Shot | None:
        """The picture that a row of the object table, or of the image table, leads to."""
        session = self.session
        if objects is None:
            images = session.images.view
            inside = 0 <= row < len(images)
            return self._shot(session.batch.images[images.row(row)], 0, None) if inside else None
        if not 0 <= row < len(objects):
            return None
        position = objects.view.row(row)
        record = session.batch.images[int(objects.images[position])]
        return self._shot(record, int(objects.labels[position]), position)
