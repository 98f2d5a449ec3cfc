"""The one way out: no output may be an input, and what is no plain file is written to or refused, never replaced.

Files are compared by identity (device and inode), so that a hard link, a symbolic link, another spelling of the case
or `..` in a path lead to the same file. What belongs to the annotations is kept free by its name too, since a journal
or a lock need not be there yet.

Names of files that are made from names of layers, images and inputs are safe, and no two the same.
"""

from __future__ import annotations

import contextlib
import errno
import os
import re
import shutil
import stat
import sys
import tempfile
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from typing import IO, TYPE_CHECKING

from tuiqc.errors import InputError, UsageError
from tuiqc.files import KnownFiles, replacing

if TYPE_CHECKING:
    from tuiqc.dataset.model import Batch

_DESCRIPTOR = re.compile(r"/dev/(?:fd/(\d+)|(stdin|stdout|stderr))|/proc/(?:self|\d+)/fd/(\d+)")
_STANDARD = {"stdin": 0, "stdout": 1, "stderr": 2}
_COLUMNS = b"level,image,layer,label,t,verdict,"
"""How an annotation file of ours begins."""


@dataclass(frozen=True)
class Inputs:
    """What a command reads and must leave as it is.

    Attributes
    ----------
    files
        Each file that is there.
    annotations
        Real paths of annotation files: nothing is written to them nor to the files beside them that belong to them
        (journal, lock, history, sample, …), whether those exist or not.
    """

    files: KnownFiles = field(default_factory=KnownFiles)
    annotations: frozenset[str] = frozenset()

    @classmethod
    def of(cls, files: Iterable[Path] = (), annotations: Iterable[Path] = ()) -> Inputs:
        """Inputs that are named one by one."""
        kept = list(annotations)
        return cls(KnownFiles((*files, *kept)), frozenset(map(_reserved, kept)))

    @classmethod
    def of_batch(
        cls, batch: Batch, annotations: Iterable[Path | None] = (), others: Iterable[str | None] = ()
    ) -> Inputs:
        """All files of a batch, its annotations (also those beside the data) and `others` that were named."""
        from tuiqc.dataset.batch_facts import kept_batches
        from tuiqc.qc.location import DEFAULT_NAME

        with_user = [csv for csv, _ in kept_batches()]
        kept = [batch.root / DEFAULT_NAME, Path.cwd() / DEFAULT_NAME, *with_user, *filter(None, annotations)]
        named = [Path(text).expanduser() for text in others if text]
        return cls.of((*_files_of(batch), *(path for path in named if path.is_file())), kept)

    def check(self, path: Path) -> None:
        """Refuse an output that is one of the inputs.

        Raises
        ------
        UsageError
            It is one, by whatever name.
        """
        if path in self.files or any(folder in self.files for folder in path.absolute().parents):
            raise UsageError(f"{path} is part of the input and stays as it is: name another output")
        name = _reserved(path)
        for kept in self.annotations:
            stem = kept.removesuffix(Path(kept).suffix)
            if name == kept or name.startswith((f"{kept}.", f"{stem}.changed", f"{stem}.conflicts")):
                raise UsageError(
                    f"{path} is part of the input (the annotations {Path(kept).name}) and stays as it is: "
                    "name another output"
                )


@dataclass(frozen=True)
class Output:
    """Where a command writes, and what it must not touch.

    Attributes
    ----------
    path
        A file, a pipe or a device; "-" and /dev/stdout are standard output.
    inputs
        What it must not be.
    suffixes
        What the name may end with (lower case, the first for what has no name); empty for anything.
    folders
        Whether missing folders are made.
    verdicts
        Whether it is a file with verdicts, as `merge` makes them: it may take the place of such a one, and of no other.
    ours
        Whether a file that is there may be replaced. None for anything but pictures that tuiqc did not draw: a folder
        may hold images that the command knows nothing of.
    """

    path: Path
    inputs: Inputs = field(default_factory=Inputs)
    suffixes: tuple[str, ...] = ()
    folders: bool = False
    verdicts: bool = False
    ours: Callable[[Path], bool] | None = None

    @property
    def suffix(self) -> str:
        """The ending that says what to write, in lower case."""
        if self.suffixes and is_stream(self.path):
            return self.suffixes[0]
        return self.path.suffix.casefold()

    def checked(self) -> Output:
        """Return this; asked before the long work begins.

        Raises
        ------
        UsageError
            An input, a folder, or a name that ends with something else than what is written.
        InputError
            A device that can't be written to, or there is no such folder.
        """
        path = self.path
        self.inputs.check(path)
        check_suffix(path, self.suffixes)
        if is_stream(path):
            return self
        mode = _mode(path)
        if mode is not None and stat.S_ISDIR(mode):
            raise UsageError(f"{path} is a folder: name a file in it")
        if mode is not None and not stat.S_ISREG(mode):
            raise InputError("is a device or a socket, which is not written to", path=path, expected="a file")
        parent = Path(os.path.realpath(path)).parent
        if not self.folders and not parent.is_dir():
            raise InputError(f"there is no folder {path.parent}", path=path)
        if parent.is_dir() and not os.access(parent, os.W_OK):
            raise InputError(f"the folder {path.parent} can't be written to", path=path)
        if not self.verdicts and _holds_verdicts(path):
            raise UsageError(f"{path} holds verdicts and stays as it is: name another output")
        if _size(path) and not self._replaces(path):
            raise UsageError(f"{path} is there and was not made by tuiqc: name another output, or remove it")
        return self

    def _replaces(self, path: Path) -> bool:
        from tuiqc.dataset.picture_mark import is_marked

        if self.ours is not None:
            return self.ours(path)
        if self.verdicts:
            return _holds_verdicts(path)
        return path.suffix.casefold() != ".png" or is_marked(path)

    @contextlib.contextmanager
    def writing(self, *, sync: bool = True) -> Iterator[Path]:
        """Give the name of a temporary file that takes the place of the output once all went well.

        A pipe or a device is not replaced: the finished file is copied into it.

        Raises
        ------
        UsageError, InputError
            As `checked`, or it can't be written.
        """
        self.checked()
        if is_stream(self.path):
            with _into_stream(self) as temporary:
                yield temporary
            return
        # As the shell's `>` does: a link stays, and what it leads to is written.
        target = Path(os.path.realpath(self.path))
        with replacing(target, folders=self.folders, sync=sync) as temporary:
            yield temporary


def _size(path: Path) -> int:
    try:
        return path.stat().st_size
    except OSError:
        return 0


def check_suffix(path: Path, suffixes: Sequence[str]) -> None:
    """Refuse a name that promises something else than what is written. Raises UsageError."""
    if not suffixes or is_stream(path):
        return
    if path.suffix.casefold() not in suffixes:
        *most, last = (suffix or "nothing" for suffix in suffixes)
        said = f"{', '.join(most)} or {last}" if most else last
        raise UsageError(f"{path}: the name must end with {said}, so that it is clear what to write")


def is_stream(path: Path) -> bool:
    """Whether a path is a pipe, a terminal or another device that takes bytes one after another."""
    if _descriptor(path) is not None:
        return True
    mode = _mode(path)
    return mode is not None and (stat.S_ISFIFO(mode) or stat.S_ISCHR(mode))


def is_standard_output(path: Path | None) -> bool:
    """Whether what is written goes where `print` writes: sentences then go to standard error."""
    return path is not None and _descriptor(path) == 1


def _descriptor(path: Path) -> int | None:
    """The descriptor of this process that a path means: such a file is not opened again, which would cut it."""
    if str(path) == "-":
        return 1
    found = _DESCRIPTOR.fullmatch(str(path))
    if found is None:
        return None
    return _STANDARD[found[2]] if found[2] else int(found[1] or found[3])


def _mode(path: Path) -> int | None:
    try:
        return path.stat().st_mode
    except (OSError, ValueError):
        return None


@contextlib.contextmanager
def _into_stream(output: Output) -> Iterator[Path]:
    handle, name = tempfile.mkstemp(prefix="tuiqc-", suffix=output.suffix)
    os.close(handle)
    temporary = Path(name)
    try:
        yield temporary
        with temporary.open("rb") as made, _opened(output.path, output.inputs) as stream:
            shutil.copyfileobj(made, stream, 1 << 20)
            stream.flush()
    except BrokenPipeError:  # the reader has gone, which is the reader's right
        raise
    except OSError as error:
        raise InputError(f"can't be written ({error.strerror or error})", path=output.path) from error
    finally:
        with contextlib.suppress(OSError):
            temporary.unlink()


def _opened(path: Path, inputs: Inputs) -> IO[bytes]:
    number = _descriptor(path)
    if number is None:
        try:
            # Without a reader a pipe would be waited for without end.
            handle = os.open(path, os.O_WRONLY | os.O_NONBLOCK | os.O_NOCTTY | os.O_CLOEXEC)
        except OSError as error:
            if error.errno == errno.ENXIO:
                raise InputError("is a pipe that nobody reads", path=path) from error
            raise
        os.set_blocking(handle, True)
        return os.fdopen(handle, "wb")
    if number == 1:
        sys.stdout.flush()
    if Path(f"/dev/fd/{number}") in inputs.files:
        raise UsageError(f"{path} is part of the input and stays as it is: name another output")
    return os.fdopen(os.dup(number), "wb")


def _reserved(path: Path) -> str:
    """A name by which a file is known that need not exist, the same on file systems that tell no case apart."""
    return os.path.realpath(path.expanduser()).casefold()


def _holds_verdicts(path: Path) -> bool:
    try:
        with path.open("rb") as stream:
            return stream.read(len(_COLUMNS) + 3).removeprefix(b"\xef\xbb\xbf").startswith(_COLUMNS)
    except OSError:
        return False


def _files_of(batch: Batch) -> Iterator[Path]:
    """Every file that a batch reads, those of a movie in many files too."""
    from tuiqc.dataset.image_columns import FileKind
    from tuiqc.dataset.more_options import columns_files

    seen: set[Path] = set()
    texts: set[str] = set()  # of 10^5 images
    roles: list[tuple[FileKind, str]] = [("channels", name) for name in batch.channels]
    roles += [(kind, name) for name in batch.layers for kind in ("masks", "tables")]
    for kind, name in roles:
        texts.update(text for text in batch.files(kind, name) if text is not None)
    seen.update(batch.shared_tables.values())
    seen.update(batch.frames)
    seen.update(entry.path for entry in columns_files(batch))
    seen.update(path for text in batch.source.sources if (path := batch.source.resolve(text)).is_file())
    if batch.source.kept_in is not None:
        seen.add(batch.source.kept_in)
    # Left over, but named as a file of the batch: its image may only be missing today.
    seen.update(
        entry.path
        for entry in batch.unmatched
        if entry.path is not None and entry.role.startswith(("channel ", "mask ", "table "))
    )
    for text in texts.union(map(str, seen)):
        path = Path(text)
        yield from _parts(path) if "{" in text else (path,)
        if ".zarr" in text.casefold():
            yield from (one for one in path.parents if one.name.casefold().endswith(".zarr"))


def _parts(path: Path) -> Iterable[Path]:
    from tuiqc.pixels.sequence import files_of, is_sequence

    if not is_sequence(path) or path.exists():
        return (path,)
    try:
        return files_of(path).values()
    except InputError:
        return ()


# What a path, a shell or another operating system would act on; other signs stay, letters of any script too.
_UNSAFE = re.compile(r'[\x00-\x1f\x7f/\\:*?"<>|]+')
_LONGEST = 200
"""Bytes: file systems take 255, and a temporary file needs some beside it."""


def safe_name(text: str) -> str:
    """Return `text` as one part of a path that leads nowhere else: no separators, not hidden, not empty."""
    name = _UNSAFE.sub("_", text).strip(" ").lstrip(".").rstrip(". ")
    while len(name.encode("utf-8", "surrogateescape")) > _LONGEST:
        stem, dot, suffix = name.rpartition(".")
        name = stem[:-1] + dot + suffix if dot and len(suffix) < 10 and stem else name[:-1]
    return name or "_"


class OutputNames:
    """Gives each file that is written a name below the output that no other one has, whatever the case."""

    def __init__(self) -> None:
        self._taken: set[str] = set()

    def free(self, *candidates: str) -> str:
        """Return the first of some relative paths that is free, else the last with "-2", "-3" … before its suffix.

        Each part is made safe; "." and ".." are no parts.
        """
        paths = [
            PurePosixPath(*(safe_name(part) for part in text.split("/") if part not in ("", ".", "..")))
            for text in candidates
        ]
        number = 1
        while True:
            for path in paths if number == 1 else paths[-1:]:
                named = path if number == 1 else path.with_name(f"{path.stem}-{number}{path.suffix}")
                if str(named).casefold() not in self._taken:
                    self._taken.add(str(named).casefold())
                    return str(named)
            number += 1
