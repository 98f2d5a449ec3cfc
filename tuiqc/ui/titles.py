"""The titles of the panes: where one is, in which order, and what the colours mean."""

from __future__ import annotations

from rich.text import Text

from tuiqc.picture.display import Display
from tuiqc.qc.verdict import ALL, NONE
from tuiqc.render.highlight import FINE_DISPLAY
from tuiqc.render.scale_bar import scale_bar
from tuiqc.review.listing import Listing
from tuiqc.review.session import Session
from tuiqc.tables.columns import short_titles
from tuiqc.text import printable, shorten
from tuiqc.ui.display_state import DisplayState
from tuiqc.ui.pictures import Pictures
from tuiqc.ui.table_panes import TablePanes
from tuiqc.ui.textual_private import set_titles
from tuiqc.ui.theme import verdict_tone

_LEGEND_NAME = 20


class Titles:
    """Writes the titles; a title that stands there already is not painted again."""

    def __init__(
        self,
        session: Session,
        display: DisplayState,
        pictures: Pictures,
        tables: TablePanes,
    ) -> None:
        self._session, self._display, self._viewport = session, display, pictures.viewport
        self._pictures, self._tables = pictures, tables

    def tell(self, reading: str, *, narrow: bool) -> None:
        """All three; `reading` is how far the objects have been read."""
        self._tell_images()
        self._tell_objects(reading)
        self._tell_picture(narrow)

    # --- tables

    def _tell_images(self) -> None:
        queued, images = self._session.queue.place(), self._session.tables.images
        level = self._session.cursor.level
        title = queued if queued and level == "image" else f"Images · {len(images)}"
        order = _plain(images.order_name)
        content = self._tables.images.content
        if isinstance(content, Listing) and content.colours:
            order = Text.assemble(self._legend(), " · ", order)
        set_titles(self._tables.images, _plain(title), order)

    def _tell_objects(self, reading: str) -> None:
        objects, cursor = self._session.tables.objects, self._session.cursor
        if objects is None:
            title = f"Objects · {cursor.layer}" if cursor.layer else "Objects"
            set_titles(self._tables.objects, _plain(title), _plain(reading))
            return
        only = objects.image_filter
        queue = self._session.queue.place() if cursor.level == "object" else ""
        first = f"{queue} · {cursor.layer}" if queue else f"Objects · {cursor.layer} · {len(objects):,}"
        mixed = self._session.tables.mixed
        first += f" + {mixed.candidates:,} missed?" if mixed is not None and mixed.candidates else ""
        which = f"image {self._session.batch.key(only)} only" if only is not None else ""
        title = " · ".join(filter(None, [first, which]))
        newer = "R: newer order" if self._session.ranking.newer and cursor.layer == objects.layer else ""
        order = " · ".join(filter(None, [objects.order_name, newer, reading]))
        set_titles(self._tables.objects, _plain(title), _plain(order))

    # --- the picture

    def _tell_picture(self, narrow: bool) -> None:
        cursor, viewport = self._session.cursor, self._viewport
        what = f" · {cursor.layer} {cursor.label}" if cursor.level == "object" and cursor.label else ""
        if cursor.level == "candidate" and cursor.position_in(self._session.tables.candidates) is not None:
            what = f" · missed {cursor.candidate}?"
        if cursor.extent.t > 1:
            what = f" · t {cursor.t}{what}"
        said = self._said_by_others()
        # Beside the picture the table's title has the place in the queue: the room is for what the raters said.
        first = "" if said and not narrow else self._session.queue.place()
        place = f"image {cursor.record.key}{what}{self._said()}{said}"
        place += _beside(self._display.style, cursor.layer) + (" · stays" if viewport.stays else "")
        place += " · reading …" if self._pictures.late else ""
        subtitle = self._display_text()
        if viewport.crosshair is not None:
            subtitle = _plain(viewport.readout or "reading …")
        set_titles(self._pictures.pane, _plain(" · ".join(filter(None, [first, place]))), subtitle)

    def _said(self) -> str:
        """What was said of what is current, and whether that is stale."""
        annotation, subject = self._session.annotator.annotation, self._session.cursor.subject
        text = ""
        if annotation is not None:
            text = " · ".join(["", *filter(None, [annotation.verdict, annotation.reason, annotation.note])])
        known = self._session.tables.stale
        stale = known.state(subject) if known is not None and subject is not None else ""
        return f"{text} · stale: {stale}" if stale else text

    def _said_by_others(self) -> str:
        """What the raters said of a thing on which they disagree."""
        queue, subject = self._session.queue.active, self._session.cursor.subject
        said = queue.said.get(subject) if queue is not None and subject is not None else None
        return "".join(f" · {name}: {words}" for name, words in said.items()) if said else ""

    def _display_text(self) -> Text:
        style = self._display.style
        parts = [name for name, channel in style.channels if channel.visible]
        if style.raw:
            return _plain(" · ".join([*parts, "labels hidden: v shows them"]))
        for name, layer in style.layers:
            if layer.visible:
                parts.append(f"{name} {layer.mode} {layer.opacity:.0%}")
        if style.dim:
            parts.append("others dimmed")
        parts += self._scale_text()
        text = _plain(" · ".join(parts) or "nothing shown")
        if style.by_verdict:
            return self._verdict_legend().append_text(text)
        return Text.assemble(self._legend(), " · ", text) if style.colour_by else text

    def _verdict_legend(self) -> Text:
        text = Text()
        for verdict in ALL[1:]:
            style = verdict_tone(self._tables.images, verdict.name)
            text.append(f"{verdict.sign} {verdict.name} ", style=style)
        return text.append(f"{NONE.sign} ")

    def _scale_text(self) -> list[str]:
        """The length of the scale bar where the picture is too coarse to have it in figures."""
        finished = self._pictures.pane.finished
        if finished is None or not self._display.style.scale_bar:
            return []
        if min(finished.spec.width, finished.spec.height) >= FINE_DISPLAY:
            return []
        view = finished.rendered.view
        bar = scale_bar(view.zoom, view.width, finished.rendered.pixel_um)
        return [f"bar {bar.text}"] if bar is not None else []

    def _legend(self) -> Text:
        """The column that colours, and the colours of its values, where those have an order."""
        scale, name = self._display.legend_scale, self._display.style.colour_by
        title = shorten(printable(short_titles([name]).get(name, name)), _LEGEND_NAME)
        if scale is None or scale.limits is None:
            return Text(f"{title} by category")
        text = Text(f"{title} {scale.limits[0]:.4g} ")
        for red, green, blue in scale.legend(12):
            text.append("█", style=f"rgb({red},{green},{blue})")
        return text.append(f" {scale.limits[1]:.4g}")


def _beside(display: Display, layer: str) -> str:
    """What the two pictures side by side are."""
    if not display.beside or (display.beside == "raw" and display.raw):
        return ""
    return f" · {layer} | {display.beside_layer}" if display.beside == "layer" else " · overlay | channels"


def _plain(text: str) -> Text:
    """A title as text: a string would be read as markup, and names and notes may hold brackets."""
    return Text(printable(text))
