"""An HDF5 file written anew with other labels: nothing in it leads into the file that it was made from.

Copying the bytes would copy virtual datasets, external storage and links, and writing into those writes into the
originals; so the mask is read and written as a dataset of its own, and the rest is copied object by object.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tuiqc.exporters.eraser import MaskInFile

if TYPE_CHECKING:
    import h5py

    from tuiqc.pixels.hdf5 import Hdf5Image


def copy_hdf5(source: Path, target: Path, masks: Sequence[MaskInFile]) -> None:
    """Write `source` to `target` without the labels that are taken out of its masks, which are one dataset.

    Raises
    ------
    InputError
        It is not clear which dataset that is, or which axis of it is which.
    """
    import h5py

    from tuiqc.pixels.hdf5 import Hdf5Image

    with Hdf5Image(masks[0].path(source)) as image, h5py.File(target, "w") as new:
        _copy_attributes(image.file, new)
        _copy_group(image.file, new, {_address(image.file): "/"}, image, masks)


def _copy_group(
    old: h5py.Group, new: h5py.Group, seen: dict[Any, str], image: Hdf5Image, masks: Sequence[MaskInFile]
) -> None:
    """Copy what is in a group; `seen` has the path in the new file of each object that is there by now."""
    import h5py

    prefix, mask = (old.name or "").rstrip("/"), _address(image.dataset)
    for name in old:
        link = old.get(name, getlink=True)
        item = None if isinstance(link, h5py.SoftLink) else old.get(name)
        if isinstance(link, h5py.SoftLink):
            new[name] = h5py.SoftLink(link.path)
        elif isinstance(link, h5py.ExternalLink) and (item is None or _address(item) != mask):
            full = Path(old.file.filename).absolute().parent / link.filename
            new[name] = h5py.ExternalLink(str(full), link.path)
        elif _address(item) in seen:
            new[name] = new.file[seen[_address(item)]]
        else:
            seen[_address(item)] = f"{prefix}/{name}"
            if _address(item) == mask:
                _copy_mask(image, new, name, masks)
            elif isinstance(item, h5py.Group):
                made = new.create_group(name)
                _copy_attributes(item, made)
                _copy_group(item, made, seen, image, masks)
            elif isinstance(item, h5py.Dataset) and (item.is_virtual or item.external):
                made = new.create_dataset(name, data=item[()], dtype=item.dtype)
                _copy_attributes(item, made)
            else:
                _check_texts(item)
                old.copy(item, new, name)


def _check_texts(item: Any) -> None:
    """What the library copies, it reads; what is no dataset is the name of a type."""
    import h5py

    from tuiqc.pixels.hdf5_texts import check_attributes, check_values

    if isinstance(item, h5py.Dataset):
        check_attributes(Path(item.file.filename), item, texts=False)
        check_values(Path(item.file.filename), item)


def _address(item: Any) -> Any:
    import h5py

    found = h5py.h5o.get_info(item.id)
    return found.fileno, found.addr


def _copy_attributes(old: Any, new: Any) -> None:
    from tuiqc.pixels.hdf5_texts import check_attributes

    check_attributes(Path(old.file.filename), old, texts=False)
    for name in old.attrs:
        with contextlib.suppress(
            TypeError, OSError, ValueError
        ):  # references lead to places of the other file
            kind = old.attrs.get_id(name)
            new.attrs.create(name, old.attrs[name], shape=kind.shape, dtype=kind.dtype)


def _copy_mask(image: Hdf5Image, new: h5py.Group, name: str, masks: Sequence[MaskInFile]) -> None:
    import h5py

    old = image.dataset
    layout = old.id.get_create_plist()
    chunked = layout.get_layout() == h5py.h5d.CHUNKED
    if not chunked:
        layout = h5py.h5p.create(h5py.h5p.DATASET_CREATE)
    space = h5py.h5s.create_simple(
        old.shape, old.id.get_space().get_simple_extent_dims(True) if chunked else None
    )
    made = h5py.Dataset(h5py.h5d.create(new.id, name.encode(), old.id.get_type(), space, dcpl=layout))
    _copy_attributes(old, made)
    for where, axes, at in _slabs(image):
        block = old[where]
        for mask in masks:
            block = mask.erased(block, axes, [0] * block.ndim, at)
        made[where] = block


def _slabs(image: Hdf5Image) -> Iterator[tuple[Any, Sequence[str], dict[str, int]]]:
    """Where each time point is in the dataset, the axes of what is there, and which time point it is."""
    roles = image.roles
    if "t" not in roles:
        yield tuple(slice(None) for _ in roles), roles, {}
        return
    along = roles.index("t")
    axes = [role for role in roles if role != "t"]
    for number in range(image.dataset.shape[along]):
        where = tuple(number if axis == along else slice(None) for axis in range(len(roles)))
        yield where, axes, {"t": number // image.slices}
