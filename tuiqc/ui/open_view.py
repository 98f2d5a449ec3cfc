"""Opens a view by the name of its command."""

from __future__ import annotations

from tuiqc.ui.context import ReviewContext
from tuiqc.ui.views import view_maker


async def open_view(context: ReviewContext, name: str) -> None:
    """Show the view of that name in place of what is shown; if it is shown already, go home."""
    await context.views.open(name, lambda wanted: view_maker(wanted)(context, id=wanted))
