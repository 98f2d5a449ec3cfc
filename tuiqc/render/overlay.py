"""The overlay: channels blended in their colours with the objects drawn over them, at display size.

Everything is brought to the display's pixels first and drawn there: ten times faster than drawing on the
image and shrinking the result, and an outline is as thin as asked at every zoom.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tuiqc.pixels.image_file import Piece, Window
from tuiqc.render.contrast import auto_limits, to_byte
from tuiqc.render.highlight import FINE_DISPLAY, Mark, draw_current, draw_mark
from tuiqc.render.labels import LabelColours, fit_labels
from tuiqc.render.resample import Grid
from tuiqc.render.style import RGB, ChannelStyle, LayerStyle
from tuiqc.render.viewport import Viewport


@dataclass(frozen=True, slots=True, eq=False)
class LayerPicture:
    """One object layer to draw.

    Attributes
    ----------
    labels
        The window of its mask, (y, x) of an unsigned integer type, or a piece of the mask at a lower resolution;
        None where there is none.
    style
        How to draw it.
    colours
        The colour of each label.
    outside
        The border is one display pixel around each object in place of its own pixels: on a display of few pixels
        a border inside would be most of the object.
    """

    labels: NDArray[Any] | Piece | None
    style: LayerStyle
    colours: LabelColours
    outside: bool = False


def compose(
    view: Viewport,
    shape: tuple[int, int],
    channels: Sequence[tuple[NDArray[Any] | Piece, ChannelStyle]],
    layers: Sequence[LayerPicture],
    *,
    window: Window | None = None,
    current: tuple[int, int] | None = None,
    current_box: tuple[float, float, float, float] | None = None,
    background: RGB = (0, 0, 0),
    marks: Sequence[Mark] = (),
    ring: bool = True,
) -> NDArray[np.uint8]:
    """Draw what `view` shows of an image.

    Parameters
    ----------
    view
        The display and where it looks.
    shape
        Rows and columns of the image.
    channels
        Planes with their styles: `window` of the image, (y, x) of any numeric type, or (y, x, 3) uint8 or
        uint16 for RGB, or pieces of the image at a lower resolution. Limits that are None are taken from what is
        given; to keep the contrast while panning pass those of the whole plane. RGB without limits is drawn as it is.
    layers
        Object layers, the last on top. Arrays of another size than the window are cut or padded with 0 at
        the right and below, never stretched.
    window
        The region that the arrays are; None: `view.window(shape)`.
    current
        Index into `layers` and label of the current object: gets a white and yellow outline and corner
        brackets even where its layer is not visible, and brackets even where it is smaller than a pixel.
    current_box
        Its place in image pixels (min x, min y, max x, max y; max exclusive) where that is known.
    background
        Colour outside the image.
    marks
        Small signs at image points.
    ring
        False: the current object has brackets only.

    Returns
    -------
    numpy.ndarray
        (view.height, view.width, 3) uint8.
    """
    window = view.window(shape) if window is None else window
    canvas = np.empty((view.height, view.width, 3), np.uint8)
    canvas[:] = np.tile(np.array(background, np.uint8), (view.width, 1))  # whole rows: ten times faster
    grid = Grid.of(view, window)
    if grid.empty:
        return canvas
    part = _blend(channels, window, grid)
    scaled: dict[int, NDArray[Any]] = {}
    for i, layer in enumerate(layers):
        if layer.labels is not None and (layer.style.visible or (current and current[0] == i)):
            piece = _piece(layer.labels, window)
            scaled[i] = piece.pixels if piece.on_display else grid.on(piece, window).nearest(piece.pixels)
        if i in scaled and layer.style.visible and layer.outside:
            wide = grown(scaled[i])
            _draw_layer(part, wide, layer.style, wide != scaled[i], layer.colours)
        elif i in scaled and layer.style.visible:
            border = outlines(scaled[i], _thickness(view, layer.style), _image_edges(grid, window, shape))
            _draw_layer(part, scaled[i], layer.style, border, layer.colours)
    inside = canvas[grid.rows, grid.columns]
    for lane in range(3):  # one by one: five times faster than three bytes of four at once
        inside[..., lane] = part[..., lane]
    for mark in marks:
        draw_mark(canvas, view, mark)
    if current is not None and current[0] in scaled:
        whole = layers[current[0]].labels
        assert whole is not None
        piece = _piece(whole, window)
        draw_current(canvas, view, grid, scaled[current[0]], piece, current[1], current_box, ring)
    return canvas


def _thickness(view: Viewport, style: LayerStyle) -> int:
    """Display pixels of a border: those of the style, fewer where the display has few."""
    share = min(min(view.width, view.height) / (2 * FINE_DISPLAY), 1)
    return max(int(style.thickness * share), 1)


def _blend(
    channels: Sequence[tuple[NDArray[Any] | Piece, ChannelStyle]], window: Window, grid: Grid
) -> NDArray[np.uint8]:
    """Add the visible channels up in their colours, cut at 255: (rows, columns, 4), the last one spare."""
    shown = [(_piece(given, window), style) for given, style in channels if style.visible]
    if shown and _never_cut(shown):
        return _blend_small(shown, window, grid)
    # Red, green, blue and a spare share one 64-bit number, 16 bits each: one addition per pixel adds all
    # three, and 255 + 255 + ... can't reach the neighbour with fewer than 257 channels.
    total = np.zeros((len(grid.ys), len(grid.xs)), np.uint64)
    for piece, style in shown:
        plane, own = piece.pixels, grid.on(piece, window)
        if plane.ndim == 3:
            rgb = np.zeros((*total.shape, 4), np.uint16)
            rgb[..., :3] = _rgb_pixels(plane, style, own)
            total += rgb.view(np.uint64)[..., 0]
        else:
            total += np.take(_colour_ramp(style.colour).view(np.uint64)[:, 0], _grey(plane, style, own))
    # All four lanes in one go, the spare included, run three times faster than three of four.
    lanes = np.minimum(total.view(np.uint16), 255).astype(np.uint8)
    return lanes.reshape(*total.shape, 4)


def _never_cut(shown: Sequence[tuple[Piece, ChannelStyle]]) -> bool:
    """Whether the brightest pixel in all channels stays within 255 in each component.

    Three roundings add up to less than 2, and below the brightest there is 1 to spare: so up to three channels.
    """
    if len(shown) > 3 or any(piece.pixels.ndim == 3 for piece, _ in shown):
        return False
    return bool(np.sum([style.colour for _, style in shown], axis=0).max() <= 255)


def _blend_small(
    shown: Sequence[tuple[Piece, ChannelStyle]], window: Window, grid: Grid
) -> NDArray[np.uint8]:
    """As `_blend`, with 8 bits each for red, green, blue and the spare: half the memory, and no cutting."""
    total: NDArray[np.uint32] | None = None
    for piece, style in shown:
        ramp = _colour_ramp(style.colour).astype(np.uint8).view(np.uint32)[:, 0]
        part: NDArray[np.uint32] = np.take(ramp, _grey(piece.pixels, style, grid.on(piece, window)))
        total = part if total is None else np.add(total, part, out=total)
    assert total is not None
    return total.view(np.uint8).reshape(*total.shape, 4)


def _grey(plane: NDArray[Any], style: ChannelStyle, grid: Grid) -> NDArray[np.uint8]:
    """The brightness of a channel at display size."""
    limits = style.limits or auto_limits(plane)
    return grid.mean(plane, _scale(style, limits), limits[0])


def _piece(given: NDArray[Any] | Piece, window: Window) -> Piece:
    """An array is the window itself, cut or padded with 0."""
    if isinstance(given, Piece):
        return given
    return Piece(fit_labels(given, window.shape) if given.ndim == 2 else given, window)


def _scale(style: ChannelStyle, limits: tuple[float, float]) -> Callable[[NDArray[Any]], NDArray[np.uint8]]:
    return lambda pixels: to_byte(pixels, limits, style.gamma, style.invert)


def _rgb_pixels(plane: NDArray[Any], style: ChannelStyle, grid: Grid) -> NDArray[np.uint8]:
    """Return the samples at display size, over the whole range of their type unless limits are given."""
    limits = style.limits
    if limits is None:
        limits = (0.0, float(np.iinfo(plane.dtype).max)) if plane.dtype.kind == "u" else auto_limits(plane)
    return grid.mean(plane, _scale(style, limits), limits[0])


def _colour_ramp(colour: RGB) -> NDArray[np.uint16]:
    """Return the colour of each of 256 brightnesses, (256, 4), the last one spare."""
    table = np.zeros((256, 4), np.uint16)
    table[:, :3] = np.round(np.arange(256)[:, None] * np.array(colour) / 255)
    return table


Edges = tuple[bool, bool, bool, bool]
"""Something at the top, bottom, left and right."""


def _image_edges(grid: Grid, window: Window, shape: tuple[int, int]) -> Edges:
    """Which edges of an image of `shape` are on the display: there objects end, at those of the display they go on."""
    left, top, right, bottom = grid.box
    return (
        window.y0 == 0 and top <= 0,
        window.y1 == shape[0] and bottom >= window.shape[0],
        window.x0 == 0 and left <= 0,
        window.x1 == shape[1] and right >= window.shape[1],
    )


def outlines(
    labels: NDArray[Any], thickness: int = 1, edges: Edges = (False, False, False, False)
) -> NDArray[np.bool_]:
    """Return where the inner border of each object is, (y, x) bool.

    A pixel of an object belongs to it when another label, or none, is within `thickness` pixels above, below,
    left or right of it. Beyond the edges of the array that are named there is none; what is beyond the others is not
    known, and makes no border.
    """
    thickness = max(thickness, 1)
    border = np.zeros(labels.shape, bool)
    for sides, along in zip((edges[:2], edges[2:]), (border, border.T), strict=True):
        along[: thickness * sides[0]] = True
        along[len(along) - thickness * sides[1] :] = True
    for step in range(1, thickness + 1):
        differ = labels[step:] != labels[:-step]
        border[step:] |= differ
        border[:-step] |= differ
        differ = labels[:, step:] != labels[:, :-step]
        border[:, step:] |= differ
        border[:, :-step] |= differ
    border &= labels != 0
    return border


def grown(labels: NDArray[Any]) -> NDArray[Any]:
    """Return the labels (y, x) with each pixel of none beside an object (or diagonally) made part of it."""
    wide = labels.copy()
    for axis in (0, 1):
        before = np.moveaxis(wide.copy(), axis, 0)
        along = np.moveaxis(wide, axis, 0)
        np.maximum(along[1:], before[:-1], out=along[1:])
        np.maximum(along[:-1], before[1:], out=along[:-1])
    return np.where(labels != 0, labels, wide)


def _draw_layer(
    part: NDArray[np.uint8],
    labels: NDArray[Any],
    style: LayerStyle,
    border: NDArray[np.bool_],
    colours: LabelColours,
) -> None:
    opacity = min(max(style.opacity, 0.0), 1.0)
    if style.mode == "fill":
        _paint(part, labels, (labels != 0) & ~border, colours, opacity * 0.6)
    _paint(part, labels, border, colours, opacity)


def _paint(
    part: NDArray[np.uint8],
    labels: NDArray[Any],
    where: NDArray[np.bool_],
    colours: LabelColours,
    opacity: float,
) -> None:
    """Blend the colours of the labels over the picture (rows, columns, 4) where `where` is True."""
    at = np.flatnonzero(where)
    if len(at) == 0 or opacity <= 0:
        return
    over = colours.lookup(labels.reshape(-1)[at])
    # integers: opacity in 1/256, so that the sums stay within 16 bits
    alpha = np.round(over[:, 3:].astype(np.float32) * (opacity * 256 / 255)).astype(np.uint16)
    # a pixel as one number: picking and placing rows of four takes three times as long
    pixels = part.reshape(-1, 4).view(np.uint32)[:, 0]
    mixed = pixels.take(at).view(np.uint8).reshape(-1, 4) * (256 - alpha)
    mixed += over * alpha
    mixed >>= 8
    pixels[at] = mixed.astype(np.uint8).view(np.uint32)[:, 0]
