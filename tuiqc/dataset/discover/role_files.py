"""Joins the files of channels, masks and tables by their keys to images, and proposes what a folder is.

Whatever is left over is kept and named.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Sequence, Set
from dataclasses import dataclass, field, replace
from itertools import chain, islice
from pathlib import Path
from shlex import quote

from tuiqc.dataset.image_columns import FileKind, FileTexts, ImageColumns, paths_of
from tuiqc.dataset.model import Batch, Unmatched
from tuiqc.dataset.source_options import SourceOptions
from tuiqc.errors import UsageError
from tuiqc.names import counterparts, name_key, natural_key, unique_name
from tuiqc.text import escaped

Key = tuple[str, ...]


_FIELDS: dict[str, FileKind] = {"channel": "channels", "mask": "masks", "table": "tables"}
_SEPARATORS = "._- "
"""What a wildcard may have taken with a name that another pattern has without it."""
_FEW_DIGITS = 1_000
"""Python turns no more than 4,300 digits into a number."""


@dataclass(slots=True)
class RoleFiles:
    """The files of one channel, mask or table.

    `kind` is "channel", "mask" or "table"; `names` are the parts of the keys, `named` whether the user chose
    them; `said` is how it was asked for, for messages. Files are paths as text: objects of 10^5 take seconds.
    """

    kind: str
    name: str
    names: tuple[str, ...]
    named: bool
    files: dict[Key, str]
    said: str

    def __post_init__(self) -> None:
        self.name = escaped(self.name)  # a name is text in every table, column and folder that is made of it

    @property
    def role(self) -> str:
        """The role as text: "channel DNA"."""
        return f"{self.kind} {self.name}"


def join(roles: Sequence[RoleFiles], name: str, root: Path, options: SourceOptions) -> Batch:
    """Return the batch of these files; its dialects are not filled in yet.

    The images are the keys of all channels; without channels those of all masks, else those of all tables. A
    role with fewer placeholders than the images has one file for many of them; a table without any is a table
    of all.

    Raises
    ------
    UsageError
        Roles have no placeholder or no key in common, or one channel or mask file would serve all images.
    """
    base_kind = next(
        kind for kind in ("channel", "mask", "table") if any(role.kind == kind for role in roles)
    )
    base = [role for role in roles if role.kind == base_kind]
    reference = max(base, key=lambda role: len(role.names))
    views = [_View(role, reference) for role in roles]
    keys: dict[Key, None] = {}
    for view in views:
        if view.role.kind == base_kind and view.full:
            view.spell_as(keys.keys())
            keys.update(dict.fromkeys(view.files))
    for view in views:
        view.spell_as(keys.keys() if view.full else dict.fromkeys(map(view.part, keys)).keys())
    ordered = _in_order(keys)
    for view in views:
        _check_common(view, ordered, reference)
    texts = _unique_texts(ordered, reference)
    layers = list(dict.fromkeys(role.name for role in roles if role.kind in ("mask", "table")))
    batch = Batch(
        name=name,
        root=root,
        images=[],
        placeholders=list(reference.names),
        channels=[role.name for role in roles if role.kind == "channel"],
        layers=layers,
        source=options,
    )
    for view in views:
        if view.role.kind == "table" and not view.role.names and len(ordered) > 1:
            batch.shared_tables[view.role.name] = Path(next(iter(view.role.files.values())))
    nowhere = [None] * len(ordered)
    files: dict[FileKind, dict[str, FileTexts]] = {"channels": {}, "masks": {}, "tables": {}}
    for view in views:
        shared = view.role.kind == "table" and view.role.name in batch.shared_tables
        files[_FIELDS[view.role.kind]][view.role.name] = nowhere if shared else view.column(ordered)
    values = [[key[at] for key in ordered] for at in range(len(reference.names))]
    values = [texts if column == texts else column for column in values]  # one list for both
    batch.images = ImageColumns(texts, dict(zip(reference.names, values, strict=True)), files)
    batch.unmatched.extend(_unmatched(views, batch, ordered))
    batch.assumptions.extend(filter(None, (view.spelled() for view in views)))
    return batch


def _in_order(keys: Collection[Key]) -> list[Key]:
    """In the order of their names; parts that many have (wells, sites) are looked at once."""
    parts = list(chain.from_iterable(keys))
    digits = "".join(parts)
    numbers = digits.isdecimal() and digits.isascii() and "" not in parts
    number_or_text: Callable[[str], int | str] = natural_key
    if numbers and max(map(len, parts)) < _FEW_DIGITS:
        number_or_text = int
    one_each = len(parts) == len(keys)
    known = {} if one_each else {part: number_or_text(part) for part in set(parts)}
    del parts, digits
    if one_each:
        return sorted(keys, key=lambda key: number_or_text(key[0]))
    return sorted(keys, key=lambda key: [known[part] for part in key])


class _View:
    """The files of a role, by the part of the image's key that the role knows."""

    def __init__(self, role: RoleFiles, reference: RoleFiles) -> None:
        self.role = role
        self.positions = _positions(role, reference)
        self.full = len(self.positions) == len(reference.names)
        self.files = role.files
        self._otherwise: dict[Key, Key] = {}
        if self.full and self.positions != tuple(range(len(self.positions))):
            order = sorted(range(len(self.positions)), key=lambda i: self.positions[i])
            self.files = {tuple(key[i] for i in order): path for key, path in role.files.items()}
            self.positions = tuple(sorted(self.positions))

    def spell_as(self, keys: Set[Key]) -> None:
        """Spell the keys of the files as those of the images are, where only these can be meant."""
        if not keys or self.files.keys() <= keys:
            return
        known = counterparts(self.files, keys, _spelling)
        left = [own for own in self.files if own not in known]
        if left:  # a wildcard took a separator that another pattern has outside of it
            taken = set(known.values())
            known |= counterparts(left, [key for key in keys if key not in taken], _without_ends)
        if len(known) == len(self.files) and all(key == own for own, key in known.items()):
            return
        self._otherwise |= {own: key for own, key in known.items() if own != key}
        self.files = {known.get(own, own): path for own, path in self.files.items()}

    def spelled(self) -> str:
        """Which keys were taken for which, as a sentence; empty if all are the same text."""
        if not self._otherwise:
            return ""
        pairs = [f"{'/'.join(own)!r} for {'/'.join(key)!r}" for own, key in self._otherwise.items()]
        more = f" … ({len(pairs)} in all)" if len(pairs) > 4 else ""
        return f"{self.role.said} spells names otherwise, taken for the same: {', '.join(pairs[:4])}{more}"

    def part(self, key: Key) -> Key:
        """The part of an image's key that this role's files are named by."""
        return key if self.full else tuple(key[position] for position in self.positions)

    def column(self, keys: Sequence[Key]) -> FileTexts:
        """The file for the image of each key."""
        return list(map(self.files.get, keys if self.full else map(self.part, keys)))


def _spelling(key: Key) -> Key:
    return tuple(map(name_key, key))


def _without_ends(key: Key) -> Key:
    return tuple(name_key(part.strip(_SEPARATORS)) for part in key)


def _positions(role: RoleFiles, reference: RoleFiles) -> tuple[int, ...]:
    """Where each part of the role's key is in the reference's key."""
    if role.named and reference.named:
        if set(role.names) <= set(reference.names):
            return tuple(reference.names.index(name) for name in role.names)
        raise UsageError(
            f"{role.said} has {_braces(role.names)}, but {reference.said} has {_braces(reference.names)}: "
            "use the same placeholder names for the same parts of the file names"
        )
    if len(role.names) in (0, len(reference.names)):
        return tuple(range(len(role.names)))
    raise UsageError(
        f"{role.said} has {len(role.names)} varying parts, but {reference.said} has {len(reference.names)}: "
        "use {placeholders} with the same names in both, such as {well}"
    )


def _braces(names: Sequence[str]) -> str:
    return ", ".join("{" + name + "}" for name in names) or "no placeholder"


def _check_common(view: _View, keys: Sequence[Key], reference: RoleFiles) -> None:
    role = view.role
    if not role.names:
        if len(keys) > 1 and role.kind != "table":
            raise UsageError(
                f"{role.said} is one file, but {reference.said} finds {len(keys)} images: "
                "put a placeholder such as {well} where the names differ"
            )
        return
    if not any(view.part(key) in view.files for key in keys):
        raise UsageError(
            f"{role.said} and {reference.said} have no image in common: "
            f"the first finds {_some(role.files)}, the second {_some(reference.files)} "
            f"for {_braces(reference.names)}; "
            "the varying parts have to be the same text"
        )


def _some(keys: dict[Key, str]) -> str:
    texts = sorted(("/".join(key) for key in keys), key=natural_key)
    return ", ".join(repr(text) for text in texts[:4]) + (
        f" … ({len(texts)} in all)" if len(texts) > 4 else ""
    )


def _unique_texts(keys: Sequence[Key], reference: RoleFiles) -> list[str]:
    plain = list(map("/".join, keys))
    different = set(plain)
    empty = {"/" * slashes for slashes in range(len(reference.names) + 1)}
    if len(different) == len(plain) and different.isdisjoint(empty):
        return plain
    taken: set[str] = set()
    out = []
    for key, text in zip(keys, plain, strict=True):
        if not text.strip("/"):
            path = reference.files.get(key)
            text = Path(path).stem if path is not None else "image"
        out.append(unique_name(text, taken))
        taken.add(out[-1])
    return out


def _unmatched(views: Sequence[_View], batch: Batch, keys: Sequence[Key]) -> Iterator[Unmatched]:
    for view in views:
        role = view.role
        if role.kind == "table" and role.name in batch.shared_tables:
            continue
        parts = keys if view.full else list(map(view.part, keys))
        why = "no mask for this image" if role.kind == "mask" else "no such file for this image"
        texts = batch.files(_FIELDS[role.kind], role.name)
        missing = [at for at, text in enumerate(texts) if text is None] if None in texts else []
        for at in missing:
            yield Unmatched(role.role, None, batch.key(at), why)
        if view.full and len(view.files) == len(parts) - len(missing):
            continue
        left = view.files.keys() - set(parts)
        for part in sorted(left, key=lambda key: [natural_key(text) for text in key]):
            yield Unmatched(role.role, Path(view.files[part]), "/".join(part), "no image with this key")


def fill_dialects(
    batch: Batch,
    header: Callable[[Path], Sequence[str]],
    tries: int = 3,
    said: Callable[[Path], tuple[str, str]] = lambda path: ("", ""),
) -> None:
    """Recognise the dialect of each layer's table from the header of one of its files.

    `said` gives the columns with labels and images that a file names itself, "" for none; what the person says counts
    more.

    Broken files are passed over (at most `tries`); a layer whose tables are all broken is read as generic
    later.
    """
    from tuiqc.dataset.dialects import recognise
    from tuiqc.errors import InputError

    for layer in [one for one in batch.layers if one not in batch.dialects]:
        paths = [batch.shared_tables[layer]] if layer in batch.shared_tables else []
        paths += islice(paths_of(batch.images, "tables", layer), tries * 50)
        for path in dict.fromkeys(paths):
            if tries <= 0:
                break
            try:
                columns = header(path)
                label, image = said(path)
            except InputError:
                continue
            override = batch.source.dialect_for(layer)
            choice = recognise(columns, override, layer)
            if label in columns and not (override and ":" in override):
                choice = replace(choice, label_column=label)
            if image in columns and choice.image_column is None:
                choice = replace(choice, image_column=image)
            batch.dialects[layer] = choice
            break


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
