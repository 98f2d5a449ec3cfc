"""Free annotation on the screen: categories by menu or number key, and what is left out when walking."""

from __future__ import annotations

from collections.abc import Mapping

from tuiqc.qc.categories import CategoryColumn
from tuiqc.qc.csvfile import COLUMNS
from tuiqc.qc.reasons import parse_reasons
from tuiqc.ui.screens.assessing import Assessing

_NEW, _NONE = "\0new", "\0none"


class Categorising(Assessing):
    """Actions on the annotators' own column."""

    def action_category(self) -> None:
        """Choose a category for the current thing or the selection, or type a new one; at first name the column."""
        from tuiqc.ui.screens.ask import WordDialog
        from tuiqc.ui.screens.menu import Menu

        column = self.session.categories
        if self.unseen():
            return
        if column is None:
            self.app.push_screen(WordDialog("Name of the annotation column", "cell_type"), self._column_named)
            return
        if self.session.subject is None:
            self.say_nothing_chosen()
            return
        entries = [(one.name, str(one.key) if one.key else " ", one.name) for one in column.categories]
        entries += [(_NEW, "n", "a new one …"), (_NONE, "0", "none (take it away)")]
        self.app.push_screen(Menu(f"{column.column} of {self._what()}", entries), self._category_chosen)

    def _column_named(self, name: str | None) -> None:
        if not name:
            return
        if name in COLUMNS:
            self.say(f"{name} is a column of the annotations already: choose another name")
            return
        self.session.set_categories(CategoryColumn(name))
        self.session.keys_categorise = True
        self._columns_changed()
        self.action_category()

    def _category_chosen(self, name: str | None) -> None:
        from tuiqc.ui.screens.ask import WordDialog

        column = self.session.categories
        if name is None or column is None:
            return
        if name == _NEW:
            self.app.push_screen(WordDialog(f"A new category of {column.column}", ""), self._category_chosen)
            return
        self.categorise("" if name == _NONE else name)

    def categorise(self, name: str) -> None:
        """Give a category, and go on to the next thing without one."""
        session = self.session
        many = session.rows.selection.count if session.rows is not None else 0
        outcome = session.categorise(name)
        column = session.categories
        if outcome is None or column is None:
            self.say_nothing_chosen()
        elif self._decided(outcome):
            self.colour_cells()  # the colours may be those of the categories
            text = f"{column.column}: {name or 'taken away'}"
            self.say(f"{text} for {many:,}, one undo takes it back" if many else text)
            if many and session.rows is not None:
                session.rows.selection.none()
                self.tell_chips()
            elif name:
                self.to_unreviewed(1)

    def _columns_changed(self) -> None:
        self.refresh_listing()
        self.rebuild_images()
        self.tell_numbers()

    def action_number_keys(self) -> None:
        """Let the number keys give categories, or reasons again."""
        session = self.session
        if session.categories is None:
            self.action_category()
            return
        session.keys_categorise = not session.keys_categorise
        self.tell_numbers()
        what = session.categories.column if session.keys_categorise else "reasons"
        self.say(f"number keys give {what}; walking looks for what has none")

    def action_skip(self) -> None:
        """Leave out other things when walking."""
        skip = self.session.next_skip()
        what = "category" if self.session.keys_categorise else "verdict"
        words = {
            "annotated": f"walking goes to what has no {what}",
            "missing": f"walking goes to what has a {what}",
            "nothing": "walking goes to the next one, whatever it has",
        }
        self.say(words[skip])

    def _reason_key(self, key: int) -> None:
        column = self.session.categories
        if not self.session.keys_categorise or column is None:
            super()._reason_key(key)
            return
        name = next((one.name for one in column.categories if one.key == key), "")
        if name:
            self.categorise("" if name == self.session.category else name)
        else:
            self.say(f"no category is on the key {key}: K names a new one")

    def tell_numbers(self) -> None:
        """What the number keys give here."""
        session, column = self.session, self.session.categories
        if session.keys_categorise and column is not None:
            entries = [(one.key, one.name) for one in column.categories]
            self.reason_line.tell(column.column, entries or [(1, "K names the first")], {session.category})
            return
        annotation = session.annotation
        given = parse_reasons(annotation.reason) if annotation is not None else ()
        self.reason_line.tell(
            "", [(reason.key, reason.name) for reason in self.reasons_here if reason.key], given
        )

    def progress_detail(self, counts: Mapping[str, int]) -> str:
        """While the number keys give categories: how many things have one."""
        rows, column = self.session.rows, self.session.categories
        if not self.session.keys_categorise or column is None or rows is None or not rows.category:
            return super().progress_detail(counts)
        have = int((rows.view.column(rows.category_column) != "").sum())
        return f"{column.column}: {have:,} of {rows.total:,}"

    def tell_titles(self) -> None:
        """With the reasons of the present thing."""
        super().tell_titles()
        self.tell_numbers()
