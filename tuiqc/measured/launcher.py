"""What a launcher of work is: it hands tasks to processes and tells what became of each."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Protocol

from tuiqc.measured.chunk_work import ChunkDone, ChunkTask

Work = Callable[[ChunkTask], ChunkDone]


@dataclass(frozen=True)
class Ended:
    """What became of a task.

    Attributes
    ----------
    done
        What came of it, None if it failed.
    killed
        Whether its process died with it, alone, more than once.
    fault
        What went wrong, in words.
    """

    task: ChunkTask
    done: ChunkDone | None = None
    killed: bool = False
    fault: str = ""


class Launcher(Protocol):
    """Hands out tasks: local processes or Dask; one more is one more class with these three."""

    @property
    def words(self) -> str:
        """Who works: "4 processes"."""
        ...

    def results(self, todo: deque[ChunkTask], work: Work) -> Iterator[Ended]:
        """Yield what becomes of each task, in any order; more may be put into `todo` meanwhile."""
        ...

    def close(self) -> None:
        """End all work at once; what is half-done is nowhere to be seen."""
        ...
