"""What a table widget asks its content for."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from tuiqc.review.listing import ListedColumn


class TableContent(Protocol):
    """What a table shows. Rows are positions in the current order; all text is already printable."""

    def __len__(self) -> int: ...

    def columns(self) -> Sequence[ListedColumn]:
        """All columns, those that stay in sight first."""
        ...

    def pinned(self) -> int:
        """How many of the first columns stay in sight."""
        ...

    def cell(self, row: int, column: int) -> str:
        """Text of a cell."""
        ...

    def selected(self, row: int) -> bool:
        """Whether a row is selected."""
        ...

    def background(self, row: int, column: int) -> tuple[int, int, int] | None:
        """Colour behind a cell, None for none."""
        ...

    def mark(self, row: int) -> tuple[str, str]:
        """Sign of a row (one cell) and the name of its tone (a component class), or (" ", "")."""
        ...


class Nothing:
    """The content of a table that has none yet."""

    def __len__(self) -> int:
        return 0

    def columns(self) -> list[ListedColumn]:
        """No columns."""
        return []

    def pinned(self) -> int:
        """None of them."""
        return 0

    def cell(self, row: int, column: int) -> str:
        """No text."""
        return ""

    def mark(self, row: int) -> tuple[str, str]:
        """No sign."""
        return " ", ""

    def selected(self, row: int) -> bool:
        """Nothing is selected."""
        return False

    def background(self, row: int, column: int) -> None:
        """No colour."""
        return
