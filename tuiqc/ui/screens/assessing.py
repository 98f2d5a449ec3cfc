"""Assessing: the queue, the status of the batch, and who said what."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from tuiqc.qc.record import Subject
from tuiqc.review.session import Outcome
from tuiqc.ui.background import LONG
from tuiqc.ui.screens.reasoning import Reasoning
from tuiqc.ui.workers import refresh_in_thread

_POLL = 5.0
"""Seconds between two looks at the CSV."""

if TYPE_CHECKING:
    from tuiqc.exporters.population import Population
    from tuiqc.ui.screens.status_panel import StatusPanel


class Assessing(Reasoning):
    """Actions that tell how good the batch is."""

    _population: Population | None = None
    _sampled = ""
    _stop_told = ""

    # --- the queue

    def action_queue(self) -> None:
        """Walk the queue, or leave it."""
        session, queue = self.session, self.session.queue.given
        if queue is None:
            self.say("no queue here: tuiqc open --sample N draws a random sample")
            return
        if queue.level == "object" and session.layer != queue.layer:
            self.say(f"the {queue.kind} is of {queue.layer}: L changes the layer")
            return
        on = not session.queue_on
        session.walk_queue(on)
        if on:
            self.focus_pane(self.images_table if queue.level == "image" else self.objects_table)
        self.images_table.content_changed()
        self.objects_table.content_changed()
        self.say(
            f"{queue.kind} of {len(queue.subjects):,}: Q leaves it"
            if on
            else f"everything, {session.rows.order_name if session.rows else ''}: not the {queue.kind}"
        )
        self.tell_sampling()
        self.tell_chips()
        self.place_changed()

    def _decided(self, outcome: Outcome) -> bool:
        """After a verdict of the sample: what it says so far."""
        kept = super()._decided(outcome)
        self.tell_sampling()
        return kept

    def tell_sampling(self) -> None:
        """Compute what the random sample says, in a thread, and show it behind the counts."""
        queue, store = self.session.in_queue, self.session.store
        sample = queue.sample if queue is not None else None
        if queue is None or sample is None:
            return

        def compute(void: object) -> dict[str, Any]:
            from tuiqc.exporters.statistics import sample_statistics

            return sample_statistics(sample, store, accept=queue.accept or None)

        self.background.run("sampling", LONG, compute, self._sampling_known, lambda error: None)

    def _sampling_known(self, found: dict[str, Any]) -> None:
        simple, stop = found["simple"], found["accept"]
        self._sampled = ""
        if simple["rate"] is not None:
            self._sampled = f"failed {simple['rate']:.1%} ({simple['low']:.1%}-{simple['high']:.1%})"
        if stop is not None:
            self._sampled += f" · {stop['left']} more" if stop["state"] == "go on" else f" · {stop['state']}"
            if stop["state"] != "go on" and stop["state"] != self._stop_told:
                self.say(f"the sampling can stop, {stop['state']}: {stop['text']}")
            self._stop_told = stop["state"]
        self.tell_progress()

    def progress_detail(self, counts: Mapping[str, int]) -> str:
        """In the random sample: its failure rate with the interval; elsewhere nothing is claimed of the batch."""
        queue = self.session.in_queue
        if queue is None or queue.sample is None:
            return super().progress_detail(counts)
        return self._sampled

    # --- status

    def action_status(self) -> None:
        """How good is the batch."""
        from tuiqc.ui.screens.status_panel import StatusPanel

        self.app.push_screen(StatusPanel(self.session.batch.placeholders, self._ask_status))

    def _ask_status(self, panel: StatusPanel) -> None:
        from tuiqc.exporters.population import Population

        session, method, by = self.session, panel.method, panel.by
        batch, store, objects = session.batch, session.store, session.objects
        accept = session.queue.given.accept if session.queue.given is not None else 0.0
        known = self._population = self._population or Population.of_images(batch)

        def work(void: object) -> list[str]:
            from tuiqc.exporters.statistics import statistics
            from tuiqc.exporters.statistics_text import status_lines

            def compute() -> list[str]:
                found = statistics(
                    batch, store, by=by, method=method, accept=accept or None, population=known
                )
                return status_lines(found)

            if objects is not None and len(objects.loaded) == len(batch.images):
                known.take(batch, objects)
            missing = [layer for layer in batch.layers if ("object", layer) not in known.totals]
            if missing:
                first = [*compute(), "", f"counting {', '.join(missing)} …"]
                self.app.call_from_thread(panel.tell, first)
            for layer in missing:
                known.read_layer(batch, layer)
            return compute()

        self.background.run("status", LONG, work, panel.tell, lambda error: panel.tell([str(error)]))

    # --- others

    def on_mount(self) -> None:
        """Look now and then whether somebody else changed the CSV."""
        self.set_interval(_POLL, lambda: refresh_in_thread(self.session.store, self))

    def action_who(self) -> None:
        """What each annotator said of the current thing, and where their changes clash with those of this session."""
        from tuiqc.review.annotation_lines import conflict_lines, who_said_what
        from tuiqc.ui.screens.text_screen import TextScreen

        session = self.session
        subject = session.subject
        lines = who_said_what(session.tables, subject) if subject is not None else ["nothing is chosen"]
        conflicts = conflict_lines(session.store.conflicts)
        if conflicts:
            lines += ["", f"Conflicts of this session ({len(conflicts)}): yours counts", *conflicts]
        if session.store.trouble:
            lines += ["", f"Trouble: {session.store.trouble}"]
        self.app.push_screen(TextScreen(f"Who said what: {self._what() if subject else 'nothing'}", lines))

    def merged_by_others(self, subjects: tuple[Subject, ...]) -> None:
        """Somebody else changed the CSV, and their rows were taken over: show them."""
        session = self.session
        session.tables.take_decisions(subjects)
        self.images_table.refresh()
        self.objects_table.refresh()
        self.place_changed()
        conflicts = len(session.store.conflicts)
        text = f"{len(subjects):,} changed by others"
        self.say(f"{text}, {conflicts} conflicts: @ shows them" if conflicts else text)
