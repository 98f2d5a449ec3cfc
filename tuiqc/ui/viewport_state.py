"""Where one looks in the picture of the current place."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from tuiqc.picture.painter import ViewportSpec
from tuiqc.render.viewport import Viewport
from tuiqc.review.changes import Changes
from tuiqc.review.session import Session
from tuiqc.ui.frame_store import Finished

STEP = 1.5
"""Factor of one key or one notch of the wheel."""

_FIT = 1.001
"""So many times the zoom that fits still shows the whole image."""


class ViewportState:
    """What part of the image is wanted, and what is marked in it.

    Attributes
    ----------
    spec
        The whole image, the current object, or a place.
    stays
        Whether it stays where it is whatever row is chosen.
    crosshair
        The image pixel (x, y) under the crosshair, None without one.
    readout
        What is there, "" until it has been read.
    tails
        Whether it is drawn where the followed track has been.
    """

    def __init__(self, session: Session, changed: Callable[[Changes], None]) -> None:
        self._session, self._changed = session, changed
        self.spec = ViewportSpec()
        self.stays = False
        self.crosshair: tuple[int, int] | None = None
        self.readout = ""
        self.tails = True

    @property
    def object_label(self) -> int:
        """Label of the object that the picture may follow, 0 for none."""
        cursor = self._session.cursor
        return cursor.label if cursor.level == "object" else 0

    def set(self, spec: ViewportSpec) -> None:
        """Look elsewhere."""
        self.spec = spec
        self._changed(Changes.DISPLAY)

    def look_at(self, view: Viewport, shape: tuple[int, int], *, fit: bool = True) -> None:
        """Look where a view looks, held inside the image; with `fit` one that shows all of it becomes the fit."""
        held = view.held_inside(shape)
        if fit and not zoomed_in(held, shape):
            self.set(ViewportSpec())
        else:
            self.set(ViewportSpec("at", held.zoom, held.centre_x, held.centre_y))

    def seen(self, finished: Finished | None) -> tuple[Viewport, tuple[int, int]] | None:
        """The view that was shown last, brought up to what has been asked for since, and the image's shape."""
        if finished is None or finished.spec.record.index != self._session.cursor.record.index:
            return None
        view = finished.rendered.view
        if self.spec.kind == "at":
            view = view.centred(self.spec.x, self.spec.y)
        return (view.with_zoom(self.spec.zoom) if self.spec.zoom else view), finished.rendered.shape

    def follow_image(self) -> None:
        """Another image: fit it, unless one looks at objects."""
        if self.spec.kind == "at" and not self.stays:
            self.spec = replace(self.spec, kind="fit", zoom=None)

    def follow_object(self) -> None:
        """Another object: a picture that was panned goes back to following, at its zoom."""
        if self.spec.kind == "at" and not self.stays:
            self.spec = replace(self.spec, kind="object")


def zoomed_in(view: Viewport, shape: tuple[int, int]) -> bool:
    """Whether a view shows less than the whole image."""
    return view.zoom > Viewport.fit(shape, view.width, view.height).zoom * _FIT
