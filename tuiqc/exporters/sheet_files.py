"""Writing the pages of a sheet: PNG, one file each, or PDF, all in one."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from tuiqc.dataset.picture_mark import PROGRAM, png_info
from tuiqc.exporters.guard import Output

if TYPE_CHECKING:
    from PIL.Image import Image

SUFFIXES = (".pdf", ".png")
_QUICK = 1
"""Level of compression: 6, the usual one, takes longer than drawing the page, and saves a tenth."""


def write_pdf(output: Output, pages: Iterator[Image]) -> list[Path]:
    """Write the pages into one file; returns it."""
    with output.writing(sync=False) as temporary:
        for number, page in enumerate(pages):
            page.save(temporary, "PDF", append=number > 0, resolution=150.0, creator=PROGRAM)
    return [output.path]


def write_pngs(output: Output, pages: Iterator[Image], count: int) -> list[Path]:
    """Write `count` pages, numbered if they are more than one; returns the files."""
    written = []
    targets = [_page_output(output, number, count) for number in range(1, count + 1)]
    for target, page in zip(targets, pages, strict=True):
        with target.writing(sync=False) as temporary:
            page.save(temporary, "PNG", compress_level=_QUICK, pnginfo=png_info())
        written.append(target.path)
    return written


def _page_output(output: Output, number: int, count: int) -> Output:
    """One file of several has its number in its name, and must be no input under that name either."""
    if count == 1:
        return output
    path = output.path
    return replace(
        output, path=path.with_name(f"{path.stem}-{number:0{len(str(count))}}{path.suffix}")
    ).checked()
