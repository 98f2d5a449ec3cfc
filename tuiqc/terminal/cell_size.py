"""The size of a text cell in pixels, from whatever told it."""

from __future__ import annotations

DEFAULT_CELL = (10, 20)
"""Cell width and height in pixels that are assumed where nothing tells."""


_FLATTEST, _TALLEST = 1.1, 3.4
"""Height by width of cells: 1.5 to 2.6 in the fonts of terminals, with room for spacing."""


def plausible_cell(size: tuple[int, int]) -> bool:
    """Whether (width, height) in pixels can be a text cell: some terminals tell zeros, nonsense, or swap the two."""
    width, height = size
    return 3 <= width <= 200 and 6 <= height <= 400 and _FLATTEST <= height / width <= _TALLEST


def find_cell(
    screen: tuple[int, int, int, int] | None, cell: tuple[int, int] | None, area: tuple[int, int] | None
) -> tuple[tuple[int, int], str]:
    """Cell (width, height) in pixels and where it is from.

    Parameters
    ----------
    screen
        (columns, rows, width, height) from the kernel, pixels 0 where it does not know.
    cell, area
        (width, height) of a cell and of the text area in pixels as the terminal answered.
    """
    columns, rows, width, height = screen or (0, 0, 0, 0)
    candidates: list[tuple[tuple[int, int], str]] = []
    if columns and rows:
        candidates.append(((width // columns, height // rows), "from the kernel (TIOCGWINSZ)"))
    if cell:
        candidates.append((cell, "the terminal said so (CSI 16 t)"))
    if columns and rows and area:
        candidates.append(
            ((area[0] // columns, area[1] // rows), "from the size of the text area (CSI 14 t)")
        )
    for size, origin in candidates:
        if plausible_cell(size):
            return size, origin
    return DEFAULT_CELL, "assumed, nothing tells"


def exact_cell(
    screen: tuple[int, int, int, int] | None, cell: tuple[int, int], area: tuple[int, int] | None
) -> tuple[float, float] | None:
    """Cell (width, height) in fractions of pixels; None where it has whole ones, or nothing tells.

    A browser's text has columns of 8.4 pixels or so, and its terminal tells whole ones: 120 columns further that is a
    difference of six columns. The text area (CSI 14 t) tells; that of the kernel may have a border in it.
    """
    columns, rows, *kernel = screen or (0, 0, 0, 0)
    if not columns or not rows or not area or any(kernel):
        return None
    exact = area[0] / columns, area[1] / rows
    near = abs(exact[0] - cell[0]) < 1 and abs(exact[1] - cell[1]) < 1
    return exact if near and exact != cell else None
