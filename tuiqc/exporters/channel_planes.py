"""The planes of channels that lie under a plane of a mask, as exporters write them beside it."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tuiqc.dataset.model import ImageRecord
from tuiqc.errors import TuiqcError
from tuiqc.exporters.judged_planes import JudgedPlane
from tuiqc.exporters.request import Request
from tuiqc.picture.display import Display
from tuiqc.picture.painter import Painter
from tuiqc.picture.spec import PictureSpec
from tuiqc.pixels import image_info, read_plane
from tuiqc.render.overlay import compose
from tuiqc.render.style import ChannelStyle
from tuiqc.render.viewport import Viewport


def channel_planes(
    request: Request, plane: JudgedPlane, names: tuple[str, ...], missing: list[str]
) -> dict[str, NDArray[Any]]:
    """Return the pixels of channels, (y, x) or (y, x, 3), in the shape of the mask; without those that can't be read.

    A channel with one time point or slice lies under all of them; one of another size than the mask is laid on its
    top left corner, as everywhere in the program.
    """
    found = {}
    for name in names:
        path = plane.record.channels.get(name)
        if path is None:
            missing.append(f"{plane.record.key}: no channel {name}")
            continue
        try:
            sizes = image_info(path).sizes
            t, z = min(plane.t, sizes["t"] - 1), min(plane.z, sizes["z"] - 1)
            pixels = read_plane(path, t=t, z=z, c=plane.record.plane_of(name))
        except (TuiqcError, ValueError) as error:
            missing.append(str(error))
            continue
        found[name] = fitted(pixels, plane.labels.shape)
    return found


def fitted(pixels: NDArray[Any], shape: tuple[int, ...]) -> NDArray[Any]:
    """Return pixels of `shape` (rows, columns), cut or filled with 0 at the right and below."""
    if pixels.shape[:2] == shape:
        return pixels
    out = np.zeros((*shape, *pixels.shape[2:]), pixels.dtype)
    high, wide = min(pixels.shape[0], shape[0]), min(pixels.shape[1], shape[1])
    out[:high, :wide] = pixels[:high, :wide]
    return out


class ChannelLooks:
    """Colours and limits of channels, the same in the whole batch, as they are drawn when it is opened."""

    def __init__(self, request: Request) -> None:
        batch = request.batch
        display = Display.of(batch.channels, (), "", batch.looks)
        every = tuple((name, replace(style, visible=True)) for name, style in display.channels)
        self._display = replace(display, channels=every)
        self._painter = Painter(records=batch.images)
        self._painter.prepare(self._display)
        self._found: dict[str, ChannelStyle] = {}

    def style(self, record: ImageRecord, name: str) -> ChannelStyle:
        """Return the style of a channel with its limits; without them where no image with it could be read."""
        if name not in self._found:
            style = dict(self._display.channels)[name]
            try:
                style = self._painter.limits.filled_in(PictureSpec(record, self._display), name, style)
            except TuiqcError:
                return style
            self._found[name] = style
        return self._found[name]


def shown_channels(request: Request) -> tuple[str, ...]:
    """The channels that were asked for, else those that are drawn when a batch is opened."""
    display = Display.of(request.batch.channels, (), "", request.batch.looks)
    return request.channels or tuple(name for name, style in display.channels if style.visible)


def rendered(request: Request, plane: JudgedPlane, planes: dict[str, NDArray[Any]]) -> NDArray[np.uint8]:
    """Return the channels blended in their colours, (y, x, 3), each pixel of the image a pixel of the picture."""
    display = Display.of(request.batch.channels, (), "", request.batch.looks)
    styles = dict(display.channels)
    rows, columns = plane.labels.shape
    shape = (int(rows), int(columns))
    view = Viewport(shape[1], shape[0], (shape[1] - 1) / 2, (shape[0] - 1) / 2, 1.0)
    return compose(view, shape, [(pixels, styles[name]) for name, pixels in planes.items()], ())


def stacked(planes: dict[str, NDArray[Any]]) -> NDArray[Any] | None:
    """Return planes as (c, y, x) of one type, red, green and blue apart; None where there is none."""
    flat = [
        part
        for pixels in planes.values()
        for part in (np.moveaxis(pixels, -1, 0) if pixels.ndim == 3 else pixels[None])
    ]
    return np.stack(flat) if flat else None


def write_tiff(request: Request, path: Path, pixels: NDArray[Any]) -> None:
    """Write (y, x) or (c, y, x) as a TIFF: ImageJ's where it knows the type, so that Fiji sees channels."""
    import tifffile

    axes = "ZCYX"[-pixels.ndim :]
    plain = pixels.dtype.name in ("uint8", "uint16", "float32")
    with request.to(path, (".tif",)).writing(sync=False) as temporary:
        tifffile.imwrite(
            temporary,
            pixels,
            imagej=plain,
            metadata={"axes": axes},
            photometric="minisblack",
            compression="zlib",
        )


def write_volume(request: Request, path: Path, pixels: NDArray[Any]) -> None:
    """Write (y, x) or (z, y, x) as a TIFF, see `write_tiff`."""
    write_tiff(request, path, pixels if pixels.ndim == 2 else pixels[:, None])
