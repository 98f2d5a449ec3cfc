"""Tracks: their table, and of the current one a film strip, its measurement over time, and its lineage."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, ClassVar

from rich.text import Text
from textual import on
from textual.app import ComposeResult
from textual.containers import Vertical
from textual.geometry import Region
from textual.message import Message
from textual.widgets import Static

from tuiqc.errors import TuiqcError
from tuiqc.picture.filmstrip import Crop, film_strip, strip_times, zoom_for
from tuiqc.picture.newest import NewestWins
from tuiqc.picture.painter import Painted
from tuiqc.picture.shot import Shot
from tuiqc.review.columns import load_columns
from tuiqc.review.listing import Listing
from tuiqc.review.track_rows import TrackRows
from tuiqc.terminal.capabilities import Capabilities
from tuiqc.terminal.encoder import picture_size
from tuiqc.text import printable
from tuiqc.ui.background import LONG
from tuiqc.ui.frames import Finished, finish
from tuiqc.ui.views.track_words import chart_text, times_text, tree_text
from tuiqc.ui.views.view import View
from tuiqc.ui.widgets.line_table import LineTable
from tuiqc.ui.widgets.picture import Picture

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from tuiqc.ui.screens.view_columns import ViewColumns

_CROPS = 5
"""Time points in the film strip at least."""

_FEW = 100_000
"""Objects up to which the table of tracks is made at once, without a thread."""


@dataclass(frozen=True)
class _StripJob:
    """A film strip that is wanted for `cells` (columns, rows)."""

    number: int
    base: Shot
    crops: tuple[Crop, ...]
    now: int
    zoom: float
    cells: tuple[int, int]
    caps: Capabilities


class StripPicture(Picture):
    """The film strip; what it tells is for its view only."""


class TracksView(View):
    """What the keys do is done to the track under the cursor; its verdicts are of the level `track`."""

    HEADING = "Tracks"
    HAS_TABLE = True
    FOOTER: ClassVar[tuple[str, ...]] = (
        "verdict_pass",
        "verdict_fail",
        "reason",
        "next_time",
        "previous_time",
        "next_event",
        "play",
        "filter",
        "enter",
    )
    DEFAULT_CSS = """
    TracksView { layout: horizontal; }
    TracksView #track_table { width: 46%; max-width: 96; border: round $panel-lighten-2; }
    TracksView #track_table:focus { border: round $accent; border-title-style: bold; }
    TracksView #track { width: 1fr; border: round $panel-lighten-2; border-title-color: $foreground; }
    TracksView StripPicture { height: 2fr; max-height: 11; background: black; border: none; }
    TracksView #times { height: 1; }
    TracksView #chart { height: 1fr; min-height: 4; max-height: 14; }
    TracksView #tree { height: auto; max-height: 40%; }
    """

    @dataclass
    class StripMade(Message):
        """A film strip came out of the thread; None with the words why not."""

        finished: Finished | None
        number: int
        words: str = ""

    def __init__(self, home: ViewColumns, *, id: str | None = None) -> None:
        super().__init__(home, id=id)
        self.measurement = ""
        self.strip = StripPicture(home.caps, home.output)
        self.times = Static(id="times")
        self.chart = Static(id="chart")
        self.family = Static(id="tree")
        self.details = Vertical(self.strip, self.times, self.chart, self.family, id="track")
        self._number = 0
        self._asked: tuple[object, ...] | None = None
        self._made_of: object = None
        self._worker: NewestWins[_StripJob, TracksView.StripMade] | None = None

    @property
    def table(self) -> LineTable:
        """The table of tracks."""
        return self.home.tracks_table

    def compose(self) -> ComposeResult:
        """Table on the left, the track on the right; below each other in a narrow window."""
        yield self.table
        yield self.details

    # --- opening and leaving

    def refusal(self) -> str:
        """Without tracks there is nothing to see."""
        session = self.session
        if session.objects is None:
            return "the objects have not been read yet" if session.layer else "there is no object layer"
        if session.tracks is None:
            return "nothing here has tracks: no time points, or no column that says which object is which"
        return ""

    def opened(self) -> None:
        """Judge tracks from now on."""
        if self._worker is None:
            self._worker = NewestWins(self._paint, self._strip_ready)
        self.session.level = "track"
        self._make_rows()
        self.table.focus()

    def left(self) -> None:
        """Objects are judged again."""
        if self.session.level == "track":
            self.session.level = "object"
        self.strip.cover()

    def on_focus(self) -> None:
        """Keys are for the table."""
        self.table.focus()

    def on_unmount(self) -> None:
        """End the thread."""
        if self._worker is not None:
            self._worker.stop()

    def enter(self) -> None:
        """Home, at the object of the track."""
        self.session.level = "object"
        self.home.go_home(stay=False)

    # --- the rows

    def _make_rows(self) -> None:
        session, objects, before = self.session, self.session.objects, self.session.track_rows
        if objects is None or self._made_of is objects:
            return
        self._made_of = objects
        count = 0 if objects.total <= _FEW else LONG

        def done(rows: TrackRows) -> None:
            rows.decide_all(session.store.items(), session.batch)
            if before is not None and before.layer == rows.layer:
                rows.restore_sort(list(before.view.sort_keys))
            session.track_rows = rows
            self.table.content = Listing(rows, load_columns(f"tracks/{objects.layer}"))
            self.table.content_changed()
            if session.track is None and len(rows):
                session.go_track_row(0)
            self.home.place_changed()

        self.home.background.run(
            "tracks",
            count,
            lambda void: TrackRows(session.batch, objects),
            done,
            lambda error: self.home.say(str(error)),
        )

    @on(LineTable.Moved, "#track_table")
    def track_moved(self, event: LineTable.Moved) -> None:
        """The cursor went to another track: show it where it is most suspicious."""
        event.stop()
        self.session.go_track_row(self.table.row)
        self.home.place_changed()

    # --- what is shown

    def follow(self) -> None:
        """Another track, time point, verdict or style."""
        session = self.session
        session.level = "track"
        self._make_rows()
        rows, tracks, track = session.track_rows, session.tracks, session.track
        if rows is None or tracks is None:
            return
        at = session.row
        if at is not None:
            self.table.go(at)
        self.table.refresh()
        self.table.set_titles(
            Text(f"Tracks · {session.layer} · {len(rows):,}"), Text(printable(rows.order_name))
        )
        if track is None:
            return
        position = rows.position(session.image, track)
        why = "" if position is None else str(rows.view.frame["why"].iloc[position])
        name = f"image {session.record.key} · track {track} · lineage {tracks.lineage(track)}"
        self.details.border_title = printable(name + (f" · {why}" if why else "")).replace("[", "\\[")
        annotation = session.annotation
        said = [annotation.verdict, annotation.reason, annotation.note] if annotation is not None else []
        self.details.border_subtitle = printable(" · ".join(filter(None, said))).replace("[", "\\[")
        self._show_words()
        self._ask_strip()

    def _show_words(self) -> None:
        session, tracks, track, objects = (
            self.session,
            self.session.tracks,
            self.session.track,
            self.session.objects,
        )
        if tracks is None or track is None or objects is None:
            return
        frame = objects.view.frame
        name = self.measurement if self.measurement in frame.columns else self._usual()
        values = None
        if name:
            column = frame[name].iloc[objects.span(session.image)]
            values = column.to_numpy(dtype=float, na_value=float("nan"))[tracks.rows(track)]
        width = max(10, self.chart.size.width)
        self.chart.update(
            chart_text(
                tracks, track, session.t, values, name, width, max(2, self.chart.size.height), self._braille
            )
        )
        self.family.update(
            tree_text(tracks, track, session.t, width, max(1, self.details.size.height * 2 // 5))
        )

    @property
    def _braille(self) -> bool:
        return str(self.home.caps.protocol).casefold() != "ascii"

    def _usual(self) -> str:
        """The column of the area, else the first column of numbers that is no id."""
        session, objects = self.session, self.session.objects
        choice = session.batch.dialects.get(session.layer)
        if choice is not None and choice.area_column is not None:
            return choice.area_column
        names = [] if objects is None else list(objects.view.frame.columns)
        if "area" in names:
            return "area"
        numbers = [] if objects is None else [n for n in names if objects.view.kind(n) == "float"]
        return numbers[0] if numbers else ""

    def choose_colour(self) -> None:
        """The key for colours: which measurement is drawn over time."""
        objects = self.session.objects
        if objects is None:
            return

        def chosen(name: str | None) -> None:
            if name is not None:
                self.measurement = name
                self._show_words()

        names = [n for n in objects.view.frame.columns if objects.view.kind(n) in ("integer", "float")]
        self.home.pick_column("Draw over time", chosen, names=names, now=self.measurement or self._usual())

    # --- the film strip

    def _crops(self, count: int) -> tuple[tuple[Crop, ...], float]:
        """The time points that are shown, and the largest side of a box of the track."""
        session, tracks, track, objects = (
            self.session,
            self.session.tracks,
            self.session.track,
            self.session.objects,
        )
        if tracks is None or track is None or objects is None:
            return (), 0.0
        rows = tracks.rows(track)
        data, span = tracks.data, objects.span(session.image)
        crops = []
        for t in strip_times(session.t, 0, session.extent.t - 1, count):
            row = tracks.row_at(track, t)
            near = int(rows[abs(data.t[rows] - t).argmin()]) if row is None else row
            x, y = float(data.x[near]), float(data.y[near])
            label = 0 if row is None else int(objects.labels[span.start + row])
            crops.append(Crop(t, x if x == x else 0.0, y if y == y else 0.0, label))
        largest = float((data.area[rows].max() / 3.14159) ** 0.5 * 2) if len(rows) else 0.0
        return tuple(crops), largest if largest == largest else 24.0

    def _ask_strip(self) -> None:
        columns, lines = self.strip.size
        if not columns or not lines or self._worker is None:
            return
        caps = self.home.caps
        width, height = picture_size(columns, lines, caps)
        count = max(_CROPS, round(width / height))
        crops, largest = self._crops(count)
        if not crops:
            return
        at = self._caption(crops, columns)
        self.times.update(at)
        session = self.session
        base = Shot(
            session.record,
            self.home.display_style,
            layer=session.layer,
            z=session.z,
            projection=session.projection,
        )
        zoom = zoom_for(largest, min(height, width // max(1, len(crops))))
        asked = (base, crops, session.t, zoom, columns, lines, caps)
        if asked == self._asked and self.strip.finished is not None:
            return
        self._asked = asked
        self._number += 1
        self._worker.request(_StripJob(self._number, base, crops, session.t, zoom, (columns, lines), caps))

    def _strip_ready(self, made: TracksView.StripMade) -> None:
        self.post_message(made)

    def _caption(self, crops: Sequence[Crop], columns: int) -> Text:
        return times_text(
            [crop.t for crop in crops], [bool(crop.label) for crop in crops], self.session.t, columns
        )

    def _paint(self, job: _StripJob, superseded: Callable[[], bool]) -> TracksView.StripMade | None:
        width, height = picture_size(*job.cells, job.caps)
        painter = self.home.painter
        try:
            painted: Painted | None = film_strip(
                painter, job.base, job.crops, job.now, job.zoom, width, height, superseded
            )
            if painted is None or superseded():
                return None
            encoded = finish(painted, job.cells, job.caps)
        except TuiqcError as error:
            return self.StripMade(None, job.number, str(error))
        except Exception as error:  # a broken file must not end the thread
            return self.StripMade(None, job.number, f"{type(error).__name__}: {error}")
        return self.StripMade(
            Finished(job.number, replace(job.base, t=job.now), painted, encoded), job.number
        )

    def on_tracks_view_strip_made(self, event: StripMade) -> None:
        """Show it, if it still fits."""
        event.stop()
        if event.finished is None:
            if event.number == self._number:
                self.strip.say(event.words)
        elif (event.finished.frame.columns, event.finished.frame.rows) == tuple(self.strip.size):
            self.strip.offer(event.finished)

    @on(Picture.Shown)
    def strip_shown(self, event: Picture.Shown) -> None:
        """It is not the picture of the home screen."""
        event.stop()

    @on(Picture.Resized)
    def strip_resized(self, event: Picture.Resized) -> None:
        """Another size: draw everything anew."""
        event.stop()
        self.strip.uncover()
        self.call_after_refresh(self.follow)

    # --- pictures over text

    def painted_over(self, regions: Sequence[Region] | None) -> None:
        """The strip has to be drawn again where its cells are painted."""
        inner = self.strip.content_region
        if regions is None or any(region.overlaps(inner) for region in regions):
            self.strip.wiped = True

    def draw_again(self) -> None:
        """Nothing of ours is in the terminal."""
        self.strip.use(self.home.caps)
        self._asked = None
        self.strip.send_again()
        self.follow()

    def cover(self) -> None:
        """Another screen lies above."""
        self.strip.cover()

    def uncover(self) -> None:
        """In sight again."""
        self.strip.uncover()
