"""Images with their masks that are named one by one, as `tuiqc look` has them: no folder is looked through."""

from __future__ import annotations

import glob
import os
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import takewhile
from pathlib import Path

from tuiqc.dataset.discover.found_files import classified, told_apart
from tuiqc.dataset.model import Batch, ImageRecord
from tuiqc.dataset.open.channels import split_channels, split_layers
from tuiqc.dataset.open.mask_readings import add_mask_readings
from tuiqc.errors import InputError, UsageError
from tuiqc.names import unique_name
from tuiqc.pixels import Window, image_info, open_image
from tuiqc.pixels.zarr_store import is_hierarchy
from tuiqc.text import plural

_SEPARATORS = " _-.,"
_LOOKED_AT = 1024
"""Rows and columns in the middle of a file by which it is told whether its pixels are labels."""
_EQUAL = 0.5
"""Pixels of objects whose neighbour has the same number: of noise few have."""


@dataclass(frozen=True)
class NamedFiles:
    """One image and the masks that lie over it; a mask may be alone."""

    image: Path | None
    masks: tuple[Path, ...] = ()

    @property
    def name(self) -> str:
        """What to call it."""
        return str(self.image or self.masks[0])


def expanded(texts: Sequence[str]) -> list[Path]:
    """Return the files that are named; a name that is no file is taken for a pattern of the shell.

    Raises
    ------
    InputError
        There is no such file, or it is a folder of files.
    """
    found: list[Path] = []
    for text in texts:
        path = Path(text).expanduser()
        if is_hierarchy(path):
            found.append(path)
        elif path.is_dir():
            raise InputError("is a folder", path=path, hint="a folder is opened with: tuiqc open")
        elif os.path.lexists(path) or not glob.has_magic(text):
            found.append(path)
        else:
            names = sorted(path.parent.glob(path.name)) if not glob.has_magic(str(path.parent)) else []
            if not names:
                raise InputError("no file is called so", path=text)
            found += names
    return found


def grouped(paths: Sequence[Path]) -> list[NamedFiles]:
    """Say which masks lie over which image: by the word `mask` or the like in the names, else by their order.

    Masks that come between the images belong to the image before them; masks behind all images are dealt out to them
    in their order, one after another. Of two files that no name tells apart the second is the mask if its pixels look
    like it.

    Raises
    ------
    UsageError
        There are masks left over.
    """
    files = [path for path in paths if not is_hierarchy(path)]
    kinds = {file.path: file.kind for file in told_apart(list(classified((path, "") for path in files)))}
    masks = [path for path in paths if kinds.get(path) == "mask" or _is_label_image(path)]
    images = [path for path in paths if path not in masks]
    if len(paths) == 2 and not masks and not any(map(is_hierarchy, paths)) and _is_labelled(*paths):
        return [NamedFiles(paths[0], (paths[1],))]
    if not images:
        return [NamedFiles(None, (mask,)) for mask in masks]
    if len(images) == 1:
        return [NamedFiles(images[0], tuple(masks))]
    first_mask = min((paths.index(mask) for mask in masks), default=len(paths))
    if first_mask < len(images):
        return list(_in_turn(paths, set(masks)))
    if len(masks) % len(images):
        raise UsageError(
            f"{plural(len(images), 'image')} and {plural(len(masks), 'mask')} can't be put together: name each image "
            "with its masks behind it"
        )
    return [NamedFiles(image, tuple(masks[at :: len(images)])) for at, image in enumerate(images)]


def _is_label_image(path: Path) -> bool:
    """Whether it is labels in an OME-Zarr, named by its own path."""
    if not is_hierarchy(path):
        return False
    from tuiqc.pixels.zarr_node import node_of

    try:
        node = node_of(path)
    except InputError:
        return False
    return node is not None and ("image-label" in node.ome or path.parent.name == "labels")


def _is_labelled(image: Path, other: Path) -> bool:
    """Whether a file has the size of an image, and whole numbers that mostly are their neighbours', as labels are."""
    try:
        with open_image(other) as file:
            info = file.info
            if info.dtype.kind not in "biu" or info.sizes["c"] > 1 or info.shape != image_info(image).shape:
                return False
            rows, columns = info.shape
            y, x = max(0, rows - _LOOKED_AT) // 2, max(0, columns - _LOOKED_AT) // 2
            window = Window(y, min(rows, y + _LOOKED_AT), x, min(columns, x + _LOOKED_AT))
            pixels = file.read(window=window)
    except InputError:
        return False
    left, right = pixels[:, :-1], pixels[:, 1:]
    inside = (left > 0) | (right > 0)
    return bool(inside.any()) and float((left == right)[inside].mean()) > _EQUAL


def _in_turn(paths: Sequence[Path], masks: set[Path]) -> list[NamedFiles]:
    found: list[NamedFiles] = []
    for path in paths:
        if path not in masks:
            found.append(NamedFiles(path))
        elif found:
            found[-1] = NamedFiles(found[-1].image, (*found[-1].masks, path))
        else:
            raise UsageError(f"{path} is a mask: name its image before it")
    return found


def batch_of(files: NamedFiles) -> Batch:
    """Return a batch of this image alone; its layers are called by what the masks' names have of their own.

    Raises
    ------
    InputError
        It is an OME-Zarr that can't be read.
    """
    image = files.image
    if image is not None and is_hierarchy(image) and not files.masks:
        from tuiqc.dataset.open.batch import open_batch
        from tuiqc.dataset.source_options import SourceOptions

        return open_batch(SourceOptions((str(image),)))
    layers = _layers(files)
    record = ImageRecord(
        0, files.name, {}, {"image": image} if image is not None else {}, dict(layers), dict.fromkeys(layers)
    )
    root = (image or files.masks[0]).parent
    batch = Batch(files.name, root, [record], [], list(record.channels), list(layers))
    if image is not None:
        split_channels(batch)
    add_mask_readings(batch)
    split_layers(batch)
    return batch


def _layers(files: NamedFiles) -> dict[str, Path]:
    found: dict[str, Path] = {}
    for mask in files.masks:
        stem = mask.name.split(".")[0] or mask.name
        if files.image is not None:
            same = len(
                list(takewhile(lambda pair: pair[0] == pair[1], zip(stem, files.image.name, strict=False)))
            )
            cut = max(stem.rfind(sign, 0, same) for sign in _SEPARATORS)
            stem = stem[cut + 1 :].strip(_SEPARATORS) or stem
        found[unique_name(stem, {"image", *found})] = mask
    return found
