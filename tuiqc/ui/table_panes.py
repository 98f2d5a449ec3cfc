"""The tables of images, objects and tracks: their order, filters, columns, and the colours of their cells."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from tuiqc.errors import TuiqcError
from tuiqc.picture.colours import ColourScale
from tuiqc.qc.record import Subject
from tuiqc.review.changes import Changes
from tuiqc.review.column_choice import ColumnChoice, load_columns, save_columns
from tuiqc.review.image_rows import NAME as WELL_FILTER
from tuiqc.review.image_rows import ImageRows
from tuiqc.review.listing import CellColours, Listing
from tuiqc.review.object_rows import ObjectRows
from tuiqc.review.place import Level
from tuiqc.review.rows import Rows
from tuiqc.review.session import Session
from tuiqc.tables.filters.tokens import FilterError
from tuiqc.tables.find import Query
from tuiqc.ui.display_state import DisplayState
from tuiqc.ui.jobs import Jobs
from tuiqc.ui.viewport_state import ViewportState
from tuiqc.ui.widgets.line_table import LineTable
from tuiqc.ui.widgets.table_lines import Nothing

_WORDS = {"image": "images", "track": "tracks", "candidate": "missed"}


class TablePanes:
    """Shows the rows of a session, and changes which of them are shown and in which order.

    Attributes
    ----------
    images, objects, tracks, candidates
        The tables.
    """

    def __init__(
        self,
        session: Session,
        display: DisplayState,
        viewport: ViewportState,
        jobs: Jobs,
        say: Callable[[str], None],
        changed: Callable[[Changes], None],
    ) -> None:
        self._session, self._display, self._viewport, self._jobs = session, display, viewport, jobs
        self._say, self._changed = say, changed
        self.object_choice = load_columns(self.column_kind)
        self.image_choice = load_columns("images")
        self.images = LineTable(Listing(session.tables.images, self.image_choice), id="images")
        self.objects = LineTable(Nothing(), id="objects")
        self.tracks = LineTable(Nothing(), empty="finding tracks …", id="track_table")
        self.candidates = LineTable(Nothing(), empty="looking for missed objects …", id="candidate_table")
        self.anchor: Subject | None = None
        """The row that was selected last, from which a range goes."""
        self.query: Query | None = None
        self.query_text = ""
        """What was looked for last."""
        self._coloured: object = None

    # --- which table

    def of(self, level: Level) -> LineTable:
        """The table whose rows are of a level, or that has them among its own."""
        if level == "candidate" and self._session.tables.mixed is not None:
            return self.objects
        tables = {"image": self.images, "object": self.objects, "track": self.tracks}
        return tables.get(level, self.candidates)

    @property
    def judged(self) -> LineTable:
        """The table of what is judged."""
        return self.of(self._session.cursor.level)

    def move(self, where: str) -> None:
        """Move the cursor of the table that has the focus."""
        for table in (self.images, self.objects, self.tracks, self.candidates):
            if table.has_focus:
                table.move(where)

    @property
    def column(self) -> str | None:
        """Name of the column under the cursor of the table that is judged, None where there is none."""
        table = self.judged
        listing = table.content
        if not isinstance(listing, Listing) or not listing.names:
            return None
        return listing.names[table.column]

    @property
    def column_words(self) -> str:
        """What the column under the cursor is, where its head does not say it; "" where it does."""
        listing, name = self.judged.content, self.column
        if not isinstance(listing, Listing) or name is None:
            return ""
        about = next((g.about[name] for g in listing.rows.groups.values() if name in g.about), "")
        if not about and listing.column(name).header == name:
            return ""
        return f"{name}: {about}" if about else name

    # --- bringing them up to date

    def follow(self, changes: Changes) -> None:
        """Show what has changed."""
        if changes & (Changes.ROWS | Changes.COLUMNS | Changes.FILTERS):
            self._follow_rows(Changes.COLUMNS in changes)
        elif Changes.VERDICTS in changes:
            for table in (self.images, self.objects):
                if isinstance(table.content, Listing):
                    table.content.fit_words()
        if changes & (Changes.VERDICTS | Changes.SELECTION):
            self.images.refresh()
            self.objects.refresh()
            self.tracks.refresh()
            self.candidates.refresh()
        if changes & ~(Changes.VERDICTS | Changes.SELECTION):
            self._go_to_current()
        self._colour_cells()

    def _follow_rows(self, columns: bool) -> None:
        tables, content = self._session.tables, self.images.content
        if columns or not (isinstance(content, Listing) and content.rows is tables.images):
            self.images.content = Listing(tables.images, self.image_choice)
        content = self.objects.content
        if tables.objects is None:
            self.objects.content = Nothing()
        elif columns or not (isinstance(content, Listing) and content.rows is tables.objects):
            self.objects.content = self.object_listing(tables.objects)
        for table in (self.images, self.objects, self.tracks, self.candidates):
            table.content_changed()

    def object_listing(self, rows: ObjectRows) -> Listing:
        """What the object table shows of these rows, and of what is among them."""
        return Listing(rows, self.object_choice, lambda: self._session.tables.mixed)

    def show_listing(self, listing: Listing) -> None:
        """The object table shows these rows, measured already in a thread."""
        if listing.choice != self.object_choice:
            listing.choose(self.object_choice)
        listing.mixed = lambda: self._session.tables.mixed
        self.objects.content = listing

    def _go_to_current(self) -> None:
        cursor, tables = self._session.cursor, self._session.tables
        row = tables.images.view.index_of(cursor.image)
        if row is not None:
            self.images.go(row)
        if tables.objects is None or not len(tables.objects):
            return
        at = cursor.row if cursor.level == "object" else cursor.first_of_image()
        if tables.mixed is not None and cursor.level == "candidate":
            at = tables.mixed.row_of(tables.candidates, cursor.position_in(tables.candidates))
        elif tables.mixed is not None and at is not None:
            at = tables.mixed.row_of(tables.objects, tables.objects.view.row(at))
        if at is not None:
            self.objects.go(at)

    def go_object_row(self) -> None:
        """What is under the cursor of the object table becomes the current one."""
        mixed, cursor = self._session.tables.mixed, self._session.cursor
        if mixed is None:
            cursor.go_object(self.objects.row)
        elif self.objects.row < len(mixed):
            cursor.go_in(*mixed.at(self.objects.row))

    def show_row(self, row: int, column: int | None) -> None:
        """Put the cursor of the table that is judged on a row of its rows (without what is among them)."""
        mixed, rows = self._session.tables.mixed, self._session.cursor.rows
        if mixed is not None and self.judged is self.objects and rows is not None:
            row = mixed.row_of(rows, rows.view.row(row)) or 0
        self.judged.go(row, column)

    # --- order

    def sort(self, keys: list[tuple[str, bool]], level: Level, go: Callable[[], None] | None = None) -> None:
        """Sort the rows of a level by columns, off the loop where that takes long; then `go`, else to the first row.

        The extremes of a column are what one sorts for.
        """
        rows = self._session.tables.rows_of(level)
        if rows is None or any(not rows.view.has(name) for name, _ in keys):
            return

        def done(order: Any) -> None:
            if rows is not self._session.tables.rows_of(level):
                self.sort(keys, level, go)  # more rows have come meanwhile
                return
            rows.take_order(keys, order)
            self._sorted(rows, level, go)

        if rows.total:
            self._say("sorting …")
        self._jobs.latest(
            "sort",
            rows.total,
            lambda cancelled: rows.view.ordered(keys),
            done,
            lambda error: self._say(str(error)),
        )

    def _sorted(self, rows: Rows, level: Level, go: Callable[[], None] | None) -> None:
        cursor = self._session.cursor
        if level == "object":
            self.rebuild_images()
        self._say(f"{_WORDS.get(level, cursor.layer)}: {rows.order_name}")
        if rows.view.sort_keys and len(rows) and cursor.level == level:
            image = cursor.image
            (go or (lambda: cursor.go_row(0)))()
            if level == "image" and cursor.image != image:
                self._viewport.follow_image()
            elif level == "object":
                self._viewport.follow_object()
        self._changed(Changes.ROWS)

    def rebuild_images(self) -> None:
        """Make the image rows anew: other objects, or another column to average."""
        tables = self._session.tables
        objects = tables.objects

        def done(images: ImageRows) -> None:
            if objects is not tables.objects:
                self.rebuild_images()  # more rows have come meanwhile
            else:
                tables.take_images(images)

        self._jobs.latest(
            "images",
            0 if objects is None else objects.total,
            lambda cancelled: tables.made_images(),
            done,
            lambda error: self._say(str(error)),
        )

    # --- filters

    @property
    def filter_kind(self) -> str:
        """Tables of one kind share their saved filters."""
        return "images" if self._session.cursor.level == "image" else self.column_kind

    def apply_filters(self, level: Level | None = None) -> None:
        """Show what the filters of a level (None: the present one) let through."""
        wanted: Level = level or self._session.cursor.level
        rows = self._session.tables.rows_of(wanted)
        if rows is None:
            return

        def done(mask: Any) -> None:
            if rows is not self._session.tables.rows_of(wanted):
                self.apply_filters(wanted)  # more rows have come meanwhile
            else:
                rows.take_filter(mask)
                self._filtered(rows, wanted)

        self._jobs.latest(
            f"filter {wanted}", rows.total, lambda cancelled: rows.filter_mask(), done, self._filter_wrong
        )

    def _filter_wrong(self, error: TuiqcError) -> None:
        self._say(error.message if isinstance(error, FilterError) else str(error))

    def _filtered(self, rows: Rows, level: Level) -> None:
        session, cursor = self._session, self._session.cursor
        if any(one.filtered for one in session.tables.aggregates) and level == "object":
            self.rebuild_images()
        if cursor.row is None and len(rows) and cursor.level == level:
            cursor.go_row(0)
        self._changed(Changes.FILTERS)

    def show_well(self, name: str, text: str) -> None:
        """Show only images (and their objects) that the filter `text` lets through, in place of another well's."""
        for level in self._of_well():
            self.remove_well(level)
            rows = self._session.tables.rows_of(level)
            assert rows is not None
            rows.stack.add(text, name)
            self.apply_filters(level)

    def _of_well(self) -> list[Level]:
        """Which tables can be filtered by well: the objects too, unless their table lacks the names of images."""
        images, objects = self._session.tables.images, self._session.tables.objects
        named = objects is not None and set(images.view.identity) <= set(objects.view.columns)
        return ["image", "object"] if named else ["image"]

    def remove_well(self, level: Level) -> bool:
        """Take away the filter that shows one well; whether there was one. `apply_filters` shows it."""
        rows = self._session.tables.rows_of(level)
        if rows is None:
            return False
        names = [one.name for one in rows.stack.filters if one.name.startswith(WELL_FILTER)]
        for name in names:
            rows.stack.remove(name)
        return bool(names)

    def remove_wells(self) -> list[Level]:
        """Take the filters of a well away from all tables; returns from which."""
        return [level for level in self._of_well() if self.remove_well(level)]

    # --- columns

    @property
    def column_kind(self) -> str:
        """Tables of one kind share what is remembered of their columns and filters: a dialect and a layer."""
        layer = self._session.cursor.layer
        choice = self._session.batch.dialects.get(layer)
        return f"{choice.name if choice is not None else 'measured'}/{layer}"

    @property
    def choice(self) -> ColumnChoice:
        """What was chosen of the columns of the table that is judged."""
        return self.object_choice if self.judged is self.objects else self.image_choice

    def choose(self, choice: ColumnChoice) -> None:
        """Show the columns of the table that is judged so, from now on."""
        table = self.judged
        if isinstance(table.content, Listing):
            self._choose_for(table, table.content, choice)

    def _choose_for(self, table: LineTable, listing: Listing, choice: ColumnChoice) -> None:
        listing.choose(choice)
        table.content_changed()
        if table is self.objects:
            self.object_choice = choice
            save_columns(self.column_kind, choice)
        else:
            self.image_choice = choice
            save_columns("images", choice)

    def hides(self, name: str) -> bool:
        """Whether a column of the table that is judged is not in sight."""
        listing = self.judged.content
        return isinstance(listing, Listing) and listing.hides(name)

    def toggle(self, name: str) -> None:
        """Hide a column of the table that is judged, or show it again."""
        listing = self.judged.content
        if isinstance(listing, Listing):
            self.choose(listing.toggled(name))

    def toggle_object_column(self, name: str) -> None:
        """Hide a column of the object table, or show it again."""
        listing = self.objects.content
        if isinstance(listing, Listing):
            self._choose_for(self.objects, listing, listing.toggled(name))

    def go_to_column(self, name: str) -> None:
        """Put the cursor on a column of the table that is judged."""
        table = self.judged
        at = table.content.number_of(name) if isinstance(table.content, Listing) else None
        if at is not None:
            table.go(table.row, at)

    def load_choice(self) -> None:
        """Another layer: its columns are others."""
        self.object_choice = load_columns(self.column_kind)

    # --- colours

    def _colour_cells(self) -> None:
        """Bring the backgrounds of the tables' cells up to the colours of the picture."""
        scale, column = self._display.scale, self._display.style.colour_by
        now = (scale, column, self.images.content, self.objects.content)
        if now == self._coloured:
            return
        self._coloured = now
        for table in (self.images, self.objects):
            if not isinstance(table.content, Listing):
                continue
            if scale is None:
                table.content.colours = {}
            elif table is self.objects:
                table.content.colours = {column: lambda position: scale.rgb(scale.numbers[position])}
            else:
                table.content.colours = _aggregate_colours(table.content, scale, column)
            table.refresh()


def _aggregate_colours(listing: Listing, scale: ColourScale, column: str) -> CellColours:
    """The same map and limits for what the image table has of the column in its own unit."""
    if scale.limits is None:
        return {}
    hows = ("mean", "median", "min", "max")
    names = [name for name in listing.names if name in {f"{how} {column}" for how in hows}]

    def of(name: str) -> Callable[[int], tuple[int, int, int] | None]:
        values = listing.rows.view.column(name)
        return lambda position: scale.rgb(float(values[position]))

    return {name: of(name) for name in names}
