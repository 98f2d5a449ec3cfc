"""The kinds of error that are suspected."""

from __future__ import annotations

from typing import Literal

Suspect = Literal["merged", "split", "false", "outline"]

SUSPECTS: tuple[Suspect, ...] = ("merged", "split", "false", "outline")
"""`merged`: two objects under one label; `split`: a part of one; `false`: no object; `outline`: in the wrong place."""

REASON_SUSPECTS: dict[str, Suspect] = {
    "merged": "merged",
    "split": "split",
    "debris": "false",
    "false": "false",
    "artefact": "false",
    "speck": "false",
    "outline": "outline",
    "small": "outline",
    "large": "outline",
    "eroded": "outline",
    "dilated": "outline",
    "shifted": "outline",
}
"""The suspect that a reason of a failure speaks of; others (`focus`, `border` …) are no error of an outline."""
