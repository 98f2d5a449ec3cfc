"""Pointing: the mouse in the picture, and the crosshair that does its work with keys and reads out pixels."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual import on, work

from tuiqc.dataset.model import ImageRecord
from tuiqc.picture.readout import Readout, read_out
from tuiqc.picture.shot import Look
from tuiqc.render.viewport import Viewport
from tuiqc.terminal.encoder import picture_size
from tuiqc.text import printable
from tuiqc.ui.background import LONG
from tuiqc.ui.screens.looking import STEP, Looking
from tuiqc.ui.widgets.picture import Picture

if TYPE_CHECKING:
    from tuiqc.ui.frames import Finished

_EDGE = 0.1
"""Part of the view that stays between the crosshair and its edge."""


class Pointing(Looking):
    """Actions at one point of the picture."""

    # --- the crosshair

    def action_crosshair(self) -> None:
        """Put the crosshair on the current object, or into the middle; again: take it away."""
        if self.crosshair is not None:
            self.crosshair = None
            self.readout_text = ""
            self.request_picture()
            self.tell_titles()
            return
        found = self._view()
        if found is None:
            self.say("there is no picture yet")
            return
        view, shape = found
        x, y = self._object_centre() or (view.centre_x, view.centre_y)
        if self.pane is not self.picture:
            self.focus_pane(self.picture)
        self._point(int(x + 0.5), int(y + 0.5), view, shape)
        self.say(
            "crosshair: arrows move it, ctrl+arrows by one pixel, + - zoom about it, enter picks the object"
        )

    def action_back(self) -> None:
        """Take the crosshair away; next, bring the tables back."""
        if self.crosshair is not None:
            self.action_crosshair()
        else:
            self.remove_class("-large")

    def _object_centre(self) -> tuple[float, float] | None:
        objects, position = self.session.objects, self.session.position
        if self.session.level != "object" or objects is None or position is None:
            return None
        return objects.centre(position)

    def action_pan_left(self) -> None:
        """Pan, or move the crosshair."""
        self._arrow(-1, 0)

    def action_pan_right(self) -> None:
        """Pan, or move the crosshair."""
        self._arrow(1, 0)

    def action_pan_up(self) -> None:
        """Pan, or move the crosshair."""
        self._arrow(0, -1)

    def action_pan_down(self) -> None:
        """Pan, or move the crosshair."""
        self._arrow(0, 1)

    def action_cross_left(self) -> None:
        """One image pixel."""
        self._move(-1, 0)

    def action_cross_right(self) -> None:
        """One image pixel."""
        self._move(1, 0)

    def action_cross_up(self) -> None:
        """One image pixel."""
        self._move(0, -1)

    def action_cross_down(self) -> None:
        """One image pixel."""
        self._move(0, 1)

    def _arrow(self, right: int, down: int) -> None:
        found = self._view() if self.crosshair is not None else None
        if found is None:
            self.pan(right, down)
            return
        # one cell of the terminal, so that a few keys cross the picture, and single pixels where those are large
        cell = picture_size(1, 1, self.caps)[0]
        step = max(1, round(cell / found[0].zoom))
        self._move(right * step, down * step)

    def _move(self, right: int, down: int) -> None:
        found = self._view()
        if found is None or self.crosshair is None:
            self.say("no crosshair: X brings it up")
            return
        view, shape = found
        self._point(self.crosshair[0] + right, self.crosshair[1] + down, view, shape)

    def _point(self, x: int, y: int, view: Viewport, shape: tuple[int, int]) -> None:
        """Put the crosshair on an image pixel; a view that it would leave moves along."""
        x, y = min(max(x, 0), shape[1] - 1), min(max(y, 0), shape[0] - 1)
        self.crosshair = (x, y)
        moved = _following(view, x, y, shape)
        if moved != view:
            self._set_look(Look("at", moved.zoom, moved.centre_x, moved.centre_y))
        else:
            self.request_picture()
        self._read(self.session.record, shape, x, y)

    def _read(self, record: ImageRecord, shape: tuple[int, int], x: int, y: int) -> None:
        at = shot.at if (shot := self.shot()) is not None else None

        def done(found: Readout) -> None:
            if self.crosshair == (x, y) and record is self.session.record:
                self.readout_text = found.text()
                self.tell_titles()

        reader = self.painter.reader
        self.background.run(
            "readout",
            LONG,
            lambda void: read_out(reader, record, shape, x, y, at),
            done,
            lambda error: self.say(str(error)),
        )

    def read_again(self, finished: Finished) -> None:
        """Another picture is shown: what is under the crosshair may be something else."""
        if self.crosshair is None or finished.shot.record is not self.session.record:
            return
        rows, columns = finished.painted.shape
        x, y = min(self.crosshair[0], columns - 1), min(self.crosshair[1], rows - 1)
        if (x, y) != self.crosshair:
            self.crosshair = (x, y)
            self.request_picture()
        self._read(self.session.record, finished.painted.shape, x, y)

    def action_enter(self) -> None:
        """With the crosshair in the picture: the object under it."""
        finished = self.picture.finished
        if self.crosshair is None or self.pane is not self.picture or finished is None:
            super().action_enter()
        elif self.session.layer and finished.shot.record is self.session.record:
            self._pick(
                finished.shot.record, self.session.layer, finished.painted.shape, *self.crosshair, False
            )

    def zoom_point(self, view: Viewport) -> tuple[float, float] | None:
        """The crosshair, where it is in sight."""
        if self.crosshair is None:
            return None
        x, y = view.to_display(*self.crosshair)
        return (x, y) if 0 <= x < view.width and 0 <= y < view.height else None

    # --- the mouse

    def _under(self, event: Picture.Clicked | Picture.Wheel, beside: int) -> tuple[float, float]:
        """The display point of a cell; of two pictures side by side, in its own one."""
        columns, rows = self.picture.size
        width, height = picture_size(columns, rows, self.caps)
        x, y = (event.x + 0.5) * width / columns, (event.y + 0.5) * height / rows
        return (x - beside if beside and x >= beside else x), y

    @on(Picture.Clicked)
    def picture_clicked(self, event: Picture.Clicked) -> None:
        """Choose the object under the mouse; the crosshair comes along."""
        finished = self.picture.finished
        if finished is None:
            return
        painted = finished.painted
        where = painted.view.to_image(*self._under(event, painted.beside))
        x, y = int(where[0] + 0.5), int(where[1] + 0.5)
        inside = 0 <= x < painted.shape[1] and 0 <= y < painted.shape[0]
        if self.crosshair is not None and inside and finished.shot.record is self.session.record:
            self._point(x, y, painted.view, painted.shape)
        if self.session.layer:
            self._pick(finished.shot.record, self.session.layer, painted.shape, x, y, event.double)

    @work(thread=True, exclusive=True, group="pick")
    def _pick(
        self, record: ImageRecord, layer: str, shape: tuple[int, int], x: int, y: int, enlarge: bool
    ) -> None:
        if not (0 <= y < shape[0] and 0 <= x < shape[1]):
            return
        at = shot.at if (shot := self.shot()) is not None else None
        label = self.painter.label_at(record, layer, shape, x, y, at)
        self.app.call_from_thread(self._picked, record, label, enlarge)

    def _picked(self, record: ImageRecord, label: int, enlarge: bool) -> None:
        if record is not self.session.record:
            return
        if not label:
            self.say(f"no object of {printable(self.session.layer)} there")
            return
        if not self.session.go_label(label):
            self.say(f"label {label} has no row in the table")
            return
        objects = self.session.objects
        if objects is not None and self.session.row is None:
            objects.show_only(None)
            self.objects_table.content_changed()
        if enlarge:
            self.look = Look("object")
        self.place_changed()

    @on(Picture.Wheel)
    def picture_wheel(self, event: Picture.Wheel) -> None:
        """Zoom about the mouse."""
        found = self._view()
        finished = self.picture.finished
        if found is None or finished is None:
            return
        view, shape = found
        about = self._under(event, finished.painted.beside)
        self.look_at(view.zoomed(STEP if event.step > 0 else 1 / STEP, about), shape)


def _following(view: Viewport, x: float, y: float, shape: tuple[int, int]) -> Viewport:
    """The view, moved just as far that (x, y) is not at its edge; one that shows the whole image stays."""
    at_x, at_y = view.to_display(x, y)
    edge_x, edge_y = view.width * _EDGE, view.height * _EDGE
    if view.zoom <= Viewport.fit(shape, view.width, view.height).zoom * 1.001:
        return view
    right = min(at_x - edge_x, 0) or max(at_x - (view.width - 1 - edge_x), 0)
    down = min(at_y - edge_y, 0) or max(at_y - (view.height - 1 - edge_y), 0)
    return view if not right and not down else view.panned(right, down).held_inside(shape)
