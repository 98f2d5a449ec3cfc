"""The plate as pictures: a thumbnail in each well, framed by verdict or by a column."""

from __future__ import annotations

from collections.abc import Hashable
from typing import Any, ClassVar, cast

from rich.segment import Segment

from tuiqc.dataset.plates.mapping import PlateMap
from tuiqc.dataset.plates.wells import Well
from tuiqc.picture.tile_layout import TileLayout, plate_tile
from tuiqc.review.images import ImageRows
from tuiqc.review.rows import Rows
from tuiqc.terminal.protocols.base import protocol_of
from tuiqc.ui.tile_board import Slot
from tuiqc.ui.views.contact_sheet import ContactSheet
from tuiqc.ui.views.plate_layout import neighbour_well
from tuiqc.ui.views.plate_walking import go_home_to_well, step_plate
from tuiqc.ui.views.tile_frames import BLANK, LOOK_OF
from tuiqc.ui.views.tile_state import Shown
from tuiqc.ui.views.well_cells import WellRows, cells_of_plate

_STEPS = {
    "left": (0, -1),
    "right": (0, 1),
    "up": (-1, 0),
    "down": (1, 0),
}
_PLATES = {"page_up": -1, "page_down": 1}
_NARROWEST = 5


class PlatePictures(ContactSheet):
    """A contact sheet whose tiles stand where their wells do; an empty well is an empty frame."""

    HEADING = "Plate of pictures"
    WORD = "wells"
    FOOTER: ClassVar[tuple[str, ...]] = (
        "plate",
        "enter",
        "verdict_pass",
        "verdict_fail",
        "verdict_unsure",
        "colour_by",
        "undo",
    )

    @property
    def plates(self) -> PlateMap:
        """Where the images are."""
        assert self.home.plates is not None
        return self.home.plates

    def refusal(self) -> str:
        """Images of no plate have no wells; many columns need room."""
        found = self.home.plates
        if found is None:
            return "nothing says which wells the images are of: name that part of the file names {well} in --images"
        if self.home.size.width < _NARROWEST * found.shape[1]:
            return f"pictures of {found.shape[1]} columns of wells need a wider window; P shows their numbers"
        return ""

    @property
    def images(self) -> ImageRows:
        """The rows behind the cells."""
        return self.session.images

    @property
    def rows(self) -> Rows:
        """The cells of the plate of the current image."""
        session = self.session
        plate = int(self.plates.plate[session.image])
        cells = cells_of_plate(self.plates, plate, self.images.view.order, session.image)
        return cast(Rows, WellRows(self.images, cells))

    @property
    def cursor(self) -> int | None:
        """The cell of the current image, None if the filter hides it."""
        session = self.session
        if self.images.view.index_of(session.image) is None:
            return None
        well = self.plates.well_of(session.image)
        return well.row * self.plates.shape[1] + well.column

    def go(self, index: int) -> None:
        """Go to the image of a cell."""
        image = self.rows.view.row(index)
        if image >= 0:
            self.home.go_to_image(image)

    def action_tile(self, move: str) -> None:
        """To the next well with an image in a direction."""
        plates, session = self.plates, self.session
        if move in _PLATES:
            step_plate(self.home, plates, _PLATES[move])
            return
        step = _STEPS.get(move)
        if step is None:
            return
        columns = plates.shape[1]
        filled = [divmod(cell, columns) for cell in range(len(self.rows)) if self.rows.view.row(cell) >= 0]
        well = plates.well_of(session.image)
        found = neighbour_well(set(filled), (well.row, well.column), step)
        if found is not None:
            self.go(found[0] * columns + found[1])

    def _columns_changed(self, step: int) -> None:
        self.home.say("its columns are those of the plate; P shows numbers, in which + and - work")

    def enter(self) -> None:
        """Go home, to the images of this well alone."""
        go_home_to_well(self.home, self.plates)

    # --- what a sheet asks

    def _arrange(self, rows: Rows | None) -> None:
        height, columns = self.plates.shape
        cell = (self.home.caps.cell_width, self.home.caps.cell_height)
        frame = 1 if protocol_of(self.home.caps.protocol).COARSE else 2
        self._tile = plate_tile((height, columns), self.area, self.aspect(), cell, frame)
        self._sheet = TileLayout(height * columns, columns, self._tile.height, None)

    def _slots(self, positions: dict[int, int], cursor: int | None) -> list[Slot]:
        return super()._slots({index: at for index, at in positions.items() if at >= 0}, cursor)

    def _want(self, rows: Rows | None, positions: dict[int, int], cursor: int | None) -> None:
        order = sorted(
            (i for i, at in positions.items() if at >= 0), key=lambda index: self._rank(index, cursor)
        )
        self.maker.want([self.job(positions[index], self._tile.picture) for index in order])

    def _look(self, rows: Rows, index: int, position: int, cursor: int | None) -> Shown:
        if position >= 0:
            return super()._look(rows, index, position, cursor)
        return Shown(index, LOOK_OF[""], Well(*divmod(index, self.plates.shape[1])).name, (55, 55, 62), False)

    def _picture_segments(self, key: Hashable, row: int, columns: int, rows: int) -> list[Segment]:
        if key is None:
            return [Segment(" " * columns, BLANK)]
        return super()._picture_segments(key, row, columns, rows)

    def caption(self, position: int) -> str:
        """The well, which of its images this is, objects, failed objects."""
        plates = self.plates
        well = plates.well_of(position)
        images = plates.images(int(plates.plate[position]), well).tolist()
        which = [f"{images.index(position) + 1}/{len(images)}"] if len(images) > 1 else []
        rest = super().caption(position).split(" · ")[1:]
        return " · ".join([well.name, *which, *rest])

    def remarks(self) -> list[str]:
        """Which plate, and how the wells were found."""
        plates = self.plates
        name = plates.plates[int(plates.plate[self.session.image])]
        return [*([f"plate {name.removeprefix('plate').strip()}"] if name else []), plates.said]

    def action_select_page(self) -> None:
        """Select the images in sight."""
        found: Any = [at for index in self._shown if (at := self.rows.view.row(index)) >= 0]
        wanted = not all(image in self.images.selection for image in found)
        for image in found:
            self.images.selection.set(image, wanted)
        self.home.tell_chips()

    def _extend(self, move: Any) -> None:
        """A range of wells has no order: one by one with space."""
        self.action_tile(str(move))
