"""Proposes what the files of a folder are: channels, masks of object layers, tables, and how they belong together.

1. Every image file whose name ends like a mask's (`_labels`, `_cp_masks`, `Object Identities` …; `_`, `-`, `.` and
   blank are equal, case does not matter), or that is in a folder called `masks`, `labels` …, is a mask.
2. The other image files are channels. If the last (or first) word of their names is the name of a channel rather
   than of an image (a stain, `C0`, `ch1`, or a word that comes again with several images), the rest names the image.
3. A mask or table belongs to the image whose name it starts (or ends) with; what is left names its object layer.
4. Tables that belong to no image are a table of all images, if they name a layer that has no table; else left over.

Each way to read the names is tried, and the one by which the most files belong together wins. What does not fit it (a
figure, a screen shot, a preview) is left over with its reason, and changes neither the images nor their keys.
"""

from __future__ import annotations

import os
import re
from collections import Counter
from collections.abc import Collection, Sequence
from pathlib import Path

from tuiqc.dataset.discover.found_files import (
    MAP_ENDINGS,
    MASK_ENDINGS,
    TABLE_ENDINGS,
    FoundFile,
    casefolded,
    classified,
    listed,
    told_apart,
)
from tuiqc.dataset.discover.image_names import ImageNames, Words, channels_by, is_position, misfits
from tuiqc.dataset.discover.instrument_files import InstrumentFiles, by_instrument
from tuiqc.dataset.discover.pattern_parts import Template, template
from tuiqc.dataset.discover.role_files import Proposal, RoleFiles, said_as_patterns, say
from tuiqc.dataset.source_options import SourceOptions
from tuiqc.dataset.words import best_layer, image_table_prefix, same_thing
from tuiqc.errors import InputError

_Left = tuple[Path, str]
_Split = tuple[
    Words, Words, bool
]  # an image, the words that are left of a name, whether it is spelled the same


def propose(
    folder: Path,
    options: SourceOptions | None = None,
    files: Sequence[Path] | None = None,
    found: Sequence[FoundFile] | None = None,
) -> Proposal:
    """Propose channels, object layers and tables for `folder` (or only for `files`, given one by one).

    `found` is what `listed` gave of the folder, where that is known already.

    Raises
    ------
    InputError
        The folder can't be listed, or there is no image in it; the message says what there is.
    """
    if files is not None:
        found = told_apart(list(classified((path, "") for path in files)))
    elif found is None:
        found = listed(folder)
    if options is not None and options.columns:  # a table with more columns is no layer of its own
        named = {os.path.realpath(options.resolve(text.partition(";")[0])) for _, text in options.columns}
        found = [file for file in found if file.kind != "table" or os.path.realpath(file.path) not in named]
    channels = [file for file in found if file.kind == "image"]
    masks = sorted((file for file in found if file.kind == "mask"), key=lambda file: file.polygons)
    if not channels and not masks:
        raise _nothing(folder, found)
    tables = [file for file in found if file.kind == "table"]
    known = by_instrument(channels, masks, tables)
    if known is not None:
        proposal = _proposal_of(known, folder, options or SourceOptions())
    else:
        proposal = _best(folder, channels, masks, tables).proposal(options or SourceOptions())
    proposal.unused += [(file.path, file.why) for file in found if file.kind == "other"]
    return proposal


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
    tables = [file for file in found if file.kind == "table"]
    if tables:
        names = ", ".join(file.path.name for file in tables[:4])
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


def _best(
    folder: Path, channels: list[FoundFile], masks: list[FoundFile], tables: list[FoundFile]
) -> _Pairing:
    """The pairing that explains the files best; of equal ones the first, which has channels as last words."""
    maps = [file for file in (*channels, *masks) if _is_map(file)]
    if len(maps) < len(channels):  # else the maps are all that there is to look at
        paths = {file.path for file in maps}
        channels = [file for file in channels if file.path not in paths]
        masks = [file for file in masks if file.path not in paths]
    else:
        maps = []
    heads = {casefolded(_mask_head(file)) for file in masks}
    tried: list[_Pairing] = []
    for side in ("last", "first", "") if channels else ("",):
        kept, strays = channels_by(side, channels, heads)
        if not kept and channels:
            continue
        pairing = _Pairing(folder, side, kept, masks, tables, maps)
        if odd := pairing.misfits():
            strays += [(file.path, "its name is not built as those of the other images") for file in odd]
            paths = {file.path for file in odd}
            kept = [file for file in kept if file.path not in paths]
            fitting = [file for file in masks if file.path not in paths]
            pairing = _Pairing(folder, side, kept, fitting, tables, maps)
        tried.append(pairing)
        if not strays and not pairing.unused and len(tried) == 1:
            return pairing
        pairing.unused += strays
    return max(tried, key=lambda pairing: pairing.explained)


class _Pairing:
    """One way to assign the files to images and roles.

    `placed` has the files of each (kind, name) by the words of their image; `unused` what is left over, and why.
    """

    def __init__(
        self,
        folder: Path,
        side: str,
        channels: Sequence[FoundFile],
        masks: Sequence[FoundFile],
        tables: Sequence[FoundFile],
        maps: Sequence[FoundFile],
    ) -> None:
        self.folder = folder
        self.unused: list[_Left] = []
        self.spelled: list[tuple[str, str]] = []
        self.placed: dict[tuple[str, str], dict[Words, FoundFile]] = {}
        self.shared: dict[str, Path] = {}
        named = [(file, *_image_of(file, side)) for file in channels]
        if channels:
            self.images = ImageNames([(file, base, name) for file, base, name in named], side)
        else:
            last = _layer_is_last(masks)
            heads = [(file, _mask_head(file)) for file in masks]
            self.images = ImageNames([(f, head[:-1] if last else head, "") for f, head in heads], "last")
        for file, base, name in named:
            self._place("channel", name, self.images.of(base), file)
        self._attach("mask", [(file, self._split(file, _mask_head(file))) for file in masks])
        self._attach_maps(maps)
        self._attach_tables(tables)

    @property
    def explained(self) -> tuple[int, int]:
        """Number of files of images with more than one file, and of all that have a place.

        Any picture is an image of its own: that explains it less than a mask or a channel that goes with it.
        """
        files = Counter(base for placed in self.placed.values() for base in placed)
        together = sum(count for count in files.values() if count > 1)
        return together, files.total() + len(self.shared)

    def misfits(self) -> list[FoundFile]:
        """Files of images that have no other file and whose names are built otherwise than those of the rest."""
        files = {base: file for files in reversed(self.placed.values()) for base, file in files.items()}
        names = {base: (self.images.raw(base), files[base].path.suffix.casefold()) for base in self.images}
        channels = any(kind == "channel" for kind, _ in self.placed)
        others = ("mask", "table") if channels else ("table",)
        mated = {base for (kind, _), files in self.placed.items() if kind in others for base in files}
        odd = misfits(names, mated)
        found = [file for files in self.placed.values() for base, file in files.items() if base in odd]
        return [file for file in found if not _is_missing(file.path)]

    def _place(self, kind: str, name: str, base: Words, file: FoundFile) -> None:
        if (kind, name) not in self.placed:  # of those that differ in case alone only the first is there
            names = [known for known_kind, known in self.placed if known_kind == kind]
            name = next((known for known in names if known.casefold() == name.casefold()), name)
        files = self.placed.setdefault((kind, name), {})
        if base in files:
            self.unused.append((file.path, f"{files[base].path.name} is the same {kind}"))
        else:
            files[base] = file

    def _split(self, file: FoundFile, words: Words) -> _Split | None:
        """The image that a name starts or ends with, the words that are left, and whether it is spelled the same."""
        found = self.images.split(words)
        if found is None and file.place:
            found = self.images.split((*file.place, *words))
        if found is None and len(self.images) == 1:
            found = next(iter(self.images)), words, True
        return found

    def _attach(self, kind: str, files: Sequence[tuple[FoundFile, _Split | None]]) -> None:
        """Give the files to their images: first those that spell it so, then those that alone may be meant."""
        layers = [name for known, name in self.placed if known == "mask"]
        otherwise: dict[tuple[str, Words], list[tuple[FoundFile, str]]] = {}
        for file, split in files:
            if split is None:
                self.unused.append((file.path, "it belongs to no image"))
                continue
            base, rest, exact = split
            said = "_".join(rest)
            name = said or file.layer or "objects" if kind == "mask" else _layer_of(said, layers)
            if exact:
                self._place(kind, name, base, file)
            else:
                otherwise.setdefault((name.casefold(), base), []).append((file, name))
        for (_, base), several in otherwise.items():
            self._attach_spelled(kind, base, several)

    def _attach_spelled(self, kind: str, base: Words, several: Sequence[tuple[FoundFile, str]]) -> None:
        """Give a file to an image whose name it spells otherwise, if no second file does."""
        image = self.images.raw(base)
        if len(several) > 1:
            names = ", ".join(file.path.name for file, _ in several)
            self.unused += [(file.path, f"several may be that of {image}: {names}") for file, _ in several]
            return
        [(file, name)] = several
        left = len(self.unused)
        self._place(kind, name, base, file)
        if len(self.unused) == left:
            self.spelled.append((file.path.name, image))

    def _attach_maps(self, maps: Sequence[FoundFile]) -> None:
        """A map of classes is a further channel of the image whose name it begins with."""
        for file in maps:
            head = MAP_ENDINGS.cut(file.words) or file.words
            split = self._split(file, head)
            if split is None:
                self.unused.append((file.path, "it belongs to no image"))
            else:
                self._place("channel", "_".join((*split[1], *file.words[len(head) :])), split[0], file)

    def _attach_tables(self, tables: Sequence[FoundFile]) -> None:
        layers = [name for kind, name in self.placed if kind == "mask"]
        of_images, loose = [], []
        self.of_numbers = [file for file in tables if image_table_prefix(file.path.name) is not None]
        for file in tables:
            if file in self.of_numbers:
                continue
            words = TABLE_ENDINGS.cut(file.words) or file.words
            words = MASK_ENDINGS.cut(words) or words
            split = self._split(file, words)
            if split is None:
                loose.append(file)
            else:
                of_images.append((file, split))
        self._attach("table", of_images)
        self._drop_lone_tables(layers)
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
        if not self.shared:
            self.unused += [
                (f.path, "a table of images, and no table of all objects needs it") for f in self.of_numbers
            ]

    def _drop_lone_tables(self, layers: Collection[str]) -> None:
        """Leave over a table beside one image of several that no mask goes with: it is about something else."""
        for (kind, name), files in list(self.placed.items()):
            if kind == "table" and layers and name not in layers and len(files) == 1 < len(self.images) - 1:
                del self.placed[kind, name]
                self.unused += [(f.path, f"there is no object layer {name}") for f in files.values()]

    def proposal(self, options: SourceOptions) -> Proposal:
        """The roles with keys from what varies in the images' names, and the patterns that say the same."""
        bases = list(self.images)
        found = template([self.images.raw(base) for base in bases])
        keys = dict(zip(bases, found.values, strict=True))
        proposal = Proposal(options, self.folder, unused=self.unused)
        patterns: dict[str, list[tuple[str, str]]] = {"channel": [], "mask": [], "table": []}
        for (kind, name), files in self.placed.items():
            pattern = str(self.folder / self._pattern(found, files))
            said = f"{kind} {name} ({pattern})"
            role = RoleFiles(
                kind,
                name,
                found.names,
                False,
                {keys[base]: str(file.path) for base, file in files.items()},
                said,
            )
            proposal.roles.append(role)
            patterns[kind].append((name, pattern))
        for layer, path in self.shared.items():
            proposal.roles.append(
                RoleFiles("table", layer, (), False, {(): str(path)}, f"table {layer} ({path.name})")
            )
            patterns["table"].append((layer, str(path)))
        proposal.roles.sort(key=self._rank)
        for entries in patterns.values():
            entries.sort(key=lambda entry: [role.name for role in proposal.roles].index(entry[0]))
        proposal.options = said_as_patterns(self.folder, options, patterns)
        say(proposal, patterns)
        if self.shared:
            says = (f"{file.path.name} says which image each ImageNumber is" for file in self.of_numbers)
            proposal.assumptions += says
        if spelled := self._spelled():
            some = ", ".join(f"{name} for {image}" for name, image in spelled[:5])
            more = f" … ({len(spelled)} in all)" if len(spelled) > 5 else ""
            proposal.assumptions.append(f"spelled otherwise, and taken for the same name: {some}{more}")
        return proposal

    def _rank(self, role: RoleFiles) -> tuple[int, bool, bool, bool, str]:
        """Channels, then layers: with a table and nuclei first, since the first layer is the one shown.

        What few images have comes last: it may be a stray.
        """
        order = {"channel": 0, "mask": 1, "table": 2}
        has_table = ("table", role.name) in self.placed or role.name in self.shared
        masks = self.placed.get(("mask", role.name), {})
        rare = role.kind != "channel" and 0 < 2 * len(masks) < len(self.images)
        return (
            order[role.kind],
            rare,
            not has_table,
            not same_thing(role.name, "nuclei"),
            role.name.casefold(),
        )

    def _pattern(self, found: Template, files: dict[Words, FoundFile]) -> str:
        """The pattern of the files of a role; those that spell the images' names otherwise have their own."""
        written = [self._written(base, file) for base, file in files.items()]
        raw = [self.images.raw(base) for base in files]
        own = found if written == raw or not all(written) else template(written)
        inside = self._inside(next(iter(files.values())))
        return inside.replace(written[0], (own if own.names == found.names else found).text, 1)

    def _inside(self, file: FoundFile) -> str:
        path = file.path
        return str(path.relative_to(self.folder) if path.is_relative_to(self.folder) else path)

    def _written(self, base: Words, file: FoundFile) -> str:
        """The name of an image as a file of it has it, with other separators perhaps; "" where it does not."""
        raw = self.images.raw(base)
        if raw in file.path.name or raw in (
            inside := self._inside(file)
        ):  # the first nearly always, and quickly
            return raw
        words = map(re.escape, _SEPARATORS.split(raw))
        match = re.search(_SEPARATORS.pattern.join(words), inside, re.IGNORECASE)
        return "" if match is None else match[0]

    def _spelled(self) -> list[tuple[str, str]]:
        """Names of files that spell the name of their image otherwise, with that name."""
        found = dict(self.spelled)
        for files in self.placed.values():
            for base, file in files.items():
                raw = self.images.raw(base)
                if raw not in file.path.name and self._written(base, file) not in ("", raw):
                    found.setdefault(file.path.name, raw)
        return list(found.items())


_SEPARATORS = re.compile(r"[ _.\-]+")


def _layer_of(said: str, layers: Sequence[str]) -> str:
    """The layer that a table is of, by what its name says beside that of its image."""
    layer = next((name for name in layers if same_thing(name, said)), None) or best_layer(said, layers)
    return layer or said or (layers[0] if len(layers) == 1 else "objects")


def _image_of(file: FoundFile, side: str) -> tuple[Words, str]:
    """The words that name the image of a channel's file, and the channel."""
    if side == "last":
        return file.words[:-1], file.words[-1]
    if side == "first":
        return file.words[1:], file.words[0]
    return file.words, "image"


def _mask_head(file: FoundFile) -> Words:
    cut = MASK_ENDINGS.cut(file.words)
    return file.words if cut is None else cut


def _layer_is_last(masks: Sequence[FoundFile]) -> bool:
    """Without channels: whether the last word of the masks' names is a layer (`a_nuclei`, `b_nuclei`)."""
    heads = [_mask_head(file) for file in masks]
    last = Counter(head[-1].casefold() for head in heads if head)
    return (
        all(len(head) > 1 for head in heads)
        and len(last) * 2 <= len(heads)
        and not any(map(is_position, last))
    )


def _is_map(file: FoundFile) -> bool:
    return bool(MAP_ENDINGS.cut(file.words))


def _is_missing(path: Path) -> bool:
    """Whether it is a link that leads nowhere: an image that is missing, and no stray."""
    return path.is_symlink() and not path.exists()
