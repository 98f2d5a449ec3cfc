"""How objects and images are drawn and coloured: one scale for all that shows a column."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from tuiqc.picture.colours import ColourScale, colouring_by_verdict, verdict_marks
from tuiqc.picture.display import Display
from tuiqc.picture.painter import Colouring
from tuiqc.qc.categories import CategoryColumn
from tuiqc.qc.verdict import NAMES
from tuiqc.render.highlight import Mark
from tuiqc.review.changes import Changes
from tuiqc.review.object_rows import ObjectRows
from tuiqc.review.session import Session

if TYPE_CHECKING:
    import pandas as pd

_MOST = 64
"""Colourings that are kept, one per image and time point."""

VerdictLook = tuple[Colouring | None, tuple[Mark, ...], tuple[Mark, ...]]
"""Colours of the objects of an image by verdict, and the marks for a fine and a coarse display."""


class DisplayState:
    """Styles of channels and layers, and the colours that a column, a category or the verdicts give.

    Attributes
    ----------
    style
        Styles of channels and layers, and what colours the objects.
    image_colour_by
        The column that colours images and wells, "" for verdicts.
    """

    def __init__(self, session: Session, changed: Callable[[Changes], None]) -> None:
        self._session, self._changed = session, changed
        self.style = Display.of(
            session.batch.channels, session.batch.layers, session.cursor.layer, session.batch.looks
        )
        self.image_colour_by = ""
        self._scale: tuple[object, ColourScale] | None = None
        self._image_scale: tuple[object, ColourScale] | None = None
        self._coloured_by: ColourScale | None = None
        self._coloured: dict[tuple[int, int], Colouring] = {}
        self._verdicts: dict[tuple[int, int], tuple[object, VerdictLook]] = {}

    def show(self, style: Display) -> None:
        """Draw with other styles."""
        self.style = style
        self._changed(Changes.DISPLAY)

    def colour_images_by(self, name: str) -> None:
        """Colour images and wells by a column, or with "" by verdict."""
        self.image_colour_by = name
        self._changed(Changes.DISPLAY)

    # --- scales

    @property
    def scale(self) -> ColourScale | None:
        """Colours of the column that colours the objects, None while there is none."""
        style, objects, column = (
            self.style,
            self._session.tables.objects,
            self._session.annotator.categories,
        )
        if not style.colour_by or objects is None:
            return None
        if style.colour_by == objects.category_column and column is not None:
            return self._category_scale(objects, column)
        if style.colour_by not in objects.view.given:
            return None
        how = (style.colour_by, style.colour_map, style.colour_limits, style.zero_transparent)
        key = (objects, objects.view.version(style.colour_by), how, style.seed)
        if self._scale is None or self._scale[0] != key:
            values = self._tracked(objects.view.frame[style.colour_by])
            self._scale = (key, ColourScale.of(values, style))
        return self._scale[1]

    @property
    def legend_scale(self) -> ColourScale | None:
        """The scale that was used last: what the legend tells while the objects of another layer are read."""
        return self._scale[1] if self._scale is not None else None

    def _category_scale(self, objects: ObjectRows, column: CategoryColumn) -> ColourScale:
        """The categories in the colours that the annotators gave them."""
        key = (objects, column, objects.view.version(objects.category_column))
        if self._scale is None or self._scale[0] != key:
            colours = {one.name: one.colour for one in column.categories}
            values = objects.view.column(objects.category_column)
            self._scale = (key, ColourScale.of_categories(values, colours))
        return self._scale[1]

    @property
    def image_scale(self) -> ColourScale | None:
        """Colours of the column that colours the images, None for verdicts."""
        images, name, style = self._session.tables.images, self.image_colour_by, self.style
        if not name or name not in images.view.given:
            return None
        look = (style.colour_map, style.colour_limits, style.seed)
        key = (images, images.view.version(name), name, look)
        if self._image_scale is None or self._image_scale[0] != key:
            self._image_scale = (key, ColourScale.of(images.view.frame[name], style))
        return self._image_scale[1]

    # --- objects of one image

    def colouring_of(self, image: int, t: int | None = None) -> Colouring | None:
        """Colours of the objects of an image; the same object for the same colours, so that pictures can be told."""
        t = self._session.cursor.t if t is None else t
        if self.style.by_verdict:
            return self._by_verdict(image, t)[0]
        scale, objects = self.scale, self._session.tables.objects
        if scale is None or objects is None:
            return None
        if self._coloured_by is not scale:
            self._coloured_by, self._coloured = scale, {}
        key = (image, t if objects.times is not None else 0)
        if key not in self._coloured:
            if len(self._coloured) >= _MOST:
                self._coloured.clear()
            self._coloured[key] = scale.colouring(objects.labels, objects.at_time(*key))
        return self._coloured[key]

    def marks(self, image: int, t: int, coarse: bool) -> tuple[Mark, ...]:
        """The marks of verdicts, where they are asked for."""
        if not self.style.by_verdict:
            return ()
        _, fine, small = self._by_verdict(image, t)
        return small if coarse else fine

    def _tracked(self, column: pd.Series[Any]) -> pd.Series[Any]:
        """Numbers of tracks and lineages without those that mean none: such objects have the neutral colour."""
        choice = self._session.batch.dialects.get(self._session.cursor.layer)
        if choice is None or column.name not in (choice.track_column, choice.lineage_column):
            return column
        return column.where(column >= choice.track_first)

    def _by_verdict(self, image: int, t: int) -> VerdictLook:
        """Colours and marks, fine and coarse, of the judged objects of an image at a time point."""
        objects = self._session.tables.objects
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
