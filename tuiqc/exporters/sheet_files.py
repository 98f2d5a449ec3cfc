"""Writing the pages of a sheet: PNG, one file each, or PDF, all in one."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from tuiqc.dataset.picture_mark import PROGRAM, png_info
from tuiqc.errors import InputError, UsageError
from tuiqc.files import replacing

if TYPE_CHECKING:
    from PIL.Image import Image

_QUICK = 1
"""Level of compression: 6, the usual one, takes longer than drawing the page, and saves a tenth."""


def check_sheet(output: Path) -> None:
    """Refuse what would only fail when all is drawn.

    Raises
    ------
    UsageError
        The name does not say what to write.
    InputError
        There is no such folder, or it can't be written to.
    """
    if output.suffix.casefold() not in (".png", ".pdf"):
        raise UsageError(f"{output}: the name must end with .png or .pdf, so that it is clear what to write")
    if not output.parent.is_dir():
        raise InputError(f"{output}: there is no folder {output.parent}")
    if not os.access(output.parent, os.W_OK):
        raise InputError(f"{output}: the folder {output.parent} can't be written to")


def write_pdf(output: Path, pages: Iterator[Image]) -> list[Path]:
    """Write the pages into one file; returns it."""
    with replacing(output, sync=False) as temporary:
        for number, page in enumerate(pages):
            page.save(temporary, "PDF", append=number > 0, resolution=150.0, creator=PROGRAM)
    return [output]


def write_pngs(output: Path, pages: Iterator[Image], count: int) -> list[Path]:
    """Write `count` pages, numbered if they are more than one; returns the files."""
    written = []
    for number, page in enumerate(pages, 1):
        name = f"{output.stem}-{number:0{len(str(count))}}{output.suffix}" if count > 1 else output.name
        path = output.with_name(name)
        with replacing(path, sync=False) as temporary:
            page.save(temporary, "PNG", compress_level=_QUICK, pnginfo=png_info())
        written.append(path)
    return written
