"""Stale verdicts on the screen: looked for once all objects are read, listed, accepted or declined."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from tuiqc.qc.annotations import AnnotationWriteError
from tuiqc.ui.background import LONG
from tuiqc.ui.screens.categorising import Categorising

if TYPE_CHECKING:
    from tuiqc.qc.stale import Finding
    from tuiqc.review.stale import StaleVerdicts


class Staling(Categorising):
    """Actions on verdicts that may belong to other objects since the segmentation was run again."""

    _stale_looked_for: object = None

    def look_for_stale(self) -> None:
        """Compare the annotated objects with the masks as they are now, in a thread; once per layer and reading."""
        session, rows = self.session, self.session.objects
        if (
            rows is None
            or self._stale_looked_for == session.layer
            or not session.store.count_of(session.layer)
        ):
            return
        self._stale_looked_for = session.layer
        batch, store, masks = session.batch, session.store, self.painter.label_plane

        def compare(void: Callable[[], bool]) -> StaleVerdicts:
            from tuiqc.review.stale import check

            return check(batch, store, rows, masks, void)

        self.background.run("stale", LONG, compare, self._stale_known, lambda error: self.say(str(error)))

    def _stale_known(self, found: StaleVerdicts) -> None:
        session = self.session
        if found.layer != session.layer:
            return
        session.stale = found
        self._show_stale()
        if found.findings:
            self.say(
                f"! lists {len(found.findings)} of {found.checked} verdicts that may be of other objects now"
            )

    def _show_stale(self) -> None:
        session = self.session
        if session.stale is not None and session.objects is not None:
            session.stale.put(session.objects, session.batch)
            self.refresh_listing()
            self.place_changed()

    def action_stale(self) -> None:
        """List the verdicts that may belong to other objects now."""
        from tuiqc.ui.screens.stale_panel import StalePanel

        stale = self.session.stale
        if stale is None:
            self.say(
                "nothing was compared yet: there are no verdicts on objects, or they are still being read"
            )
        elif not stale.findings:
            self.say(f"all {stale.checked} verdicts are of the objects that they were given to")
        else:
            self.app.push_screen(StalePanel(stale, self._settle, self._go_to_stale))

    def _go_to_stale(self, finding: Finding) -> None:
        self.session.level = "object"
        self.session.go_subject(finding.annotation.subject)
        self._follow_object()
        self.place_changed()

    def _settle(self, what: str, findings: Sequence[Finding]) -> StaleVerdicts | None:
        session, stale = self.session, self.session.stale
        if stale is None or not findings:
            return stale
        trouble = ""
        try:
            if what == "accept":
                count = stale.accept(session.store, findings)
                self.say(
                    f"{count} given to the proposed objects; z undoes it" if count else "nothing is proposed"
                )
            elif what == "decline":
                stale.decline(session.store, findings)
                self.say("kept on their labels; z undoes it")
            else:
                stale.discard(session.store, findings)
                self.say("taken away; z undoes it")
        except AnnotationWriteError as error:
            trouble = str(error)
        session.tables.take_decisions(session.store.last_changed)
        self._show_stale()
        if trouble:
            self.say(f"NOT ON DISK: {trouble}", trouble=True)
        return stale
