"""An overlay as a PNG file."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from tuiqc.dataset.model import Batch, ImageRecord
from tuiqc.dataset.objects import ObjectLoader, ObjectPart, join_parts
from tuiqc.dataset.picture_mark import marked_png, png_info
from tuiqc.errors import InputError, UsageError
from tuiqc.exporters.guard import Inputs, Output
from tuiqc.exporters.request import Written
from tuiqc.picture.colours import CATEGORICAL, ColourScale
from tuiqc.picture.display import Display
from tuiqc.picture.painter import Colouring, Painter, PictureSpec, PlaneChoice, ViewportSpec
from tuiqc.picture.spec import Projection, unread
from tuiqc.picture.styles import load_style
from tuiqc.pixels import open_image
from tuiqc.render.colormaps import COLORMAPS
from tuiqc.tables.columns import meant_column, unknown_column
from tuiqc.terminal.palette_png import png_within
from tuiqc.text import some

if TYPE_CHECKING:
    import pandas as pd
    from numpy.typing import NDArray


SUFFIXES = (".png",)


def render_png(
    batch: Batch,
    output: Path,
    *,
    image: str | None = None,
    layer: str = "",
    label: int = 0,
    layers: Sequence[str] | None = None,
    channels: Sequence[str] | None = None,
    mode: str | None = None,
    colour_by: str = "",
    colour_map: str | None = None,
    size: tuple[int, int] = (800, 800),
    style: str = "",
    scale_bar: bool = False,
    budget: int | None = None,
    time: int | None = None,
    depth: int | None = None,
    projection: Projection = "slice",
) -> Written:
    """Draw one image, or one object of it, into `output`; returns what was assumed and what could not be drawn.

    Parameters
    ----------
    image
        Key of the image; None for the first, or the only one that has the object.
    layer, label
        The object to centre on and mark; a label of 0 draws the whole image.
    layers, channels
        What is drawn; None for the object's (or the first) layer and up to three channels.
    mode, colour_map
        "outline" or "fill", and a name; None for those of the style, else outlines and blue-white-red.
    size
        Width and height in pixels.
    style
        Name or file of a style; what the other arguments say counts more.
    scale_bar
        Draw one, in micrometres where the image is calibrated.
    time, depth
        Time point and slice, from 0; None for where the object is, without one the first.
    projection
        What is made of the slices.
    budget
        Bytes that the file may take: colours and grey levels are given up for it. None keeps every colour.

    Raises
    ------
    InputError, UsageError
        If there is no such image, object, layer, channel or column, `output` can't be written, or nothing of what
        was asked for can be drawn.
    """
    target = Output(output, Inputs.of_batch(batch), SUFFIXES).checked()
    record = batch.by_key(image) if image is not None else batch.images[0]
    _check(layers or (), batch.layers, "object layer")
    _check(channels or (), batch.channels, "channel")
    active = layer or (layers[0] if layers else batch.layers[0] if batch.layers else "")
    if layer:
        _check([layer], batch.layers, "object layer")
    if colour_map is not None and colour_map != CATEGORICAL and colour_map not in COLORMAPS:
        raise UsageError(f"no colour map {colour_map!r}; there are: {', '.join(COLORMAPS)}, … as in cmap")
    display = Display.of(batch.channels, batch.layers, active, batch.looks)
    if style:
        display = load_style(style, display)
    colour_by = colour_by or display.colour_by
    part = None
    if label:
        record, part, time = _with_object(batch, record if image is not None else None, active, label, time)
    elif colour_by:
        part = ObjectLoader(batch).load(record.index, active)
    painter = Painter(records=batch.images)
    extent = painter.reader.extent(record)
    _check_place(time or 0, depth or 0, extent, record)
    if label and depth is None:
        assert part is not None
        depth = min(_best_slice(record, part, label, time or 0), extent[1] - 1)
    at = PlaneChoice(time or 0, depth or 0, projection)
    spec = replace(_spec(batch, record, active, label, part, size), t=at.t, z=at.z, projection=at.projection)
    display = _display(display, layers, channels, mode, colour_map)
    display = replace(display, scale_bar=scale_bar, minimap=False)
    spec = replace(spec, with_overlays=scale_bar)
    if colour_by and part is not None:
        spec = replace(spec, colouring=_colouring(part, colour_by, display, at.t))
    painter.prepare(display)
    rendered = painter.paint(replace(spec, display=display))
    assert rendered is not None
    missing = _missing(rendered.problems, record, display)
    _write(rendered.rgb, target, budget)
    return Written([], [text for text in rendered.problems if text not in missing], missing)


def _missing(problems: Sequence[str], record: ImageRecord, display: Display) -> list[str]:
    """Those problems for which a channel or mask is not in the picture; InputError if there is then nothing in it."""
    shown = [record.channels.get(name) for name, style in display.channels if style.visible]
    shown += [record.masks.get(name) for name, style in display.layers if style.visible]
    missing = unread(problems)
    drawn = [path for path in shown if path and not any(text.startswith(f"{path}") for text in missing)]
    if missing and not drawn:
        raise InputError(f"nothing could be drawn: {missing[0]}")
    return missing


def _write(rgb: NDArray[np.uint8], target: Output, budget: int | None) -> None:
    from PIL import Image

    with target.writing(sync=False) as temporary:
        if budget:
            temporary.write_bytes(marked_png(png_within(rgb, budget)))
        else:
            Image.fromarray(rgb).save(temporary, "PNG", pnginfo=png_info())


def _colouring(part: ObjectPart, column: str, display: Display, t: int) -> Colouring:
    """The colours of the objects at time point `t` by a column; the limits are those of all time points."""
    frame, _ = join_parts([part])
    names = [str(name) for name in frame.columns]
    named = meant_column(column, names)
    if named is None:
        raise UsageError(f"the object table of {part.layer}: {unknown_column(column, names)}")
    scale = ColourScale.of(frame[named], display)
    return scale.colouring(frame["label"].to_numpy(), np.flatnonzero(_now(frame, t)))


def _check_place(t: int, z: int, extent: tuple[int, int], record: ImageRecord) -> None:
    for name, wanted, count in (("--time", t, extent[0]), ("--slice", z, extent[1])):
        if not 0 <= wanted < count:
            raise UsageError(f"{name} {wanted}: image {record.key} has 0 to {count - 1}")


def _spec(
    batch: Batch, record: ImageRecord, active: str, label: int, part: ObjectPart | None, size: tuple[int, int]
) -> PictureSpec:
    spec = PictureSpec(
        record,
        Display.of(batch.channels, batch.layers, active, batch.looks),
        layer=active,
        label=label,
        viewport=ViewportSpec("object") if label else ViewportSpec(),
        width=size[0],
        height=size[1],
    )
    if part is None or not label:
        return spec
    # The mask, not the table, says where the object is: a table may be calibrated or have no place.
    return spec


def _display(
    display: Display,
    layers: Sequence[str] | None,
    channels: Sequence[str] | None,
    mode: str | None,
    colour_map: str | None,
) -> Display:
    shown_channels = tuple(
        (name, style if channels is None else replace(style, visible=name in channels))
        for name, style in display.channels
    )
    shown_layers = tuple(
        (
            name,
            replace(
                style,
                mode=style.mode if mode is None else "fill" if mode == "fill" else "outline",
                visible=style.visible if layers is None else name in layers,
            ),
        )
        for name, style in display.layers
    )
    return replace(
        display, channels=shown_channels, layers=shown_layers, colour_map=colour_map or display.colour_map
    )


def _with_object(
    batch: Batch, record: ImageRecord | None, layer: str, label: int, t: int | None
) -> tuple[ImageRecord, ObjectPart, int]:
    """The image that has the object, its objects, and the first time point (or the one asked for) that has it."""
    loader = ObjectLoader(batch)
    found, elsewhere = [], ""
    for candidate in [record] if record is not None else batch.images:
        part = loader.load(candidate.index, layer)
        here = part.frame["label"].to_numpy() == label
        if (here & _now(part.frame, t)).any():
            first = int(part.frame["t"].to_numpy()[here].min()) if "t" in part.frame.columns else 0
            found.append((candidate, part, first if t is None else t))
            if len(found) > 1:
                break
        elif here.any() and not elsewhere:
            times = sorted(set(part.frame["t"].to_numpy()[here].tolist()))
            elsewhere = f" at time point {t}: in {candidate.key} it is at {_ranges(times)}"
    if not found:
        where = f"image {record.key}" if record is not None else "any image"
        raise UsageError(f"no object {layer}:{label} in {where}{elsewhere}")
    if len(found) > 1:
        raise UsageError(
            f"object {layer}:{label} is in several images ({found[0][0].key}, {found[1][0].key}, …): "
            "say which with --image"
        )
    return found[0]


def _ranges(numbers: Sequence[int]) -> str:
    """As `3 to 5` where they follow one another, else the first few."""
    if len(numbers) > 1 and numbers[-1] - numbers[0] == len(numbers) - 1:
        return f"{numbers[0]} to {numbers[-1]}"
    return some([str(number) for number in numbers], 4)


def _best_slice(record: ImageRecord, part: ObjectPart, label: int, t: int) -> int:
    """The slice with most of an object: by its mask, else what its table says, else the first."""
    path = record.masks.get(part.layer)
    try:
        if path is not None:
            with open_image(path) as mask:
                sizes = mask.info.sizes
                at = min(t, sizes["t"] - 1)
                if sizes["z"] == 1:
                    return 0
                counts = [int((mask.read(t=at, z=z) == label).sum()) for z in range(sizes["z"])]
            if any(counts):
                return int(np.argmax(counts))
    except InputError:  # told when it is drawn
        pass
    rows = np.flatnonzero((part.frame["label"].to_numpy() == label) & _now(part.frame, t))
    z = part.geometry.best_z[rows[0]]
    return 0 if np.isnan(z) else max(0, int(z))


def _now(frame: pd.DataFrame, t: int | None) -> NDArray[np.bool_]:
    """Rows of a time point; all of them where there is no time, or none is asked for."""
    if t is None or "t" not in frame.columns:
        return np.ones(len(frame), bool)
    now: NDArray[np.bool_] = (frame["t"] == t).to_numpy(dtype=bool)
    return now


def _check(names: Sequence[str], known: Sequence[str], what: str) -> None:
    for name in names:
        if name not in known:
            raise UsageError(f"no {what} {name!r}; there are: {', '.join(known) or 'none'}")
