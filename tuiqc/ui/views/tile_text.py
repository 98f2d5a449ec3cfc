"""The lines of text of a sheet of tiles: what stands above it, and the cells of a tile that are not its picture."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from textwrap import wrap

from rich.segment import Segment
from rich.style import Style
from rich.text import Text
from textual.strip import Strip

from tuiqc.picture.tile_layout import TileSize
from tuiqc.text import display_width, printable, shorten
from tuiqc.ui.tiles import Tile
from tuiqc.ui.views.tile_frames import BLANK, CURSOR, HEADING, NOTE, SOLID, FrameLook, Rgb, css, frame_row


@dataclass(frozen=True, slots=True)
class Shown:
    """What a tile on the screen looks like, but for its picture."""

    index: int
    look: FrameLook
    caption: str
    colour: Rgb | None
    selected: bool


def sheet_text(parts: Sequence[str], indices: Sequence[int], count: int, width: int) -> Text:
    """What is shown, the most important first, as much as fits; on the right which of how many are in sight."""
    where = f"{min(indices) + 1:,}-{max(indices) + 1:,} of {count:,} " if indices else ""
    room = max(1, width - len(where) - 2)
    fitting = list(parts)
    while len(fitting) > 1 and display_width(" · ".join(fitting)) > room:
        fitting.pop()
    said = shorten(printable(" · ".join(fitting)), room)
    pad = " " * (width - 1 - display_width(said) - len(where))
    return Text(f" {said}{pad}{where}", style="bold", no_wrap=True)


def strip_of_text(segments: Sequence[Segment], width: int) -> Strip:
    """Text on the ground of a sheet."""
    parts = [Segment(one.text, BLANK + one.style) for one in segments if one.text]
    return Strip(parts).adjust_cell_length(width, BLANK)


def blank_strip(width: int, note: str = "") -> Strip:
    """A row without tiles, with a note in its middle."""
    style = NOTE if note else BLANK
    return Strip([Segment(note.center(width)[:width], style)]).adjust_cell_length(width, BLANK)


def heading_strip(name: str, size: int, width: int) -> Strip:
    """The heading of a group of so many tiles."""
    text = shorten(f" {printable(name)} · {size:,} ", width)
    return Strip([Segment(text, HEADING)]).extend_cell_length(width, BLANK)


def frame_segments(shown: Shown, tile: TileSize, inner: int) -> list[Segment] | None:
    """Row `inner` of a tile if it belongs to its frame, None if there is a part of its picture in it."""
    first = tile.frame_rows - 1
    if first <= inner < tile.picture[1] + first:
        return None
    caption = "" if inner < first else shown.caption
    marked = shown.selected and (inner < first or not first)
    return frame_row(shown.look, shown.colour, tile.width, caption, marked)


def sides_of(shown: Shown, picture: Sequence[Segment]) -> list[Segment]:
    """A row of the picture between the sides of its frame."""
    side = SOLID if shown.look is CURSOR else Style(color=css(shown.colour), bgcolor="rgb(0,0,0)")
    return [Segment(shown.look.left, side), *picture, Segment(shown.look.right, side)]


def picture_segments(
    strips: Sequence[Strip] | None, tile: Tile | None, row: int, columns: int, rows: int
) -> list[Segment]:
    """A row of a tile's picture: its cells as text, blank ones, that it is being made, or why there is none."""
    if strips is not None and row < len(strips):
        return list(strips[row])
    text = ""
    if tile is None and row == rows // 2:
        text = "…".center(columns)
    elif tile is not None and tile.rgb is None:
        lines = wrap(printable(f"broken: {tile.trouble}"), max(1, columns))[:rows]
        text = lines[row].center(columns) if row < len(lines) else ""
    return [Segment(text.ljust(columns)[:columns], NOTE)]
