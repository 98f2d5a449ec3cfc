"""What all views have in common that fill the screen beside the home screen."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from textual.geometry import Region
from textual.strip import Strip
from textual.widget import Widget

from tuiqc.review.changes import Changes
from tuiqc.review.place import Level
from tuiqc.review.session import Session
from tuiqc.ui.column_names import choose_object_colour
from tuiqc.ui.jump_letters import JumpTarget, Letters
from tuiqc.ui.keys import VIEW

if TYPE_CHECKING:
    from tuiqc.ui.context import ReviewContext


class View(Widget, can_focus=True):
    """A view in the place of tables and picture; all lines around it stay, and so do all keys of the screen.

    It holds no state of the review: session (place, order, filter, selection, verdicts), display and colours are those
    of its `context`, and its commands change them. After every change of any of them `follow` is called, by
    whatever key or thread it came about.

    Attributes
    ----------
    HEADING
        What it is called on the screen.
    seen
        Whether what is current has been painted in it since it was opened: before that nothing is judged in it.
    LEVEL
        What is judged in it, whatever was judged before; None leaves the level to the view.
    PICTURE
        Whether the picture of the current place stands beside it: "always", "wide" (where there is room), or "".
    PLACES
        Where its keys are (`Command.place`), its own first. They go before the keys of the screen.
    HAS_TABLE
        Whether it has a table of what is judged: columns are then those under its cursor, and not asked for by name.
    WITH_CANDIDATES
        Whether places of missed objects stand in it among the objects, as in the table.
    FOOTER
        Names of the actions on the line of keys, the most useful first; the way home, help and quit come by themselves.
    """

    HEADING: str = ""
    LEVEL: Level | None = None
    PICTURE: str = ""
    FOOTER: tuple[str, ...] = ()
    PLACES: tuple[str, ...] = (VIEW,)
    HAS_TABLE: bool = False
    WITH_CANDIDATES: bool = False
    ALLOW_SELECT = False
    DEFAULT_CSS = "View { width: 1fr; height: 1fr; }"

    def __init__(self, context: ReviewContext, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self.context = context
        self.seen = False

    def render_lines(self, crop: Region) -> list[Strip]:
        """On the colours of the theme: those of the terminal may be black on white."""
        ground = self.visual_style.rich_style
        return [strip.apply_style(ground) for strip in super().render_lines(crop)]

    @property
    def level(self) -> Level | None:
        """What is judged in it now."""
        return self.LEVEL

    @property
    def session(self) -> Session:
        """The state of the review."""
        return self.context.session

    def refusal(self) -> str:
        """Why it can't be opened now, in a sentence; "" if it can."""
        return ""

    def opened(self) -> None:
        """It has come in sight (again); `follow` is called next."""

    def left(self) -> None:
        """It goes out of sight; work for it should end."""

    def follow(self, changes: Changes = Changes.ALL) -> None:
        """Something of the state that it shows may have changed: show it as it is now. Often called: be quick."""
        self.refresh()

    def shows_current(self) -> bool:
        """Whether the next paint has what is current on the screen; `context.views.shows` if that changes."""
        return True

    def enter(self) -> None:
        """Enter was pressed: go home at the thing under the cursor."""
        self.context.views.go_home(stay=False)

    def choose_colour(self) -> None:
        """The key for colours was pressed: ask for the column that colours the objects."""
        choose_object_colour(self.context)

    # --- letters of places (`JumpPlace`)

    def jump_targets(self) -> Sequence[JumpTarget]:
        """Places in sight that one can go to by letters."""
        return ()

    def show_letters(self, letters: Letters | None) -> None:
        """Show letters at the places, or none any more."""

    # --- pictures that are drawn over text

    def painted_over(self, regions: Sequence[Region] | None) -> None:
        """Cells in these regions of the screen (None: all) are about to be painted, which wipes pictures over them."""

    def draw_again(self) -> None:
        """The terminal has lost all pictures, or is another one: take `output.caps`, send and paint all anew."""
        self.refresh()

    def cover(self) -> None:
        """Another screen lies above: pictures over text would shine through it."""

    def uncover(self) -> None:
        """This screen is in sight again."""
