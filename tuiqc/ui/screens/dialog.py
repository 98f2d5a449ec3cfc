"""What all dialogs share: a framed box over the picture, closed with escape."""

from __future__ import annotations

from collections.abc import Iterable
from typing import ClassVar, Generic, TypeVar

from rich.text import Text
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.screen import ModalScreen
from textual.widgets import OptionList, Static
from textual.widgets.option_list import Option

from tuiqc.review.changes import Changes

R = TypeVar("R")


class Dialog(ModalScreen[R], Generic[R]):
    """A modal box with a title and a line of keys at its foot.

    The background is left untinted: a tint would change the colours that carry the identity of a kitty picture.
    """

    DEFAULT_CSS = """
    Dialog { align: center middle; background: transparent; }
    Dialog > Vertical {
        width: 72; max-width: 96%; height: auto; max-height: 92%;
        border: round $accent; background: $surface; padding: 0 1;
    }
    Dialog .keys { color: $text-muted; height: 1; }
    Dialog OptionList { height: auto; max-height: 16; padding: 0; }
    Dialog OptionList, Dialog OptionList:focus { border: none; background: $surface; }
    Dialog Input, Dialog Input:focus { border: none; height: 1; padding: 0 1; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [Binding("escape", "cancel", "Close", show=False)]

    heading: str = ""
    keys: str = "esc close"

    def compose(self) -> ComposeResult:
        """The box with what `compose_body` yields."""
        with Vertical() as box:
            box.border_title = Text(self.heading)  # a string would be read as markup
            yield from self.compose_body()
            yield Static(self.keys, classes="keys", markup=False)

    def compose_body(self) -> ComposeResult:
        """The widgets between the title and the line of keys."""
        yield from ()

    def follow(self, changes: Changes) -> None:
        """Something has changed that it may show."""

    def action_cancel(self) -> None:
        """Close without a result."""
        self.dismiss(None)


class Panel(Dialog[R], Generic[R]):
    """A dialog in the lower left, so that the picture stays in sight: its changes show at once."""

    DEFAULT_CSS = """
    Panel { align: left bottom; }
    Panel > Vertical { margin: 0 0 2 1; }
    """


BESIDE = 46
"""Columns of a panel that leaves the picture alone; a window of 80 has room for a square image beside it."""


class Beside(Panel[R], Generic[R]):
    """A panel so narrow that it lies over the tables only: the picture beside it stays one of pixels.

    Open it with `ReviewScreen.push_beside`, which makes the room.
    """

    DEFAULT_CSS = f"""
    Beside > Vertical {{ width: {BESIDE}; max-width: 100%; margin: 0 0 3 0; }}
    Beside .keys {{ height: 2; }}
    """

    def _compositor_refresh(self) -> None:
        """This screen paints what lies below it as well: a picture over those cells has to be drawn again."""
        dirty = list(getattr(self._compositor, "_dirty_regions", ()))
        super()._compositor_refresh()
        stack = self.app.screen_stack
        below = stack[stack.index(self) - 1] if self in stack[1:] else None
        painted_over = getattr(below, "painted_over", None)
        if painted_over is not None:
            painted_over(dirty)


def relist(listing: OptionList, options: Iterable[Option]) -> None:
    """Put other options into a list; the cursor stays where it was, as far as there is such a line."""
    at = listing.highlighted
    listing.clear_options()
    listing.add_options(options)
    last = listing.option_count - 1
    listing.highlighted = None if at is None or last < 0 else min(at, last)
