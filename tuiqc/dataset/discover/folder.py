"""Proposes what the files of a folder are: channels, masks of object layers, tables, and how they belong
together.

1. Every image file whose name ends like a mask's (`_labels`, `_cp_masks`, `Object Identities` …; `_`, `-`,
`.` and
   blank are equal, case does not matter), or that is in a folder called `masks`, `labels` …, is a mask.
2. The other image files are channels. If the last (or first) word of their names is the name of a channel
rather than of
   an image (a stain, `C0`, `ch1`, or a word that comes again with many images), the rest names the image.
3. A mask or table belongs to the image whose name it starts (or ends) with; what is left names its object
layer. 4. Tables that belong to no image are a table of all images, if they name a layer that has no table;
else left over.
"""

from __future__ import annotations

import os
import re
from collections.abc import Sequence
from pathlib import Path

from tuiqc.dataset.discover.found_files import FoundFile, casefolded, classified, listed, without_ending
from tuiqc.dataset.discover.instrument_files import InstrumentFiles, by_instrument
from tuiqc.dataset.discover.proposal import Proposal, said_as_patterns, say
from tuiqc.dataset.discover.role_files import RoleFiles
from tuiqc.dataset.discover.template import Template, template
from tuiqc.dataset.source import SourceOptions
from tuiqc.dataset.words import (
    MAP_SUFFIXES,
    MASK_SUFFIXES,
    NUMBERED_CHANNEL,
    STAIN,
    TABLE_SUFFIXES,
    WELL,
    best_layer,
    same_thing,
)
from tuiqc.errors import InputError

_POSITION = re.compile(r"[a-z]{1,5}\d+|\d.*", re.IGNORECASE)


def propose(
    folder: Path, options: SourceOptions | None = None, files: Sequence[Path] | None = None
) -> Proposal:
    """Propose channels, object layers and tables for `folder` (or only for `files`, given one by one).

    Raises
    ------
    InputError
        The folder can't be listed, or there is no image in it; the message says what there is.
    """
    found = list(listed(folder) if files is None else classified((path, "") for path in files))
    channels = [file for file in found if file.kind == "image"]
    masks = [file for file in found if file.kind == "mask"]
    if not channels and not masks:
        raise _nothing(folder, found)
    tables = [file for file in found if file.kind == "table"]
    known = by_instrument(channels, masks, tables)
    if known is not None:
        return _proposal_of(known, folder, options or SourceOptions())
    return _Grouping(folder, channels, masks, tables).proposal(options or SourceOptions())


def _proposal_of(known: InstrumentFiles, folder: Path, options: SourceOptions) -> Proposal:
    """The proposal for files named by a plate microscope."""
    proposal = Proposal(options, folder, roles=known.roles, unused=known.unused)
    patterns: dict[str, list[tuple[str, str]]] = {"channel": [], "mask": [], "table": []}
    for kind, name, pattern in known.patterns:
        patterns[kind].append((name, pattern))
    proposal.options = said_as_patterns(folder, options, patterns)
    names = next((role.names for role in known.roles if role.names), ())
    proposal.assumptions.append(
        f"the names are those of {known.instrument.name}: channel, {', '.join(names)}"
    )
    say(proposal, patterns)
    return proposal


def _nothing(folder: Path, found: Sequence[FoundFile]) -> InputError:
    if found:
        names = ", ".join(file.path.name for file in found[:4])
        return InputError(
            f"no image in this folder, but tables ({names})",
            path=folder,
            hint="open an objects table that names its images by itself: tuiqc open TABLE --data-root FOLDER",
        )
    try:
        some = sorted(entry.name for entry in os.scandir(folder))[:5]
    except OSError:
        some = []
    return InputError(
        f"no image in this folder (it has {', '.join(some) or 'no file'})",
        path=folder,
        expected="images and label masks (TIFF, PNG, HDF5 …)",
        hint="give the folder that has them, or patterns with --images and --labels",
    )


class _Grouping:
    """Assigns files to images and roles."""

    def __init__(
        self, folder: Path, channels: list[FoundFile], masks: list[FoundFile], tables: list[FoundFile]
    ) -> None:
        self.folder, self.tables, self.unused = folder, tables, list[tuple[Path, str]]()
        maps = [file for file in (*channels, *masks) if _is_map(file)]
        if len(maps) < len(channels):  # else the maps are all that there is to look at
            channels = [file for file in channels if file not in maps]
            masks = [file for file in masks if file not in maps]
        else:
            maps = []
        self.side = _channel_side(channels, masks)
        # Casefolded words of an image's name -> the name as the first file has it.
        self.bases: dict[tuple[str, ...], str] = {}
        self.placed: dict[tuple[str, str], dict[tuple[str, ...], FoundFile]] = {}
        for file in channels:
            base, name = self._image_of(file)
            folded = casefolded(base)
            if folded not in self.bases:
                self.bases[folded] = _raw(file, base, self.side)
            self._place("channel", name, folded, file)
        if not channels:
            for file in masks:
                base = _mask_head(file)
                layer_last = _layer_is_last(masks)
                base = base[:-1] if layer_last else base
                self.bases.setdefault(casefolded(base), _raw(file, base, "last"))
        for file in masks:
            self._attach(file, "mask", _mask_head(file))
        for file in maps:
            self._attach_map(file)
        self.shared: dict[str, Path] = {}
        self._attach_tables()

    def _image_of(self, file: FoundFile) -> tuple[tuple[str, ...], str]:
        if self.side == "last":
            return file.words[:-1], file.words[-1]
        if self.side == "first":
            return file.words[1:], file.words[0]
        return file.words, "image"

    def _place(self, kind: str, name: str, base: tuple[str, ...], file: FoundFile) -> None:
        names = [known for known_kind, known in self.placed if known_kind == kind]
        name = next((known for known in names if known.casefold() == name.casefold()), name)
        files = self.placed.setdefault((kind, name), {})
        if base in files:
            self.unused.append((file.path, f"{files[base].path.name} is the same {kind}"))
        else:
            files[base] = file

    def _split(self, words: tuple[str, ...]) -> tuple[tuple[str, ...], tuple[str, ...]] | None:
        """The image that a name starts or ends with, and the words that are left."""
        low = casefolded(words)
        for size in range(len(words), 0, -1):
            if low[:size] in self.bases:
                return low[:size], words[size:]
            if low[-size:] in self.bases:
                return low[-size:], words[:-size]
        return None

    def _attach(self, file: FoundFile, kind: str, head: tuple[str, ...]) -> None:
        split = self._split(head)
        if split is None and len(self.bases) == 1:
            split = next(iter(self.bases)), head
        if split is None:
            self.unused.append((file.path, "it belongs to no image"))
            return
        base, rest = split
        self._place(kind, "_".join(rest) or file.layer or "objects", base, file)

    def _attach_map(self, file: FoundFile) -> None:
        """A map of classes is a further channel of the image whose name it begins with."""
        head = without_ending(file.words, MAP_SUFFIXES) or file.words
        split = self._split(head)
        if split is None:
            self.unused.append((file.path, "it belongs to no image"))
        else:
            base, rest = split
            self._place("channel", "_".join((*rest, *file.words[len(head) :])), base, file)

    def _attach_tables(self) -> None:
        layers = [name for kind, name in self.placed if kind == "mask"]
        loose = []
        for file in self.tables:
            words = without_ending(file.words, TABLE_SUFFIXES) or file.words
            words = without_ending(words, MASK_SUFFIXES) or words
            split = self._split(words)
            if split is None:
                loose.append(file)
                continue
            base, rest = split
            said = "_".join(rest)
            layer = next((name for name in layers if same_thing(name, said)), None) or best_layer(
                said, layers
            )
            self._place("table", layer or said or (layers[0] if len(layers) == 1 else "objects"), base, file)
        taken = {name for kind, name in self.placed if kind == "table"}
        for file in loose:
            layer = best_layer("_".join(file.words), layers)
            if layer is not None and layer not in taken and layer not in self.shared:
                self.shared[layer] = file.path
            else:
                why = (
                    f"the tables of single images are used for {layer}" if layer else "it belongs to no image"
                )
                self.unused.append((file.path, why))

    def proposal(self, options: SourceOptions) -> Proposal:
        """The roles with keys from what varies in the images' names, and the patterns that say the same."""
        bases = list(self.bases)
        found = template([self.bases[base] for base in bases])
        keys = dict(zip(bases, found.values, strict=True))
        proposal = Proposal(options, self.folder, unused=self.unused)
        patterns: dict[str, list[tuple[str, str]]] = {"channel": [], "mask": [], "table": []}
        for (kind, name), files in self.placed.items():
            pattern = str(self.folder / self._pattern(found, files))
            said = f"{kind} {name} ({pattern})"
            role = RoleFiles(
                kind, name, found.names, False, {keys[base]: file.path for base, file in files.items()}, said
            )
            proposal.roles.append(role)
            patterns[kind].append((name, pattern))
        for layer, path in self.shared.items():
            proposal.roles.append(
                RoleFiles("table", layer, (), False, {(): path}, f"table {layer} ({path.name})")
            )
            patterns["table"].append((layer, str(path)))
        proposal.roles.sort(key=self._rank)
        for entries in patterns.values():
            entries.sort(key=lambda entry: [role.name for role in proposal.roles].index(entry[0]))
        proposal.options = said_as_patterns(self.folder, options, patterns)
        say(proposal, patterns)
        return proposal

    def _rank(self, role: RoleFiles) -> tuple[int, bool, bool, str]:
        """Channels, then layers: with a table and nuclei first, since the first layer is the one shown."""
        order = {"channel": 0, "mask": 1, "table": 2}
        has_table = ("table", role.name) in self.placed or role.name in self.shared
        return order[role.kind], not has_table, not same_thing(role.name, "nuclei"), role.name.casefold()

    def _pattern(self, found: Template, files: dict[tuple[str, ...], FoundFile]) -> str:
        base, file = next(iter(files.items()))
        raw = self.bases[base]
        inside = file.path.relative_to(self.folder) if file.path.is_relative_to(self.folder) else file.path
        return str(inside).replace(raw, found.text, 1) if raw in str(inside) else str(inside)


def _mask_head(file: FoundFile) -> tuple[str, ...]:
    cut = without_ending(file.words, MASK_SUFFIXES)
    return file.words if cut is None else cut


def _raw(file: FoundFile, base: tuple[str, ...], side: str) -> str:
    """The part of a stem that holds the words of `base`, its last ones or else its first, with its own separators."""
    if not base:
        return file.stem
    at, ends = 0, list[tuple[int, int]]()
    for word in file.words:
        at = file.stem.index(word, at)
        ends.append((at, at + len(word)))
        at += len(word)
    ends = ends[-len(base) :] if side == "first" else ends[: len(base)]
    return file.stem[ends[0][0] : ends[-1][1]]


def _layer_is_last(masks: Sequence[FoundFile]) -> bool:
    """Without channels: whether the last word of the masks' names is a layer (`a_nuclei`, `b_nuclei`)."""
    heads = [_mask_head(file) for file in masks]
    last = {head[-1].casefold() for head in heads if head}
    return (
        all(len(head) > 1 for head in heads)
        and len(last) * 2 <= len(heads)
        and not any(map(_is_position, last))
    )


def _is_map(file: FoundFile) -> bool:
    return bool(without_ending(file.words, MAP_SUFFIXES))


def _is_position(word: str) -> bool:
    return bool(WELL.fullmatch(word) or _POSITION.fullmatch(word)) and not NUMBERED_CHANNEL.fullmatch(word)


def _channel_side(channels: Sequence[FoundFile], masks: Sequence[FoundFile]) -> str:
    """Which word of the channels' names is the channel: "last", "first", or "" for none."""
    if not channels or any(len(file.words) < 2 for file in channels):
        return ""
    heads = {casefolded(_mask_head(file)) for file in masks}
    full = sum(casefolded(file.words) in heads for file in channels)
    for side in ("last", "first"):
        at = -1 if side == "last" else 0
        words = {file.words[at].casefold() for file in channels}
        images = {casefolded(file.words[:-1] if side == "last" else file.words[1:]) for file in channels}
        sure = all(STAIN.fullmatch(word) or NUMBERED_CHANNEL.fullmatch(word) for word in words)
        if any(_is_position(word) for word in words) or (side == "first" and not sure):
            continue
        if not sure and (full * 2 > len(channels) or len(images) < 2 or len(words) * 2 > len(channels)):
            continue
        if len(images) == 1 and len(words) > 8:  # C01 … C12 with nothing else varying are wells
            continue
        return side
    return ""
