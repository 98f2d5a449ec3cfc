"""Depicting: which picture is wanted at the present place."""

from __future__ import annotations

from time import perf_counter
from typing import Any

from tuiqc.picture.painter import Shot
from tuiqc.terminal.encoder import picture_size
from tuiqc.ui.screens.colouring import Colours
from tuiqc.ui.workers import PictureJob


class Depicting(Colours):
    """From the session's place to a request for its picture."""

    def shot(self) -> Shot | None:
        """What the picture should show now, None while the pane has no size."""
        columns, rows = self.picture.size
        if not columns or not rows:
            return None
        session, objects, position = self.session, self.session.objects, self.session.position
        width, height = picture_size(columns, rows, self.caps)
        at_object = session.level == "object" and bool(session.label)
        known = objects is not None and position is not None and at_object
        return Shot(
            session.record,
            self.display_style,
            layer=session.layer,
            label=session.label if at_object else 0,
            centre=objects.centre(position) if known and objects and position is not None else None,
            box=objects.box(position) if known and objects and position is not None else None,
            look=self.look,
            width=width,
            height=height,
            colouring=self._colouring(),
        )

    def request_picture(self, *, again: bool = False) -> None:
        """Ask the worker for the picture of the present place; the old one stays until it is there.

        Nothing happens if it is what was asked for last, unless it has to be made `again`.
        """
        shot = self.shot()
        if shot is None or not self.picture.display or (shot == self._asked and not again):
            return
        self._asked = shot
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

    def _neighbours(self) -> tuple[Any, ...]:
        """Images that the next key may lead to, in the order of the image table."""
        images = self.session.images.view
        row = images.index_of(self.session.image)
        if row is None:
            return ()
        near = [near for near in (row + 1, row - 1) if 0 <= near < len(images)]
        return tuple(self.session.batch.images[images.row(at)] for at in near)
