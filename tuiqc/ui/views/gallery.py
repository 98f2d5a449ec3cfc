"""The object gallery: a crop of each object, in the order of the object table."""

from __future__ import annotations

from collections.abc import Hashable
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np
from rich.text import Text

from tuiqc.picture.crops import extents, fitted_zoom, same_zoom
from tuiqc.picture.painter import Look, Painter, Shot
from tuiqc.review.captions import object_caption
from tuiqc.review.objects import ObjectRows
from tuiqc.review.rows import Rows
from tuiqc.review.session import Level
from tuiqc.terminal.encoder import picture_size
from tuiqc.ui.keys import GALLERY, GRID, VIEW
from tuiqc.ui.tiles import TileJob
from tuiqc.ui.views.grid import Grid, fainter
from tuiqc.ui.views.tile_frames import scale_legend, verdict_legend

if TYPE_CHECKING:
    from numpy.typing import NDArray

NO_GROUPS = "no groups"
_MOST_GROUPS = 500


def _group_name(value: object) -> str:
    """The value of a group; `none` for that of what has none."""
    return "none" if value is None or value != value or value == "" else str(value)


class Gallery(Grid):
    """A crop of each object of the active layer, in the order and the filter of the object table."""

    PLACES: ClassVar[tuple[str, ...]] = (GALLERY, GRID, VIEW)
    FOOTER: ClassVar[tuple[str, ...]] = (
        "verdict_pass",
        "verdict_fail",
        "enter",
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
    HEADING = "Gallery"
    LEVEL: ClassVar[Level | None] = "object"
    WORD = "objects"
    fitted = False
    own_only = True
    group_by = ""
    _sides: tuple[object, NDArray[np.float64]] | None = None
    _zoom: tuple[object, float] | None = None
    _groups: tuple[object, NDArray[np.intp], list[str]] | None = None

    def painter(self) -> Painter:
        """Reads regions."""
        return self.home.tile_painter

    def refusal(self) -> str:
        """It needs an object layer."""
        return "" if self.session.layer else "there is no object layer, so there are no objects to show"

    @property
    def rows(self) -> ObjectRows | None:
        """The objects, None before any were read."""
        return self.session.objects

    def job(self, position: int, cells: tuple[int, int]) -> tuple[Hashable, TileJob]:
        """The object in the middle, and what is around it."""
        home, session, objects = self.home, self.session, self.session.objects
        assert objects is not None
        limits = self.maker.painter.limits
        limits.adopt(home.painter.limits)
        width, height = picture_size(*cells, home.caps)
        few = min(width, height)
        display = home.display_style if self.own_only else fainter(home.display_style, few)
        image, label = int(objects.images[position]), int(objects.labels[position])
        t = 0 if objects.times is None else int(objects.times[position])
        zoom = self.zoom(objects, position, few)
        shot = Shot(
            session.batch.images[image],
            display,
            layer=session.layer,
            label=label,
            centre=objects.centre(position),
            box=objects.box(position),
            look=Look("object", zoom),
            width=width,
            height=height,
            colouring=home.colouring_of(image, t),
            t=t,
            z=session.z,
            projection=session.projection,
            alone=self.own_only,
            ring=False,
        )
        name = (image, label, shot.at)
        key = (name, session.layer, display, home.scale, limits.version, cells, self.own_only, zoom)
        return key, TileJob(shot, cells)

    def zoom(self, objects: ObjectRows, position: int, pixels: int) -> float:
        """Display pixels per image pixel of a crop."""
        if self._sides is None or self._sides[0] is not objects:
            self._sides = (objects, extents(objects.geometry))
        sides = self._sides[1]
        if self.fitted:
            return fitted_zoom(float(sides[position]), pixels)
        order = objects.view.order
        if self._zoom is None or self._zoom[0] is not order:
            self._zoom = (order, same_zoom(sides[order], 1000))
        return self._zoom[1] * pixels / 1000

    def caption(self, position: int) -> str:
        """Image, label, and the value of the column that the table is sorted by."""
        objects = self.session.objects
        assert objects is not None
        return object_caption(self.session.batch, objects, position, self.group_by)

    def remarks(self) -> list[str]:
        """Scale, outlines, groups."""
        scale = "fitted" if self.fitted else "same scale"
        only = "own outline" if self.own_only else "all outlines"
        return [scale, only]

    # --- colours

    def frame_colour(self, position: int) -> tuple[int, int, int] | None:
        """By the column that colours the objects."""
        scale = self.home.scale
        if scale is None:
            return None
        number = scale.numbers[position]
        return (scale.rgb(number) if np.isfinite(number) else None) or (70, 72, 80)

    @property
    def by_verdict(self) -> bool:
        """Unless a column colours the objects."""
        return self.home.scale is None

    def legend(self) -> Text:
        """Verdicts, or the column's values."""
        scale, objects, name = self.home.scale, self.session.objects, self.home.display_style.colour_by
        if scale is None or objects is None:
            return verdict_legend()
        return scale_legend(name, scale, objects.view.frame[name])

    # --- groups

    def starts(self, rows: Rows) -> NDArray[Any] | None:
        """Where the value of the grouping column changes."""
        name = self.group_by
        keys = rows.view.sort_keys
        if not name or name not in rows.view.columns or not keys or keys[0][0] != name:
            return None
        order = rows.view.order
        if self._groups is None or self._groups[0] is not order:
            import pandas as pd

            # As they were when it was sorted: a verdict that is given in it moves nothing.
            values = rows.view.column(name)[order]
            codes = pd.factorize(values)[0]
            starts = np.flatnonzero(np.r_[True, codes[1:] != codes[:-1]])
            self._groups = (order, starts, [_group_name(values[start]) for start in starts[:_MOST_GROUPS]])
        return self._groups[1] if len(self._groups[1]) <= _MOST_GROUPS else None

    def heading(self, group: int, row: int) -> str:
        """Name of the column and its value."""
        return f"{self.group_by}: {self._groups[2][group]}" if self._groups is not None else ""

    def action_group(self) -> None:
        """Ask for the column to group by; it becomes the first that is sorted by."""
        import pandas as pd

        objects = self.session.objects
        if objects is None:
            return

        def chosen(name: str | None) -> None:
            if name is None:
                return
            keys = [key for key in objects.view.sort_keys if key[0] != self.group_by]
            self.group_by = "" if name == NO_GROUPS else name
            if self.group_by:
                keys = [(name, False), *(key for key in keys if key[0] != name)]
                if len(pd.unique(objects.view.column(name))) > _MOST_GROUPS:
                    self.home.say(f"{name} has more than {_MOST_GROUPS} values: no headings")
            self.home._sort_by(keys, "object")

        frame, note = objects.view.frame, objects.own["note"]
        names = [
            name
            for name in objects.view.columns
            if (frame[name].dtype.kind != "f" if name in frame.columns else name != note)
        ]
        self.home.pick_column("Group by", chosen, names=names, first=NO_GROUPS, now=self.group_by)

    # --- what a crop shows

    def action_fitted(self) -> None:
        """Each object as large as its tile."""
        self._scale_changed(True)

    def action_same_scale(self) -> None:
        """All objects at the same scale."""
        self._scale_changed(False)

    def _scale_changed(self, fitted: bool) -> None:
        self.fitted = fitted
        self.home.say(
            "each as large as its tile" if fitted else "all at the same scale: sizes can be compared"
        )
        self.follow()

    def action_own_outline(self) -> None:
        """Only the outline of the object itself, or those of its neighbours too."""
        self.own_only = not self.own_only
        self.follow()
