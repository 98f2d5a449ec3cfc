"""Who has an annotation file: a lock file beside it that also works on network folders.

`<csv>.lock` is a JSON object that says who: host, user, process, since when. It is written whole to a name of
its own and hard-linked to the lock's name, which succeeds for one process only, on NFS too (open(2) of Linux
recommends this; flock and fcntl locks are not kept everywhere). Where links are impossible the file is created
with O_EXCL.

A lock of a process of this machine that is gone (no such process, one that started at another time, another
boot) is taken over. Nobody can tell from here whether a process of another host or container still runs: such a
lock is respected, and only taken by somebody who says so.
"""

from __future__ import annotations

import contextlib
import errno
import getpass
import json
import os
import secrets
import socket
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import Any

from tuiqc.errors import TuiqcError
from tuiqc.files import atomic as disk
from tuiqc.files.exclusion import exclusive, take_away
from tuiqc.files.safe import read_safely
from tuiqc.qc.record import utc_now
from tuiqc.text import printable


@dataclass(frozen=True, slots=True)
class LockOwner:
    """Who holds a lock; texts are "" and numbers 0 where unknown.

    `host` is the name of the machine, `machine` its /etc/machine-id, `boot` the id of its present boot,
    `namespace` that of the process ids (containers have their own), `pid` the process and `started` its start
    time in clock ticks since the boot, `user` the login name, `since` when the lock was taken (UTC, ISO 8601).
    """

    host: str = ""
    machine: str = ""
    boot: str = ""
    namespace: str = ""
    pid: int = 0
    started: int = 0
    user: str = ""
    since: str = ""
    token: str = ""

    @property
    def here(self) -> bool:
        """Whether it is of this machine, so that one can tell if its process still runs."""
        return (self.host, self.machine) == (socket.gethostname(), _text("/etc/machine-id"))

    @property
    def alive(self) -> bool | None:
        """Whether the process still runs; None if that can't be told from here."""
        if not self.here or not 0 < self.pid <= _LAST_PID:
            return None
        if self.boot != _boot():
            return False
        if self.namespace != _namespace():
            return None
        if self.pid == os.getpid():
            return True
        try:
            os.kill(self.pid, 0)
        except ProcessLookupError:
            return False
        except OSError:
            pass  # it runs, and is somebody else's
        started = _started(self.pid)
        return not (started and self.started and started != self.started)

    def describe(self) -> str:
        """Return "ann on host7 (process 4711, since 2026-11-22 17:00 UTC)"; safe to print."""
        since = self.since[:16].replace("T", " ")
        who = f"{self.user or 'somebody'} on {self.host or 'an unknown host'}"
        return printable(f"{who} (process {self.pid or '?'}" + (f", since {since} UTC)" if since else ")"))


def this_process() -> LockOwner:
    """Return what a lock of this process says, with a token of its own."""
    try:
        user = getpass.getuser()
    except (OSError, KeyError, ImportError):
        user = str(os.getuid())
    return LockOwner(
        socket.gethostname(),
        _text("/etc/machine-id"),
        _boot(),
        _namespace(),
        os.getpid(),
        _started(os.getpid()),
        user,
        utc_now(),
        secrets.token_hex(8),
    )


def owner_of(values: object) -> LockOwner:
    """Return the holder that a JSON object describes; what is missing or of the wrong kind stays unknown."""
    if not isinstance(values, dict):
        return LockOwner()
    known: dict[str, Any] = {}
    for field in fields(LockOwner):
        value = values.get(field.name)
        if type(value) is type(field.default):
            known[field.name] = value
    return LockOwner(**known)


def _text(path: str) -> str:
    try:
        return Path(path).read_text("ascii").strip()
    except (OSError, ValueError):
        return ""


def _boot() -> str:
    return _text("/proc/sys/kernel/random/boot_id")


def _namespace() -> str:
    try:
        return str(Path("/proc/self/ns/pid").readlink())
    except OSError:
        return ""


def _started(pid: int) -> int:
    """Start time of a process, field 22 of /proc/PID/stat (proc(5)); 0 where that can't be had."""
    try:
        after_name = Path(f"/proc/{pid}/stat").read_bytes().rpartition(b")")[2].split()
        return int(after_name[19])
    except (OSError, ValueError, IndexError):
        return 0


_TRIES = 50
_MOST_BYTES = 1 << 16
_LAST_PID = 2**31 - 1
_NEW = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC
_NO_LINKS = (errno.EPERM, errno.ENOTSUP, errno.ENOSYS, errno.EMLINK)


class LockedError(TuiqcError):
    """Somebody else has the annotation file open; `path` is the CSV, `holder` says who.

    What can be done: open it for reading only, name another file, or (when that session is known to be
    gone) take the lock.
    """

    def __init__(self, path: Path, holder: LockOwner) -> None:
        self.path, self.holder = path, holder
        gone = "" if holder.alive else " If that session is gone, the lock can be taken over."
        super().__init__(
            printable(
                f"{path} is open in a session of {holder.describe()}. Open it for reading only, or name "
                f"another file with --annotations.{gone}"
            )
        )


class LockLostError(OSError):
    """The lock is somebody else's now: what this session decides must not go into their file."""


def lock_path(csv: Path) -> Path:
    """Return the lock file that belongs to the annotation CSV: its name with ".lock" added."""
    return csv.with_name(csv.name + ".lock")


def read_holder(path: Path) -> LockOwner | None:
    """Return who holds the lock file at `path`; None if there is none, an unknown holder if it is damaged."""
    try:
        data = read_safely(path, _MOST_BYTES)
    except FileNotFoundError:
        return None
    try:
        return owner_of(json.loads(data))
    except (ValueError, RecursionError):
        return LockOwner()


class Lock:
    """The lock of one CSV, held by this process. Made by `acquire`."""

    def __init__(self, csv: Path) -> None:
        self.csv, self.path = csv, lock_path(csv)
        self.holder = this_process()
        self._file = (0, 0, 0)

    @property
    def held(self) -> bool:
        """Whether the lock file still is the one of this process."""
        try:
            found = os.lstat(self.path)
        except OSError:
            return False
        return _identity(found) == self._file

    def ensure(self) -> None:
        """Take the lock again if its file vanished.

        Raises
        ------
        LockLostError
            If somebody else has it now.
        OSError
            If the lock file can't be written.
        """
        if self.held:
            return
        holder = read_holder(self.path)
        if holder is not None and holder.token == self.holder.token:
            self._file = _identity(self.path.lstat())  # a network folder may put the time right later
            return
        try:
            self._take(steal=False, own=False)
        except LockedError as error:
            who = error.holder.describe()
            raise LockLostError(errno.EBUSY, f"taken over by {who}", str(self.csv)) from error

    def release(self) -> None:
        """Remove the lock file if it is ours; failing to is no error (it will be found stale)."""
        with contextlib.suppress(OSError):
            if self.held:
                take_away(self.path, lambda file: _identity(file.lstat()) == self._file)

    def _take(self, steal: bool, own: bool = True) -> None:
        """Make the lock file in the place of a dead process's; of this one's if `own`, of anybody's if `steal`."""
        for _ in range(_TRIES):
            if self._link(self.path):
                return
            holder = read_holder(self.path)
            if holder is None:
                continue
            ours = own and holder.alive is True and holder.pid == os.getpid()
            if not (steal or ours or holder.alive is False):
                raise LockedError(self.csv, holder)
            self._remove(holder)
        raise LockedError(self.csv, read_holder(self.path) or LockOwner())

    def _remove(self, stale: LockOwner) -> None:
        """Take the lock of `stale` away, unless another process was faster."""

        def is_it(file: Path) -> bool:
            now = read_holder(file)
            return now is None or now.token == stale.token

        with exclusive(self.path.parent):
            take_away(self.path, is_it)

    def _link(self, name: Path) -> bool:
        """Make the file `name` with our facts; False if it is there already. Remembers which file it is."""
        data = json.dumps(asdict(self.holder)).encode("ascii")
        disk.passes("link", name)
        own = name.with_name(f".{name.name}.{secrets.token_hex(8)}")
        handle = os.open(own, _NEW, 0o644)
        try:
            disk.write_all(handle, data, own)
            try:
                os.link(own, name)
            except FileExistsError:
                # NFS may say so when the answer to the first try was lost: the count of links tells.
                if os.fstat(handle).st_nlink != 2:
                    return False
            except OSError as error:
                if error.errno not in _NO_LINKS:
                    raise
                return self._create(name, data)
            found = os.fstat(handle)
        finally:
            os.close(handle)
            own.unlink(missing_ok=True)
        self._remember(name, found)
        return True

    def _create(self, name: Path, data: bytes) -> bool:
        try:
            handle = os.open(name, _NEW, 0o644)
        except FileExistsError:
            return False
        try:
            disk.write_all(handle, data, name)
            self._remember(name, os.fstat(handle))
        finally:
            os.close(handle)
        return True

    def _remember(self, name: Path, found: os.stat_result) -> None:
        if name == self.path:
            self._file = _identity(found)


def _identity(found: os.stat_result) -> tuple[int, int, int]:
    # The time too: the inode of a file that was removed is soon given to another one.
    return found.st_dev, found.st_ino, found.st_mtime_ns


def acquire(csv: Path, *, steal: bool = False) -> Lock:
    """Take the lock of the CSV; a stale one, and one that this very process left, is taken over.

    Raises
    ------
    LockedError
        If somebody else has it and `steal` is false.
    OSError
        If the lock file can't be written.
    """
    lock = Lock(csv)
    lock._take(steal)
    return lock
