"""Looking: zoom, pan, centre, hop, and whether the picture follows the table."""

from __future__ import annotations

from dataclasses import replace

from tuiqc.picture.painter import Look
from tuiqc.render.viewport import MAX_ZOOM, Viewport
from tuiqc.tables.neighbours import Direction
from tuiqc.ui.screens.styling import Styling

STEP = 1.5
"""Factor of one key or one notch of the wheel."""

_PAN = 0.2


class Looking(Styling):
    """Actions that change where one looks."""

    def _view(self) -> tuple[Viewport, tuple[int, int]] | None:
        """The view that was shown last, brought up to what has been asked for since, and the image's shape."""
        finished = self.picture.finished
        if finished is None or finished.shot.record is not self.session.record:
            return None
        view = finished.painted.view
        if self.look.kind == "at":
            view = view.centred(self.look.x, self.look.y)
        return (view.with_zoom(self.look.zoom) if self.look.zoom else view), finished.painted.shape

    def action_zoom_in(self) -> None:
        """Zoom in."""
        self._zoom(STEP)

    def action_zoom_out(self) -> None:
        """Zoom out."""
        self._zoom(1 / STEP)

    def _zoom(self, factor: float) -> None:
        found = self._view()
        if found is None:
            return
        view, shape = found
        zoom = min(view.zoom * factor, MAX_ZOOM)
        point = self.zoom_point(view)
        at_object = self.look.kind != "at" and self.session.level == "object" and bool(self.session.label)
        if point is not None:
            self.look_at(view.zoomed(zoom / view.zoom, point), shape)
        elif at_object and zoom > Viewport.fit(shape, view.width, view.height).zoom * 1.001:
            self._set_look(Look("object", zoom))
        else:
            self.look_at(view.with_zoom(zoom), shape)

    def zoom_point(self, view: Viewport) -> tuple[float, float] | None:
        """The display point that keys zoom about, None for the middle or the current object."""
        return None

    def action_fit(self) -> None:
        """The whole image."""
        self._set_look(Look())

    def action_actual_size(self) -> None:
        """One image pixel to one display pixel."""
        found = self._view()
        if found is not None:
            view = found[0]
            at_object = self.session.level == "object" and bool(self.session.label)
            self._set_look(
                Look("object", 1.0) if at_object else Look("at", 1.0, view.centre_x, view.centre_y)
            )

    def action_centre(self) -> None:
        """Centre on the current object at the present zoom."""
        found = self._view()
        if self.session.level == "object" and self.session.label and found is not None:
            fit = Viewport.fit(found[1], found[0].width, found[0].height).zoom
            self._set_look(Look("object", found[0].zoom if found[0].zoom > fit * 1.01 else fit * 2))
        else:
            self.say("no object is current")

    def action_hop_left(self) -> None:
        """Hop left."""
        self._hop("left")

    def action_hop_right(self) -> None:
        """Hop right."""
        self._hop("right")

    def action_hop_up(self) -> None:
        """Hop up."""
        self._hop("up")

    def action_hop_down(self) -> None:
        """Hop down."""
        self._hop("down")

    def _hop(self, direction: Direction) -> None:
        if not self.session.hop(direction):
            self.say("no object on that side")
            return
        self._follow_object()
        self.place_changed()

    def pan(self, right: int, down: int) -> None:
        """Move the look by a part of the pane: 1 to the right or down, -1 to the left or up."""
        found = self._view()
        if found is None:
            return
        view, shape = found
        self.look_at(view.panned(right * _PAN * view.width, down * _PAN * view.height), shape, fit=False)

    def look_at(self, view: Viewport, shape: tuple[int, int], *, fit: bool = True) -> None:
        """Look where a view looks, held inside the image; with `fit` one that shows all of it becomes the fit."""
        held = view.held_inside(shape)
        if fit and held.zoom <= Viewport.fit(shape, view.width, view.height).zoom * 1.001:
            self._set_look(Look())
        else:
            self._set_look(Look("at", held.zoom, held.centre_x, held.centre_y))

    def _set_look(self, look: Look) -> None:
        self.look = look
        self.request_picture()

    def action_stay(self) -> None:
        """Follow the table, or stay where one looks whatever row is chosen."""
        found = self._view()
        self.stays = not self.stays
        if self.stays and found is not None:
            view = found[0]
            self.look_at(view, found[1])
        elif not self.stays and self.look.kind == "at":
            self._set_look(replace(self.look, kind="object") if self.session.label else Look())
        self.say("the picture stays where it is" if self.stays else "the picture follows the table")
        self.tell_titles()
