"""The steps of a person through a batch: to images, objects, tracks, candidates, time points and slices."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import wraps
from typing import TYPE_CHECKING, Concatenate, ParamSpec, TypeVar

from tuiqc.dataset.model import ImageRecord
from tuiqc.qc.record import Subject
from tuiqc.review.changes import Changes
from tuiqc.review.object_tracks import ObjectTracks, tracks_of
from tuiqc.review.place import PROJECTIONS, Extent, Level, Place, PlaceField, Projection
from tuiqc.review.rows import Rows
from tuiqc.review.session_tables import Changed, SessionTables, unheard
from tuiqc.tables.neighbours import Direction

if TYPE_CHECKING:
    from tuiqc.tracks.data import Tracks


_P = ParamSpec("_P")
_T = TypeVar("_T")


def _moves(step: Callable[Concatenate[Cursor, _P], _T]) -> Callable[Concatenate[Cursor, _P], _T]:
    """Make a method of the cursor tell that the place has changed, if it has: once, whatever other steps it takes."""

    @wraps(step)
    def moving(self: Cursor, /, *args: _P.args, **kwargs: _P.kwargs) -> _T:
        with self.moving():
            return step(self, *args, **kwargs)

    return moving


class Cursor:
    """The place of the person; each step keeps image, label, time point and level in agreement.

    Attributes
    ----------
    place
        Where one is; its fields can be read and written as those of the cursor.
    extents
        What is known of the images that have been looked at, by row number.
    """

    level = PlaceField[Level]()
    layer = PlaceField[str]()
    image = PlaceField[int]()
    label = PlaceField[int]()
    t = PlaceField[int]()
    z = PlaceField[int]()
    projection = PlaceField[Projection]()
    followed = PlaceField[tuple[int, str, int] | None]()
    candidate = PlaceField[int]()

    def __init__(self, tables: SessionTables, layer: str, changed: Changed = unheard) -> None:
        self._tables, self.changed = tables, changed
        self.place = Place(layer=layer)
        self.extents: dict[int, Extent] = {}
        self._tracks_known: tuple[object, int, ObjectTracks | None] | None = None
        self._steps = 0

    # --- where one is

    @property
    def record(self) -> ImageRecord:
        """The current image."""
        return self._tables.batch.images[self.image]

    @property
    def rows(self) -> Rows | None:
        """The rows of the present level, None while there are none."""
        return self._tables.rows_of(self.level)

    @property
    def position(self) -> int | None:
        """Position of the current object in the frame of its layer, None while there is none."""
        return self.position_in(self._tables.objects)

    def position_in(self, rows: Rows | None) -> int | None:
        """Position of what is current in the frame of rows, None while nothing of them is."""
        return None if rows is None else rows.position_at(self.place)

    @property
    def row(self) -> int | None:
        """Row of what is current in its table as it is sorted and filtered, None if it is not shown."""
        rows = self.rows
        position = self.position_in(rows)
        return None if position is None or rows is None else rows.view.index_of(position)

    @property
    def subject(self) -> Subject | None:
        """What a verdict would be about now."""
        position = self.position_in(self.rows)
        return None if position is None else self._tables.subject(self.level, position)

    def position_of(self, subject: Subject) -> int | None:
        """Return the position of a subject in the frame of the present level, None if it is not of it or not there."""
        found = self._tables.place_of(subject) if subject.level == self.level else None
        return None if found is None else found[1]

    # --- steps

    @contextlib.contextmanager
    def moving(self) -> Iterator[None]:
        """Take several steps that count as one: that the place has changed is told at the end, once."""
        before, self._steps = self.place, self._steps + 1
        try:
            yield
        finally:
            self._steps -= 1
            if not self._steps and self.place != before:
                self.changed(Changes.PLACE)

    @_moves
    def go_place(self, place: Place) -> None:
        """Go back to a place; the layer stays."""
        self.place = replace(place, layer=self.layer)

    @_moves
    def set_layer(self, layer: str) -> None:
        """Make another object layer the active one; none of its objects is current."""
        self.layer, self.label = layer, 0

    @_moves
    def set_level(self, level: Level) -> None:
        """Let verdicts go to the image, the object, or the track that is current."""
        self.level = level

    @_moves
    def go_objects(self) -> bool:
        """Let verdicts go to objects, at first to the first one of the image; False where there is none in the table.

        Where there is no row, nothing is current, so that nothing is judged.
        """
        self.level, self.label = "object", 0
        first = self.first_of_image()
        if first is not None:
            self.go_object(first)
        return first is not None

    @_moves
    def show_image(self, image: int) -> None:
        """Make an image the current one, whether the filter shows it or not."""
        self.level = "image"
        if image != self.image:
            self.image, self.label = image, 0

    @_moves
    def go_image(self, row: int) -> None:
        """Make the image in a row of the image table the current one."""
        self._go(self._tables.images, row)

    @_moves
    def go_object(self, row: int) -> None:
        """Make the object in a row of the object table the current one, and its image with it."""
        self._go(self._tables.objects, row)

    @_moves
    def go_row(self, row: int, level: Level | None = None) -> None:
        """Make what is in a row of the table of a level, or of the present one, the current one."""
        self._go(self._tables.rows_of(level or self.level), row)

    @_moves
    def go_in(self, rows: Rows, position: int) -> None:
        """Make what is at a position of the frame of some rows the current one."""
        self.place = rows.place_at(position, self.place, self.extents)

    @_moves
    def leave_candidate(self) -> None:
        """Of a candidate among the objects go to the object above it: what is done to a table is done to objects."""
        mixed, rows = self._tables.mixed, self.rows
        if mixed is not None and self.level == "candidate":
            row = mixed.row_of(rows, self.position_in(rows))
            above = None if row is None else mixed.object_before(row)
            if above is not None:
                self.go_position(above)

    def _go(self, rows: Rows | None, row: int) -> None:
        if rows is not None and 0 <= row < len(rows):
            self.place = rows.place_at(rows.view.row(row), self.place, self.extents)

    @_moves
    def go_position(self, position: int) -> None:
        """Make the object at a position of its frame the current one; its slice too, unless it is in the one shown."""
        objects = self._tables.objects
        assert objects is not None
        self.place = objects.place_at(position, self.place, self.extents)

    @_moves
    def go_label(self, label: int) -> bool:
        """Make an object of the current image the current one, by its label; False if the table lacks it."""
        objects = self._tables.objects
        position = objects.position(self.image, label, self.t) if objects is not None else None
        if position is not None:
            self.go_position(position)
        return position is not None

    @_moves
    def go_subject(self, subject: Subject) -> None:
        """Make a subject the current one, if it is there."""
        found, image = self._tables.place_of(subject), self._tables.index_of_image(subject.image)
        if subject.level == "track" and image is not None:  # its objects are there before it has a row
            self.image = image
            self.go_track(subject.label)
        elif found is not None and image is not None:
            if subject.level == "object":
                self._tables.bring_in_sight(image)  # what was undone must not stay out of sight
            rows, position = found
            self.place = rows.place_at(position, self.place, self.extents)

    @_moves
    def hop(self, direction: Direction) -> bool:
        """Go to the neighbouring object of the current image in a direction of the picture; False if there is none."""
        objects = self._tables.objects
        if objects is None:
            return False
        found = objects.neighbour(
            self.image, self.t, self.position if self.level == "object" else None, direction
        )
        if found is not None:
            self.go_position(found)
        return found is not None

    @_moves
    def step_image(self, step: int) -> bool:
        """Go to the next (1) or previous (-1) image in the order of the image table; False at its end."""
        images, objects = self._tables.images, self._tables.objects
        row = images.view.index_of(self.image)
        target = (row if row is not None else 0) + step
        if not 0 <= target < len(images):
            return False
        level = self.level
        self.go_image(target)
        if level == "object" and objects is not None:
            if objects.image_filter is not None:
                self._tables.show_only(self.image)
            # An image without objects leaves nothing current: it must not be judged in their place.
            self.level, first = level, self.first_of_image()
            if first is not None:
                self.go_object(first)
        return True

    def first_of_image(self) -> int | None:
        """Row of the first object of the current image in the order of the object table."""
        objects = self._tables.objects
        if objects is None:
            return None
        return objects.first_row(self.image, self.t)

    def toggle_only_image(self) -> bool:
        """Show only the objects of the current image, or again those of all; returns whether it is one image now."""
        objects = self._tables.objects
        if objects is None:
            return False
        self._tables.show_only(self.image if objects.image_filter is None else None)
        return objects.image_filter is not None

    # --- time and depth

    def learn_extent(self, image: int, extent: Extent) -> bool:
        """Take how many time points and slices an image has; False if that was known, or is what all have till then."""
        told = self.extents.get(image, Extent())
        self.extents[image] = extent
        if image == self.image and extent.z > 1:
            self.z = min(self.z, extent.z - 1)
        return told != extent

    @property
    def extent(self) -> Extent:
        """Time points and slices of the current image, as far as they are known."""
        known, tracks = self.extents.get(self.image, Extent()), self._object_tracks
        return known if tracks is None else tracks.extent(known)

    @_moves
    def go_time(self, t: int) -> bool:
        """Go to a time point (held inside what there is); the current object goes along its track.

        Returns False if that is where one is.
        """
        t = min(max(t, 0), self.extent.t - 1)
        if t == self.t:
            return False
        tracks = self._object_tracks
        if tracks is not None:
            self.place = tracks.place_at_time(self.place, t)
        else:
            self.t, self.label = t, 0
        return True

    @_moves
    def go_slice(self, z: int) -> bool:
        """Go to a slice (held inside what there is); False if that is where one is."""
        z = min(max(z, 0), self.extent.z - 1)
        if z == self.z and self.projection == "slice":
            return False
        self.z, self.projection = z, "slice"
        return True

    @_moves
    def next_projection(self) -> Projection:
        """One slice, the brightest, the mean, and round again."""
        self.projection = PROJECTIONS[(PROJECTIONS.index(self.projection) + 1) % len(PROJECTIONS)]
        return self.projection

    # --- tracks

    @property
    def _object_tracks(self) -> ObjectTracks | None:
        objects, image = self._tables.objects, self.image
        if objects is None or image not in objects.loaded:
            return None
        known = self._tracks_known
        if known is None or known[:2] != (objects, image):
            tracks = tracks_of(objects, image, self._tables.batch.dialects.get(self.layer))
            found = None if tracks is None else ObjectTracks(objects, image, tracks)
            known = self._tracks_known = objects, image, found
        return known[2]

    @property
    def tracks(self) -> Tracks | None:
        """The tracks of the active layer in the current image, None where there are none."""
        found = self._object_tracks
        return None if found is None else found.tracks

    @property
    def track(self) -> int | None:
        """The track of the current object, or the one that is followed where it has none here."""
        found = self._object_tracks
        return None if found is None else found.track_at(self.place)

    def label_of(self, track: int, t: int) -> int:
        """Label of a track at a time point, 0 where it has no object."""
        found = self._object_tracks
        return 0 if found is None else found.label_of(track, t)

    @_moves
    def go_track(self, track: int, t: int | None = None) -> bool:
        """Make an object of a track the current one: at a time point, else at the nearest one that it has."""
        found = self._object_tracks
        place = None if found is None else found.place_of(track, self.place, self.extents, t)
        if place is not None:
            self.place = place
        return place is not None
