"""What stands where there is nothing to show: why that is so, and which key or command helps."""

from __future__ import annotations

from tuiqc.review.rows import Rows
from tuiqc.review.session import Session
from tuiqc.text import printable
from tuiqc.ui.keys import Keymap, shown_key

NO_LAYER = (
    "no object layer: there are no label masks and no tables of objects. "
    "tuiqc open FOLDER --labels nuclei='{well}_mask.tif' names masks"
)


def key_of(keys: Keymap, name: str) -> str:
    """The key of a command as the person has it, or its name for the palette."""
    return shown_key(keys[name][0]) if keys[name] else f"ctrl+p {name}"


def objects_empty(session: Session, keys: Keymap, reading: str) -> str:
    """Why the object table has no rows; `reading` says how far the reading is."""
    cursor, rows = session.cursor, session.tables.objects
    if not cursor.layer:
        return f"{NO_LAYER}; {key_of(keys, 'join_report')} says what was found"
    if rows is None or (reading and not rows.total):
        return reading or "reading …"
    if rows.total:
        if rows.image_filter is not None and not rows.stack.filters:
            return (
                f"image {printable(session.cursor.record.key)} has no {printable(cursor.layer)}: "
                f"{key_of(keys, 'enter')} in the image table shows those of all images, "
                f"{key_of(keys, 'next_image')} goes to the next one"
            )
        return filtered_empty(rows, keys)
    others = f"{key_of(keys, 'next_layer')} shows the next layer, " if len(session.batch.layers) > 1 else ""
    return (
        f"there are no {printable(cursor.layer)} in these images: the masks are empty, or could not be read. "
        f"{others}{key_of(keys, 'join_report')} says what was joined"
    )


def filtered_empty(rows: Rows, keys: Keymap) -> str:
    """Why there are no rows though there are some: the filters."""
    return (
        f"the filter lets none of {rows.total:,} through: {key_of(keys, 'clear_filter')} takes it away, "
        f"{key_of(keys, 'filters')} shows all filters"
    )


def rows_empty(rows: Rows, keys: Keymap, what: str) -> str:
    """Why there are no rows of `what` ("images")."""
    return filtered_empty(rows, keys) if rows.total else f"there are no {what}"


def no_numbers(keys: Keymap, what: str) -> str:
    """No column of `what` has numbers to draw."""
    return (
        f"the table of {what} has no numbers to plot: {key_of(keys, 'more_columns')} joins columns of a file, "
        f"{key_of(keys, 'columns')} has measured ones where there are masks"
    )
