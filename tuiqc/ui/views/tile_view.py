"""A sheet of tiles on the screen: what is in sight of a source, how it is painted, and how its keys move in it."""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from functools import partial
from typing import TYPE_CHECKING, Generic, TypeVar

from rich.segment import Segment
from rich.text import Text
from textual import events, on
from textual.geometry import Offset, Region
from textual.strip import Strip

from tuiqc.picture.tile_layout import Line, Move, TileLayout, TileSize
from tuiqc.qc.verdict import SIGNS
from tuiqc.review.changes import Changes
from tuiqc.terminal.protocols.picture_protocol import protocol_of
from tuiqc.ui.empty_states import NO_LAYER, rows_empty
from tuiqc.ui.jump_letters import JumpTarget, Letters
from tuiqc.ui.sheet_ground import Ground
from tuiqc.ui.tile_board import Slot, TileBoard
from tuiqc.ui.tiles import MEMORY_BYTES, PageMade, TileJob, TileMade, TileMaker
from tuiqc.ui.views.tile_page import BLANK, CURSOR, FRAMES, LOOK_OF, BoxDrag, TilePage
from tuiqc.ui.views.tile_source import (
    Shown,
    TileSource,
    blank_strip,
    frame_segments,
    heading_strip,
    picture_segments,
    sheet_text,
    sides_of,
    strip_of_text,
)
from tuiqc.ui.views.view import View

if TYPE_CHECKING:
    from tuiqc.ui.context import ReviewContext

_NEAR = 2
"""So many pages ahead and one behind are made when all in sight are there."""
_EMPTY = (55, 55, 62)
"""The frame of a place with nothing."""

_Job = tuple[Hashable, TileJob]


S = TypeVar("S", bound=TileSource, covariant=True)


class TileView(View, Generic[S]):
    """Tiles of a source in its order; a row of text above and below.

    Attributes
    ----------
    source
        What the tiles are of.
    columns
        How many are side by side, if the person said so; else 0.
    page
        Where they stand.
    maker, board
        What makes the pictures, and what brings them onto the screen.
    """

    DEFAULT_CSS = "TileView { background: black; }"

    def __init__(self, context: ReviewContext, source: S, *, id: str | None = None) -> None:
        super().__init__(context, id=id)
        self.source = source
        self.HEADING, self.LEVEL = source.HEADING, source.LEVEL
        self.PLACES, self.FOOTER = source.PLACES, source.FOOTER
        self.WITH_CANDIDATES = source.WITH_CANDIDATES
        memory = context.pictures.sheet_memory(MEMORY_BYTES)
        self.maker = TileMaker(source.painter, self, context.output.caps, memory)
        self.board = TileBoard(self, self.maker.get, context.output, context.output.caps, self._paint_text)
        self.columns = 0
        self.page = TilePage(TileLayout(0, 1, 1), TileSize(4, 3), 0, (0, 0))
        self._lower = False
        self._looks: object = None
        self._shown: dict[int, Shown] = {}
        self._texts: tuple[Text, Text] = (Text(), Text())
        self._at: dict[Offset, Hashable] = {}
        self._letters: Letters | None = None
        self._drag: BoxDrag | None = None
        self._range: tuple[int, int, object] | None = (
            None  # begin and end of the last one, and in which order
        )

    def refusal(self) -> str:
        """That of the source."""
        return self.source.refusal()

    def enter(self) -> None:
        """As the source has it."""
        self.source.enter()

    def choose_colour(self) -> None:
        """As the source has it."""
        self.source.choose_colour()

    # --- what is in sight

    @property
    def legend_rows(self) -> int:
        """1, but 0 where filters or a selection took a row: what verdicts look like stands with their counts too.

        So the tiles stay as they are when one is selected.
        """
        return 0 if self._lower and self.source.by_verdict else 1

    @property
    def area(self) -> tuple[int, int]:
        """Columns and rows of cells for tiles."""
        return self.size.width, max(0, self.size.height - 1 - self.legend_rows)

    def follow(self, changes: Changes = Changes.ALL) -> None:
        """Show the tiles around the cursor as they are now."""
        area = self.area
        if not self.display or area[0] < 4 or area[1] < 3:
            return
        layout, tile = self.source.arrange(area, self.columns)
        cursor = self.source.cursor
        top = layout.snapped(min(self.page.top, layout.last_top(area[1])))
        if cursor is not None and self.source.count:
            top = layout.scrolled(top, area[1], cursor)
        self.page = TilePage(layout, tile, top, area)
        self.board.ground = Ground.of(self)
        self._show(cursor)

    def _show(self, cursor: int | None) -> None:
        positions = {index: self.source.position(index) for index in self.page.indices}
        jobs = {index: self._job(at) for index, at in positions.items() if at >= 0}
        slots = [Slot(key, self.page.picture(at), _rank(at, cursor)) for at, (key, _) in jobs.items()]
        before, self._shown = self._shown, {at: self._look(at, one, cursor) for at, one in positions.items()}
        texts, self._texts = self._texts, (self._heading(), self._legend())
        places, self._at = self._at, {slot.region.offset: slot.key for slot in slots}
        repaint = self._looks != self.page.looks
        self._looks = self.page.looks
        if repaint:
            self.refresh()
        else:
            self._paint_changes(before, texts, places)
        self.board.show(slots, repaint=repaint)
        self._want(jobs, cursor)
        self.context.views.shows()

    def _paint_changes(
        self, before: Mapping[int, Shown], texts: tuple[Text, Text], places: Mapping[Offset, Hashable]
    ) -> None:
        """Paint what is not as it was, of tiles that stand where they stood."""
        regions = [
            one
            for index, shown in self._shown.items()
            if before.get(index) != shown
            for one in self.page.frame(index)
        ]
        if texts != self._texts:
            ends = (0, *([self.size.height - 1] if self.legend_rows else []))
            self.refresh(*(Region(0, y, self.size.width, 1) for y in ends))
        known = set(places.values())
        regions += [Region(*at, *self.page.tile.picture) for at, key in self._at.items() if key not in known]
        # On a plate a well may have no image where another plate has one.
        regions += [Region(*at, *self.page.tile.picture) for at in places if at not in self._at]
        if regions:
            self.paint(regions)

    def _job(self, position: int) -> _Job:
        return self.source.spec(position, self.page.tile.picture)

    def _look(self, index: int, position: int, cursor: int | None) -> Shown:
        source = self.source
        if position < 0:
            return Shown(index, LOOK_OF[""], source.empty_caption(index), _EMPTY, False)
        verdict, colour, rows = source.verdict(position), source.frame_colour(position), source.rows
        look = CURSOR if index == cursor else LOOK_OF["" if colour is None and not verdict else "judged"]
        caption = f"{SIGNS[verdict]} {source.caption(position)}"
        chosen = rows is not None and position in rows.selection  # a candidate never is
        return Shown(index, look, caption, colour if colour is not None else FRAMES[verdict], chosen)

    def _want(self, jobs: Mapping[int, _Job], cursor: int | None) -> None:
        """Ask for the tiles in sight, the nearest to the cursor first, then for those that the next keys may show."""
        wanted = [jobs[index] for index in sorted(jobs, key=lambda index: _rank(index, cursor))]
        if jobs and self.source.ORDERED:
            first, last = min(jobs), max(jobs)
            page = last - first + 1
            ahead = range(last + 1, min(last + 1 + _NEAR * page, self.source.count))
            behind = range(first - 1, max(-1, first - 1 - page), -1)
            wanted += [self._job(self.source.position(index)) for index in (*ahead, *behind)]
        self.maker.want(wanted)

    def shows_current(self) -> bool:
        """Whether the tile under the cursor is made."""
        return any(slot.rank == 0 and self.maker.get(slot.key) is not None for slot in self.board.slots)

    # --- text

    def _heading(self) -> Text:
        source, count = self.source, self.source.count
        order = [source.order_name] if source.order_name else []
        columns = f"{self.page.layout.columns} columns"
        parts = [f"{source.HEADING} · {count:,} {source.WORD}", *order, *source.remarks(), columns]
        return sheet_text(parts, list(self._shown), count, self.size.width)

    def _legend(self) -> Text:
        text = self.source.legend(self.size.width)
        text.truncate(self.size.width)
        return text

    def render_line(self, y: int) -> Strip:
        """One row of cells."""
        width, ground = self.size.width, self.board.ground
        if y == 0 or y > self.area[1]:
            return ground.strip(
                strip_of_text(list(self._texts[0 if y == 0 else 1].render(self.app.console)), width)
            )
        found = self.page.line_at(y)
        if found is not None:
            line, inner = found
            if line.heading:
                size = self.page.layout.group_size(line.group)
                return ground.strip(heading_strip(self.source.heading(line.group), size, width))
            strip = self._tiles_strip(line, inner)
            return strip if self._letters is None else self._letters.over(strip, y)
        nothing = y == self.size.height // 2 and not self.page.lines
        return ground.strip(blank_strip(width, self._nothing() if nothing else ""))

    def _nothing(self) -> str:
        rows = self.source.rows
        if rows is None:
            return self.context.work.loading.text or NO_LAYER
        return rows_empty(rows, self.context.status.keys, self.source.WORD)

    def _tiles_strip(self, line: Line, inner: int) -> Strip:
        ground, segments = self.board.ground, list[Segment]()
        for index in range(line.start, line.stop):
            shown = self._shown.get(index)
            if shown is None:
                continue
            frame = frame_segments(shown, self.page.tile, inner)
            if frame is None:
                left, *picture, right = sides_of(shown, self._picture(index, inner))
                segments += [*ground.segments([left]), *picture, *ground.segments([right])]
            else:
                segments += ground.segments(frame)
        rest = self.size.width - sum(segment.cell_length for segment in segments)
        segments += ground.segments([Segment(" " * rest, BLANK)] if rest > 0 else [])
        return Strip(segments).crop(0, self.size.width)

    def _picture(self, index: int, inner: int) -> list[Segment]:
        region, row = self.page.picture(index), inner - self.page.tile.frame_rows + 1
        if region.offset not in self._at:
            return self.board.ground.segments([Segment(" " * region.width, BLANK)])
        key = self._at[region.offset]
        return picture_segments(self.board.strips(key), self.maker.get(key), row, region.width, region.height)

    def _paint_text(self) -> None:
        """Paint all that is not a tile's picture."""
        regions = [one for index in self._shown for one in self.page.frame(index)]
        regions += self.page.headings
        for slot in self.board.slots:
            tile = self.maker.get(slot.key)
            if tile is None or tile.rgb is None:
                regions.append(slot.region)
        self.paint(regions)

    def paint(self, regions: Sequence[Region]) -> None:
        """Paint these cells, and no others.

        Textual paints what lies left of a region too, which would wipe a picture of the whole page; so beside one they
        are written here. What Textual paints later is the same.
        """
        if not protocol_of(self.context.output.caps.protocol).TOGETHER:
            self.refresh(*regions)
            return
        if self.board.covered or not self.is_on_screen:
            return
        offset = self.region.offset
        text = []
        for region in regions:
            for y in range(region.y, region.bottom):
                text.append(f"\x1b[{offset.y + y + 1};{offset.x + region.x + 1}H")
                text.append(self.render_line(y).crop(region.x, region.right).render(self.app.console))
        self.context.output.write_text("\x1b7" + "".join(text) + "\x1b8")
        self.context.output.when_drawn(self.region)

    # --- keys and mouse

    def move(self, move: Move) -> None:
        """Move the cursor; a page takes the tiles along by as many whole lines as are in sight."""
        page = self.page
        if move in ("page_up", "page_down") and self.source.ORDERED:
            step = page.area[1] // page.tile.height * page.tile.height
            top = page.layout.snapped(page.top + (step if move == "page_down" else -step))
            self.page = TilePage(page.layout, page.tile, top, page.area)
        self.source.move(page.layout, move, page.area[1])

    # --- letters of tiles

    def jump_targets(self) -> list[JumpTarget]:
        """The tiles in sight that show something; their letters stand in the caption."""
        foot = Offset(0, self.page.tile.height - 1)
        filled = [index for index in self._shown if self.source.position(index) >= 0]
        return [JumpTarget(*(self.page.corner(at) + foot), partial(self.source.go, at)) for at in filled]

    def show_letters(self, letters: Letters | None) -> None:
        """Show letters at the tiles, or none any more."""
        self._letters = letters
        self.paint([one for index in self._shown for one in self.page.frame(index)])

    def change_columns(self, step: int) -> None:
        """More columns of smaller tiles, or fewer of larger ones."""
        columns = self.source.columns_after(self.page.layout.columns, step, self.area[0])
        if columns is not None:
            self.columns = columns
            self.follow()

    def extend(self, move: Move) -> None:
        """Move, and select all from where the range began to there, and no more of it."""
        rows, now = self.source.rows, self.source.cursor
        if not self.source.ORDERED:
            self.move(move)
            return
        if rows is None or now is None:
            return
        order = rows.view.order
        began, ended, of = self._range or (now, now, order)
        if ended != now or of is not order:
            began = now
        target = self.page.layout.move(now, move, self.page.area[1])
        self.source.select_range(began, now, on=False)
        self.source.select_range(began, target, on=True)
        self._range = (began, target, order)
        self.source.go(target)
        self.context.changed(Changes.SELECTION)

    def select_page(self) -> None:
        """Select all tiles in sight; again: none of them."""
        found = self.source.selectable([self.source.position(index) for index in self._shown])
        if not found:
            return
        wanted = self.source.select_all(found)
        words = "selected: p f u judge them" if wanted else "no longer selected"
        self.context.say(f"{len(found):,} in sight {words}")

    @on(events.MouseDown)
    @on(events.MouseMove)
    @on(events.MouseUp)
    def draw_box(self, event: events.MouseEvent) -> None:
        """A box that is drawn around tiles selects them; those that it leaves again are what they were."""
        index = self.page.index_at(event.get_content_offset_capture(self))
        if isinstance(event, events.MouseDown):
            self._drag = BoxDrag(index, index) if event.button == 1 and index is not None else None
            if self._drag is not None:
                self.capture_mouse()
            return
        drag, rows = self._drag, self.source.rows
        if drag is None or rows is None:
            return
        if isinstance(event, events.MouseUp):
            self.release_mouse()
            if drag.drawn:
                self.source.go(drag.last)
                self.context.say(f"{len(drag.before):,} selected: p f u judge them")
        elif index is not None and index != drag.last:
            inside = [self.source.position(one) for one in self.page.within(drag.first, index)]
            for position, wanted in drag.to(
                index, self.source.selectable(inside), rows.selection.__contains__
            ):
                rows.selection.set(position, wanted)
            self.context.changed(Changes.SELECTION)

    def on_click(self, event: events.Click) -> None:
        """A click goes to a tile, a double click opens it."""
        drag, self._drag = self._drag, None
        if drag is not None and drag.drawn:
            return
        offset = event.get_content_offset(self)
        index = None if offset is None else self.page.index_at(offset)
        if index is not None:
            self.source.go(index)
            if event.chain >= 2 and event.button == 1:
                self.enter()

    @on(events.MouseScrollDown)
    @on(events.MouseScrollUp)
    def turn_wheel(self, event: events.MouseEvent) -> None:
        """A line down or up."""
        event.stop()
        self.move("down" if isinstance(event, events.MouseScrollDown) else "up")

    # --- pictures

    def on_tile_made(self, event: TileMade) -> None:
        """A tile is ready."""
        self.board.made(event.key)
        self.context.views.shows()

    def on_page_made(self, event: PageMade) -> None:
        """The picture of the page is ready."""
        self.board.page_made()

    def on_resize(self) -> None:
        """Another size: other tiles."""
        self._lower = self.context.status.chip_line.display
        self._looks = None
        self.follow()

    def opened(self) -> None:
        """Draw all anew."""
        caps = self.context.output.caps
        if caps != self.board.caps:
            self.maker.use(caps)
            self.board.lost(caps)
        self._lower = self.context.status.chip_line.display
        self._looks = None

    def left(self) -> None:
        """No tiles are wanted."""
        self.maker.want([])
        self.board.hide()

    def draw_again(self) -> None:
        """Nothing of ours is in the terminal."""
        self.maker.use(self.context.output.caps)
        self.board.lost(self.context.output.caps)
        self._looks = None
        self.refresh()
        self.follow()

    def painted_over(self, regions: Sequence[Region] | None) -> None:
        """Pictures over these cells are wiped."""
        self.board.painted_over(regions)

    def cover(self) -> None:
        """A dialog lies above."""
        self.board.cover()

    def uncover(self) -> None:
        """No dialog any more."""
        self.board.uncover()

    def on_unmount(self) -> None:
        """End the threads."""
        self.maker.stop()
        self.board.stop()


def _rank(index: int, cursor: int | None) -> int:
    return abs(index - (cursor if cursor is not None else 0))
