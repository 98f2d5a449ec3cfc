"""What is said of the current thing: verdict, reason, note, undo."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tuiqc.ui.keys import command

if TYPE_CHECKING:
    from tuiqc.ui.context import ReviewContext


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
    context.legacy("verdict_pass")


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
    context.legacy("verdict_fail")


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
    context.legacy("verdict_unsure")


@command(
    "verdict_clear",
    keys="backspace",
    label="clear",
    help="Take the verdict, reason and note back",
    group="Verdicts",
)
def verdict_clear(context: ReviewContext) -> None:
    """Take the verdict, reason and note back."""
    context.legacy("verdict_clear")


@command(
    "reason_1",
    keys="1",
    label="reason 1",
    help="Give reason 1 of the list and the verdict that it implies (again: take it back); 2 to 9 the others",
    group="Verdicts",
)
def reason_1(context: ReviewContext) -> None:
    """Give reason 1 of the list and the verdict that it implies."""
    context.legacy("reason_1")


@command(
    "reason_2",
    keys="2",
    label="reason 2",
    help="Give reason 2 of the list and the verdict that it implies (again: take it back)",
    group="Verdicts",
    listed=False,
)
def reason_2(context: ReviewContext) -> None:
    """Give reason 2 of the list and the verdict that it implies."""
    context.legacy("reason_2")


@command(
    "reason_3",
    keys="3",
    label="reason 3",
    help="Give reason 3 of the list and the verdict that it implies (again: take it back)",
    group="Verdicts",
    listed=False,
)
def reason_3(context: ReviewContext) -> None:
    """Give reason 3 of the list and the verdict that it implies."""
    context.legacy("reason_3")


@command(
    "reason_4",
    keys="4",
    label="reason 4",
    help="Give reason 4 of the list and the verdict that it implies (again: take it back)",
    group="Verdicts",
    listed=False,
)
def reason_4(context: ReviewContext) -> None:
    """Give reason 4 of the list and the verdict that it implies."""
    context.legacy("reason_4")


@command(
    "reason_5",
    keys="5",
    label="reason 5",
    help="Give reason 5 of the list and the verdict that it implies (again: take it back)",
    group="Verdicts",
    listed=False,
)
def reason_5(context: ReviewContext) -> None:
    """Give reason 5 of the list and the verdict that it implies."""
    context.legacy("reason_5")


@command(
    "reason_6",
    keys="6",
    label="reason 6",
    help="Give reason 6 of the list and the verdict that it implies (again: take it back)",
    group="Verdicts",
    listed=False,
)
def reason_6(context: ReviewContext) -> None:
    """Give reason 6 of the list and the verdict that it implies."""
    context.legacy("reason_6")


@command(
    "reason_7",
    keys="7",
    label="reason 7",
    help="Give reason 7 of the list and the verdict that it implies (again: take it back)",
    group="Verdicts",
    listed=False,
)
def reason_7(context: ReviewContext) -> None:
    """Give reason 7 of the list and the verdict that it implies."""
    context.legacy("reason_7")


@command(
    "reason_8",
    keys="8",
    label="reason 8",
    help="Give reason 8 of the list and the verdict that it implies (again: take it back)",
    group="Verdicts",
    listed=False,
)
def reason_8(context: ReviewContext) -> None:
    """Give reason 8 of the list and the verdict that it implies."""
    context.legacy("reason_8")


@command(
    "reason_9",
    keys="9",
    label="reason 9",
    help="Give reason 9 of the list and the verdict that it implies (again: take it back)",
    group="Verdicts",
    listed=False,
)
def reason_9(context: ReviewContext) -> None:
    """Give reason 9 of the list and the verdict that it implies."""
    context.legacy("reason_9")


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
    context.legacy("reason")


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
    context.legacy("note")


@command(
    "undo", keys="z", label="undo", help="Undo the last verdict, reason or note", group="Verdicts", footer=12
)
def undo(context: ReviewContext) -> None:
    """Undo the last verdict, reason or note."""
    context.legacy("undo")


@command("redo", keys="Z,ctrl+y", label="redo", help="Do again what was undone", group="Verdicts")
def redo(context: ReviewContext) -> None:
    """Do again what was undone."""
    context.legacy("redo")
