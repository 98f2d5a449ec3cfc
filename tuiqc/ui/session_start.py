"""Where the last session stopped, and how it drew: taken up by the next one on the same annotations."""

from __future__ import annotations

import contextlib
import os

from tuiqc.errors import InputError
from tuiqc.picture.display import Display
from tuiqc.picture.styles import from_document, to_document
from tuiqc.review.bookmark import load_bookmark
from tuiqc.review.session import Session
from tuiqc.review.state_files import remember, remembered
from tuiqc.ui.display_state import DisplayState


def return_to_bookmark(session: Session) -> None:
    """Go to the image and the order where the last session stopped; its object follows when it has been read."""
    bookmark, cursor, tables = load_bookmark(session.store.path), session.cursor, session.tables
    if bookmark is None or session.queue.on:
        return  # a queue says where to begin
    tables.images.restore_sort(bookmark.image_sort)
    if bookmark.layer == cursor.layer:
        tables.first_order, tables.first_only = list(bookmark.object_sort), bookmark.only_image
    index = tables.index_of_image(bookmark.image)
    if index is None:
        return
    cursor.image = index
    if bookmark.level == "object" and bookmark.layer == cursor.layer:
        cursor.level, cursor.label = "object", bookmark.label


def restore_style(session: Session, display: DisplayState, wished: Display | None) -> None:
    """Draw in the style that was asked for, else in the last one of this batch; the active layer is in sight."""
    style, layer = wished, session.cursor.layer
    if style is None and isinstance(kept := remembered("styles", _style_key(session)), dict):
        with contextlib.suppress(InputError):  # another version of tuiqc may have kept it
            style = from_document(kept, display.style)
    if style is None:
        return
    if style.mode(layer) == "none" and any(one.visible for _, one in style.layers):
        style = style.activated(layer, layer)
    display.style = style


def keep_style(session: Session, display: DisplayState) -> None:
    """Remember the style for the next session on this batch."""
    remember("styles", _style_key(session), to_document(display.style))


def _style_key(session: Session) -> bytes:
    return os.fsencode(session.store.path.absolute())
