"""What a batch is: images with their channels, masks and tables. Nothing here reads a file."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol

from tuiqc.dataset import image_columns as columns_of
from tuiqc.dataset.image_columns import FileKind, FileTexts, Images
from tuiqc.dataset.image_columns import ImageRecord as ImageRecord  # what a batch consists of
from tuiqc.dataset.source_options import SourceOptions
from tuiqc.errors import InputError
from tuiqc.names import extended_name
from tuiqc.text import escaped

if TYPE_CHECKING:
    import pandas as pd

    from tuiqc.dataset.dialects.dialect import DialectChoice
    from tuiqc.dataset.parts import ObjectPart

# Called with (done, total) while a long step runs; called from the thread that does the work.
Progress = Callable[[int, int], None]
# Asked between the steps of a long task; true means: stop as soon as it can be done cleanly.
Stop = Callable[[], bool]


class KeptTables(Protocol):
    """Objects that were measured from masks at an earlier time."""

    def part(self, record: ImageRecord, layer: str, measure: Callable[[], ObjectPart]) -> ObjectPart:
        """Return the objects of an image as they are kept, else as they are measured, which is then kept."""

    def known(self, layer: str) -> int:
        """Return of how many images the objects of a layer are kept."""


class ChannelLook(NamedTuple):
    """How a file says a channel is to be drawn: red, green, blue (0 to 255), the values for black and full colour.

    A channel that is `hidden` is there to be switched on.
    """

    colour: tuple[int, int, int] | None = None
    limits: tuple[float, float] | None = None
    hidden: bool = False


@dataclass(frozen=True, slots=True)
class Unmatched:
    """A file without its image, or an image without one of its files.

    `role` is what it is or should be ("channel DNA", "mask nuclei", "table nuclei"); `path` the file that is
    left over, or None where a file is missing; `key` the key of the image (or of the left-over file).
    """

    role: str
    path: Path | None
    key: str
    why: str


@dataclass
class Batch:
    """Images x channels x object layers x tables, and what was assumed while they were joined.

    Attributes
    ----------
    name
        What to call it on the screen.
    root
        The folder that the data are in: annotations go there by default.
    images
        In natural order of their keys (2 before 10); `images[i].index == i`.
    placeholders, channels, layers
        Names, in the order in which they were given.
    shared_tables
        Layers whose objects are all in one table, with that table.
    dialects
        The dialect of each layer that has a table; a layer without one has no entry (its objects are measured
        from the mask). Recognised from the columns of one table per layer.
    assumptions
        Sentences that say what was assumed, and how to say it otherwise.
    unmatched
        What is missing or left over.
    source
        The options that it was opened with.
    channel_names
        Names of the channels of each file as something beside it says them; used where there are as many.
    row_images
        For a table of all images that names its own files: the image (row number, -1 for none) of each row.
    looks
        Colour and limits of each channel that its file speaks of; None for what it does not say.
    image_values
        Further columns of the image table (conditions of wells, columns of a collection table): name -> the value of
        each image.
    frames
        Tables that were read in full while opening, so that they need not be read again.
    kept_tables
        Objects of layers without a table that were measured before; None measures them.
    """

    name: str
    root: Path
    images: Images
    placeholders: list[str]
    channels: list[str]
    layers: list[str]
    shared_tables: dict[str, Path] = field(default_factory=dict)
    dialects: dict[str, DialectChoice] = field(default_factory=dict)
    assumptions: list[str] = field(default_factory=list)
    unmatched: list[Unmatched] = field(default_factory=list)
    source: SourceOptions = field(default_factory=SourceOptions)
    looks: dict[str, ChannelLook] = field(default_factory=dict)
    channel_names: tuple[str, ...] = ()
    row_images: dict[Path, Any] = field(default_factory=dict, repr=False)
    image_values: dict[str, list[Any]] = field(default_factory=dict, repr=False)
    frames: dict[Path, Any] = field(default_factory=dict, repr=False)
    kept_tables: KeptTables | None = field(default=None, repr=False, compare=False)
    _layers_with_tables: dict[str, tuple[Images, bool]] = field(
        default_factory=dict, init=False, repr=False, compare=False
    )

    @cached_property
    def index_by_key(self) -> dict[str, int]:
        """Row number of each key."""
        return dict(zip(self.keys, range(len(self.keys)), strict=True))

    @property
    def keys(self) -> Sequence[str]:
        """The key of each image."""
        return columns_of.keys_of(self.images)

    def key(self, index: int) -> str:
        """Return the key of one image."""
        images = self.images
        return images.keys[index] if isinstance(images, columns_of.ImageColumns) else images[index].key

    def values(self, placeholder: str) -> Sequence[str]:
        """Return the text of a placeholder of each image, "" where it has none."""
        return columns_of.values_of(self.images, placeholder)

    def files(self, kind: FileKind, name: str) -> FileTexts:
        """Return the path of a channel's, mask's or table's file of each image as text, None where it has none."""
        return columns_of.texts_of(self.images, kind, name)

    def first_files(self) -> FileTexts:
        """Return the path of the first file of each image, a channel's or else a mask's; None where it has none."""
        columns = [self.files("channels", name) for name in self.channels]
        columns += [self.files("masks", name) for name in self.layers]
        if not columns:
            return [None] * len(self.images)
        if None not in columns[0]:
            return columns[0]
        return [next(filter(None, texts), None) for texts in zip(*columns, strict=True)]

    def has_files(self, kind: FileKind, name: str) -> bool:
        """Whether any image has such a file."""
        return columns_of.has_file(self.images, kind, name)

    def count_files(self, kind: FileKind, name: str) -> int:
        """Return how many images have such a file."""
        return columns_of.count_files(self.images, kind, name)

    @property
    def layers_with_masks(self) -> list[str]:
        """The layers that have a mask of any image."""
        return [layer for layer in self.layers if self.has_files("masks", layer)]

    def by_key(self, key: str) -> ImageRecord:
        """Return the image with this key.

        Raises
        ------
        InputError
            There is none; the message names some keys that exist.
        """
        index = self.index_by_key.get(key)
        if index is None:
            index = next((at for at, one in enumerate(self.keys) if escaped(one) == key), None)
        if index is None:
            some = ", ".join(self.keys[:8])
            more = f" … ({len(self.images)} in all)" if len(self.images) > 8 else ""
            raise InputError(f"no image {key!r} in this batch", expected=f"one of {some}{more}")
        return self.images[index]

    def has_table(self, layer: str) -> bool:
        """Whether the objects of `layer` come from tables; if not they are measured from the masks."""
        if layer in self.shared_tables:
            return True
        images, known = self._layers_with_tables.get(layer, (None, False))
        if images is not self.images:  # asked for each image: 10^5 are looked through once
            known = self.has_files("tables", layer)
            self._layers_with_tables[layer] = self.images, known
        return known

    def image_frame(self) -> pd.DataFrame:
        """Return the image table as a frame, as `image_columns` has it."""
        import pandas as pd

        return pd.DataFrame(self.image_columns())

    def image_columns(self) -> dict[str, list[Any]]:
        """Return the image table: one value per image, in the order of `images`, of each column.

        Columns: `image` (the key, text); one per placeholder, as whole numbers where every value is written
        as one ("007" stays text); then one of text per channel and per mask with the path (None where missing), then
        `image_values`.
        Bytes of file names that are no text are escaped, since no frame can hold them. A placeholder with the
        name of an earlier column gets the suffix `_placeholder`; channels and masks with the name of an earlier
        column get ` (channel)` and ` (mask)`.
        """
        columns: dict[str, list[Any]] = {"image": list(map(escaped, self.keys))}
        for name in self.placeholders:
            texts = list(map(escaped, self.values(name)))
            columns[extended_name(name, "_placeholder", columns)] = _numbers(texts)
        for name in self.channels:
            columns[extended_name(escaped(name), " (channel)", columns)] = _escaped(
                self.files("channels", name)
            )
        for name in self.layers:
            columns[extended_name(escaped(name), " (mask)", columns)] = _escaped(self.files("masks", name))
        for name, values in self.image_values.items():
            columns[extended_name(escaped(name), " (image)", columns)] = list(values)
        return columns


def _escaped(texts: FileTexts) -> list[str | None]:
    if "".join(filter(None, texts)).isascii():  # all of 10^5 at once
        return list(texts)
    return [None if text is None else escaped(text) for text in texts]


_WHOLE = re.compile(r"0|-?[1-9][0-9]{0,17}")


def _numbers(texts: list[str]) -> list[Any]:
    """Whole numbers where each text is exactly what that number is written as; else the texts."""
    if all(map(_WHOLE.fullmatch, texts)):
        return list(map(int, texts))
    return list(texts)
