"""Opening the views that fill the screen, and leaving any."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from tuiqc.ui.keys import VIEW, command
from tuiqc.ui.views import VIEWS, ViewEntry, open_view

if TYPE_CHECKING:
    from tuiqc.ui.context import ReviewContext
    from tuiqc.ui.views.view import View


async def _open(name: str, context: ReviewContext) -> None:
    """Show the view, or go home if it is shown already."""
    await open_view(context, name)


def add_command(name: str, entry: ViewEntry) -> None:
    """Give a view its key."""
    command(name, keys=entry.keys, label=entry.label, help=entry.help, group="Views", footer=entry.footer)(
        partial(_open, name)
    )


@command(
    "home",
    keys="escape",
    label="home",
    help="Back to the home screen, to where one was",
    group="Views",
    footer=18,
    place=VIEW,
)
def home(view: View) -> None:
    """Back to the home screen, to where one was."""
    view.context.views.go_home()


for _name, _entry in VIEWS.items():
    if _entry.keys:
        add_command(_name, _entry)
