"""Styling: how channels, layers and objects are drawn, and what stands beside them."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from tuiqc.errors import InputError
from tuiqc.picture.display import Display
from tuiqc.picture.shot import Shot
from tuiqc.picture.styles import from_document, to_document
from tuiqc.render.value_bars import thin_out
from tuiqc.review.listing import Listing
from tuiqc.review.state_files import remember, remembered
from tuiqc.ui.background import LONG
from tuiqc.ui.screens.dialog import Beside
from tuiqc.ui.screens.staling import Staling

if TYPE_CHECKING:
    from numpy.typing import NDArray


class Styling(Staling):
    """Actions that change how the picture is drawn, not where one looks."""

    wished_style: Display | None = None
    """The style that was asked for on opening."""

    def show_display(self, display: Display) -> None:
        """Draw with other styles."""
        self.display_style = display
        self.request_picture()
        self.colour_cells()
        self.tell_titles()

    def action_blink(self) -> None:
        """Overlay or channels alone."""
        self.show_display(replace(self.display_style, raw=not self.display_style.raw))
        self.say("channels alone" if self.display_style.raw else "overlay")

    def action_beside(self) -> None:
        """One picture; beside it the channels alone; beside it each other object layer."""
        display = replace(self.display_style.next_beside(self.session.layer), raw=False)
        self.show_display(display)
        if display.beside == "raw":
            self.say("overlay beside the channels alone")
        elif display.beside:
            self.say(f"{self.session.layer} beside {display.beside_layer}")
        else:
            self.say("one picture")

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

    def action_dim(self) -> None:
        """Draw all but the current object faintly."""
        self.show_display(replace(self.display_style, dim=not self.display_style.dim))
        self.say(
            "all but the current object dimmed" if self.display_style.dim else "all objects as they were"
        )

    def action_shuffle(self) -> None:
        """Other label colours."""
        self.show_display(replace(self.display_style, seed=self.display_style.seed + 1))

    def action_display(self) -> None:
        """The panel of channels and layers."""
        from tuiqc.ui.screens.display_panel import DisplayPanel

        self.push_beside(
            DisplayPanel(self.display_style, self.show_display, self._limits_of, self._sample_of)
        )

    def push_beside(self, panel: Beside[None]) -> None:
        """Open a panel whose changes show in the picture: over the tables, never over the picture."""
        self.set_class(not (self.has_class("-view") or self.has_class("-view-and-picture")), "-beside")

        def closed(result: None) -> None:
            self.remove_class("-beside")

        self.app.push_screen(panel, closed)

    def _here(self) -> Shot:
        """The shot of the picture that is shown, or that would be: in a view of other pictures there is none."""
        session = self.session
        return self.shot() or Shot(session.record, self.display_style, t=session.t, z=session.z)

    def _limits_of(self, name: str) -> tuple[float, float] | None:
        """Between which values a channel of the picture that is shown is drawn; they are known since it was made."""
        shot, style = self._here(), dict(self.display_style.channels).get(name)
        if style is None or shot.record.channels.get(name) is None:
            return None
        try:
            return self.painter.limits.filled_in(shot, name, style).limits
        except InputError:
            return None

    def _sample_of(self, name: str, done: Callable[[NDArray[Any]], None]) -> None:
        """Hand on some values (n,) float64 of a channel of the picture that is shown, as soon as they are read."""
        shot, reader = self._here(), self.painter.reader
        path = shot.record.channels.get(name)
        if path is None:
            return
        c, at = shot.record.plane_of(name), shot.at
        self.background.run(
            "values", LONG, lambda void: thin_out(reader.sample(path, c, at)), done, lambda error: None
        )

    # --- styles from session to session

    def restore_style(self) -> None:
        """The style that was asked for, else the last one of this batch; the active layer is in sight."""
        display = self.wished_style
        if display is None and isinstance(kept := remembered("styles", self._style_key), dict):
            with contextlib.suppress(InputError):  # another version of tuiqc may have kept it
                display = from_document(kept, self.display_style)
        if display is None:
            return
        layer = self.session.layer
        if display.mode(layer) == "none" and any(style.visible for _, style in display.layers):
            display = display.activated(layer, layer)
        self.display_style = display

    def keep_style(self) -> None:
        """Remember it for the next session on this batch."""
        remember("styles", self._style_key, to_document(self.display_style))

    @property
    def _style_key(self) -> bytes:
        return os.fsencode(self.session.store.path.absolute())

    # --- what the colours mean

    def action_colour_by_verdict(self) -> None:
        """Colour by verdict, with a mark on every judged object; again: as it was."""
        if self.session.objects is None:
            self.say("there are no objects to colour")
            return
        self.show_display(replace(self.display_style, by_verdict=not self.display_style.by_verdict))
        if self.display_style.by_verdict:
            self.say("coloured by verdict: tick pass, cross fail, question mark unsure")
        else:
            self.say(f"coloured by {self.display_style.colour_by or 'label'}")

    def action_colour_by(self) -> None:
        """Colour by the sorted column, or the one under the cursor; again: by label."""
        objects, listing = self.session.objects, self.objects_table.content
        if objects is None or not isinstance(listing, Listing):
            self.say("there are no objects to colour")
            return
        if self.display_style.colour_by:
            self.show_display(replace(self.display_style, colour_by="", by_verdict=False))
            self.say("coloured by label")
            return
        sort = objects.view.sort
        self.colour_objects_by(sort[0] if sort is not None else listing.names[self.objects_table.column])

    def colour_objects_by(self, name: str) -> None:
        """Colour objects by a column."""
        objects = self.session.objects
        if objects is None or (name not in objects.view.given and name != objects.category_column):
            self.say(f"{name} is not a column of the object table")
            return
        self.show_display(replace(self.display_style, colour_by=name, by_verdict=False))
        self.say(f"coloured by {name}, {self.display_style.colour_map}")

    def action_colour_map(self) -> None:
        """Colour map and limits."""
        from tuiqc.ui.screens.colour_panel import ColourPanel

        def changed(display: Display) -> None:
            self.show_display(display)
            self.say(f"coloured by {display.colour_by or 'label'}, {display.colour_map}")

        self.push_beside(ColourPanel(self.display_style, changed))
