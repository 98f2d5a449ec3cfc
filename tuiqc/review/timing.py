"""Going through time and depth; the current object is followed along its track."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np

from tuiqc.review.depth import best_slice
from tuiqc.review.track_rows import tracks_of
from tuiqc.review.walking import Walking
from tuiqc.tracks.data import Tracks

Projection = Literal["slice", "max", "mean"]
PROJECTIONS: tuple[Projection, ...] = ("slice", "max", "mean")


@dataclass(frozen=True, slots=True)
class Extent:
    """How many time points and slices an image has."""

    t: int = 1
    z: int = 1


class Timing(Walking):
    """Time point, slice and projection of what is looked at.

    Attributes
    ----------
    z, projection
        Slice, from 0, and what is made of all slices.
    extents
        What is known of the images that have been looked at, by row number.
    followed
        (image, layer, track) of the current object, kept while its track has no object at the present time point.
    """

    z = 0
    projection: Projection = "slice"
    followed: tuple[int, str, int] | None = None
    _tracks: tuple[object, int, Tracks | None] | None = None

    @property
    def extents(self) -> dict[int, Extent]:
        """See the class."""
        if not hasattr(self, "_extents"):
            self._extents: dict[int, Extent] = {}
        return self._extents

    @property
    def extent(self) -> Extent:
        """Time points and slices of the current image, as far as they are known."""
        known = self.extents.get(self.image, Extent())
        tracks = self.tracks
        if tracks is None or not len(tracks.data.t):
            return known
        return Extent(max(known.t, int(tracks.data.t.max()) + 1), known.z)

    @property
    def tracks(self) -> Tracks | None:
        """The tracks of the active layer in the current image, None where there are none."""
        objects = self.objects
        if objects is None or self.image not in objects.loaded:
            return None
        if self._tracks is None or self._tracks[0] is not objects or self._tracks[1] != self.image:
            choice = self.batch.dialects.get(self.layer)
            self._tracks = (objects, self.image, tracks_of(objects, self.image, choice))
        return self._tracks[2]

    @property
    def track(self) -> int | None:
        """The track of the current object, or the one that is followed where it has none here."""
        tracks, position = self.tracks, self.position
        if tracks is None or self.objects is None:
            return None
        if position is not None:
            found = int(tracks.data.track[position - self.objects.span(self.image).start])
            self.followed = (self.image, self.layer, found) if found >= 0 else None
        if self.followed is None or self.followed[:2] != (self.image, self.layer):
            return None
        return self.followed[2]

    def go_position(self, position: int) -> None:
        """Go to the slice of the object too, unless it is in the one that is shown."""
        super().go_position(position)
        objects = self.objects
        if objects is None or self.extent.z <= 1:
            return
        frame = objects.view.frame
        seen = "widest_z" in frame.columns and (
            frame["min_z"].iloc[position] <= self.z < frame["max_z"].iloc[position]
        )
        best = None if seen else best_slice(frame, position)
        if best is not None:
            self.z = min(max(best, 0), self.extent.z - 1)

    def go_time(self, t: int) -> bool:
        """Go to a time point (held inside what there is); the current object goes along its track.

        Returns False if that is where one is.
        """
        t = min(max(t, 0), self.extent.t - 1)
        if t == self.t:
            return False
        track = self.track  # before the time changes: it is what the label means now
        self.t = t
        if self.label or track is not None:
            self.label = self.label_of(track, t) if track is not None else 0
        return True

    def label_of(self, track: int, t: int) -> int:
        """Label of a track at a time point, 0 where it has no object."""
        if self.tracks is None or self.objects is None:
            return 0
        row = self.tracks.row_at(track, t)
        return 0 if row is None else int(self.objects.labels[self.objects.span(self.image).start + row])

    def go_track(self, track: int, t: int | None = None) -> bool:
        """Make an object of a track the current one: at a time point, else at the nearest one that it has."""
        if self.tracks is None or self.objects is None:
            return False
        rows = self.tracks.rows(track)
        if not len(rows):
            return False
        times = self.tracks.data.t[rows]
        row = int(rows[np.argmin(np.abs(times - (self.t if t is None else t)))])
        level = self.level
        self.go_position(self.objects.span(self.image).start + row)
        self.level = level if level == "track" else self.level
        self.followed = (self.image, self.layer, track)
        return True

    def go_to_track(self, track: int) -> None:
        """See `Walking`."""
        self.go_track(track)

    def go_track_row(self, row: int) -> None:
        """Make a track the current one, at the time point where it is most suspicious, else at the present one."""
        rows = self.track_rows
        if rows is None or not 0 <= row < len(rows):
            return
        position = rows.view.row(row)
        worst = int(rows.view.frame["worst_t"].iloc[position])
        image = int(rows.images[position])
        if image != self.image:
            self.image, self.label, self.followed = image, 0, None
        if self.tracks is None:
            return
        track = int(rows.tracks[position])
        self.go_track(track, worst if worst >= 0 else None)
        if worst >= 0:
            self.go_time(worst)  # a division shows when the mother is gone

    @property
    def track_position(self) -> int | None:
        """Position of the current track in the frame of tracks."""
        track = self.track
        if track is None or self.track_rows is None:
            return None
        return self.track_rows.position(self.image, track)

    def step_track(self, step: int) -> int | None:
        """Go to the next or previous track that is here at this time point, by number; None at the end."""
        tracks = self.tracks
        if tracks is None:
            return None
        here = np.unique(tracks.data.track[tracks.data.t == self.t])
        here = here[here >= 0]
        now = self.track
        if now is None:
            found = here[:1] if step > 0 else here[-1:]
        else:
            found = here[here > now][:1] if step > 0 else here[here < now][-1:]
        if not len(found):
            return None
        self.go_track(int(found[0]), self.t)
        return int(found[0])

    def step_event(self, step: int) -> str | None:
        """Go to the next or previous birth, merge, division or death of the track; its sentence, None at the end."""
        tracks, track = self.tracks, self.track
        if tracks is None or track is None:
            return None
        events = tracks.events(track)
        found = [one for one in events if (one.t > self.t if step > 0 else one.t < self.t)]
        if not found:
            return None
        event = found[0] if step > 0 else found[-1]
        self.go_time(event.t)
        others = ", ".join(map(str, event.others))
        words = {"birth": " from", "division": " into", "merge": " with", "death": ""}
        return f"{event.kind} of track {track}{words[event.kind] + ' ' + others if others else ''} at t {event.t}"

    def go_slice(self, z: int) -> bool:
        """Go to a slice (held inside what there is); False if that is where one is."""
        z = min(max(z, 0), self.extent.z - 1)
        if z == self.z and self.projection == "slice":
            return False
        self.z, self.projection = z, "slice"
        return True

    def next_projection(self) -> Projection:
        """One slice, the brightest, the mean, and round again."""
        self.projection = PROJECTIONS[(PROJECTIONS.index(self.projection) + 1) % len(PROJECTIONS)]
        return self.projection

    def tail(self, length: int = 12) -> list[tuple[float, float]]:
        """Places (x, y) of the followed track at the last time points, oldest first, the present one last."""
        tracks, track = self.tracks, self.track
        if tracks is None or track is None:
            return []
        rows = tracks.rows(track)
        times = tracks.data.t[rows]
        rows = rows[(times <= self.t) & (times > self.t - length)]
        places = zip(tracks.data.x[rows].tolist(), tracks.data.y[rows].tolist(), strict=True)
        return [place for place in places if place[0] == place[0] and place[1] == place[1]]
