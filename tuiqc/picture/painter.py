"""Reads what a picture needs, and composes it: the one way from files to RGB, for the screen and for `tuiqc render`."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from tuiqc.dataset.model import ImageRecord
from tuiqc.picture.colours import LayerColours
from tuiqc.picture.display import Display
from tuiqc.picture.limits import ContrastLimits
from tuiqc.picture.overlays import draw_tail, furnish, halves, hatch, joined
from tuiqc.picture.regions import PlaneReader, Scene, Superseded, find_object, view_of
from tuiqc.picture.spec import Colouring, PictureSpec, PlaneChoice, Projection, RenderedPicture, ViewportSpec
from tuiqc.pixels.byte_cache import ByteCache
from tuiqc.pixels.image_file import Piece, Window
from tuiqc.pixels.image_identity import files_asked_once
from tuiqc.pixels.plane_source import PlaneSource
from tuiqc.render.contrast import evenness
from tuiqc.render.labels import uniform_colours
from tuiqc.render.minimap import minimap_size
from tuiqc.render.overlay import LayerPicture, compose
from tuiqc.render.resample import Grid
from tuiqc.render.style import ChannelStyle
from tuiqc.render.viewport import Viewport

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = [
    "BACKGROUND",
    "Colouring",
    "Painter",
    "PictureSpec",
    "PlaneChoice",
    "Projection",
    "RenderedPicture",
    "ViewportSpec",
]

BACKGROUND = (24, 26, 32)
"""Around the image: unlike black, it shows where the image ends."""

_DIMMED = 0.3
"""Part of its opacity that is left to a layer when all but the current object are dimmed."""

FEW_PIXELS = 48
"""Crops of less on a side, as of half-blocks, have the outline of their object around it, not on it."""

OWN = (255, 235, 59)
"""Colour of such an outline where nothing colours the objects: those by label are not all bright."""

Progress = Callable[[Path, int, int], None]


class Painter:
    """Composes pictures of a batch; safe from several threads.

    Parameters
    ----------
    cache_bytes
        Bound of the planes that are kept in memory.
    records
        The images that contrast of the whole batch is taken from.
    overviews
        Folder that keeps small versions of very large planes from session to session.
    source
        Reads the files in place of a source with `cache_bytes` and `overviews`.
    """

    def __init__(
        self,
        cache_bytes: int = 512 << 20,
        records: Sequence[ImageRecord] = (),
        overviews: Path | None = None,
        source: PlaneSource | None = None,
    ) -> None:
        self.source = source or PlaneSource(cache_bytes, overviews)
        self.reader = PlaneReader(self.source)
        self.limits = ContrastLimits(self.reader, records)
        self._colours = LayerColours()
        self._thumbnails: ByteCache[Any, RenderedPicture] = ByteCache(4 << 20)

    def paint(
        self,
        spec: PictureSpec,
        superseded: Superseded = lambda: False,
        progress: Progress = lambda p, d, t: None,
    ) -> RenderedPicture | None:
        """Read and compose; None when `superseded()` became true on the way.

        A channel or mask that can't be read is left out and named in `problems`. `progress` is told (file, done,
        total) while something is read that takes long.

        Raises
        ------
        InputError
            Nothing of the image can be read.
        """
        with files_asked_once():
            return self._paint(spec, superseded, progress)

    def _paint(self, spec: PictureSpec, superseded: Superseded, progress: Progress) -> RenderedPicture | None:
        both = halves(spec)
        if both is None:
            return self._paint_one(spec, superseded, progress)
        without = replace(both[0], display=replace(both[0].display, minimap=False))
        left = self._paint_one(without, superseded, progress)
        right = None if left is None else self._paint_one(both[1], superseded, progress)
        return None if left is None or right is None else joined(left, right, spec.width)

    def _paint_one(
        self, spec: PictureSpec, superseded: Superseded, progress: Progress
    ) -> RenderedPicture | None:
        problems: list[str] = []
        shape = self.reader.shape(spec, problems)
        if superseded():
            return None
        view = view_of(spec, shape, lambda: find_object(self.source, spec, problems, superseded))
        window = view.window(shape)
        grid = Grid.of(view, window)
        scene = Scene(
            spec.record, spec.at, shape, window, view.zoom, problems, superseded, progress, grid=grid
        )
        named = self._channels(spec, scene)
        channels = [(piece, style) for _, piece, style in named]
        layers = self._layers(spec, scene)
        if superseded():
            return None
        names = [name for name, _ in layers]
        marked = spec.label and spec.layer in names and not spec.alone
        current = (names.index(spec.layer), spec.label) if marked else None
        pictures = [picture for _, picture in layers]
        rgb = compose(
            view,
            shape,
            channels,
            pictures,
            window=window,
            current=current,
            current_box=spec.box,
            background=BACKGROUND,
            marks=spec.marks,
            ring=spec.ring,
        )
        hatch(rgb, view, scene.damage)
        draw_tail(rgb, view, spec.tail)
        size = self.reader.pixel_size(spec.record)
        pixel_um = size[1] if size is not None else None
        furnish(rgb, spec, view, shape, pixel_um, self._thumbnail(spec, view, shape, superseded))
        told, extent = tuple(dict.fromkeys(problems)), self.reader.extent(spec.record)
        return RenderedPicture(
            rgb, view, shape, told, extent, pixel_um=pixel_um, remarks=self._remarks(spec, named, view, shape)
        )

    def _thumbnail(
        self, spec: PictureSpec, view: Viewport, shape: tuple[int, int], superseded: Superseded
    ) -> NDArray[Any] | None:
        """The whole image for the minimap; None where none is drawn, or it would have to be read for that first."""
        size = minimap_size(view, shape) if spec.with_overlays and spec.display.minimap else None
        if size is None or not self.reader.quick(spec):
            return None
        style = replace(spec.display, layers=(), minimap=False, scale_bar=False, colour_by="", seed=0)
        small = PictureSpec(spec.record, style, width=size[0], height=size[1], t=spec.t, z=spec.z)
        key = (spec.record.index, small.at, size, style.channels, style.contrast)
        made = self._thumbnails.get(key)
        if made is None:
            made = self._paint_one(small, superseded, lambda path, done, total: None)
            if made is None:
                return None
            self._thumbnails.put(key, made, made.rgb.nbytes)
        return made.rgb

    def prepare(self, display: Display, superseded: Superseded = lambda: False) -> bool:
        """Find the contrast limits of the whole batch, which reads some of its images; True if any are new.

        Until this was done pictures take their limits from their own image: the first one is not kept waiting.
        """
        return self.limits.prepare(display, superseded)

    def labels(
        self, record: ImageRecord, layer: str, shape: tuple[int, int], at: PlaneChoice | None = None
    ) -> NDArray[Any] | None:
        """The whole mask of an image at the image's own size, None where there is none or it is broken."""
        piece = self.reader.labels(
            Scene(record, at or PlaneChoice(), shape, Window.whole(shape), 1.0, []), layer
        )
        return None if piece is None else piece.pixels

    def label_at(
        self,
        record: ImageRecord,
        layer: str,
        shape: tuple[int, int],
        x: int,
        y: int,
        at: PlaneChoice | None = None,
    ) -> int:
        """The label of one pixel of a mask, 0 where there is none; reads no more than a tile."""
        window = Window(y, y + 1, x, x + 1).clipped(shape)
        if 0 in window.shape:
            return 0
        piece = self.reader.labels(Scene(record, at or PlaneChoice(), shape, window, 1.0, []), layer)
        return 0 if piece is None or not piece.pixels.size else int(piece.pixels[0, 0])

    def labels_in_mask(self, record: ImageRecord, layer: str) -> NDArray[Any] | None:
        """The distinct labels of a mask (0 among them), None where there is none, or it is broken or very large."""
        return self.reader.labels_in_mask(record, layer)

    def label_plane(self, record: ImageRecord, layer: str) -> NDArray[Any] | None:
        """The label plane (y, x) of a mask, None where there is none, or it is broken or very large."""
        return self.reader.label_plane(record, layer)

    def _channels(self, spec: PictureSpec, scene: Scene) -> list[tuple[str, Piece, ChannelStyle]]:
        """The visible channels with their names; those that are read when it is superseded."""
        channels: list[tuple[str, Piece, ChannelStyle]] = []
        for name, style in spec.display.channels:
            if scene.stop():
                break
            if style.visible and (piece := self.reader.channel(scene, name)) is not None:
                channels.append((name, piece, self.limits.filled_in(spec, name, style)))
        return channels

    def _layers(self, spec: PictureSpec, scene: Scene) -> list[tuple[str, LayerPicture]]:
        """The layers that are drawn with their names: the visible ones, and that of the current object."""
        layers: list[tuple[str, LayerPicture]] = []
        for name, style in () if spec.display.raw else spec.display.layers:
            if scene.stop():
                break
            active = name == spec.layer
            if not style.visible and not (active and spec.label):
                continue
            searched = (
                active and spec.label and spec.box is None
            )  # for one object, which may be as small as a pixel
            piece = self.reader.labels(replace(scene, grid=None) if searched else scene, name)
            own_only = active and spec.alone
            if piece is not None and own_only:
                own = np.where(piece.pixels == spec.label, piece.pixels, 0)
                piece, style = replace(piece, pixels=own), replace(style, visible=True)
            small = own_only and min(spec.width, spec.height) < FEW_PIXELS
            if piece is not None:
                dimmed = spec.display.dim and bool(spec.label) and not own_only
                drawn = replace(style, opacity=style.opacity * _DIMMED) if dimmed else style
                plain = small and spec.colouring is None
                colours = uniform_colours(OWN) if plain else self._colours.of(spec, active)
                layers.append((name, LayerPicture(piece, drawn, colours, small)))
        return layers

    def _remarks(
        self,
        spec: PictureSpec,
        channels: Sequence[tuple[str, Piece, ChannelStyle]],
        view: Viewport,
        shape: tuple[int, int],
    ) -> tuple[str, ...]:
        """What is the same all over an image of which all is in view: a black picture may be no matter of contrast."""
        if view.window(shape) != Window.whole(shape):
            return ()
        even = ((name, self._evenness(spec, name, piece)) for name, piece, _ in channels)
        return tuple(f"{name}: {what}" for name, what in even if what)

    def _evenness(self, spec: PictureSpec, name: str, piece: Piece) -> str:
        """Where means are the same their pixels need not be: then all of these are looked at."""
        what, path = evenness(piece.pixels), spec.record.channels.get(name)
        if not what or path is None or not self.source.kept_whole(self.source.info(path)):
            return what
        whole = self.reader.channel(
            Scene(
                spec.record,
                spec.at,
                self.source.info(path).shape,
                Window.whole(self.source.info(path).shape),
                1.0,
                [],
            ),
            name,
        )
        return what if whole is None else evenness(whole.pixels)
