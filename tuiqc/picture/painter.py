"""Reads what a picture needs, and composes it: the one way from files to RGB, for the screen and for `tuiqc render`."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from tuiqc.dataset.model import ImageRecord
from tuiqc.errors import InputError
from tuiqc.picture.display import Display
from tuiqc.pixels.base import Window
from tuiqc.pixels.cache import WHOLE_PLANE_BYTES, ByteCache, PlaneSource
from tuiqc.render.contrast import auto_limits
from tuiqc.render.labels import (
    LabelColours,
    as_labels,
    colours_by_category,
    colours_by_value,
    fit_labels,
    label_colours,
)
from tuiqc.render.overlay import LayerPicture, compose
from tuiqc.render.style import ChannelStyle
from tuiqc.render.viewport import Viewport

if TYPE_CHECKING:
    from numpy.typing import NDArray

OBJECT_SHARE = 0.4
"""Part of the pane that an object's box takes when it is centred and enlarged."""


BACKGROUND = (24, 26, 32)
"""Around the image: unlike black, it shows where the image ends."""


@dataclass(frozen=True, slots=True)
class Look:
    """Where the person looks.

    `fit`: the whole image. `object`: centred on the current object; a `zoom` of None enlarges it so that its box
    takes `OBJECT_SHARE` of the pane. `at`: centred on (x, y) in image pixels. `zoom` is display pixels per image pixel.
    """

    kind: Literal["fit", "object", "at"] = "fit"
    zoom: float | None = None
    x: float = 0.0
    y: float = 0.0


@dataclass(frozen=True, eq=False)  # arrays have no plain equality; two shots with colours are never the same
class Colouring:
    """Values by which the objects of the active layer are coloured.

    `labels` and `values` are parallel; `limits` are the ends of the colour map; `categorical` gives each distinct
    value its own colour instead (`values` are then whole numbers, negative for none). Labels that are `hidden` have no
    colour at all.
    """

    labels: NDArray[Any]
    values: NDArray[Any]
    limits: tuple[float, float] | None
    categorical: bool = False
    hidden: NDArray[Any] | None = None


@dataclass(frozen=True)
class Shot:
    """All that decides how a picture looks.

    `label` is the current object of `layer` (0: none). `centre` (x, y) and `box` (min x, min y, max x, max y; max
    exclusive) are its place in image pixels where the table knows it; else it is looked for in the mask.
    """

    record: ImageRecord
    display: Display
    layer: str = ""
    label: int = 0
    centre: tuple[float, float] | None = None
    box: tuple[float, float, float, float] | None = None
    look: Look = Look()
    width: int = 640
    height: int = 480
    colouring: Colouring | None = None


@dataclass(frozen=True, slots=True)
class Painted:
    """A picture, (height, width, 3) uint8, with the view it shows and what went wrong on the way."""

    rgb: NDArray[np.uint8]
    view: Viewport
    shape: tuple[int, int]
    problems: tuple[str, ...]


class Painter:
    """Composes pictures of a batch; safe from several threads.

    Parameters
    ----------
    cache_bytes
        Bound of the planes that are kept in memory.
    records
        The images that contrast of the whole batch is taken from.
    """

    def __init__(self, cache_bytes: int = 512 << 20, records: Sequence[ImageRecord] = ()) -> None:
        self.records = records
        self.source = PlaneSource(cache_bytes)
        self._limits: ByteCache[tuple[str, str], tuple[float, float]] = ByteCache(100_000)
        self._batch_limits: dict[str, dict[Any, tuple[float, float]]] = {}
        self._colours: ByteCache[int, LabelColours] = ByteCache(32)

    def paint(self, shot: Shot, superseded: Callable[[], bool] = lambda: False) -> Painted | None:
        """Read and compose; None when `superseded()` became true on the way.

        A channel or mask that can't be read is left out and named in `problems`.

        Raises
        ------
        InputError
            Nothing of the image can be read.
        """
        problems: list[str] = []
        shape = self._shape(shot, problems)
        if superseded():
            return None
        view = self._view(shot, shape, problems)
        window = view.window(shape)
        channels = []
        for name, style in shot.display.channels:
            if (
                style.visible
                and (plane := self._channel(shot.record, name, shape, window, problems)) is not None
            ):
                channels.append((plane, self._with_limits(shot, name, style)))
            if superseded():
                return None
        layers: list[LayerPicture] = []
        current: tuple[int, int] | None = None
        for name, layer_style in () if shot.display.raw else shot.display.layers:
            active = name == shot.layer
            if not layer_style.visible and not (active and shot.label):
                continue
            labels = self._labels(shot.record, name, shape, window, problems)
            if labels is None:
                continue
            if active and shot.label:
                current = (len(layers), shot.label)
            layers.append(LayerPicture(labels, layer_style, self._layer_colours(shot, active)))
            if superseded():
                return None
        rgb = compose(view, shape, channels, layers, window=window, current=current, background=BACKGROUND)
        return Painted(rgb, view, shape, tuple(dict.fromkeys(problems)))

    def fetch(self, record: ImageRecord, display: Display, superseded: Callable[[], bool]) -> None:
        """Read what a picture of this image would need into memory, quietly."""
        planes = [
            (record.channels.get(name), record.plane_of(name))
            for name, style in display.channels
            if style.visible
        ]
        planes += [(record.masks.get(name), 0) for name, style in display.layers if style.visible]
        for path, c in planes:
            if superseded():
                return
            try:
                if path is not None and self.source.info(path).plane_bytes <= WHOLE_PLANE_BYTES:
                    self.source.plane(path, c=c)
            except InputError:
                continue  # told when somebody looks at it

    def prepare(self, display: Display, superseded: Callable[[], bool] = lambda: False) -> bool:
        """Find the contrast limits of the whole batch, which reads some of its images; True if any are new.

        Until this was done pictures take their limits from their own image: the first one is not kept waiting.
        """
        if display.contrast != "batch":
            return False
        new = False
        for name, style in display.channels:
            if style.visible and style.limits is None and name not in self._batch_limits:
                limits = self._limits_of_batch(name, superseded)
                if limits is None:
                    return new
                self._batch_limits[name] = limits
                new = True
        return new

    def labels(self, record: ImageRecord, layer: str, shape: tuple[int, int]) -> NDArray[Any] | None:
        """The whole mask of an image at the image's own size, None where there is none or it is broken."""
        return self._labels(record, layer, shape, Window.whole(shape), [])

    def labels_in_mask(self, record: ImageRecord, layer: str) -> NDArray[Any] | None:
        """The distinct labels of a mask (0 among them), None where there is none, or it is broken or very large."""
        path = record.masks.get(layer)
        if path is None:
            return None
        try:
            if self.source.info(path).plane_bytes > WHOLE_PLANE_BYTES:
                return None
            plane = as_labels(self.source.plane(path))
        except (InputError, ValueError):
            return None
        if int(plane.max(initial=0)) < plane.size:
            return np.flatnonzero(np.bincount(plane.ravel()))  # much faster than sorting, where it fits
        return np.unique(plane)

    # --- sizes and views

    def _shape(self, shot: Shot, problems: list[str]) -> tuple[int, int]:
        record = shot.record
        visible = [name for name, style in shot.display.channels if style.visible]
        candidates: list[Path | None] = [record.channels.get(name) for name in visible]
        candidates += [path for name, path in record.channels.items() if name not in visible]
        candidates += [record.masks.get(shot.layer), *record.masks.values()]
        found: list[str] = []
        for path in candidates:
            if path is None:
                continue
            try:
                return self.source.info(path).shape
            except InputError as error:
                found.append(str(error))
        problems.extend(found)
        raise InputError(found[0] if found else f"image {record.key}: none of its files is there")

    def _view(self, shot: Shot, shape: tuple[int, int], problems: list[str]) -> Viewport:
        fit = Viewport.fit(shape, shot.width, shot.height)
        look = shot.look
        if look.kind == "at" and look.zoom:
            return fit.with_zoom(look.zoom).centred(look.x, look.y).held_inside(shape)
        if look.kind != "object" or not shot.label:
            return fit
        centre, box = shot.centre, shot.box
        if centre is None or (look.zoom is None and box is None):
            found = self._find(shot, shape, problems)
            if found is None and centre is None:
                return fit
            if found is not None:
                centre, box = centre or found[0], box or found[1]
        assert centre is not None
        zoom = look.zoom or _zoom_on(box, shot, fit)
        return fit.with_zoom(zoom).centred(*centre).held_inside(shape)

    def _find(
        self, shot: Shot, shape: tuple[int, int], problems: list[str]
    ) -> tuple[tuple[float, float], tuple[float, float, float, float]] | None:
        labels = self._labels(shot.record, shot.layer, shape, Window.whole(shape), problems)
        if labels is None:
            return None
        rows = np.flatnonzero((labels == shot.label).any(axis=1))
        if not len(rows):
            return None
        inside = labels[rows[0] : rows[-1] + 1] == shot.label
        columns = np.flatnonzero(inside.any(axis=0))
        box = (float(columns[0]), float(rows[0]), float(columns[-1] + 1), float(rows[-1] + 1))
        return ((box[0] + box[2] - 1) / 2, (box[1] + box[3] - 1) / 2), box

    # --- pixels

    def _channel(
        self, record: ImageRecord, name: str, shape: tuple[int, int], window: Window, problems: list[str]
    ) -> NDArray[Any] | None:
        path = record.channels.get(name)
        if path is None:
            return None
        try:
            own = self.source.info(path).shape
            if own != shape:
                problems.append(f"channel {name} is {own[1]} x {own[0]}, not {shape[1]} x {shape[0]}")
                return None
            return self.source.plane(path, c=record.plane_of(name), window=window)
        except InputError as error:
            problems.append(str(error))
            return None

    def _labels(
        self, record: ImageRecord, layer: str, shape: tuple[int, int], window: Window, problems: list[str]
    ) -> NDArray[Any] | None:
        path = record.masks.get(layer)
        if path is None:
            return None
        try:
            own = self.source.info(path).shape
            if own == shape:
                return as_labels(self.source.plane(path, window=window))
            problems.append(f"mask {layer} is {own[1]} x {own[0]}, its image {shape[1]} x {shape[0]}")
            whole = fit_labels(as_labels(self.source.plane(path)), shape)
            return whole[window.y0 : window.y1, window.x0 : window.x1]
        except InputError as error:
            problems.append(str(error))
        except ValueError as error:
            problems.append(f"{path}: {error}")
        return None

    def _with_limits(self, shot: Shot, name: str, style: ChannelStyle) -> ChannelStyle:
        if style.limits is not None:
            return style
        limits = None
        if shot.display.contrast == "batch" and (known := self._batch_limits.get(name)) is not None:
            path = shot.record.channels[name]
            assert path is not None
            limits = known.get(self.source.info(path).dtype)
        return replace(style, limits=limits or self._image_limits(shot.record, name))

    def _image_limits(self, record: ImageRecord, name: str) -> tuple[float, float]:
        path, c = record.channels[name], record.plane_of(name)
        assert path is not None
        return self._limits.get_or_make(
            (str(path), str(c)),
            lambda: auto_limits(self.source.plane(path, c=c, window=self._sample(path))),
            lambda _: 1,
        )

    def _limits_of_batch(
        self, name: str, superseded: Callable[[], bool]
    ) -> dict[Any, tuple[float, float]] | None:
        """Limits that fit the whole batch, from images all over it: the usual low end, the highest high end.

        For each type of pixels apart: what is bright in 8 bits is black in 16. None when `superseded()` became true.
        """
        found: dict[Any, list[tuple[float, float]]] = {}
        step = max(1, len(self.records) // _CONTRAST_IMAGES)
        for record in self.records[::step][:_CONTRAST_IMAGES]:
            path = record.channels.get(name)
            if superseded():
                return None
            try:
                if path is not None:
                    found.setdefault(self.source.info(path).dtype, []).append(
                        self._image_limits(record, name)
                    )
            except InputError:
                continue
        return {
            dtype: (float(np.median([low for low, _ in limits])), max(high for _, high in limits))
            for dtype, limits in found.items()
        }

    def _sample(self, path: Path) -> Window:
        """The part of a plane that its contrast is taken from: all of it, or the middle of a very large one."""
        rows, columns = self.source.info(path).shape
        if rows * columns <= _CONTRAST_PIXELS:
            return Window.whole((rows, columns))
        half = int(_CONTRAST_PIXELS**0.5) // 2
        middle = Window(rows // 2 - half, rows // 2 + half, columns // 2 - half, columns // 2 + half)
        return middle.clipped((rows, columns))

    # --- colours

    def _layer_colours(self, shot: Shot, active: bool) -> LabelColours:
        colouring = shot.colouring
        if not active or colouring is None:
            seed = shot.display.seed
            return self._colours.get_or_make(seed, lambda: label_colours(seed=seed), lambda _: 1)
        labels, values = colouring.labels, colouring.values
        if colouring.categorical:
            colours = colours_by_category(labels, values, shot.display.seed)
        else:
            colours = colours_by_value(labels, values, shot.display.colour_map, colouring.limits)
        return colours if colouring.hidden is None else _without(colours, colouring.hidden)


_CONTRAST_PIXELS = 16 << 20
_CONTRAST_IMAGES = 8


def _without(colours: LabelColours, labels: NDArray[Any]) -> LabelColours:
    """The same colours, with some labels transparent."""
    if colours.ids is None:
        return colours
    gone = np.isin(colours.ids, labels)
    table = colours.table.copy()
    table[gone, 3] = 0
    dense = colours.dense
    if dense is not None:
        dense = dense.copy()
        dense[colours.ids[gone], 3] = 0
    return replace(colours, table=table, dense=dense)


def _zoom_on(box: tuple[float, float, float, float] | None, shot: Shot, fit: Viewport) -> float:
    if box is None:
        return fit.zoom * 4
    width, height = max(box[2] - box[0], 4.0), max(box[3] - box[1], 4.0)
    return max(fit.zoom, OBJECT_SHARE * min(shot.width / width, shot.height / height))
