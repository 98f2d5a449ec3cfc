"""`tuiqc look`: images with their masks drawn into the shell, and the prompt again."""

from __future__ import annotations

import argparse
import contextlib
import os
import random
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from tuiqc.cli.options import whole_number
from tuiqc.cli.streams import add_strict_option, ending
from tuiqc.errors import InputError, UsageError
from tuiqc.text import escaped, plural, printable, shorten

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from tuiqc.dataset.model import ImageRecord
    from tuiqc.dataset.open.named_files import NamedFiles
    from tuiqc.picture.painter import Painter, PictureSpec
    from tuiqc.terminal.capabilities import Capabilities

_EPILOG = """\
examples:
  tuiqc look cells.tif cells_masks.tif
  tuiqc look cells.tif cells_masks.tif --object 7
  tuiqc look *_DNA.tif *_mask.tif
  ls *.tif | tuiqc look -
  tuiqc look cells.tif cells_masks.tif -o - > overlay.png
"""
_COLUMNS, _ROWS = 80, 24
"""Cells that there are where nobody can tell how large the terminal is."""
_SHARE = 0.75
"""Of the height of the screen, so that what was asked stays in sight."""
_LONGEST = 16_384
_COUNTED = 1 << 22
"""Pixels of a mask whose objects are counted: looking at a larger one takes longer than drawing it."""
_ENLARGED = 8
"""How many times a whole small image is enlarged at most."""
_IN_FILE = (800, 800)


def add_parser(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add `look`."""
    from tuiqc.cli.open import add_graphics_option

    parser = subparsers.add_parser(
        "look",
        help="draw images with their masks into the shell",
        epilog=_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument(
        "files",
        nargs="+",
        metavar="FILE",
        help="images and masks (by their names, or the second of two); patterns; - for a list on standard input",
    )
    parser.add_argument(
        "--object", type=whole_number, default=0, metavar="LABEL", help="centre on this object and mark it"
    )
    parser.add_argument("--crop", metavar="X,Y,W,H", help="only this part, in pixels of the image")
    parser.add_argument(
        "--size", metavar="WxH", help="pixels (default: what fits the terminal; 800x800 in a file)"
    )
    parser.add_argument("--layers", metavar="NAMES", help="masks to draw, by name (comma-separated)")
    parser.add_argument(
        "--mode", choices=("outline", "fill"), default="outline", help="how objects are drawn"
    )
    parser.add_argument("--time", type=whole_number, default=0, metavar="T", help="time point, from 0")
    parser.add_argument("--slice", type=whole_number, default=0, metavar="Z", help="slice, from 0")
    parser.add_argument("--projection", choices=("max", "mean"), help="all slices in one")
    parser.add_argument(
        "-o", "--output", metavar="FILE.png", help="write a PNG instead; - for standard output"
    )
    add_graphics_option(parser)
    add_strict_option(parser)
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Draw one after another."""
    from tuiqc.dataset.open.named_files import expanded, grouped
    from tuiqc.pixels.zarr_store import is_hierarchy

    size = _numbers(arguments.size, "x", 2, "--size", "WIDTHxHEIGHT in pixels") if arguments.size else ()
    if not all(16 <= side <= _LONGEST for side in size):
        raise UsageError(f"--size {arguments.size!r}: each from 16 to {_LONGEST} pixels")
    paths = expanded(_texts(arguments.files))
    if not any(os.path.lexists(path) or is_hierarchy(path) for path in paths):
        raise InputError("no such file", path=paths[0])  # before anything is said of the terminal
    groups = grouped(paths)
    if arguments.output is not None:
        if len(groups) > 1:
            raise UsageError(f"one picture goes into a file, and these are {len(groups)}: name one image")
        return _write(groups[0], arguments, size or _IN_FILE)
    if not sys.stdout.isatty() and arguments.graphics == "auto":
        raise UsageError("standard output is no terminal: -o - writes a PNG there")
    from tuiqc.config import load_config
    from tuiqc.terminal.probe import probe

    with _keyboard() as keyboard:
        caps = probe(arguments.graphics, input_fd=keyboard, setting=load_config().graphics)
    missing: list[str] = []
    shown = 0
    for files in groups:
        room = Room(size or _screen(caps), caps)
        try:
            drawn = _painted(files, arguments, room)
        except InputError as error:
            missing.append(str(error))
            continue
        _show(drawn, room)
        missing += drawn.missing
        shown += 1
    if not shown:
        raise InputError(missing[0])
    return ending(missing, arguments)


class Drawn(NamedTuple):
    """A picture, (height, width, 3) uint8, what to say of it, and what is missing in it."""

    rgb: NDArray[np.uint8]
    caption: str
    missing: list[str]


@dataclass
class Room:
    """Pixels that a picture may take, (width, height), in a terminal or (`caps` None) a file."""

    most: tuple[int, ...]
    caps: Capabilities | None = None
    cells: tuple[int, int] = (1, 1)

    def size_for(self, part: Sequence[float], *, enlarged: bool) -> tuple[int, int]:
        """Pixels of a picture of a part (width, height) of an image; `cells` says what it takes in the terminal."""
        from tuiqc.terminal.protocols.picture_protocol import picture_size

        zoom = min(most / side for most, side in zip(self.most, part, strict=True))
        zoom = zoom if enlarged else min(zoom, _ENLARGED)
        width, height = (max(1, round(side * zoom)) for side in part)
        if self.caps is None:
            return width, height
        self.cells = max(1, -(-width // self.caps.cell_width)), max(1, -(-height // self.caps.cell_height))
        return picture_size(*self.cells, self.caps)


@contextlib.contextmanager
def _keyboard() -> Iterator[int | None]:
    """The terminal's answers come by it: standard input may be a list of names."""
    if sys.stdin.isatty():
        yield None
        return
    try:
        number = os.open("/dev/tty", os.O_RDWR | os.O_NOCTTY)
    except OSError:
        yield None
        return
    try:
        yield number
    finally:
        os.close(number)


def _texts(files: Sequence[str]) -> list[str]:
    """What was named, `-` by the lines of standard input."""
    found: list[str] = []
    for text in files:
        if text != "-":
            found.append(text)
            continue
        if sys.stdin.isatty():
            raise UsageError(
                "- reads names from standard input, which is the terminal: ls *.tif | tuiqc look -"
            )
        names = os.fsdecode(sys.stdin.buffer.read(1 << 24)).replace("\0", "\n").splitlines()
        found += filter(None, (name.strip("\r") for name in names))
    if not found:
        raise UsageError("no file is named")
    return found


def _numbers(text: str, sign: str, count: int, option: str, form: str) -> tuple[int, ...]:
    parts = text.lower().split(sign)
    if len(parts) != count or not all(part.strip().isdecimal() and len(part) < 10 for part in parts):
        raise UsageError(f"{option} {text!r} is not {form}")
    return tuple(int(part) for part in parts)


def _screen(caps: Capabilities) -> tuple[int, int]:
    """Pixels that there are for a picture."""
    columns, rows = _cells()
    return columns * caps.cell_width, max(1, int(rows * _SHARE)) * caps.cell_height


def _cells() -> tuple[int, int]:
    try:
        columns, rows = os.get_terminal_size(1)
    except (OSError, ValueError):
        return _COLUMNS, _ROWS
    return columns or _COLUMNS, rows or _ROWS


def _painted(files: NamedFiles, arguments: argparse.Namespace, room: Room) -> Drawn:
    """The picture that fits, what to say of it, and what is missing in it."""
    from tuiqc.dataset.open.named_files import batch_of
    from tuiqc.picture.display import Display
    from tuiqc.picture.painter import Painter, PictureSpec, ViewportSpec
    from tuiqc.picture.spec import unread

    batch = batch_of(files)
    record = batch.images[0]
    layers = _layers(arguments.layers, batch.layers)
    if arguments.object and not layers:
        raise UsageError("--object needs a mask")
    display = Display.of(batch.channels, batch.layers, "", batch.looks)
    styles = tuple(
        (name, replace(style, visible=name in layers, mode=arguments.mode)) for name, style in display.layers
    )
    display = replace(display, layers=styles, minimap=False, scale_bar=False)
    spec = PictureSpec(
        record, display, layers[0] if layers else "", arguments.object, t=arguments.time, z=arguments.slice,
        projection=arguments.projection or "slice",
    )  # fmt: skip
    painter = Painter(records=batch.images)
    problems: list[str] = []
    sizes = part = tuple(float(side) for side in painter.reader.shape(spec, problems)[::-1])
    _check_place(painter, spec)
    if arguments.crop:
        x, y, *sides = _numbers(arguments.crop, ",", 4, "--crop", "X,Y,WIDTH,HEIGHT in pixels")
        part = tuple(sides)
        if not all(part):
            raise UsageError(f"--crop {arguments.crop!r} has no pixels")
        if x >= sizes[0] or y >= sizes[1]:
            raise UsageError(
                f"--crop {arguments.crop!r} is outside of the image of {sizes[0]:.0f} x {sizes[1]:.0f} pixels"
            )
    elif arguments.object:
        part = (1, 1)
        spec = replace(spec, viewport=ViewportSpec("object"))
        _check_object(painter, spec, layers[0])
    width, height = room.size_for(part, enlarged=bool(arguments.crop or arguments.object))
    spec = replace(spec, width=width, height=height)
    if arguments.crop:
        zoom = min(width / part[0], height / part[1])
        spec = replace(spec, viewport=ViewportSpec("at", zoom, x + (part[0] - 1) / 2, y + (part[1] - 1) / 2))
    painter.prepare(display)
    rendered = painter.paint(spec)
    assert rendered is not None
    missing = unread(rendered.problems)
    if missing and len(missing) >= len(record.channels) + len(layers):
        raise InputError(missing[0])
    return Drawn(rendered.rgb, _caption(painter, record, layers), missing)


def _layers(asked: str | None, there: Sequence[str]) -> list[str]:
    """The masks to draw: all, or those that are named."""
    if asked is None:
        return list(there)
    names = [name.strip() for name in asked.split(",") if name.strip()]
    for name in names:
        if name not in there:
            raise UsageError(f"no mask {name!r}; there are: {', '.join(there) or 'none'}")
    return names


def _check_place(painter: Painter, spec: PictureSpec) -> None:
    for name, wanted, count in zip(
        ("--time", "--slice"), (spec.t, spec.z), painter.reader.extent(spec.record), strict=True
    ):
        if wanted >= count:
            raise UsageError(f"{name} {wanted}: {spec.record.key} has 0 to {count - 1}")


def _check_object(painter: Painter, spec: PictureSpec, layer: str) -> None:
    from tuiqc.picture.regions import find_object

    problems: list[str] = []
    if find_object(painter.source, spec, problems, lambda: False) is None:
        raise (
            InputError(problems[0])
            if problems
            else UsageError(f"no object {spec.label} in {spec.record.masks[layer]}")
        )


def _caption(painter: Painter, record: ImageRecord, layers: Sequence[str]) -> str:
    """One line: the image and its size, and how many objects each mask has."""
    words = []
    if image := next((path for path in record.channels.values() if path is not None), None):
        info = painter.source.info(image)
        words.append(f"{image.name}  {info.shape[1]} x {info.shape[0]} {info.dtype}")
    for layer in layers:
        path = record.masks[layer]
        if path is None:
            continue
        with contextlib.suppress(InputError):  # told as missing
            words.append(path.name + _objects(painter, path))
    return " \N{MIDDLE DOT} ".join(words)


def _objects(painter: Painter, mask: Path) -> str:
    import numpy as np

    info = painter.source.info(mask)
    rows, columns = info.shape
    if rows * columns > _COUNTED or info.sizes["t"] * info.sizes["z"] > 1:
        return ""
    labels = painter.source.plane(mask, 0, 0)
    labels = labels[labels > 0]
    if labels.size and int(labels.max()) < _COUNTED:
        count = int(np.count_nonzero(np.bincount(labels.astype(np.int64))))
    else:
        labels.sort()  # `np.unique` would import masked arrays
        count = int((labels[1:] != labels[:-1]).sum()) + bool(len(labels))
    return f"  {plural(count, 'object')}"


def _show(drawn: Drawn, room: Room) -> None:
    """Write a picture from the cursor on, and what there is to say below it."""
    from tuiqc.terminal.protocols.picture_protocol import encode, protocol_of

    caps = room.caps
    assert caps is not None
    frame = encode(drawn.rgb, *room.cells, caps, random.randrange(1, 1 << 24))
    sys.stdout.flush()
    sys.stdout.buffer.write(protocol_of(caps.protocol).print_here(frame, caps))
    sys.stdout.buffer.flush()
    print(shorten(printable(escaped(drawn.caption)), _cells()[0]), flush=True)


def _write(files: NamedFiles, arguments: argparse.Namespace, size: tuple[int, ...]) -> int:
    """Write one picture into a file."""
    from PIL import Image

    from tuiqc.dataset.picture_mark import png_info
    from tuiqc.exporters.guard import Inputs, Output

    inputs = Inputs.of(filter(None, (files.image, *files.masks)))
    target = Output(Path(arguments.output), inputs, (".png",)).checked()
    drawn = _painted(files, arguments, Room(size))
    with target.writing(sync=False) as temporary:
        Image.fromarray(drawn.rgb).save(temporary, "PNG", pnginfo=png_info())
    return ending(drawn.missing, arguments)
