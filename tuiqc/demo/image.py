"""One image of a demo batch, from its plan to its files."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import numpy as np
import numpy.typing as npt
import tifffile

from tuiqc.demo.faults import Segmentation, Truth, segment
from tuiqc.demo.layout import Nucleus, lay_out
from tuiqc.demo.measure import measure
from tuiqc.demo.optics import expose, illumination
from tuiqc.demo.paint import Points, paint_dna, paint_er
from tuiqc.demo.plan import ImagePlan
from tuiqc.demo.regions import Floats
from tuiqc.demo.shapes import draw_scene
from tuiqc.demo.tables import write_objects

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
