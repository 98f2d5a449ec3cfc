"""The object gallery: a crop of each object, in the order of the object table."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np
from rich.text import Text

from tuiqc.picture.spec import PictureSpec, ViewportSpec, object_spec
from tuiqc.picture.tile_layout import extents, fitted_zoom, same_zoom
from tuiqc.render.highlight import ring_around
from tuiqc.review.candidate_rows import MISSED, CandidateRows
from tuiqc.review.mixed_rows import MixedRows
from tuiqc.review.object_rows import ObjectRows
from tuiqc.review.place import Level
from tuiqc.review.subjects import object_caption
from tuiqc.terminal.protocols.picture_protocol import picture_size
from tuiqc.ui.column_names import pick_column
from tuiqc.ui.empty_states import NO_LAYER, key_of
from tuiqc.ui.keys import GALLERY, GRID, VIEW
from tuiqc.ui.tiles import TileJob
from tuiqc.ui.views.tile_page import Rgb, scale_legend, verdict_legend
from tuiqc.ui.views.tile_source import UNKNOWN, TileSource, fainter
from tuiqc.ui.views.tile_view import TileView

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from tuiqc.ui.context import ReviewContext

NO_GROUPS = "no groups"
_MOST_GROUPS = 500


def gallery(context: ReviewContext, *, id: str | None = None) -> TileView[ObjectTiles]:
    """The object gallery as a view."""
    return TileView(context, ObjectTiles(context), id=id)


class ObjectTiles(TileSource):
    """A crop of each object of the active layer, in the order and the filter of the object table.

    Candidates stand among them where that table has them; their positions follow those of the objects.

    Attributes
    ----------
    fitted
        Whether each object is as large as its tile; else all have the same scale.
    own_only
        Whether the outlines of its neighbours are left out.
    group_by
        The column by whose values they are grouped, "" for none.
    """

    HEADING = "Gallery"
    WORD = "objects"
    LEVEL: ClassVar[Level] = "object"
    WITH_CANDIDATES = True
    PLACES: ClassVar[tuple[str, ...]] = (GALLERY, GRID, VIEW)
    FOOTER: ClassVar[tuple[str, ...]] = (
        "verdict_pass",
        "verdict_fail",
        "enter",
        "worst_first",
        "sort",
        "group",
        "fitted",
        "same_scale",
        "own_outline",
        "colour_by",
        "select_page",
        "more_tiles",
        "filter",
        "select",
        "verdict_unsure",
        "undo",
    )

    def __init__(self, context: ReviewContext) -> None:
        super().__init__(context)
        self.fitted = False
        self.own_only = True
        self.group_by = ""
        self._sides: tuple[ObjectRows, NDArray[np.float64]] | None = None
        self._zoom: tuple[object, float] | None = None
        self._groups: tuple[object, NDArray[np.intp], list[str]] | None = None

    def refusal(self) -> str:
        """It needs an object layer."""
        return (
            ""
            if self.context.session.cursor.layer
            else f"{NO_LAYER}; {key_of(self.context.status.keys, 'contact_sheet')} shows the images"
        )

    @property
    def rows(self) -> ObjectRows | None:
        """The objects, None before any were read."""
        return self.context.session.tables.objects

    @property
    def _objects(self) -> ObjectRows:
        rows = self.rows
        assert rows is not None
        return rows

    def go(self, index: int) -> None:
        """Its image comes with it."""
        mixed, cursor = self._mixed, self.context.session.cursor
        if mixed is None:
            cursor.go_object(index)
        else:
            cursor.go_in(*mixed.at(index))

    # --- candidates among them

    @property
    def _mixed(self) -> MixedRows | None:
        return self.context.session.tables.mixed

    def _candidate(self, position: int) -> tuple[CandidateRows, int] | None:
        """The candidate at a position, None where an object is."""
        at, rows = position - self._objects.total, self.context.session.tables.candidates
        return None if at < 0 or rows is None else (rows, at)

    @property
    def count(self) -> int:
        """Objects and candidates."""
        return super().count if self._mixed is None else len(self._mixed)

    def position(self, index: int) -> int:
        """Of an object its position, of a candidate its own behind the last object's."""
        mixed = self._mixed
        if mixed is None:
            return super().position(index)
        rows, position = mixed.at(index)
        return position if rows is self._objects else self._objects.total + position

    @property
    def cursor(self) -> int | None:
        """Where the current one stands."""
        mixed, cursor = self._mixed, self.context.session.cursor
        return super().cursor if mixed is None else mixed.row_of(cursor.rows, cursor.position_in(cursor.rows))

    def verdict(self, position: int) -> str:
        """Of either."""
        candidate = self._candidate(position)
        return super().verdict(position) if candidate is None else candidate[0].verdict(candidate[1])

    def selectable(self, positions: Sequence[int]) -> list[int]:
        """Objects."""
        return [position for position in positions if 0 <= position < self._objects.total]

    def select_range(self, start: int, end: int, *, on: bool) -> None:
        """The objects among them."""
        between = range(min(start, end), max(start, end) + 1)
        for position in self.selectable([self.position(index) for index in between]):
            self._objects.selection.set(position, on)

    def _spec_of_candidate(
        self, rows: CandidateRows, at: int, cells: tuple[int, int]
    ) -> tuple[Hashable, TileJob]:
        """What is around the place, as much as of an object, with a ring of the size of a typical one."""
        context, cursor = self.context, self.context.session.cursor
        width, height = picture_size(*cells, context.output.caps)
        few = min(width, height)
        display = fainter(context.display.style, few)
        x, y, radius = float(rows.x[at]), float(rows.y[at]), rows.radius
        zoom = self.zoom(self._objects, None, few, 2 * radius)
        image, t, z = int(rows.images[at]), int(rows.times[at]), int(rows.slices[at])
        spec = PictureSpec(
            context.session.batch.images[image],
            display,
            layer=cursor.layer,
            viewport=ViewportSpec("at", zoom, x, y),
            width=width,
            height=height,
            colouring=context.display.colouring_of(image, t),
            t=t,
            z=z or cursor.z,
            projection=cursor.projection,
            ring=False,
            place=ring_around(x, y, radius),
        )
        name = ("candidate", image, x, y, spec.at)
        key = (name, cursor.layer, display, context.display.scale, self.painter.limits.version, cells, zoom)
        return key, TileJob(spec, cells)

    # --- a crop

    def spec(self, position: int, cells: tuple[int, int]) -> tuple[Hashable, TileJob]:
        """The object in the middle, and what is around it."""
        if (candidate := self._candidate(position)) is not None:
            return self._spec_of_candidate(*candidate, cells)
        context, cursor, objects = self.context, self.context.session.cursor, self._objects
        limits = self.painter.limits
        limits.adopt(context.pictures.painter.limits)
        width, height = picture_size(*cells, context.output.caps)
        few = min(width, height)
        style = context.display.style
        display = style if self.own_only else fainter(style, few)
        image, label = int(objects.images[position]), int(objects.labels[position])
        t = 0 if objects.times is None else int(objects.times[position])
        zoom = self.zoom(objects, position, few, 0)
        z = cursor.z if (best := objects.best_slice(position)) is None else best
        images, size = context.session.batch.images, (width, height)
        spec = replace(
            object_spec(objects, position, images, display, cursor.layer, zoom, size, z),
            colouring=context.display.colouring_of(image, t),
            projection=cursor.projection,
            alone=self.own_only,
            ring=False,
        )
        name = (image, label, spec.at)
        scale = context.display.scale
        key = (name, cursor.layer, display, scale, limits.version, cells, self.own_only, zoom)
        return key, TileJob(spec, cells)

    def zoom(self, objects: ObjectRows, position: int | None, pixels: int, side: float) -> float:
        """Display pixels per image pixel of a crop: of an object, or of something of that side in image pixels."""
        if self._sides is None or self._sides[0] is not objects:
            self._sides = (objects, extents(objects.geometry))
        sides = self._sides[1]
        if self.fitted:
            return fitted_zoom(side if position is None else float(sides[position]), pixels)
        order = objects.view.order
        if self._zoom is None or self._zoom[0] is not order:
            self._zoom = (order, same_zoom(sides[order], 1000))
        return self._zoom[1] * pixels / 1000

    def caption(self, position: int) -> str:
        """Image, label, and the value of the column that the table is sorted by."""
        if (candidate := self._candidate(position)) is not None:
            return candidate[0].caption(candidate[1])
        return object_caption(self.context.session.batch, self._objects, position, self.group_by)

    def set_fitted(self, fitted: bool) -> None:
        """Each as large as its tile, or all at the same scale."""
        self.fitted = fitted
        self.context.say(
            "each as large as its tile" if fitted else "all at the same scale: sizes can be compared"
        )

    def remarks(self) -> list[str]:
        """Scale, outlines."""
        return [
            "fitted" if self.fitted else "same scale",
            "own outline" if self.own_only else "all outlines",
        ]

    # --- colours

    def frame_colour(self, position: int) -> Rgb | None:
        """By the column that colours the objects."""
        scale = self.context.display.scale
        if scale is None:
            return None
        if self._candidate(position) is not None:
            return UNKNOWN
        number = scale.numbers[position]
        return (scale.rgb(number) if np.isfinite(number) else None) or UNKNOWN

    @property
    def by_verdict(self) -> bool:
        """Unless a column colours the objects."""
        return self.context.display.scale is None

    def legend(self, width: int) -> Text:
        """Verdicts, or the column's values."""
        scale, objects = self.context.display.scale, self.rows
        if scale is None or objects is None:
            return verdict_legend()
        name = self.context.display.style.colour_by
        return scale_legend(name, scale, objects.view.frame[name])

    # --- groups

    def starts(self) -> NDArray[Any] | None:
        """Where the value of the grouping column changes, as long as the table is sorted by it first."""
        view, name = self._objects.view, self.group_by
        keys = view.sort_keys
        if not name or name not in view.columns or not keys or keys[0][0] != name:
            return None
        order, mixed = view.order, self._mixed
        shown = order if mixed is None else mixed
        if self._groups is None or self._groups[0] is not shown:
            import pandas as pd

            # As they were when it was sorted: a verdict that is given in it moves nothing.
            values = view.column(name)[order]
            if mixed is not None:
                values = mixed.with_candidates(values, MISSED)
            codes = pd.factorize(values)[0]
            starts = np.flatnonzero(np.r_[True, codes[1:] != codes[:-1]])
            self._groups = (shown, starts, [_group_name(values[start]) for start in starts[:_MOST_GROUPS]])
        return self._groups[1] if len(self._groups[1]) <= _MOST_GROUPS else None

    def heading(self, group: int) -> str:
        """Name of the column and its value."""
        return f"{self.group_by}: {self._groups[2][group]}" if self._groups is not None else ""

    def choose_group(self) -> None:
        """Ask for the column to group by; it becomes the first that is sorted by."""
        objects = self.rows
        if objects is None:
            return
        frame, note = objects.view.frame, objects.own["note"]
        names = [
            name
            for name in objects.view.columns
            if (frame[name].dtype.kind != "f" if name in frame.columns else name != note)
        ]
        pick_column(self.context, "Group by", self._group, names=names, first=NO_GROUPS, now=self.group_by)

    def _group(self, name: str | None) -> None:
        import pandas as pd

        if name is None:
            return
        view = self._objects.view
        keys = [key for key in view.sort_keys if key[0] != self.group_by]
        self.group_by = "" if name == NO_GROUPS else name
        if self.group_by:
            keys = [(name, False), *(key for key in keys if key[0] != name)]
            if len(pd.unique(view.column(name))) > _MOST_GROUPS:
                self.context.say(f"{name} has more than {_MOST_GROUPS} values: no headings")
        self.context.tables.sort(keys, "object")


def _group_name(value: object) -> str:
    """The value of a group; `none` for that of what has none."""
    return "none" if value is None or value != value or value == "" else str(value)
