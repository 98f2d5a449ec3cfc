"""Encoders of pictures beside each other: tuiqc's, textual-image's, chafa and timg. For `preview.py`."""

from __future__ import annotations

import io
import resource
import statistics
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import numpy as np
from picture_session import CELL, COLUMNS, ROWS, verdict
from terminal import percentile

PEERS = {"kitty": "kitty", "kitty-direct": "kitty", "sixel": "sixel", "halfblock": "half"}


def timed(work: Any, count: int) -> tuple[float, float, Any]:
    """Median and 95th percentile in milliseconds of CPU, that of processes started included; and the last result."""
    result = work()
    times = []
    for _ in range(count):
        start = cpu_seconds()
        result = work()
        times.append((cpu_seconds() - start) * 1e3)
    return statistics.median(times), percentile(times, 0.95), result


def cpu_seconds() -> float:
    """What this thread and the processes it waited for have taken: beside other work the clock tells less."""
    children = resource.getrusage(resource.RUSAGE_CHILDREN)
    return time.thread_time() + children.ru_utime + children.ru_stime


def encoders(picture: np.ndarray, protocol: str, name: str, scratch: Path, count: int) -> None:
    """One picture in one protocol by everybody."""
    from PIL import Image

    from tuiqc.terminal.capabilities import Replies
    from tuiqc.terminal.protocol_choice import choose
    from tuiqc.terminal.protocols.picture_protocol import encode, picture_size

    screen = (COLUMNS, ROWS, COLUMNS * CELL[0], ROWS * CELL[1])
    caps = choose(Replies(screen=screen), {"COLORTERM": "truecolor"}, protocol)
    width, height = picture_size(COLUMNS, ROWS, caps)
    image = Image.fromarray(picture)
    ours = (
        picture
        if protocol != "halfblock"
        else np.asarray(image.resize((width, height), Image.Resampling.BOX))
    )
    mine, late, frame = timed(lambda: encode(ours, COLUMNS, ROWS, caps, 1), count)
    png = scratch / "picture.png"
    image.save(png)
    similar, greys = likeness(frame, ours)
    print(
        f"  {name:14} {protocol:12} tuiqc {mine:6.1f} ms (p95 {late:.1f}) {frame.nbytes / 1e3:7.1f} kB  {similar}"
    )
    peer, peer_late, nbytes = timed(lambda: textual_image(image, PEERS[protocol]), count)
    least = {"kitty": (0.4, 0.4), "kitty-direct": (0.4, 0.4), "sixel": (1.0, 0.6), "halfblock": (9.0, 0.25)}[
        protocol
    ]
    told = f"bytes {verdict(frame.nbytes / nbytes, least[0])}  " if protocol != "halfblock" else ""
    print(
        f"  {'':27} textual-image {peer:6.1f} ms (p95 {peer_late:.1f}) {nbytes / 1e3:7.1f} kB  "
        f"{told}time {verdict(mine / peer, least[1])}{greys}"
    )
    for tool, command in processes(protocol, png).items():
        milliseconds, _, size = timed(lambda c=command: len(subprocess.run(c, capture_output=True).stdout), 3)
        print(f"  {'':27} {tool:13} {milliseconds:6.1f} ms {size / 1e3:19.1f} kB")


def likeness(frame: Any, picture: np.ndarray) -> tuple[str, str]:
    """SSIM of the decoded frame, and the number of exact greys of a sixel."""
    from fixtures.terminal_pictures import decode_kitty, decode_sixel
    from skimage.metrics import structural_similarity

    from tuiqc.terminal.protocols.picture_protocol import protocol_of

    if frame.protocol == "halfblock":
        runs = protocol_of(frame.protocol).runs(frame)
        rows = [[c for _, n, top, _ in row for c in [top] * n] for row in runs]
        below = [[c for _, n, _, bottom in row for c in [bottom] * n] for row in runs]
        decoded = np.empty((2 * len(rows), len(rows[0]), 3), np.uint8)
        decoded[0::2], decoded[1::2] = rows, below
    elif frame.protocol == "sixel":
        decoded = decode_sixel(frame.payload).rgb
    else:
        decoded = decode_kitty(frame.payload)[0].rgb
    value = structural_similarity(decoded, picture[: decoded.shape[0], : decoded.shape[1]], channel_axis=2)
    grey = decoded[(decoded[..., 0] == decoded[..., 1]) & (decoded[..., 1] == decoded[..., 2])]
    known = np.unique(picture[(np.ptp(picture, axis=2) == 0)])
    greys = (
        f"  greys {len(np.unique(grey))} of {len(known)} in the picture" if frame.protocol == "sixel" else ""
    )
    return f"SSIM {verdict(value, 0.98, least=True)}", greys


def textual_image(image: Any, kind: str) -> int:
    """Bytes that textual-image's renderable writes."""
    from rich.console import Console
    from textual_image._terminal import CellSize, get_cell_size
    from textual_image.renderable import HalfcellImage, SixelImage, TGPImage

    get_cell_size._result = CellSize(*CELL)  # type: ignore[attr-defined]
    sink, before = io.StringIO(), sys.__stdout__
    sink.isatty = lambda: False  # type: ignore[method-assign]
    try:
        sys.__stdout__ = sink  # type: ignore[misc]
        console = Console(
            file=sink, force_terminal=True, color_system="truecolor", width=COLUMNS, height=ROWS + 5
        )
        made = {"sixel": SixelImage, "kitty": TGPImage, "half": HalfcellImage}[kind]
        console.print(made(image, width=COLUMNS, height=ROWS))
    finally:
        sys.__stdout__ = before  # type: ignore[misc]
    return len(sink.getvalue().encode("utf-8", "surrogatepass"))


def processes(protocol: str, png: Path) -> dict[str, list[str]]:
    """Commands of chafa and timg for a picture, where these are installed and have the protocol."""
    import shutil

    pixels = [
        "--size",
        f"{COLUMNS}x75",
        "--font-ratio",
        "1/1",
        "--stretch",
    ]  # no terminal: 8 x 8 pixels a cell
    cells = ["--size", f"{COLUMNS}x{ROWS}", "--stretch"]
    half = ["-f", "symbols", "--symbols", "vhalf", "-c", "full", *cells]
    chafa = {"kitty": ["-f", "kitty", *pixels], "sixel": ["-f", "sixel", *pixels], "halfblock": half}
    timg = {"kitty": "-pk", "halfblock": "-ph"}
    found = {}
    if shutil.which("chafa") and protocol in chafa:
        found["chafa"] = ["chafa", *chafa[protocol], str(png)]
    if shutil.which("timg") and protocol in timg:
        found["timg"] = ["timg", timg[protocol], f"-g{COLUMNS}x{ROWS}", str(png)]
    return found


def composed(folder: Path, count: int) -> list[np.ndarray]:
    """Pictures (600, 800, 3) of objects of a batch, centred and enlarged."""
    import csv

    from tuiqc.dataset.model import ImageRecord
    from tuiqc.picture.display import Display
    from tuiqc.picture.painter import Painter, PictureSpec, ViewportSpec

    files = {"DNA": folder / "A1_DNA.tif"}, {"nuclei": folder / "A1_nuclei_labels.tif"}
    record = ImageRecord(0, "A1", {}, *files, {"nuclei": None})
    with (folder / "A1_nuclei.csv").open() as file:
        rows = list(csv.DictReader(file))
    painter = Painter()
    made = []
    for row in rows[:: max(1, len(rows) // count)][:count]:
        box = [
            float(row[f"AreaShape_BoundingBox{end}_{axis}"])
            for end in ("Minimum", "Maximum")
            for axis in "XY"
        ]
        spec = PictureSpec(
            record,
            Display.of(["DNA"], ["nuclei"], "nuclei"),
            layer="nuclei",
            label=int(row["ObjectNumber"]),
            viewport=ViewportSpec("object"),
            width=COLUMNS * CELL[0],
            height=ROWS * CELL[1],
            centre=(float(row["AreaShape_Center_X"]), float(row["AreaShape_Center_Y"])),
            box=(box[0], box[1], box[2], box[3]),
        )
        rendered = painter.paint(spec)
        assert rendered is not None
        made.append(rendered.rgb)
    whole = painter.paint(PictureSpec(record, spec.display, width=COLUMNS * CELL[0], height=ROWS * CELL[1]))
    assert whole is not None
    return [whole.rgb, *made]
