"""What views that do not use the context yet ask the screen for; goes with the last of them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from textual.app import App
from textual.geometry import Size

from tuiqc.dataset.plates.mapping import PlateMap
from tuiqc.picture.colouring import ColourScale
from tuiqc.picture.display import Display
from tuiqc.picture.painter import Colouring, Look, Painter
from tuiqc.review.changes import Changes
from tuiqc.review.session import Level, Session
from tuiqc.terminal.capabilities import Capabilities
from tuiqc.ui.column_names import choose_image_colour, choose_object_colour, pick_column
from tuiqc.ui.context import ReviewContext
from tuiqc.ui.jobs import Jobs
from tuiqc.ui.output import Output
from tuiqc.ui.widgets.chips import ChipLine
from tuiqc.ui.widgets.line_table import LineTable


class Home:
    """The context by older names."""

    def __init__(self, context: ReviewContext) -> None:
        self._context = context

    @property
    def session(self) -> Session:
        """See the context."""
        return self._context.session

    @property
    def caps(self) -> Capabilities:
        """See the context."""
        return self._context.caps

    @property
    def output(self) -> Output:
        """See the context."""
        return self._context.output

    @property
    def display_style(self) -> Display:
        """See the context."""
        return self._context.display.style

    @property
    def scale(self) -> ColourScale | None:
        """See the context."""
        return self._context.display.scale

    @property
    def image_scale(self) -> ColourScale | None:
        """See the context."""
        return self._context.display.image_scale

    @property
    def image_colour_by(self) -> str:
        """See the context."""
        return self._context.display.image_colour_by

    @property
    def painter(self) -> Painter:
        """See the context."""
        return self._context.pictures.painter

    @property
    def tile_painter(self) -> Painter:
        """See the context."""
        return self._context.pictures.tile_painter

    @property
    def feed_text(self) -> str:
        """See the context."""
        return self._context.loading.text

    @property
    def still_reading(self) -> str:
        """See the context."""
        return self._context.loading.pending

    @property
    def background(self) -> Jobs:
        """See the context."""
        return self._context.jobs

    @property
    def images_table(self) -> LineTable:
        """See the context."""
        return self._context.tables.images

    @property
    def objects_table(self) -> LineTable:
        """See the context."""
        return self._context.tables.objects

    @property
    def tracks_table(self) -> LineTable:
        """See the context."""
        return self._context.tables.tracks

    @property
    def chip_line(self) -> ChipLine:
        """See the context."""
        return self._context.status.chip_line

    @property
    def app(self) -> App[Any]:
        """See the context."""
        return self._context.app

    @property
    def size(self) -> Size:
        """See the context."""
        return self._context.app.size

    @property
    def plates(self) -> PlateMap | None:
        """See the context."""
        return self._context.plates

    @plates.setter
    def plates(self, plates: PlateMap | None) -> None:
        self._context.plates = plates

    @property
    def look(self) -> Look:
        """See the context."""
        return self._context.sight.look

    @look.setter
    def look(self, look: Look) -> None:
        self._context.sight.look = look

    def say(self, text: str) -> None:
        """See the context."""
        self._context.say(text)

    def view_shows(self) -> None:
        """See the context."""
        self._context.views.shows()

    def tell_chips(self) -> None:
        """See the context."""
        self._context.changed(Changes.SELECTION | Changes.FILTERS)

    def place_changed(self) -> None:
        """See the context."""
        self._context.changed(Changes.PLACE)

    def pick_column(self, heading: str, then: Callable[[str | None], None], **named: Any) -> None:
        """See the context."""
        pick_column(self._context, heading, then, **named)

    def choose_object_colour(self) -> None:
        """See the context."""
        choose_object_colour(self._context)

    def choose_image_colour(self, what: str) -> None:
        """See the context."""
        choose_image_colour(self._context, what)

    def go_to_image(self, image: int) -> None:
        """See the context."""
        self._context.session.cursor.show_image(image)

    def go_home(self, *, stay: bool = True) -> None:
        """See the context."""
        self._context.views.go_home(stay=stay)

    def show_well(self, name: str, text: str) -> None:
        """See the context."""
        self._context.tables.show_well(name, text)

    def apply_filters(self) -> None:
        """See the context."""
        self._context.tables.apply_filters()

    def colouring_of(self, image: int, t: int | None = None) -> Colouring | None:
        """See the context."""
        return self._context.display.colouring_of(image, t)

    def _sort_by(self, keys: list[tuple[str, bool]], level: Level) -> None:
        self._context.tables.sort(keys, level)

    async def action_plate_pictures(self) -> None:
        """See the context."""
        await self._context.run("plate_pictures")
