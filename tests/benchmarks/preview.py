"""What a picture costs: encoders beside chafa, timg and textual-image, and key press to last byte end to end.

    python preview.py [--sizes 512 2048 40000] [--protocols kitty sixel halfblock kitty-direct] [--long 10000]

The pane is 100 x 40 cells of 8 x 15 pixels. Reported are, each as median and 95th percentile,

- **encoders** (`picture_encoders.py`): milliseconds of CPU and bytes of this program's encoders, textual-image's, chafa
  and timg (whole processes, their start-up included) on the same composed picture, and the structural similarity (SSIM)
  of what a decoder makes of our bytes to that picture;
- **steps** (`picture_session.py`): the program in a pseudo-terminal, from writing the key to the last byte of what it
  changes. The longest stall of the event loop is taken inside. Three kinds, each with textual-image's widget doing the
  same in the same run:

  - *files*: to an image that was not read yet, by a click that nobody could foresee (`first`: to the first picture
    of it, which may be a coarse one). The widget's program reads the same two files at each step, composes them at
    the size of the screen and has no tables (as `09_textual_image_step.py`: 51, 101 and 116 ms on the quiet machine
    for kitty, half-blocks and sixel);
  - *cold*: a page of objects further, to one that was not made ready. The widget is given pictures in memory, so that
    it has less to do: told as a ratio, the target is for *files*;
  - *ready*: to the next row after a rest, with the same pictures in memory;

- **long walk** (`long_walk.py`): over all objects and images, down and up, hardly waiting: memory after 1,000 steps and
  at the end, and how many pictures the terminal holds at most, counted by decoding the stream.

Every ratio is told with its target.
"""

from __future__ import annotations

import argparse
import statistics
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))
sys.path.insert(1, str(Path(__file__).resolve().parents[1]))

from big_images import make_big, make_plain
from long_walk import long_walk
from picture_encoders import PEERS, composed, encoders
from picture_session import CELL, HERE, Session, Steps, click_on, last_of_burst, other_than, verdict
from terminal import KINDS, Terminal, common_arguments, machine, percentile, private_state

NOISE = {"smooth": 0.0, "noisy": 8.0}
ON_QUIET_MACHINE = {"kitty": 51.0, "kitty-direct": 51.0, "sixel": 116.0, "halfblock": 101.0}
"""Milliseconds of textual-image's widget in `09_textual_image_step.py`."""
UNFORESEEN = (4, 8, 12)
"""Rows of the image table that are no neighbours, no page and no end of one another."""
MOST_READ = 8000
"""Rows of an image from which on nobody reads all of it at each step."""


def end_to_end(
    arguments: argparse.Namespace, folder: Path, protocol: str, size: int, pictures: list[Path]
) -> dict[str, list[float]]:
    """Steps between images and objects, and the peer on the same files and pictures: milliseconds."""
    found: dict[str, list[float]] = {}
    stalls: list[float] = []
    if size < MOST_READ:
        files = Steps([], [], [], [])
        for _ in range(3):
            with Session(arguments, folder, protocol, objects=False) as session:
                jumps = session.steps(map(click_on, UNFORESEEN), 0.0)
            for all_of, some in zip(files, jumps, strict=True):
                all_of.extend(some)
        found["files"], stalls = files.times, files.stalls
        theirs = peer(arguments, protocol, sorted(folder.glob("*_DNA.tif")))
        tell(protocol, "files", files)
        quiet = statistics.median(files.times) / ON_QUIET_MACHINE[protocol]
        print(f"  {'':12} textual-image reading them too {statistics.median(theirs):6.1f} ms", end="")
        print(f"   files / it {ratio(files.times, theirs, 0.6)}", end="")
        print(f"   files / {ON_QUIET_MACHINE[protocol]:.0f} ms {verdict(quiet, 0.4)}")
        if arguments.only == "jumps":
            return found
    with Session(arguments, folder, protocol) as session:
        session.terminal.press(b"\r")  # centre and enlarge
        session.terminal.wait_quiet(0.6, 20)
        cold = session.steps([b"\x1b[6~"] * arguments.steps, 0.0)
        ready = session.steps([b"\x1b[A"] * arguments.steps, 0.45)
    stalls = [*stalls, *cold.stalls, *ready.stalls]
    found |= {"cold": cold.times, "ready": ready.times}
    tell(protocol, "cold", cold)
    tell("", "ready", ready)
    theirs = peer(arguments, protocol, pictures)
    print(f"  {'':12} stall p95 {verdict(percentile(stalls, 0.95), 12)}", end="")
    print(f"   ready / cold {ratio(ready.times, cold.times, 0.3)}")
    print(f"  {'':12} textual-image, pictures in memory {statistics.median(theirs):6.1f} ms", end="")
    print(f"   ready / it {ratio(ready.times, theirs, 0.3)}", end="")
    print(f"   cold / it {statistics.median(cold.times) / statistics.median(theirs):.2f}")
    return found


def ratio(ours: list[float], theirs: list[float], target: float) -> str:
    """Of medians, with its target, and of the fastest: beside other work those tell more."""
    medians = statistics.median(ours) / statistics.median(theirs)
    return f"{verdict(medians, target)}, fastest {min(ours) / min(theirs):.2f}"


def tell(protocol: str, kind: str, steps: Steps) -> None:
    """One line of figures."""
    times, sizes, stalls, firsts = steps
    print(f"  {protocol:12} {kind:6} {statistics.median(times):6.1f} ms", end="")
    print(f" ({min(times):.1f} to p95 {percentile(times, 0.95):.1f})", end="")
    print(f"  first {statistics.median(firsts):6.1f}  {statistics.median(sizes) / 1e3:6.1f} kB", end="")
    print(f"  stall median {statistics.median(stalls):4.1f}, largest {max(stalls):4.1f} ms")


def peer(arguments: argparse.Namespace, protocol: str, pictures: list[Path]) -> list[float]:
    """Milliseconds of steps of textual-image's widget over these files."""
    script = HERE / "textual_image_peer.py"
    command = [arguments.python, str(script), PEERS[protocol], *map(str, pictures)]
    screen = {"columns": 120, "rows": 45, "cell": CELL}
    times = []
    kind = KINDS["kitty" if protocol == "kitty-direct" else protocol]  # the widget knows placeholders only
    with Terminal(command, kind, environ=private_state(arguments.scratch), **screen) as terminal:
        terminal.wait_quiet(2.0, 30)
        for _ in range(arguments.steps):
            seen = terminal.pictures(0.0)
            pressed = terminal.press(b"n")
            first = terminal.wait_for_picture(pressed, 20, other_than(seen, terminal.kind.protocol))
            terminal.wait_quiet(0.3, 20)
            if first is not None:
                times.append((last_of_burst(terminal.taken(pressed), pressed, first.time) - pressed) * 1e3)
        terminal.press(b"\x11")
        terminal.wait_quiet(0.3, 3)
    return times


def batch(scratch: Path, size: int, kind: str) -> Path:
    """A batch of images of that size."""
    images = 48 if size < 1000 else 1 if size >= MOST_READ else 24
    folder = scratch / f"preview_{images}_{size}_{kind}"
    if size >= MOST_READ:
        return make_big(folder, size // 800 * 800, 1, NOISE[kind], "pyramid")
    return make_plain(folder, size, images, NOISE[kind])


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
    parser.add_argument("--long", type=int, default=0, metavar="STEPS", help="a long walk of so many steps")
    parser.add_argument(
        "--keys",
        choices=("walk", "random"),
        default="walk",
        help="of the long walk: up and down, or all keys",
    )
    parser.add_argument(
        "--cache-mb", type=int, help="of tuiqc, in the long walk (16 with random keys: see there)"
    )
    parser.add_argument("--only", choices=("encoders", "steps", "jumps", "long"), help="one part")
    arguments = parser.parse_args()
    if arguments.keys == "random" and arguments.cache_mb is None:
        arguments.cache_mb = 16
    from PIL import Image

    arguments.scratch.mkdir(parents=True, exist_ok=True)
    print(machine(), flush=True)
    over: dict[tuple[int, str, str, str], list[float]] = {}
    for size in arguments.sizes if arguments.only != "long" else ():
        for kind in arguments.kinds:
            folder = batch(arguments.scratch, size, kind)
            pictures = composed(folder, 8)
            files = []
            for number, picture in enumerate(pictures[1:]):
                files.append(arguments.scratch / f"picture{number}.png")
                Image.fromarray(picture).save(files[-1], compress_level=1)
            print(f"{size} px, {kind}", flush=True)
            if arguments.only not in ("steps", "jumps"):
                for protocol in arguments.protocols:
                    encoders(pictures[0], protocol, "whole image", arguments.scratch, arguments.runs)
                    encoders(pictures[1], protocol, "one object", arguments.scratch, arguments.runs)
            if arguments.only != "encoders":
                for protocol in arguments.protocols:
                    found = end_to_end(arguments, folder, protocol, size, files)
                    over |= {(size, kind, protocol, name): value for name, value in found.items()}
                    sys.stdout.flush()
    for (size, kind, protocol, name), value in over.items():
        if size >= MOST_READ and (smaller := over.get((2048, kind, protocol, name))):
            print(f"{size} / 2048 px, {kind}, {protocol}, {name}: {ratio(value, smaller, 1.5)}")
    for protocol in arguments.protocols if arguments.long else ():
        long_walk(arguments, batch(arguments.scratch, 512, "noisy"), protocol)
    print(machine())


if __name__ == "__main__":
    main()
