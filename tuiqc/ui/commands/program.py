"""Help, saving, redrawing, leaving."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tuiqc.ui.keys import ANY, command, registry, shown_key

if TYPE_CHECKING:
    from tuiqc.ui.context import ReviewContext


@command("help", keys="question_mark,f1", label="keys", help="Show all keys", group="Program", footer=16)
def help(context: ReviewContext) -> None:
    """Show all keys."""
    from tuiqc.ui.screens.dialogs import HelpScreen

    view = context.views.view
    heading, places = (view.HEADING, view.PLACES) if view is not None else ("", ())
    context.push(HelpScreen(context.status.keys, heading, places))


@command("palette", keys="ctrl+p", label="palette", help="Find any action by name", group="Program")
def palette(context: ReviewContext) -> None:
    """Find any action by name."""
    from textual.command import CommandPalette

    context.push(CommandPalette(id="--command-palette"))


@command("theme", keys="f9", label="theme", help="Choose the colours of the program", group="Program")
def theme(context: ReviewContext) -> None:
    """Choose the colours of the program; the next sessions have them too."""
    from textual.theme import BUILTIN_THEMES

    from tuiqc.ui.panels.list_panel import ListPanel
    from tuiqc.ui.panels.lists import Names
    from tuiqc.ui.theme import choose

    def chosen(name: str | None) -> None:
        if name:
            context.output.theme = name
            kept = choose(name)
            context.say(f"{name}, in the next sessions too" if kept else f"{name}, in this session")

    themes = [
        (name, f"{'dark' if one.dark else 'light'}{', on the colours of the terminal' * bool(one.ansi)}")
        for name, one in sorted(BUILTIN_THEMES.items())
    ]
    context.push(ListPanel(Names("Theme", themes, context.output.theme)), chosen)


@command("save", keys="ctrl+s", label="save", help="Write the annotation CSV now", group="Program")
def save(context: ReviewContext) -> None:
    """Write the annotation CSV now."""
    context.work.autosave.now()


@command(
    "redraw",
    keys="ctrl+r",
    label="redraw",
    help="Draw all of the screen again, pictures included",
    group="Program",
)
def redraw(context: ReviewContext) -> None:
    """Draw all of the screen again, pictures included."""
    context.work.attach.redraw()


@command(
    "suspend",
    keys="ctrl+z",
    label="suspend",
    help="Back to the shell (fg brings the program back)",
    group="Program",
)
def suspend(context: ReviewContext) -> None:
    """Back to the shell."""
    context.work.attach.suspend()


@command("quit", keys="q,ctrl+q", label="quit", help="Save and quit", group="Program", footer=17)
def quit(context: ReviewContext) -> None:
    """Save and quit."""
    context.output.quit()


_IN_MENU = (
    "verdict_pass",
    "verdict_fail",
    "verdict_unsure",
    "reason",
    "note",
    "select",
    "centre",
    "copy",
    "hand_over",
)


@command(
    "menu",
    keys="f10",
    label="menu",
    help="Menu of what can be done here (also the right button)",
    group="Program",
)
def menu(context: ReviewContext) -> None:
    """What can be done with the current thing."""
    keys = context.status.keys
    found = [registry.find(name, (ANY,)) for name in _IN_MENU]
    entries = [(one.name, shown_key(keys[one.name][0]), one.label) for one in found if one and keys[one.name]]

    def chosen(name: str) -> None:
        one = registry.find(name, (ANY,))
        if one is not None:
            one.run(context)

    context.choose("Menu", entries, chosen)
