"""The plate as pictures: a thumbnail in each well, framed by verdict or by a column."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from typing import TYPE_CHECKING, ClassVar

import numpy as np
from numpy.typing import NDArray
from rich.text import Text

from tuiqc.dataset.plates.mapping import PlateMap
from tuiqc.dataset.plates.wells import Well
from tuiqc.picture.colours import ColourScale
from tuiqc.picture.painter import PictureSpec
from tuiqc.picture.thumbnails import usual_aspect
from tuiqc.picture.tile_layout import Move, TileLayout, TileSize, plate_tile
from tuiqc.review.image_rows import ImageRows
from tuiqc.review.place import Level
from tuiqc.review.subjects import image_caption
from tuiqc.terminal.protocols.picture_protocol import picture_size
from tuiqc.text import printable, shorten
from tuiqc.ui.column_names import choose_image_colour
from tuiqc.ui.tiles import TileJob
from tuiqc.ui.views.plate import NO_WELLS, go_home_to_well, step_plate
from tuiqc.ui.views.plate_layout import neighbour_well
from tuiqc.ui.views.tile_page import Rgb, scale_legend, verdict_legend
from tuiqc.ui.views.tile_source import UNKNOWN, TileSource, fainter
from tuiqc.ui.views.tile_view import TileView

if TYPE_CHECKING:
    from tuiqc.ui.context import ReviewContext


_LEGEND, _SHORTEST = 36, 6
"""Cells of a legend but for the name of its column; the shortest name worth showing."""


def contact_sheet(context: ReviewContext, *, id: str | None = None) -> TileView[ImageTiles]:
    """The contact sheet as a view."""
    return TileView(context, ImageTiles(context), id=id)


class ImageTiles(TileSource):
    """A thumbnail of each image with its objects, in the order and the filter of the image table."""

    HEADING = "Contact sheet"
    WORD = "images"
    LEVEL: ClassVar[Level] = "image"

    def __init__(self, context: ReviewContext) -> None:
        super().__init__(context)
        self._aspect: float | None = None

    @property
    def rows(self) -> ImageRows:
        """The images."""
        return self.context.session.tables.images

    @property
    def aspect(self) -> float:
        """That of the first image that can be read: those of a batch are mostly alike."""
        if self._aspect is None:
            found = usual_aspect(self.context.session.batch, self.painter.source)
            self._aspect = min(4.0, max(0.25, found))
        return self._aspect

    def go(self, index: int) -> None:
        """Its objects come with it."""
        self.context.session.cursor.go_image(index)

    def spec(self, position: int, cells: tuple[int, int]) -> tuple[Hashable, TileJob]:
        """The whole image."""
        context, cursor = self.context, self.context.session.cursor
        limits = self.painter.limits
        limits.adopt(context.pictures.painter.limits)
        width, height = picture_size(*cells, context.output.caps)
        display = fainter(context.display.style, min(width, height))
        spec = PictureSpec(
            context.session.batch.images[position],
            display,
            layer=cursor.layer,
            width=width,
            height=height,
            colouring=context.display.colouring_of(position),
            t=cursor.t,
            z=cursor.z,
            projection=cursor.projection,
        )
        key = (position, cursor.layer, display, context.display.scale, limits.version, cells, spec.at)
        return key, TileJob(spec, cells)

    def caption(self, position: int) -> str:
        """Key, objects, failed objects: `5 · 18 · ✗ 4`."""
        session = self.context.session
        return image_caption(session.batch, session.tables.objects, position)

    # --- frames coloured by a column

    @property
    def scale(self) -> ColourScale | None:
        """Colours of the column that colours the images, None for verdicts."""
        return self.context.display.image_scale

    def frame_colour(self, position: int) -> Rgb | None:
        """By the chosen column; grey where its value is missing."""
        scale = self.scale
        if scale is None:
            return None
        number = scale.numbers[position]
        return (scale.rgb(number) if np.isfinite(number) else None) or UNKNOWN

    @property
    def by_verdict(self) -> bool:
        """Unless a column colours the images or the objects in them."""
        return self.scale is None and self.context.display.scale is None

    def legend(self, width: int) -> Text:
        """Verdicts, or the column's values; behind it what the colours of the objects mean."""
        scale, name = self.scale, self.context.display.image_colour_by
        frames = verdict_legend()
        if scale is not None:
            frames = scale_legend(name, scale, self.rows.view.frame[name])
        of_objects, column = self.context.display.scale, self.context.display.style.colour_by
        objects = self.context.session.tables.objects
        if of_objects is None or objects is None or column not in objects.view.frame.columns:
            return frames
        room = width - frames.cell_len - _LEGEND
        if room < _SHORTEST:
            return frames
        short = shorten(printable(column), room)
        return frames + "  " + scale_legend(short, of_objects, objects.view.frame[column], objects.layer)

    def choose_colour(self) -> None:
        """Ask for the column that colours the frames."""
        choose_image_colour(self.context, "frames")


_STEPS: dict[str, tuple[int, int]] = {
    "left": (0, -1),
    "right": (0, 1),
    "up": (-1, 0),
    "down": (1, 0),
}
_PLATES: dict[str, int] = {"page_up": -1, "page_down": 1}
_NARROWEST = 5


def plate_pictures(context: ReviewContext, *, id: str | None = None) -> TileView[WellTiles]:
    """The plate of pictures as a view."""
    return TileView(context, WellTiles(context), id=id)


class WellTiles(TileSource):
    """Tiles that stand where their wells do: an image of each; an empty well is an empty frame."""

    HEADING = "Plate of pictures"
    WORD = "wells"
    LEVEL: ClassVar[Level] = "image"
    FOOTER: ClassVar[tuple[str, ...]] = (
        "plate",
        "enter",
        "verdict_pass",
        "verdict_fail",
        "verdict_unsure",
        "colour_by",
        "undo",
    )
    ORDERED = False
    order_name = "by well"

    def __init__(self, context: ReviewContext) -> None:
        super().__init__(context)
        self.images = ImageTiles(context)
        self._cells: tuple[PlateMap, NDArray[np.int64], int, NDArray[np.int64]] | None = None

    @property
    def plates(self) -> PlateMap:
        """Where the images are."""
        assert self.context.session.plates is not None
        return self.context.session.plates

    def refusal(self) -> str:
        """Images of no plate have no wells; many columns need room."""
        found = self.context.session.plates
        if found is None:
            return NO_WELLS
        if self.context.views.panes.width < _NARROWEST * found.shape[1]:
            return f"pictures of {found.shape[1]} columns of wells need a wider window; P shows their numbers"
        return ""

    @property
    def rows(self) -> ImageRows:
        """The rows behind the cells of the plate."""
        return self.images.rows

    # --- the wells of the plate of the current image

    @property
    def plate(self) -> int:
        """The number of the plate."""
        return int(self.plates.plate[self.context.session.cursor.image])

    @property
    def count(self) -> int:
        """All wells, row by row."""
        return self.plates.shape[0] * self.plates.shape[1]

    @property
    def cells(self) -> NDArray[np.int64]:
        """The image of each well, -1 for none."""
        plates, order, image = self.plates, self.rows.view.order, self.context.session.cursor.image
        kept = self._cells
        if kept is None or kept[0] is not plates or kept[1] is not order or kept[2] != image:
            kept = self._cells = (plates, order, image, cells_of_plate(plates, self.plate, order, image))
        return kept[3]

    def position(self, index: int) -> int:
        """The image in a well, -1 for none."""
        return int(self.cells[index])

    @property
    def cursor(self) -> int | None:
        """The well of the current image, None if the filter hides it."""
        image = self.context.session.cursor.image
        if self.rows.view.index_of(image) is None:
            return None
        well = self.plates.well_of(image)
        return well.row * self.plates.shape[1] + well.column

    def remarks(self) -> list[str]:
        """Which plate, and how the wells were found."""
        name = self.plates.plates[self.plate]
        return [*([f"plate {name.removeprefix('plate').strip()}"] if name else []), self.plates.said]

    # --- one of them

    @property
    def aspect(self) -> float:
        """That of the images."""
        return self.images.aspect

    def spec(self, position: int, cells: tuple[int, int]) -> tuple[Hashable, TileJob]:
        """The whole image."""
        return self.images.spec(position, cells)

    def caption(self, position: int) -> str:
        """The well, which of its images this is, objects, failed objects."""
        plates = self.plates
        well = plates.well_of(position)
        images = plates.images(int(plates.plate[position]), well).tolist()
        which = [f"{images.index(position) + 1}/{len(images)}"] if len(images) > 1 else []
        rest = self.images.caption(position).split(" · ")[1:]
        return " · ".join([well.name, *which, *rest])

    def empty_caption(self, index: int) -> str:
        """The well."""
        return Well(*divmod(index, self.plates.shape[1])).name

    def frame_colour(self, position: int) -> Rgb | None:
        """That of the image."""
        return self.images.frame_colour(position)

    @property
    def by_verdict(self) -> bool:
        """Unless a column colours the images or the objects in them."""
        return self.images.by_verdict

    def legend(self, width: int) -> Text:
        """That of the images."""
        return self.images.legend(width)

    def choose_colour(self) -> None:
        """Ask for the column that colours the frames."""
        self.images.choose_colour()

    # --- where they stand, and moving

    def arrange(self, area: tuple[int, int], columns: int) -> tuple[TileLayout, TileSize]:
        """As on the plate."""
        shape = self.plates.shape
        tile = plate_tile(shape, area, self.aspect, self.cell, 1 if self.coarse else 2)
        return TileLayout(shape[0] * shape[1], shape[1], tile.height, None), tile

    def columns_after(self, columns: int, step: int, width: int) -> int | None:
        """They are those of the plate."""
        self.context.say("its columns are those of the plate; P shows numbers, in which + and - work")
        return None

    def go(self, index: int) -> None:
        """Go to the image of a well."""
        image = self.position(index)
        if image >= 0:
            self.context.session.cursor.show_image(image)

    def move(self, layout: TileLayout, move: Move, rows: int) -> None:
        """To the next well with an image in a direction; a page is a plate."""
        plates = self.plates
        if move in _PLATES:
            step_plate(self.context, plates, _PLATES[move])
            return
        step = _STEPS.get(move)
        if step is None:
            return
        columns = plates.shape[1]
        filled = {divmod(at, columns) for at, image in enumerate(self.cells.tolist()) if image >= 0}
        well = plates.well_of(self.context.session.cursor.image)
        found = neighbour_well(filled, (well.row, well.column), step)
        if found is not None:
            self.go(found[0] * columns + found[1])

    def enter(self) -> None:
        """Go home, to the images of this well alone."""
        go_home_to_well(self.context, self.plates)

    def select_all(self, positions: Sequence[int]) -> bool:
        """Their images."""
        return self.images.select_all(positions)


def cells_of_plate(plates: PlateMap, plate: int, shown: NDArray[np.int64], current: int) -> NDArray[np.int64]:
    """Return the image of each cell of a plate, row by row, int64 (rows * columns,); -1 where there is none.

    Of several images of a well that is the `current` one, else the first of those that are `shown` (in their order).
    """
    rows, columns = plates.shape
    cells = np.full(rows * columns, -1, np.int64)
    here = shown[plates.plate[shown] == plate][::-1]
    cells[plates.row[here] * columns + plates.column[here]] = here
    if plates.plate[current] == plate and current in shown:
        cells[plates.row[current] * columns + plates.column[current]] = current
    return cells
