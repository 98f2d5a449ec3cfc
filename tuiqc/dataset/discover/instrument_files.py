"""Proposes channels, masks and tables of a folder by the file names that the usual plate microscopes give.

The key of an image is (plate, well, site) as far as these differ between files; wells are written `A01` whatever
the instrument writes. Files that differ in t and z only are one image (`tuiqc.pixels.sequence`). A mask or table
belongs to the image whose file it is named after, with or without the channel:
`r01c02f03p01-ch1sk1fk1fl1_cp_masks.tif` and `P1_A01_s1_nuclei.csv`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from tuiqc.dataset.discover.found_files import MASK_ENDINGS, SEPARATOR, TABLE_ENDINGS, TIME_FOLDER, FoundFile
from tuiqc.dataset.discover.pattern import AXES
from tuiqc.dataset.discover.role_files import RoleFiles
from tuiqc.dataset.plates.instruments import FIELDS, Instrument, recognise
from tuiqc.dataset.words import best_layer, same_thing

_LAST_LETTERS = re.compile(r"[A-Za-z]*$")

Key = tuple[str, ...]


@dataclass
class InstrumentFiles:
    """What was found.

    Attributes
    ----------
    instrument
        Whose convention the names follow.
    roles
        Channels, masks and tables with their keys.
    patterns
        (kind, name, pattern) of each role, to be shown.
    unused
        Files that belong to nothing, with the reason.
    """

    instrument: Instrument
    roles: list[RoleFiles] = field(default_factory=list)
    patterns: list[tuple[str, str, str]] = field(default_factory=list)
    unused: list[tuple[Path, str]] = field(default_factory=list)


def by_instrument(
    channels: Sequence[FoundFile], masks: Sequence[FoundFile], tables: Sequence[FoundFile]
) -> InstrumentFiles | None:
    """Return the roles of the files of one folder, None if their names follow no instrument's convention."""
    stems = [file.stem.rpartition("/")[2] for file in channels]
    instrument = recognise(stems)
    return None if instrument is None else _Sorting(instrument, channels, masks, tables).found


class _Sorting:
    def __init__(
        self,
        instrument: Instrument,
        channels: Sequence[FoundFile],
        masks: Sequence[FoundFile],
        tables: Sequence[FoundFile],
    ) -> None:
        self.found = InstrumentFiles(instrument)
        read = list(self._read(channels))
        values = {name: {said.get(name, "") for _, said in read} for name in FIELDS[:-1]}
        self.names = tuple(name for name in values if name == "well" or len(values[name]) > 1)
        self.files: dict[tuple[str, str], dict[Key, Path]] = {}
        self.heads: dict[str, Key | None] = {}
        for file, said in read:
            key = tuple(said.get(name, "") for name in self.names)
            self._place("channel", said["channel"], key, file.path)
            for head in self._heads(file):
                # What would be the name of two images (the same well of two plates) says nothing.
                self.heads[head] = key if self.heads.get(head, key) == key else None
        for file in masks:
            self._attach(file, "mask")
        self._attach_tables(tables)
        patterns = {role: self._pattern(*next(iter(files.items()))) for role, files in self.files.items()}
        self._as_sequences()
        self._finish(patterns)

    def _read(self, channels: Sequence[FoundFile]) -> Iterator[tuple[FoundFile, dict[str, str]]]:
        instrument = self.found.instrument
        for file in channels:
            folder, _, stem = file.stem.rpartition("/")
            said = instrument.read(stem)
            preview = bool(instrument.skip) and instrument.skip in stem
            if said is None or preview:
                why = "a preview" if preview else f"not named as those of {instrument.name}"
                self.found.unused.append((file.path, why))
                continue
            plate, _, last = folder.rpartition("/")
            if time := TIME_FOLDER.fullmatch(last):
                said.setdefault("t", time[1])
                folder = plate
            if folder:
                said["plate"] = folder
            said["channel"] = self._channel(stem, said.get("channel", ""))
            yield file, said

    def _channel(self, stem: str, text: str) -> str:
        """The channel with the letters that stand before its number: `ch1`, `w1`, `C01`."""
        if not text.isdigit():
            return text or "image"
        match = self.found.instrument.regex.fullmatch(stem)
        assert match is not None
        letters = _LAST_LETTERS.search(stem[: match.start("channel")])
        return (letters[0] if letters else "") + text

    def _heads(self, file: FoundFile) -> Iterator[str]:
        """How names begin that belong to the same image: its own name, and that without the channel."""
        folder, slash, stem = file.stem.rpartition("/")
        match = self.found.instrument.regex.fullmatch(stem)
        assert match is not None
        start = match.start("channel") if "channel" in match.groupdict() else -1
        short = _LAST_LETTERS.sub("", stem[:start]).rstrip("_-. ") if start > 0 else ""
        for text in filter(None, (stem, short)):
            yield f"{folder}{slash}{text}".casefold()
            if slash:  # masks may lie in a folder of their own
                yield text.casefold()

    def _place(self, kind: str, name: str, key: Key, path: Path) -> None:
        files = self.files.setdefault((kind, name), {})
        if key in files:
            self.found.unused.append((path, f"{files[key].name} is the same {kind}"))
        else:
            files[key] = path

    def _split(self, stem: str) -> tuple[Key, tuple[str, ...]] | None:
        """The image that a name begins with, and the words that are left."""
        for name in dict.fromkeys((stem, stem.rpartition("/")[2])):
            low = name.casefold()
            for size in range(len(low), 0, -1):
                key = self.heads.get(low[:size])
                if key is not None and (size == len(low) or not low[size].isalnum()):
                    return key, tuple(word for word in SEPARATOR.split(name[size:]) if word)
        return None

    def _attach(self, file: FoundFile, kind: str) -> None:
        split = self._split(file.stem)
        if split is None:
            self.found.unused.append((file.path, "it belongs to no image"))
            return
        key, words = split
        left = MASK_ENDINGS.cut(words)
        self._place(
            kind, "_".join(words if left is None else left) or file.layer or "objects", key, file.path
        )

    def _attach_tables(self, tables: Sequence[FoundFile]) -> None:
        layers = [name for kind, name in self.files if kind == "mask"]
        self.shared: dict[str, Path] = {}
        for file in tables:
            split = self._split(file.stem)
            if split is None:
                layer = best_layer("_".join(file.words), layers)
                if layer is not None and layer not in self.shared:
                    self.shared[layer] = file.path
                else:
                    self.found.unused.append((file.path, "it belongs to no image"))
                continue
            key, words = split
            for endings in (TABLE_ENDINGS, MASK_ENDINGS):
                left = endings.cut(words)
                words = words if left is None else left
            said = "_".join(words)
            known = next((name for name in layers if same_thing(name, said)), None) or best_layer(
                said, layers
            )
            self._place("table", known or said or (layers[0] if layers else "objects"), key, file.path)

    def _finish(self, patterns: dict[tuple[str, str], str]) -> None:
        ranks = {"channel": 0, "mask": 1, "table": 2}
        for (kind, name), files in self.files.items():
            pattern = patterns[kind, name]
            said = f"{kind} {name} ({pattern})"
            texts = {key: str(path) for key, path in files.items()}
            self.found.roles.append(RoleFiles(kind, name, self.names, False, texts, said))
            self.found.patterns.append((kind, name, pattern))
        for layer, path in self.shared.items():
            if ("table", layer) not in self.files:
                self.found.roles.append(
                    RoleFiles("table", layer, (), False, {(): str(path)}, f"table {layer} ({path.name})")
                )
                self.found.patterns.append(("table", layer, str(path)))
        tables = {name for kind, name in self.files if kind == "table"} | set(self.shared)
        self.found.roles.sort(
            key=lambda r: (ranks[r.kind], r.name not in tables, not same_thing(r.name, "nuclei"), r.name)
        )

    def _as_sequences(self) -> None:
        """Make the files of an image that differ in time and depth only one: a movie or a stack.

        They stay images of their own where the table of each is a file, or time is a folder or no number.
        """
        axes = [axis for axis in AXES if axis in self.names]
        if not axes or any(kind == "table" for kind, _ in self.files):
            return
        keep = [at for at, name in enumerate(self.names) if name not in axes]
        joined: dict[tuple[str, str], dict[Key, Path]] = {}
        for role, files in self.files.items():
            for key, path in files.items():
                spans = [span for span in self._spans(path) if span[2] in axes]
                if len(spans) < len(axes) or not all(path.name[a:b].isdecimal() for a, b, _ in spans):
                    return
                one = path.with_name(_with_placeholders(path.name, spans))
                if joined.setdefault(role, {}).setdefault(tuple(key[at] for at in keep), one) != one:
                    return
        self.files, self.names = joined, tuple(self.names[at] for at in keep)

    def _pattern(self, key: Key, path: Path) -> str:
        """A path with placeholders for what differs; the rest of a name after the image's is kept."""
        shown = [span for span in self._spans(path) if span[2] in (*self.names, "row", "column")]
        path = path.with_name(_with_placeholders(path.name, shown))
        of = dict(zip(self.names, key, strict=True))
        if "t" in of and (time := TIME_FOLDER.fullmatch(path.parent.name)):
            path = path.parent.with_name(path.parent.name[: time.start(1)] + "{t}") / path.name
        # The folder of a plate, or the one above that of its images.
        for folder in list(path.parents)[:2]:
            if folder.name and folder.name == of.get("plate"):
                return str(folder.with_name("{plate}") / path.relative_to(folder))
        return str(path)

    def _spans(self, path: Path) -> list[tuple[int, int, str]]:
        """Where in a file name each field stands: begin, end, name."""
        instrument = self.found.instrument
        for size in range(len(path.name), 0, -1):
            match = instrument.regex.fullmatch(path.name[:size])
            if match is not None and instrument.read(path.name[:size]) is not None:
                return [(*match.span(name), name) for name in match.re.groupindex if match[name] is not None]
        return []


def _with_placeholders(text: str, spans: Sequence[tuple[int, int, str]]) -> str:
    for start, stop, name in sorted(spans, reverse=True):
        text = f"{text[:start]}{{{name}}}{text[stop:]}"
    return text
