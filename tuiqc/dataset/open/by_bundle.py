"""Opens a folder that a platform or a pipeline has left behind, and says what of it was taken and what not."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from tuiqc.dataset.bundles.bundle import (
    KINDS,
    Bundle,
    Found,
    below,
    names_of_channels,
    patterns,
    recognise,
    unit_of,
    why_unused,
)
from tuiqc.dataset.discover.role_files import join
from tuiqc.dataset.image_columns import ImageColumns, Images
from tuiqc.dataset.model import Batch, Unmatched
from tuiqc.dataset.open.by_patterns import pattern_roles
from tuiqc.dataset.source_options import Named, SourceOptions
from tuiqc.errors import InputError, TuiqcError, UsageError
from tuiqc.pixels import image_info


def bundle_of(options: SourceOptions, places: list[Path]) -> tuple[Bundle, Path] | None:
    """Return the kind of the only place, and its folder; None if it is of no kind, or masks or tables were told.

    The file that marks a bundle stands for its folder.
    """
    if len(places) != 1 or options.labels or options.tables:
        return None
    folder = places[0] if places[0].is_dir() else places[0].parent
    if folder is not places[0] and places[0].suffix != ".xenium":
        return None
    found = recognise(folder)
    return None if found is None else (found, folder)


def open_bundle(options: SourceOptions, bundle: Bundle, folder: Path) -> Batch | None:
    """Return the batch of a folder of a kind; None if there is nothing of what it should have.

    Raises
    ------
    UsageError
        Files of images and masks have nothing in common.
    """
    paths = below(folder)
    found = patterns(bundle, paths)
    found["images"] = _alone(found["images"], folder)
    # Without images only what is placed by itself is worth more than the names of files.
    if not found["images"] and not any(one.units for one in found["labels"]):
        return None
    told = replace(
        options,
        images=_as_patterns(found["images"], folder),
        labels=_as_patterns(found["labels"], folder),
        tables=_as_patterns(found["tables"], folder),
    )
    assumptions: list[str] = []
    roles = pattern_roles(told, folder, assumptions)
    units, unmatched = _units(found["labels"], folder)
    opened = replace(options, units={**units, **options.units})
    try:
        batch = join(roles, folder.resolve().name, folder, opened)
    except UsageError as error:
        raise UsageError(f"{folder} looks like one of {bundle.name}, but: {error}") from None
    batch.images = _named(batch.images, batch.name)
    batch.channel_names = names_of_channels(bundle, folder)
    names = [f"{kind}: {', '.join(one.name for one in found[kind])}" for kind in KINDS if found[kind]]
    batch.assumptions += [f"a folder of {bundle.name}: {bundle.hint} ({'; '.join(names)})", *assumptions]
    batch.unmatched += [*unmatched, *_left(bundle, folder, found)]
    return batch


def _named(images: Images, name: str) -> Images:
    """The only image of a folder is called as the folder is, where nothing else tells samples apart."""
    if isinstance(images, ImageColumns) and len(images) == 1 and not images.placeholders:
        return replace(images, keys=[name])
    return images


def _as_patterns(found: list[Found], folder: Path) -> Named:
    """What `--images`, `--labels` and `--table` take; what tells no images apart is one file."""
    return tuple(
        (one.name, str(folder / (one.pattern if "{" in one.pattern else one.files[0]))) for one in found
    )


def _alone(images: list[Found], folder: Path) -> list[Found]:
    """The first of several files that may all be in it, if they are."""
    if len(images) < 2 or not images[0].joined:
        return images
    try:
        count = image_info(folder / images[0].files[0]).sizes["c"]
    except TuiqcError:
        return images
    return [replace(images[0], name="image")] if count > 1 else images


def _units(labels: list[Found], folder: Path) -> tuple[dict[str, str], list[Unmatched]]:
    units, unmatched = {}, []
    for one in labels:
        if not one.units:
            continue
        try:
            units[one.name] = unit_of(one.units, folder)
        except InputError as error:
            unmatched.append(Unmatched(f"mask {one.name}", folder, folder.name, str(error)))
    return units, unmatched


def _left(bundle: Bundle, folder: Path, found: dict[str, list[Found]]) -> list[Unmatched]:
    """Entries of the folder of which nothing was taken, with the reason."""
    taken = {path.partition("/")[0] for kind in KINDS for one in found[kind] for path in one.files}
    taken |= {mark.partition("/")[0] for mark in bundle.marks if "|" not in mark and "*" not in mark}
    taken.add(bundle.channels.get("file", ""))
    names = sorted(path.name for path in folder.iterdir())
    names = [name for name in names if not name.startswith((".", "qc_annotations"))]
    return [
        Unmatched("file", folder / name, name, why_unused(bundle, name))
        for name in names
        if name not in taken
    ]
