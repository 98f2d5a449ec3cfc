"""What the user asked to open: folders, tables and patterns, from the command line or a TOML file."""

from __future__ import annotations

import errno
import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tuiqc.errors import InputError
from tuiqc.pixels.zarr_store import is_remote

Named = tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class SourceOptions:
    """What to open.

    Attributes
    ----------
    sources
        Folders, object tables, image files, or one TOML file written by `to_toml`.
    images, labels, tables
        `(name, pattern)` of each channel, object layer and table; the name is "" where none was given.
        See `tuiqc.dataset.discover.pattern` for what a pattern can be.
    data_root
        Where to look for the files that a table names.
    image_columns, label_columns
        Columns of an objects table that name the images and the masks (`FileName_DNA` or just `DNA`).
    dialects
        Layer (or "" for all) and the name of the dialect its table is to be read as; `generic:COLUMN` names
        the column with the labels.
    axes
        Channel or layer (or "" for all) and the axes of its files in their order, such as "tzyxc".
    units
        Layer of polygons (or "" for all) and what its coordinates are, see `tuiqc.pixels.polygons.polygon_layer`.
    by_colour
        Layers in whose masks each colour is a label.
    columns
        `(layer, file)` of tables with more columns for the objects of a layer ("" for the layer that the file's
        name speaks of); see `tuiqc.dataset.more_columns` for what a file can be.
    fields
        Names of the images of a well that are wanted, where there are several (OME-Zarr); all where it is empty.
    base_dir
        What relative paths start from.
    cache
        Whether parsed tables may be taken from and put into the user's cache. Not kept in the TOML.
    afresh
        Whether the patterns that a folder was opened with before are to be forgotten. Not kept in the TOML.
    measured
        A folder that `tuiqc measure` has written, in place of the one beside the data. Not kept in the TOML.
    kept_in
        The file that the options were read from, None if they were said otherwise.
    """

    sources: tuple[str, ...] = ()
    images: Named = ()
    labels: Named = ()
    tables: Named = ()
    data_root: str | None = None
    image_columns: tuple[str, ...] = ()
    label_columns: tuple[str, ...] = ()
    dialects: Mapping[str, str] = field(default_factory=dict)
    axes: Mapping[str, str] = field(default_factory=dict)
    units: Mapping[str, str] = field(default_factory=dict)
    by_colour: tuple[str, ...] = ()
    columns: Named = ()
    fields: tuple[str, ...] = ()
    base_dir: Path = field(default_factory=Path.cwd)
    cache: bool = True
    afresh: bool = False
    measured: str | None = None
    kept_in: Path | None = field(default=None, compare=False)

    def resolve(self, text: str) -> Path:
        """Return the path that `text` means: `~` expanded, relative to `base_dir`; an address stays one."""
        if is_remote(text):
            return Path(text)
        try:
            path = self.base_dir / Path(text).expanduser()
            path.lstat()
        except (ValueError, RuntimeError) as error:  # a NUL, or the home of somebody who is not known here
            raise InputError(f"can't be a file name ({error})", path=text) from None
        except OSError as error:
            if error.errno == errno.ENAMETOOLONG:
                raise InputError(f"can't be a file name ({error.strerror})", path=f"{text[:60]}…") from None
        return path

    def dialect_for(self, layer: str) -> str | None:
        """Name of the dialect that the user wants for `layer`, or None to recognise it."""
        return self.dialects.get(layer) or self.dialects.get("") or None

    def to_toml(self, path: Path, into: Path | None = None) -> None:
        """Write the options to `path` (replaced in one step); paths below its folder are kept relative to it.

        With `into` they are written there, for a file that takes the place of `path` later.

        Raises
        ------
        InputError
            The file can't be written.
        """
        import tomlkit

        from tuiqc.files import replacing

        document = tomlkit.document()
        document.add(tomlkit.comment("A batch for tuiqc; open it with: tuiqc open THIS_FILE"))
        for name, value in self.document(path.expanduser().absolute().parent).items():
            document[name] = tomlkit.item(value)
        with replacing((into or path).expanduser()) as temporary:
            temporary.write_text(tomlkit.dumps(document), "utf-8", "surrogateescape")

    def document(self, folder: Path) -> dict[str, Any]:
        """The options as lists and tables of texts; paths below the folder are relative to it."""
        document: dict[str, Any] = {"sources": [self._kept(text, folder) for text in self.sources]}
        if self.data_root is not None:
            document["data_root"] = self._kept(self.data_root, folder)
        for name in ("image_columns", "label_columns", "by_colour", "fields"):
            if getattr(self, name):
                document[name] = list(getattr(self, name))
        for name in _NAMED:
            if entries := getattr(self, name):
                document[name] = [
                    {"name": given, "pattern": self._kept(pattern, folder)} for given, pattern in entries
                ]
        if self.dialects:
            document["dialects"] = dict(self.dialects)
        if self.axes:
            document["axes"] = dict(self.axes)
        if self.units:
            document["units"] = dict(self.units)
        return document

    def absolute(self, text: str) -> str:
        """Return a path or pattern that no longer depends on `base_dir`; the text of a pattern is kept."""
        if is_remote(text):
            return text
        prefix, body = _split_prefix(text)
        body = os.path.expanduser(body)  # noqa: PTH111 - a pattern is not a path: `Path` would change its text
        return prefix + (body if body.startswith("/") else f"{_folder_text(self.base_dir.absolute())}{body}")

    def _kept(self, text: str, folder: Path) -> str:
        """`text` as a path from `folder` if it is below it, else absolute."""
        prefix, full = _split_prefix(self.absolute(text))
        below = _folder_text(folder)
        if full.rstrip("/") in (below.rstrip("/"), below + "."):
            return "."
        return prefix + (full[len(below) :] if full.startswith(below) else full)

    @classmethod
    def from_toml(cls, path: Path) -> SourceOptions:
        """Read what `to_toml` wrote; relative paths start from the folder of `path`.

        Raises
        ------
        InputError
            The file is missing, is not TOML, or has other keys or types than tuiqc writes.
        """
        from tuiqc.files import read_toml

        path = path.expanduser()
        # File names may be no text: their bytes come and go as they are.
        return cls.from_document(read_toml(path, errors="surrogateescape"), path, path.absolute().parent)

    @classmethod
    def from_document(cls, raw: Mapping[str, Any], path: Path, folder: Path) -> SourceOptions:
        """What `document(folder)` gave, read from a file at `path`. Raises InputError as `from_toml`."""
        known = {*_TEXT_LISTS, *_NAMED, "data_root", *_TABLES}
        if unknown := sorted(raw.keys() - known):
            raise InputError(
                f"unknown setting {', '.join(unknown)}",
                path=path,
                expected=f"only {', '.join(sorted(known))}",
            )
        values: dict[str, Any] = {name: _texts(raw.get(name, []), name, path) for name in _TEXT_LISTS}
        values |= {name: _named(raw.get(name, []), name, path) for name in _NAMED}
        if "data_root" in raw:
            values["data_root"] = _texts([raw["data_root"]], "data_root", path)[0]
        for name, noun in _TABLES.items():
            values[name] = raw.get(name, {})
            if not isinstance(values[name], dict) or not all(
                isinstance(value, str) for value in values[name].values()
            ):
                raise InputError(f"`{name}` is not a table of {noun}", path=path)
        return cls(**values, base_dir=folder.absolute(), kept_in=path.absolute())


_TEXT_LISTS = ("sources", "image_columns", "label_columns", "by_colour", "fields")
_TABLES = {"dialects": "names", "axes": "axes", "units": "units"}
_NAMED = ("images", "labels", "tables", "columns")


def _texts(value: Any, name: str, path: Path) -> tuple[str, ...]:
    if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
        raise InputError(
            f"`{name}` is not text", path=path, expected="text in quotes (a list where there are several)"
        )
    return tuple(value)


def _named(value: Any, name: str, path: Path) -> Named:
    def fits(item: Any) -> bool:
        return (
            isinstance(item, dict)
            and isinstance(item.get("pattern"), str)
            and isinstance(item.get("name", ""), str)
        )

    if not isinstance(value, list) or not all(fits(item) for item in value):
        raise InputError(f"`{name}` is not a list of `name` and `pattern`", path=path)
    return tuple((item.get("name", ""), item["pattern"]) for item in value)


def _split_prefix(text: str) -> tuple[str, str]:
    for prefix in ("regex:", "glob:"):
        if text.startswith(prefix):
            return prefix, text[len(prefix) :]
    return "", text


def _folder_text(folder: Path) -> str:
    text = os.path.normpath(folder)
    return text if text.endswith("/") else text + "/"


def is_batch_file(path: Path) -> bool:
    """Whether a file is one that `SourceOptions.to_toml` wrote, or one like it."""
    try:
        SourceOptions.from_toml(path)
    except InputError:
        return False
    return True
