"""Looking: zoom, pan, channels, layers, colours, and the mouse in the picture."""

from __future__ import annotations

from dataclasses import replace

from textual import on, work

from tuiqc.dataset.model import ImageRecord
from tuiqc.picture.display import Display
from tuiqc.picture.painter import Look, Place
from tuiqc.render.viewport import MAX_ZOOM, Viewport
from tuiqc.review.listing import Listing
from tuiqc.review.neighbours import Direction
from tuiqc.terminal.encoder import picture_size
from tuiqc.ui.screens.assessing import Assessing
from tuiqc.ui.screens.colour_panel import ColourPanel
from tuiqc.ui.screens.display_panel import DisplayPanel
from tuiqc.ui.widgets.picture import Picture

_STEP = 1.5
_PAN = 0.2


class Looking(Assessing):
    """Actions that change the picture only."""

    # --- where one looks

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
        self._zoom(_STEP)

    def action_zoom_out(self) -> None:
        """Zoom out."""
        self._zoom(1 / _STEP)

    def _zoom(self, factor: float) -> None:
        found = self._view()
        if found is None:
            return
        view, shape = found
        zoom = min(view.zoom * factor, MAX_ZOOM)
        if zoom <= Viewport.fit(shape, view.width, view.height).zoom * 1.001:
            self._set_look(Look())
        elif self.look.kind != "at" and self.session.level == "object" and self.session.label:
            self._set_look(Look("object", zoom))
        else:
            self._set_look(Look("at", zoom, view.centre_x, view.centre_y))

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

    def action_blink(self) -> None:
        """Overlay or channels alone."""
        self.show_display(replace(self.display_style, raw=not self.display_style.raw))
        self.say("channels alone" if self.display_style.raw else "overlay")

    def action_pan_left(self) -> None:
        """Pan left."""
        self._pan(-_PAN, 0)

    def action_pan_right(self) -> None:
        """Pan right."""
        self._pan(_PAN, 0)

    def action_pan_up(self) -> None:
        """Pan up."""
        self._pan(0, -_PAN)

    def action_pan_down(self) -> None:
        """Pan down."""
        self._pan(0, _PAN)

    def _pan(self, right: float, down: float) -> None:
        found = self._view()
        if found is None:
            return
        view, shape = found
        moved = view.panned(right * view.width, down * view.height).held_inside(shape)
        self._set_look(Look("at", moved.zoom, moved.centre_x, moved.centre_y))

    def _set_look(self, look: Look) -> None:
        self.look = look
        self.request_picture()

    # --- how it looks

    def show_display(self, display: Display) -> None:
        """Draw with other styles."""
        self.display_style = display
        self.request_picture()
        self.colour_cells()
        self.tell_titles()

    def action_outline(self) -> None:
        """Outline, fill, none."""
        self.show_display(self.display_style.next_mode(self.session.layer))
        self.say(f"{self.session.layer}: {self.display_style.mode(self.session.layer)}")

    def action_opacity_up(self) -> None:
        """More opaque."""
        self.show_display(self.display_style.opacity_changed(0.1))

    def action_opacity_down(self) -> None:
        """More transparent."""
        self.show_display(self.display_style.opacity_changed(-0.1))

    def action_shuffle(self) -> None:
        """Other label colours."""
        self.show_display(replace(self.display_style, seed=self.display_style.seed + 1))

    def action_display(self) -> None:
        """The panel of channels and layers."""
        self.app.push_screen(DisplayPanel(self.display_style, self.show_display))

    def action_colour_by(self) -> None:
        """Colour by the sorted column, or the one under the cursor; again: by label."""
        objects, listing = self.session.objects, self.objects_table.content
        if objects is None or not isinstance(listing, Listing):
            self.say("there are no objects to colour")
            return
        if self.display_style.colour_by:
            self.show_display(replace(self.display_style, colour_by=""))
            self.say("coloured by label")
            return
        sort = objects.view.sort
        self.colour_objects_by(sort[0] if sort is not None else listing.names[self.objects_table.column])

    def colour_objects_by(self, name: str) -> None:
        """Colour objects by a column."""
        objects = self.session.objects
        if objects is None or name not in objects.view.frame.columns:
            self.say(f"{name} is not a column of the object table")
            return
        self.show_display(replace(self.display_style, colour_by=name))
        self.say(f"coloured by {name}, {self.display_style.colour_map}")

    def action_colour_map(self) -> None:
        """Colour map and limits."""
        self.app.push_screen(ColourPanel(self.display_style, self.show_display))

    # --- the mouse

    @on(Picture.Clicked)
    def picture_clicked(self, event: Picture.Clicked) -> None:
        """Choose the object under the mouse."""
        finished = self.picture.finished
        if finished is None or not self.session.layer:
            return
        columns, rows = self.picture.size
        width, height = picture_size(columns, rows, self.caps)
        x, y = finished.painted.view.to_image(
            (event.x + 0.5) * width / columns, (event.y + 0.5) * height / rows
        )
        self._pick(
            finished.shot.record,
            self.session.layer,
            finished.painted.shape,
            int(x + 0.5),
            int(y + 0.5),
            event.double,
            finished.shot.at,
        )

    @work(thread=True, exclusive=True, group="pick")
    def _pick(
        self,
        record: ImageRecord,
        layer: str,
        shape: tuple[int, int],
        x: int,
        y: int,
        enlarge: bool,
        at: Place,
    ) -> None:
        if 0 <= y < shape[0] and 0 <= x < shape[1]:
            label = self.painter.label_at(record, layer, shape, x, y, at)
            self.app.call_from_thread(self._picked, record, label, enlarge)

    def _picked(self, record: ImageRecord, label: int, enlarge: bool) -> None:
        if record is not self.session.record or not label:
            return
        if not self.session.go_label(label):
            self.say(f"label {label} has no row in the table")
            return
        objects = self.session.objects
        if objects is not None and self.session.row is None:
            objects.show_only(None)
            self.objects_table.content_changed()
        if enlarge:
            self.look = Look("object")
        self.place_changed()

    @on(Picture.Wheel)
    def picture_wheel(self, event: Picture.Wheel) -> None:
        """Zoom about the mouse."""
        found = self._view()
        if found is None:
            return
        view, shape = found
        columns, rows = self.picture.size
        about = ((event.x + 0.5) * view.width / columns, (event.y + 0.5) * view.height / rows)
        moved = view.zoomed(_STEP if event.step > 0 else 1 / _STEP, about).held_inside(shape)
        if moved.zoom <= Viewport.fit(shape, view.width, view.height).zoom * 1.001:
            self._set_look(Look())
        else:
            self._set_look(Look("at", moved.zoom, moved.centre_x, moved.centre_y))
