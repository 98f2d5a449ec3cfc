"""What the random sample says of the batch, computed anew after each verdict."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from tuiqc.review.changes import Changes
from tuiqc.review.session import Session
from tuiqc.ui.jobs import LONG, Cancelled, Jobs
from tuiqc.ui.status import Status


class SampleStatus:
    """Tells the failure rate with its interval, and whether the sampling can stop."""

    def __init__(
        self, session: Session, status: Status, jobs: Jobs, changed: Callable[[Changes], None]
    ) -> None:
        self._session, self._status, self._jobs, self._changed = session, status, jobs, changed
        self._stop_told = ""

    def follow(self) -> None:
        """Compute what the sample says, in a thread, and show it behind the counts."""
        queue, store = self._session.queue.active, self._session.store
        sample = queue.sample if queue is not None else None
        if queue is None or sample is None:
            return

        def compute(cancelled: Cancelled) -> dict[str, Any]:
            from tuiqc.exporters.verdict_statistics import sample_statistics

            return sample_statistics(sample, store, accept=queue.accept or None)

        self._jobs.latest("sampling", LONG, compute, self._known, lambda error: None)

    def _known(self, found: dict[str, Any]) -> None:
        simple, stop = found["simple"], found["accept"]
        text = ""
        if simple["rate"] is not None:
            text = f"failed {simple['rate']:.1%} ({simple['low']:.1%}-{simple['high']:.1%})"
        if stop is not None:
            text += f" · {stop['left']} more" if stop["state"] == "go on" else f" · {stop['state']}"
            if stop["state"] != "go on" and stop["state"] != self._stop_told:
                self._status.say(f"the sampling can stop, {stop['state']}: {stop['text']}")
            self._stop_told = stop["state"]
        self._status.sampled = text
        self._changed(Changes.PLACE)
