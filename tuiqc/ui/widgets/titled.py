"""A widget whose titles change often: only the rows of the border that hold them are painted again."""

from __future__ import annotations

from typing import Any, Self

from rich.text import Text
from textual.geometry import Region
from textual.widget import Widget


class Titled(Widget):
    """Sets the titles of the border without repainting what is inside: a picture would be wiped and sent again."""

    _only_rows: tuple[Region, ...] = ()
    _titles: tuple[Text, Text] | None = None

    def set_titles(self, title: Text, subtitle: Text) -> None:
        """Show these above and below; nothing happens where they stand there already."""
        if self._titles == (title, subtitle):
            return
        before, self._titles = self._titles, (title, subtitle)
        width, height = self.outer_size.width, self.size.height
        if width and height:
            self._only_rows = (Region(-1, -1, width, 1), Region(-1, height, width, 1))
        try:
            if before is None or before[0] != title:
                self.border_title = title
            if before is None or before[1] != subtitle:
                self.border_subtitle = subtitle
        finally:
            self._only_rows = ()

    def refresh(self, *regions: Region, **options: Any) -> Self:
        """Textual asks for all of the widget when a title changes; the border's rows will do."""
        return super().refresh(*(regions or self._only_rows), **options)
