"""Colours of the column that colours the objects: in the picture and in the cells of the tables."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from tuiqc.picture.colouring import ColourScale
from tuiqc.picture.painter import Colouring
from tuiqc.picture.verdicts import colouring_by_verdict, verdict_marks
from tuiqc.qc.categories import CategoryColumn
from tuiqc.qc.verdict import NAMES
from tuiqc.render.highlight import Mark
from tuiqc.review.listing import CellColours, Listing
from tuiqc.review.objects import ObjectRows
from tuiqc.ui.screens.telling import Telling

if TYPE_CHECKING:
    import pandas as pd

_MOST = 64
"""Colourings that are kept, one per image and time point."""


class Colours(Telling):
    """One scale for all that shows the column."""

    @property
    def scale(self) -> ColourScale | None:
        """Colours of the column that colours the objects, None while there is none."""
        display, objects = self.display_style, self.session.objects
        if not display.colour_by or objects is None:
            return None
        if display.colour_by == objects.category_column and self.session.categories is not None:
            return self._category_scale(objects, self.session.categories)
        if display.colour_by not in objects.view.given:
            return None
        how = (display.colour_by, display.colour_map, display.colour_limits, display.zero_transparent)
        key = (objects, how, display.seed)
        if self._scale is None or self._scale[0] != key:
            self._scale = (key, ColourScale.of(self._tracked(objects.view.frame[display.colour_by]), display))
        return self._scale[1]

    def _category_scale(self, objects: ObjectRows, column: CategoryColumn) -> ColourScale:
        """The categories in the colours that the annotators gave them."""
        key = (objects, column, objects.view.version(objects.category_column))
        if self._scale is None or self._scale[0] != key:
            colours = {one.name: one.colour for one in column.categories}
            values = objects.view.column(objects.category_column)
            self._scale = (key, ColourScale.of_categories(values, colours))
        return self._scale[1]

    def colouring_of(self, image: int, t: int | None = None) -> Colouring | None:
        """Colours of the objects of an image; the same object for the same colours, so that pictures can be told."""
        if self.display_style.by_verdict:
            return self._by_verdict(image, self.session.t if t is None else t)[0]
        scale, objects = self.scale, self.session.objects
        if scale is None or objects is None:
            return None
        if self._coloured_by is not scale:
            self._coloured_by, self._coloured = scale, {}
        t = self.session.t if t is None else t
        key = (image, t if objects.times is not None else 0)
        if key not in self._coloured:
            if len(self._coloured) >= _MOST:
                self._coloured.clear()
            self._coloured[key] = scale.colouring(objects.labels, objects.at_time(*key))
        return self._coloured[key]

    def _tracked(self, column: pd.Series[Any]) -> pd.Series[Any]:
        """Numbers of tracks and lineages without those that mean none: such objects have the neutral colour."""
        choice = self.session.batch.dialects.get(self.session.layer)
        if choice is None or column.name not in (choice.track_column, choice.lineage_column):
            return column
        return column.where(column >= choice.track_first)

    def _by_verdict(self, image: int, t: int) -> tuple[Colouring | None, tuple[Mark, ...], tuple[Mark, ...]]:
        """Colours and marks, fine and coarse, of the judged objects of an image at a time point."""
        objects = self.session.objects
        if objects is None:
            return None, (), ()
        at = objects.at_time(image, t)
        codes = objects.codes[at]
        state = (objects, codes.tobytes())
        key = (image, t if objects.times is not None else 0)
        if key not in self._verdicts or self._verdicts[key][0] != state:
            if len(self._verdicts) >= _MOST:
                self._verdicts.clear()
            x, y = objects.geometry.centre_x[at], objects.geometry.centre_y[at]
            marks = [verdict_marks(x, y, codes, NAMES, coarse) for coarse in (False, True)]
            colouring = colouring_by_verdict(objects.labels[at], codes, NAMES)
            self._verdicts[key] = (state, (colouring, marks[0], marks[1]))
        return self._verdicts[key][1]

    def _marks(self, image: int, t: int, coarse: bool) -> tuple[Mark, ...]:
        """The marks of verdicts, where they are asked for."""
        if not self.display_style.by_verdict:
            return ()
        _, fine, small = self._by_verdict(image, t)
        return small if coarse else fine

    def colour_cells(self) -> None:
        """Bring the backgrounds of the tables' cells up to the colours of the picture."""
        scale, column, objects = self.scale, self.display_style.colour_by, self.session.objects
        for table in (self.images_table, self.objects_table):
            if not isinstance(table.content, Listing):
                continue
            if scale is None or objects is None:
                table.content.colours = {}
            elif table is self.objects_table:
                table.content.colours = {column: lambda position: scale.rgb(scale.numbers[position])}
            else:
                table.content.colours = self._aggregate_colours(table.content, scale, column)
            table.refresh()

    def _aggregate_colours(self, listing: Listing, scale: ColourScale, column: str) -> CellColours:
        """The same map and limits for what the image table has of the column in its own unit."""
        if scale.limits is None:
            return {}
        hows = ("mean", "median", "min", "max")
        names = [name for name in listing.names if name in {f"{how} {column}" for how in hows}]

        def of(name: str) -> Callable[[int], tuple[int, int, int] | None]:
            values = listing.rows.view.column(name)
            return lambda position: scale.rgb(float(values[position]))

        return {name: of(name) for name in names}
