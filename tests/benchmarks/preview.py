"""What a picture costs: encoders beside chafa, timg and textual-image, and key press to last byte end to end.

    python preview.py [--sizes 512 2048 40000] [--protocols kitty sixel halfblock kitty-direct] [--long 10000]

The pane is 100 x 40 cells of 8 x 15 pixels. Reported are, each as median and 95th percentile,

- **encoders**: milliseconds and bytes of this program's encoders, textual-image's, chafa and timg (whole processes,
  their start-up included) on the same composed picture, and the structural similarity (SSIM) of what a decoder makes
  of our bytes to that picture;
- **steps**: the program in a pseudo-terminal, from writing the key to the last byte before 0.12 s of silence. *cold*
  steps go by page, to objects that were not made ready; *ready* ones go to the next row after a rest; beside them
  textual-image's widget on the same pictures, ready in memory. The longest stall of the event loop is taken inside;
- **long run**: steps without a rest between them: memory before and after, and how many pictures the terminal holds at
  most, counted by decoding the stream.

Every ratio is told with its target.
"""

from __future__ import annotations

import argparse
import io
import re
import statistics
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parent))
sys.path.insert(1, str(Path(__file__).resolve().parents[1]))

from big_images import make_big, make_plain
from terminal import KINDS, Terminal, common_arguments, forget, machine, percentile, private_state

COLUMNS, ROWS, CELL = 100, 40, (8, 15)
SCREEN = (189, 46)
"""Cells of the terminal in which the picture's pane is 100 x 40."""
SILENCE = 0.12
HERE = Path(__file__).resolve().parent
NOISE = {"smooth": 0.0, "noisy": 8.0}
PEERS = {"kitty": "kitty", "kitty-direct": "kitty", "sixel": "sixel", "halfblock": "half"}
END_TO_END = {"kitty": 51.0, "kitty-direct": 51.0, "sixel": 116.0, "halfblock": 101.0}
"""Milliseconds of textual-image's widget in `09_textual_image_step.py`, measured on the quiet machine."""


def verdict(value: float, target: float, *, least: bool = False) -> str:
    """`value (target, met or MISSED)`."""
    met = value >= target if least else value <= target
    return f"{value:.2f} ({'>=' if least else '<='} {target:g}: {'met' if met else 'MISSED'})"


def timed(work: Any, count: int) -> tuple[float, float, Any]:
    """Median and 95th percentile in milliseconds, and the last result."""
    result = work()
    times = []
    for _ in range(count):
        start = time.perf_counter()
        result = work()
        times.append((time.perf_counter() - start) * 1e3)
    return statistics.median(times), percentile(times, 0.95), result


# --- encoders


def encoders(picture: np.ndarray, protocol: str, name: str, scratch: Path, count: int) -> None:
    """One picture in one protocol by everybody."""
    from PIL import Image

    from tuiqc.terminal.capabilities import Replies, choose
    from tuiqc.terminal.encoder import encode, picture_size

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

    if frame.protocol == "halfblock":
        rows = [[c for n, top, _ in row for c in [top] * n] for row in frame.runs]
        below = [[c for n, _, bottom in row for c in [bottom] * n] for row in frame.runs]
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


# --- end to end


class Session:
    """tuiqc in a terminal, watched."""

    def __init__(
        self, arguments: argparse.Namespace, folder: Path, protocol: str, screen: tuple[int, int] = SCREEN
    ):
        scratch = arguments.scratch
        notes = scratch / "preview_annotations.csv"
        forget(scratch, notes)
        self.log = scratch / "watch.log"
        command = [arguments.python, str(HERE / "watched.py"), str(self.log), "open"]
        for option, name in (
            ("--images", "DNA={well}_DNA.tif"),
            ("--labels", "nuclei={well}_nuclei_labels.tif"),
            ("--table", "nuclei={well}_nuclei.csv"),
        ):
            left, _, right = name.partition("=")
            command += [option, f"{left}={folder}/{right}"]
        command += ["--annotations", str(notes), "--budget", "none", "--dialect", "cellprofiler"]
        self.terminal = Terminal(
            command,
            KINDS[protocol],
            columns=screen[0],
            rows=screen[1],
            cell=CELL,
            environ=private_state(scratch),
        )

    def __enter__(self) -> Session:
        self.terminal.__enter__()
        terminal = self.terminal
        if terminal.wait_for_picture(0.0, 60) is None:
            raise SystemExit(f"no picture; the program wrote:\n{terminal.text()[-2000:]}")
        terminal.wait_quiet(1.5, 60)
        for _ in range(4):  # the object table
            pressed = terminal.press(b"\x1b[B")
            terminal.wait_quiet(0.4, 20)
            if re.search(r" · nuclei \d+ ", terminal.text(pressed)):
                break
            terminal.press(b"\t")
            terminal.wait_quiet(0.4, 20)
        return self

    def __exit__(self, *error: object) -> None:
        self.terminal.press(b"q")
        self.terminal.wait_quiet(0.3, 3)
        self.terminal.__exit__(*error)

    def steps(self, key: bytes, count: int, rest: float) -> tuple[list[float], list[int], list[float]]:
        """Milliseconds to the last byte, bytes, and the longest stall (ms) of each step."""
        times, sizes, stalls = [], [], []
        for _ in range(count):
            pressed = self.terminal.press(key)
            self.terminal.wait_quiet(max(SILENCE, rest), 20)
            taken = [p for p in self.terminal.taken(pressed) if p[0] <= pressed + 20]
            last = last_of_burst(taken, pressed)
            if last is None:
                continue
            times.append((last - pressed) * 1e3)
            sizes.append(sum(len(data) for moment, data in taken if moment <= last))
            stalls.append(
                1e3 * max((s for m, s, _ in self.watched() if pressed <= m <= last + 0.05), default=0)
            )
        return times, sizes, stalls

    def watched(self) -> list[tuple[float, float, int]]:
        """Lines of the log: time, stall in seconds, kB of memory."""
        if not self.log.exists():
            return []
        lines = re.findall(r"^([\d.]+) ([\d.]+) (\d+)$", self.log.read_text(), re.MULTILINE)
        return [(float(a), float(b), int(c)) for a, b, c in lines]


def last_of_burst(taken: list[tuple[float, bytes]], pressed: float) -> float | None:
    """When the last byte before a silence came."""
    last = None
    for moment, _ in taken:
        if last is not None and moment - last > SILENCE:
            break
        last = moment
    return last if last is not None and last - pressed < 15 else None


def told(times: list[float], sizes: list[int], stalls: list[float]) -> str:
    """One line of figures."""
    line = f"{statistics.median(times):6.1f} ms (p95 {percentile(times, 0.95):5.1f})"
    line += f"  {statistics.median(sizes) / 1e3:6.1f} kB"
    return f"{line}  stall median {statistics.median(stalls):4.1f}, largest {max(stalls):4.1f} ms"


def end_to_end(
    arguments: argparse.Namespace, folder: Path, protocol: str, pictures: list[Path]
) -> dict[str, float]:
    """Cold and ready steps from object to object, and the peer on the same pictures."""
    with Session(arguments, folder, protocol) as session:
        session.terminal.press(b"\r")  # centre and enlarge
        session.terminal.wait_quiet(0.6, 20)
        cold = session.steps(b"\x1b[6~", arguments.steps, 0.0)
        ready = session.steps(b"\x1b[A", arguments.steps, 0.45)
    found = {"cold": statistics.median(cold[0]), "ready": statistics.median(ready[0])}
    print(f"  {protocol:12} cold   {told(*cold)}")
    print(f"  {'':12} ready  {told(*ready)}  stall {verdict(percentile(ready[2] + cold[2], 0.95), 20)} p95")
    print(f"  {'':12} ready / cold {verdict(found['ready'] / found['cold'], 0.3)}", end="")
    quiet = found["cold"] / END_TO_END[protocol]
    print(f"   cold / textual-image on the quiet machine {verdict(quiet, 0.4)}")
    if protocol in PEERS and pictures:
        command = [
            arguments.python,
            str(HERE / "textual_image_peer.py"),
            PEERS[protocol],
            *map(str, pictures),
        ]
        kind = KINDS[protocol]
        with Terminal(
            command, kind, columns=120, rows=45, cell=CELL, environ=private_state(arguments.scratch)
        ) as peer:
            peer.wait_quiet(2.0, 30)
            times, sizes = [], []
            for _ in range(arguments.steps):
                pressed = peer.press(b"n")
                peer.wait_quiet(0.3, 20)
                taken = peer.taken(pressed)
                last = last_of_burst(taken, pressed)
                if last is not None:
                    times.append((last - pressed) * 1e3)
                    sizes.append(sum(len(data) for _, data in taken))
            peer.press(b"\x11")
            peer.wait_quiet(0.3, 3)
        if times:
            found["peer"] = statistics.median(times)
            print(
                f"  {'':12} textual-image {found['peer']:6.1f} ms (p95 {percentile(times, 0.95):5.1f})"
                f"  {statistics.median(sizes) / 1e3:6.1f} kB   cold / it {verdict(found['cold'] / found['peer'], 0.4)}"
                f"   ready / it {verdict(found['ready'] / found['peer'], 0.4)}"
            )
    return found


def long_run(arguments: argparse.Namespace, folder: Path) -> None:
    """Many steps without a rest: memory, and pictures alive in the terminal."""
    count = arguments.long
    with Session(arguments, folder, "kitty", (120, 30)) as session:
        terminal = session.terminal
        alive, most, at, loading = set(), 0, 0, b""
        sent = 0
        marks: dict[int, int] = {}
        codes = re.compile(rb"\x1b_G([^;\x1b]*)[;\x1b]")
        start = time.monotonic()
        keys = [b"j"] * 9 + [b"k"] * 3
        for number in range(count):
            terminal.press(keys[number % len(keys)])
            before = time.monotonic()
            while time.monotonic() - before < 0.5 and terminal.last_output() < before:
                time.sleep(0.0005)
            if number in (count // 5, count - 1):
                time.sleep(1.2)
                marks[number] = session.watched()[-1][2]
            if number % 200 == 0 or number == count - 1:
                with terminal._lock:
                    data = loading + b"".join(piece for _, piece in terminal.pieces[at:])
                    at = len(terminal.pieces)
                cut = data.rfind(b"\x1b_G")
                loading, data = (data[cut:], data[:cut]) if cut >= 0 and number != count - 1 else (b"", data)
                for match in codes.finditer(data):
                    if (found := re.search(rb"i=(\d+)", match[1])) is None:
                        continue
                    if b"a=T" in match[1]:
                        alive.add(found[1])
                        sent += 1
                    elif b"d=I" in match[1]:
                        alive.discard(found[1])
                    most = max(most, len(alive))
        seconds = time.monotonic() - start
    from tuiqc.terminal.shelf import MAX_IMAGES

    first, last = marks[count // 5], marks[count - 1]
    print(f"{count} steps in {seconds:.0f} s, {sent} pictures sent", end=", at most ")
    print(f"{verdict(most, MAX_IMAGES)} alive in the terminal")
    print(
        f"memory after a fifth {first / 1e3:.0f} MB, at the end {last / 1e3:.0f} MB: {verdict(last / first, 1.05)}"
    )


# --- all of it


def composed(folder: Path, count: int) -> list[np.ndarray]:
    """Pictures (600, 800, 3) of objects of a batch, centred and enlarged."""
    import csv

    from tuiqc.dataset.model import ImageRecord
    from tuiqc.picture.display import Display
    from tuiqc.picture.painter import Look, Painter, Shot

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
        shot = Shot(
            record,
            Display.of(["DNA"], ["nuclei"], "nuclei"),
            layer="nuclei",
            label=int(row["ObjectNumber"]),
            look=Look("object"),
            width=COLUMNS * CELL[0],
            height=ROWS * CELL[1],
            centre=(float(row["AreaShape_Center_X"]), float(row["AreaShape_Center_Y"])),
            box=(box[0], box[1], box[2], box[3]),
        )
        painted = painter.paint(shot)
        assert painted is not None
        made.append(painted.rgb)
    whole = painter.paint(Shot(record, shot.display, width=COLUMNS * CELL[0], height=ROWS * CELL[1]))
    assert whole is not None
    return [whole.rgb, *made]


def batch(scratch: Path, size: int, kind: str) -> Path:
    """A batch of images of that size."""
    folder = scratch / f"preview_{size}_{kind}"
    if size >= 8000:
        return make_big(folder, size // 800 * 800, 1, NOISE[kind], "pyramid")
    return make_plain(folder, size, 48 if size < 1000 else 6, NOISE[kind])


def main() -> None:
    """Parse the arguments, measure, report."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    common_arguments(parser)
    parser.add_argument("--sizes", nargs="+", type=int, default=[512, 2048, 40_000])
    parser.add_argument("--kinds", nargs="+", choices=NOISE, default=list(NOISE))
    parser.add_argument("--protocols", nargs="+", choices=KINDS, default=list(KINDS))
    parser.add_argument("--steps", type=int, default=25)
    parser.add_argument("--runs", type=int, default=9, help="of each encoder")
    parser.add_argument("--long", type=int, default=0, metavar="STEPS", help="a long run of so many steps")
    parser.add_argument("--only", choices=("encoders", "steps"), help="one part")
    arguments = parser.parse_args()
    from PIL import Image

    arguments.scratch.mkdir(parents=True, exist_ok=True)
    print(machine(), flush=True)
    over: dict[tuple[int, str, str], float] = {}
    for size in arguments.sizes:
        for kind in arguments.kinds:
            folder = batch(arguments.scratch, size, kind)
            pictures = composed(folder, 8)
            files = []
            for number, picture in enumerate(pictures[1:]):
                files.append(arguments.scratch / f"picture{number}.png")
                Image.fromarray(picture).save(files[-1], compress_level=1)
            print(f"{size} px, {kind}", flush=True)
            if arguments.only != "steps":
                for protocol in arguments.protocols:
                    encoders(pictures[0], protocol, "whole image", arguments.scratch, arguments.runs)
                    encoders(pictures[1], protocol, "one object", arguments.scratch, arguments.runs)
            if arguments.only != "encoders":
                for protocol in arguments.protocols:
                    over[size, kind, protocol] = end_to_end(arguments, folder, protocol, files)["cold"]
                    sys.stdout.flush()
    for (size, kind, protocol), value in over.items():
        if size >= 8000 and (smaller := over.get((2048, kind, protocol))):
            print(f"{size} / 2048 px, {kind}, {protocol}: {verdict(value / smaller, 1.5)}")
    if arguments.long:
        long_run(arguments, batch(arguments.scratch, 512, "noisy"))
    print(machine())


if __name__ == "__main__":
    main()
