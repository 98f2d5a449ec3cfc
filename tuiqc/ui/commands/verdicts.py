"""What is said of the current thing: verdict, reason, note, undo."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from tuiqc.qc.reasons import by_key, implied_verdict, toggled
from tuiqc.ui.keys import REASONS, command
from tuiqc.ui.review_steps import (
    ask_about_selection,
    categorise,
    chosen,
    current_name,
    decide_selected,
    decided,
    say_nothing_chosen,
    selected_rows,
    to_unreviewed,
    unseen,
)

if TYPE_CHECKING:
    from tuiqc.qc.categories import CategoryColumn
    from tuiqc.review.annotator import Outcome
    from tuiqc.ui.context import ReviewContext
    from tuiqc.ui.panels.list_panel import ListPanel
    from tuiqc.ui.panels.lists import Reasons


def _judge(context: ReviewContext, verdict: str) -> None:
    if unseen(context) or decide_selected(context, f"Mark them {verdict}?", verdict=verdict):
        return
    outcome = context.session.annotator.decide(verdict=verdict)
    if outcome is None:
        say_nothing_chosen(context)
    elif decided(context, outcome):
        context.status.hints.tell(verdict)
        to_unreviewed(context, 1)


def _clear_selected(context: ReviewContext) -> bool:
    """Take everything about the selection back after asking; False if there is none."""
    if selected_rows(context) is None:
        return False
    annotator = context.session.annotator
    judged = annotator.judged_in_selection()
    if not judged:
        context.say("nothing was decided about any of those that are selected")
        return True
    lines = [f"About {judged:,} of them something was decided: it is taken back."]
    said = f"{judged:,} cleared in one step; z brings all of it back"
    ask_about_selection(context, "Clear them?", lines, annotator.clear_selected, said)
    return True


def _reason_key(context: ReviewContext, key: int) -> None:
    """Give the reason of a number key, or take it back, and with it the verdict that it implies."""
    reasons, annotator = context.status.reasons.here, context.session.annotator
    reason = by_key(reasons, key)
    if reason is None:
        context.say(f"no reason is on the key {key}")
        return
    question = f"{reason.verdict.capitalize()} them: {reason.name}?"
    if decide_selected(context, question, verdict=reason.verdict, reason=reason.name):
        return
    annotation = annotator.annotation
    cell = toggled(annotation.reason if annotation is not None else "", reason.name)
    verdict = implied_verdict(cell, reasons) or (annotation.verdict if annotation is not None else "")
    outcome = annotator.decide(verdict=verdict, reason=cell)
    if outcome is None:
        say_nothing_chosen(context)
    elif decided(context, outcome):
        context.say(f"{verdict}: {cell}" if cell else f"{reason.name} taken back")
        if cell:
            context.status.hints.tell("reason")
            to_unreviewed(context, 1)


def _category_key(context: ReviewContext, column: CategoryColumn, key: int) -> None:
    name = next((one.name for one in column.categories if one.key == key), "")
    if name:
        categorise(context, "" if name == context.session.annotator.category else name)
    else:
        context.say(f"no category is on the key {key}: K names a new one")


def _reason_given(context: ReviewContext, reason: str | None) -> None:
    if not reason or decide_selected(context, f"Fail them: {reason}?", verdict="fail", reason=reason):
        return
    annotator = context.session.annotator
    annotation = annotator.annotation
    verdict = "unsure" if annotation is not None and annotation.verdict == "unsure" else "fail"
    outcome = annotator.decide(verdict=verdict, reason=reason)
    if outcome is not None and decided(context, outcome):
        context.say(f"{verdict}: {reason}")
        to_unreviewed(context, 1)


def _note_given(context: ReviewContext, note: str | None) -> None:
    if note is None or decide_selected(context, f"Write this note on them? {note}", note=note):
        return
    outcome = context.session.annotator.decide(note=note)
    if outcome is not None and decided(context, outcome):
        context.say("noted" if note else "note taken away")


def _travelled(context: ReviewContext, outcome: Outcome | None, done: str, nothing: str) -> None:
    if outcome is None:
        context.say(nothing)
        return
    if decided(context, outcome):
        context.say(f"{done}: {outcome.name}")
    if context.views.view is None and not context.views.panes.on_picture:
        # The next verdict goes to where the undone one was: the focus must show it.
        context.views.panes.focus_level()


@command(
    "verdict_pass",
    keys="p",
    label="pass",
    help="Pass the current object or image, go on to the next unreviewed",
    group="Verdicts",
    footer=1,
)
def verdict_pass(context: ReviewContext) -> None:
    """Pass the current object or image, go on to the next unreviewed."""
    _judge(context, "pass")


@command(
    "verdict_fail",
    keys="f",
    label="fail",
    help="Fail it, go on to the next unreviewed",
    group="Verdicts",
    footer=2,
)
def verdict_fail(context: ReviewContext) -> None:
    """Fail it, go on to the next unreviewed."""
    _judge(context, "fail")


@command(
    "verdict_unsure",
    keys="u",
    label="unsure",
    help="Mark it unsure, go on to the next unreviewed",
    group="Verdicts",
    footer=3,
)
def verdict_unsure(context: ReviewContext) -> None:
    """Mark it unsure, go on to the next unreviewed."""
    _judge(context, "unsure")


@command(
    "verdict_clear",
    keys="backspace",
    label="clear",
    help="Take the verdict, reason and note back",
    group="Verdicts",
)
def verdict_clear(context: ReviewContext) -> None:
    """Take the verdict, reason and note back."""
    if unseen(context) or _clear_selected(context):
        return
    outcome = context.session.annotator.clear()
    if outcome is None:
        context.say("nothing was decided here")
    elif decided(context, outcome):
        context.say("cleared")


def _number(key: int, context: ReviewContext) -> None:
    """A number key: a reason, or a category while number keys give those."""
    if unseen(context):
        return
    annotator = context.session.annotator
    if annotator.keys_categorise and annotator.categories is not None:
        _category_key(context, annotator.categories, key)
    else:
        _reason_key(context, key)


for _key in range(1, 10):
    command(
        f"reason_{_key}",
        keys=str(_key),
        label=f"reason {_key}",
        help=f"Give reason {_key} of the list and the verdict that it implies (again: take it back)"
        + ("; 2 to 9 the others" if _key == 1 else ""),
        group="Verdicts",
        listed=_key == 1,
    )(partial(_number, _key))


@command(
    "reason",
    keys="r",
    label="reason",
    help="Choose why it failed, from a list or in own words",
    group="Verdicts",
    footer=5,
)
def reason(context: ReviewContext) -> None:
    """Choose why it failed, from a list or in own words."""
    from tuiqc.ui.panels.list_panel import ListPanel
    from tuiqc.ui.panels.lists import Reasons

    if not chosen(context):
        return
    annotation = context.session.annotator.annotation
    now = annotation.reason if annotation else ""
    names = [*(reason.name for reason in context.status.reasons.here), *([now] if now else [])]
    reasons = list(dict.fromkeys(names))
    context.push(
        ListPanel(Reasons(current_name(context), reasons, now)), lambda given: _reason_given(context, given)
    )


@command(
    "note",
    keys="n",
    label="note",
    help="Write a note on the current object or image",
    group="Verdicts",
    footer=4,
)
def note(context: ReviewContext) -> None:
    """Write a note on the current object or image."""
    from tuiqc.ui.screens.dialogs import NoteDialog

    if not chosen(context):
        return
    annotation = context.session.annotator.annotation
    context.push(
        NoteDialog(current_name(context), annotation.note if annotation else ""),
        lambda note: _note_given(context, note),
    )


@command(
    "undo", keys="z", label="undo", help="Undo the last verdict, reason or note", group="Verdicts", footer=12
)
def undo(context: ReviewContext) -> None:
    """Undo the last verdict, reason or note."""
    _travelled(context, context.session.annotator.undo(), "undone", "nothing to undo: p f u give verdicts")


@command("redo", keys="Z,ctrl+y", label="redo", help="Do again what was undone", group="Verdicts")
def redo(context: ReviewContext) -> None:
    """Do again what was undone."""
    _travelled(context, context.session.annotator.redo(), "done again", "nothing to redo")


# --- keys of the list of reasons


def _reason_of_list(number: int, panel: ListPanel[Reasons]) -> None:
    """The reason of that number."""
    panel.choose(number - 1)


for _key in range(1, 10):
    command(
        f"reasons_{_key}",
        keys=str(_key),
        label=f"reason {_key}",
        help="Reason 1 of the list; 2 to 9 the others",
        group="Panels",
        place=REASONS,
        listed=_key == 1,
    )(partial(_reason_of_list, _key))
