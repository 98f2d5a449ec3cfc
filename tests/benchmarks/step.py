"""How long from a key press to the complete picture, how many bytes, and does anything queue up?

Data: 8 demo images of 2048 x 2048 with two channels and two masks, about 600 nuclei each (one image has none).
Terminal: 120 x 40 cells of 8 x 17 pixels, once as each protocol (`terminal.py` says how it answers and what counts as
complete). Each protocol gets a fresh program, told to read all tables first. Measured:

- **steps**: `j` pressed in the object table 200 times, each after the picture of the one before was complete and the
  output quiet: milliseconds from the key press to the last byte of the *new* picture (median, 95th percentile,
  largest), bytes of that picture, bytes of all output of the step, and how many complete pictures went out per step
  (more than one is waste). `--order file` walks through one image, `--order area` sorts by area first, so that
  nearly every step is another image (all of them read before); `--zoom` enlarges the object first;
- **held key**: the arrow key written 30 times a second for 5 s: milliseconds from the last key to the last byte of the
  last picture (target: at most 150), pictures shown meanwhile, and whether the last picture is the right one (it is
  compared with the picture after a step back and forth);
- **held key, slow link**: the same, but the terminal takes 300 kB/s from a buffer of 2 MB, as sshd and a network have
  one. Without asking the terminal, megabytes would wait in it. What is after the last key should be at most the picture
  on its way and the last one: told as multiples of what one picture takes on the link;
- **peer**: the widget of textual-image (where it is installed) stepping through ready-made pictures of the same size,
  which spares it the reading, composing and tables that tuiqc's figures contain.
"""

from __future__ import annotations

import argparse
import importlib.util
import re
import statistics
import sys
import time
from collections.abc import Callable
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))

from terminal import (
    KINDS,
    Picture,
    Terminal,
    common_arguments,
    demo_batch,
    forget,
    machine,
    percentile,
    private_state,
)

TIMEOUT = 30.0
REST = 0.06
DOWN = b"\x1b[B"
PEER = Path(__file__).with_name("textual_image_peer.py")
PEER_WIDGETS = {"sixel": "sixel", "kitty": "kitty", "halfblock": "half"}


def opened(arguments: argparse.Namespace, protocol: str, rate: float | None = None) -> Terminal:
    """A terminal in which the batch is being opened."""
    forget(arguments.scratch, arguments.scratch / "step_annotations.csv")
    command = [arguments.python, "-m", "tuiqc", "open", str(arguments.batch)]
    command += ["--annotations", str(arguments.scratch / "step_annotations.csv")]
    return Terminal(command, KINDS[protocol], environ=private_state(arguments.scratch), rate=rate)


def wait_for_tables(terminal: Terminal) -> None:
    """Wait until all tables have been read: the top line says how many objects there are, and no longer "reading"."""
    began = time.monotonic()
    while time.monotonic() - began < TIMEOUT:
        terminal.wait_quiet(REST, TIMEOUT)
        told = re.findall(r"\d objects?( · reading)?", terminal.text())
        if told and not told[-1]:
            return
        time.sleep(REST)
    raise SystemExit("the tables were not read in time")


def go_to_objects(terminal: Terminal, arguments: argparse.Namespace) -> None:
    """Wait for the first picture and all tables, then go to the object table in the asked order."""
    if terminal.wait_for_picture(0.0, TIMEOUT) is None:
        raise SystemExit(f"no picture; the program wrote:\n{terminal.text()[-2000:]}")
    wait_for_tables(terminal)
    terminal.wait_quiet(1.0, TIMEOUT)
    for _ in range(4):
        pressed = terminal.press(DOWN)
        terminal.wait_quiet(0.3, TIMEOUT)
        if re.search(r" · nuclei \d+ (?!objects)", terminal.text(pressed)):
            break  # the arrow key walks through the objects: their table has the focus
        terminal.press(b"\t")
        terminal.wait_quiet(0.3, TIMEOUT)
    else:
        raise SystemExit("the object table did not take the focus")
    keys: list[bytes] = []
    if arguments.order == "area":
        keys += [b"\x1b[C"] * arguments.area_column + [b"s"]
    if arguments.zoom:
        keys.append(b"\r")
    for key in keys:
        terminal.press(key)
        terminal.wait_quiet(0.3, TIMEOUT)
    if arguments.order == "area":
        for _ in range(24):  # every image has been read once
            terminal.press(b"j")
            terminal.wait_quiet(0.15, TIMEOUT)


Measured = tuple[list[float], list[Picture], list[int], list[int]]
"""Milliseconds, the new pictures, bytes of all output and complete pictures, per step."""


def steps(terminal: Terminal, key: bytes, count: int, before: str) -> Measured:
    """Press `key` so often, each time after the picture of the one before."""
    times, pictures, output, sent = [], [], [], []
    for _ in range(count):
        pressed = terminal.press(key)
        found = terminal.wait_for_picture(pressed, 5.0, _other_than(before, terminal.kind.protocol))
        terminal.wait_quiet(REST, 5.0)
        if found is None:
            continue  # a place that looks the same
        everything = terminal.pictures(pressed)
        times.append((found.time - pressed) * 1e3)
        pictures.append(found)
        output.append(sum(len(piece) for _, piece in terminal.taken(pressed)))
        sent.append(len(everything))
        before = everything[-1].digest
    return times, pictures, output, sent


def _other_than(digest: str, protocol: str) -> Callable[[Picture], bool]:
    # A burst of half-blocks has no picture of its own to compare: painting the old one again belongs to it.
    return lambda picture: protocol == "halfblock" or picture.digest != digest


def report_steps(name: str, measured: Measured) -> None:
    """One line."""
    times, pictures, output, sent = measured
    if not times:
        print(f"  {name:24} no picture came")
        return
    print(
        f"  {name:24} median {statistics.median(times):6.1f} ms   p95 {percentile(times, 0.95):6.1f}   "
        f"largest {max(times):6.1f}   picture {statistics.median(p.nbytes for p in pictures) / 1e3:6.1f} kB   "
        f"output {statistics.median(output) / 1e3:6.1f} kB   "
        f"pictures per step {statistics.mean(sent):.2f}   n={len(times)}"
    )


def hold(terminal: Terminal, seconds: float, per_second: float) -> tuple[float, float]:
    """Write the arrow key so often; returns the times of the first and the last."""
    first = last = time.monotonic()
    for number in range(round(seconds * per_second)):
        due = first + number / per_second
        time.sleep(max(0.0, due - time.monotonic()))
        last = terminal.press(DOWN)
    return first, last


def report_hold(name: str, terminal: Terminal, arguments: argparse.Namespace) -> None:
    """Hold the key, and tell what came after it was released."""
    first, last = hold(terminal, arguments.hold, arguments.key_rate)
    terminal.wait_quiet(1.0, 60.0)
    pictures = terminal.pictures(first)
    # Half-blocks without a rest between them look like one burst; what counts is when the last cell came.
    shown = "" if terminal.kind.protocol == "halfblock" else f"   pictures {len(pictures):3}"
    after = sum(picture.time > last for picture in pictures)
    delay = (pictures[-1].time - last) * 1e3 if pictures else float("nan")
    waited = sum(len(piece) for moment, piece in terminal.taken(last))
    line = f"  {name:24} last picture {delay:6.1f} ms after release{shown}   "
    line += f"after release {after}, {waited / 1e3:.0f} kB"
    if terminal.rate is None:
        line += f"   target {arguments.target:.0f} ms: {'met' if delay <= arguments.target else 'MISSED'}"
    else:
        one = statistics.median(picture.nbytes for picture in pictures) / terminal.rate * 1e3
        line += f"   one picture takes {one:.0f} ms on this link: {delay / one:.1f} of them"
    if terminal.kind.protocol != "halfblock" and pictures:
        line += f"   the right one: {_same_after_a_detour(terminal, pictures[-1].digest)}"
    print(line, flush=True)


def _same_after_a_detour(terminal: Terminal, digest: str) -> str:
    start = terminal.press(b"k")
    terminal.wait_quiet(0.7, TIMEOUT)
    terminal.press(b"j")
    terminal.wait_quiet(0.7, TIMEOUT)
    pictures = terminal.pictures(start)
    return "yes" if pictures and pictures[-1].digest == digest else "NO"


def peer(arguments: argparse.Namespace, protocol: str) -> None:
    """textual-image stepping through pictures as large as tuiqc's pane."""
    command = [arguments.python, str(PEER), PEER_WIDGETS[protocol]]
    with Terminal(command, KINDS[protocol], environ=private_state(arguments.scratch)) as terminal:
        if terminal.wait_for_picture(0.0, TIMEOUT) is None:
            print(f"  {'textual-image':24} no picture; it wrote {terminal.text()[-300:]!r}")
            return
        terminal.wait_quiet(1.0, TIMEOUT)
        report_steps("textual-image", steps(terminal, b"n", min(arguments.steps, 50), ""))
        terminal.press(b"\x11")
        terminal.wait_quiet(0.3, 3.0)


def main() -> None:
    """Parse the arguments, measure, report."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    common_arguments(parser)
    parser.add_argument("--protocols", nargs="+", choices=KINDS, default=list(KINDS), help="(default: all)")
    parser.add_argument("--images", type=int, default=8, help="demo images (default: 8)")
    parser.add_argument("--size", type=int, default=2048, help="their rows and columns (default: 2048)")
    parser.add_argument("--steps", type=int, default=200, help="(default: 200)")
    parser.add_argument("--order", choices=("file", "area"), default="file", help="(default: file)")
    parser.add_argument(
        "--area-column", type=int, default=5, help="arrow keys to the right from the first column to the area"
    )
    parser.add_argument("--zoom", action="store_true", help="centre and enlarge the object first")
    parser.add_argument("--hold", type=float, default=5.0, metavar="SECONDS", help="(default: 5; 0: not)")
    parser.add_argument("--key-rate", type=float, default=30.0, help="held key, per second (default: 30)")
    parser.add_argument(
        "--rate", type=float, default=300e3, help="bytes/s of the slow link (default: 300000)"
    )
    parser.add_argument("--target", type=float, default=150.0, help="ms after release (default: 150)")
    arguments = parser.parse_args()
    arguments.scratch.mkdir(parents=True, exist_ok=True)
    arguments.batch = demo_batch(arguments.python, arguments.scratch, arguments.images, arguments.size)
    has_peer = importlib.util.find_spec("textual_image") is not None
    print(machine())
    if not has_peer:
        print("textual-image: skipped, it is not installed (pip install 'tuiqc[bench]')")
    for protocol in arguments.protocols:
        print(f"{protocol} ({KINDS[protocol].name})", flush=True)
        with opened(arguments, protocol) as terminal:
            go_to_objects(terminal, arguments)
            known = terminal.pictures(0.0)
            measured = steps(terminal, b"j", arguments.steps, known[-1].digest if known else "")
            report_steps(f"steps, {arguments.order} order", measured)
            if arguments.hold:
                report_hold("held key", terminal, arguments)
            terminal.press(b"q")
            terminal.wait_quiet(0.3, 3.0)
        if arguments.hold:
            with opened(arguments, protocol, arguments.rate) as terminal:
                go_to_objects(terminal, arguments)
                report_hold(f"held key, {arguments.rate / 1e3:.0f} kB/s", terminal, arguments)
                terminal.press(b"q")
                terminal.wait_quiet(0.3, 5.0)
        if has_peer and protocol in PEER_WIDGETS:
            peer(arguments, protocol)
    print(machine())


if __name__ == "__main__":
    main()
