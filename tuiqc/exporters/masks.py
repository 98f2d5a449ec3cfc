"""Label masks without failed objects: the same files with those labels set to 0."""

from __future__ import annotations

import os
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

from tuiqc import pixels
from tuiqc.dataset.model import ImageRecord
from tuiqc.dataset.objects import ObjectLoader
from tuiqc.errors import InputError, TuiqcError, UsageError
from tuiqc.exporters.eraser import Eraser, MaskInFile, check_written, is_without_some
from tuiqc.exporters.guard import OutputNames, safe_name
from tuiqc.exporters.hdf5_copy import copy_hdf5
from tuiqc.exporters.numpy_copy import copy_numpy
from tuiqc.exporters.png_copy import copy_png
from tuiqc.exporters.polygon_copy import copy_polygons
from tuiqc.exporters.request import Request, Written
from tuiqc.exporters.tiff_copy import copy_tiff
from tuiqc.pixels.image_path import PLAIN, ImagePath, Reading, reading_of
from tuiqc.pixels.polygons.polygon_file import hides_polygons, is_polygons
from tuiqc.pixels.sequence import files_of, is_sequence
from tuiqc.pixels.zarr_store import is_hierarchy
from tuiqc.qc.record import Subject
from tuiqc.text import plural, some


@dataclass
class _Job:
    """A mask of one image and layer, and its files with the time point of each (None where it is one file)."""

    record: ImageRecord
    layer: str
    source: Path
    parts: list[tuple[Path, int | None]]
    names: dict[str, str]


@dataclass
class _File:
    """A file of masks, which may be those of several layers, positions or images."""

    path: Path
    target: Path
    jobs: list[tuple[_Job, int | None]] = field(default_factory=list)


def export(request: Request) -> Written:
    """Write the masks of all images and layers into the folder `output`, in the sub-folders they are in now.

    Format, data type, compression, pyramid and metadata stay; pixels of dropped objects become 0. Objects of a dropped
    image are all taken out. TIFF (with tifffile), PNG (Pillow), HDF5. Each file is read back and compared.

    Raises
    ------
    UsageError
        If the output is no folder, or there is no mask.
    InputError
        If none of the masks could be written.
    """
    if request.output.exists() and not request.output.is_dir():
        raise UsageError(f"{request.output} is a file: masks go into a folder")
    missing: list[str] = []
    files = _files(request, missing)
    if not files and not missing:
        raise UsageError("there is no label mask in this batch: nothing can be exported")
    for file in files:
        request.to(file.target, (), partial(_is_earlier, file))
    loader = ObjectLoader(request.batch)
    written = 0
    erasers: dict[tuple[int, str], Eraser] = {}
    for done, file in enumerate(files, start=1):
        try:
            _write(request, file, loader, erasers)
            written += 1
        except InputError as error:
            missing.append(str(error))
        request.tell(done, len(files))
    if not written:
        rest = f" (and {len(missing) - 1} more)" if len(missing) > 1 else ""
        raise InputError(f"no mask could be written: {missing[0]}{rest}")
    text = f"{plural(written, 'mask')} written, {plural(_removed(erasers), 'object')} taken out"
    emptied = sum(erase.labels is None for erase in erasers.values())
    if emptied:
        text += f", {emptied} of images left out emptied"
    return Written([f"{text}: {request.output}"], _absent(request, erasers), missing)


def _removed(erasers: dict[tuple[int, str], Eraser]) -> int:
    """How many objects were found and are gone."""
    return sum(len(erase.removed) for erase in erasers.values())


def _absent(request: Request, erasers: dict[tuple[int, str], Eraser]) -> list[str]:
    """A sentence on what was to be taken out and is not in the masks at its time point; none where all was there."""
    absent = []
    for (index, _), erase in erasers.items():
        wanted = {(t, label) for t, labels in (erase.labels or {}).items() for label in labels}
        key = request.batch.key(index)
        absent += [f"{key}: {label}" for _, label in sorted(wanted - erase.removed)]
    if not absent:
        return []
    return [f"{plural(len(absent), 'object')} to take out not found in the masks ({some(absent, 3)})"]


def _files(request: Request, missing: list[str]) -> list[_File]:
    """Every file of a mask once, with all masks that it holds, and where it goes."""
    names = OutputNames()
    found: dict[Path, _File] = {}
    for job in _jobs(request, missing):
        folder = safe_name(job.layer)
        for path, t in job.parts:
            plain = Path(path)
            if plain not in found:
                # As it is; a second one of that name gets its layer's folder, then its image's name too.
                relative = _relative(plain, request.batch.root)
                name = names.free(
                    relative,
                    f"{folder}/{relative}",
                    f"{folder}/{job.record.key.replace('/', '_')}_{relative}",
                )
                found[plain] = _File(plain, request.output / name)
            found[plain].jobs.append((job, t))
    return list(found.values())


def _jobs(request: Request, missing: list[str]) -> Iterator[_Job]:
    for layer in request.chosen_layers:
        for record in request.batch.images:
            source = record.masks.get(layer)
            if source is None:
                continue
            try:
                yield _Job(record, layer, source, *_parts(source))
            except InputError as error:
                missing.append(str(error))


def _parts(source: Path) -> tuple[list[tuple[Path, int | None]], dict[str, str]]:
    """The files of a mask: one, or those of a movie or stack in many files with the time point of each.

    And the names that axes of such a file have by what the person told of all together.
    """
    if not is_sequence(source) or source.exists():
        return [(source, None)], {}
    told = reading_of(source).axes
    with pixels.open_image(ImagePath.of(source, PLAIN)) as many:
        names = dict(zip(many.info.axes.replace("s", ""), told, strict=False)) if told else {}
    found = files_of(source)
    # The axis of the names that time is along: {t}, unless it was told to be depth.
    along = next(
        (at for at, mark in enumerate("tz") if f"{{{mark}}}" in source.name and names.get(mark, mark) == "t"),
        None,
    )
    if along is None:
        return [(path, None) for _, path in sorted(found.items())], names
    first = min(key[along] for key in found)
    return [(path, key[along] - first) for key, path in sorted(found.items())], names


def _relative(source: Path, root: Path) -> str:
    relative = Path(os.path.relpath(source, root))
    return source.name if relative.is_absolute() or ".." in relative.parts else relative.as_posix()


def _is_earlier(file: _File, there: Path) -> bool:
    """Whether a file at the place of the output is this mask without some labels, as an earlier export left it.

    Masks of another segmentation have the same names, in a folder that this command knows nothing of.
    """
    if is_polygons(file.path):
        return True
    readings = [_reading(job.source) for job, _ in file.jobs]
    return all(is_without_some(ImagePath.of(file.path, one), ImagePath.of(there, one)) for one in readings)


def _reading(source: Path) -> Reading:
    """How each file of a mask is read: those of a sequence as `SequenceImage` reads them."""
    reading = reading_of(source)
    if is_sequence(source) and not source.exists():
        return PLAIN._replace(channel=reading.channel)
    return reading


def _write(
    request: Request, file: _File, loader: ObjectLoader, erasers: dict[tuple[int, str], Eraser]
) -> None:
    """Write one file without the labels of all its masks, and take down what was taken out once it is there."""
    masks = []
    for job, t in file.jobs:
        which = job.record.index, job.layer
        if which not in erasers:
            erasers[which] = Eraser(_dropped(request, loader, job.record, job.layer))
        reading = _reading(job.source)
        erase = Eraser(erasers[which].labels) if t is None else erasers[which].at(t)
        masks.append(MaskInFile(reading, erase, job.names))
    with request.to(file.target, ()).writing() as temporary:
        copy_masks(file.path, temporary, masks)
    for mask, (job, t) in zip(masks, file.jobs, strict=True):
        alike = [other.erase for other in masks if other.place == mask.place]
        for (
            one
        ) in alike:  # of images that share a mask, what was taken out for one is gone for the others too
            mine = {
                (at, label) for at, label in one.removed if label in (mask.erase.labels or {}).get(at, ())
            }
            erasers[job.record.index, job.layer].take_over(mine, t)


def copy_masks(source: Path, target: Path, masks: Sequence[MaskInFile]) -> None:
    """Write a file again without the labels that are taken out of its masks, and compare what is read back.

    Raises
    ------
    InputError
        It can't be written again exactly; the text says why.
    """
    try:
        if is_hierarchy(source):
            raise InputError(
                "is OME-Zarr, which is not copied file by file",
                path=source,
                hint="write the objects that stay as label images (--what ome-zarr)",
            )
        name = pixels.image_info(masks[0].path(source)).format.upper()
        if hides_polygons(masks[0].path(source)):
            raise InputError(
                "these outlines are not written again",
                path=source,
                hint="write the objects that stay as masks (--what ome-zarr) or as regions (--what fiji)",
            )
        if "TIFF" in name or name == "LSM":
            copy_tiff(source, target, masks)
        elif "HDF5" in name:
            copy_hdf5(source, target, masks)
        elif name == "NPZ" or "NPY" in name:
            copy_numpy(source, target, masks)
        elif is_polygons(source):
            copy_polygons(source, target, masks)
            return
        else:
            copy_png(source, target, masks)
        check_written(source, target, masks)
    except TuiqcError:
        raise
    except Exception as error:  # whatever a reader says about a broken file
        raise InputError(f"mask can't be copied ({error})", path=source) from error


def _dropped(
    request: Request, loader: ObjectLoader, record: ImageRecord, layer: str
) -> dict[int, set[int]] | None:
    """Labels to take out: of the annotations, and of the table where that needs the whole list; None for all."""
    found: defaultdict[int, set[int]] = defaultdict(set)
    if request.drops_image(record.key):
        return None
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
