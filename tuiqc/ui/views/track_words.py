"""The lines of text of the track view: times under the film strip, chart, lineage."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
from rich.text import Text

from tuiqc.text import display_width, printable, shorten
from tuiqc.tracks.chart import line_chart
from tuiqc.tracks.data import Tracks
from tuiqc.tracks.lineage import lineage_tree
from tuiqc.tracks.strip import Crop

if TYPE_CHECKING:
    from numpy.typing import NDArray

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
