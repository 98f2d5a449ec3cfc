"""Sheets of small pictures: the chosen objects, all at one scale where they fit, or whole images."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tuiqc.dataset.model import Batch, Progress
from tuiqc.errors import InputError
from tuiqc.exporters.report.choosing import Choice
from tuiqc.exporters.report.pictures import data_uri
from tuiqc.picture.crops import extents, fitted_zoom
from tuiqc.picture.display import Display
from tuiqc.picture.painter import Painter, PictureSpec, ViewportSpec
from tuiqc.review.depth import best_slice
from tuiqc.review.image_rows import ImageRows
from tuiqc.review.object_rows import ObjectRows
from tuiqc.review.rows import Rows

OBJECT_PIXELS, IMAGE_PIXELS = 224, 384
_SHARE, _FULL, _LARGEST_ZOOM = 0.45, 0.85, 16.0

_COLOUR_NAMES = {
    "white": (255, 255, 255),
    "grey": (170, 170, 170),
    "red": (255, 40, 40),
    "green": (50, 230, 70),
    "blue": (70, 110, 255),
    "cyan": (30, 225, 230),
    "magenta": (255, 50, 210),
    "yellow": (245, 235, 40),
    "orange": (255, 165, 40),
}


@dataclass(frozen=True)
class Crop:
    """A small picture with what is said under it.

    `uri` is "" where nothing could be drawn; `problem` then says why. `smaller` says that it is drawn at a smaller
    scale than the others, 0 if not.
    """

    uri: str
    size: int
    image: str
    thing: str
    verdict: str
    reason: str
    note: str
    annotator: str
    smaller: float = 0.0
    problem: str = ""

    @property
    def alt(self) -> str:
        """What the picture shows, in words."""
        words = ", ".join(part for part in (self.verdict, self.reason) if part)
        what = f"{self.thing} of {self.image}" if self.thing else f"Image {self.image}"
        return f"{what}: {words}" + (f"; note: {self.note}" if self.note else "")


@dataclass(frozen=True)
class Sheet:
    """Pictures of things with one verdict, out of `whole`; `zoom` is their common scale, 0 if there is none."""

    verdict: str
    whole: int
    crops: tuple[Crop, ...]
    zoom: float = 0.0


class SheetMaker:
    """Paints sheets of a batch, each file read once.

    Attributes
    ----------
    problems
        What could not be drawn, in words.
    """

    def __init__(self, batch: Batch, layer: str, progress: Progress | None = None) -> None:
        self.batch, self.layer = batch, layer
        self.display = Display.of(batch.channels, batch.layers, layer)
        self.painter = Painter(records=batch.images)
        self.problems: list[str] = []
        self._progress, self._done, self._total = progress, 0, 0

    @property
    def drawn_as(self) -> str:
        """How the pictures are to be read: colours of the channels, and what the outlines are."""
        channels = [(name, style) for name, style in self.display.channels if style.visible]
        said = ", ".join(f"{name} {colour_name(style.colour)}" for name, style in channels)
        outlines = (
            f"outlines of {self.layer}, the thick one within corner marks being the object"
            if self.layer
            else ""
        )
        return "; ".join(part for part in (f"Channels: {said}" if said else "", outlines) if part) + "."

    def sheets(self, rows: Rows, choices: Sequence[Choice]) -> list[Sheet]:
        """Return a sheet for each choice of rows, all of them at the same scale."""
        self._done, self._total = 0, sum(len(choice.positions) for choice in choices)
        if not self._total:
            return [Sheet(choice.verdict, choice.whole, ()) for choice in choices]
        self.painter.prepare(self.display)
        zoom = 0.0
        if isinstance(rows, ObjectRows):
            shown = np.concatenate([choice.positions for choice in choices])
            zoom = common_zoom(extents(rows.geometry.taken(shown)))
        return [
            Sheet(choice.verdict, choice.whole, self._crops(rows, choice.positions.tolist(), zoom), zoom)
            for choice in choices
        ]

    def _crops(self, rows: Rows, positions: list[int], zoom: float) -> tuple[Crop, ...]:
        made: dict[int, Crop] = {}
        for position in sorted(positions):  # image by image
            made[position] = self._crop(rows, position, zoom)
            self._done += 1
            if self._progress is not None:
                self._progress(self._done, self._total)
        return tuple(made[position] for position in positions)

    def _crop(self, rows: Rows, position: int, zoom: float) -> Crop:
        smaller = 0.0
        if isinstance(rows, ObjectRows):
            side = float(extents(rows.geometry.taken(np.array([position])))[0])
            own = _own_zoom(side, zoom)
            smaller = own / zoom if zoom and own < zoom else 0.0
            spec, thing = self._object_spec(rows, position, own), f"{self.layer} {int(rows.labels[position])}"
            if rows.times is not None:
                thing += f" at t {int(rows.times[position])}"
            image = self.batch.images[int(rows.images[position])].key
        else:
            assert isinstance(rows, ImageRows)
            spec, thing, image = self._image_spec(position), "", self.batch.images[position].key
        uri, problem = self._rendered(spec)
        reason, note, annotator = (
            str(rows.view.column(rows.own[name])[position]) for name in ("reason", "note", "annotator")
        )
        verdict = rows.verdict(position)
        return Crop(uri, spec.width, image, thing, verdict, reason, note, annotator, smaller, problem)

    def _object_spec(self, rows: ObjectRows, position: int, zoom: float) -> PictureSpec:
        return PictureSpec(
            self.batch.images[int(rows.images[position])],
            self.display,
            layer=self.layer,
            label=int(rows.labels[position]),
            centre=rows.centre(position),
            box=rows.box(position),
            viewport=ViewportSpec("object", zoom=zoom or None),
            width=OBJECT_PIXELS,
            height=OBJECT_PIXELS,
            t=0 if rows.times is None else int(rows.times[position]),
            z=best_slice(rows.view.frame, position) or 0,
        )

    def _image_spec(self, position: int) -> PictureSpec:
        record = self.batch.images[position]
        return PictureSpec(
            record,
            self.display,
            layer=self.layer,
            width=IMAGE_PIXELS,
            height=IMAGE_PIXELS,
            projection="max",  # of a stack; one slice may show nothing
        )

    def _rendered(self, spec: PictureSpec) -> tuple[str, str]:
        """The picture, and what was wrong."""
        try:
            rendered = self.painter.paint(spec)
        except InputError as error:
            self.problems.append(str(error))
            return "", str(error)
        assert rendered is not None
        self.problems += rendered.problems
        return data_uri(rendered.rgb), "; ".join(rendered.problems)


def colour_name(rgb: tuple[int, int, int]) -> str:
    """Return the plain word that comes nearest to a colour."""
    return min(_COLOUR_NAMES, key=lambda name: math.dist(_COLOUR_NAMES[name], rgb))


def common_zoom(sides: NDArray[np.float64]) -> float:
    """Return display pixels per image pixel at which most objects with these sides show well with what is around
    them; 0 if no side is known."""
    known = sides[np.isfinite(sides) & (sides > 0)]
    return min(_LARGEST_ZOOM, _SHARE * OBJECT_PIXELS / float(np.quantile(known, 0.75))) if len(known) else 0.0


def _own_zoom(side: float, zoom: float) -> float:
    """The common scale, or a smaller one for what would not fit."""
    fits = not zoom or not math.isfinite(side) or side * zoom <= _FULL * OBJECT_PIXELS
    return zoom if fits else fitted_zoom(side, OBJECT_PIXELS)
