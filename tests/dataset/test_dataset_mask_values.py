"""Which numbers of a table are those of the mask: by the numbers, and by the objects that the centres lie in."""

from __future__ import annotations

import csv
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import tifffile

from tuiqc.cli import main

FRAMES, CELLS = 5, 4
PLACES = [(10, 12 + 20 * k) for k in range(CELLS)]
HEADER = "LABEL,ID,TRACK_ID,QUALITY,POSITION_X,POSITION_Y,POSITION_Z,POSITION_T,FRAME,RADIUS,AREA\n"
UNITS = ",,,(quality),(pixel),(pixel),(pixel),(frame),,(pixel),(pixel^2)\n"

Value = Callable[[int, int, int, int], int]
"""The label of a cell in the mask: of its spot's id, its number in the frame from 1, the frame, its number in all."""


def movie(value: Value) -> np.ndarray:
    mask = np.zeros((FRAMES, 40, 100), np.uint16)
    for number, (spot, k, t) in enumerate(spots()):
        y, x = PLACES[k - 1]
        mask[t, y - 5 : y + 5, x - 6 : x + 6] = value(spot, k, t, number)
    return mask


def spots() -> list[tuple[int, int, int]]:
    return [(100 + 10 * t + k, k, t) for t in range(FRAMES) for k in range(1, CELLS + 1)]


def trackmate(path: Path, track: Callable[[int], object], um: float = 1.0, every: int = 1) -> None:
    rows = ""
    for spot, k, t in spots()[::every]:
        y, x = PLACES[k - 1]
        rows += f"ID{spot},{spot},{track(k)},1.0,{x * um},{y * um},0,{t},{t},5.5,120\n"
    path.write_text(HEADER + "Label,Spot,Track,Q,X,Y,Z,T,F,R,A\nL,S,T,Q,X,Y,Z,T,F,R,A\n" + UNITS + rows)


@pytest.mark.parametrize(
    ("value", "track", "um", "every"),
    [
        (lambda spot, k, t, n: k, lambda k: k - 1, 1.0, 1),  # track + 1
        (lambda spot, k, t, n: spot + 1, lambda k: k - 1, 1.0, 1),
        (lambda spot, k, t, n: spot, lambda k: k - 1, 1.0, 1),
        (lambda spot, k, t, n: spot + 1, lambda k: k - 1, 0.5, 1),  # calibrated
        (lambda spot, k, t, n: spot + 1, lambda k: k - 1, 1.0, 2),  # half of the spots
        (lambda spot, k, t, n: 5 - k, lambda k: k - 1, 1.0, 1),  # the numbers of the tracks, in another order
        (lambda spot, k, t, n: 5 - k, lambda k: k - 1, 0.5, 1),
        (lambda spot, k, t, n: (k + t) % 4 + 1, lambda k: k, 1.0, 1),  # in another one in each frame
        (lambda spot, k, t, n: n + 1, lambda k: k - 1, 1.0, 1),  # throughout the movie
        (lambda spot, k, t, n: 5 - k, lambda k: "", 1.0, 1),  # and no tracks
    ],
)
def test_rows_have_the_label_of_the_object_that_they_lie_in(
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    value: Value,
    track: Callable[[int], object],
    um: float,
    every: int,
) -> None:
    mask = movie(value)
    more = {} if um == 1.0 else {"resolution": (1 / um, 1 / um)}
    meta = {"axes": "TYX", **({} if um == 1.0 else {"unit": "um"})}
    tifffile.imwrite(tmp_path / "m.tif", mask, imagej=True, metadata=meta, **more)
    trackmate(tmp_path / "s.csv", track, um, every)
    batch = ["--images", f"raw={tmp_path}/m.tif", "--labels", f"c={tmp_path}/m.tif"]
    output = tmp_path / "o.csv"
    assert main(["table", *batch, "--table", f"c={tmp_path}/s.csv", "-o", str(output)]) == 0
    rows = [line.split(",") for line in output.read_text().splitlines()]
    at = {name: rows[0].index(name) for name in ("label", "ID", "t")}
    of_spot = {spot: (k, t) for spot, k, t in spots()}
    assert len(rows) - 1 == len(spots()[::every])
    for row in rows[1:]:
        k, t = of_spot[int(row[at["ID"]])]
        y, x = PLACES[k - 1]
        assert (int(row[at["label"]]), int(row[at["t"]])) == (mask[t, y, x], t)


@pytest.mark.parametrize("head", [",area,x,y\n", "Unnamed: 0,area,x,y\n"])
@pytest.mark.parametrize(("first", "background"), [(0, False), (0, True), (1, False)])
def test_an_index_without_a_name(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], head: str, first: int, background: bool
) -> None:
    """From 0 with a row of the background (napari), from 1, and from 0 for the first object."""
    plane = movie(lambda spot, k, t, n: k)[0]
    tifffile.imwrite(tmp_path / "A01.tif", plane)
    tifffile.imwrite(tmp_path / "A01_labels.tif", plane)
    rows = [f"0,{plane.size},50,20\n"] if background else []
    rows += [f"{first + background + k},120,{x},{y}\n" for k, (y, x) in enumerate(PLACES)]
    (tmp_path / "A01_labels.csv").write_text(head + "".join(rows))
    output = tmp_path / "o.csv"
    assert main(["table", str(tmp_path), "-o", str(output)]) == 0
    lines = [line.split(",") for line in output.read_text().splitlines()]
    label, x = lines[0].index("label"), lines[0].index("x")
    assert [(line[label], line[x]) for line in lines[1:]] == [
        (str(k + 1), str(x)) for k, (_, x) in enumerate(PLACES)
    ]
    assert ("plus 1" in capsys.readouterr().err) == (first == 0 and not background)


@pytest.mark.thorough
@pytest.mark.parametrize(
    "value",
    [lambda spot, k, t, n: spot + 1, lambda spot, k, t, n: 5 - k, lambda spot, k, t, n: (k + t) % 4 + 1],
)
def test_one_table_of_several_images(tmp_path: Path, value: Value) -> None:
    """What the masks of some say holds for all; one that can't be read says nothing."""
    keys, mask = ["a", "b", "c"], movie(value)
    for key in keys:
        tifffile.imwrite(tmp_path / f"{key}.tif", mask, imagej=True, metadata={"axes": "TYX"})
        tifffile.imwrite(tmp_path / f"{key}_m.tif", mask, imagej=True, metadata={"axes": "TYX"})
    (tmp_path / "b_m.tif").write_bytes(b"II*\0broken")
    trackmate(tmp_path / "s.csv", lambda k: k - 1)
    head, *_, body = (tmp_path / "s.csv").read_text().partition(UNITS)
    names = head.splitlines()[0]
    lines = [f"{key},{line}" for key in reversed(keys) for line in body.splitlines()]
    (tmp_path / "s.csv").write_text("\n".join([f"name,{names}", *lines]) + "\n")
    batch = ["--images", f"raw={tmp_path}/{{name}}.tif", "--labels", f"c={tmp_path}/{{name}}_m.tif"]
    output = tmp_path / "o.csv"
    assert main(["table", *batch, "--table", f"c={tmp_path}/s.csv", "-o", str(output)]) in (0, 3)
    of_spot = {spot: (k, t) for spot, k, t in spots()}
    rows = list(csv.DictReader(output.open()))
    for key in ("a", "c"):
        mine = [row for row in rows if row["name"] == key]
        assert len(mine) == len(of_spot)
        for row in mine:
            k, t = of_spot[int(row["ID"])]
            assert int(row["label"]) == mask[t, PLACES[k - 1][0], PLACES[k - 1][1]]
