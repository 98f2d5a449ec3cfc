"""What every test has: folders for settings and state of its own, so that no test sees the user's or another's."""

from __future__ import annotations

import gc
import os
import sys
from pathlib import Path
from typing import Any

import pytest
from hypothesis import settings

# How long an example takes says how busy the machine is: no test fails for it.
settings.register_profile("suite", deadline=None, max_examples=25)
settings.register_profile("thorough", deadline=None, max_examples=100)
settings.load_profile("suite")

# Containers often forbid byte code: each of the programs that the tests start would compile all of it anew.
sys.dont_write_bytecode = False
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)


def in_memory() -> Path | None:
    """A folder in memory with room for what the tests write: on a disk a file that is written again is waited for."""
    place = Path("/dev/shm")
    if not place.is_dir() or not os.access(place, os.W_OK):
        return None
    facts = os.statvfs(place)
    room = facts.f_bavail * facts.f_frsize > 4_000_000_000
    return place if room and not facts.f_flag & os.ST_NOEXEC else None


if (place := in_memory()) and "PYTEST_DEBUG_TEMPROOT" not in os.environ:
    os.environ["PYTEST_DEBUG_TEMPROOT"] = str(place)

# As the program itself has it: threads of a linear algebra library beside those of the tests only wait for each other.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

# A run of the tests holds all that was ever imported: walking it as often as a program of its own would is a tenth of
# the processor's time.
gc.set_threshold(20_000, 20, 20)

LONG = ("test_the_code_is_clean[mypy", "test_leaving.py", "test_program.py", "test_qc_durability.py")
"""What takes longest begins first: no worker is left alone with it at the end."""


def pytest_configure(config: pytest.Config) -> None:
    """`make thorough` has more examples too."""
    if config.getoption("markexpr") != "not thorough":
        settings.load_profile("thorough")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Long ones first, the others as they stand."""
    items.sort(key=lambda item: not any(name in item.nodeid for name in LONG))


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Any:
    """A worker that has done its part takes tests from the other."""
    from xdist.scheduler import WorkStealingScheduling

    return WorkStealingScheduling(config, log)


@pytest.fixture(autouse=True)
def own_folders(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Settings, state and cache in a temporary folder; also for programs that the test starts."""
    place = tmp_path_factory.mktemp("own")
    for name in ("CONFIG", "STATE", "CACHE"):
        monkeypatch.setenv(f"TUIQC_{name}_DIR", str(place / name.lower()))
    monkeypatch.delenv("TUIQC_GRAPHICS", raising=False)
    return place
