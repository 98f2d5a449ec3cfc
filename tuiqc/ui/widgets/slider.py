"""The line of time and depth under the panes; it is there only where there is time or depth."""

from __future__ import annotations

from rich.text import Text
from textual.widget import Widget

from tuiqc.qc.verdict import FAIL, PASS, UNSURE
from tuiqc.review.session import Session
from tuiqc.review.time_line import slider_text, times_with
from tuiqc.ui.theme import verdict_tone

_STYLES = {"●": "bold reverse", "━": "bold"}


class Slider(Widget):
    """`t 12/40 ├───━━━━●━━──┤ z 3/12 slice`: the number counts from 0, as the tables do."""

    DEFAULT_CSS = "Slider { height: 1; display: none; }"
    ALLOW_SELECT = False

    def __init__(self, session: Session, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self.session = session
        self.playing = ""

    def follow(self) -> None:
        """Another place, or another extent."""
        extent = self.session.cursor.extent
        self.display = extent.t > 1 or extent.z > 1
        if self.display:
            self.refresh()

    def render(self) -> Text:
        """The line."""
        session, extent, width = self.session, self.session.cursor.extent, self.size.width
        right = ""
        if extent.z > 1:
            where = (
                f"{session.cursor.z}/{extent.z - 1}"
                if session.cursor.projection == "slice"
                else session.cursor.projection
            )
            bar = _depth(session.cursor.z, extent.z) if session.cursor.projection == "slice" else "▕██▏"
            right = f" z {where} {bar} "
        if extent.t <= 1:
            return Text(right, no_wrap=True)
        left = f" t {session.cursor.t:>{len(str(extent.t - 1))}}/{extent.t - 1} "
        track = session.cursor.track
        name = f" track {track} " if track is not None else ""
        room = width - len(left) - len(name) - len(right) - len(self.playing) - 2
        there, codes = times_with(session)
        line, _ = slider_text(session.cursor.t, there, codes, max(8, room))
        text = Text.assemble((left, "bold"), (self.playing, "bold"), "├", no_wrap=True)
        styles = _STYLES | {
            verdict.sign: f"{'bold ' * (verdict is FAIL)}{verdict_tone(self, verdict.name)}"
            for verdict in (PASS, FAIL, UNSURE)
        }
        for sign in line:
            text.append(sign, styles.get(sign, "dim"))
        text.append("┤")
        text.append(name, "bold")
        return text.append(right)


def _depth(z: int, count: int) -> str:
    cells = min(count, 12)
    at = min(cells - 1, z * cells // count)
    return "├" + "─" * at + "●" + "─" * (cells - 1 - at) + "┤"
