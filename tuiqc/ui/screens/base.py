"""What the parts of the review screen share: the session, the panes, and what follows a change of place."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from time import perf_counter
from typing import TYPE_CHECKING, Any

from rich.text import Text
from textual.screen import Screen
from textual.timer import Timer

from tuiqc.config import Config
from tuiqc.dataset.report import LabelCheck, compare_labels
from tuiqc.picture.colouring import ColourScale
from tuiqc.picture.display import Display
from tuiqc.picture.painter import Colouring, Look, Painter, Shot
from tuiqc.review.columns import load_columns
from tuiqc.review.label_checks import label_texts
from tuiqc.review.listing import CellColours, Listing
from tuiqc.review.session import Session
from tuiqc.terminal.capabilities import Capabilities
from tuiqc.terminal.encoder import picture_size
from tuiqc.text import printable
from tuiqc.ui.actions import ACTIONS
from tuiqc.ui.background import LONG, Background
from tuiqc.ui.output import Output
from tuiqc.ui.widgets.ask_line import AskLine
from tuiqc.ui.widgets.chips import ChipLine
from tuiqc.ui.widgets.line_table import LineTable
from tuiqc.ui.widgets.lines import KeyLine, ProgressLine, TopLine
from tuiqc.ui.widgets.picture import Picture
from tuiqc.ui.workers import FeedWorker, PictureJob, PictureWorker

if TYPE_CHECKING:
    from textual.widget import Widget

_STAYS = 0.25

NARROW = 100
"""Below this many columns one pane is shown at a time."""


class ReviewBase(Screen[None]):
    """State and helpers of the review screen; the actions are in the classes that build on it."""

    def __init__(
        self,
        session: Session,
        caps: Capabilities,
        config: Config,
        output: Output,
        keys: dict[str, tuple[str, ...]],
    ) -> None:
        super().__init__()
        self.session, self.caps, self.config, self.output, self.keys = session, caps, config, output, keys
        self.look = Look()
        self.display_style = Display.of(session.batch.channels, session.batch.layers, session.layer)
        self.painter = Painter(config.cache_mb << 20, session.batch.images)
        self.pictures = PictureWorker(self.painter, self)
        self.feed = FeedWorker(self)
        self.request_number = 0
        self._asked: Shot | None = None
        self._check_timer: Timer | None = None
        self._coloured: tuple[object, Colouring] | None = None
        self.feed_text = ""
        self.pane: Widget | None = None
        self._scale: tuple[object, ColourScale] | None = None
        self.background = Background(lambda: self.app)
        self.column_choice = load_columns(self.column_kind)
        self.image_column_choice = load_columns("images")
        self.images_table = LineTable(Listing(session.images, self.image_column_choice), id="images")
        self.objects_table = LineTable(_Nothing(), empty="no object layer", id="objects")
        self.picture = Picture(caps, output, id="picture")
        self.top_line = TopLine(session.batch.name, id="top")
        self.chip_line = ChipLine(id="chips")
        self.ask_line = AskLine(id="ask")
        self.progress_line = ProgressLine(id="progress")
        self.key_line = KeyLine(ACTIONS, keys, id="keys")

    @property
    def column_kind(self) -> str:
        """Tables of one kind share what is remembered of their columns and filters: a dialect and a layer."""
        choice = self.session.batch.dialects.get(self.session.layer)
        return f"{choice.name if choice is not None else 'measured'}/{self.session.layer}"

    # --- what follows a change

    def place_changed(self) -> None:
        """The current image or object is another one: bring the tables, the lines and the picture along."""
        session = self.session
        row = session.images.view.index_of(session.image)
        if row is not None:
            self.images_table.go(row)
        if session.objects is not None and len(session.objects):
            at = session.row if session.level == "object" else session.first_of_image()
            if at is not None:
                self.objects_table.go(at)
        self.tell_titles()
        self.tell_progress()
        self.request_picture()
        self.check_labels_soon()

    def tell_titles(self) -> None:
        """Titles of the three panes: where one is and in which order."""
        session = self.session
        self.images_table.set_titles(
            _plain(f"Images · {len(session.images)}"), _plain(session.images.order_name)
        )
        objects = session.objects
        if objects is None:
            title = f"Objects · {session.layer}" if session.layer else "Objects"
            self.objects_table.set_titles(_plain(title), _plain(self.feed_text))
        else:
            only = objects.image_filter
            which = f"image {session.batch.images[only].key} only" if only is not None else ""
            parts = [f"Objects · {session.layer} · {len(objects):,}", which]
            order = " · ".join(filter(None, [objects.order_name, self.feed_text]))
            self.objects_table.set_titles(_plain(" · ".join(filter(None, parts))), _plain(order))
        sign = ""
        annotation = session.annotation
        if annotation is not None:
            sign = " · ".join(["", *filter(None, [annotation.verdict, annotation.reason, annotation.note])])
        what = f" · {session.layer} {session.label}" if session.level == "object" and session.label else ""
        self.picture.set_titles(_plain(f"image {session.record.key}{what}{sign}"), self._display_text())

    def _display_text(self) -> Text:
        display = self.display_style
        parts = [name for name, style in display.channels if style.visible]
        if display.raw:
            return _plain(" · ".join([*parts, "labels hidden: v shows them"]))
        for name, style in display.layers:
            if style.visible:
                parts.append(f"{name} {style.mode} {style.opacity:.0%}")
        text = _plain(" · ".join(parts) or "nothing shown")
        if not display.colour_by:
            return text
        legend = Text.assemble(f"{printable(display.colour_by)} ", self._legend(), " · ")
        return legend.append_text(text)

    def _legend(self) -> Text:
        scale = self._scale[1] if self._scale is not None else None
        if scale is None or scale.limits is None:
            return Text("by category")
        text = Text(f"{scale.limits[0]:.4g} ")
        for red, green, blue in scale.legend(12):
            text.append("█", style=f"rgb({red},{green},{blue})")
        return text.append(f" {scale.limits[1]:.4g}")

    def tell_progress(self) -> None:
        """Counts of the present level."""
        session = self.session
        if session.rows is None:
            self.progress_line.tell({"": 0}, session.layer or "objects")
            return
        counts = session.rows.counts()
        what = "images" if session.level == "image" else session.layer
        judged = counts["pass"] + counts["fail"]
        detail = f"failed {counts['fail'] / judged:.1%}" if judged else ""
        self.progress_line.tell(counts, printable(what), detail)

    def check_labels_soon(self) -> None:
        """Compare the labels of the mask with those of the table once the person stays at an image."""
        if self._check_timer is not None:
            self._check_timer.stop()
        if self.session.labels_to_check() is not None:
            self._check_timer = self.set_timer(_STAYS, self._check_labels)

    def _check_labels(self) -> None:
        session, rows = self.session, self.session.labels_to_check()
        record, layer = session.record, session.layer
        if rows is None:
            return

        def compare(void: object) -> LabelCheck | None:
            in_mask = self.painter.labels_in_mask(record, layer)
            return None if in_mask is None else compare_labels(in_mask, rows)

        def done(found: LabelCheck | None) -> None:
            if found is None:
                return
            session.label_checks.add(layer, record.index, found)
            texts = label_texts(found)
            if texts and record is session.record and layer == session.layer:
                self.say(f"{texts[0]} (J: join report)")

        self.background.run("labels", LONG, compare, done, lambda error: None)

    def say(self, text: str, *, trouble: bool = False) -> None:
        """One sentence on the progress line; files are named from the batch's folder on, the line is short."""
        if not trouble and self.session.store.unsaved and self.progress_line.has_class("-trouble"):
            return  # that a verdict is not on disk stays told until it is
        self.progress_line.say(text.replace(f"{self.session.batch.root}/", ""), trouble=trouble)

    # --- the picture

    def shot(self) -> Shot | None:
        """What the picture should show now, None while the pane has no size."""
        columns, rows = self.picture.size
        if not columns or not rows:
            return None
        session, objects, position = self.session, self.session.objects, self.session.position
        width, height = picture_size(columns, rows, self.caps)
        at_object = session.level == "object" and bool(session.label)
        known = objects is not None and position is not None and at_object
        return Shot(
            session.record,
            self.display_style,
            layer=session.layer,
            label=session.label if at_object else 0,
            centre=objects.centre(position) if known and objects and position is not None else None,
            box=objects.box(position) if known and objects and position is not None else None,
            look=self.look,
            width=width,
            height=height,
            colouring=self._colouring(),
        )

    @property
    def scale(self) -> ColourScale | None:
        """Colours of the column that colours the objects, None while there is none."""
        display, objects = self.display_style, self.session.objects
        if not display.colour_by or objects is None or display.colour_by not in objects.view.frame.columns:
            return None
        key = (objects, replace(display, channels=(), layers=()))
        if self._scale is None or self._scale[0] != key:
            self._scale = (key, ColourScale.of(objects.view.frame[display.colour_by], display))
        return self._scale[1]

    def _colouring(self) -> Colouring | None:
        scale, objects = self.scale, self.session.objects
        if scale is None or objects is None:
            return None
        key = (scale, self.session.image)
        if self._coloured is None or self._coloured[0] != key:
            self._coloured = (key, scale.colouring(objects.labels, objects.span(self.session.image)))
        return self._coloured[1]

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

    def request_picture(self, *, again: bool = False) -> None:
        """Ask the worker for the picture of the present place; the old one stays until it is there.

        Nothing happens if it is what was asked for last, unless it has to be made `again`.
        """
        shot = self.shot()
        if shot is None or not self.picture.display or (shot == self._asked and not again):
            return
        self._asked = shot
        self.request_number += 1
        columns, rows = self.picture.size
        job = PictureJob(
            self.request_number,
            shot,
            (columns, rows),
            self.caps,
            perf_counter(),
            self._neighbours(),
        )
        self.pictures.request(job)

    def _neighbours(self) -> tuple[Any, ...]:
        """Images that the next key may lead to, in the order of the image table."""
        images = self.session.images.view
        row = images.index_of(self.session.image)
        if row is None:
            return ()
        near = [near for near in (row + 1, row - 1) if 0 <= near < len(images)]
        return tuple(self.session.batch.images[images.row(at)] for at in near)

    # --- panes

    @property
    def narrow(self) -> bool:
        """Whether there is room for one pane at a time only."""
        return self.has_class("-narrow")

    def focus_pane(self, pane: Widget) -> None:
        """Give a pane the focus, and the screen in narrow windows."""
        self.pane_chosen(pane)
        pane.focus()

    def pane_chosen(self, pane: Widget) -> None:
        """The table that was chosen says what is judged.

        At once, and not when Textual has moved the focus: the next key may have been typed already.
        """
        session, self.pane = self.session, pane
        self.set_class(pane is self.picture, "-picture")
        if pane is self.images_table and session.level != "image":
            session.level = "image"
            self.place_changed()
        elif pane is self.objects_table and session.level != "object":
            session.level, session.label = "object", 0  # where there is no row, nothing is judged
            first = session.first_of_image()
            if first is not None:
                session.go_object(first)
            else:
                self.say(f"image {session.record.key} has no objects here")
            self.place_changed()
        elif pane is self.picture:
            self.call_after_refresh(self.request_picture)
        self.chips_changed()

    def chips_changed(self) -> None:
        """The filters and the selection of another table are in force."""


def _plain(text: str) -> Text:
    """A title as text: a string would be read as markup, and names and notes may hold brackets."""
    return Text(printable(text))


class _Nothing:
    """The content of a table that has none yet."""

    def __len__(self) -> int:
        return 0

    def columns(self) -> list[Any]:
        return []

    def pinned(self) -> int:
        return 0

    def cell(self, row: int, column: int) -> str:
        return ""

    def mark(self, row: int) -> tuple[str, str]:
        return " ", ""

    def selected(self, row: int) -> bool:
        return False

    def background(self, row: int, column: int) -> None:
        return None
