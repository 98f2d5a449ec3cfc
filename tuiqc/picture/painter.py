"""Reads what a picture needs, and composes it: the one way from files to RGB, for the screen and for `tuiqc render`."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from tuiqc.dataset.model import ImageRecord
from tuiqc.picture.display import Display
from tuiqc.picture.layer_colours import LayerColours
from tuiqc.picture.limits import ContrastLimits
from tuiqc.picture.reading import PlaneReader
from tuiqc.picture.shot import Colouring, Look, Painted, Place, Projection, Shot
from tuiqc.picture.views import view_of
from tuiqc.pixels.base import Window
from tuiqc.pixels.cache import PlaneSource
from tuiqc.render.overlay import LayerPicture, compose
from tuiqc.render.style import ChannelStyle
from tuiqc.render.viewport import Viewport

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["BACKGROUND", "Colouring", "Look", "Painted", "Painter", "Place", "Projection", "Shot"]

BACKGROUND = (24, 26, 32)
"""Around the image: unlike black, it shows where the image ends."""

Superseded = Callable[[], bool]


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
        self.source = PlaneSource(cache_bytes)
        self.reader = PlaneReader(self.source)
        self.limits = ContrastLimits(self.reader, records)
        self._colours = LayerColours()

    def paint(self, shot: Shot, superseded: Superseded = lambda: False) -> Painted | None:
        """Read and compose; None when `superseded()` became true on the way.

        A channel or mask that can't be read is left out and named in `problems`.

        Raises
        ------
        InputError
            Nothing of the image can be read.
        """
        problems: list[str] = []
        shape = self.reader.shape(shot, problems)
        if superseded():
            return None
        view = view_of(shot, shape, lambda: self.reader.find(shot, shape, problems))
        window = view.window(shape)
        channels = self._channels(shot, shape, window, problems, superseded)
        layers = self._layers(shot, shape, window, problems, superseded)
        if superseded():
            return None
        rgb = self._compose(shot, view, shape, channels, layers, window)
        return Painted(rgb, view, shape, tuple(dict.fromkeys(problems)))

    def fetch(self, record: ImageRecord, display: Display, superseded: Superseded) -> None:
        """Read what a picture of this image would need into memory, quietly."""
        self.reader.fetch(record, display, superseded)

    def prepare(self, display: Display, superseded: Superseded = lambda: False) -> bool:
        """Find the contrast limits of the whole batch, which reads some of its images; True if any are new.

        Until this was done pictures take their limits from their own image: the first one is not kept waiting.
        """
        return self.limits.prepare(display, superseded)

    def labels(
        self, record: ImageRecord, layer: str, shape: tuple[int, int], at: Place | None = None
    ) -> NDArray[Any] | None:
        """The whole mask of an image at the image's own size, None where there is none or it is broken."""
        return self.reader.labels(record, layer, at or Place(), shape, Window.whole(shape), [])

    def labels_in_mask(self, record: ImageRecord, layer: str) -> NDArray[Any] | None:
        """The distinct labels of a mask (0 among them), None where there is none, or it is broken or very large."""
        return self.reader.labels_in_mask(record, layer)

    def _channels(
        self,
        shot: Shot,
        shape: tuple[int, int],
        window: Window,
        problems: list[str],
        superseded: Superseded,
    ) -> list[tuple[NDArray[Any], ChannelStyle]]:
        """The visible channels; those that are left when it is superseded."""
        channels = []
        for name, style in shot.display.channels:
            if superseded():
                break
            if not style.visible:
                continue
            plane = self.reader.channel(shot.record, name, shot.at, shape, window, problems)
            if plane is not None:
                channels.append((plane, self.limits.filled_in(shot, name, style)))
        return channels

    def _layers(
        self,
        shot: Shot,
        shape: tuple[int, int],
        window: Window,
        problems: list[str],
        superseded: Superseded,
    ) -> list[tuple[str, LayerPicture]]:
        """The layers that are drawn with their names: the visible ones, and that of the current object."""
        layers: list[tuple[str, LayerPicture]] = []
        for name, style in () if shot.display.raw else shot.display.layers:
            if superseded():
                break
            active = name == shot.layer
            if not style.visible and not (active and shot.label):
                continue
            labels = self.reader.labels(shot.record, name, shot.at, shape, window, problems)
            if labels is not None:
                layers.append((name, LayerPicture(labels, style, self._colours.of(shot, active))))
        return layers

    def _compose(
        self,
        shot: Shot,
        view: Viewport,
        shape: tuple[int, int],
        channels: list[tuple[NDArray[Any], ChannelStyle]],
        layers: list[tuple[str, LayerPicture]],
        window: Window,
    ) -> NDArray[Any]:
        names = [name for name, _ in layers]
        current = (names.index(shot.layer), shot.label) if shot.label and shot.layer in names else None
        pictures = [picture for _, picture in layers]
        return compose(view, shape, channels, pictures, window=window, current=current, background=BACKGROUND)
