"""Tracks: their table, and of the current one a film strip, its measurement over time, and its lineage."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
from rich.text import Text
from textual import on
from textual.app import ComposeResult
from textual.containers import Vertical
from textual.geometry import Region
from textual.widgets import Static

from tuiqc.review.changes import Changes
from tuiqc.review.column_choice import load_columns
from tuiqc.review.listing import Listing
from tuiqc.review.time_line import measured, usual_measurement
from tuiqc.review.track_rows import TrackRows
from tuiqc.terminal.protocols.picture_protocol import protocol_of
from tuiqc.text import display_width, printable, shorten
from tuiqc.tracks.chart import line_chart, lineage_tree
from tuiqc.tracks.data import Tracks
from tuiqc.tracks.strip import Crop
from tuiqc.ui.column_names import pick_column
from tuiqc.ui.jobs import LONG
from tuiqc.ui.textual_private import set_titles
from tuiqc.ui.views.film import FilmStrip
from tuiqc.ui.views.view import View
from tuiqc.ui.widgets.line_table import LineTable
from tuiqc.ui.widgets.picture import Picture

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from tuiqc.ui.context import ReviewContext


_EVENTS = {"birth": "b", "division": "Y", "merge": "M", "death": "†"}


def times_text(crops: Sequence[Crop], now: int, columns: int) -> Text:
    """`t 12` under each crop; the present one marked, those without the object in brackets or with its daughters."""
    text = Text(no_wrap=True)
    count = max(1, len(crops))
    for at, crop in enumerate(crops):
        t, there = crop.t, bool(crop.label)
        room = round((at + 1) * columns / count) - round(at * columns / count)
        word = f"t {t}" if there else f"(t {t})"
        if crop.daughters:
            word = f"t {t}: {'+'.join(map(str, crop.daughters))}"
        word = shorten(f"▶ {word} ◀" if t == now else word, room)
        text.append(word.center(room), "bold" if t == now else "" if there or crop.daughters else "dim")
    return text


def chart_text(
    tracks: Tracks,
    track: int,
    now: int,
    values: NDArray[np.float64] | None,
    name: str,
    width: int,
    height: int,
    braille: bool,
) -> Text:
    """The name and the value now above the line; the present time point is a bar, events stand below."""
    if values is None:
        return Text("no column of numbers to draw")
    rows = tracks.rows(track)
    times = tracks.data.t[rows]
    first, last = tracks.span(track)
    # The daughters of a division begin when the track has ended: its axis reaches to them.
    span = first, max([last, *(event.t for event in tracks.events(track))])
    here = values[times == now]
    value = f"{here[0]:.5g}" if len(here) and np.isfinite(here[0]) else "none"
    lines = max(1, height - 2)
    hint = "   c: another column" if width > 60 else ""
    chart = line_chart(times, values, span, max(8, width - 9), lines, now, braille)
    out = Text.assemble(
        (shorten(printable(name), max(8, width - len(hint) - 16)), "bold"),
        f"  t {now}: ",
        (value, "bold"),
        (hint, "dim"),
        "\n",
        no_wrap=True,
    )
    for at, line in enumerate(chart.lines):
        label = f"{chart.high:>8.4g}" if at == 0 else f"{chart.low:>8.4g}" if at == lines - 1 else " " * 8
        if lines == 1:
            label = f"{chart.high:>8.4g}"
        out.append(f"{label} ", "dim")
        if chart.column >= 0:
            out.append(line[: chart.column], "bold cyan")
            cell = line[chart.column]
            out.append("│" if cell in " ⠀" else cell, "bold reverse")
            out.append(line[chart.column + 1 :], "bold cyan")
        else:
            out.append(line, "bold cyan")
        out.append("\n")
    return out.append_text(_events_line(tracks, track, span, max(8, width - 9)))


def _events_line(tracks: Tracks, track: int, span: tuple[int, int], width: int) -> Text:
    cells = [" "] * width
    reach = max(span[1] - span[0], 1)
    for event in tracks.events(track):
        at = min(width - 1, max(0, round((event.t - span[0]) / reach * (width - 1))))
        cells[at] = _EVENTS[event.kind]
    return Text(" " * 9 + "".join(cells), "bold", no_wrap=True)


def tree_text(tracks: Tracks, track: int, now: int, width: int, height: int) -> Text:
    """The part of the lineage around the track; its name is reversed, those that are there now are bold."""
    lines = lineage_tree(tracks, track)
    own = next((at for at, line in enumerate(lines) if any(mark[2] == track for mark in line.marks)), 0)
    top = min(max(0, own - height // 2), max(0, len(lines) - height))
    start = next((mark[0] for mark in lines[own].marks if mark[2] == track), 0)
    left = max(0, start - width // 2) if display_width(lines[own].text) > width else 0
    out = Text(no_wrap=True, overflow="ellipsis")
    for at, line in enumerate(lines[top : top + height]):
        text = Text(line.text, no_wrap=True)
        for begin, end, other in line.marks:
            first, last = tracks.span(other)
            if other == track:
                text.stylize("bold reverse", begin, end)
            elif first <= now <= last:
                text.stylize("bold", begin, end)
        out.append("\n" if at else "").append_text(text[left : left + width])
    return out


_NO_TRACKS = (
    "nothing here has tracks: no time points, or no column that says which object is which; "
    "ctrl+o joins a table of tracks, esc goes back"
)
_FEW = 100_000
"""Objects up to which the table of tracks is made at once, without a thread."""


class TracksView(View):
    """What the keys do is done to the track under the cursor; its verdicts are of the level `track`."""

    HEADING = "Tracks"
    HAS_TABLE = True
    FOOTER = (
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
    TracksView #strip { height: 2fr; max-height: 11; background: black; border: none; }
    TracksView #times { height: 1; }
    TracksView #chart { height: 1fr; min-height: 4; max-height: 14; }
    TracksView #tree { height: auto; max-height: 40%; }
    """

    def __init__(self, context: ReviewContext, *, id: str | None = None) -> None:
        super().__init__(context, id=id)
        self.measurement = ""
        self._made_of: object = None
        self.film = FilmStrip(context)
        self.strip = self.film.picture
        self.times = Static(id="times")
        self.chart = Static(id="chart")
        self.family = Static(id="tree")
        self.details = Vertical(self.strip, self.times, self.chart, self.family, id="track")

    @property
    def table(self) -> LineTable:
        """The table of tracks."""
        return self.context.tables.tracks

    def compose(self) -> ComposeResult:
        """Table on the left, the track on the right; below each other in a narrow window."""
        yield self.table
        yield self.details

    # --- opening and leaving

    def refusal(self) -> str:
        """Without tracks there is nothing to see."""
        session = self.session
        if not session.cursor.layer:
            return "there is no object layer"
        return "" if session.cursor.tracks is not None or self.context.work.loading.pending else _NO_TRACKS

    def opened(self) -> None:
        """Judge tracks from now on."""
        self.session.cursor.level = "track"
        self._make_rows()
        self.table.focus()

    def left(self) -> None:
        """Objects are judged again."""
        if self.session.cursor.level == "track":
            self.session.cursor.level = "object"
        self.strip.cover()

    def on_focus(self) -> None:
        """Keys are for the table."""
        self.table.focus()

    def enter(self) -> None:
        """Home, at the object of the track."""
        self.session.cursor.level = "object"
        self.context.views.go_home(stay=False)

    # --- the rows

    def _make_rows(self) -> None:
        session, objects = self.session, self.session.tables.objects
        if objects is None or self._made_of is objects or session.cursor.tracks is None:
            return
        self._made_of = objects
        count = 0 if objects.total <= _FEW else LONG

        def done(rows: TrackRows) -> None:
            session.tables.set_track_rows(rows)
            self.table.content = Listing(rows, load_columns(f"tracks/{objects.layer}"))
            self.table.content_changed()
            if session.cursor.track is None and len(rows):
                session.cursor.go_row(0, "track")
            self.context.changed(Changes.PLACE)

        self.context.jobs.latest(
            "tracks",
            count,
            lambda cancelled: TrackRows(session.batch, objects),
            done,
            lambda error: self.context.say(str(error)),
        )

    @on(LineTable.Moved, "#track_table")
    def track_moved(self, event: LineTable.Moved) -> None:
        """The cursor went to another track: show it where it is most suspicious."""
        event.stop()
        self.session.cursor.go_row(self.table.row, "track")
        self.context.changed(Changes.PLACE)

    # --- what is shown

    def follow(self, changes: Changes = Changes.ALL) -> None:
        """Another track, time point, verdict or style."""
        session = self.session
        session.cursor.level = "track"
        self._make_rows()
        rows, tracks, track = session.tables.track_rows, session.cursor.tracks, session.cursor.track
        if rows is None or tracks is None:
            self.table.empty = (
                f"finding tracks … {self.context.work.loading.text}"
                if self.context.work.loading.text
                else _NO_TRACKS
            )
            self.table.refresh()
            return
        at = session.cursor.row
        if at is not None:
            self.table.go(at)
        self.table.refresh()
        title = Text(f"Tracks · {session.cursor.layer} · {len(rows):,}")
        set_titles(self.table, title, Text(printable(rows.order_name)))
        if track is None:
            return
        position = rows.position(session.cursor.image, track)
        why = "" if position is None else str(rows.view.frame["why"].iloc[position])
        name = f"image {session.cursor.record.key} · track {track} · lineage {tracks.lineage(track)}"
        self.details.border_title = printable(name + (f" · {why}" if why else "")).replace("[", "\\[")
        annotation = session.annotator.annotation
        said = [annotation.verdict, annotation.reason, annotation.note] if annotation is not None else []
        self.details.border_subtitle = printable(" · ".join(filter(None, said))).replace("[", "\\[")
        self._show_words()
        self._show_strip()

    def _show_words(self) -> None:
        session = self.session
        tracks, track = session.cursor.tracks, session.cursor.track
        if tracks is None or track is None:
            return
        name, values = measured(session, self.measurement)
        width, height = max(10, self.chart.size.width), max(2, self.chart.size.height)
        self.chart.update(
            chart_text(tracks, track, session.cursor.t, values, name, width, height, self._braille)
        )
        lines = max(1, self.details.size.height * 2 // 5)
        self.family.update(tree_text(tracks, track, session.cursor.t, width, lines))

    @property
    def _braille(self) -> bool:
        return protocol_of(self.context.output.caps.protocol).UNICODE

    def choose_colour(self) -> None:
        """The key for colours: which measurement is drawn over time."""
        objects = self.session.tables.objects
        if objects is None:
            return

        def chosen(name: str | None) -> None:
            if name is not None:
                self.measurement = name
                self._show_words()

        names = [n for n in objects.view.given if objects.view.kind(n) in ("integer", "float")]
        pick_column(
            self.context,
            "Draw over time",
            chosen,
            names=names,
            now=self.measurement or usual_measurement(self.session),
        )

    # --- the film strip

    def _show_strip(self) -> None:
        crops = self.film.show_track()
        if crops:
            self.times.update(times_text(crops, self.session.cursor.t, self.strip.size.width))

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
            self.strip.painted_over()

    def draw_again(self) -> None:
        """Nothing of ours is in the terminal."""
        self.strip.use(self.context.output.caps)
        self.film.forget()
        self.strip.send_again()
        self.follow()

    def cover(self) -> None:
        """Another screen lies above."""
        self.strip.cover()

    def uncover(self) -> None:
        """In sight again."""
        self.strip.uncover()
