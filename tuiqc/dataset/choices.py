"""What the dialect that was chosen for a layer means for reading its tables."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tuiqc.dataset.dialects import UNNAMED, DialectChoice, ctc

if TYPE_CHECKING:
    import pandas as pd


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
