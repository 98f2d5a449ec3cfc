"""Measuring and ranking beside a session: in a process of its own, so that the screen never waits for it.

Planes are measured in steps that keep Python's lock for longer than anybody bears who presses a key. The process lets
everything else go first and ends with its parent.
"""

from __future__ import annotations

import contextlib
import os
import pickle
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from typing import IO, TYPE_CHECKING, Any

from tuiqc.dataset.model import Batch, ImageRecord
from tuiqc.errors import TuiqcError

if TYPE_CHECKING:
    from tuiqc.triage.batch_ranking import Step
    from tuiqc.triage.image_suspicion import ImageSuspicion
    from tuiqc.triage.object_ranking import Ranking
    from tuiqc.triage.saved_model import SavedModel
    from tuiqc.triage.segmenter_scores import ScoreColumns
    from tuiqc.triage.track_moments import Moments
    from tuiqc.triage.verdicts import Verdicts

_NICE = 10
_RECORDS = 200
"""Images that are handed over at a time: what is pickled in one go stops the screen for as long."""


@dataclass(frozen=True)
class ImagesFound:
    """What is suspected of the images, which comes when all objects are ranked."""

    images: tuple[ImageSuspicion, ...]


@dataclass(frozen=True)
class RankingRequest:
    """What is to be ranked.

    Attributes
    ----------
    layer, other
        The object layer, and another one that is evidence too ("" for none).
    first
        Numbers of the images that are measured first.
    verdicts
        What is learned from.
    models
        What was learned from verdicts on earlier batches.
    scores
        What the segmenter said of its objects, as far as their table was read; None if it says nothing.
    moments
        What the tracks of movies say of their objects.
    """

    batch: Batch
    layer: str
    other: str = ""
    first: tuple[int, ...] = ()
    verdicts: Verdicts = field(default_factory=dict)
    models: tuple[SavedModel, ...] = ()
    scores: ScoreColumns | None = None
    moments: Moments = field(default_factory=dict)
    seed: int = 0

    def steps(self) -> Iterator[Step | ImagesFound]:
        """Measure and rank here, step by step; see `batch_ranking.rank_steps`. At the end the images."""
        from tuiqc.pixels import read_plane
        from tuiqc.triage.batch_ranking import rank_steps
        from tuiqc.triage.evidence_cache import evidence_cache
        from tuiqc.triage.image_suspicion import image_suspicions

        cache, ranking = evidence_cache(self.batch), None
        for step in rank_steps(
            self.batch,
            self.layer,
            read_plane,
            other=self.other,
            seed=self.seed,
            first=self.first,
            verdicts=lambda: self.verdicts,
            cache=cache,
            segmenter=None if self.scores is None else self.scores.by_object(),
            models=self.models,
            moments=self.moments,
        ):
            ranking = step.ranking or ranking
            yield step
        if ranking is not None and ranking.complete:
            yield ImagesFound(image_suspicions(ranking, cache=cache))


class RankingProcess:
    """Ranks in a process of its own; for one thread, which iterates over `steps`."""

    def __init__(self, request: RankingRequest) -> None:
        self._request = request
        command = [sys.executable, "-m", "tuiqc.triage.ranking_process"]
        self._process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
        )

    def steps(self) -> Iterator[Step | ImagesFound]:
        """Yield what comes; ends early when `stop` was called.

        Raises
        ------
        TuiqcError
            What went wrong there, in words.
        """
        try:
            yield from self._answers()
        except (EOFError, OSError, pickle.UnpicklingError):
            return  # stopped, or killed by somebody
        finally:
            self.stop()

    def _answers(self) -> Iterator[Step | ImagesFound]:
        request, there, answers = self._request, self._process.stdin, self._process.stdout
        assert there is not None
        assert answers is not None
        batch = request.batch
        bare = replace(
            batch, images=[], shared_tables={}, dialects={}, row_images={}, frames={}, kept_tables=None
        )
        _send(there, replace(request, batch=bare))
        for start in range(0, len(batch.images), _RECORDS):
            _send(there, batch.images[start : start + _RECORDS])
        _send(there, [])
        while True:
            step, trouble = pickle.load(answers)
            if trouble:
                raise TuiqcError(trouble)
            if step is None:
                return
            yield _changed(step, lambda ranking: _at_home(ranking, batch))

    def stop(self) -> None:
        """End it at once."""
        with contextlib.suppress(OSError):
            self._process.kill()
            self._process.wait()


def _send(stream: IO[bytes], value: Any) -> None:
    pickle.dump(value, stream, protocol=pickle.HIGHEST_PROTOCOL)
    stream.flush()


def _changed(step: Step | ImagesFound, change: Callable[[Ranking], Ranking]) -> Step | ImagesFound:
    """The same with another ranking, if it has one."""
    if isinstance(step, ImagesFound) or step.ranking is None:
        return step
    return replace(step, ranking=change(step.ranking))


def _for_travel(ranking: Ranking) -> Ranking:
    """With its scores worked out, which takes a while, and without the batch, which the parent has."""
    from tuiqc.measured.batch_planes import BatchPlanes

    batch = Batch("", ranking.batch.root, [], [], [], [])
    planes = BatchPlanes(batch, ranking.layer, ranking.other, ranking.planes.channels, ranking.planes.read)
    planes.problems |= ranking.planes.problems
    ranking.prepare()
    return replace(ranking, batch=batch, planes=planes)


def _at_home(ranking: Ranking, batch: Batch) -> Ranking:
    """The same with the batch of this process, ready to be asked."""
    home = replace(ranking, batch=batch, planes=replace(ranking.planes, batch=batch))
    home.prepare()
    return home


def serve() -> None:
    """Take a request from standard input, answer with its steps on standard output; what a process runs."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # ctrl+c is the parent's
    with contextlib.suppress(AttributeError, OSError):
        os.nice(_NICE)
    asked, answers = sys.stdin.buffer, sys.stdout.buffer
    sys.stdout = sys.stderr  # what a library prints is no answer
    with contextlib.suppress(EOFError, OSError):
        request: RankingRequest = pickle.load(asked)
        images: list[ImageRecord] = []
        while records := pickle.load(asked):
            images += records
        request.batch.images = images
        threading.Thread(target=_end_with, args=(asked,), daemon=True).start()
        end: tuple[Any, str] = (None, "")
        try:
            for step in request.steps():
                _send(answers, (_changed(step, _for_travel), ""))
        except TuiqcError as error:
            end = (None, str(error))
        except Exception as error:  # the session goes on without a ranking, and says why
            end = (None, f"{type(error).__name__}: {error}")
        _send(answers, end)


def _end_with(asked: IO[bytes]) -> None:
    """End when the parent is gone: then nobody can write here any more."""
    asked.read(1)
    os._exit(1)


if __name__ == "__main__":
    from tuiqc.triage import ranking_process  # not as `__main__`, whose classes nobody else knows

    ranking_process.serve()
