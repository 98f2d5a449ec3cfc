"""The exporters by name. To add one: a file with `export(request) -> list[str]`, and a line here."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tuiqc.exporters.request import Exporter

EXPORTERS: dict[str, tuple[str, str]] = {
    "passing": (
        "tuiqc.exporters.passed_objects",
        "object tables with all measurements, without failed objects",
    ),
    "masks": ("tuiqc.exporters.masks", "label masks without failed objects (into a folder)"),
    "cpa": ("tuiqc.exporters.cpa", "training set for the Classifier of CellProfiler Analyst (.csv or .txt)"),
    "mobie": ("tuiqc.exporters.mobie", "table that Fiji MoBIE reads, with verdicts"),
    "napari": (
        "tuiqc.exporters.napari",
        "script that shows what failed or is unsure in napari, and takes verdicts (.py)",
    ),
    "mobie-collection": (
        "tuiqc.exporters.mobie_collection",
        "table that MoBIE opens the whole batch with, verdicts as columns (.tsv or .csv)",
    ),
    "qupath": (
        "tuiqc.exporters.qupath",
        "outlines for QuPath, verdicts as classes (GeoJSON, a file per image)",
    ),
    "fiji": ("tuiqc.exporters.fiji", "outlines of failed and unsure objects for Fiji's ROI Manager (.zip)"),
    "coco": (
        "tuiqc.exporters.coco",
        "outlines for CVAT, FiftyOne and others (COCO: .json, or a folder with PNG)",
    ),
    "cellpose-train": ("tuiqc.exporters.cellpose_train", "training set for Cellpose (into a folder)"),
    "stardist-train": ("tuiqc.exporters.stardist_train", "training set for StarDist (into a folder)"),
    "crops": ("tuiqc.exporters.crops", "crops of objects with their masks, by verdict (into a folder)"),
    "ome-zarr": (
        "tuiqc.exporters.ome_zarr",
        "new OME-Zarr label images without failed objects (into a folder)",
    ),
    "joined": (
        "tuiqc.exporters.joined",
        "copies of your own tables with columns of verdicts (also .h5ad, Parquet)",
    ),
    "keep-list": ("tuiqc.exporters.keep_list", "images to keep, for a pipeline (.txt or .csv)"),
}
"""Name -> module and what it writes."""


DROPS: dict[str, frozenset[str]] = {
    "qupath": frozenset(),
    "coco": frozenset(),
    "crops": frozenset(),
    "joined": frozenset(),
    "mobie-collection": frozenset(),
    "fiji": frozenset({"pass", "unreviewed"}),
    "napari": frozenset({"pass", "unreviewed"}),
}
"""What is left out where nothing is said, of those exporters that do not leave out what failed."""


FILTERED = frozenset(
    {"qupath", "fiji", "coco", "crops", "cellpose-train", "stardist-train", "ome-zarr", "napari"}
)
"""Those that go through objects one by one, so that a filter can choose them."""


ENDINGS = {
    "cpa": ".csv",
    "mobie": ".tsv",
    "napari": ".py",
    "mobie-collection": ".tsv",
    "fiji": ".zip",
    "coco": ".json",
    "keep-list": ".txt",
}
"""How a file ends that an exporter writes where nothing is said; the others write into a folder."""


OF_IMAGES = frozenset({"keep-list"})
"""Those that write images, not objects."""


def dropped(name: str) -> frozenset[str]:
    """Return the verdicts whose things an exporter leaves out where nothing is said."""
    return DROPS.get(name, frozenset({"fail"}))


def exporter(name: str) -> Exporter:
    """Return the exporter; KeyError if there is none of that name."""
    export: Exporter = import_module(EXPORTERS[name][0]).export
    return export
