"""What a session was started with, beside the batch and the annotations."""

from __future__ import annotations

from dataclasses import dataclass, field

from tuiqc.qc.categories import CategoryColumn
from tuiqc.qc.reasons import Reason
from tuiqc.review.queue import Queue
from tuiqc.triage.lessons import Lessons


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
