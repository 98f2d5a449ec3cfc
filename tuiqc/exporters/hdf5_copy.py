"""An HDF5 file written anew with other labels: nothing in it leads into the file that it was made from.

Copying the bytes would copy virtual datasets, external storage and links, and writing into those writes into the
originals; so the mask is read and written as a dataset of its own, and the rest is copied object by object.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from tuiqc.errors import InputError
from tuiqc.exporters.eraser import Eraser
from tuiqc.pixels import ImageInfo

if TYPE_CHECKING:
    import h5py


def copy_hdf5(source: Path, target: Path, erase: Eraser, info: ImageInfo) -> None:
    """Write `source` to `target` without the labels that `erase` takes out, and read it back.

    Raises
    ------
    InputError
        If it is not clear which dataset is the mask.
    """
    import h5py

    with h5py.File(source, "r") as old:
        name = _mask_name(old, source, info)
        mask = old[name]
        with h5py.File(target, "w") as new:
            _copy_attributes(old, new)
            _copy_group(
                old, new, {_address(old): "/"}, name, lambda place: _copy_mask(mask, place, name, erase, info)
            )
        with h5py.File(target, "r") as new:
            if not _alike(mask, new[name], erase, info):
                raise InputError("could not be written again: other labels were read back", path=source)


def _mask_name(file: h5py.File, source: Path, info: ImageInfo) -> str:
    """The path of the dataset that has the shape that was read."""
    import h5py

    sizes = [info.sizes[axis] for axis in info.axes]

    def fits(item: object) -> bool:
        # Axes that the reader leaves out have one element.
        return isinstance(item, h5py.Dataset) and [n for n in item.shape if n > 1] == [
            n for n in sizes if n > 1
        ]

    named = file.get("exported_data")
    if fits(named):
        return "/exported_data"
    found: list[str] = []
    file.visititems(lambda path, item: found.append(f"/{path}") if fits(item) else None)
    if len(found) != 1:
        raise InputError("it is not clear which dataset is the mask", path=source)
    return found[0]


def _copy_group(
    old: h5py.Group, new: h5py.Group, seen: dict[Any, str], mask: str, copy_mask: Callable[[h5py.Group], None]
) -> None:
    import h5py

    prefix = (old.name or "").rstrip("/")
    for name in old:
        path = f"{prefix}/{name}"
        link = old.get(name, getlink=True)
        if path == mask:
            copy_mask(new)
        elif isinstance(link, h5py.SoftLink):
            new[name] = h5py.SoftLink(link.path)
        elif isinstance(link, h5py.ExternalLink):
            full = Path(old.file.filename).absolute().parent / link.filename
            new[name] = h5py.ExternalLink(str(full), link.path)
        else:
            item = old[name]
            if _address(item) in seen:
                new[name] = new.file[seen[_address(item)]]
                continue
            seen[_address(item)] = path
            if isinstance(item, h5py.Group):
                made = new.create_group(name)
                _copy_attributes(item, made)
                _copy_group(item, made, seen, mask, copy_mask)
            elif isinstance(item, h5py.Dataset) and (item.is_virtual or item.external):
                made = new.create_dataset(name, data=item[()], dtype=item.dtype)
                _copy_attributes(item, made)
            else:
                old.copy(item, new, name)


def _address(item: Any) -> Any:
    import h5py

    found = h5py.h5o.get_info(item.id)
    return found.fileno, found.addr


def _copy_attributes(old: Any, new: Any) -> None:
    for name in old.attrs:
        with contextlib.suppress(
            TypeError, OSError, ValueError
        ):  # references lead to places of the other file
            kind = old.attrs.get_id(name)
            new.attrs.create(name, old.attrs[name], shape=kind.shape, dtype=kind.dtype)


def _copy_mask(old: Any, new: Any, name: str, erase: Eraser, info: ImageInfo) -> None:
    import h5py

    layout = old.id.get_create_plist()
    chunked = layout.get_layout() == h5py.h5d.CHUNKED
    if not chunked:
        layout = h5py.h5p.create(h5py.h5p.DATASET_CREATE)
    space = h5py.h5s.create_simple(
        old.shape, old.id.get_space().get_simple_extent_dims(True) if chunked else None
    )
    leaf = name.rpartition("/")[2]
    made = h5py.Dataset(h5py.h5d.create(new.id, leaf.encode(), old.id.get_type(), space, dcpl=layout))
    _copy_attributes(old, made)
    for where, t in _slabs(old, info):
        made[where] = erase(old[where], t)


def _slabs(data: Any, info: ImageInfo) -> list[tuple[Any, int]]:
    """Where each time point is in the dataset."""
    axes, long = list(info.axes), [at for at, n in enumerate(data.shape) if n > 1]
    if len(axes) == data.ndim:
        at = axes.index("t") if "t" in axes else -1
    else:  # without the axes of one element
        named = [axis for axis in axes if info.sizes[axis] > 1]
        at = long[named.index("t")] if "t" in named else -1
    if at < 0:
        return [(tuple(slice(None) for _ in data.shape), 0)]
    return [
        (tuple(t if axis == at else slice(None) for axis in range(data.ndim)), t)
        for t in range(data.shape[at])
    ]


def _alike(old: Any, new: Any, erase: Eraser, info: ImageInfo) -> bool:
    if old.shape != new.shape or old.dtype != new.dtype or new.is_virtual or new.external:
        return False
    return all(np.array_equal(erase.expected(old[where], t), new[where]) for where, t in _slabs(old, info))
