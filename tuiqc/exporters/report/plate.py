"""Heat maps of plates, each as a figure and as a table of its wells."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from tuiqc.dataset.model import Batch
from tuiqc.dataset.plates.mapping import PlateMap, plate_map
from tuiqc.dataset.plates.wells import row_name
from tuiqc.exporters import figures
from tuiqc.exporters.report.sheets import inline_svg
from tuiqc.plots.quantities import COUNT, FAILED, Quantity, heat_of
from tuiqc.review.rows import Rows
from tuiqc.tables.heat import Heat

if TYPE_CHECKING:
    from markupsafe import Markup
    from numpy.typing import NDArray

MOST_PLATES = 8


@dataclass(frozen=True)
class PlateTable:
    """The values of one plate as text: names of rows and columns, and a cell for each well, "" for none."""

    name: str
    columns: tuple[str, ...]
    rows: tuple[tuple[str, tuple[str, ...]], ...]
    edge: str


@dataclass(frozen=True)
class PlateHeat:
    """A number per well."""

    label: str
    low: str
    high: str
    figure: Markup
    tables: tuple[PlateTable, ...]


@dataclass(frozen=True)
class Plates:
    """All heat maps of a batch, how its wells were found, and in `chosen` which plates are shown ("" for all)."""

    said: str
    chosen: str
    names: tuple[str, ...]
    wells: int
    heats: tuple[PlateHeat, ...]


def plates_of(batch: Batch, rows: Rows, columns: list[str]) -> Plates | None:
    """Return heat maps of the failed share, of the number of things, and of the medians of `columns`.

    None where nothing says which wells the images are of. Of more than `MOST_PLATES` plates the worst are shown. A
    map without any value (no verdicts yet) is left out.
    """
    plates = plate_map(batch)
    if plates is None:
        return None
    kept, chosen = _worst(heat_of(rows, plates, Quantity(FAILED)))
    shown = replace(plates, plates=tuple(plates.plates[at] for at in kept))
    heats = []
    for number, quantity in enumerate(
        (Quantity(FAILED), Quantity(COUNT), *(Quantity("median", c) for c in columns))
    ):
        found = heat_of(rows, plates, quantity)
        found = replace(found, values=found.values[kept], counts=found.counts[kept])
        if any(math.isfinite(value) for value in found.values.ravel().tolist()):
            heats.append(_heat(found, shown, f"plate{number}"))
    names = tuple(name for name in plates.plates if name)
    return Plates(plates.said, chosen, names, plates.wells, tuple(heats))


def _worst(failed: Heat) -> tuple[NDArray[np.intp], str]:
    """Numbers of the plates to show, and in words which they are; the first ones while nothing is judged."""
    count = len(failed.values)
    if count <= MOST_PLATES:
        return np.arange(count), ""
    judged = np.isfinite(failed.values)
    share = np.nansum(failed.values, (1, 2)) / np.maximum(judged.sum((1, 2)), 1)
    order = np.argsort(np.where(judged.any((1, 2)), -share, 1), kind="stable")
    which = "whose wells failed most" if judged.any() else "that come first"
    return np.sort(order[:MOST_PLATES]), f"Shown are the {MOST_PLATES} {which}."


def _heat(found: Heat, plates: PlateMap, name: str) -> PlateHeat:
    low, high = (figures.short(value) for value in found.limits)
    said = (
        f"Heat map of {found.label} by well, from {low} to {high}; the same numbers are in the table below it"
    )
    drawn = inline_svg(lambda: figures.plate_figure(found, plates, ""), name, said)
    return PlateHeat(
        found.label, low, high, drawn, tuple(_table(found, plates, at) for at in range(len(plates.plates)))
    )


def _table(found: Heat, plates: PlateMap, number: int) -> PlateTable:
    _, columns = plates.shape
    edge, inside = (figures.short(value) for value in found.edge_and_inside(number))
    said = f"median of the wells at the edge {edge}, of those inside {inside}" if edge and inside else ""
    return PlateTable(
        plates.plates[number],
        tuple(str(column + 1) for column in range(columns)),
        tuple(
            (row_name(row), tuple(figures.short(value) for value in values))
            for row, values in enumerate(found.values[number].tolist())
        ),
        said,
    )
