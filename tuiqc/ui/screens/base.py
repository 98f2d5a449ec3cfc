"""What the parts of the review screen share: the session, its panes and lines, its workers."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual.screen import Screen
from textual.timer import Timer

from tuiqc.config import Config
from tuiqc.paths import cache_dir
from tuiqc.picture.colouring import ColourScale
from tuiqc.picture.display import Display
from tuiqc.picture.painter import Colouring, Look, Painter, Shot
from tuiqc.render.highlight import Mark
from tuiqc.review.columns import load_columns
from tuiqc.review.listing import Listing
from tuiqc.review.session import Level, Session
from tuiqc.terminal.capabilities import Capabilities
from tuiqc.ui.background import Background
from tuiqc.ui.keys import Keymap, registry
from tuiqc.ui.output import Output
from tuiqc.ui.widgets.ask_line import AskLine
from tuiqc.ui.widgets.chips import ChipLine
from tuiqc.ui.widgets.line_table import LineTable
from tuiqc.ui.widgets.lines import KeyLine, ProgressLine, TopLine
from tuiqc.ui.widgets.picture import Picture
from tuiqc.ui.widgets.reason_line import ReasonLine
from tuiqc.ui.widgets.slider import Slider
from tuiqc.ui.widgets.table_content import Nothing
from tuiqc.ui.workers import FeedWorker, PictureWorker

if TYPE_CHECKING:
    from textual.widget import Widget


VerdictLook = tuple[Colouring | None, tuple[Mark, ...], tuple[Mark, ...]]
"""Colours of the objects of an image by verdict, and the marks for a fine and a coarse display."""


class ReviewBase(Screen[None]):
    """State and helpers of the review screen; the actions are in the classes that build on it."""

    def __init__(
        self,
        session: Session,
        caps: Capabilities,
        config: Config,
        output: Output,
        keys: Keymap,
    ) -> None:
        super().__init__()
        self.session, self.caps, self.config, self.output, self.keys = session, caps, config, output, keys
        self.look = Look()
        self.stays = False
        self.crosshair: tuple[int, int] | None = None
        self.readout_text = ""
        self._verdicts: dict[tuple[int, int], tuple[object, VerdictLook]] = {}
        self.display_style = Display.of(session.batch.channels, session.batch.layers, session.layer)
        cache = config.cache_mb << 20
        self.painter = Painter(cache * 3 // 4, session.batch.images, cache_dir() / "overviews")
        self.pictures = PictureWorker(self.painter, self, cache, output.link)
        self.feed = FeedWorker(self)
        self.request_number = 0
        self._asked: Shot | None = None
        self.late = False
        """Whether the picture that is wanted keeps one waiting."""
        self._late_timer: Timer | None = None
        self._check_timer: Timer | None = None
        self._coloured_by: ColourScale | None = None
        self._coloured: dict[tuple[int, int], Colouring] = {}
        self.feed_text = ""
        self.pane: Widget | None = None
        self._scale: tuple[object, ColourScale] | None = None
        self.background = Background(lambda: self.app)
        self.column_choice = load_columns(self.column_kind)
        self.image_column_choice = load_columns("images")
        self.images_table = LineTable(Listing(session.images, self.image_column_choice), id="images")
        self.objects_table = LineTable(Nothing(), empty="no object layer", id="objects")
        self.tracks_table = LineTable(Nothing(), empty="finding tracks …", id="track_table")
        self.picture = Picture(caps, output, id="picture")
        self.top_line = TopLine(session.batch.name, id="top")
        self.chip_line = ChipLine(id="chips")
        self.ask_line = AskLine(id="ask")
        self.progress_line = ProgressLine(id="progress")
        self.slider = Slider(session, id="slider")
        self.tails = True
        self.reason_line = ReasonLine(id="reasons")
        self.key_line = KeyLine(registry, keys, id="keys")

    @property
    def column_kind(self) -> str:
        """Tables of one kind share what is remembered of their columns and filters: a dialect and a layer."""
        choice = self.session.batch.dialects.get(self.session.layer)
        return f"{choice.name if choice is not None else 'measured'}/{self.session.layer}"

    @property
    def still_reading(self) -> str:
        """How far the reading of the objects is, "" when all are there (or there is no object layer)."""
        session = self.session
        if not session.layer:
            return ""
        return self.feed_text or ("reading …" if session.objects is None else "")

    def say_nothing_chosen(self) -> None:
        """Why there is nothing that a key could be about."""
        reading = self.still_reading if self.session.level == "object" else ""
        if reading:
            self.say(f"nothing is chosen yet: the objects are still being read ({reading})")
        else:
            self.say("nothing is chosen: go to an object or an image first")

    def table_of(self, level: Level) -> LineTable:
        """The table whose rows are of a level."""
        tables = {"image": self.images_table, "object": self.objects_table, "track": self.tracks_table}
        return tables[level]

    def say(self, text: str, *, trouble: bool = False) -> None:
        """One sentence on the progress line; files are named from the batch's folder on, the line is short."""
        if not trouble and self.session.store.unsaved and self.progress_line.has_class("-trouble"):
            return  # that a verdict is not on disk stays told until it is
        self.progress_line.say(text.replace(f"{self.session.batch.root}/", ""), trouble=trouble)
