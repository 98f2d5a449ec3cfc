"""Loads the objects of a layer, one image at a time or all of them in background threads.

Nothing here raises for a broken or missing file: the part is empty (or without what could not be had), and
its `problems` say what is wrong.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import replace
from functools import partial
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from tuiqc import pixels
from tuiqc.dataset import layer_cache, prefetch
from tuiqc.dataset.dialects import DialectChoice, ctc, fits, meets_masks, needs_mask, recognise
from tuiqc.dataset.from_masks import (
    ReadPlane,
    geometry_from_masks,
    part_from_mask,
    slices_from_masks,
    slices_of_image,
)
from tuiqc.dataset.geometry import Geometry
from tuiqc.dataset.image_columns import paths_of
from tuiqc.dataset.image_table import rows_by_number
from tuiqc.dataset.join import join_parts, ordered
from tuiqc.dataset.mask_values import Masked, Settlement, is_doubtful, settled
from tuiqc.dataset.model import Batch, ImageRecord, Stop
from tuiqc.dataset.more_columns import MoreLoader
from tuiqc.dataset.parts import (
    OWN,
    ObjectPart,
    OnPart,
    Problem,
    empty_frame,
    part_from_table,
)
from tuiqc.dataset.readings import first_info
from tuiqc.dataset.row_images import find_rows
from tuiqc.dataset.tables.layout import EmptyTableError
from tuiqc.dataset.tables.reader import load_table, written_texts
from tuiqc.errors import TuiqcError
from tuiqc.names import unique_name
from tuiqc.pixels.polygons.polygon_file import FILES, is_polygons

if TYPE_CHECKING:
    import pandas as pd

    from tuiqc.dataset.tables.reader import Report

ROW = "\0row"
"""A column with the number of each row in its file, of a loader that is `numbered`."""
_MOST_STACKS = 64
"""Images of one table whose masks are measured for the slices of their objects before the table is shown; of more
each is measured when an object of it is looked at."""

__all__ = ["Geometry", "ObjectLoader", "ObjectPart", "Problem", "join_parts"]


class ObjectLoader:
    """Loads objects of a batch. Thread-safe; reads files only when asked.

    `planes` is where masks and channels are read from (a `pixels.cache.PlaneSource`, so that what is shown
    and what is measured is read once); without it they are read directly. With `written` the columns of tables are
    texts as they stand in the file, see `tuiqc.dataset.literal_cells`; `numbered` they have the column `ROW`. Without
    `places` nothing that a table lacks is measured from the masks.
    """

    def __init__(
        self,
        batch: Batch,
        planes: pixels.PlaneSource | None = None,
        *,
        written: bool = False,
        numbered: bool = False,
        places: bool = True,
    ) -> None:
        self.batch, self._written, self._numbered = batch, written, written or numbered
        self._places = places
        self._plane: ReadPlane = pixels.read_plane if planes is None else planes.plane
        self._lock = Lock()
        self._shared: dict[tuple[str, Path], ObjectPart] = {}
        self._stacks: dict[str, bool] = {}
        self._mask_values: dict[str, Settlement] = {}
        self.more = MoreLoader(batch, written=written)

    def load(self, image_index: int, layer: str) -> ObjectPart:
        """Return the objects of one image: from its table, else measured from its mask.

        Columns of further files are in `ObjectPart.more`; `join_parts` adds them.
        """
        return self.more.attached(self._load(image_index, layer))

    def _load(self, image_index: int, layer: str) -> ObjectPart:
        image = self.batch.images[image_index]
        path = image.tables.get(layer)
        if layer in self.batch.shared_tables or (path is not None and len(self._users(path, layer)) > 1):
            whole = self._shared_part(path or self.batch.shared_tables[layer], layer)
            rows = np.flatnonzero(whole.frame["image"].to_numpy() == image_index)
            frame = whole.frame.iloc[rows].reset_index(drop=True)
            part = ObjectPart(image_index, layer, frame, whole.geometry.taken(rows), list(whole.problems))
            if whole.slices is not None:
                slices_from_masks(self.batch, part, self._plane)
            return part
        if path is not None:
            return self._from_table(path, [image], layer)
        measure = partial(part_from_mask, self.batch, image, layer, self._plane)
        kept = self.batch.kept_tables
        return measure() if kept is None or self.batch.has_table(layer) else kept.part(image, layer, measure)

    def load_layer(
        self,
        layer: str,
        on_part: OnPart,
        stop: Stop = lambda: False,
        order: Sequence[int] | None = None,
        on_preview: OnPart | None = None,
        report: Report | None = None,
    ) -> None:
        """Load all images of a layer and call `on_part` for each part, in order, from the calling thread.

        Parts cover one or more images (`ObjectPart.images`); the first one is small. Files are read ahead by
        further threads. Returns early when `stop()` is true; it is asked between parts. What did not match in
        further files (`--columns`) is told by the problems of the last part, and by `more.reports`.

        Parameters
        ----------
        order
            Row numbers of the images in the order in which they are wanted; default: all, in the order of the
            batch.
        on_preview
            Called with the first rows of one big table as soon as they are there. They come again, with all
            others, in the part that follows.
        report
            Called with bytes read and bytes in all while one big table is read. Both come from the calling thread.
        """
        wanted = list(range(len(self.batch.images))) if order is None else list(order)
        if not wanted:
            return
        choice = self.batch.dialects.get(layer)
        load = partial(self._load, layer=layer)
        tables = self.batch.files("tables", layer)
        own = all(tables[i] is not None for i in wanted)
        parts: Iterator[ObjectPart]
        if report is not None and len(wanted) == 1:
            self._read_polygons(wanted[0], layer, report)
        if layer in self.batch.shared_tables:
            part = self._shared_part(self.batch.shared_tables[layer], layer, on_preview, report)
            parts = iter([ordered(part, wanted, len(self.batch.images))])
        elif (
            choice is not None
            and own
            and not self._numbered
            and len(wanted) > 1
            and not (meets_masks(choice) if self._places else is_doubtful(choice))
            and not (self._places and self._is_stack(layer))
            and not self._has_polygons(layer)
        ):
            parts = prefetch.in_chunks(self.batch, layer, wanted, choice, load)
            if self._places:
                parts = layer_cache.kept(self.batch, layer, wanted, choice, parts)
        else:
            parts = prefetch.one_by_one(wanted, load)
        for part in self.more.all_attached(parts, layer, len(wanted)):
            if stop():
                break
            on_part(part)

    def _read_polygons(self, image: int, layer: str, report: Report) -> None:
        """Read a file of polygons, which may take minutes, and say how far it is."""
        path = self.batch.images[image].masks.get(layer)
        if path is not None and is_polygons(path):
            with suppress(TuiqcError):  # told when its objects are wanted
                FILES.get(path, report)

    def _users(self, path: Path, layer: str) -> list[ImageRecord]:
        with self._lock:
            if not hasattr(self, "_by_path"):
                self._by_path: dict[tuple[str, str], list[int]] = {}
                for name in self.batch.layers:
                    for index, table in enumerate(self.batch.files("tables", name)):
                        if table is not None:
                            self._by_path.setdefault((name, table), []).append(index)
        return [self.batch.images[index] for index in self._by_path.get((layer, str(path)), ())]

    def _shared_part(
        self, path: Path, layer: str, on_preview: OnPart | None = None, report: Report | None = None
    ) -> ObjectPart:
        users = self.batch.images if layer in self.batch.shared_tables else self._users(path, layer)
        with self._lock:
            known = self._shared.get((layer, path))
        if known is None:
            known = self._from_table(path, users, layer, on_preview, report)
            with self._lock:
                self._shared[layer, path] = known
        return known

    def _from_table(
        self,
        path: Path,
        images: Sequence[ImageRecord],
        layer: str,
        on_preview: OnPart | None = None,
        report: Report | None = None,
    ) -> ObjectPart:
        everything = images is self.batch.images
        numbers = tuple(range(len(images)) if everything else (image.index for image in images))
        try:
            frame = self.batch.frames.get(path)
            notes: list[str] = []
            if frame is None:
                show = None if on_preview is None else self._previewer(path, images, layer, on_preview)
                table = load_table(path, cached=self.batch.source.cache, on_head=show, report=report)
                frame, notes = table.frame, table.notes
            problems = [Problem(path, note) for note in notes]
            choice = self._choice(layer, frame)
            if self._numbered:
                frame = frame.assign(**{ROW: np.arange(len(frame))})
            if choice.name == ctc.DIALECT.name:
                frame = ctc.expanded(frame)
            rows, problem = self._rows(path, frame, images, choice)
            frame, choice, by_id = self._labelled(layer, frame, images, rows, choice)
            problems += [Problem(path, by_id)] if by_id else []
            problems += self._polygon_notes(layer, images)
            frame, choice, said = self._settled(layer, frame, images, rows, choice)
            problems += [Problem(path, said)] if said else []
        except TuiqcError as error:
            empty = ObjectPart(numbers[0], layer, empty_frame(), Geometry.unknown(0), images=numbers)
            lost = not isinstance(error, EmptyTableError)  # an image without objects may have such a file
            empty.problems.append(Problem(path, _without(path, error), lost))
            return empty
        problems += [Problem(path, problem)] if problem else []
        made, geometry, more = part_from_table(frame, rows, choice, path, layer)
        part = ObjectPart(numbers[0], layer, made, geometry, problems + more, numbers)
        if self._numbered:
            if self._written:
                part.frame = _as_written(path, made)
            return part
        if not self._places:
            return part
        if needs_mask(choice) and len(made):
            geometry_from_masks(self.batch, part, self._plane)
        elif self._is_stack(layer):
            if len(images) <= _MOST_STACKS:
                slices_from_masks(self.batch, part, self._plane)
            else:
                part.slices = partial(slices_of_image, self.batch, layer, self._plane)
        return part

    def _has_polygons(self, layer: str) -> bool:
        """Whether the first mask of a layer is a file of polygons: tables may speak of its objects by their ids."""
        first = next(paths_of(self.batch.images, "masks", layer), None)
        return first is not None and is_polygons(first)

    def _is_stack(self, layer: str) -> bool:
        """Whether the first mask of a layer that can be read has slices."""
        with self._lock:
            if layer not in self._stacks:
                info = first_info(self.batch, layer, "mask")
                self._stacks[layer] = info is not None and info.sizes["z"] > 1
            return self._stacks[layer]

    def _previewer(
        self, path: Path, images: Sequence[ImageRecord], layer: str, on_preview: OnPart
    ) -> Callable[[pd.DataFrame], None]:
        def show(frame: pd.DataFrame) -> None:
            # What is wrong with these rows is told with all of them.
            with suppress(TuiqcError):
                choice = self._choice(layer, frame)
                if is_doubtful(choice) and self._mask_values.get(layer) != Settlement(choice.label_column):
                    return  # nobody judges what may be another object
                known = self.batch.row_images.get(path)
                if known is not None and len(known) >= len(frame):
                    rows = known[: len(frame)]
                else:
                    rows, _ = self._rows(path, frame, images, choice)
                made, geometry, _ = part_from_table(frame, rows, choice, path, layer)
                if needs_mask(choice):  # measuring masks takes longer than reading the rest
                    geometry = Geometry.unknown(len(made))
                seen = tuple(np.unique(made["image"].to_numpy()).tolist())
                if seen:
                    on_preview(self.more.attached(ObjectPart(seen[0], layer, made, geometry, images=seen)))

        return show

    def _choice(self, layer: str, frame: pd.DataFrame) -> DialectChoice:
        known = self.batch.dialects.get(layer)
        if known is not None and fits(known, frame):
            return known
        return recognise([str(name) for name in frame.columns], self.batch.source.dialect_for(layer), layer)

    def _labelled(
        self,
        layer: str,
        frame: pd.DataFrame,
        images: Sequence[ImageRecord],
        rows: NDArray[np.int64],
        choice: DialectChoice,
    ) -> tuple[pd.DataFrame, DialectChoice, str]:
        """The table with labels in place of the ids by which it speaks of polygons."""
        paths = {image.index: path for image in images if (path := image.masks.get(layer)) is not None}
        if not any(is_polygons(path) for path in paths.values()):
            return frame, choice, ""
        from tuiqc.dataset.from_polygons import labels_of_ids

        labels, column, said = labels_of_ids(frame, rows, paths, choice.label_column)
        if labels is None:
            return frame, choice, ""
        name = unique_name("label", frame.columns)
        frame = frame.assign(**{name: labels})
        # Its places are in the unit of the polygons, or from another program.
        choice = replace(choice, label_column=name, calibrated=True)
        with self._lock:
            self.batch.dialects[layer] = choice
        return frame, choice, f"{said}, in column {column!r}"

    def _polygon_notes(self, layer: str, images: Sequence[ImageRecord]) -> list[Problem]:
        """What was assumed of the files of polygons that a table speaks of."""
        paths = dict.fromkeys(path for image in images if (path := image.masks.get(layer)) is not None)
        if not any(is_polygons(path) for path in paths):
            return []
        from tuiqc.dataset.from_polygons import notes_of_polygons

        return notes_of_polygons(paths)

    def _settled(
        self,
        layer: str,
        frame: pd.DataFrame,
        images: Sequence[ImageRecord],
        rows: NDArray[np.int64],
        choice: DialectChoice,
    ) -> tuple[pd.DataFrame, DialectChoice, str]:
        """The table with the labels that the masks hold; the first table of a layer decides for all.

        `rows` has the image of each row.
        """
        if not is_doubtful(choice):
            return frame, choice, ""
        paths = {image.index: path for image in images if (path := image.masks.get(layer)) is not None}
        masks = [Masked(np.flatnonzero(rows == image), path) for image, path in paths.items()]
        if not masks:
            return frame, choice, ""
        with self._lock:
            known = self._mask_values.get(layer)
        if known is None:
            known = settled(frame, choice, masks, self._plane)
            with self._lock:
                self._mask_values[layer] = known
                if known.column is not None:
                    self.batch.dialects[layer] = replace(choice, label_column=known.column)
        return *known.applied(frame, choice, masks, self._plane), known.said

    def _rows(
        self, path: Path, frame: pd.DataFrame, images: Sequence[ImageRecord], choice: DialectChoice
    ) -> tuple[NDArray[np.int64], str]:
        known = self.batch.row_images.get(path)
        if known is not None and len(known) == len(frame):
            return known, ""
        everything = np.full(len(frame), images[0].index, np.int64)
        if len(images) > 1:
            found = find_rows(frame, images, choice)
            if not found.found and (numbered := rows_by_number(path, frame, images)) is not None:
                return numbered, ""
            return found.rows, found.spelled if found.found or not len(frame) else found.how
        if choice.image_column is None or frame[choice.image_column].nunique() <= 1:
            return everything, ""
        # The table of one image speaks of several: take this image's rows if the table says which they are.
        found = find_rows(frame, images, choice)
        if found.found:
            return found.rows, found.spelled
        return everything, f"{choice.image_column!r} has several values; all rows were taken for this image"


def _as_written(path: Path, frame: pd.DataFrame) -> pd.DataFrame:
    """The frame with the texts of its file in the columns that come from there."""
    if ROW not in frame.columns:  # nothing was taken from the table
        return frame
    rows = frame.pop(ROW).to_numpy()
    texts = written_texts(path)
    if not len(rows) or rows.max() < len(texts):
        for name in frame.columns:
            source = name if name in texts.columns else str(name).removesuffix(" (file)")
            if name not in OWN and source in texts.columns:
                frame[name] = texts[source].iloc[rows].reset_index(drop=True)
    return frame


def _without(path: Path, error: TuiqcError) -> str:
    """An error about a file, which its problem names already."""
    return str(error).removeprefix(f"{path}: ")
