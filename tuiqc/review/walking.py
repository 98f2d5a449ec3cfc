"""Going from image to image and from object to object."""

from __future__ import annotations

import numpy as np

from tuiqc.qc.record import Subject
from tuiqc.review.state import State
from tuiqc.tables.neighbours import Direction, neighbour


class Walking(State):
    """The steps a person can take; each keeps image, label and level in agreement."""

    def go_image(self, row: int) -> None:
        """Make the image in a row of the image table the current one."""
        self.level = "image"
        image = self.images.view.row(row)
        if image != self.image:
            self.image, self.label = image, 0

    def go_object(self, row: int) -> None:
        """Make the object in a row of the object table the current one, and its image with it."""
        if self.objects is None or not 0 <= row < len(self.objects):
            return
        self.go_position(self.objects.view.row(row))

    def go_position(self, position: int) -> None:
        """Make the object at a position of its frame the current one."""
        assert self.objects is not None
        self.level = "object"
        self.image = int(self.objects.images[position])
        self.label = int(self.objects.labels[position])
        self.t = 0 if self.objects.times is None else int(self.objects.times[position])

    def go_label(self, label: int) -> bool:
        """Make an object of the current image the current one, by its label; False if the table lacks it."""
        position = self.objects.position(self.image, label, self.t) if self.objects is not None else None
        if position is None:
            return False
        self.go_position(position)
        return True

    def hop(self, direction: Direction) -> bool:
        """Go to the neighbouring object of the current image in a direction of the picture; False if there is none."""
        objects = self.objects
        if objects is None:
            return False
        span = objects.span(self.image)
        x, y = objects.geometry.centre_x[span], objects.geometry.centre_y[span]
        if objects.times is not None:  # only what is in the picture now
            now = objects.times[span] == self.t
            x, y = np.where(now, x, np.nan), np.where(now, y, np.nan)
        position = self.position if self.level == "object" else None
        origin = objects.centre(position) if position is not None else None
        if origin is None:  # nothing is current: begin at the object nearest to the image's corner
            if not len(x) or np.isnan(x + y).all():
                return False
            found: int | None = int(np.nanargmin(x + y))
        else:
            found = neighbour(x, y, origin, direction)
        if found is None:
            return False
        self.go_position(span.start + found)
        return True

    def step_image(self, step: int) -> bool:
        """Go to the next (1) or previous (-1) image in the order of the image table; False at its end."""
        row = self.images.view.index_of(self.image)
        target = (row if row is not None else 0) + step
        if not 0 <= target < len(self.images):
            return False
        level = self.level
        self.go_image(target)
        if level == "object" and self.objects is not None:
            if self.objects.image_filter is not None:
                self.objects.show_only(self.image)
            # An image without objects leaves nothing current: it must not be judged in their place.
            self.level, first = level, self.first_of_image()
            if first is not None:
                self.go_object(first)
        return True

    def first_of_image(self) -> int | None:
        """Row of the first object of the current image in the order of the object table."""
        if self.objects is None:
            return None
        mask = self.objects.images == self.image
        if self.objects.times is not None and (now := mask & (self.objects.times == self.t)).any():
            mask = now
        return self.objects.view.next_where(mask, -1, wrap=False)

    def next_unreviewed(self, step: int = 1) -> bool:
        """Go to the next (or previous) one without a verdict, or as `skip` says; False if there is none."""
        if self.rows is None:
            return False
        row = self.row
        start = row if row is not None else -1
        found = self.rows.next_open(start, step, self.skip, self.keys_categorise)
        if self.skip != "annotated" and found == row:
            found = None
        if found is None:
            return False
        if self.level == "image":
            self.go_image(found)
        elif self.level == "track":
            self.go_track_row(found)
        else:
            self.go_object(found)
        return True

    def toggle_only_image(self) -> bool:
        """Show only the objects of the current image, or again those of all; returns whether it is one image now."""
        if self.objects is None:
            return False
        self.objects.show_only(self.image if self.objects.image_filter is None else None)
        return self.objects.image_filter is not None

    def go_to_track(self, track: int) -> None:
        """Make a track of the current image the current one; `Timing` knows how."""

    def go_track_row(self, row: int) -> None:
        """Make the track in a row of the track table the current one; `Timing` knows how."""

    def go_subject(self, subject: Subject) -> None:
        """Make the thing that a decision was about the current one, if it is there."""
        image = self.index_of_image(subject.image)
        if image is None:
            return
        if subject.level == "image":
            self.level, self.image, self.label = "image", image, 0
        elif subject.level == "track":
            self.image = image
            self.go_to_track(subject.label)
        elif self.objects is not None and subject.layer == self.layer:
            position = self.objects.position(image, subject.label, subject.t)
            if position is not None:
                if self.objects.image_filter not in (None, image):
                    self.objects.show_only(image)  # what was undone must not stay out of sight
                self.go_position(position)
