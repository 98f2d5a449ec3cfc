"""What a folder is proposed to be, and how to say it otherwise."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from shlex import quote

from tuiqc.dataset.discover.role_files import RoleFiles
from tuiqc.dataset.source_options import SourceOptions


@dataclass
class Proposal:
    """What was found in a folder.

    Attributes
    ----------
    options
        The same as patterns, to be shown and corrected.
    assumptions
        Sentences that say what was assumed and how to say it otherwise.
    roles
        The files of each channel, mask and table.
    unused
        Files that look like images or tables but belong to nothing, with the reason.
    root
        The folder.
    """

    options: SourceOptions
    root: Path
    assumptions: list[str] = field(default_factory=list)
    roles: list[RoleFiles] = field(default_factory=list)
    unused: list[tuple[Path, str]] = field(default_factory=list)


def said_as_patterns(
    folder: Path, options: SourceOptions, patterns: dict[str, list[tuple[str, str]]]
) -> SourceOptions:
    """Return what was found as options with patterns by kind: channel, mask, table."""
    return SourceOptions(
        sources=(str(folder),),
        images=tuple(patterns["channel"]),
        labels=tuple(patterns["mask"]),
        tables=tuple(patterns["table"]),
        dialects=options.dialects,
        base_dir=options.base_dir,
    )


def say(proposal: Proposal, patterns: dict[str, list[tuple[str, str]]]) -> None:
    """Add to the proposal what was assumed and how to say it otherwise."""
    options = {"channel": "--images", "mask": "--labels", "table": "--table"}
    nouns = {"channel": "channel", "mask": "object layer", "table": "table of"}
    for kind, entries in patterns.items():
        for name, pattern in entries:
            proposal.assumptions.append(
                f"{nouns[kind]} {name}; to change it: {options[kind]} {quote(name)}='{pattern}'"
            )
    for path, why in proposal.unused:
        proposal.assumptions.append(f"{path.name} is not used: {why}")
