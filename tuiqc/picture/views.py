"""From where the person looks to the part of the image that is shown."""

from __future__ import annotations

from collections.abc import Callable

from tuiqc.picture.spec import PictureSpec
from tuiqc.render.viewport import Viewport

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
