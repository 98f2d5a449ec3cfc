"""Texts for other programs: into the clipboard of the computer that the person sits at."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tuiqc.text import escaped, printable
from tuiqc.ui.keys import command

if TYPE_CHECKING:
    from tuiqc.ui.context import ReviewContext

_ENTRIES = (
    ("path", "p", "path of the image"),
    ("name", "i", "image#label"),
    ("row", "r", "the row, with the columns' names, as tab-separated text"),
    ("render", "c", "the command that draws this picture (tuiqc render)"),
    ("napari", "n", "the command that opens it in napari"),
)


@command(
    "copy",
    keys="ctrl+e",
    label="copy",
    help="Copy path, name, row or a command for this place into the clipboard",
    group="Program",
)
def copy(context: ReviewContext) -> None:
    """Choose what to copy."""
    context.choose("Copy", _ENTRIES, lambda what: _copied(context, what))


def _copied(context: ReviewContext, what: str) -> None:
    from tuiqc.terminal.clipboard import clipboard_codes

    text = _text(context, what)
    if not text:
        context.say("there is nothing to copy here", trouble=True)
        return
    codes = clipboard_codes(text, context.output.caps)
    if codes is None:
        context.say(f"{len(text):,} letters are more than terminals take into the clipboard", trouble=True)
        return
    context.output.write(codes)
    context.say(f"copied: {printable(escaped(text.splitlines()[-1]))}")


def _text(context: ReviewContext, what: str) -> str:
    from tuiqc.review.listing import Listing
    from tuiqc.ui import place_texts

    session, spec = context.session, context.pictures.specs.here()
    if what == "path":
        return place_texts.path_text(spec)
    if what == "name":
        return place_texts.name_text(session.cursor)
    if what == "row":
        rows, position, listing = session.cursor.rows, session.cursor.position, context.tables.judged.content
        if rows is not None and position is not None and isinstance(listing, Listing):
            return place_texts.row_text(rows, position, list(listing.names))
        images = session.tables.images
        return place_texts.row_text(images, session.cursor.image, list(images.view.columns))
    if what == "render":
        return place_texts.render_command(session.batch.source, spec)
    from tuiqc.exporters.napari import one_liner

    return one_liner(spec.record, spec.layer, spec.label, spec.centre)
