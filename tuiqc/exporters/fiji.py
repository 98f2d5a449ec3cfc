"""Outlines that Fiji's ROI Manager reads: `RoiSet.zip`, one ROI per object and plane, coloured by verdict.

Opened with *More > Open…* of the ROI Manager, or by dropping the file on Fiji. ROIs are of ImageJ's type "traced",
whose corners are corners of pixels; objects with holes or several parts are composites.
"""

from __future__ import annotations

import zipfile
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import numpy as np

from tuiqc.errors import UsageError
from tuiqc.exporters.guard import OutputNames, safe_name
from tuiqc.exporters.judged_planes import JudgedLayer, JudgedObject, JudgedPlane, check_any, judged_layers
from tuiqc.exporters.request import Request, Written
from tuiqc.measure.contours import Polygon, trace
from tuiqc.qc.reasons import parse_reasons
from tuiqc.qc.verdict import SCREEN_COLOURS
from tuiqc.text import escaped, plural

if TYPE_CHECKING:
    from tuiqc.dataset.model import ImageRecord

SUFFIXES = (".zip",)
_LARGEST = 32_000
"""Beyond it the whole numbers of the format, of 16 bits, would turn over."""
_MOVE, _LINE, _CLOSE = 0, 1, 4
"""Steps of a path, as `java.awt.geom.PathIterator` numbers them."""


def export(request: Request) -> Written:
    """Write the objects that are not dropped into one file, or into IMAGE.zip per image in a folder.

    A ROI is called IMAGE-LABEL-REASON, with the layer where there are several.

    Raises
    ------
    UsageError
        roifile is not installed.
    """
    try:
        import roifile  # noqa: F401
    except ImportError as error:
        raise UsageError('writing ROIs needs roifile: pip install "tuiqc[handover]"') from error
    images = request.batch.images
    alone = request.output.suffix.casefold() in SUFFIXES and not request.output.is_dir()
    names = OutputNames()
    targets = [request.to(request.output, SUFFIXES)] if alone else []
    if not alone:
        folder = request.folder("sets of ROIs")
        targets = [
            request.to(folder / names.free(f"{one.key.replace('/', '_')}.zip"), SUFFIXES) for one in images
        ]
    layers = judged_layers(request)
    done, taken = 0, 0
    for target, records in zip(targets, [images] if alone else [[one] for one in images], strict=True):
        with target.writing() as temporary, zipfile.ZipFile(temporary, "w", zipfile.ZIP_DEFLATED) as file:
            entries = OutputNames()
            for record in records:
                for name, data in _rois(layers, record):
                    file.writestr(zipfile.ZipInfo(entries.free(f"{name}.roi")), data)
                    taken += 1
                done += 1
                request.tell(done, len(images))
    missing = [line for layer in layers for line in layer.missing]
    check_any(layers, missing)
    lines = [layer.counted for layer in layers]
    return Written(
        [*lines, f"{plural(taken, 'ROI')}: {request.output}"],
        [line for layer in layers for line in layer.notes],
        missing,
    )


def _rois(layers: list[JudgedLayer], record: ImageRecord) -> Iterator[tuple[str, bytes]]:
    for layer in layers:
        for plane in layer.planes(record):
            for label, polygons in trace(plane.kept_labels):
                one = plane.objects[label]
                parts = [record.key, layer.layer if len(layers) > 1 else "", str(label), plane.place]
                parts += ["+".join(parse_reasons(one.reason)) or one.verdict]
                name = safe_name(escaped("-".join(part for part in parts if part)))
                yield name, roi(name, plane, one, polygons)


def roi(name: str, plane: JudgedPlane, one: JudgedObject, polygons: list[Polygon]) -> bytes:
    """Return an object as the bytes of a `.roi` file."""
    from roifile import ROI_OPTIONS, ROI_TYPE, ImagejRoi

    rings = [ring for part in polygons for ring in (part.outer, *part.holes)]
    corners = np.concatenate(rings)
    (left, top), (right, bottom) = corners.min(axis=0).tolist(), corners.max(axis=0).tolist()
    small = max(right, bottom) <= _LARGEST
    made = ImagejRoi.frompoints(rings[0].astype(np.int32 if small else np.float32), name=name)
    if len(rings) > 1:
        made.roitype, made.options = ROI_TYPE.RECT, ROI_OPTIONS.OVERLAY_BACKGROUNDS
        made.n_coordinates, made.integer_coordinates, made.subpixel_coordinates = 0, None, None
        sides = (min(side, _LARGEST) for side in (left, top, right, bottom))
        made.left, made.top, made.right, made.bottom = sides
        made.multi_coordinates = np.concatenate([_path(ring) for ring in rings])
        made.shape_roi_size = len(made.multi_coordinates)
    elif small:
        made.roitype = ROI_TYPE.TRACED
    made.stroke_color = bytes((255, *SCREEN_COLOURS[one.verdict]))
    _place(made, plane)
    said = {"image": plane.record.key, "layer": plane.layer, "label": one.label}
    said |= {"verdict": one.verdict, "reason": one.reason, "note": one.note}
    made.props = "".join(f"{key}: {_one_line(value)}\n" for key, value in said.items() if value)
    data: bytes = made.tobytes()
    return data


def _one_line(value: object) -> str:
    return " ".join(escaped(str(value)).split())


def _path(ring: Any) -> Any:
    """A ring as steps of a path: a number for the kind of step, then x and y."""
    steps = np.column_stack([np.full(len(ring), _LINE), ring]).astype(np.float32)
    steps[0, 0] = _MOVE
    return np.append(steps.ravel(), np.float32(_CLOSE))


def _place(made: Any, plane: JudgedPlane) -> None:
    """Where in a stack it is: by one number where the image has one further axis, else by slice and time point."""
    times, slices = plane.sizes
    if times > 1 and slices == 1 and not plane.record.planes:
        made.position = plane.t + 1
    elif slices > 1 and times == 1 and not plane.record.planes:
        made.position = plane.z + 1
    elif times > 1 or slices > 1:
        made.t_position, made.z_position = plane.t + 1, plane.z + 1
