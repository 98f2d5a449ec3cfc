"""What is said of the current thing: verdict, reason, note, undo."""

from __future__ import annotations

from tuiqc.ui.actions.action import Action

VERDICTS: tuple[Action, ...] = (
    Action(
        "verdict_pass",
        ("p",),
        "pass",
        "Pass the current object or image, go on to the next unreviewed",
        "Verdicts",
        1,
    ),
    Action("verdict_fail", ("f",), "fail", "Fail it, go on to the next unreviewed", "Verdicts", 2),
    Action("verdict_unsure", ("u",), "unsure", "Mark it unsure, go on to the next unreviewed", "Verdicts", 3),
    Action("verdict_clear", ("backspace",), "clear", "Take the verdict, reason and note back", "Verdicts"),
    *(
        Action(
            f"reason_{number}",
            (str(number),),
            f"reason {number}",
            f"Give reason {number} of the list and the verdict that it implies (again: take it back)"
            + ("; 2 to 9 the others" if number == 1 else ""),
            "Verdicts",
            listed=number == 1,
        )
        for number in range(1, 10)
    ),
    Action("reason", ("r",), "reason", "Choose why it failed, from a list or in own words", "Verdicts", 5),
    Action("note", ("n",), "note", "Write a note on the current object or image", "Verdicts", 4),
    Action("undo", ("z",), "undo", "Undo the last verdict, reason or note", "Verdicts", 12),
    Action("redo", ("Z", "ctrl+y"), "redo", "Do again what was undone", "Verdicts"),
)
