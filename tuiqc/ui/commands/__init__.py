"""Everything that a key does, a module for each group: importing this package fills the registry of `tuiqc.ui.keys`.

The modules do not import one another: what two commands share is in the session, or in what the context holds.
"""

from __future__ import annotations

from importlib import import_module

from tuiqc.ui.keys import registry, shown_key

GROUPS = (
    "verdicts",
    "quality",
    "triage",
    "rules",
    "navigation",
    "tables",
    "columns",
    "comparison",
    "filters",
    "search",
    "picture",
    "time",
    "display",
    "views",
    "tile_grid",
    "clipboard",
    "hand_over",
    "program",
)
"""The modules in the order of the help."""

for _name in GROUPS:
    import_module(f"{__name__}.{_name}")


COMMANDS = registry
"""All commands."""


def key_table() -> str:
    """All keys as a Markdown table, for the documents."""
    lines = ["| key | does |", "|---|---|"]
    for group in COMMANDS.groups:
        lines.append(f"| **{group}** | |")
        for one in COMMANDS:
            if one.group == group and one.listed:
                shown = " ".join(f"`{shown_key(key)}`" for key in one.keys)
                lines.append(f"| {shown} | {one.help}{one.where} |")
    return "\n".join(lines)
