"""Columns: what is in them, which are shown, aggregates, columns from other files, and the table as a file."""

from __future__ import annotations

from pathlib import Path

from tuiqc.errors import TuiqcError
from tuiqc.review.columns import ColumnChoice, save_columns
from tuiqc.review.listing import Listing
from tuiqc.review.session import NUMERIC
from tuiqc.tables.aggregate import AGGREGATES, Aggregate
from tuiqc.tables.statistics import ColumnStatistics, column_statistics
from tuiqc.text import printable
from tuiqc.ui.screens.through_time import ThroughTime

EXPORT, MORE = "write table to", "columns from file"


class Columns(ThroughTime):
    """Actions on columns of the table that is judged."""

    def action_column(self) -> None:
        """The panel of the column under the cursor."""
        from tuiqc.ui.screens.column_panel import ColumnPanel

        rows, listing, table = self.session.rows, self.table.content, self.table
        if rows is None or not isinstance(listing, Listing) or not listing.names:
            self.say("there is no column")
            return
        name = listing.names[table.column]
        row = self.session.row
        current = rows.view.value(row, name) if row is not None else None

        def show(found: ColumnStatistics) -> None:

            self.app.push_screen(
                ColumnPanel(found, current, lambda key: self._column_key(name, key)),
                lambda key: self._column_done(name, key),
            )

        def failed(error: TuiqcError) -> None:
            self.say(str(error))

        filtered = rows.filtered
        self.background.run(
            "statistics", rows.total, lambda void: column_statistics(rows.view, name, filtered), show, failed
        )

    def _column_done(self, name: str, key: str | None) -> None:
        if key == "s":
            self.action_sort()
        elif key == "c":
            self.colour_objects_by(name)
        elif key == "a" and self.table is self.objects_table:
            self.action_aggregate()
        elif key == "a":
            self.say("numbers per image are taken from columns of the object table")

    def _column_key(self, name: str, key: str) -> bool:
        """Hide, pin, widen or move a column; False closes the panel."""
        listing, table = self.table.content, self.table
        if not isinstance(listing, Listing):
            return False
        choice = listing.choice
        if key == "h":
            if name in self._identity():
                self.say("the columns that name a row stay in sight")
                return False
            self._choose(choice.toggled(name))
            return False
        if key == "p":
            self._choose(choice.pin_toggled(name))
        elif key in ("+", "-"):
            self._choose(choice.widened(name, listing.column(name).width + (2 if key == "+" else -2)))
        else:
            shown = [other for other in listing.names if other not in self._identity()]
            if name in shown:
                self._choose(choice.moved(name, 1 if key == "right" else -1, shown))
        at = listing.number_of(name)
        if at is not None:
            table.go(table.row, at)
        return True

    def _identity(self) -> tuple[str, ...]:
        return self.session.rows.view.identity if self.session.rows is not None else ()

    def _choose(self, choice: ColumnChoice) -> None:
        listing = self.table.content
        if not isinstance(listing, Listing):
            return
        listing.choose(choice)
        self.table.content_changed()
        if self.table is self.objects_table:
            self.column_choice = choice
            save_columns(self.column_kind, choice)
        else:
            self.image_column_choice = choice
            save_columns("images", choice)

    def action_columns(self) -> None:
        """The list of all columns."""
        from tuiqc.ui.screens.column_chooser import ColumnChooser

        rows = self.session.rows
        if rows is None:
            self.say("there is no table")
            return
        names = [name for name in rows.view.columns if name not in rows.view.identity]
        self.app.push_screen(
            ColumnChooser(
                names,
                lambda name: name in self._choice.hidden,
                lambda name: self._choose(self._choice.toggled(name)),
            ),
            self._go_to_column,
        )

    @property
    def _choice(self) -> ColumnChoice:
        return self.column_choice if self.table is self.objects_table else self.image_column_choice

    def _go_to_column(self, name: str | None) -> None:
        listing = self.table.content
        if name is None or not isinstance(listing, Listing):
            return
        if name in listing.choice.hidden:
            self._choose(listing.choice.toggled(name))
        at = listing.number_of(name)
        if at is not None:
            self.table.go(self.table.row, at)

    # --- aggregates

    def action_aggregate(self) -> None:
        """Put a number per image from the column under the cursor into the image table, or take it out."""
        from tuiqc.ui.screens.menu import Menu

        objects, listing = self.session.objects, self.objects_table.content
        if objects is None or not isinstance(listing, Listing):
            self.say("there are no objects to take a number of")
            return
        name = listing.names[self.objects_table.column]
        wanted = [Aggregate("", "fraction failed")]
        if name in objects.view.given:
            hows = AGGREGATES if objects.view.kind(name) in NUMERIC else AGGREGATES[:1]
            wanted += [Aggregate(name, how) for how in hows]
            if objects.filtered is not None:
                wanted += [Aggregate(name, how, filtered=True) for how in hows[:2]]
        now = self.session.aggregates
        entries = [
            (str(number), "abcdefghijklmnop"[number], f"{'take out ' if one in now else ''}{one.label}")
            for number, one in enumerate(wanted)
        ]
        self.app.push_screen(
            Menu("Per image, in the image table", entries),
            lambda chosen: None if chosen is None else self._aggregate(wanted[int(chosen)]),
        )

    def _aggregate(self, one: Aggregate) -> None:
        now = self.session.aggregates
        if one in now:
            now.remove(one)
        else:
            now.append(one)
        self.rebuild_images()
        self.say(f"{one.label} {'is' if one in now else 'is no more'} in the image table")

    # --- files

    def action_export_table(self) -> None:
        """Write the table as it stands into a file."""
        if self.session.rows is None:
            self.say("there is no table")
            return
        self.ask(EXPORT, hint="file.csv, .tsv or .parquet: this order, filter and these columns")

    def action_more_columns(self) -> None:
        """Join columns of another file on image and label."""
        if self.session.objects is None:
            self.say("there are no objects to join columns to")
            return
        self.ask(MORE, hint="a CSV, TSV or Parquet file with a label (and an image) in each row")

    def other_answer(self, purpose: str, text: str) -> None:
        """The file was named."""
        path = Path(text.strip()).expanduser()
        if not text.strip():
            self.ask_line.close()
            self.focus_judged()
        elif purpose == MORE:
            self._join_columns(path)
        elif path.exists():
            self._ask_to_replace(path)
        else:
            self._export(path)

    def _ask_to_replace(self, path: Path) -> None:
        """There is a file of this name, which may be one of the batch."""
        from tuiqc.ui.screens.confirm import Confirm

        self.ask_line.close()
        self.app.push_screen(
            Confirm("Replace the file?", [f"{path} is there already; what is in it would be lost."]),
            lambda yes: self._export(path) if yes else self.say("nothing was written"),
        )

    def _answered(self, said: str) -> None:
        self.ask_line.close()
        self.focus_judged()
        self.say(said)

    def _wrong(self, error: TuiqcError) -> None:
        if self.ask_line.is_open:
            # The file stands there already, and there is little room beside it.
            path = Path(self.ask_line.input.value.strip()).expanduser()
            self.ask_line.comment(str(error).removeprefix(printable(f"{path}: ")), wrong=True)
        else:
            self.say(str(error))

    def _export(self, path: Path) -> None:
        rows, listing = self.session.rows, self.table.content
        if rows is None or not isinstance(listing, Listing):
            return
        from tuiqc.exporters.guard import Inputs, Output
        from tuiqc.exporters.table import SUFFIXES, export_view

        names = list(listing.names)
        view, selection = rows.view, rows.selection
        positions = selection.positions(view) if selection.count else view.order
        target = Output(path, Inputs.of_batch(self.session.batch, [self.session.store.path]), SUFFIXES)
        self.background.run(
            "export",
            rows.total,
            lambda void: export_view(view, target, columns=names, positions=positions),
            lambda _: self._answered(f"{len(positions):,} rows written to {path}"),
            self._wrong,
        )

    def _join_columns(self, path: Path) -> None:
        objects = self.session.objects
        if objects is None:
            return
        from tuiqc.review.joined_columns import join_columns

        batch = self.session.batch
        self.ask_line.comment("reading …")
        self.background.run(
            "columns",
            max(objects.total, 1) * 100,
            lambda void: join_columns(objects, path, batch),
            self._columns_joined,
            self._wrong,
        )

    def _columns_joined(self, result: object) -> None:
        from tuiqc.review.joined_columns import Joined

        assert isinstance(result, Joined)
        if self.session.objects is not result.rows:
            self._answered("the table changed meanwhile: join the columns again")
            return
        result.put()
        self.session.more.setdefault(self.session.layer, []).append(result.more)
        self.refresh_listing()
        self.colour_cells()
        # The line is short: how many matched, and where the rest of the report is.
        matched = result.lines[0].partition(": ")[2].partition(" matched")[0]
        self._answered(f"{matched} matched · J: report")
