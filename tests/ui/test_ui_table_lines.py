"""The lines of a table, as strips: as wide as the table, cut or padded."""

from __future__ import annotations

import pytest
from rich.style import Style

from tuiqc.ui.widgets.table_lines import _strip

PLAIN, BOLD = Style(), Style(bold=True)
PIECES = [("▌", PLAIN), ("ab", BOLD), ("細胞", PLAIN), (" ", PLAIN)]


@pytest.mark.parametrize(
    ("width", "last", "text"),
    [
        (12, None, "▌ab細胞     "),
        (12, ("▐", BOLD), "▌ab細胞    ▐"),
        (6, None, "▌ab細 "),
        (6, ("▐", BOLD), "▌ab細▐"),
        (8, None, "▌ab細胞 "),
    ],
)
def test_a_line_is_as_wide_as_the_table(width: int, last: tuple[str, Style] | None, text: str) -> None:
    strip = _strip(list(PIECES), 8, width, PLAIN, last)
    assert (strip.text, strip.cell_length) == (text, width)
    assert strip.cell_length == sum(segment.cell_length for segment in strip)
