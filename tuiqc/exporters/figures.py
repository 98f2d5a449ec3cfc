"""Plots as SVG, PNG or PDF files, drawn with matplotlib."""

from __future__ import annotations

import contextlib
import logging
import math
import os
from collections.abc import Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from tuiqc.dataset.picture_mark import figure_metadata
from tuiqc.dataset.plates.mapping import PlateMap
from tuiqc.dataset.plates.wells import row_name
from tuiqc.errors import UsageError
from tuiqc.exporters.guard import Output
from tuiqc.paths import cache_dir
from tuiqc.qc.verdict import ALL, FAIL, LABELS
from tuiqc.tables.heat import Heat
from tuiqc.tables.histograms import Boxes, Histogram
from tuiqc.tables.number_format import format_value

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

SUFFIXES = (".svg", ".png", ".pdf")
# Colours that those with any colour vision tell apart; hatches and markers say it again.
COLOURS = tuple(verdict.hex for verdict in ALL)
_HATCHES = ("", "//", "xx", "..")
_MARKERS = ("o", "^", "X", "s")
_MANY = 20_000
_TEXT_WELLS = 384

Floats = NDArray[np.float64]


def check_library() -> None:
    """Refuse early what would fail when all is computed.

    Raises
    ------
    UsageError
        The library that draws is not installed.
    """
    if find_spec("matplotlib") is None:
        raise UsageError('plots and reports need matplotlib: pip install "tuiqc[plots]"')
    _prepare_library()


def _prepare_library() -> None:
    """Containers have no home to write: it would say so in two lines, and list its fonts anew each time."""
    logging.getLogger("matplotlib").setLevel(logging.ERROR)
    if "MPLCONFIGDIR" in os.environ or os.access(Path("~").expanduser(), os.W_OK):
        return
    folder = cache_dir() / "matplotlib"
    with contextlib.suppress(OSError):
        folder.mkdir(parents=True, exist_ok=True)
        os.environ["MPLCONFIGDIR"] = str(folder)


def save(figure: Figure, output: Output, dpi: int = 150) -> None:
    """Write a figure; the same figure gives the same file. Raises UsageError, InputError."""
    import matplotlib

    metadata = figure_metadata(output.suffix)
    with (
        matplotlib.rc_context({"svg.fonttype": "none", "svg.hashsalt": "tuiqc"}),
        output.writing() as temporary,
    ):
        figure.savefig(temporary, format=output.suffix[1:], dpi=dpi, metadata=metadata)


def _figure(width: float = 7.0, height: float = 4.5) -> Figure:
    from matplotlib.figure import Figure

    return Figure(figsize=(width, height), layout="constrained")


def histogram_figure(found: Histogram, column: str, title: str, noun: str = "objects") -> Figure:
    """Draw a histogram of `found.counts` (4, bins): unreviewed, pass, fail, unsure on top of each other."""
    from matplotlib.ticker import MaxNLocator

    figure = _figure()
    axes = figure.add_subplot()
    below = np.zeros(found.counts.shape[1])
    widths = np.diff(found.edges)
    for kind, counts in enumerate(found.counts):
        some = counts > 0  # a bar of none would be drawn as a line
        if some.any():
            axes.bar(
                found.edges[:-1][some],
                counts[some],
                widths[some],
                below[some],
                align="edge",
                color=COLOURS[kind],
                hatch=_HATCHES[kind],
                edgecolor="white",
                linewidth=0.4,
                label=f"{LABELS[kind]} ({int(counts.sum()):,})",
            )
            below = below + counts
    axes.set_xlabel(_plain(column))
    axes.set_ylabel(noun)
    axes.yaxis.set_major_locator(MaxNLocator(integer=True))
    _finish(axes, title)
    return figure


def scatter_figure(
    x: Floats, y: Floats, codes: NDArray[Any], names: tuple[str, str], title: str, by: tuple[str, Any] | None
) -> Figure:
    """Draw points coloured by verdict (`codes`, 0 to 3), or by a column: (name, float64 values or texts).

    More than 20,000 points are binned into hexagons.
    """
    figure = _figure(7, 5.5)
    axes = figure.add_subplot()
    known = np.isfinite(x) & np.isfinite(y)
    if by is not None and isinstance(by[1], np.ndarray) and by[1].dtype.kind == "f":
        _by_value(figure, axes, x[known], y[known], by[1][known], by[0])
    elif by is not None:
        _by_category(axes, x[known], y[known], np.asarray(by[1], dtype=object)[known], by[0])
    elif known.sum() > _MANY:
        drawn = axes.hexbin(x[known], y[known], gridsize=90, bins="log", mincnt=1, cmap="viridis")
        figure.colorbar(drawn, ax=axes, label="objects")
    else:
        for kind, name in enumerate(LABELS):
            some = known & (codes == kind)
            if some.any():
                axes.scatter(
                    x[some],
                    y[some],
                    14 if kind == 0 else 28,
                    COLOURS[kind],
                    marker=_MARKERS[kind],
                    alpha=0.75,
                    linewidths=0,
                    label=f"{name} ({int(some.sum()):,})",
                )
    axes.set_xlabel(_plain(names[0]))
    axes.set_ylabel(_plain(names[1]))
    _finish(axes, title)
    return figure


def _by_value(figure: Figure, axes: Axes, x: Floats, y: Floats, values: Floats, name: str) -> None:
    low, high = np.nanquantile(values, [0.01, 0.99]) if np.isfinite(values).any() else (0.0, 1.0)
    if len(x) > _MANY:
        drawn: Any = axes.hexbin(
            x, y, np.nan_to_num(values), gridsize=90, reduce_C_function=np.mean, vmin=low, vmax=high
        )
    else:
        drawn = axes.scatter(x, y, 18, values, vmin=low, vmax=high, linewidths=0.4, edgecolors="#404040")
    figure.colorbar(drawn, ax=axes, label=_plain(name))


def _by_category(axes: Axes, x: Floats, y: Floats, texts: NDArray[Any], name: str) -> None:
    from tuiqc.render.colormaps import glasbey

    values, counts = np.unique(texts.astype(str), return_counts=True)
    shown = values[np.argsort(-counts, kind="stable")][:12]
    colours = glasbey(16) / 255 * 0.85
    for number, value in enumerate(shown.tolist()):
        some = texts.astype(str) == value
        marker = "o^sDvP*X"[number % 8]
        axes.scatter(
            x[some],
            y[some],
            16,
            [colours[number]],
            marker=marker,
            linewidths=0,
            label=_plain(value or "none"),
        )
    if len(values) > len(shown):
        rest = ~np.isin(texts.astype(str), shown)
        axes.scatter(
            x[rest], y[rest], 10, "#bbbbbb", linewidths=0, label=f"{len(values) - len(shown)} others"
        )
    axes.legend(title=_plain(name), fontsize="small")


def boxes_figure(
    found: Boxes,
    groups: Sequence[str],
    names: tuple[str, str],
    title: str,
    outside: Sequence[Floats],
) -> Figure:
    """Draw a box per group; under each its number of values. `outside` has those beyond the whiskers of each group."""
    figure = _figure(max(6.0, min(24.0, 1.5 + 0.45 * len(groups))), 4.5)
    axes = figure.add_subplot()
    stats = [
        {
            "med": found.median[at],
            "q1": found.first[at],
            "q3": found.third[at],
            "whislo": found.low[at],
            "whishi": found.high[at],
            "fliers": outside[at],
            "label": f"{_plain(name)}\n{int(found.counts[at])}",
        }
        for at, name in enumerate(groups)
        if found.counts[at]
    ]
    if stats:
        axes.bxp(
            stats,
            flierprops={"marker": "o", "markersize": 3.5, "markeredgecolor": "#606060"},
            patch_artist=True,
            boxprops={"facecolor": "#cfe3f2"},
            medianprops={"color": FAIL.hex, "linewidth": 2},
        )
    if len(stats) > 12:
        axes.tick_params(axis="x", rotation=90, labelsize="small")
    axes.set_xlabel(f"{_plain(names[1])} (with the number of values)")
    axes.set_ylabel(_plain(names[0]))
    _finish(axes, title)
    return figure


def plate_figure(found: Heat, plates: PlateMap, title: str) -> Figure:
    """Draw a heat map per plate, with the value in each well and the medians of rows and columns beside it."""
    rows, columns = plates.shape
    scale = 0.62 if plates.wells <= 96 else 0.42 if plates.wells <= 384 else 0.3
    size = (columns * scale + 2.6, (rows * scale * 0.8 + 1.3) * len(plates.plates) + 0.5)
    figure = _figure(max(6.0, size[0]), max(3.0, size[1]))
    low, high = found.limits
    all_axes: Any = figure.subplots(len(plates.plates), 1, squeeze=False)
    for number, axes in enumerate(all_axes[:, 0]):
        drawn = _plate(axes, found, number, (low, high if high > low else low + 1))
        axes.set_xlabel("medians: of columns below, of rows at the right", fontsize="x-small", labelpad=16)
        if plates.plates[number]:
            axes.set_title(f"plate {_plain(plates.plates[number])}", fontsize="medium", loc="left")
        figure.colorbar(drawn, ax=axes, label=_plain(found.label), shrink=0.8, aspect=20, pad=0.05)
    figure.suptitle("\n".join(map(_plain, title.splitlines())), fontsize="medium", x=0.02, ha="left")
    return figure


def _plate(axes: Axes, found: Heat, number: int, limits: tuple[float, float]) -> Any:
    rows, columns = found.values.shape[1:]
    drawn = axes.imshow(found.values[number], vmin=limits[0], vmax=limits[1], cmap="viridis", aspect="auto")
    axes.set_facecolor((0.5, 0.5, 0.5, 0.15))  # wells without a value, on light and dark ground
    axes.set_xticks(range(columns), [str(c + 1) for c in range(columns)], fontsize="x-small")
    axes.set_yticks(range(rows), [row_name(r) for r in range(rows)], fontsize="x-small")
    axes.tick_params(length=0, top=True, labeltop=True, bottom=False, labelbottom=False)
    small: dict[str, Any] = {"ha": "center", "va": "center", "fontsize": "x-small" if rows <= 8 else 4.5}
    middle = (limits[0] + limits[1]) / 2
    if rows * columns <= _TEXT_WELLS:
        for (row, column), value in np.ndenumerate(found.values[number]):
            if math.isfinite(value):
                colour = "black" if value > middle else "white"
                axes.text(column, row, short(value), color=colour, **small)
    for row, value in enumerate(found.row_medians(number)):
        if math.isfinite(value):
            axes.text(columns - 0.4, row, short(value), **{**small, "ha": "left"})
    for column, value in enumerate(found.column_medians(number)):
        if math.isfinite(value) and columns <= 24:
            # In points from the edge: rows of wells are of any height, and the line below must not be reached.
            at = (column, rows - 0.5)
            axes.annotate(short(value), at, (0, -2), textcoords="offset points", **{**small, "va": "top"})
    for side in axes.spines.values():
        side.set_visible(False)
    return drawn


def short(value: float) -> str:
    """A number in at most about five signs."""
    if not math.isfinite(value):
        return ""
    if value == int(value) and abs(value) < 1e5:
        return str(int(value))
    return f"{value:.0f}" if 100 <= abs(value) < 1e5 else f"{value:.3g}"


def _finish(axes: Axes, title: str) -> None:
    axes.set_title(_plain(title), loc="left", fontsize="medium")
    axes.spines[["top", "right"]].set_visible(False)
    if axes.get_legend_handles_labels()[1] and axes.get_legend() is None:
        axes.legend(fontsize="small")


def _plain(text: str) -> str:
    """Text that matplotlib takes as it is: `$` would begin a formula."""
    return format_value(text, "text").replace("$", r"\$")
