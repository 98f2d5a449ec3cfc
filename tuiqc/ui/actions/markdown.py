"""The table of keys in the README."""

from __future__ import annotations

from tuiqc.ui.actions.action import place_words
from tuiqc.ui.actions.keys import shown_key
from tuiqc.ui.actions.registry import ACTIONS
from tuiqc.ui.actions.walking import TABLE_MOVES


def key_table() -> str:
    """All keys as a Markdown table, for the README."""
    lines = ["| key | does |", "|---|---|"]
    for group in dict.fromkeys(action.group for action in ACTIONS):
        lines.append(f"| **{group}** | |")
        if group == "Walking":
            for keys, _, text in TABLE_MOVES:
                lines.append(
                    f"| {' '.join(f'`{shown_key(key)}`' for key in keys.split(','))} | {text} (in a table) |"
                )
        for action in ACTIONS:
            if action.group == group and action.listed:
                shown = " ".join(f"`{shown_key(key)}`" for key in action.keys)
                lines.append(f"| {shown} | {action.help}{place_words(action)} |")
    return "\n".join(lines)
