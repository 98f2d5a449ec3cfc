"""Label masks without failed objects: the same files with those labels set to 0."""

from __future__ import annotations

import os
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from tuiqc import pixels
from tuiqc.dataset.model import ImageRecord
from tuiqc.dataset.objects import ObjectLoader
from tuiqc.errors import InputError, TuiqcError, UsageError
from tuiqc.exporters.eraser import Eraser
from tuiqc.exporters.hdf5_copy import copy_hdf5
from tuiqc.exporters.output_names import OutputNames, safe_name
from tuiqc.exporters.png_copy import copy_png
from tuiqc.exporters.request import Request, Written
from tuiqc.exporters.tiff_copy import copy_tiff
from tuiqc.pixels.image_path import reading_of
from tuiqc.pixels.sequence import files_of, is_sequence
from tuiqc.qc.record import Subject
from tuiqc.text import plural, some


@dataclass
class _Job:
    """A mask of one image and layer: its files (time point of each, None where it is one file) and their targets."""

    layer: str
    record: ImageRecord
    source: Path
    files: list[tuple[Path, int | None, Path]] = field(default_factory=list)


def export(request: Request) -> Written:
    """Write a mask for each image and layer into the folder `output`, in the sub-folders they are in now.

    Format, data type, compression, pyramid and metadata stay; pixels of dropped objects become 0. Objects of a dropped
    image are all taken out. TIFF (with tifffile), PNG (Pillow), HDF5. Each is read back and compared.

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
    jobs = list(_jobs(request, missing))
    if not jobs and not missing:
        raise UsageError("there is no label mask in this batch: nothing can be exported")
    for job in jobs:
        for _, _, target in job.files:
            request.to(target, ())
    loader = ObjectLoader(request.batch)
    written, removed, emptied = 0, 0, 0
    absent: list[str] = []
    for done, job in enumerate(jobs, start=1):
        try:
            erase = Eraser(_dropped(request, loader, job.record, job.layer))
            _write(request, job, erase)
            written += len(job.files)
            removed += len(erase.removed)
            absent += [f"{job.record.key}: {label}" for label in _absent(erase)]
            emptied += erase.labels is None
        except InputError as error:
            missing.append(str(error))
        request.tell(done, len(jobs))
    if not written:
        rest = f" (and {len(missing) - 1} more)" if len(missing) > 1 else ""
        raise InputError(f"no mask could be written: {missing[0]}{rest}")
    text = f"{plural(written, 'mask')} written, {plural(removed, 'object')} taken out"
    if emptied:
        text += f", {emptied} of images left out emptied"
    notes = []
    if absent:
        notes.append(
            f"{plural(len(absent), 'object')} to take out not found in the masks ({some(absent, 3)})"
        )
    return Written([f"{text}: {request.output}"], notes, missing)


def _absent(erase: Eraser) -> list[int]:
    """Labels that were to be taken out and are not in the mask at their time point."""
    wanted = {(t, label) for t, labels in (erase.labels or {}).items() for label in labels}
    return sorted(label for _, label in wanted - erase.removed)


def _jobs(request: Request, missing: list[str]) -> Iterator[_Job]:
    names = OutputNames()
    done: dict[Path, str] = {}
    for layer in request.chosen_layers:
        folder = safe_name(layer)
        for record in request.batch.images:
            source = record.masks.get(layer)
            if source is None:
                continue
            job = _Job(layer, record, source)
            try:
                _refuse_part_of_file(source)
                parts = _parts(source)
            except InputError as error:
                missing.append(str(error))
                continue
            for path, t in parts:
                # As it is; a second one of that name gets its layer's folder, then its image's name too.
                relative = _relative(path, request.batch.root)
                candidates = (
                    relative,
                    f"{folder}/{relative}",
                    f"{folder}/{record.key.replace('/', '_')}_{relative}",
                )
                name = done.get(path) or names.free(*candidates)
                done[path] = name
                job.files.append((path, t, request.output / name))
            yield job


def _refuse_part_of_file(source: Path) -> None:
    """Refuse a mask that is one layer or one position of its file: labels would go from the wrong planes too.

    Raises
    ------
    InputError
        If it is one of several in its file.
    """
    reading = reading_of(source)
    several = reading.channel >= 0 or reading.series > 0
    if not several and not is_sequence(source):
        several = len(pixels.image_info(source).series) > 1
    if several:
        raise InputError(
            "this mask is one of several layers or positions in its file, which is not written again",
            path=source,
            expected="a mask in a file of its own",
        )


def _parts(source: Path) -> list[tuple[Path, int | None]]:
    """The files of a mask: one, or those of a movie or stack in many files with the time point of each."""
    if not is_sequence(source) or source.exists():
        return [(source, None)]
    found = files_of(source)
    first = min(t for t, _ in found) if "{t}" in source.name else 0
    return [(path, t - first if "{t}" in source.name else None) for (t, _), path in sorted(found.items())]


def _relative(source: Path, root: Path) -> str:
    relative = Path(os.path.relpath(source, root))
    return source.name if relative.is_absolute() or ".." in relative.parts else relative.as_posix()


def _write(request: Request, job: _Job, erase: Eraser) -> None:
    for path, t, target in job.files:
        own = erase if t is None else erase.at(t)
        with request.to(target, ()).writing() as temporary:
            _copy(path, temporary, own)
        if t is not None:
            erase.merge(own, t)


def _copy(source: Path, target: Path, erase: Eraser) -> None:
    try:
        info = pixels.image_info(source)
        name = info.format.upper()
        if "TIFF" in name or name == "LSM":
            copy_tiff(source, target, erase, info)
        elif "HDF5" in name:
            copy_hdf5(source, target, erase, info)
        else:
            copy_png(source, target, erase)
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
