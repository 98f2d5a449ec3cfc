"""The crops of a track side by side, one per time point, all at the same zoom."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from tuiqc.errors import InputError
from tuiqc.picture.painter import Painter, RenderedPicture
from tuiqc.picture.spec import Colouring, PictureSpec, ViewportSpec
from tuiqc.render.viewport import MAX_ZOOM
from tuiqc.tracks.strip import Crop

if TYPE_CHECKING:
    from numpy.typing import NDArray

SHARE = 0.5
"""Part of a crop's side that the largest box of the track takes."""

MARK = (255, 235, 59)
_BRACKETS = 60
_ABSENT = (60, 63, 72)


def zoom_for(largest_side: float, crop: int) -> float:
    """Display pixels per image pixel, so that a box of `largest_side` image pixels takes `SHARE` of a crop."""
    return float(min(MAX_ZOOM, SHARE * crop / max(largest_side, 4.0)))


def film_strip(
    painter: Painter,
    base: PictureSpec,
    crops: Sequence[Crop],
    now: int,
    zoom: float,
    width: int,
    height: int,
    superseded: Callable[[], bool] = lambda: False,
    *,
    colourings: Sequence[Colouring | None] = (),
) -> RenderedPicture | None:
    """Paint the crops into one picture of `width` x `height` pixels; None when `superseded()` became true.

    `colourings` are the colours of the objects in each crop; none for those of their labels.
    The present time point has a frame, time points without the object a darker one. What can't be read stays dark and
    is among the problems.
    """
    rgb = np.full((height, width, 3), 12, np.uint8)
    count = max(1, len(crops))
    edges = [round(at * width / count) for at in range(count + 1)]
    problems: list[str] = []
    rendered: RenderedPicture | None = None
    for at, crop in enumerate(crops):
        left, right = edges[at], edges[at + 1]
        gap = 1 if at + 1 < count else 0
        spec = replace(
            base,
            t=crop.t,
            label=crop.label if height >= _BRACKETS else 0,  # brackets would hide a crop of few pixels
            centre=(crop.x, crop.y),
            box=None,
            viewport=ViewportSpec("at", zoom, crop.x, crop.y),
            width=max(1, right - left - gap),
            height=height,
            tail=(),
            colouring=colourings[at] if colourings else None,
        )
        try:
            rendered = painter.paint(spec, superseded)
        except InputError as error:
            problems.append(str(error))
            continue
        if rendered is None:
            return None
        problems += rendered.problems
        rgb[:, left : right - gap] = rendered.rgb
        if crop.t == now:
            _frame(rgb[:, left : right - gap], MARK, 2 if height > 40 else 1)
        elif not crop.label:
            _frame(rgb[:, left : right - gap], _ABSENT, 1)
    if rendered is None:
        raise InputError(problems[0] if problems else "nothing of the track can be read")
    return replace(rendered, rgb=rgb, problems=tuple(dict.fromkeys(problems)))


def _frame(rgb: NDArray[np.uint8], colour: tuple[int, int, int], wide: int) -> None:
    rgb[:wide], rgb[-wide:], rgb[:, :wide], rgb[:, -wide:] = colour, colour, colour, colour
