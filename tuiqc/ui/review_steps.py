"""What several commands do: go on to the next, judge what has been seen, say what came of it."""

from __future__ import annotations

from collections.abc import Callable

from tuiqc.review.annotator import Outcome
from tuiqc.review.changes import Changes
from tuiqc.review.rows import Rows
from tuiqc.ui.context import ReviewContext

# --- going on


def image_changed(context: ReviewContext) -> None:
    """Another image: the picture and a filter on one image follow it."""
    context.pictures.viewport.follow_image()
    objects = context.session.tables.objects
    if objects is not None and objects.image_filter is not None:
        context.session.tables.show_only(context.session.cursor.image)


def to_unreviewed(context: ReviewContext, step: int) -> None:
    """Go to the next or previous one without a verdict, or say that there is none."""
    session, before = context.session, context.session.cursor.image
    if not session.queue.next_unreviewed(step):
        objects = session.tables.objects
        one = session.cursor.level == "object" and objects is not None and objects.image_filter is not None
        context.say(
            "all of this image are reviewed: enter in the image table shows all"
            if one
            else "all are reviewed: % says how good the batch is, q saves and quits"
        )
    elif session.cursor.image != before:
        image_changed(context)
    context.pictures.viewport.follow_object()


# --- what can be judged


def say_nothing_chosen(context: ReviewContext) -> None:
    """Why there is nothing that a key could be about."""
    reading = context.work.loading.pending if context.session.cursor.level == "object" else ""
    if reading:
        context.say(f"nothing is chosen yet: the objects are still being read ({reading})")
    else:
        context.say("nothing is chosen: go to an object or an image first")


def unseen(context: ReviewContext) -> bool:
    """Whether what is current has not been shown yet, and so is not judged; then that is said.

    In a view nothing is judged that has not been shown in it, such as by keys typed while it is opened.
    """
    view, cursor = context.views.view, context.session.cursor
    if view is None:
        return False
    if view.seen:
        hidden = cursor.row is None and view.level is not None
        if hidden and not (cursor.rows is not None and cursor.rows.selection.count):
            say_nothing_chosen(context)
            return True
        return False
    reading = context.work.loading.pending
    if view.level == "object" and context.session.tables.objects is None and reading:
        context.say(f"nothing was judged: the objects are still being read ({reading})")
    else:
        context.say("nothing was judged: what is current was not on the screen yet")
    return True


def chosen(context: ReviewContext) -> bool:
    """Whether there is something on the screen to say a thing about; else that is said."""
    if unseen(context):
        return False
    if context.session.cursor.subject is None:
        say_nothing_chosen(context)
        return False
    return True


def current_name(context: ReviewContext) -> str:
    """What is current, in words."""
    cursor = context.session.cursor
    if cursor.level == "image":
        return f"image {cursor.record.key}"
    if cursor.level == "track":
        return f"track {cursor.track} of {cursor.layer} of image {cursor.record.key}"
    if cursor.level == "candidate":
        return f"missed {cursor.layer} {cursor.candidate} of image {cursor.record.key}"
    return f"{cursor.layer} {cursor.label} of image {cursor.record.key}"


# --- judging


def decided(context: ReviewContext, outcome: Outcome) -> bool:
    """Whether what was decided is on disk; else the person is told."""
    if outcome.trouble:
        context.say(f"NOT ON DISK: {outcome.trouble}", trouble=True)
    else:
        context.say("")  # what was told before of a write that failed holds no more
    return not outcome.trouble


def selected_rows(context: ReviewContext) -> Rows | None:
    """The rows of the present level if some of them are selected."""
    rows = context.session.cursor.rows
    return rows if rows is not None and rows.selection.count else None


def ask_about_selection(
    context: ReviewContext, question: str, lines: list[str], act: Callable[[], Outcome | None], said: str
) -> None:
    """Say how many are meant, ask, and do it in one step."""
    rows, cursor = selected_rows(context), context.session.cursor
    if rows is None:
        return
    count, hidden = rows.selection.count, rows.selection.count - rows.selection.visible_count(rows.view)
    words = {
        "image": "images",
        "track": f"tracks of {cursor.layer}",
        "candidate": f"candidates for missed {cursor.layer}",
    }
    heads = [f"{count:,} {words.get(cursor.level, f'objects of {cursor.layer}')} are selected."]
    if hidden:
        heads.append(f"{hidden:,} of them are hidden by a filter.")

    def answered(yes: bool) -> None:
        if not yes:
            context.say("nothing was changed")
            return
        outcome = act()
        if outcome is not None and decided(context, outcome):
            now = context.session.cursor.rows  # more may have come while the question was asked
            if now is not None:
                now.selection.none()
                context.changed(Changes.SELECTION)
            context.tables.rebuild_images()
            context.say(said)

    context.confirm(question, [*heads, *lines, "One undo takes all of it back."], answered)


def decide_selected(
    context: ReviewContext,
    question: str,
    *,
    verdict: str | None = None,
    reason: str | None = None,
    note: str | None = None,
) -> bool:
    """Decide about the whole selection after asking; False if there is none."""
    rows = selected_rows(context)
    if rows is None:
        return False
    judged = int((rows.codes[rows.selection.positions()] != 0).sum())
    lines = []
    if judged and verdict is not None:
        lines.append(f"{judged:,} have a verdict already, which is replaced.")
    annotator = context.session.annotator
    ask_about_selection(
        context,
        question,
        lines,
        lambda: annotator.decide_selected(verdict=verdict, reason=reason, note=note),
        f"{rows.selection.count:,} marked in one step; z undoes all of them",
    )
    return True


def categorise(context: ReviewContext, name: str) -> None:
    """Give a category, and go on to the next thing without one."""
    annotator, rows = context.session.annotator, context.session.cursor.rows
    many = rows.selection.count if rows is not None else 0
    outcome, column = annotator.categorise(name), annotator.categories
    if outcome is None or column is None:
        say_nothing_chosen(context)
    elif decided(context, outcome):
        text = f"{column.column}: {name or 'taken away'}"
        context.say(f"{text} for {many:,}, one undo takes it back" if many else text)
        if many and rows is not None:
            rows.selection.none()
            context.changed(Changes.SELECTION)
        elif name:
            to_unreviewed(context, 1)
