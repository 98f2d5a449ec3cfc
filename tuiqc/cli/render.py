"""`tuiqc render`: an overlay as a PNG, by the same renderer as the screen."""

from __future__ import annotations

import argparse
from pathlib import Path

from tuiqc.cli.options import add_source_options, source_options, whole_number
from tuiqc.cli.streams import ending, tell
from tuiqc.errors import UsageError


def add_parser(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add `render`."""
    parser = subparsers.add_parser("render", help="draw an overlay into a PNG without a screen")
    add_source_options(parser, "render", "-o overlay.png")
    group = parser.add_argument_group("what to draw")
    group.add_argument(
        "--image", metavar="KEY", help="key of the image (default: the first, or the object's)"
    )
    group.add_argument(
        "--object",
        metavar="[LAYER:]LABEL",
        help="centre on this object and mark it; needs --image if there are several",
    )
    group.add_argument(
        "--layers", metavar="NAMES", help="object layers to draw (comma-separated; default: the first)"
    )
    group.add_argument(
        "--channels", metavar="NAMES", help="channels to draw (comma-separated; default: up to three)"
    )
    group.add_argument("--mode", choices=("outline", "fill"), help="how objects are drawn (default: outline)")
    group.add_argument(
        "--colour-by", metavar="COLUMN", help="colour the objects by this column of their table"
    )
    group.add_argument(
        "--colour-map",
        metavar="NAME",
        help="blue-white-red (default), viridis, magma, … any map of the library cmap; glasbey: by category",
    )
    group.add_argument("--style", metavar="NAME|FILE.toml", help="channels and layers as this style says")
    group.add_argument("--scale-bar", action="store_true", help="draw a scale bar")
    group.add_argument(
        "--time",
        type=whole_number,
        metavar="T",
        help="time point, from 0 (default: 0, or the object's first)",
    )
    group.add_argument(
        "--slice",
        type=whole_number,
        metavar="Z",
        help="slice of a stack, from 0 (default: 0, or that with most of the object)",
    )
    group.add_argument("--projection", choices=("max", "mean"), help="all slices in one")
    group.add_argument("--size", metavar="WxH", default="800x800", help="pixels (default: 800x800)")
    group.add_argument(
        "--budget",
        metavar="BYTES",
        default="none",
        help="bytes the PNG may take, such as 80kB (default: none)",
    )
    group.add_argument("-o", "--output", metavar="FILE.png", required=True, help="where to write")
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Draw and write."""
    from tuiqc.cli.options import join
    from tuiqc.exporters.png import render_png
    from tuiqc.terminal.picture_bytes import parse_budget

    width, height = _size(arguments.size)
    batch = join(source_options(arguments))
    layer, label = _object(arguments.object)
    drawn = render_png(
        batch,
        Path(arguments.output),
        image=arguments.image,
        layer=layer,
        label=label,
        layers=_names(arguments.layers),
        channels=_names(arguments.channels),
        mode=arguments.mode,
        colour_by=arguments.colour_by or "",
        colour_map=arguments.colour_map,
        size=(width, height),
        style=arguments.style or "",
        scale_bar=arguments.scale_bar,
        time=arguments.time,
        depth=arguments.slice,
        projection=arguments.projection or "slice",
        budget=parse_budget(arguments.budget),
    )
    tell(drawn.notes)
    return ending(drawn.missing, arguments)


def _size(text: str) -> tuple[int, int]:
    width, _, height = text.lower().partition("x")
    if not (
        width.isdecimal() and height.isdecimal() and 16 <= int(width) <= 16384 and 16 <= int(height) <= 16384
    ):
        raise UsageError(f"--size {text!r} is not WIDTHxHEIGHT in pixels, each from 16 to 16384")
    return int(width), int(height)


def _object(text: str | None) -> tuple[str, int]:
    if text is None:
        return "", 0
    layer, _, label = text.rpartition(":")
    if not label.isdecimal() or int(label) < 1:
        raise UsageError(f"--object {text!r} is not LAYER:LABEL with a whole number above 0")
    return layer, int(label)


def _names(text: str | None) -> list[str] | None:
    return None if text is None else [name.strip() for name in text.split(",") if name.strip()]
