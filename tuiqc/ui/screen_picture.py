"""What is on the screen as a picture: each cell drawn with a font, pictures by their own pixels."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from PIL import Image, ImageDraw, ImageFont
from rich.cells import cell_len
from rich.style import Style

from tuiqc.errors import UsageError
from tuiqc.terminal.protocols.paper import CELL, Paper
from tuiqc.ui.textual_private import screen_strips

if TYPE_CHECKING:
    from tuiqc.ui.app import TuiqcApp

CELL_SIZE = (10, 20)
"""Pixels of a cell, width and height; a DejaVu Sans Mono of `_FONT_SIZE` has just that."""
_FONT_SIZE = 16.61
_FONTS = ("DejaVuSansMono.ttf", "DejaVuSansMono-Bold.ttf")
_DARK, _LIGHT = (18, 18, 18), (224, 224, 224)

RGB = tuple[int, int, int]


def text_of(app: TuiqcApp) -> str:
    """The lines of the screen that lies on top."""
    return "".join(f"{strip.text.replace(CELL, ' ').rstrip()}\n" for strip in screen_strips(app))


def picture_of(app: TuiqcApp) -> Image.Image:
    """Draw the screen.

    Raises
    ------
    UsageError
        There is no font to draw with.
    """
    strips = screen_strips(app)
    width, height = CELL_SIZE
    columns = max((strip.cell_length for strip in strips), default=1)
    image = Image.new("RGB", (columns * width, len(strips) * height), _DARK)
    draw = ImageDraw.Draw(image)
    for row, strip in enumerate(strips):
        column = 0
        for text, style, control in strip:
            if control:
                continue
            for sign in text:
                cells = cell_len(sign)
                _draw(image, draw, (column * width, row * height), sign, cells, style or Style.null())
                column += cells
    return image


def _draw(
    image: Image.Image, draw: ImageDraw.ImageDraw, at: tuple[int, int], sign: str, cells: int, style: Style
) -> None:
    front, back = _colours(style)
    x, y = at
    width, height = CELL_SIZE
    if sign == CELL:
        pixels = Paper.cell(front, back, CELL_SIZE)
        if pixels is not None:
            image.paste(Image.fromarray(pixels), at)
        return
    draw.rectangle((x, y, x + max(cells, 1) * width - 1, y + height - 1), fill=back)
    if sign.strip():
        draw.text((x, y), sign, font=_font(bool(style.bold)), fill=front)
    if style.underline:
        draw.line((x, y + height - 2, x + cells * width - 1, y + height - 2), fill=front)


@lru_cache(maxsize=4096)
def _colours(style: Style) -> tuple[RGB, RGB]:
    front = tuple(style.color.get_truecolor()) if style.color and not style.color.is_default else _LIGHT
    ground = style.bgcolor
    back = _DARK if ground is None or ground.is_default else tuple(ground.get_truecolor(foreground=False))
    if style.reverse:
        front, back = back, front
    if style.dim:
        front = tuple((2 * one + other) // 3 for one, other in zip(front, back, strict=True))
    return (front[0], front[1], front[2]), (back[0], back[1], back[2])


@lru_cache(maxsize=2)
def _font(bold: bool) -> Any:
    """The font of cells, from where one is: among the system's, or with matplotlib."""
    name = _FONTS[bold]
    for place in (name, *_with_matplotlib(name)):
        try:
            return ImageFont.truetype(str(place), size=_FONT_SIZE)
        except OSError:
            continue
    raise UsageError(
        f"there is no font {name} to draw the screen with: install DejaVu Sans Mono, or shoot .svg"
    )


def _with_matplotlib(name: str) -> list[Path]:
    from importlib.util import find_spec

    found = find_spec("matplotlib")
    if found is None or found.origin is None:
        return []
    return [Path(found.origin).parent / "mpl-data" / "fonts" / "ttf" / name]
