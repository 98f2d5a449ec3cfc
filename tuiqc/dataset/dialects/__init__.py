"""Table dialects: one file each; the one whose columns fit best is chosen, and the user can say otherwise."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from tuiqc.dataset.dialects import (
    cell_acdc,
    cellprofiler,
    ctc,
    fiji_particles,
    generic,
    ilastik,
    mcquant,
    mobie,
    morpholibj,
    skimage,
    trackmate,
)
from tuiqc.dataset.dialects.dialect import Dialect, DialectChoice, explained
from tuiqc.errors import UsageError

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["DIALECTS", "Dialect", "DialectChoice", "recognise"]

# Of two dialects with the same score the earlier one is taken.
DIALECTS: dict[str, Dialect] = {
    dialect.name: dialect
    for dialect in (
        cellprofiler.TRACKS,
        cellprofiler.SINGLE,
        cellprofiler.MULTI,
        cellprofiler.DATABASE,
        mobie.DIALECT,
        ilastik.TRACKING,
        ilastik.OBJECTS,
        trackmate.DIALECT,
        cell_acdc.DIALECT,
        ctc.DIALECT,
        mcquant.DIALECT,
        skimage.DIALECT,
        morpholibj.DIALECT,
        fiji_particles.DIALECT,
        generic.DIALECT,
    )
}


UNNAMED = ("", "Unnamed: 0")
"""Names of a column without a name: as it is written, and as pandas calls it when it reads it back."""


def recognise(columns: Sequence[str], override: str | None = None, layer: str = "") -> DialectChoice:
    """Return the dialect that fits `columns` best, with the columns that play each role.

    Parameters
    ----------
    columns
        Names as they stand in the table (two header rows already joined).
    override
        Name of a dialect that is taken whatever the scores are; `generic:COLUMN` (any dialect's name will do)
        says which column has the labels.
    layer
        The object layer the table belongs to; it matters where one table has several kinds of objects.

    Raises
    ------
    UsageError
        `override` is not the name of a dialect, or names a column that is not there.
    """
    if override:
        return _overridden(columns, override, layer)
    ranked = sorted(DIALECTS.values(), key=lambda dialect: -dialect.score(columns))
    best, second = ranked[0], ranked[1]
    choice = best.choose(columns, layer)
    if choice.label_column is None and columns and columns[0] in UNNAMED:
        choice = replace(
            choice, label_column=columns[0]
        )  # the index of pandas: features of napari, regionprops
    runner_up = f"{second.name} ({second.score(columns):.2f})" if second.score(columns) > 0.12 else ""
    why = f"{best.title} (score {choice.score:.2f}"
    why += f", next {runner_up})" if runner_up else ")"
    why += (
        f", labels in {choice.label_column!r}"
        if choice.label_column is not None
        else ", no column with labels"
    )
    return explained(choice, runner_up, why)


def _overridden(columns: Sequence[str], override: str, layer: str) -> DialectChoice:
    name, _, column = override.partition(":")
    dialect = DIALECTS.get(name.casefold())
    if dialect is None:
        raise UsageError(f"no table dialect {name!r}; there are: {', '.join(DIALECTS)}")
    choice = replace(dialect.choose(columns, layer), score=1.0)
    if column or override.endswith(":"):
        if column not in columns:
            raise UsageError(
                f"--dialect {override}: the table has no column {column!r}; it has: {', '.join(columns)}"
            )
        choice = replace(choice, label_column=column)
    labels = (
        f", labels in {choice.label_column!r}"
        if choice.label_column is not None
        else ", no column with labels"
    )
    return explained(choice, "", f"{dialect.title} (as you said){labels}")


# --- what a choice means for reading the tables


def meets_masks(choice: DialectChoice) -> bool:
    """Whether each table has to be held against its mask."""
    return needs_mask(choice) or choice.track_column is not None or choice.label_column in UNNAMED


def needs_mask(choice: DialectChoice) -> bool:
    """Whether places or areas have to be measured from the mask, as the table has them not, or not in pixels."""
    return choice.calibrated or choice.centre_columns is None


def fits(choice: DialectChoice, frame: pd.DataFrame) -> bool:
    """Whether a choice made for another table of the layer can be used for this one."""
    time = None if choice.name == ctc.DIALECT.name else choice.t_column
    used = [choice.label_column, time, *(choice.centre_columns or ()), choice.area_column]
    used += [*(choice.box_columns or ()), choice.image_column]
    return choice.label_column is not None and all(name is None or name in frame.columns for name in used)
