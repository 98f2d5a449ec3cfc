"""The images of a batch by columns: texts for each role in place of an object for each of 10^5 images."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import compress, count
from pathlib import Path
from typing import Literal, overload

FileKind = Literal["channels", "masks", "tables"]
"""Fields of an `ImageRecord` that hold files."""
FileTexts = Sequence[str | None]
"""The path of a file of each image as text, None where it has none."""


@dataclass(frozen=True, slots=True)
class ImageRecord:
    """One image: where its channels, masks and tables are.

    Attributes
    ----------
    index
        Row number in the image table, from 0.
    key
        Unique text that names the image: the placeholder values joined by "/".
    placeholders
        Name of each placeholder and the text that it stands for.
    channels, masks, tables
        Name of each channel, object layer and (again) object layer, with its file; None where there is none.
        A layer whose objects are in a table of all images (`Batch.shared_tables`) has None in `tables`.
    planes
        Index along the channel axis (from 0) of each channel that shares its file with others.
    """

    index: int
    key: str
    placeholders: dict[str, str]
    channels: dict[str, Path | None]
    masks: dict[str, Path | None]
    tables: dict[str, Path | None]
    planes: dict[str, int] = field(default_factory=dict)

    def plane_of(self, channel: str) -> int:
        """Index of a channel along the channel axis of its file: 0 where the file has one channel."""
        return self.planes.get(channel, 0)


Change = Callable[[ImageRecord], ImageRecord]

_KEPT = 256
"""Records that are kept: a key asks some thirty times for the current one and its neighbours, 60 us each."""


@dataclass(frozen=True)
class ImageColumns(Sequence[ImageRecord]):
    """Images whose records are made when they are asked for.

    Attributes
    ----------
    keys
        The key of each image.
    placeholders
        Name of each placeholder -> its text of each image.
    files
        Kind of files -> name of a channel or layer -> their paths.
    changes
        What was done to each record since, in this order; files of `changed` kinds are no longer those of `files`.
    """

    keys: Sequence[str]
    placeholders: Mapping[str, Sequence[str]]
    files: Mapping[FileKind, Mapping[str, FileTexts]]
    changes: tuple[Change, ...] = ()
    _kept: dict[int, ImageRecord] = field(init=False, repr=False, compare=False, default_factory=dict)

    def __len__(self) -> int:
        return len(self.keys)

    @overload
    def __getitem__(self, at: int) -> ImageRecord: ...

    @overload
    def __getitem__(self, at: slice) -> list[ImageRecord]: ...

    def __getitem__(self, at: int | slice) -> ImageRecord | list[ImageRecord]:
        """The record of an image, or a list of those of several."""
        if isinstance(at, slice):
            return [self._record(number) for number in range(*at.indices(len(self)))]
        index = range(len(self))[at]
        record = self._kept.get(index)
        if record is None:
            if len(self._kept) >= _KEPT:
                self._kept.clear()
            record = self._kept[index] = self._record(index)
        return record

    def __iter__(self) -> Iterator[ImageRecord]:
        return map(self._record, range(len(self)))

    def _record(self, index: int) -> ImageRecord:
        record = ImageRecord(
            index,
            self.keys[index],
            {name: texts[index] for name, texts in self.placeholders.items()},
            self._paths("channels", index),
            self._paths("masks", index),
            self._paths("tables", index),
        )
        for change in self.changes:
            record = change(record)
        return record

    def _paths(self, kind: FileKind, index: int) -> dict[str, Path | None]:
        return {
            name: None if (text := texts[index]) is None else Path(text)
            for name, texts in self.files[kind].items()
        }

    def texts(self, kind: FileKind, name: str) -> FileTexts | None:
        """The paths of a channel or layer, None where only the records have them."""
        if self.changes:
            return None
        known = self.files[kind].get(name)
        return [None] * len(self) if known is None else known


Images = Sequence[ImageRecord]


def changed(images: Images, change: Change) -> Images:
    """Return the images with each record changed (neither key nor place nor placeholders), when it is asked for."""
    if isinstance(images, ImageColumns):
        return replace(images, changes=(*images.changes, change))
    return [change(record) for record in images]


def add_files(images: Images, kind: FileKind, files: Mapping[str, FileTexts]) -> Images:
    """Return the images with further files of a kind: name of a channel or layer -> their paths."""
    if isinstance(images, ImageColumns) and not images.changes:
        return replace(images, files={**images.files, kind: {**images.files[kind], **files}})

    def more(record: ImageRecord) -> ImageRecord:
        texts = {name: paths[record.index] for name, paths in files.items()}
        paths = {name: None if text is None else Path(text) for name, text in texts.items()}
        known: dict[str, Path | None] = getattr(record, kind)
        changes: dict[str, dict[str, Path | None]] = {kind: known | paths}
        return replace(record, **changes)  # type: ignore[arg-type]

    return changed(images, more)


def keys_of(images: Images) -> Sequence[str]:
    """Return the key of each image."""
    if isinstance(images, ImageColumns):
        return images.keys
    return [record.key for record in images]


def values_of(images: Images, placeholder: str) -> Sequence[str]:
    """Return the text of a placeholder of each image, "" where it has none."""
    if isinstance(images, ImageColumns):
        known = images.placeholders.get(placeholder)
        return [""] * len(images) if known is None else known
    return [record.placeholders.get(placeholder, "") for record in images]


def texts_of(images: Images, kind: FileKind, name: str) -> FileTexts:
    """Return the path of a file of each image as text, None where it has none."""
    if isinstance(images, ImageColumns) and (known := images.texts(kind, name)) is not None:
        return known
    paths = (getattr(record, kind).get(name) for record in images)
    return [None if path is None else str(path) for path in paths]


def paths_of(images: Images, kind: FileKind, name: str) -> Iterator[Path]:
    """Yield the files of a channel or layer that there are, in the order of the images."""
    if isinstance(images, ImageColumns) and (known := images.texts(kind, name)) is not None:
        yield from (Path(text) for text in known if text is not None)
        return
    yield from (path for record in images if (path := getattr(record, kind).get(name)) is not None)


def with_file(images: Images, kind: FileKind, name: str) -> list[int]:
    """Return the row numbers of the images that have a file of a channel or layer."""
    if isinstance(images, ImageColumns) and (known := images.texts(kind, name)) is not None:
        return list(compress(count(), (text is not None for text in known)))
    return [at for at, record in enumerate(images) if getattr(record, kind).get(name) is not None]


def has_file(images: Images, kind: FileKind, name: str) -> bool:
    """Whether any image has a file of a channel or layer."""
    return next(paths_of(images, kind, name), None) is not None


def count_files(images: Images, kind: FileKind, name: str) -> int:
    """Return how many images have a file of a channel or layer."""
    if isinstance(images, ImageColumns) and (known := images.texts(kind, name)) is not None:
        return len(known) - known.count(None)
    return len(with_file(images, kind, name))
