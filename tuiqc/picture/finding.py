"""Where an object is in its mask, for tables that do not say."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any

import numpy as np

from tuiqc.errors import InputError
from tuiqc.picture.spec import PictureSpec
from tuiqc.picture.views import Found
from tuiqc.pixels.base import Window
from tuiqc.pixels.source import PlaneSource

if TYPE_CHECKING:
    from numpy.typing import NDArray


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
