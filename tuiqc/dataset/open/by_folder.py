"""Opens a folder (or some image files) by what its files are called."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from tuiqc.budget import regular_file
from tuiqc.dataset.discover.folder import propose
from tuiqc.dataset.discover.found_files import FoundFile
from tuiqc.dataset.discover.role_files import Proposal, join
from tuiqc.dataset.model import Batch, Unmatched
from tuiqc.dataset.open.by_patterns import common_folder, pattern_roles
from tuiqc.dataset.source_options import SourceOptions
from tuiqc.errors import InputError, UsageError


def open_folder(
    options: SourceOptions, places: Sequence[Path], found: Sequence[FoundFile] | None = None
) -> Batch:
    """Return the batch of a folder, or of several image files; `found` are the files of the folder where known.

    Patterns in `options` replace what would be proposed of their kind (relative ones start in the folder).

    Raises
    ------
    InputError
        A place does not exist, or has no image.
    UsageError
        Several folders were given.
    """
    for place in places:
        if not place.exists():
            raise InputError("no such file or folder", path=place)
        if not place.is_dir():
            regular_file(place, "an image, a table or a folder")
    folders = [place for place in places if place.is_dir()]
    if len(folders) > 1 or (folders and len(places) > 1):
        raise UsageError(
            f"{len(places)} places were given; give one folder, or patterns with a placeholder for the "
            "folder: "
            "--images DNA='{plate}/Well_{well}_DNA.tif'"
        )
    if folders:
        proposal = propose(folders[0], options, found=found)
        name = folders[0].resolve().name
    else:
        proposal = propose(common_folder(places), options, files=list(places))
        name = places[0].stem if len(places) == 1 else proposal.root.name
    _replace_kinds(proposal, options)
    batch = join(proposal.roles, name or str(proposal.root), proposal.root, options)
    batch.assumptions.extend(proposal.assumptions)
    for path, why in proposal.unused:
        batch.unmatched.append(Unmatched("file", path, path.name, why))
    return batch


def _replace_kinds(proposal: Proposal, options: SourceOptions) -> None:
    """Take the user's patterns instead of what was proposed of the same kind."""
    given = {kind for kind, entries in (("mask", options.labels), ("table", options.tables)) if entries}
    if not given:
        return
    roles = pattern_roles(options, proposal.root, proposal.assumptions)
    proposal.roles = [role for role in proposal.roles if role.kind not in given] + roles
    said = {"mask": "object layer ", "table": "table of "}
    starts = tuple(said[kind] for kind in given)
    proposal.assumptions = [line for line in proposal.assumptions if not line.startswith(starts)]
