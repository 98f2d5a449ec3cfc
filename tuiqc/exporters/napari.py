"""A script that opens what failed or is unsure in napari, steps through it, and writes verdicts back.

The script is `napari_look.py` with the batch in it: files, colours, limits and what to look at. The features of the
objects lie beside it as CSV. It reads the images by tifffile, zarr or h5py, and needs no tuiqc.
"""

from __future__ import annotations

import json
import shlex
from collections.abc import Iterator
from dataclasses import dataclass, field
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from tuiqc.dataset.model import Batch, ImageRecord
from tuiqc.dataset.objects import ObjectLoader
from tuiqc.errors import InputError, TuiqcError, UsageError
from tuiqc.exporters.channel_planes import ChannelLooks
from tuiqc.exporters.object_tables import write_table
from tuiqc.exporters.request import Request, Written
from tuiqc.picture.display import Display
from tuiqc.pixels import image_info
from tuiqc.pixels.image_path import reading_of
from tuiqc.pixels.polygons.polygon_file import is_polygons
from tuiqc.pixels.sequence import files_of, is_sequence
from tuiqc.qc.csvfile import COLUMNS, SCHEMA
from tuiqc.qc.record import Subject
from tuiqc.qc.verdict import SCREEN_COLOURS
from tuiqc.review.object_rows import ObjectRows
from tuiqc.text import escaped, plural

if TYPE_CHECKING:
    import pandas as pd

    from tuiqc.pixels import ImageInfo

SUFFIXES = (".py",)
_MARK = 'json.loads("{}")'
_PANE = 700
"""Screen pixels across which an object is shown four times its size."""


def export(request: Request) -> Written:
    """Write the script; beside it NAME_objects.csv, and later NAME_annotations.csv with what is said in napari.

    Raises
    ------
    InputError
        Nothing that was asked for can be shown.
    """
    target = request.to(request.output, SUFFIXES)
    stem = request.output.stem
    objects = request.to(request.output.with_name(f"{stem}_objects.csv"), (".csv",))
    request.inputs.check(request.output.with_name(f"{stem}_annotations.csv"))
    look = _Look(request)
    look.collect()
    if not look.stops and look.missing:
        raise InputError(f"nothing can be shown: {look.missing[0]}")
    placeholders = [name for name in request.batch.placeholders if name not in COLUMNS]
    batch = {
        "annotations": f"{stem}_annotations.csv",
        "objects": objects.path.name,
        "columns": [*COLUMNS, *map(escaped, placeholders)],
        "schema": SCHEMA,
        "palette": SCREEN_COLOURS,
        "timed": look.timed,
        "images": look.images,
        "stops": look.stops,
    }
    source = files("tuiqc.exporters").joinpath("napari_look.py").read_text("utf-8")
    text = json.dumps(batch, ensure_ascii=True, separators=(",", ":"))
    if (table := look.objects()) is not None:
        write_table(request, table, objects)
    with target.writing() as temporary:
        temporary.write_text(source.replace(_MARK, f"json.loads({text!r})", 1), "utf-8")
    lines = [
        f"{plural(len(look.stops), 'thing')} to look at in {plural(len(look.images), 'image')}: {target.path}"
    ]
    return Written([*lines, f"python {shlex.quote(str(target.path))}"], look.notes, look.missing)


def one_liner(
    record: ImageRecord, layer: str = "", label: int = 0, centre: tuple[float, float] | None = None
) -> str:
    """Return a command that opens an image in napari, and puts an object in the middle.

    Parameters
    ----------
    centre
        x and y in pixels.
    """
    steps = ["import napari; v = napari.Viewer()"]
    for name, path in record.channels.items():
        if path is not None:
            axis = (
                f", channel_axis={_channel_axis(path)}"
                if _channel_axis(path) is not None
                else f", name={json.dumps(name)}"
            )
            steps.append(f'v.open({json.dumps(str(path))}{axis}, layer_type="image", blending="additive")')
    steps = list(dict.fromkeys(steps))
    mask = record.masks.get(layer)
    if mask is not None:
        steps.append(f'm = v.open({json.dumps(str(mask))}, layer_type="labels", name={json.dumps(layer)})[0]')
        if label:
            steps.append(f"m.selected_label = {label}; m.show_selected_label = False")
    if centre is not None and label:
        steps.append(f"v.camera.center = (0, {centre[1]:.1f}, {centre[0]:.1f}); v.camera.zoom = 8")
    return "python -c " + shlex.quote("; ".join([*steps, "napari.run()"]))


def line_for(batch: Batch, image: str | None, layer: str, label: int) -> str:
    """Return the command for an image of a batch (None for the first), and an object of it where there is a label.

    Raises
    ------
    InputError, UsageError
        There is no such image, layer or object.
    """
    record = batch.by_key(image) if image is not None else batch.images[0]
    if layer and layer not in batch.layers:
        raise UsageError(f"no object layer {layer!r}; there are: {', '.join(batch.layers) or 'none'}")
    layer = layer or next(iter(batch.layers), "")
    if not label:
        return one_liner(record, layer)
    part = ObjectLoader(batch).load(record.index, layer)
    found = np.flatnonzero(part.frame["label"].to_numpy() == label)
    if not len(found):
        raise UsageError(f"no object {layer}:{label} in image {record.key}")
    x, y = (float(values[found[0]]) for values in (part.geometry.centre_x, part.geometry.centre_y))
    return one_liner(record, layer, label, (x, y) if np.isfinite(x + y) else None)


def _channel_axis(path: Path) -> int | None:
    """Which axis of a file is that of channels, None where there is none."""
    try:
        info = image_info(path)
    except TuiqcError:
        return None
    return info.axes.index("c") if info.sizes["c"] > 1 and "c" in info.axes else None


@dataclass
class _Look:
    """What the script shows."""

    request: Request
    images: list[dict[str, Any]] = field(default_factory=list)
    stops: list[dict[str, Any]] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    missing: list[str] = field(default_factory=list)
    timed: bool = False
    _numbers: dict[int, int] = field(default_factory=dict)
    _rows: dict[str, ObjectRows] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._looks = ChannelLooks(self.request)
        batch = self.request.batch
        display = Display.of(batch.channels, batch.layers, "", batch.looks)
        self._visible = {name: style.visible for name, style in display.channels}

    def collect(self) -> None:
        """Go through images and objects, and take what was asked for."""
        from tuiqc.review.headless import filter_rows, whole_objects

        request = self.request
        for record in request.batch.images:
            subject = Subject("image", record.key)
            if not request.where and request.verdict(subject) not in request.drop:
                self._stop(record, "", 0, subject, (0, 0), None, 1.0)
        for layer in request.chosen_layers:
            rows = whole_objects(request.batch, layer, request.annotations.items(), request.progress)
            self.notes += [text for text in rows.problems if text not in rows.lost]
            self.missing += rows.lost
            self._rows[layer] = rows
            self.timed = self.timed or rows.times is not None
            if request.where:
                filter_rows(rows, request.where)
            tracks = request.tracks_of(layer, rows.view.frame)
            for position in rows.view.order.tolist():
                subject = rows.subject(position, request.batch)
                if not request.drops(subject, tracks[position]):
                    self._object(rows, position, subject, tracks[position])
        self.stops.sort(key=lambda stop: stop["image"])

    def _object(self, rows: ObjectRows, position: int, subject: Subject, track: Subject | None) -> None:
        record = self.request.batch.images[int(rows.images[position])]
        if record.masks.get(rows.layer) is None:
            return
        box = rows.box(position)
        side = 40.0 if box is None else max(box[2] - box[0], box[3] - box[1], 8.0)
        t = 0 if rows.times is None else int(rows.times[position])
        at = t, rows.best_slice(position, sure=True) or 0
        own = subject if self.request.verdict(subject) != "unreviewed" or track is None else track
        zoom = round(_PANE / (4 * side), 2)
        self._stop(record, rows.layer, subject.label, own, at, rows.centre(position), zoom)

    def _stop(
        self,
        record: ImageRecord,
        layer: str,
        label: int,
        subject: Subject,
        at: tuple[int, int],
        centre: tuple[float, float] | None,
        zoom: float,
    ) -> None:
        number = self._image(record)
        if number is None:
            return
        said = self.request.annotations.get(subject)
        x, y = centre or (0.0, 0.0)
        about = {name: escaped(getattr(said, name, "")) for name in ("verdict", "reason", "note")}
        place = {"t": at[0], "z": at[1], "y": round(y, 2), "x": round(x, 2), "zoom": zoom}
        self.stops.append({"image": number, "layer": escaped(layer), "label": label, **place, **about})

    def _image(self, record: ImageRecord) -> int | None:
        """The number of an image in the script, None where nothing of it can be read."""
        if record.index not in self._numbers:
            channels = [
                one
                for name in self.request.channels or self.request.batch.channels
                for one in self._channel(record, name)
            ]
            layers = [
                one | {"name": escaped(name)}
                for name in self.request.chosen_layers
                for one in self._file(record.masks.get(name), 0)
            ]
            if not channels and not layers:
                return None
            self._numbers[record.index] = len(self.images)
            placeholders = {escaped(name): escaped(text) for name, text in record.placeholders.items()}
            key = escaped(record.key)
            self.images.append(
                {"key": key, "channels": channels, "layers": layers, "placeholders": placeholders}
            )
        return self._numbers[record.index]

    def _channel(self, record: ImageRecord, name: str) -> Iterator[dict[str, Any]]:
        for file in self._file(record.channels.get(name), record.plane_of(name)):
            style = self._looks.style(record, name)
            look = {"colour": style.colour, "limits": style.limits, "visible": self._visible[name]}
            yield file | look | {"name": escaped(name)}

    def _file(self, path: Path | None, channel: int) -> Iterator[dict[str, Any]]:
        """How the script reads a file; nothing, and a word in `missing`, where it can't."""
        if path is None:
            return
        try:
            yield _described(self.request, path, image_info(path), channel)
        except TuiqcError as error:
            self.missing.append(str(error))

    def objects(self) -> pd.DataFrame | None:
        """The objects of all images of the script, with all columns and verdicts; None where there are none."""
        import pandas as pd

        frames = []
        for layer, rows in self._rows.items():
            keep = np.isin(rows.images, list(self._numbers))
            frame = rows.view.frame[keep]
            images = rows.images[keep]
            own: dict[str, Any] = {
                "image_number": [self._numbers[one] for one in images.tolist()],
                "layer": escaped(layer),
            }
            own |= {"label": rows.labels[keep]}
            said = [
                self.request.annotations.get(rows.subject(at, self.request.batch))
                for at in np.flatnonzero(keep).tolist()
            ]
            own |= {name: [getattr(one, name, "") for one in said] for name in ("verdict", "reason", "note")}
            rest = frame.drop(columns=[name for name in (*own, "image", "index") if name in frame])
            frames.append(pd.concat([pd.DataFrame(own, index=frame.index), rest], axis=1))
        return pd.concat(frames, ignore_index=True) if frames else None


def _described(request: Request, path: Path, info: ImageInfo, channel: int) -> dict[str, Any]:
    """What the script needs to read a file.

    Raises
    ------
    InputError
        Neither tifffile, zarr, h5py, NumPy nor Pillow reads it.
    """
    reading = reading_of(path)
    about: dict[str, Any] = {"axes": info.axes, "sizes": info.sizes, "channel": max(reading.channel, channel)}
    kind = _kind(path, info)
    if is_sequence(path) and not path.exists():
        found = files_of(path)
        places = [request.places(one) for _, one in sorted(found.items())]
        series = {"kind": kind, "series": 0}
        return about | series | {"planes": places, "counts": [info.sizes["t"], info.sizes["z"]]}
    about |= {"kind": kind, "path": request.places(path), "series": reading.series}
    if kind == "zarr":
        about["path"] = request.places(_first_level(path))
    if kind == "hdf5":
        from tuiqc.pixels.hdf5 import Hdf5Image

        with Hdf5Image(path) as image:
            about["dataset"] = image.dataset.name
            about["axes"] = "".join(role or "_" for role in image.roles)
    return about


def _kind(path: Path, info: ImageInfo) -> str:
    name = info.format.upper()
    for word, kind in (("ZARR", "zarr"), ("HDF5", "hdf5"), ("NPY", "npy"), ("NPZ", "npy"), ("TIFF", "tiff")):
        if word in name:
            return kind
    if name in ("LSM", "PNG", "JPEG", "BMP", "GIF") or path.suffix.casefold() in (
        ".png",
        ".jpg",
        ".jpeg",
        ".bmp",
    ):
        return "tiff" if name == "LSM" else "pillow"
    hint = "convert it to OME-TIFF"
    if is_polygons(path):
        hint = "write its objects as masks (--what ome-zarr) and open these"
    raise InputError(f"is {info.format}, which the script can't read", path=path, hint=hint)


def _first_level(path: Path) -> Path:
    """The array of the full resolution of an image in Zarr."""
    from tuiqc.pixels.zarr_node import multiscale, node_of

    node = node_of(path)
    image = None if node is None or node.array else multiscale(node)
    return path if image is None else path / image.datasets[0].path
