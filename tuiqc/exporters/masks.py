"""Label masks without failed objects: the same files with those labels set to 0."""

from __future__ import annotations

import os
import shutil
from collections import defaultdict
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from tuiqc.dataset.model import ImageRecord
from tuiqc.dataset.objects import ObjectLoader
from tuiqc.errors import InputError, TuiqcError, UsageError
from tuiqc.exporters.request import Request
from tuiqc.exporters.tiff_copy import copy_tiff
from tuiqc.qc.record import Subject

Dropped = dict[int, set[int]]
"""Time point -> labels to take out."""


def export(request: Request) -> list[str]:
    """Write a mask for each image and layer into the folder `output`, in the sub-folders they are in now.

    Format, data type, compression and metadata stay; pixels of dropped objects become 0. Objects of a dropped
    image are all taken out. TIFF (with tifffile), PNG and other pictures (Pillow), HDF5.
    """
    if request.output.is_file():
        raise UsageError(f"{request.output} is a file: masks go into a folder")
    jobs = [(layer, r) for layer in request.chosen_layers for r in request.batch.images if r.masks.get(layer)]
    taken: dict[Path, str] = {}
    removed, emptied, problems = 0, 0, []
    loader = ObjectLoader(request.batch)
    for done, (layer, record) in enumerate(jobs, start=1):
        source = record.masks[layer]
        assert source is not None
        target = _target(request, source, record, taken)
        request.check(target)
        try:
            dropped = _dropped(request, loader, record, layer)
            with request.writing(target) as temporary:
                _copy(source, temporary, _eraser(dropped))
            removed += sum(map(len, dropped.values()))
            emptied += -1 in dropped
        except InputError as error:
            problems.append(str(error))
        request.tell(done, len(jobs))
    written = len(jobs) - len(problems)
    text = f"{written} masks written, {removed} objects taken out"
    if emptied:
        text += f", {emptied} of images left out emptied"
    return [*problems, f"{text}: {request.output}"]


def _target(request: Request, source: Path, record: ImageRecord, taken: dict[Path, str]) -> Path:
    relative = Path(os.path.relpath(source, request.batch.root))
    if relative.is_absolute() or ".." in relative.parts:
        relative = Path(source.name)
    if taken.get(relative, str(source)) != str(source):
        relative = relative.with_name(f"{record.key.replace('/', '_')}_{relative.name}")
    taken[relative] = str(source)
    return request.output / relative


def _dropped(request: Request, loader: ObjectLoader, record: ImageRecord, layer: str) -> Dropped:
    """Labels to take out: of the annotations, and of the table where that needs the whole list."""
    found: defaultdict[int, set[int]] = defaultdict(set)
    if request.drops_image(record.key):
        return {-1: set()}
    for subject in request.annotations:
        if (subject.level, subject.image, subject.layer) == ("object", record.key, layer) and request.drops(
            subject
        ):
            found[subject.t].add(subject.label)
    judged = [one for one in request.annotations if one.level == "track" and one[1:3] == (record.key, layer)]
    if "unreviewed" in request.drop or any(request.verdict(track) in request.drop for track in judged):
        frame = loader.load(record.index, layer).frame
        times = frame["t"].tolist() if "t" in frame else [0] * len(frame)
        tracks = request.tracks_of(layer, frame)
        for label, t, track in zip(frame["label"].tolist(), times, tracks, strict=True):
            if request.drops(Subject("object", record.key, layer, label, t), track):
                found[t].add(label)
    return dict(found)


def _eraser(dropped: Dropped) -> Callable[[np.ndarray, int], np.ndarray]:
    def erase(plane: np.ndarray, t: int) -> np.ndarray:
        if -1 in dropped:
            return np.zeros_like(plane)
        labels = dropped.get(t)
        if not labels:
            return plane
        # Compared as whole numbers of the mask's own type, which a float mask has exactly too.
        gone = np.isin(plane, np.asarray(sorted(labels)))
        return np.where(gone, plane.dtype.type(0), plane)

    return erase


def _copy(source: Path, target: Path, erase: Callable[[np.ndarray, int], np.ndarray]) -> None:
    suffix = source.suffix.lower()
    try:
        if suffix in (".tif", ".tiff"):
            copy_tiff(source, target, erase)
        elif suffix in (".h5", ".hdf5", ".hdf"):
            _copy_hdf5(source, target, erase)
        else:
            _copy_picture(source, target, erase)
    except TuiqcError:
        raise
    except Exception as error:  # whatever a reader says about a broken file
        raise InputError(f"mask can't be copied ({error})", path=source) from error


def _copy_picture(source: Path, target: Path, erase: Callable[[np.ndarray, int], np.ndarray]) -> None:
    from PIL import Image, PngImagePlugin

    with Image.open(source) as picture:
        plane = np.asarray(picture)
        if plane.ndim != 2 or picture.format != "PNG":
            raise InputError(
                f"a mask as {picture.format} in {len(picture.getbands())} bands can't be written again exactly",
                path=source,
                expected="PNG with one band, TIFF or HDF5",
            )
        made = Image.fromarray(erase(plane, 0))
        if picture.mode == "P":
            made.putpalette(picture.getpalette() or [])
        texts = PngImagePlugin.PngInfo()
        for name, text in getattr(picture, "text", {}).items():
            texts.add_text(name, text)
        known = {name: picture.info[name] for name in ("dpi", "icc_profile") if name in picture.info}
        made.save(target, "PNG", pnginfo=texts, **known)


def _copy_hdf5(source: Path, target: Path, erase: Callable[[np.ndarray, int], np.ndarray]) -> None:
    """Copy the file and change the label planes in the copy: everything else in it stays as it is."""
    import h5py

    from tuiqc import pixels

    shutil.copyfile(source, target)
    info = pixels.image_info(source)
    axes, shape = info.axes, tuple(info.sizes[axis] for axis in info.axes)
    with h5py.File(target, "r+") as file:
        fitting: list[Any] = []
        file.visititems(
            lambda _, item: fitting.append(item) if getattr(item, "shape", None) == shape else None
        )
        named = [item for item in fitting if item.name == "/exported_data"]
        if len(named or fitting) != 1:
            raise InputError("it is not clear which dataset is the mask", path=source)
        dataset = (named or fitting)[0]
        time = axes.find("t")
        count = dataset.shape[time] if time >= 0 else 1
        for t in range(count):
            where: Any = tuple(t if axis == time else slice(None) for axis in range(dataset.ndim))
            before = dataset[where]
            after = erase(before, t)
            if after is not before:
                dataset[where] = after
