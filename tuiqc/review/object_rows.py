"""The objects of one layer as far as they have been read: rows, geometry, and where each object stands."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np

from tuiqc.dataset.dialects.dialect import DialectChoice
from tuiqc.dataset.model import Batch
from tuiqc.dataset.objects import ObjectPart, join_parts
from tuiqc.qc.record import Subject
from tuiqc.review.place import Extent, Place
from tuiqc.review.rows import Rows
from tuiqc.tables.filters.stack import NamedFilter
from tuiqc.tables.filters.tokens import FilterError
from tuiqc.tables.neighbours import Direction, neighbour

if TYPE_CHECKING:
    import pandas as pd
    from numpy.typing import NDArray

    from tuiqc.review.candidate_rows import CandidateRows
    from tuiqc.triage.object_ranking import Ranking
    from tuiqc.triage.population import Population


class ObjectRows(Rows):
    """The objects of `layer` in image order; made anew when more images have been read.

    Attributes
    ----------
    geometry
        Centre, box and area of every object in pixels, parallel to the frame.
    images, labels
        Image (row number in the image table) and label of every object, parallel to the frame.
    loaded
        Row numbers of the images that have been read.
    problems, lost
        What was wrong with their files, in words; and those of it for which objects or columns are missing.
    evidence
        The objects whose evidence the table has columns of, None without any.
    missed
        Places of missed objects, where they were looked for without a screen; None before that, or without any.
    on_unmeasured
        Called with an image whose slices were asked for before its mask has been measured (see `best_slice`).
    preview
        Whether these are the first rows of a table that is still being read. No image is `loaded` then: of any of
        them there may be more objects, so nothing is counted per image.
    """

    level = "object"

    def __init__(
        self, batch: Batch, layer: str, parts: Sequence[ObjectPart], *, preview: bool = False
    ) -> None:
        self.layer, self.preview = layer, preview
        ordered = sorted(parts, key=lambda part: part.image)
        frame, geometry = join_parts(ordered)
        frame = frame.copy(deep=False)  # a single part is handed back as it is, and stays as it is
        if len(frame) and (np.diff(frame["image"].to_numpy()) < 0).any():
            order = np.argsort(frame["image"].to_numpy(), kind="stable")
            frame, geometry = frame.iloc[order].reset_index(drop=True), geometry.taken(order)
        self.images: NDArray[np.int64] = frame["image"].to_numpy()
        self.labels: NDArray[np.int64] = frame["label"].to_numpy()
        self.times: NDArray[np.int64] | None = frame["t"].to_numpy() if "t" in frame else None
        if self.times is not None:
            frame = _repeats_last(frame, batch.dialects.get(layer))
        self.geometry = geometry
        self.loaded = frozenset(index for part in parts for index in part.images if not preview)
        problems = dict.fromkeys(problem for part in ordered for problem in part.problems)
        self.problems = list(dict.fromkeys(map(str, problems)))
        self.lost = [str(problem) for problem in problems if problem.lost]
        self.image_filter: int | None = None
        self.evidence: Population | None = None
        self.missed: CandidateRows | None = None
        self._filters_taken: list[NamedFilter] = []
        self._spans = _spans(self.images)
        self._measures = {
            index: part.slices for part in ordered if part.slices is not None for index in part.images
        }
        self.on_unmeasured: Callable[[int], None] = lambda image: None
        names = _with_keys(batch, frame, self.images)
        super().__init__(frame, [*names, "label", *(["t"] if self.times is not None else [])])

    def span(self, image: int) -> slice:
        """Positions of an image's objects in the frame."""
        start, stop = self._spans.get(image, (0, 0))
        return slice(start, stop)

    def at_time(self, image: int, t: int) -> slice | NDArray[np.int64]:
        """Positions of an image's objects at a time point: all of them where there is no time."""
        span = self.span(image)
        if self.times is None:
            return span
        found: NDArray[np.int64] = span.start + np.flatnonzero(self.times[span] == t)
        return found

    def position(self, image: int, label: int, t: int = 0) -> int | None:
        """Position of an object in the frame, None if it is not there."""
        span = self.span(image)
        hits = np.flatnonzero(self.labels[span] == label)
        if self.times is not None:
            hits = hits[self.times[span][hits] == t]
        return span.start + int(hits[0]) if len(hits) else None

    def position_of(self, subject: Subject, image: int) -> int | None:
        """See `Rows`: by label and time point."""
        return self.position(image, subject.label, subject.t)

    def position_at(self, place: Place) -> int | None:
        """See `Rows`."""
        return self.position(place.image, place.label, place.t) if place.label else None

    def place_at(self, position: int, here: Place, extents: Mapping[int, Extent]) -> Place:
        """See `Rows`: in the slice that shows the object best, unless it is in the one shown; no track is followed."""
        image = int(self.images[position])
        known = extents.get(image)
        z = here.z if known is not None and known.z <= 1 else self._slice_at(position, here.z)
        return replace(
            here,
            level="object",
            image=image,
            label=int(self.labels[position]),
            t=0 if self.times is None else int(self.times[position]),
            # Of an image that nobody has looked at the picture tells, which is of the right slice at once.
            z=z if known is None or z == here.z else min(z, known.z - 1),
            followed=None,
        )

    def _slice_at(self, position: int, z: int) -> int:
        """The slice `z` if the object is in it, or nothing is known of it; else the one that shows it best."""
        frame = self.view.frame
        if "widest_z" in frame.columns and (
            frame["min_z"].iloc[position] <= z < frame["max_z"].iloc[position]
        ):
            return z
        best = self.best_slice(position)
        return z if best is None else best

    def show_only(self, image: int | None) -> None:
        """Show the objects of one image, or of all (None)."""
        self.image_filter = image
        self.show_where(None if image is None else self.images == image)

    @property
    def extra(self) -> dict[str, NDArray[Any]]:
        """The image of each object, for `by image` in filters."""
        return {"image": self.images}

    def take_over(self, before: ObjectRows) -> None:
        """Order, filters, selection and the shown image of rows that this one takes the place of.

        May run in a thread: the rows that are shown are only read. A second time it takes over what the person
        has changed since, which is little.
        """
        self.restore_sort(before.wanted_keys)
        filters = list(before.stack.filters)
        if self.stack is not before.stack or self._filters_taken != filters:
            self.stack, self._filters_taken = before.stack, filters
            with contextlib.suppress(FilterError):  # a column that it names may not have been read
                self.take_filter(self.filter_mask())
        if before.image_filter != self.image_filter:
            self.show_only(before.image_filter)
        if before.selection.count or self.selection.count:
            self._select_as(before)

    def _select_as(self, before: ObjectRows) -> None:
        """Select what was selected; of an image that was read in part only the objects that were there."""
        self.selection.none()
        for image in np.unique(before.images[before.selection.positions()]).tolist():
            mine, theirs = self.span(image), before.span(image)
            mine = slice(mine.start, min(mine.stop, mine.start + theirs.stop - theirs.start))
            if np.array_equal(self.labels[mine], before.labels[theirs]):
                self.selection.mask[mine] = before.selection.mask[theirs]

    def subject(self, position: int, batch: Batch) -> Subject:
        """What an annotation of the object at a position is about."""
        t = 0 if self.times is None else int(self.times[position])
        key = batch.key(int(self.images[position]))
        return Subject("object", key, self.layer, int(self.labels[position]), t)

    def best_slice(self, position: int, *, sure: bool = False) -> int | None:
        """The slice (from 0) that shows an object best, None where nothing is known of it, or there is no depth.

        In an image whose mask has not been measured it is what the table says; `on_unmeasured` is told. With `sure` it
        is measured now, which takes the time of reading a stack.
        """
        image = int(self.images[position])
        if image in self._measures:
            if sure:
                self.put_slices(image, self.measured_slices(image))
            else:
                self.on_unmeasured(image)
        return self.known_slice(position)

    def known_slice(self, position: int) -> int | None:
        """The same, as far as it has been read or measured."""
        z = float(self.geometry.best_z[position])
        return None if np.isnan(z) else max(0, int(z))

    def measured_slices(self, image: int) -> NDArray[np.float64]:
        """The slices of an image's objects by its mask, as far as they can be measured; may run in a thread."""
        span = self.span(image)
        times, known = None if self.times is None else self.times[span], self.geometry.best_z[span]
        measure = self._measures.get(image)
        return known if measure is None else measure(image, self.labels[span], times, known)

    def put_slices(self, image: int, slices: NDArray[np.float64]) -> None:
        """Take what `measured_slices` has found."""
        if not self.geometry.best_z.flags.writeable:
            self.geometry = self.geometry.writable("best_z")
        self.geometry.best_z[self.span(image)] = slices
        self._measures.pop(image, None)

    def first_row(self, image: int, t: int) -> int | None:
        """Row of the first object of an image in the order of the table, at a time point if any is there then."""
        mask = self.images == image
        if self.times is not None and (now := mask & (self.times == t)).any():
            mask = now
        return self.view.next_where(mask, -1, wrap=False)

    def neighbour(self, image: int, t: int, position: int | None, direction: Direction) -> int | None:
        """Position of the object beside another in an image at a time point; without one, of that at its corner."""
        span = self.span(image)
        x, y = self.geometry.centre_x[span], self.geometry.centre_y[span]
        if self.times is not None:  # only what is in the picture now
            now = self.times[span] == t
            x, y = np.where(now, x, np.nan), np.where(now, y, np.nan)
        origin = self.centre(position) if position is not None else None
        if origin is not None:
            found = neighbour(x, y, origin, direction)
        elif not len(x) or np.isnan(x + y).all():
            found = None
        else:  # nothing is current: begin at the object nearest to the image's corner
            found = int(np.nanargmin(x + y))
        return None if found is None else span.start + found

    def centre(self, position: int) -> tuple[float, float] | None:
        """Centre (x, y) in image pixels, None where it is not known."""
        x, y = float(self.geometry.centre_x[position]), float(self.geometry.centre_y[position])
        return None if np.isnan(x + y) else (x, y)

    def box(self, position: int) -> tuple[float, float, float, float] | None:
        """Box (min x, min y, max x, max y; max exclusive) in image pixels, None where it is not known."""
        g = self.geometry
        values = [float(side[position]) for side in (g.min_x, g.min_y, g.max_x, g.max_y)]
        return None if np.isnan(values).any() else (values[0], values[1], values[2], values[3])


def rows_in(ranking: Ranking, rows: ObjectRows) -> NDArray[np.int64]:
    """(n,) row in the ranking of each object of the table, -1 for one that is not of it."""
    times = np.zeros(rows.total, np.int64) if rows.times is None else rows.times
    every = np.concatenate([ranking.labels, rows.labels])
    kinds, number = np.unique(every, return_inverse=True)
    frames = int(max(ranking.times.max(initial=0), times.max(initial=0))) + 1

    def code(
        images: NDArray[np.int64], at: NDArray[np.int64], labels: NDArray[np.int64]
    ) -> NDArray[np.int64]:
        return (images.astype(np.int64) * frames + at) * len(kinds) + labels

    known = code(ranking.images, ranking.times, number[: len(ranking.labels)])
    wanted = code(rows.images, times, number[len(ranking.labels) :])
    order = np.argsort(known, kind="stable")
    place = np.searchsorted(known[order], wanted)
    inside = place < len(order)
    found = np.full(rows.total, -1, np.int64)
    candidates = order[place[inside]]
    found[inside] = np.where(known[candidates] == wanted[inside], candidates, -1)
    return found


def _with_keys(batch: Batch, frame: pd.DataFrame, images: NDArray[Any]) -> list[str]:
    """Put the columns that name the image in place of the column `image`; returns their names."""
    table = batch.image_frame()
    names = [name for name in batch.placeholders if name in table.columns] or ["image"]
    # Arrow's texts are taken without Python's lock; a million Python strings would stop the screen.
    keys = {name: table[name].array.take(images) for name in names}
    del frame["image"]
    shown = []
    for at, (name, values) in enumerate(keys.items()):
        while name in frame.columns:
            name += " (key)"
        frame.insert(at, name, values)
        shown.append(name)
    return shown


def _repeats_last(frame: pd.DataFrame, choice: DialectChoice | None) -> pd.DataFrame:
    """The same with the table's own columns of time point and label at the end: `t` and `label` say it already."""
    own = () if choice is None else (choice.t_column, choice.label_column)
    there = [name for name in dict.fromkeys(own) if name is not None and name not in ("t", "label")]
    repeats = [name for name in there if name in frame.columns]
    return frame[[name for name in frame.columns if name not in repeats] + repeats] if repeats else frame


def _spans(images: NDArray[np.int64]) -> dict[int, tuple[int, int]]:
    if not len(images):
        return {}
    starts = np.flatnonzero(np.r_[True, images[1:] != images[:-1]])
    stops = np.r_[starts[1:], len(images)]
    return {int(images[a]): (int(a), int(b)) for a, b in zip(starts, stops, strict=True)}
