"""Two pictures of one place beside each other: the overlay and the channels alone, or two object layers."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from tuiqc.picture.display import Display
from tuiqc.picture.spec import PictureSpec, RenderedPicture

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
