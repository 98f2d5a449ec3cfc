"""A contact sheet or object gallery as a picture file: PNG (several where one would be too long) or PDF (pages)."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from tuiqc.dataset.model import Batch, Progress
from tuiqc.dataset.picture_mark import PROGRAM, png_info
from tuiqc.errors import InputError, UsageError
from tuiqc.exporters.guard import Inputs, Output
from tuiqc.picture.colours import ColourScale
from tuiqc.picture.display import Display
from tuiqc.picture.painter import PictureSpec
from tuiqc.picture.spec import ViewportSpec, object_spec, unread
from tuiqc.picture.thumbnails import thumbnail_painter
from tuiqc.picture.tile_layout import TileLayout, extents, fitted_zoom, same_zoom
from tuiqc.qc.verdict import FAIL, PASS, SCREEN_COLOURS
from tuiqc.render.highlight import ring_around
from tuiqc.review.candidate_rows import MISSED, CandidateRows
from tuiqc.review.mixed_rows import MixedWorst
from tuiqc.review.object_rows import ObjectRows
from tuiqc.review.rows import Rows
from tuiqc.review.subjects import image_caption, object_caption
from tuiqc.tables.columns import meant_column, unknown_column
from tuiqc.text import escaped

if TYPE_CHECKING:
    from PIL.Image import Image

_FRAME, _GAP, _CAPTION, _LEGEND, _HEAD = 4, 8, 22, 30, 24
_LONGEST = 16_000
"""Pixels of a PNG from top to bottom; many viewers refuse more than twice that."""
_PAPER = 297 / 210
_BACK, _INK = (16, 17, 20), (235, 235, 235)
_WORDS = {PASS.sign: PASS.name, FAIL.sign: FAIL.name, "↑": "ascending", "↓": "descending"}
_CATEGORIES = 12


@dataclass(frozen=True, slots=True)
class SheetOptions:
    """How a sheet looks.

    Attributes
    ----------
    columns
        Tiles side by side.
    tile
        Pixels of a picture's longer side.
    fitted
        Objects as large as their tile, not all at the same scale.
    all_outlines
        The outlines of the neighbours too.
    colour_by
        Column of the rows that colours the frames; "" for the verdict.
    chosen
        Which rows were chosen, in words for the heading; "" for all.
    """

    columns: int = 8
    tile: int = 192
    fitted: bool = False
    all_outlines: bool = False
    colour_by: str = ""
    chosen: str = ""


@dataclass(frozen=True, slots=True)
class SheetWritten:
    """The files of a sheet, and sentences about pictures that could not be drawn."""

    paths: list[Path]
    missing: list[str]


def write_sheet(
    batch: Batch,
    rows: Rows,
    objects: ObjectRows | None,
    output: Path,
    options: SheetOptions,
    *,
    limit: int | None = None,
    among: MixedWorst | None = None,
    annotations: Path | None = None,
    progress: Progress | None = None,
) -> SheetWritten:
    """Draw the rows of a view in their order; returns the files that were written and what is missing in them.

    Parameters
    ----------
    rows
        Images, or `objects` themselves.
    objects
        The objects of the layer that is drawn, None without one.
    among
        The objects and places of missed ones that are drawn, in place of the rows of the view.

    Raises
    ------
    UsageError
        The name ends with neither .png nor .pdf, no rows are there, or no such column.
    InputError
        It can't be written.
    """
    target = Output(output, Inputs.of_batch(batch, [annotations]), SUFFIXES).checked()
    positions = rows.view.order[:limit] if among is None else among.positions
    if not len(positions):
        raise UsageError("there is nothing to draw: no rows are left")
    if options.colour_by:
        named = meant_column(options.colour_by, rows.view.given)
        if named is None:
            raise UsageError(unknown_column(options.colour_by, rows.view.given))
        options = replace(options, colour_by=named)
    sheet = _Sheet(batch, rows, objects, options, None if among is None else among.candidates)
    heading = sheet.heading(len(positions))
    pdf = target.suffix == ".pdf"
    per_page = sheet.per_page(len(positions), pdf)
    pages = [positions[start : start + per_page] for start in range(0, len(positions), per_page)]
    done = 0

    def drawn() -> Iterator[Image]:
        nonlocal done
        for number, page in enumerate(pages, 1):
            yield sheet.page(page, heading + (f" · page {number} of {len(pages)}" if len(pages) > 1 else ""))
            done += len(page)
            if progress is not None:
                progress(done, len(positions))

    paths = write_pdf(target, drawn()) if pdf else write_pngs(target, drawn(), len(pages))
    return SheetWritten(paths, list(dict.fromkeys(sheet.broken)))


class _Sheet:
    """Draws pages of tiles with a heading and a legend; `broken` has what could not be drawn, in words."""

    def __init__(
        self,
        batch: Batch,
        rows: Rows,
        objects: ObjectRows | None,
        options: SheetOptions,
        candidates: CandidateRows | None = None,
    ) -> None:
        self.batch, self.rows, self.objects, self.options = batch, rows, objects, options
        self.candidates = candidates
        layer = objects.layer if objects is not None else ""
        self.painter = thumbnail_painter(batch.images)
        self.broken: list[str] = []
        self.display = Display.of(batch.channels, batch.layers, layer, batch.looks)
        self.painter.prepare(self.display)
        self.scale = (
            ColourScale.of(rows.view.frame[options.colour_by], self.display) if options.colour_by else None
        )
        self.size = self._picture_size()
        if isinstance(rows, ObjectRows):
            self._sides = extents(rows.geometry)
            self._zoom = same_zoom(self._sides[rows.view.order], min(self.size))

    def _picture_size(self) -> tuple[int, int]:
        tile = self.options.tile
        if isinstance(self.rows, ObjectRows):
            return tile, tile
        for record in self.batch.images[:3]:
            for path in (*record.channels.values(), *record.masks.values()):
                try:
                    rows, columns = self.painter.source.info(path).shape if path else (0, 0)
                except InputError:
                    continue
                if rows and columns:
                    largest = max(rows, columns)
                    return max(16, tile * columns // largest), max(16, tile * rows // largest)
        return tile, tile

    def per_page(self, count: int, pdf: bool) -> int:
        """How many tiles a page has: the whole sheet, if it is not longer than it may be."""
        width = self.options.columns * self._step[0] + _GAP
        longest = int(width * _PAPER) if pdf else _LONGEST
        shown = TileLayout(count, self.options.columns, self._step[1]).lines(
            0, longest - _HEAD - _LEGEND - _GAP
        )
        return max((line.stop for line in shown), default=min(count, self.options.columns))

    @property
    def _step(self) -> tuple[int, int]:
        return self.size[0] + 2 * _FRAME + _GAP, self.size[1] + 2 * _FRAME + _CAPTION + _GAP

    def heading(self, count: int) -> str:
        """The batch, what is shown of it, and its order."""
        word = self.rows.layer if isinstance(self.rows, ObjectRows) else "images"
        shown = len(self.rows.view.order)
        of = (
            f" of {shown:,}"
            if count < shown
            else f" with {count - shown:,} {MISSED}"
            if count > shown
            else ""
        )
        parts = [
            self.batch.name,
            f"{count:,}{of} {word}" if count <= shown else f"{shown:,} {word}{of}",
            self.rows.order_name,
            self.options.chosen,
        ]
        return " · ".join(filter(None, parts))

    def page(self, positions: np.ndarray[Any, Any], heading: str) -> Image:
        """The tiles of these positions, with a heading above and the legend below."""
        from PIL import Image, ImageDraw

        columns = min(self.options.columns, len(positions))
        layout = TileLayout(len(positions), columns, self._step[1])
        width, height = columns * self._step[0] + _GAP, _HEAD + layout.height + _GAP + _LEGEND
        width = max(width, 560)  # room for the legend
        image = Image.new("RGB", (width, height), _BACK)
        draw = ImageDraw.Draw(image)
        draw.text((_GAP, _GAP), _cut(_in_words(heading), width - 2 * _GAP), _INK, font=_font())
        for number, position in enumerate(positions.tolist()):
            top, column = layout.place(number)
            self._tile(image, draw, position, _GAP + column * self._step[0], _HEAD + _GAP + top)
        self._legend(draw, _GAP, height - _LEGEND + 6)
        return image

    def _tile(self, image: Image, draw: Any, position: int, x: int, y: int) -> None:
        from PIL import Image as Images

        width, height = self.size
        candidate = self._candidate(position)
        verdict = self.rows.verdict(position) if candidate is None else candidate[0].verdict(candidate[1])
        colour = SCREEN_COLOURS[verdict] if verdict else (70, 74, 84)
        if self.scale is not None:
            number = self.scale.numbers[position] if candidate is None else np.nan
            colour = (self.scale.rgb(number) if np.isfinite(number) else None) or (70, 74, 84)
        draw.rectangle((x, y, x + width + 2 * _FRAME - 1, y + height + 2 * _FRAME - 1), fill=colour)
        try:
            rendered = self.painter.paint(self._spec(position))
            assert rendered is not None
            self.broken += unread(rendered.problems)
            image.paste(Images.fromarray(rendered.rgb), (x + _FRAME, y + _FRAME))
        except InputError as error:
            self.broken.append(str(error))
            inner = (x + _FRAME, y + _FRAME, x + _FRAME + width - 1, y + _FRAME + height - 1)
            draw.rectangle(inner, fill=_BACK)
            draw.text(
                (x + _FRAME + 4, y + height // 2), _cut(f"broken: {error}", width - 8), _INK, font=_font()
            )
        words = [word for word in (verdict, self._caption(position)) if word]
        text = _in_words(" · ".join(words))
        draw.text((x, y + height + 2 * _FRAME + 3), _cut(text, width + 2 * _FRAME), _INK, font=_font())

    def _candidate(self, position: int) -> tuple[CandidateRows, int] | None:
        """The place of a missed object at a position, None where there is an object or image."""
        at = position - self.rows.total
        return None if at < 0 or self.candidates is None else (self.candidates, at)

    def _caption(self, position: int) -> str:
        if (candidate := self._candidate(position)) is not None:
            return candidate[0].caption(candidate[1])
        if isinstance(self.rows, ObjectRows):
            return object_caption(self.batch, self.rows, position)
        return image_caption(self.batch, self.objects, position)

    def _spec(self, position: int) -> PictureSpec:
        width, height = self.size
        layer = self.objects.layer if self.objects is not None else ""
        rows = self.rows
        if not isinstance(rows, ObjectRows):
            return PictureSpec(
                self.batch.images[position],
                self.display,
                layer=layer,
                width=width,
                height=height,
                projection="max",  # of a stack; one slice may show nothing
            )
        pixels = min(self.size)
        if (candidate := self._candidate(position)) is not None:
            zoom = fitted_zoom(2 * candidate[0].radius, pixels) if self.options.fitted else self._zoom
            return self._at_candidate(*candidate, zoom)
        zoom = fitted_zoom(float(self._sides[position]), pixels) if self.options.fitted else self._zoom
        slice_shown = rows.best_slice(position, sure=True) or 0
        spec = object_spec(
            rows, position, self.batch.images, self.display, layer, zoom, self.size, slice_shown
        )
        return replace(spec, alone=not self.options.all_outlines, ring=False)

    def _at_candidate(self, rows: CandidateRows, at: int, zoom: float) -> PictureSpec:
        x, y = float(rows.x[at]), float(rows.y[at])
        width, height = self.size
        return PictureSpec(
            self.batch.images[int(rows.images[at])],
            self.display,
            layer=rows.layer,
            viewport=ViewportSpec("at", zoom, x, y),
            width=width,
            height=height,
            t=int(rows.times[at]),
            z=int(rows.slices[at]),
            ring=False,
            place=ring_around(x, y, rows.radius),
        )

    def _legend(self, draw: Any, x: int, y: int) -> None:
        if self.scale is None:
            x = _write(draw, x, y, "frame: verdict")
            for verdict, colour in SCREEN_COLOURS.items():
                x = _square(draw, x, y, colour if verdict else (70, 74, 84))
                x = _write(draw, x, y, verdict or "none")
            return
        x = _write(draw, x, y, f"frame: {self.options.colour_by}")
        if self.scale.limits is not None:
            x = _write(draw, x, y, f"{self.scale.limits[0]:.4g}")
            for colour in self.scale.legend(48):
                draw.rectangle((x, y, x + 3, y + 14), fill=colour)
                x += 3
            _write(draw, x + 8, y, f"{self.scale.limits[1]:.4g}")
            return
        values = sorted(self.rows.view.frame[self.options.colour_by].dropna().unique(), key=str)
        for code, value in enumerate(values[:_CATEGORIES]):
            x = _square(draw, x, y, self.scale.rgb(code) or _BACK)
            x = _write(draw, x, y, str(value))


def _in_words(text: str) -> str:
    """The built-in font has no such signs."""
    for sign, word in _WORDS.items():
        text = text.replace(sign, word)
    return text


def _write(draw: Any, x: int, y: int, text: str) -> int:
    draw.text((x, y), text, _INK, font=_font())
    return x + int(_font().getlength(text)) + 14


def _square(draw: Any, x: int, y: int, colour: tuple[int, int, int]) -> int:
    draw.rectangle((x, y + 1, x + 12, y + 13), fill=colour)
    return x + 18


@lru_cache(maxsize=1)
def _font() -> Any:
    from PIL import ImageFont

    return ImageFont.load_default(14)


def _cut(text: str, width: int) -> str:
    """As much of a text as fits into so many pixels."""
    measure: Callable[[str], float] = _font().getlength
    if measure(text) <= width:
        return text
    while text and measure(text + "…") > width:
        text = text[:-1]
    return text + "…"


SUFFIXES = (".pdf", ".png")
_QUICK = 1
"""Level of compression: 6, the usual one, takes longer than drawing the page, and saves a tenth."""


def write_pdf(output: Output, pages: Iterator[Image]) -> list[Path]:
    """Write the pages into one file; returns it."""
    title = escaped(output.path.stem)  # Pillow's own is the name of the temporary file, as it is
    with output.writing(sync=False) as temporary:
        for number, page in enumerate(pages):
            page.save(temporary, "PDF", append=number > 0, resolution=150.0, creator=PROGRAM, title=title)
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
