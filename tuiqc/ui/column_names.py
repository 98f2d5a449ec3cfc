"""Columns that are chosen by name, where none is under a cursor: for sorting, for colours, for axes."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from tuiqc.ui.context import ReviewContext

FILE_ORDER = "file order"
BY_LABEL = "by label"
VERDICT = "by verdict"


def by_name(context: ReviewContext) -> bool:
    """Whether columns are chosen by name here: in a view without a table."""
    return context.views.view is not None and not context.views.view.HAS_TABLE


def pick_column(
    context: ReviewContext,
    heading: str,
    then: Callable[[str | None], None],
    *,
    names: list[str] | None = None,
    first: str = "",
    now: str = "",
    remarks: dict[str, str] | None = None,
) -> None:
    """Ask for one of `names` (None: the columns of what is judged) or the word `first`; None for neither."""
    from tuiqc.ui.panels.list_panel import ListPanel
    from tuiqc.ui.panels.lists import Names

    if names is None:
        tables, rows = context.session.tables, context.session.cursor.rows
        if tables.mixed is not None and rows is tables.candidates:
            rows = tables.objects
        names = list(rows.view.columns) if rows is not None else []
    remarks = remarks or {}
    entries = [(first, "")] if first else []
    entries += [(name, remarks.get(name, "")) for name in names]
    context.push(ListPanel(Names(heading, entries, now)), then)


def colour_objects_by(context: ReviewContext, name: str) -> None:
    """Colour objects by a column."""
    objects, style = context.session.tables.objects, context.display.style
    if objects is None or (name not in objects.view.given and name != objects.category_column):
        context.say(f"{name} is not a column of the object table")
        return
    context.display.show(replace(style, colour_by=name, by_verdict=False))
    say_colours(context)


def say_colours(context: ReviewContext) -> None:
    """Say by what the objects are coloured, and how: texts have no place on a colour map."""
    style, scale = context.display.style, context.display.scale
    each = scale is not None and scale.limits is None
    context.say(
        f"coloured by {style.colour_by or 'label'}, {'a colour for each value' if each else style.colour_map}"
    )


def colour_by_label(context: ReviewContext) -> None:
    """No column colours the objects."""
    context.display.show(replace(context.display.style, colour_by="", by_verdict=False))
    context.say("coloured by label")


def choose_object_colour(context: ReviewContext) -> None:
    """Ask for the column that colours the objects."""
    objects, now = context.session.tables.objects, context.display.style.colour_by
    if objects is None:
        context.say("there are no objects to colour")
        return

    def chosen(name: str | None) -> None:
        if name == BY_LABEL and now:
            colour_by_label(context)
        elif name not in (None, BY_LABEL):
            colour_objects_by(context, str(name))

    names = [name for name in objects.view.columns if name in objects.view.given]
    pick_column(context, "Colour objects by", chosen, names=names, first=BY_LABEL, now=now)


def choose_image_colour(context: ReviewContext, what: str) -> None:
    """Ask for the column that colours the images; `what` of them is coloured."""

    def chosen(name: str | None) -> None:
        if name is not None:
            context.display.colour_images_by("" if name == VERDICT else name)
            context.say(f"{what} coloured {name if name == VERDICT else 'by ' + name}")

    view = context.session.tables.images.view
    names = [name for name in view.columns if name in view.given]
    now = context.display.image_colour_by or VERDICT
    pick_column(context, f"Colour {what} by", chosen, names=names, first=VERDICT, now=now)
