"""The crosshair: it does the work of the mouse in the picture, and reads out what is under it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from tuiqc.dataset.model import ImageRecord
from tuiqc.errors import TuiqcError
from tuiqc.picture.painter import ViewportSpec
from tuiqc.picture.regions import PlaneReader, Scene
from tuiqc.picture.spec import PlaneChoice
from tuiqc.pixels.image_file import Piece, Window
from tuiqc.render.viewport import Viewport
from tuiqc.review.changes import Changes
from tuiqc.review.session import Session
from tuiqc.text import printable
from tuiqc.ui.frame_store import Finished
from tuiqc.ui.jobs import LONG, Jobs
from tuiqc.ui.pictures import Pictures
from tuiqc.ui.viewport_state import zoomed_in

_EDGE = 0.1
"""Part of the view that stays between the crosshair and its edge."""


class Crosshair:
    """Points at an image pixel, and picks the object there."""

    def __init__(
        self,
        session: Session,
        pictures: Pictures,
        jobs: Jobs,
        say: Callable[[str], None],
        changed: Callable[[Changes], None],
    ) -> None:
        self._session, self._viewport, self._pictures, self._jobs = session, pictures.viewport, pictures, jobs
        self._say, self._changed = say, changed

    def point(self, x: int, y: int, view: Viewport, shape: tuple[int, int]) -> None:
        """Put it on an image pixel; a view that it would leave moves along."""
        x, y = min(max(x, 0), shape[1] - 1), min(max(y, 0), shape[0] - 1)
        self._viewport.crosshair = (x, y)
        moved = _following(view, x, y, shape)
        if moved != view:
            self._viewport.set(ViewportSpec("at", moved.zoom, moved.centre_x, moved.centre_y))
        self._changed(Changes.DISPLAY)
        self._read(shape, x, y)

    def move(self, right: int, down: int) -> None:
        """Move it by image pixels."""
        found, at = self._viewport.seen(self._pictures.pane.finished), self._viewport.crosshair
        if found is None or at is None:
            self._say("no crosshair: X brings it up")
            return
        self.point(at[0] + right, at[1] + down, *found)

    def take_away(self) -> None:
        """No crosshair."""
        self._viewport.crosshair, self._viewport.readout = None, ""
        self._changed(Changes.DISPLAY)

    def read_again(self, finished: Finished) -> None:
        """Another picture is shown: what is under the crosshair may be something else."""
        at = self._viewport.crosshair
        if at is None or finished.spec.record.index != self._session.cursor.record.index:
            return
        rows, columns = finished.rendered.shape
        x, y = min(at[0], columns - 1), min(at[1], rows - 1)
        if (x, y) != at:
            self._viewport.crosshair = (x, y)
            self._changed(Changes.DISPLAY)
        self._read(finished.rendered.shape, x, y)

    def _read(self, shape: tuple[int, int], x: int, y: int) -> None:
        record, reader = self._session.cursor.record, self._pictures.painter.reader
        spec = self._pictures.specs.current()
        at = spec.at if spec is not None else None

        def done(found: Readout) -> None:
            if self._viewport.crosshair == (x, y) and record.index == self._session.cursor.record.index:
                self._viewport.readout = found.text()
                self._pictures.when_told()

        self._jobs.latest(
            "readout",
            LONG,
            lambda cancelled: read_out(reader, record, shape, x, y, at),
            done,
            lambda error: self._say(str(error)),
        )

    # --- picking

    def pick(
        self, record: ImageRecord, shape: tuple[int, int], x: int, y: int, *, enlarge: bool = False
    ) -> None:
        """Choose the object at an image pixel, if there is one; `enlarge` centres it."""
        layer = self._session.cursor.layer
        if not layer or not (0 <= y < shape[0] and 0 <= x < shape[1]):
            return
        spec, painter = self._pictures.specs.current(), self._pictures.painter
        at = spec.at if spec is not None else None

        def failed(error: TuiqcError) -> None:
            self._say(str(error))

        self._jobs.latest(
            "pick",
            LONG,
            lambda cancelled: painter.label_at(record, layer, shape, x, y, at),
            lambda label: self._picked(record, label, enlarge),
            failed,
        )

    def _picked(self, record: ImageRecord, label: int, enlarge: bool) -> None:
        cursor, tables = self._session.cursor, self._session.tables
        if record.index != cursor.record.index:
            return
        if not label:
            self._say(f"no object of {printable(cursor.layer)} there")
            return
        if not cursor.go_label(label):
            self._say(f"label {label} has no row in the table")
            return
        if cursor.row is None:
            tables.show_only(None)
        if enlarge:
            self._viewport.set(ViewportSpec("object"))
        self._changed(Changes.PLACE)


def _following(view: Viewport, x: float, y: float, shape: tuple[int, int]) -> Viewport:
    """The view, moved just as far that (x, y) is not at its edge; one that shows the whole image stays."""
    if not zoomed_in(view, shape):
        return view
    at_x, at_y = view.to_display(x, y)
    edge_x, edge_y = view.width * _EDGE, view.height * _EDGE
    right = min(at_x - edge_x, 0) or max(at_x - (view.width - 1 - edge_x), 0)
    down = min(at_y - edge_y, 0) or max(at_y - (view.height - 1 - edge_y), 0)
    return view if not right and not down else view.panned(right, down).held_inside(shape)


@dataclass(frozen=True, slots=True)
class Readout:
    """Position (0-based, in image pixels), micrometres per pixel (y, x) if known, values and labels by name.

    A value is a number, three of RGB, or None where the file can't be read or is smaller.
    """

    x: int
    y: int
    pixel_um: tuple[float, float] | None
    values: tuple[tuple[str, Any], ...]
    labels: tuple[tuple[str, int | None], ...]

    def text(self, separator: str = "  ") -> str:
        """One line: `x 12 y 30 px (2.4, 6 µm)  DNA 113  nuclei 7`; a label of 0 is background, shown as `–`."""
        where = f"x {self.x} y {self.y}"
        if self.pixel_um is not None:
            where += f" ({self.x * self.pixel_um[1]:.4g}, {self.y * self.pixel_um[0]:.4g} µm)"
        parts = [where, *(f"{name} {_shown(value)}" for name, value in self.values)]
        parts += [f"{name} {'?' if label is None else label or '–'}" for name, label in self.labels]
        return separator.join(parts)


def read_out(
    reader: PlaneReader,
    record: ImageRecord,
    shape: tuple[int, int],
    x: int,
    y: int,
    at: PlaneChoice | None = None,
) -> Readout:
    """Read one pixel of all channels and layers of an image of `shape` (rows, columns); (x, y) is inside of it."""
    at = at or PlaneChoice()
    scene = Scene(record, at, shape, Window(y, y + 1, x, x + 1), 1.0, [])
    values = [(name, _first(reader.channel(scene, name))) for name in record.channels]
    labels = [(name, _first(reader.labels(scene, name))) for name in record.masks]
    return Readout(x, y, reader.pixel_size(record), tuple(values), tuple(labels))


def _first(piece: Piece | None) -> Any:
    if piece is None or piece.pixels.size == 0:
        return None
    value = piece.pixels[0, 0]
    return tuple(part.item() for part in value) if np.ndim(value) else value.item()


def _shown(value: Any) -> str:
    if value is None:
        return "?"
    if isinstance(value, tuple):
        return "/".join(_shown(part) for part in value)
    if isinstance(value, bool):
        return str(int(value))
    return f"{value:.5g}" if isinstance(value, float) else str(value)
