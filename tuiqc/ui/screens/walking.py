"""Walking: rows, images, panes, order."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from textual import on

from tuiqc.dataset.join_report import JoinReport
from tuiqc.review.images import ImageRows
from tuiqc.review.listing import Listing
from tuiqc.review.rows import Rows
from tuiqc.review.session import Level
from tuiqc.ui.screens.panes import Panes
from tuiqc.ui.widgets.line_table import LineTable


class Walking(Panes):
    """Actions that change the place or the order."""

    def image_row_moved(self) -> None:
        """The cursor of the image table moved."""
        self.session.go_image(self.images_table.row)
        self._after_image_changed()
        self.place_changed()

    def object_row_moved(self) -> None:
        """The cursor of the object table moved."""
        self.session.go_object(self.objects_table.row)
        self._follow_object()
        self.place_changed()

    def _after_image_changed(self) -> None:
        """Another image: fit it, unless the person looks at objects; a filter on one image follows it."""
        session = self.session
        if self.look.kind == "at" and not self.stays:
            self.look = replace(self.look, kind="fit", zoom=None)
        if session.objects is not None and session.objects.image_filter is not None:
            session.objects.show_only(session.image)
            self.objects_table.content_changed()

    def _follow_object(self) -> None:
        """Another object: a picture that was panned goes back to following, at its zoom."""
        if self.look.kind == "at" and not self.stays:
            self.look = replace(self.look, kind="object")

    def action_row_down(self) -> None:
        """Next row of the table that is judged."""
        self._step_row(1)

    def action_row_up(self) -> None:
        """Previous row."""
        self._step_row(-1)

    def _step_row(self, step: int) -> None:
        table = self.table_of(self.session.level)
        table.move("down" if step > 0 else "up")

    def action_next_image(self) -> None:
        """Next image in the order of the image table."""
        self._step_image(1)

    def action_previous_image(self) -> None:
        """Previous image."""
        self._step_image(-1)

    def _step_image(self, step: int) -> None:
        if not self.session.step_image(step):
            self.say("this is the last image" if step > 0 else "this is the first image")
            return
        self._after_image_changed()
        self._follow_object()
        self.place_changed()

    def action_next_unreviewed(self) -> None:
        """Next one without a verdict."""
        self.to_unreviewed(1)

    def action_previous_unreviewed(self) -> None:
        """Previous one without a verdict."""
        self.to_unreviewed(-1)

    def to_unreviewed(self, step: int) -> None:
        """Go to the next or previous one without a verdict, or say that there is none."""
        before = self.session.image
        if not self.session.next_unreviewed(step):
            objects = self.session.objects
            one = self.session.level == "object" and objects is not None and objects.image_filter is not None
            self.say(
                "all of this image are reviewed: enter in the image table shows all"
                if one
                else "all are reviewed"
            )
        elif self.session.image != before:
            self._after_image_changed()
        self._follow_object()
        self.place_changed()

    def action_enter(self) -> None:
        """On an image: only its objects, or all again. On an object: centre and enlarge it."""
        if self.session.level == "object" and self.session.label:
            self.look = replace(self.look, kind="object", zoom=None)
            if self.narrow:
                self.focus_pane(self.picture)
            self.place_changed()
            return
        only = self.session.toggle_only_image()
        self.objects_table.content_changed()
        self.say(f"only the objects of image {self.session.record.key}" if only else "objects of all images")
        self.place_changed()

    @on(LineTable.Chosen)
    def row_chosen(self, event: LineTable.Chosen) -> None:
        """A double click is an enter."""
        self.action_enter()

    # --- order

    def action_sort(self) -> None:
        """Sort the table that has (or had) the focus by the column under its cursor."""
        name = self._column_here()
        rows = self.session.rows
        if name is None or rows is None:
            return
        now = rows.view.sort_keys
        if now != [(name, False)] and now != [(name, True)]:
            self._sort_by([(name, False)], self.session.level)
        else:
            self._sort_by([(name, True)] if not now[0][1] else [], self.session.level)

    def action_add_sort(self) -> None:
        """Sort by the column under the cursor as a further key: ascending, descending, no longer."""
        name, rows = self._column_here(), self.session.rows
        if name is None or rows is None:
            return
        keys = list(rows.view.sort_keys)
        names = [key for key, _ in keys]
        if name not in names:
            keys.append((name, False))
        elif keys[names.index(name)][1]:
            del keys[names.index(name)]
        else:
            keys[names.index(name)] = (name, True)
        self._sort_by(keys, self.session.level)

    def _column_here(self) -> str | None:
        table = self.table_of(self.session.level)
        listing = table.content
        if not isinstance(listing, Listing) or not listing.names:
            return None
        return listing.names[table.column]

    def _rows_of(self, level: Level) -> Rows | None:
        if level == "track":
            return self.session.track_rows
        return self.session.images if level == "image" else self.session.objects

    def _sort_by(self, keys: list[tuple[str, bool]], level: Level) -> None:
        """Sort in a thread where that takes long; the extremes of a column are what one sorts for: go to the first."""
        rows = self._rows_of(level)
        if rows is None or any(not rows.view.has(name) for name, _ in keys):
            return

        def done(order: Any) -> None:
            if rows is not self._rows_of(level):
                self._sort_by(keys, level)  # more rows have come meanwhile
                return
            rows.take_order(keys, order)
            self._sorted(rows, level)

        self.say("sorting …")
        self.background.run(
            "sort", rows.total, lambda void: rows.view.ordered(keys), done, lambda error: self.say(str(error))
        )

    def _sorted(self, rows: Rows, level: Level) -> None:
        images = level == "image"
        words = {"image": "images", "track": "tracks"}
        table = self.table_of(level)
        if level == "object":
            self.rebuild_images()
        table.content_changed()
        self.say(f"{words.get(level, self.session.layer)}: {rows.order_name}")
        if rows.view.sort_keys and len(rows) and self.session.level == level:
            if images:
                self.session.go_image(0)
                self._after_image_changed()
            elif level == "track":
                self.session.go_track_row(0)
            else:
                self.session.go_object(0)
                self._follow_object()
        self.place_changed()

    @on(LineTable.HeaderClicked)
    def header_clicked(self, event: LineTable.HeaderClicked) -> None:
        """A click on a header sorts by its column."""
        self.focus_pane(event.table)
        self.action_sort()

    def rebuild_images(self) -> None:
        """Make the image table anew: other objects, or another column to average."""
        session = self.session
        objects = session.objects

        def done(images: ImageRows) -> None:
            if objects is not session.objects:
                self.rebuild_images()  # more rows have come meanwhile
                return
            session.take_images(images)
            self.show_image_rows()

        self.background.run(
            "images",
            0 if objects is None else objects.total,
            lambda void: session.made_images(),
            done,
            lambda error: self.say(str(error)),
        )

    def show_image_rows(self) -> None:
        """The image table shows the present rows of the session."""
        column = self.images_table.column
        self.images_table.content = Listing(self.session.images, self.image_column_choice)
        self.images_table.content_changed()
        self.images_table.go(self.session.images.view.index_of(self.session.image) or 0, column)
        self.colour_cells()
        self.tell_titles()

    # --- panes

    def action_next_pane(self) -> None:
        """Images, objects, picture, and round; on the line to type on, the next completion."""
        if self.ask_line.is_open:
            self.ask_line.action_complete(1)
        else:
            self._step_pane(1)

    def action_previous_pane(self) -> None:
        """The other way round."""
        if self.ask_line.is_open:
            self.ask_line.action_complete(-1)
        else:
            self._step_pane(-1)

    def _step_pane(self, step: int) -> None:
        panes = [self.images_table, self.objects_table, self.picture]
        at = panes.index(self.pane) if self.pane in panes else 0
        self.focus_pane(panes[(at + step) % len(panes)])

    def action_swap(self) -> None:
        """From a table to the picture, from the picture back to the table."""
        if self.pane is self.picture:
            self.focus_pane(self.images_table if self.session.level == "image" else self.objects_table)
        else:
            self.focus_pane(self.picture)

    def action_join_report(self) -> None:
        """What was found, paired and left over."""
        from tuiqc.ui.screens.text_screen import TextScreen

        lines = list(JoinReport(self.session.batch).lines())
        objects = self.session.objects
        if objects is not None:
            lines.append(
                f"{self.session.layer}: {objects.total:,} objects read from {len(objects.loaded):,} images"
            )
            lines += [f"  {problem}" for problem in objects.problems[:200]]
        lines += self.session.label_checks.lines(self.session.layer, self.session.batch.images)
        self.app.push_screen(TextScreen("Join report", lines))
