"""Columns in a view, where none is under the cursor: they are chosen by name."""

from __future__ import annotations

from collections.abc import Callable

from tuiqc.picture.colouring import ColourScale
from tuiqc.ui.screens.column_picker import ColumnPicker
from tuiqc.ui.screens.viewing import Viewing

FILE_ORDER = "file order"
BY_LABEL = "by label"
VERDICT = "by verdict"


class ViewColumns(Viewing):
    """Sorting and colouring, on the home screen by the column under the cursor, in a view by name."""

    _image_scale: tuple[object, ColourScale] | None = None

    def action_sort(self) -> None:
        """In a view: choose the column; the one that is sorted by changes its direction."""
        rows = self.session.rows
        if self.view is None or self.view.HAS_TABLE or rows is None:
            super().action_sort()
            return
        level = self.session.level
        now = dict(rows.view.sort_keys)

        def chosen(name: str | None) -> None:
            if name == FILE_ORDER:
                self._sort_by([], level)
            elif name is not None:
                self._sort_by([(name, name in now and not now[name])], level)

        remarks = {name: "↓ again: ↑" if down else "↑ again: ↓" for name, down in now.items()}
        self.pick_column("Sort by", chosen, first=FILE_ORDER, now=next(iter(now), ""), remarks=remarks)

    def action_add_sort(self) -> None:
        """In a view: choose the further column."""
        rows = self.session.rows
        if self.view is None or self.view.HAS_TABLE or rows is None:
            super().action_add_sort()
            return
        level, keys = self.session.level, list(rows.view.sort_keys)

        def chosen(name: str | None) -> None:
            if name is not None:
                rest = [(key, down) for key, down in keys if key != name]
                self._sort_by([*rest, (name, (name, False) in keys)], level)

        self.pick_column("Sort also by", chosen)

    def action_colour_by(self) -> None:
        """In a view of objects: choose the column that colours them; other views may have another way."""
        if self.view is None:
            super().action_colour_by()
        else:
            self.view.choose_colour()

    def choose_object_colour(self) -> None:
        """Ask for the column that colours the objects."""
        objects = self.session.objects
        if objects is None:
            self.say("there are no objects to colour")
            return
        now = self.display_style.colour_by

        def chosen(name: str | None) -> None:
            if name == BY_LABEL and now:
                super(ViewColumns, self).action_colour_by()
            elif name not in (None, BY_LABEL):
                self.colour_objects_by(str(name))

        self.pick_column(
            "Colour objects by",
            chosen,
            names=[name for name in objects.view.columns if name in objects.view.given],
            first=BY_LABEL,
            now=now,
        )

    @property
    def image_scale(self) -> ColourScale | None:
        """Colours of the column that colours the images, None for verdicts."""
        view, name, display = self.session.images.view, self.image_colour_by, self.display_style
        if not name or name not in view.given:
            return None
        look = (display.colour_map, display.colour_limits, display.seed)
        key = (self.session.images, view.version(name), name, look)
        if self._image_scale is None or self._image_scale[0] != key:
            self._image_scale = (key, ColourScale.of(view.frame[name], display))
        return self._image_scale[1]

    def choose_image_colour(self, what: str) -> None:
        """Ask for the column that colours the images; `what` of them is coloured."""

        def chosen(name: str | None) -> None:
            if name is not None:
                self.image_colour_by = "" if name == VERDICT else name
                self.say(f"{what} coloured {name if name == VERDICT else 'by ' + name}")
                self.follow_in_view()

        view = self.session.images.view
        names = [name for name in view.columns if name in view.given]
        now = self.image_colour_by or VERDICT
        self.pick_column(f"Colour {what} by", chosen, names=names, first=VERDICT, now=now)

    def pick_column(
        self,
        heading: str,
        chosen: Callable[[str | None], None],
        *,
        names: list[str] | None = None,
        first: str = "",
        now: str = "",
        remarks: dict[str, str] | None = None,
    ) -> None:
        """Ask for one of `names` (None: the columns of what is judged) or the word `first`; None for neither."""

        if names is None:
            rows = self.session.rows
            names = list(rows.view.columns) if rows is not None else []
        remarks = remarks or {}
        entries = [(first, "")] if first else []
        entries += [(name, remarks.get(name, "")) for name in names]
        self.app.push_screen(ColumnPicker(heading, entries, now), chosen)
