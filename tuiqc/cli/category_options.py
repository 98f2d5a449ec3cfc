"""`--categories`: the annotators' own column with its categories, from a file or from a line."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tuiqc.qc.categories import CategoryColumn


def category_column(text: str | None) -> CategoryColumn | None:
    """Read "FILE.toml" or "cell_type: neuron, muscle"; a name alone ("cell_type") continues or starts that column.

    Raises
    ------
    InputError
        If the file can't be read, or the name is one of our own columns.
    """
    if text is None:
        return None
    from tuiqc.qc.categories import load_categories, parse_categories

    if text.lower().endswith(".toml"):
        return load_categories(Path(text))
    return parse_categories(text)
