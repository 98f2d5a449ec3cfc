"""All that a command or a view may know of the review."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from tuiqc.config import Config
from tuiqc.dataset.plates.mapping import PlateMap
from tuiqc.picture.colouring import ColourScale
from tuiqc.picture.display import Display
from tuiqc.picture.painter import Colouring, Look, Painter
from tuiqc.review.changes import Changes
from tuiqc.review.session import Level, Session
from tuiqc.terminal.capabilities import Capabilities
from tuiqc.ui.background import Background
from tuiqc.ui.output import Output
from tuiqc.ui.widgets.line_table import LineTable

if TYPE_CHECKING:
    from textual.screen import Screen

    from tuiqc.ui.screens.review import ReviewScreen
    from tuiqc.ui.views.view import View


class DisplayState:
    """How channels and objects are drawn, and the colours that columns give."""

    def __init__(self, home: ReviewScreen) -> None:
        self._home = home

    @property
    def style(self) -> Display:
        """Styles of channels and layers, and what colours the objects."""
        return self._home.display_style

    def show(self, style: Display) -> None:
        """Draw with other styles."""
        self._home.show_display(style)

    @property
    def scale(self) -> ColourScale | None:
        """Colours of the column that colours the objects, None while there is none."""
        return self._home.scale

    @property
    def image_scale(self) -> ColourScale | None:
        """Colours of the column that colours the images, None for verdicts."""
        return self._home.image_scale

    @property
    def image_colour_by(self) -> str:
        """The column that colours images and wells, "" for verdicts."""
        return self._home.image_colour_by

    @image_colour_by.setter
    def image_colour_by(self, name: str) -> None:
        self._home.image_colour_by = name

    def colouring_of(self, image: int, t: int | None = None) -> Colouring | None:
        """Colours of the objects of an image; the same object for the same colours."""
        return self._home.colouring_of(image, t)


class Pictures:
    """What paints pictures, and where one looks in the one of the current place."""

    def __init__(self, home: ReviewScreen) -> None:
        self._home = home

    @property
    def painter(self) -> Painter:
        """What composes the large picture."""
        return self._home.painter

    @property
    def tile_painter(self) -> Painter:
        """What composes the small pictures of all sheets: it reads no more of a file than they need."""
        return self._home.tile_painter

    @property
    def look(self) -> Look:
        """Where one looks in the picture of the current place."""
        return self._home.look

    @look.setter
    def look(self, look: Look) -> None:
        self._home.look = look


class Tables:
    """The tables of images, objects and tracks: cursor, order, filters."""

    def __init__(self, home: ReviewScreen) -> None:
        self._home = home

    @property
    def images(self) -> LineTable:
        """The table of images."""
        return self._home.images_table

    @property
    def objects(self) -> LineTable:
        """The table of objects."""
        return self._home.objects_table

    @property
    def tracks(self) -> LineTable:
        """The table of tracks."""
        return self._home.tracks_table

    def of(self, level: Level) -> LineTable:
        """The table whose rows are of a level."""
        return self._home.table_of(level)

    def move(self, where: str) -> None:
        """Move the cursor of the table that has the focus."""
        table = self._home.focused
        if isinstance(table, LineTable):
            table.move(where)

    def sort(self, keys: list[tuple[str, bool]], level: Level) -> None:
        """Sort the rows of a level by columns, off the loop where that takes long."""
        self._home._sort_by(keys, level)

    def apply_filters(self) -> None:
        """Show what the filters of the present level let through."""
        self._home.apply_filters()

    def show_well(self, name: str, text: str) -> None:
        """Show only images (and their objects) that the filter `text` lets through, in place of another well's."""
        self._home.show_well(name, text)


class Loading:
    """How far the objects of the layer have been read."""

    def __init__(self, home: ReviewScreen) -> None:
        self._home = home

    @property
    def text(self) -> str:
        """How far the reading is, "" when it has ended."""
        return self._home.feed_text

    @property
    def pending(self) -> str:
        """How far the reading is, "" when all objects are there (or there is no object layer)."""
        return self._home.still_reading


class ReviewContext:
    """Handed to every command and view.

    Attributes
    ----------
    session
        Where one is and what is decided.
    display
        Styles and colours.
    pictures
        The painters, and where one looks.
    tables
        The tables of the home screen and of the tracks.
    loading
        How far the objects have been read.
    jobs
        Work off the loop.
    output
        The way of pictures to the terminal.
    """

    def __init__(self, home: ReviewScreen) -> None:
        self._home = self.home = home
        self.session: Session = home.session
        self.config: Config = home.config
        self.output: Output = home.output
        self.jobs: Background = home.background
        self.display = DisplayState(home)
        self.pictures = Pictures(home)
        self.tables = Tables(home)
        self.loading = Loading(home)

    @property
    def caps(self) -> Capabilities:
        """What the terminal can do now; another one may attach at any time."""
        return self._home.caps

    @property
    def view(self) -> View | None:
        """The view that is open, None on the home screen."""
        return self._home.view

    @property
    def plates(self) -> PlateMap | None:
        """Which well each image is of, None if nothing says so."""
        return self._home.plates

    # --- talking to the person

    def say(self, text: str, *, trouble: bool = False) -> None:
        """One sentence on the line of progress."""
        self._home.say(text, trouble=trouble)

    def push(self, screen: Screen[Any], then: Callable[[Any], None] | None = None) -> None:
        """Open a dialog; `then` gets what it ends with."""
        self._home.app.push_screen(screen, then)

    def pick_column(
        self,
        heading: str,
        then: Callable[[str | None], None],
        *,
        names: list[str] | None = None,
        first: str = "",
        now: str = "",
        remarks: dict[str, str] | None = None,
    ) -> None:
        """Ask for one of `names` (None: the columns of what is judged) or the word `first`; None for neither."""
        self._home.pick_column(heading, then, names=names, first=first, now=now, remarks=remarks)

    def choose_object_colour(self) -> None:
        """Ask for the column that colours the objects."""
        self._home.choose_object_colour()

    def choose_image_colour(self, what: str) -> None:
        """Ask for the column that colours the images; `what` of them is coloured."""
        self._home.choose_image_colour(what)

    # --- what has changed, and where to go

    def changed(self, changes: Changes) -> None:
        """Say what has changed: it is shown once, when the present command (or the present turn of the loop) ends."""
        self._home.changed(changes)

    async def run(self, name: str) -> None:
        """Run another command by its name."""
        await self._home.run_command(name)

    def view_shows(self) -> None:
        """The view may have come to show what is current: once that is painted it can be judged."""
        self._home.view_shows()

    def go_home(self, *, stay: bool = True) -> None:
        """Leave the view: to where one was before, or with `stay` False at the thing that is current now."""
        self._home.go_home(stay=stay)

    def go_to_image(self, image: int) -> None:
        """Make an image the current one, whether the filter shows it or not."""
        self._home.go_to_image(image)

    def legacy(self, name: str) -> Any:
        """Run a method of the screen, until the command is a function of its own."""
        return getattr(self._home, f"action_{name}")()
