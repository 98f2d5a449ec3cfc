"""What a session was started with, beside the batch and the annotations, and what it takes up from the last one."""

from __future__ import annotations

import contextlib
import os
from dataclasses import dataclass, field

from tuiqc.errors import InputError
from tuiqc.picture.display import Display
from tuiqc.picture.styles import from_document, to_document
from tuiqc.qc.categories import CategoryColumn
from tuiqc.qc.reasons import Reason
from tuiqc.review.bookmark import load_bookmark
from tuiqc.review.queue import Queue
from tuiqc.review.session import Session
from tuiqc.review.state_files import remember, remembered
from tuiqc.triage.lessons import Lessons
from tuiqc.ui.display_state import DisplayState


@dataclass(frozen=True, slots=True)
class StartOptions:
    """How the person wants to begin.

    Attributes
    ----------
    layer
        The object layer to start with, None for that of the last session.
    messages
        Sentences to tell at the start.
    reasons
        Reasons with their keys; none for those of the settings.
    queue, walk
        The queue of this session, and whether it is walked from the start.
    categories
        The annotators' own column, None without one.
    style
        Name or file of the style to draw with, "" for that of the last session.
    view
        Name of the view that is opened at once, "" for the home screen.
    notices
        What must be read before anything is done, such as where the verdicts go.
    lessons
        What the order worst first has learned before.
    remembered
        Whether the start page is to say how far it is.
    tour
        Whether keys are taught.
    """

    layer: str | None = None
    messages: tuple[str, ...] = ()
    reasons: tuple[Reason, ...] = ()
    queue: Queue | None = None
    walk: bool = False
    categories: CategoryColumn | None = None
    style: str = ""
    view: str = ""
    notices: tuple[str, ...] = ()
    lessons: Lessons = field(default_factory=Lessons)
    remembered: bool = True
    tour: bool = False


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
