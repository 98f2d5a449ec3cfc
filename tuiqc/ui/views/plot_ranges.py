"""Ranges of a plot by key and by mouse, and the point under the mouse."""

from __future__ import annotations

from abc import abstractmethod
from typing import TYPE_CHECKING

import numpy as np
from textual import events, on
from textual.geometry import Offset

from tuiqc.plots.choice import inside, range_filter
from tuiqc.plots.cursor import Place
from tuiqc.plots.steps import in_groups, point_at, value_at, whole_bins
from tuiqc.ui.screens.menu import Menu
from tuiqc.ui.views.plot_drawing import LEFT
from tuiqc.ui.views.plot_making import TOP
from tuiqc.ui.views.plot_page import PlotPage
from tuiqc.ui.widgets.picture import Picture

if TYPE_CHECKING:
    from numpy.typing import NDArray


class PlotRanges(PlotPage):
    """A range of x, or a rectangle of x and y, becomes a selection or a filter."""

    _pressed: Offset | None = None

    @abstractmethod
    def go(self, at: int | None) -> None:
        """Make a point the current one."""

    # --- by key

    def action_plot_range(self) -> None:
        """Begin a range here, or end it and ask what is to be done with it."""
        made, here = self.made, self.here
        if made is None or here is None:
            self.home.say("go to a point first: a range goes from one to another")
            return
        if self.corner is None:
            self.corner = here
            self.home.say("range begun: move to its other end and press w again")
            self.show_range()
            return
        first, self.corner = self.corner, None
        found = inside(made.points, made.choice.kind == "scatter", first, here)
        text = range_filter(made.choice, first, here)
        entries = [
            ("select", "s", "select them"),
            ("add", "a", "add them to the selection"),
            ("filter", "f", f"show only them: {text}"),
        ]

        def chosen(what: str | None) -> None:
            self._use_range(what, found, text)

        self.home.app.push_screen(Menu(f"{len(found):,} {self._noun} in the range", entries), chosen)
        self.show_range()

    def show_range(self) -> None:
        """The range has changed."""
        self.show_picture()
        self.refresh()

    def _use_range(self, what: str | None, found: NDArray[np.int64], text: str) -> None:
        rows = self.rows
        if what is None or rows is None:
            return
        if what == "filter":
            rows.stack.add(text)
            self.home.apply_filters()
            return
        if what == "select":
            rows.selection.none()
        rows.selection.mask[found] = True
        self.home.images_table.refresh()
        self.home.objects_table.refresh()
        self.home.tell_chips()
        count = rows.selection.count
        self.home.say(f"{count:,} selected: p, f, u, r and n go to all of them" if count else "none selected")

    # --- by mouse

    @property
    def span(self) -> tuple[Place, Place] | None:
        """Both ends of the range; of one that the mouse draws in a histogram, whole bins."""
        span = super().span
        return span if span is None or self.pointer is None or not self.made else whole_bins(self.made, span)

    def _cell_at(self, event: events.MouseEvent) -> tuple[float, float] | None:
        """Column and row of the data area under the mouse, in its middle; None outside."""
        made, area = self.made, self.content_region
        if made is None:
            return None
        column, row = event.screen_x - area.x - LEFT, event.screen_y - area.y - TOP
        columns, rows = made.space
        if self._pressed is None and not (0 <= column < columns and 0 <= row < rows):
            return None
        return min(max(column, 0), columns - 1) + 0.5, min(max(row, 0), rows - 1) + 0.5

    def on_mouse_down(self, event: events.MouseDown) -> None:
        """A click, or the first corner of a range."""
        if event.button == 1 and self._cell_at(event) is not None:
            self._pressed = Offset(int(event.screen_x), int(event.screen_y))
            self.capture_mouse()

    def on_mouse_move(self, event: events.MouseMove) -> None:
        """Draw the range up to here."""
        cell = self._cell_at(event) if self._pressed is not None else None
        if cell is None or self.made is None or self._pressed is None:
            return
        if self.pointer is None and self._is_click(event):
            return
        if self.pointer is None:
            self.corner = self._value_of(self._pressed)
        self.pointer = value_at(self.made, *cell)
        self.show_range()

    def _is_click(self, event: events.MouseEvent) -> bool:
        return self._pressed == Offset(int(event.screen_x), int(event.screen_y))

    def _value_of(self, offset: Offset) -> Place:
        assert self.made is not None
        area = self.content_region
        return value_at(self.made, offset.x - area.x - LEFT + 0.5, offset.y - area.y - TOP + 0.5)

    def on_mouse_up(self, event: events.MouseUp) -> None:
        """Go to the point, or select what is in the range."""
        if self._pressed is None:
            return
        self.release_mouse()
        cell, made, span = self._cell_at(event), self.made, self.span if self.pointer is not None else None
        pressed, self._pressed, self.pointer = self._pressed, None, None
        if span is not None:
            self.corner = None
        if made is None or cell is None:
            return
        if span is None:
            self.focus()
            self.go(point_at(made, *cell, made.first_group(self.current)))
            return
        found = inside(made.points, made.choice.kind == "scatter", *span)
        rows = (pressed.y - self.content_region.y - TOP, cell[1])
        found = in_groups(made, found, rows, made.first_group(self.current))
        self._use_range("add" if event.shift or event.ctrl else "select", found, "")
        self.show_range()

    @on(Picture.Clicked)
    def chart_clicked(self, event: Picture.Clicked) -> None:
        """A double click goes home at the point."""
        event.stop()
        if event.double:
            self.enter()

    def on_click(self, event: events.Click) -> None:
        """The same where the plot is text."""
        if event.chain >= 2 and not self.pixels and self._cell_at(event) is not None:
            self.enter()

    @on(Picture.Wheel)
    def chart_wheel(self, event: Picture.Wheel) -> None:
        """The wheel walks from value to value."""
        event.stop()
