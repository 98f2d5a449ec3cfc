"""The part of an image that a picture shows: which it is, and its planes of channels and masks.

What can't be read is told, and the rest goes on.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from tuiqc.dataset.model import ImageRecord
from tuiqc.errors import InputError
from tuiqc.picture.spec import PictureSpec, PlaneChoice
from tuiqc.pixels.image_file import ImageInfo, Piece, Window
from tuiqc.pixels.plane_source import WHOLE_PLANE_BYTES, PlaneSource
from tuiqc.render.labels import as_labels, fit_labels
from tuiqc.render.resample import Grid
from tuiqc.render.viewport import Viewport

if TYPE_CHECKING:
    from numpy.typing import NDArray


_SAMPLE_PIXELS = 1 << 18
_SAMPLE_SIDE = 128
_SAMPLE_PLACES = 5

Superseded = Callable[[], bool]


@dataclass(frozen=True, slots=True)
class Scene:
    """What a picture shows of an image.

    `shape` (rows, columns) is that of the image, `window` the region of it at `zoom` display pixels per image pixel.
    Sentences for what can't be read go to `problems`, regions of the image that are damaged to `damage`; `stop` is
    asked while something is read that takes long, and `progress` told (file, done, total) of it. `grid` is how the
    window lies on a display, None where the pixels are wanted for something else.
    """

    record: ImageRecord
    at: PlaneChoice
    shape: tuple[int, int]
    window: Window
    zoom: float
    problems: list[str]
    stop: Superseded = lambda: False
    progress: Callable[[Path, int, int], None] = lambda path, done, total: None
    damage: list[Window] = field(default_factory=list)
    grid: Grid | None = None


class PlaneReader:
    """Reads what a picture needs; safe from several threads.

    What can't be read is None, and a sentence among the problems.
    """

    def __init__(self, source: PlaneSource) -> None:
        self.source = source
        self._told: set[Path] = set()

    def shape(self, spec: PictureSpec, problems: list[str]) -> tuple[int, int]:
        """Rows and columns of the image: those of the first file that can be read, channels before masks.

        Raises
        ------
        InputError
            None can be read.
        """
        record = spec.record
        visible = [name for name, style in spec.display.channels if style.visible]
        candidates: list[Path | None] = [record.channels.get(name) for name in visible]
        candidates += [path for name, path in record.channels.items() if name not in visible]
        candidates += [record.masks.get(spec.layer), *record.masks.values()]
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

    def extent(self, record: ImageRecord) -> tuple[int, int]:
        """Time points and slices of an image: the most that any of its files has."""
        most = [1, 1]
        for path in (*record.channels.values(), *record.masks.values()):
            if path is None:
                continue
            with contextlib.suppress(InputError):
                sizes = self.source.info(path).sizes
                most = [max(most[0], sizes["t"]), max(most[1], sizes["z"])]
        return most[0], most[1]

    def pixel_size(self, record: ImageRecord) -> tuple[float, float] | None:
        """Micrometres per pixel (y, x), from the first file of the image that says it."""
        for path in (*record.channels.values(), *record.masks.values()):
            try:
                if path is not None and (size := self.source.info(path).pixel_size_um) is not None:
                    return size
            except InputError:
                continue
        return None

    def quick(self, spec: PictureSpec) -> bool:
        """Whether all of the visible channels can be looked at without much reading: small, or with a pyramid."""
        for name, style in spec.display.channels:
            path = spec.record.channels.get(name) if style.visible else None
            try:
                if path is not None:
                    info = self.source.info(path)
                    if not self.source.kept_whole(info) and len(info.levels) < 2:
                        return False
            except InputError:
                continue
        return True

    def channel(self, scene: Scene, name: str) -> Piece | None:
        """What the scene shows of a channel, pixels (y, x) or (y, x, 3)."""
        path = scene.record.channels.get(name)
        if path is None:
            return None
        try:
            info = self.source.info(path)
            if info.shape != scene.shape:
                scene.problems.append(f"channel {name} is {_size(info.shape)}, not {_size(scene.shape)}")
                return None
            self._tell_once(info, scene)
            if beyond := _beyond(info, scene.at):
                scene.problems.append(f"channel {name} {beyond}")
                return None
            piece = self._projected(path, scene.record.plane_of(name), scene)
            if piece is None or not info.white_is_zero:
                return piece
            return Piece(_inverted(piece.pixels), piece.window, piece.scale)
        except InputError as error:
            scene.problems.append(str(error))
            return None

    def _projected(self, path: Path, c: int, scene: Scene) -> Piece | None:
        """One slice of a channel, or all of them projected along z."""
        sizes = self.source.info(path).sizes
        if scene.at.projection == "slice" or sizes["z"] == 1:
            return self._piece(path, min(scene.at.z, sizes["z"] - 1), c, scene)
        total: NDArray[Any] | None = None
        piece = None
        for z in range(sizes["z"]):
            piece = self._piece(path, z, c, scene)
            if piece is None:
                return None
            if total is None:
                total = piece.pixels.astype(
                    np.float64 if scene.at.projection == "mean" else piece.pixels.dtype
                )
            elif scene.at.projection == "mean":
                total += piece.pixels
            else:
                np.maximum(total, piece.pixels, out=total)
        assert total is not None
        assert piece is not None
        if scene.at.projection == "mean":
            total = (total / sizes["z"]).astype(piece.pixels.dtype)
        return Piece(total, piece.window, piece.scale)

    def _piece(self, path: Path, z: int, c: int, scene: Scene, *, labels: bool = False) -> Piece | None:
        t = min(scene.at.t, self.source.info(path).sizes["t"] - 1)

        def progress(done: int, total: int) -> None:
            scene.progress(path, done, total)

        piece = self._on_display(path, (t, z, c), scene, labels, progress)
        if piece is not None or scene.stop():
            return piece
        piece = self.source.piece(
            path, scene.window, scene.zoom, t=t, z=z, c=c, labels=labels, stop=scene.stop, progress=progress
        )
        if piece is not None and piece.damage:
            scene.damage.extend(one.window for one in piece.damage)
            count = len(piece.damage)
            scene.problems.append(
                f"{count} piece{'s' * (count > 1)} of it can't be shown (hatched in the picture): {piece.damage[0].why}"
            )
        return piece

    def _on_display(
        self,
        path: Path,
        at: tuple[int, int, int],
        scene: Scene,
        labels: bool,
        progress: Callable[[int, int], None],
    ) -> Piece | None:
        """What a display that shows all of a plane needs of it, read without holding it; None where that is no gain."""
        grid, info = scene.grid, self.source.info(path)
        if grid is None or info.shape != scene.shape or scene.window != Window.whole(scene.shape):
            return None
        block = int(1 / grid.zoom + 1e-6)
        if block < 2 or grid.empty or (scene.at.projection != "slice" and info.sizes["z"] > 1):
            return None
        if labels:
            return self.source.on_display(
                path, at, places=(grid.ys, grid.xs), stop=scene.stop, progress=progress
            )
        if info.white_is_zero:  # what is inverted first is rounded the other way
            return None
        return self.source.on_display(path, at, block=block, stop=scene.stop, progress=progress)

    def small_sample(self, path: Path, c: int, at: PlaneChoice) -> NDArray[Any] | None:
        """Some of the pixels that `sample` gives, which were kept when a picture was made of them; else None."""
        info = self.source.info(path)
        if info.reduced or info.white_is_zero:
            return None
        return self.source.sampled(path, min(at.t, info.sizes["t"] - 1), min(at.z, info.sizes["z"] - 1), c)

    def sample(self, path: Path, c: int, at: PlaneChoice) -> NDArray[Any]:
        """Pixels that stand for a plane: all of it, a small level of its pyramid, or places all over a very large one.

        Raises
        ------
        InputError
            It can't be read.
        """
        pixels = self._sample(path, c, at)
        return _inverted(pixels) if self.source.info(path).white_is_zero else pixels

    def _sample(self, path: Path, c: int, at: PlaneChoice) -> NDArray[Any]:
        info = self.source.info(path)
        t, z = min(at.t, info.sizes["t"] - 1), min(at.z, info.sizes["z"] - 1)
        stand_in = self.source.stand_in(path, t, z, c)
        if stand_in is not None:
            return stand_in
        small = [
            i
            for i, level in enumerate(info.levels)
            if i
            and level.shape[0] * level.shape[1] >= _SAMPLE_PIXELS
            and self.source.kept_whole(info, i)  # a pyramid may end with a level that is still very large
        ]
        if small:
            return self.source.plane_around_damage(path, t, z, c, small[-1])
        if self.source.kept_whole(info):
            return self.source.plane_around_damage(path, t, z, c)
        rows, columns = info.shape
        tops = np.linspace(0, rows - _SAMPLE_SIDE, _SAMPLE_PLACES).astype(int).tolist()
        lefts = np.linspace(0, columns - _SAMPLE_SIDE, _SAMPLE_PLACES).astype(int).tolist()
        windows = [Window(y, y + _SAMPLE_SIDE, x, x + _SAMPLE_SIDE) for y in tops for x in lefts]
        return np.concatenate([self.source.plane(path, t, z, c, w.clipped(info.shape)) for w in windows])

    def labels(self, scene: Scene, layer: str) -> Piece | None:
        """What the scene shows of a mask, pixels of an unsigned integer type; cut or padded to the image's size."""
        path = scene.record.masks.get(layer)
        if path is None:
            return None
        try:
            info = self.source.info(path)
            self._tell_once(info, scene)
            if info.shape != scene.shape:
                scene.problems.append(f"mask {layer} is {_size(info.shape)}, its image {_size(scene.shape)}")
            if beyond := _beyond(info, scene.at):
                scene.problems.append(f"mask {layer} {beyond}")
                return None
            z = min(scene.at.z, info.sizes["z"] - 1)
            slices = range(info.sizes["z"]) if scene.at.projection != "slice" else (z,)
            piece = self._topmost(path, slices, scene)
            if piece is None:
                return None
            if info.shape == scene.shape:
                return replace(piece, pixels=as_labels(piece.pixels))
            window = scene.window.reduced(piece.scale)
            return Piece(fit_labels(as_labels(piece.pixels), window.shape), window, piece.scale)
        except InputError as error:
            scene.problems.append(str(error))
        except ValueError as error:
            scene.problems.append(f"{path} is not a label mask: {error}")
        return None

    def _topmost(self, path: Path, slices: Sequence[int], scene: Scene) -> Piece | None:
        """Of the labels that lie above each other the one in the first of the slices."""
        first = self._piece(path, slices[0], 0, scene, labels=True)
        if first is None or len(slices) == 1:
            return first
        top = first.pixels.copy()
        for z in slices[1:]:
            below = self._piece(path, z, 0, scene, labels=True)
            if below is None:
                return None
            np.copyto(top, below.pixels, where=top == 0)
        return Piece(top, first.window, first.scale)

    def _tell_once(self, info: ImageInfo, scene: Scene) -> None:
        """Say of a large file that it can't be read in part: that is why it is slow."""
        if info.partial or info.plane_bytes <= WHOLE_PLANE_BYTES or info.path in self._told:
            return
        self._told.add(info.path)
        scene.problems.append(
            f"{info.path}: this {info.format} can't be read in part; all of its {info.plane_bytes / 1e6:,.0f} MB are "
            "decoded for every look (a tiled TIFF can be)"
        )

    def label_plane(self, record: ImageRecord, layer: str) -> NDArray[Any] | None:
        """The label plane (y, x) of a mask, None where there is none, or it is broken or very large."""
        path = record.masks.get(layer)
        if path is None:
            return None
        try:
            if self.source.info(path).plane_bytes > WHOLE_PLANE_BYTES:
                return None
            return as_labels(self.source.plane(path))
        except (InputError, ValueError):
            return None

    def labels_in_mask(self, record: ImageRecord, layer: str) -> NDArray[Any] | None:
        """The distinct labels of a mask (0 among them), None where there is none, or it is broken or very large."""
        plane = self.label_plane(record, layer)
        if plane is None:
            return None
        if int(plane.max(initial=0)) < plane.size:
            return np.flatnonzero(
                np.bincount(plane.ravel().astype(np.intp, copy=False))
            )  # much faster than sorting, where it fits
        return np.unique(plane)


def _beyond(info: ImageInfo, at: PlaneChoice) -> str:
    """Say that a file of several planes ends before a place; one plane stands for all."""
    for axis, here, noun in (("t", at.t, "time points"), ("z", at.z, "slices")):
        count = info.sizes[axis]
        if 1 < count <= here and not (axis == "z" and at.projection != "slice"):
            return f"has {count} {noun} only, none for {here + 1}"
    return ""


def _inverted(pixels: NDArray[Any]) -> NDArray[Any]:
    """Pixels of a file in which 0 is white, as others have them: 0 is black."""
    inverted: NDArray[Any] = -pixels if pixels.dtype.kind == "f" else np.invert(pixels)
    return inverted


def _size(shape: tuple[int, int]) -> str:
    return f"{shape[1]} x {shape[0]}"


OBJECT_SHARE = 0.4
"""Part of the pane that an object's box takes when it is centred and enlarged."""

Box = tuple[float, float, float, float]
Found = tuple[tuple[float, float], Box]
"""Centre (x, y) and box (min x, min y, max x, max y; max exclusive) of an object, in image pixels."""


def view_of(spec: PictureSpec, shape: tuple[int, int], find: Callable[[], Found | None]) -> Viewport:
    """The view of an image of `shape` (rows, columns) that the spec asks for.

    `find` looks for the current object in the mask; it is called only where the spec does not say enough.
    """
    fit = Viewport.fit(shape, spec.width, spec.height)
    look = spec.viewport
    if look.kind == "at" and look.zoom:
        return fit.with_zoom(look.zoom).centred(look.x, look.y).held_inside(shape)
    if look.kind != "object" or not spec.label:
        return fit
    centre, box = spec.centre, spec.box
    if centre is None or (look.zoom is None and box is None):
        found = find()
        if found is None and centre is None:
            return fit
        if found is not None:
            centre, box = centre or found[0], box or found[1]
    assert centre is not None
    zoom = look.zoom or _zoom_on(box, spec, fit)
    return fit.with_zoom(zoom).centred(*centre).held_inside(shape)


def _zoom_on(box: Box | None, spec: PictureSpec, fit: Viewport) -> float:
    if box is None:
        return fit.zoom * 4
    width, height = max(box[2] - box[0], 4.0), max(box[3] - box[1], 4.0)
    return max(fit.zoom, OBJECT_SHARE * min(spec.width / width, spec.height / height))


def find_object(
    source: PlaneSource, spec: PictureSpec, problems: list[str], stop: Callable[[], bool]
) -> Found | None:
    """Look for the current object in the mask, a part at a time where it is large."""
    path = spec.record.masks.get(spec.layer)
    if path is None:
        return None
    box: list[int] = []
    try:
        info = source.info(path)
        t, z = min(spec.t, info.sizes["t"] - 1), min(spec.z, info.sizes["z"] - 1)
        whole = Window.whole(info.shape)
        parts: Iterable[tuple[Window, NDArray[Any]]] = source.chunks(path, t, z)
        if source.kept_whole(info):
            parts = [(whole, source.plane(path, t, z))]
        for window, pixels in parts:
            if stop():
                return None
            inside = pixels == spec.label
            rows = np.flatnonzero(inside.any(axis=1))
            if len(rows):
                columns = np.flatnonzero(inside[rows[0] : rows[-1] + 1].any(axis=0))
                here = [
                    window.x0 + columns[0],
                    window.y0 + rows[0],
                    window.x0 + columns[-1],
                    window.y0 + rows[-1],
                ]
                box = [*map(min, box[:2], here[:2]), *map(max, box[2:], here[2:])] if box else here
    except InputError as error:
        problems.append(str(error))
    if not box:
        return None
    x0, y0, x1, y1 = map(float, box)
    return ((x0 + x1) / 2, (y0 + y1) / 2), (x0, y0, x1 + 1, y1 + 1)
