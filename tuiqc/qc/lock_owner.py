"""Who a process is, and whether it still runs: what a lock file says about its holder."""

from __future__ import annotations

import getpass
import os
import secrets
import socket
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

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
        if not self.here or self.pid <= 0:
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
