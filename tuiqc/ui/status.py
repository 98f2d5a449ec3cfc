"""The lines of the screen: size of the batch, filters, reasons, counts, keys, and one sentence."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from textual.timer import Timer

from tuiqc.qc.reasons import TRACK_REASONS, Reason, parse_reasons
from tuiqc.review.rows import Rows
from tuiqc.review.session import Session
from tuiqc.terminal.capabilities import Capabilities
from tuiqc.terminal.protocols import PAPER
from tuiqc.text import printable
from tuiqc.ui.hints import Hints
from tuiqc.ui.jobs import Jobs
from tuiqc.ui.keys import Keymap, registry
from tuiqc.ui.widgets.ask_line import AskLine
from tuiqc.ui.widgets.lines import (
    ChipLine,
    KeyLine,
    Notice,
    ProgressLine,
    ReasonLine,
    TopLine,
    TourLine,
    WhyLine,
)
from tuiqc.ui.widgets.menu_line import MenuLine
from tuiqc.ui.widgets.picture import Picture
from tuiqc.ui.widgets.slider import Slider


class ReasonChoice:
    """The reasons of the settings, and those of tracks where there are some."""

    def __init__(self, session: Session, reasons: tuple[Reason, ...]) -> None:
        self._session, self._reasons = session, reasons

    @property
    def suspected(self) -> Reason | None:
        """The reason that says what is suspected of the current object, None where nothing is, or may not be seen."""
        ranking, subject = self._session.ranking, self._session.cursor.subject
        if subject is not None and subject.level == "candidate":
            return next((one for one in self.here if one.key and one.name == "missed"), None)
        at = ranking.row_of(subject) if ranking.taken is not None else None
        if at is None or subject is None or ranking.hides(subject) or ranking.shown is None:
            return None
        if not ranking.shown.looks_wrong[at]:
            return None
        from tuiqc.triage.kinds import REASON_SUSPECTS

        suspect = str(ranking.shown.suspects[at])
        of_it = (one for one in self.here if one.key and REASON_SUSPECTS.get(one.name) == suspect)
        return next(of_it, None)

    @property
    def here(self) -> tuple[Reason, ...]:
        """Those of tracks where tracks are judged; with time points an object can fail for the same."""
        cursor = self._session.cursor
        if cursor.level == "track":
            return TRACK_REASONS
        if cursor.level == "object" and cursor.tracks is not None:
            known = {reason.name for reason in self._reasons}
            further = (replace(one, key=0) for one in TRACK_REASONS if one.name not in known)
            return (*self._reasons, *further)
        return self._reasons


_STAYS = 5.0
"""Seconds that a sentence stays if no key is pressed."""


class Status:
    """The lines above and below the panes. Each paints itself anew only if it says something else than before.

    Attributes
    ----------
    sampled
        What the random sample says so far.
    keys
        The keys in force.
    hints
        What is said behind the first verdicts.
    """

    def __init__(self, session: Session, keys: Keymap, jobs: Jobs, reasons: tuple[Reason, ...]) -> None:
        self._session, self._jobs, self.keys = session, jobs, keys
        self.reasons = ReasonChoice(session, reasons)
        self.sampled = ""
        self.top_line = TopLine(session.batch.name, id="top", read_only=session.store.read_only)
        self.hints = Hints(keys, self.say, jobs)
        self.notice = Notice(id="notice")
        self.tour_line = TourLine(id="tour")
        self.chip_line = ChipLine(id="chips")
        self.ask_line = AskLine(id="ask")
        self.menu_line = MenuLine(id="menu")
        self.progress_line = ProgressLine(id="progress")
        self.slider = Slider(session, id="slider")
        self.why_line = WhyLine(session, id="why")
        self.reason_line = ReasonLine(id="reasons")
        self.key_line = KeyLine(registry, keys, id="keys")
        self._timer: Timer | None = None
        self._reading = ""

    # --- one sentence

    def say(self, text: str, *, trouble: bool = False) -> None:
        """One sentence on the line of progress; it goes with the next key, or after a while.

        Files are named from the batch's folder on: the line is short. Trouble stays.
        """
        line, store = self.progress_line, self._session.store
        if not trouble and store.unsaved and line.has_class("-trouble"):
            return  # that a verdict is not on disk stays told until it is
        line.say(text.replace(f"{self._session.batch.root}/", ""), trouble=trouble)
        if text and not trouble:
            if self._timer is None:
                self._timer = self._jobs.every(_STAYS, self.forget)
            self._timer.reset()
            self._timer.resume()

    def forget(self) -> None:
        """The sentence has been read."""
        if self._timer is not None:
            self._timer.pause()
        line = self.progress_line
        if line.message and not line.has_class("-trouble"):
            line.say("")

    # --- the lines

    def lay_out(self) -> bool:
        """Bring the lines up to date that come and go; whether one did, so that the panes will have another height."""
        before = self._lines_there()
        self._tell_chips()
        self.slider.follow()
        self.why_line.follow(self.reasons.suspected)
        return self._lines_there() != before

    def tell(self, reading: str, picture: str) -> None:
        """Bring the other lines up to date; how far the objects have been read, and what is read for the `picture`."""
        self._tell_top(reading)
        self._tell_reasons()
        self._tell_progress()
        self._tell_reading(picture)

    def _lines_there(self) -> tuple[bool, ...]:
        """Which of the lines that come and go are there."""
        return (
            self.chip_line.has_class("-shown"),
            self.why_line.has_class("-shown"),
            bool(self.slider.display),
        )

    def _tell_reading(self, text: str) -> None:
        """What is being read for the picture that is wanted, "" when it is there."""
        if text:
            self.say(text)
        elif self._reading and self.progress_line.message == self._reading:
            self.say("")
        self._reading = text

    def tell_picture(self, shown: Picture.Shown, caps: Capabilities) -> None:
        """How a picture came: protocol, size, time; and what could not be drawn."""
        finished = shown.finished
        greys = f" {finished.frame.grey_levels} greys" if finished.encoded.coarser else ""
        cost = f"{shown.nbytes / 1000:.0f} kB{greys} {finished.milliseconds:.0f} ms"
        # A screen that is drawn into files is the same whenever it is drawn: it tells no times.
        way = f"{caps.protocol} {cost} " if caps.protocol != PAPER else ""
        self.top_line.tell(picture=f"{way}{finished.rendered.view.zoom:.2g}x")
        for words in (*finished.rendered.problems, *finished.rendered.remarks)[:1]:
            self.say(words)

    def _tell_top(self, reading: str) -> None:
        """How large the batch is, and how much of it has been read."""
        tables, layer = self._session.tables, self._session.cursor.layer
        count = len(self._session.batch.images)
        text = f"{count:,} image{'s' * (count != 1)}"
        if tables.objects is not None:
            total = tables.objects.total
            text += f" · {layer} {total:,} object{'s' * (total != 1)}"
        self.top_line.tell(size=f"{text} · {reading}" if reading else text)

    def _tell_chips(self) -> None:
        """The filters and the selection of the present table."""
        rows = self._session.cursor.rows
        if rows is None:
            self.chip_line.tell((), "")
            return
        chips = [chip for chip, one in zip(rows.stack.chips(), rows.stack.filters, strict=True) if one.on]
        parts = [f"{len(rows):,} of {rows.total:,} shown"] if chips else []
        if rows.selection.count:
            parts.append(f"{rows.selection.count:,} selected")
        self.chip_line.tell(chips, " · ".join(parts))

    def _tell_reasons(self) -> None:
        """What the number keys give here."""
        annotator = self._session.annotator
        column = annotator.categories
        if annotator.keys_categorise and column is not None:
            entries = [(one.key, one.name) for one in column.categories]
            self.reason_line.tell(column.column, entries or [(1, "K names the first")], {annotator.category})
            return
        annotation = annotator.annotation
        given = parse_reasons(annotation.reason) if annotation is not None else ()
        here = [(reason.key, reason.name) for reason in self.reasons.here if reason.key]
        suspected = self.reasons.suspected
        self.reason_line.tell("", here, given, suspected.name if suspected is not None else "")

    def _tell_progress(self) -> None:
        """Counts of the present level."""
        cursor = self._session.cursor
        if cursor.rows is None:
            self.progress_line.tell({"": 0}, cursor.layer or "objects")
            return
        counts = self._session.queue.counts()
        what = {"image": "images", "track": "tracks", "candidate": f"missed {cursor.layer}"}.get(
            cursor.level, cursor.layer
        )
        self.progress_line.tell(counts, printable(what), printable(self._detail(cursor.rows, counts)))

    def _detail(self, rows: Rows, counts: Mapping[str, int]) -> str:
        """What follows the counts where there is room.

        In a random sample its failure rate with the interval; elsewhere nothing is claimed of the batch.
        """
        annotator, queue = self._session.annotator, self._session.queue.active
        if annotator.keys_categorise and annotator.categories is not None and rows.category:
            have = int((rows.view.column(rows.category_column) != "").sum())
            return f"{annotator.categories.column}: {have:,} of {rows.total:,}"
        if queue is not None and queue.sample is not None:
            return self.sampled
        judged = counts["pass"] + counts["fail"]
        return f"failed {counts['fail'] / judged:.1%}" if judged else ""
