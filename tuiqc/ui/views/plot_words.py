"""What is said above and below a plot."""

from __future__ import annotations

from collections.abc import Callable

from rich.segment import Segment
from rich.style import Style
from rich.text import Text
from textual.strip import Strip

from tuiqc.plots.plot import Plot
from tuiqc.plots.raster import SELECTED_RGB, VERDICT_RGB
from tuiqc.qc.verdict import ALL, NONE
from tuiqc.text import display_width, printable, shorten
from tuiqc.ui.views.plate_layout import value_text


def text_line(text: str, width: int, *, bold: bool = False) -> Strip:
    """A line of one style."""
    return Strip([Segment(shorten(printable(text), width), Style(bold=bold))]).adjust_cell_length(width)


def title_line(made: Plot, noun: str, remark: str, width: int) -> Strip:
    """What is plotted, of how many `noun`, and a remark that goes before it where there is no room."""
    choice = made.choice
    what = {
        "histogram": f"Histogram of {choice.x}",
        "scatter": f"{choice.y} by {choice.x}",
        "box": f"{choice.x} for each {choice.group}",
    }[choice.kind]
    tail = f" · {len(made.points.codes):,} {noun}"
    end = f"  {remark} " if remark else ""
    text = shorten(printable(what), max(8, width - len(tail) - len(end))) + tail
    parts = [Segment(text, Style(bold=True))]
    if end:
        parts.append(Segment(end, Style(reverse=True)))
    return Strip(parts).adjust_cell_length(width)


def legend_text(made: Plot, *, pixels: bool, short: bool) -> Text:
    """Signs of the verdicts with their numbers; `short` leaves out the words."""
    codes, text = made.points.codes, Text(no_wrap=True)
    judged = [code for code in range(1, len(ALL)) if (codes == code).any()]
    for code in [0, *judged] if judged else []:
        name = "" if short else ("none ", "pass ", "fail ", "unsure ")[code]
        sign = ALL[code].sign if code else "●" if pixels else NONE.sign
        text.append(f" {sign} {name}{int((codes == code).sum()):,} ", _css(VERDICT_RGB[code].tolist()))
    if count := int(made.points.selected.sum()):
        sign = "○" if pixels and made.choice.kind != "histogram" else "*"
        text.append(f" {sign} {'' if short else 'selected '}{count:,} ", _css(SELECTED_RGB.tolist()))
    if made.raster is not None and made.raster.crowd:
        text.append(f" {'' if short else 'brightest: '}{made.raster.crowd:,} in a cell ")
    return text


def _css(rgb: list[int]) -> str:
    return f"rgb({rgb[0]},{rgb[1]},{rgb[2]})"


def current_line(made: Plot, at: int | None, word: str, said: str, name: str, width: int) -> Strip:
    """The values of the current point; `word` for what the points are, `said` its verdict and reason."""
    if at is None:
        return text_line(f"▌ no {word} of the plot is current: an arrow goes to one", width, bold=True)
    texts = (_current_text(made, at, said, name, part) for part in (str, last_part))
    fitting = next((text for text in texts if display_width(text) <= width), None)
    return text_line(fitting or _current_text(made, at, said, name, last_part), width, bold=True)


def last_part(name: str) -> str:
    """A column's name without what it has in common with many: `Solidity` of `AreaShape_Solidity`."""
    last = name.rsplit("_", 1)[-1]
    return last if any(map(str.isalpha, last)) else name


def _current_text(made: Plot, at: int, said: str, name: str, part: Callable[[str], str]) -> str:
    choice = made.choice
    parts = [f"▌{part(choice.x)} {_value(made.points.x[at])}"]
    if choice.kind == "scatter":
        parts.append(f"{part(choice.y)} {_value(made.points.y[at])}")
    if made.boxes is not None and made.groups is not None:
        group = int(made.groups[at])
        parts.append(f"median of {made.names[group]} {_value(made.boxes.median[group])}")
    if said:
        parts.append(f"{ALL[int(made.points.codes[at])].sign} {said}")
    return " · ".join([*parts, name])


def _value(value: float) -> str:
    return value_text(float(value), 9) or "missing"
