"""What stands in a picture beside the image: scale bar, minimap, crosshair, place of evidence, tail, second picture."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np

from tuiqc.picture.display import Display
from tuiqc.picture.spec import PictureSpec, RenderedPicture
from tuiqc.pixels.image_file import Window
from tuiqc.render.highlight import draw_place
from tuiqc.render.minimap import draw_crosshair, draw_minimap
from tuiqc.render.scale_bar import draw_scale_bar, scale_bar
from tuiqc.render.viewport import Viewport

if TYPE_CHECKING:
    from numpy.typing import NDArray


def furnish(
    rgb: NDArray[Any],
    spec: PictureSpec,
    view: Viewport,
    shape: tuple[int, int],
    pixel_um: float | None,
    thumbnail: NDArray[Any] | None,
) -> None:
    """Draw it into `rgb` (height, width, 3) uint8.

    Parameters
    ----------
    pixel_um
        Micrometres per image pixel along x, None where the image is not calibrated.
    thumbnail
        The whole image in the size of the minimap, None where there is none.
    """
    display = spec.display
    if spec.with_overlays and display.minimap:
        draw_minimap(rgb, view, shape, thumbnail)
    if (
        spec.with_overlays
        and display.scale_bar
        and (bar := scale_bar(view.zoom, view.width, pixel_um)) is not None
    ):
        draw_scale_bar(rgb, bar)
    if spec.place:
        draw_place(rgb, view, spec.place)
    if spec.crosshair is not None:
        draw_crosshair(rgb, view, *spec.crosshair)


COLOUR = (255, 235, 59)
_HATCHED, _BETWEEN = (150, 60, 60), (52, 26, 30)
"""Of what is damaged: no image looks so, in colour or in grey."""
_STRIPE = 8


def hatch(rgb: NDArray[np.uint8], view: Viewport, damage: Sequence[Window]) -> None:
    """Draw slanting stripes into `rgb`, (y, x, 3), where parts of the image (in its pixels) can't be read."""
    if not damage:
        return  # as nearly always: the stripes of a whole pane would take a fifth of the picture's time
    rows, columns = np.ogrid[: rgb.shape[0], : rgb.shape[1]]
    striped = (rows + columns) % _STRIPE < _STRIPE // 3
    for window in dict.fromkeys(damage):
        left, top = view.to_display(window.x0 - 0.5, window.y0 - 0.5)
        right, bottom = view.to_display(window.x1 - 0.5, window.y1 - 0.5)
        y0, y1, x0, x1 = (max(0, round(edge + 0.5)) for edge in (top, bottom, left, right))
        part = rgb[y0:y1, x0:x1]
        part[...] = np.where(striped[y0:y1, x0:x1, None], _HATCHED, _BETWEEN)


def draw_tail(
    rgb: NDArray[np.uint8], view: Viewport, places: Sequence[tuple[float, float]], dots: bool = True
) -> None:
    """Draw into `rgb`, (y, x, 3); `places` are (x, y) in image pixels, oldest first."""
    if not places:
        return
    points = [view.to_display(x, y) for x, y in places]
    for at in range(1, len(points)):
        strength = 0.35 + 0.65 * at / (len(points) - 1)
        _line(rgb, points[at - 1], points[at], strength)
    if dots:
        for at, point in enumerate(points[:-1]):
            _dot(rgb, point, 0.35 + 0.65 * at / max(1, len(points) - 1))


def _line(
    rgb: NDArray[np.uint8], start: tuple[float, float], stop: tuple[float, float], strength: float
) -> None:
    steps = int(min(4096, max(abs(stop[0] - start[0]), abs(stop[1] - start[1])))) + 1
    x = np.linspace(start[0], stop[0], steps + 1).round().astype(int)
    y = np.linspace(start[1], stop[1], steps + 1).round().astype(int)
    _blend(rgb, x, y, strength)


def _dot(rgb: NDArray[np.uint8], place: tuple[float, float], strength: float) -> None:
    y, x = np.mgrid[-1:2, -1:2]
    _blend(rgb, (x + round(place[0])).ravel(), (y + round(place[1])).ravel(), strength)


def _blend(rgb: NDArray[np.uint8], x: NDArray[np.int_], y: NDArray[np.int_], strength: float) -> None:
    inside = (x >= 0) & (y >= 0) & (x < rgb.shape[1]) & (y < rgb.shape[0])
    x, y = x[inside], y[inside]
    mixed = rgb[y, x] * (1 - strength) + np.array(COLOUR) * strength
    rgb[y, x] = mixed.astype(np.uint8)


GAP = 4
"""Display pixels between the halves."""
_GAP_COARSE = 1
_COARSE = 200
_LINE = (150, 156, 170)


def halves(spec: PictureSpec) -> tuple[PictureSpec, PictureSpec] | None:
    """The shots of the left and the right half, None where one picture is wanted or there is no room for two.

    Left is what there would be without a second picture (of two layers, the active one alone). Right are the
    channels alone, or the other layer; of the current object it has only the brackets, so that nothing hides what
    is compared.
    """
    display = spec.display
    gap = _gap(spec.width)
    width = (spec.width - gap) // 2
    if not display.beside or width < 8:
        return None
    alone = replace(display, beside="")
    left, right = alone, _only(alone, "")
    if display.beside == "layer":
        left, right = _only(alone, spec.layer), _only(alone, display.beside_layer)
    elif display.raw:
        return None
    return (
        replace(spec, width=width, display=left),
        replace(spec, width=width, display=right, ring=False, marks=()),
    )


def joined(left: RenderedPicture, right: RenderedPicture, width: int) -> RenderedPicture:
    """One picture of both, `width` display pixels wide; its view is that of the left half."""
    gap = width - left.rgb.shape[1] - right.rgb.shape[1]
    line = np.full((left.rgb.shape[0], gap, 3), _LINE, np.uint8)
    rgb = np.hstack([left.rgb, line, right.rgb])
    problems = tuple(dict.fromkeys([*left.problems, *right.problems]))
    return replace(left, rgb=rgb, problems=problems, beside=left.rgb.shape[1] + gap)


def _gap(width: int) -> int:
    return GAP if width >= 2 * _COARSE else _GAP_COARSE


def _only(display: Display, layer: str) -> Display:
    """With one layer in sight and no other; none at all for ""."""
    layers = tuple((name, replace(style, visible=name == layer)) for name, style in display.layers)
    return replace(display, layers=layers, raw=False)
