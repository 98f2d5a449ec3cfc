"""Help, saving, redrawing, leaving."""

from __future__ import annotations

from tuiqc.ui.actions.action import Action

PROGRAM: tuple[Action, ...] = (
    Action("help", ("question_mark", "f1"), "keys", "Show all keys", "Program", 16),
    Action("palette", ("ctrl+p",), "palette", "Find any action by name", "Program"),
    Action("save", ("ctrl+s",), "save", "Write the annotation CSV now", "Program"),
    Action("redraw", ("ctrl+r",), "redraw", "Draw all of the screen again, pictures included", "Program"),
    Action("suspend", ("ctrl+z",), "suspend", "Back to the shell (fg brings the program back)", "Program"),
    Action("quit", ("q", "ctrl+q"), "quit", "Save and quit", "Program", 17),
)
