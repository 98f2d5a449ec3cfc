"""Computing a plot when something that it shows has changed, and having its picture drawn."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, Literal

from textual import on
from textual.app import ComposeResult
from textual.geometry import Region

from tuiqc.errors import TuiqcError
from tuiqc.picture.colouring import ColourScale
from tuiqc.picture.shot import Shot
from tuiqc.plots.choice import PlotChoice, first_choice
from tuiqc.plots.cursor import Place
from tuiqc.plots.plot import Plot, make_plot
from tuiqc.review.changes import Changes
from tuiqc.review.rows import Rows
from tuiqc.review.session import Level
from tuiqc.ui.views.plot_drawing import LEFT
from tuiqc.ui.views.plot_picture import PlotJob, PlotPicture, has_pixels
from tuiqc.ui.views.view import View
from tuiqc.ui.widgets.picture import Picture

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tuiqc.ui.context import ReviewContext

NO_NUMBERS = "the table has no numbers to plot"
TOP = 2
"""Lines above the data area: what is plotted, and the legend."""
_LOW = 22
"""Lines of the view below which the name of the axis, which the title says too, has no line of its own."""


class PlotMaking(View):
    """The plot of the rows of one level.

    Attributes
    ----------
    of
        Whether the points are objects or images.
    made
        The plot, None while the first is computed.
    """

    DEFAULT_CSS = "PlotMaking PlotPicture { position: absolute; border: none; display: none; }"
    LEVELS: ClassVar[tuple[Level, ...]] = ("object", "image")

    def __init__(self, context: ReviewContext, *, id: str | None = None) -> None:
        super().__init__(context, id=id)
        home = self.home
        self.of: Literal["object", "image"] = "object"
        self._choices: dict[str, PlotChoice] = {}
        self.made: Plot | None = None
        self.trouble = ""
        self._made_of: tuple[object, ...] = ()
        self._order: object = None
        self.chart = PlotPicture(home.caps, home.output)

    def compose(self) -> ComposeResult:
        """The picture lies over the data area."""
        yield self.chart

    # --- of what

    @property
    def level(self) -> Level:
        """What is judged."""
        return self.of

    @property
    def rows(self) -> Rows | None:
        """The rows that are plotted, None before any were read."""
        return self.session.images if self.of == "image" else self.session.objects

    @property
    def choice(self) -> PlotChoice | None:
        """What is plotted of the present level."""
        return self._choices.get(self.of)

    @choice.setter
    def choice(self, choice: PlotChoice | None) -> None:
        self._choices.pop(self.of, None)
        if choice is not None:
            self._choices[self.of] = choice

    @property
    def scale(self) -> ColourScale | None:
        """Colours of the points by a column, None for those by verdict."""
        return self.home.image_scale if self.of == "image" else self.home.scale

    @property
    def colour_column(self) -> str:
        """The column that colours them."""
        return self.home.image_colour_by if self.of == "image" else self.home.display_style.colour_by

    @property
    def current(self) -> int | None:
        """Index of the current row among the points, None if it is not among them."""
        session = self.session
        if self.made is None:
            return None
        return self.made.index_of(session.image if self.of == "image" else session.position)

    # --- the data area

    @property
    def pixels(self) -> bool:
        """Whether it is drawn as a picture."""
        return has_pixels(self.home.caps)

    @property
    def compact(self) -> bool:
        """Whether lines have to be saved."""
        return self.size.height < _LOW

    def space(self, choice: PlotChoice) -> tuple[int, int]:
        """Columns and rows of cells of the data area."""
        below = (2 if self.compact else 3) + 1 + (choice.kind == "histogram")
        return self.size.width - LEFT, self.size.height - TOP - below

    # --- computing

    def follow(self, changes: Changes = Changes.ALL) -> None:
        """Compute the plot anew if rows, filter, verdicts, selection, colours or the size have changed."""
        rows = self.rows
        if rows is None:
            self.made, self._made_of = None, ()
        elif self.choice is None or not rows.view.has(self.choice.x):  # another layer has other columns
            sort = rows.view.sort
            self.choice = first_choice(rows, sort[0] if sort else "")
        choice = self.choice
        if rows is not None and choice is not None and self.display:
            space = self.space(choice)
            if space[0] >= 4 and space[1] >= 2:
                self._follow(rows, choice, space)
        self.show_picture()
        self.refresh()

    def _follow(self, rows: Rows, choice: PlotChoice, space: tuple[int, int]) -> None:
        versions = [rows.view.version(name) for name in (choice.x, choice.y) if rows.view.has(name)]
        base = (rows, choice.x, versions)
        counts = tuple(rows.counts().values())
        key = (base, choice, space, self.scale, counts, rows.selection.mask.tobytes())
        if key == self._made_of and rows.view.order is self._order:
            return
        same = bool(self._made_of) and self._made_of[0] == base and rows.view.order is self._order
        before = self.made if same else None
        self._made_of, self._order = key, rows.view.order
        self._compute(rows, choice, space, before)

    def _compute(self, rows: Rows, choice: PlotChoice, space: tuple[int, int], before: Plot | None) -> None:
        scale = self.scale

        def work(void: object) -> Plot:
            rgb = None if scale is None else scale.all_rgb()
            return make_plot(rows, choice, space, rgb, before=before)

        def done(made: Plot) -> None:
            self.made, self.trouble = made, ""
            self.show_picture()
            self.home.view_shows()
            self.refresh()

        def failed(error: TuiqcError) -> None:
            self.made, self.trouble = None, str(error)
            self.show_picture()
            self.refresh()

        self.home.background.latest("plot", rows.total, work, done, failed)

    def shows_current(self) -> bool:
        """Whether the plot is there, with the current row in it."""
        return self.current is not None and (not self.pixels or self.chart.finished is not None)

    def _waiting_text(self) -> str:
        """Why there is no plot yet."""
        rows, reading = self.rows, self.home.still_reading
        if rows is not None and self.choice is not None:
            return "computing …"
        if reading:
            return f"the objects are being read: {reading}"
        return NO_NUMBERS if rows is not None and rows.total else "there are no objects to plot"

    # --- the picture

    @property
    def span(self) -> tuple[Place, Place] | None:
        """Both ends of the range that is being drawn."""
        return None

    def show_picture(self) -> None:
        """Have the data area drawn as it is now."""
        chart, made = self.chart, self.made
        shown = made is not None and self.pixels
        if chart.display != shown:
            chart.display = shown
        if made is None or not shown:
            return
        place = (LEFT, TOP, *made.space)
        styles = chart.styles
        if self._place != place:
            self._place = place
            styles.offset, styles.width, styles.height = (LEFT, TOP), made.space[0], made.space[1]
        caps, session, at = self.home.caps, self.session, self.current
        shot = Shot(session.record, self.home.display_style, layer=session.layer)
        first = made.first_group(at)
        job = PlotJob(made, at, self.span, first, shot, (caps.cell_width, caps.cell_height))
        key = (made, at, self.span, caps)
        if tuple(chart.size) == made.space and key != self._asked:
            self._asked = key
            chart.ask(job)

    _place: tuple[int, ...] = ()
    _asked: tuple[object, ...] = ()

    @on(Picture.Shown)
    def chart_shown(self, event: Picture.Shown) -> None:
        """It is not the picture of the home screen."""
        event.stop()
        self.home.view_shows()

    @on(Picture.Resized)
    def chart_resized(self, event: Picture.Resized) -> None:
        """Another size of the data area."""
        event.stop()
        self._asked = ()
        self.show_picture()

    def on_resize(self) -> None:
        """Another size needs other bins."""
        self.follow()

    def painted_over(self, regions: Sequence[Region] | None) -> None:
        """The picture has to be drawn again where its cells are painted."""
        inner = self.chart.content_region
        if regions is None or any(region.overlaps(inner) for region in regions):
            self.chart.wiped = True

    def draw_again(self) -> None:
        """Nothing of ours is in the terminal."""
        self.chart.use(self.home.caps)
        self._asked = ()
        self.chart.send_again()
        self.follow()

    def cover(self) -> None:
        """A dialog lies above."""
        self.chart.cover()

    def uncover(self) -> None:
        """No dialog any more."""
        self.chart.uncover()
