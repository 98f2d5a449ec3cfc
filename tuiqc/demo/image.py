"""One image of a demo batch, from its plan to its files."""

from __future__ import annotations

import csv
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import MappingProxyType

import numpy as np
import numpy.typing as npt
import tifffile

from tuiqc.demo.faults import Segmentation, Truth, segment
from tuiqc.demo.nuclei import Nucleus, lay_out
from tuiqc.demo.optics import Plane, blur, cut_noise, expose, haze, illumination
from tuiqc.demo.plan import ImagePlan
from tuiqc.demo.shapes import Labels, Patch, Scene, draw_scene
from tuiqc.measure.cellprofiler_features import measure
from tuiqc.measure.object_pixels import Floats

_DNA_LEVEL, _ER_LEVEL = 720.0, 330.0
_DNA_BACKGROUND, _ER_BACKGROUND = 26.0, 20.0
# Chromatin texture per kind: (fine, coarse) contrast.
_TEXTURE = {"interphase": (0.13, 0.12), "prophase": (0.30, 0.14)}
Points = npt.NDArray[np.float64]


def paint_dna(scene: Scene, sigma: float, rng: np.random.Generator) -> Plane:
    """DNA stain: textured nuclei with bright chromocentres and dark nucleoli, and a haze around them."""
    canvas = np.zeros(scene.labels.shape, np.float32)
    for number, (nucleus, patch) in enumerate(zip(scene.nuclei, scene.patches, strict=True), 1):
        if patch is not None:
            paint_nucleus(canvas, scene.labels, number, nucleus, patch, rng)
    canvas *= np.float32(_DNA_LEVEL)
    return blur(canvas, sigma) + np.float32(0.11) * haze(canvas) + np.float32(_DNA_BACKGROUND)


def paint_nucleus(
    canvas: Plane, labels: Labels, number: int, nucleus: Nucleus, patch: Patch, rng: np.random.Generator
) -> None:
    """Add the light of one nucleus, about 1 per pixel, to `canvas`; `labels` says where others lie above it."""
    window, distance = _inner(nucleus, patch)
    # Half a pixel of anti-aliasing at the outline.
    cover = np.clip((1 - distance) * np.float32(nucleus.radius) + np.float32(0.5), 0, 1)
    # A nucleus is a flattened ball: less stain above each pixel towards its rim.
    cover *= np.float32(0.5) + np.float32(0.5) * np.sqrt(np.maximum(0, 1 - distance * distance))
    cover *= np.float32(nucleus.brightness)
    fine, coarse = _TEXTURE.get(nucleus.kind, (0.10, 0.05))
    texture = 1 + np.float32(fine) * cut_noise(distance.shape, 1.1, rng)
    texture += np.float32(coarse) * cut_noise(distance.shape, 3.2, rng)
    if nucleus.kind == "interphase":
        texture += _chromatin(nucleus, window, rng)
    # Where two nuclei overlap the lower one is seen through the upper.
    owner = labels[window]
    cover[(owner != number) & (owner > 0)] *= np.float32(0.35)
    canvas[window] += cover * np.maximum(texture, np.float32(0.08))


def _inner(nucleus: Nucleus, patch: Patch) -> tuple[tuple[slice, slice], Plane]:
    """The part of the patch that can hold the nucleus itself."""
    half = 1.3 * nucleus.major + 3
    rows, columns = patch.window
    y0, y1 = max(rows.start, int(nucleus.y - half)), min(rows.stop, int(nucleus.y + half) + 2)
    x0, x1 = max(columns.start, int(nucleus.x - half)), min(columns.stop, int(nucleus.x + half) + 2)
    y1, x1 = max(y0, y1), max(x0, x1)
    inside = patch.distance[y0 - rows.start : y1 - rows.start, x0 - columns.start : x1 - columns.start]
    return (slice(y0, y1), slice(x0, x1)), inside


def _chromatin(nucleus: Nucleus, window: tuple[slice, slice], rng: np.random.Generator) -> Plane:
    """Bright chromocentres and dark nucleoli as a sum of Gaussians, relative to the stain around them."""
    bright, dark = int(rng.integers(3, 10)), int(rng.integers(1, 4))
    count = bright + dark
    away, turn = 0.78 * np.sqrt(rng.random(count)), rng.uniform(0, 2 * np.pi, count)
    along, across = away * np.cos(turn) * nucleus.major, away * np.sin(turn) * nucleus.minor
    c, s = np.cos(nucleus.angle), np.sin(nucleus.angle)
    y, x = nucleus.y + along * s + across * c, nucleus.x + along * c - across * s
    width = np.concatenate([rng.uniform(0.8, 1.5, bright), rng.uniform(1.6, 2.9, dark)])
    height = np.concatenate([rng.uniform(0.25, 0.95, bright), rng.uniform(-0.5, -0.25, dark)])
    rows = np.arange(window[0].start, window[0].stop)
    columns = np.arange(window[1].start, window[1].stop)
    down = np.exp(-0.5 * ((rows[:, None] - y) / width) ** 2) * height
    right = np.exp(-0.5 * ((columns[:, None] - x) / width) ** 2)
    return np.asarray(down @ right.T, np.float32)


def paint_er(scene: Scene, sigma: float, rng: np.random.Generator) -> tuple[Plane, Points]:
    """Cytoplasm stain: reticular cell bodies, brightest around the nucleus, with bright puncta.

    Returns the plane and the puncta, float64 (n, 2) as (y, x).
    """
    shape = scene.labels.shape
    level = np.array([0.0] + [nucleus.cell_brightness for nucleus in scene.nuclei], np.float32)
    around = np.maximum(scene.nearness - 1, 0)
    perinuclear = np.exp(np.float32(-2.2) * around)
    depth = scene.depth
    # Thin towards the rim, thick in the middle.
    body = (1 - np.float32(0.72) * depth * depth) * (np.float32(0.35) + np.float32(1.1) * perinuclear)
    body *= level[scene.cells]
    # Zero crossings of smooth noise are thin curved lines: a fair picture of a network of tubules.
    network = np.exp(np.float32(-1.9) * np.abs(cut_noise(shape, 1.7, rng)))
    body *= np.float32(0.45) + np.float32(0.95) * network
    body *= 1 + np.float32(0.16) * cut_noise(shape, 7.0, rng, 2)
    under = np.clip((1 - scene.nearness) * 8, 0, 1)
    body *= 1 - np.float32(0.72) * under
    puncta = _draw_puncta(scene, perinuclear, under, rng)
    canvas = body * np.float32(_ER_LEVEL)
    _splat(canvas, puncta, 2600.0 * np.exp(rng.normal(0.0, 0.55, len(puncta))))
    return blur(canvas, sigma) + np.float32(0.10) * haze(canvas) + np.float32(_ER_BACKGROUND), puncta


def _draw_puncta(scene: Scene, perinuclear: Plane, under: Plane, rng: np.random.Generator) -> Points:
    """Draw positions of puncta: denser near the nucleus, and in some cells more than in others."""
    rate = np.array([0.0] + [nucleus.spot_rate for nucleus in scene.nuclei], np.float32)[scene.cells]
    rate *= (np.float32(0.004) + np.float32(0.02) * perinuclear) * (1 - np.float32(0.85) * under)
    total = np.cumsum(rate.ravel(), dtype=np.float64)
    count = int(rng.poisson(total[-1]))
    place = np.searchsorted(total, rng.random(count) * total[-1], side="right")
    y, x = np.divmod(np.minimum(place, total.size - 1), scene.cells.shape[1])
    return np.stack([y, x], axis=1) + rng.uniform(-0.5, 0.5, (count, 2))


def _splat(canvas: Plane, points: Points, amounts: Points) -> None:
    """Add point sources, each shared between the four pixels around it."""
    limit = np.array(canvas.shape) - 1
    points = np.clip(points, 0, limit)
    corner = np.minimum(np.floor(points).astype(np.intp), np.maximum(limit - 1, 0))
    part = points - corner
    for dy in (0, 1):
        for dx in (0, 1):
            share = np.abs(1 - dy - part[:, 0]) * np.abs(1 - dx - part[:, 1])
            np.add.at(canvas, (corner[:, 0] + dy, corner[:, 1] + dx), (amounts * share).astype(np.float32))


TRUTH_COLUMNS = Truth._fields


def write_objects(
    path: Path,
    plan: ImagePlan,
    files: Mapping[str, str],
    measurements: Mapping[str, Floats],
    extra: Mapping[str, Floats],
) -> None:
    """Write one table.

    Parameters
    ----------
    path
        The file to write.
    plan
        Image number, plate, well and site.
    files
        File name per CellProfiler name: `DNA`, `ER`, `NucleiLabels`, `CellLabels`; all beside the table.
    measurements, extra
        Column name to one value per object; sorted together by name behind the columns of the image.
    """
    image: dict[str, object] = {f"FileName_{name}": file for name, file in sorted(files.items())}
    image |= {"Metadata_Plate": plan.plate, "Metadata_Site": plan.site, "Metadata_Well": plan.well}
    image |= {f"PathName_{name}": "." for name in sorted(files)}
    columns = dict(sorted({**measurements, **extra}.items()))
    same = [str(value) for value in image.values()]
    values = np.array(list(columns.values())).T
    with path.open("w", newline="", encoding="utf-8") as handle:
        writer = csv.writer(handle, lineterminator="\n")
        writer.writerow(["ImageNumber", "ObjectNumber", *image, *columns])
        for number, row in enumerate(values.tolist(), 1):
            writer.writerow([plan.index + 1, number, *same, *(_number(value) for value in row)])


def write_truth(path: Path, rows: Sequence[Truth], keys: Mapping[str, str] = MappingProxyType({})) -> None:
    """Write `truth.csv`, one row per planted error; positions in pixels, empty where the image is meant.

    `keys` says what an image is called where that is not the beginning of its files' names.

    The parts of the image's name stand in columns `plate`, `well` and `site` too, as `tuiqc open` finds them: so the
    truth joins on the verdicts by (plate, well, site, layer, label).
    """
    with path.open("w", newline="", encoding="utf-8") as handle:
        writer = csv.writer(handle, lineterminator="\n")
        writer.writerow([*TRUTH_COLUMNS, "plate", "well", "site"])
        for row in rows:
            x, y = (f"{value:.2f}" if row.level == "object" else "" for value in (row.x, row.y))
            plate, well, site = row.image.split("_")
            parts = (plate.removeprefix("plate"), well, site.removeprefix("s"))
            told = row._replace(x=x, y=y, image=keys.get(row.image, row.image))  # type: ignore[arg-type]
            writer.writerow([*told, *parts])


def _number(value: float) -> str:
    """Nine digits are more than the measurements hold, and halve the file."""
    return f"{value:.9g}"


PIXEL_SIZE_UM = 0.65
_SHARP, _OUT_OF_FOCUS = {"DNA": 1.0, "ER": 1.1}, {"DNA": 5.2, "ER": 5.2}


def make_image(plan: ImagePlan, directory: Path) -> list[Truth]:
    """Write the six files of an image into `directory`; return its rows of `truth.csv`.

    Channels are uint8 or uint16 TIFFs (zlib), masks uint16 TIFFs (zlib), all (y, x).
    """
    rng = plan.random()
    nuclei: list[Nucleus] = [] if plan.image_error == "empty" else lay_out(plan.size, plan.errors, rng)
    scene = draw_scene(nuclei, plan.size, rng)
    sigma = _OUT_OF_FOCUS if plan.image_error == "focus" else _SHARP
    dna = paint_dna(scene, sigma["DNA"], rng)
    er, puncta = paint_er(scene, sigma["ER"], rng)
    shift = _shift(rng) if plan.image_error == "shifted" else (0, 0)
    segmentation = segment(scene, plan.errors, rng, shift)
    light, plate = {"DNA": dna, "ER": er}, plan.plate_random()
    planes: dict[str, npt.NDArray[np.integer]] = {}
    for channel, dtype in plan.dtypes().items():
        planes[channel] = expose(light[channel] * illumination(plan.size, plate), dtype, rng)
    _write(plan, directory, planes, segmentation, puncta)
    return _image_rows(plan, shift) + segmentation.truth(plan.key)


def _shift(rng: np.random.Generator) -> tuple[int, int]:
    """Half a nucleus or more, in a random diagonal direction: (down, right) in pixels."""
    size, sign = rng.integers(13, 22, 2), rng.choice([-1, 1], 2)
    return int(size[0] * sign[0]), int(size[1] * sign[1])


def _image_rows(plan: ImagePlan, shift: tuple[int, int]) -> list[Truth]:
    text = {
        "": "",
        "focus": "the whole image is out of focus",
        "shifted": f"the masks lie {shift[0]:+d} pixels down and {shift[1]:+d} right of their image",
        "empty": "there is no object in the image, the masks are all 0 and the tables have no row",
    }[plan.image_error]
    return [Truth(plan.key, "image", "", 0, plan.image_error, 0.0, 0.0, text)] if text else []


def _write(
    plan: ImagePlan,
    directory: Path,
    planes: Mapping[str, npt.NDArray[np.integer]],
    segmentation: Segmentation,
    puncta: Points,
) -> None:
    masks: dict[str, npt.NDArray[np.integer]] = {
        "NucleiLabels": segmentation.nuclei,
        "CellLabels": segmentation.cells,
    }
    files = {name: f"{plan.key}_{name}.tif" for name in planes}
    files |= {"NucleiLabels": f"{plan.key}_nuclei_labels.tif", "CellLabels": f"{plan.key}_cells_labels.tif"}
    for name, plane in {**planes, **masks}.items():
        _write_tiff(directory / files[name], plane, level=1 if name in masks else 6)
    nuclei, cells = measure(segmentation.nuclei, planes), measure(segmentation.cells, planes)
    count = len(nuclei["AreaShape_Area"])
    parents = {
        "Parent_nuclei": np.arange(1.0, count + 1),
        "Children_spots_Count": _puncta_per_cell(segmentation.cells, puncta, count),
    }
    write_objects(
        directory / f"{plan.key}_nuclei.csv", plan, files, nuclei, {"Children_cells_Count": np.ones(count)}
    )
    write_objects(directory / f"{plan.key}_cells.csv", plan, files, cells, parents)


def _puncta_per_cell(cells: npt.NDArray[np.integer], puncta: Points, count: int) -> Floats:
    """How many puncta were put into each labelled cell, float64 (count,)."""
    y, x = np.clip(np.rint(puncta).astype(np.intp), 0, cells.shape[0] - 1).T
    return np.bincount(cells[y, x], minlength=count + 1)[1:].astype(np.float64)


def _write_tiff(path: Path, plane: npt.NDArray[np.generic], level: int) -> None:
    per_cm = 1e4 / PIXEL_SIZE_UM
    tifffile.imwrite(
        path,
        plane,
        photometric="minisblack",
        compression="zlib",
        compressionargs={"level": level},
        resolution=(per_cm, per_cm),
        resolutionunit="CENTIMETER",
        maxworkers=1,
    )
