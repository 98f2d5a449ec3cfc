"""A sheet of tiles: what it is of, and what of it is in sight."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Hashable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

from rich.text import Text

from tuiqc.picture.tile_layout import Line, TileLayout, TileSize
from tuiqc.review.rows import Rows
from tuiqc.ui.keys import GRID, VIEW
from tuiqc.ui.tile_board import TileBoard
from tuiqc.ui.tiles import TileJob, TileMaker
from tuiqc.ui.views.tile_frames import (
    FrameLook,
    verdict_legend,
)
from tuiqc.ui.views.view import View

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from tuiqc.ui.context import ReviewContext


@dataclass(frozen=True, slots=True)
class Shown:
    """What a tile on the screen looks like, but for its picture."""

    index: int
    look: FrameLook
    caption: str
    colour: tuple[int, int, int] | None
    selected: bool


class TileState(View):
    """Tiles of the rows of one level in their order; a row of text above and below."""

    PLACES: ClassVar[tuple[str, ...]] = (GRID, VIEW)
    DEFAULT_CSS = "Grid { background: black; }"
    FOOTER: ClassVar[tuple[str, ...]] = (
        "verdict_pass",
        "verdict_fail",
        "verdict_unsure",
        "enter",
        "colour_by",
        "more_tiles",
        "fewer_tiles",
        "select_page",
        "sort",
        "filter",
        "select",
        "note",
        "undo",
    )
    WORD: ClassVar[str] = "images"

    def __init__(self, context: ReviewContext, *, id: str | None = None) -> None:
        super().__init__(context, id=id)
        home = self.home
        self.maker = TileMaker(self.painter(), self, home.caps)
        self.board = TileBoard(self, self.maker.get, home.output, home.caps, self._repaint_text)
        self.columns = 0
        self._top = 0
        self._lower = False
        self._sheet = TileLayout(0, 1, 1)
        self._tile = TileSize(4, 3)
        self._lines: list[Line] = []
        self._shown: dict[int, Shown] = {}
        self._drawn: object = None
        self._texts: tuple[Text, Text] = (Text(), Text())
        self._keys: frozenset[Hashable] = frozenset()
        self._at: dict[Any, Hashable] = {}

    # --- what a sheet is of

    @abstractmethod
    def painter(self) -> Any:
        """What composes the tiles."""

    @property
    @abstractmethod
    def rows(self) -> Rows | None:
        """The rows whose tiles are shown."""

    @abstractmethod
    def job(self, position: int, cells: tuple[int, int]) -> tuple[Hashable, TileJob]:
        """Name and job of the tile of a position in the frame."""

    @abstractmethod
    def caption(self, position: int) -> str:
        """What stands under the tile, behind the sign of the verdict."""

    @abstractmethod
    def _repaint_text(self) -> None:
        """Paint all that is not a tile's picture."""

    def aspect(self) -> float:
        """Width by height of the pictures."""
        return 1.0

    def starts(self, rows: Rows) -> NDArray[Any] | None:
        """First row of each group, None without groups."""
        return None

    def heading(self, group: int, row: int) -> str:
        """What stands above a group; `row` is its first."""
        return ""

    def frame_colour(self, position: int) -> tuple[int, int, int] | None:
        """Colour of the frame by a column, None where it is that of the verdict."""
        return None

    @property
    def by_verdict(self) -> bool:
        """Whether the colours of the frames are those of verdicts."""
        return True

    def legend(self) -> Text:
        """What the colours of the frames mean."""
        return verdict_legend()

    def remarks(self) -> list[str]:
        """What the line above says beside number, order and columns."""
        return []

    def state(self) -> object:
        """What the pictures depend on beside their rows; another one and all are drawn anew."""
        return self.home.display_style

    @property
    def legend_rows(self) -> int:
        """1, but 0 where filters or a selection took a row: what verdicts look like stands with their counts too.

        So the tiles stay as they are when one is selected.
        """
        return 0 if self._lower and self.by_verdict else 1

    @property
    def area(self) -> tuple[int, int]:
        """Columns and rows of cells for tiles."""
        return self.size.width, max(0, self.size.height - 1 - self.legend_rows)

    @property
    def cursor(self) -> int | None:
        """Index of the current tile, None if there is none."""
        return self.session.row
