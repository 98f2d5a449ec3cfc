"""Telling: the titles of the panes, the counts, and labels that do not fit the table."""

from __future__ import annotations

from collections.abc import Mapping

from rich.text import Text

from tuiqc.dataset.join_report import LabelCheck, compare_labels
from tuiqc.picture.display import Display
from tuiqc.qc.verdict import ALL, NONE
from tuiqc.render.highlight import FINE_DISPLAY
from tuiqc.render.scalebar import scale_bar
from tuiqc.review.label_checks import label_texts
from tuiqc.review.listing import Listing
from tuiqc.tables.columns import short_titles
from tuiqc.text import printable, shorten
from tuiqc.ui.background import LONG
from tuiqc.ui.screens.base import ReviewBase

_STAYS = 0.25
_LEGEND_NAME = 20


class Telling(ReviewBase):
    """What is said about the present place."""

    def tell_titles(self) -> None:
        """Titles of the three panes: where one is and in which order."""
        session = self.session
        queued = session.queue_place()
        images = queued if queued and session.level == "image" else f"Images · {len(session.images)}"
        self.images_table.set_titles(_plain(images), self._images_order())
        objects = session.objects
        if objects is None:
            title = f"Objects · {session.layer}" if session.layer else "Objects"
            self.objects_table.set_titles(_plain(title), _plain(self.feed_text))
        else:
            only = objects.image_filter
            which = f"image {session.batch.images[only].key} only" if only is not None else ""
            queue = queued if session.level == "object" else ""
            parts = [
                f"{queue} · {session.layer}" if queue else f"Objects · {session.layer} · {len(objects):,}",
                which,
            ]
            order = " · ".join(filter(None, [objects.order_name, self.feed_text]))
            self.objects_table.set_titles(_plain(" · ".join(filter(None, parts))), _plain(order))
        sign = ""
        annotation = session.annotation
        if annotation is not None:
            sign = " · ".join(["", *filter(None, [annotation.verdict, annotation.reason, annotation.note])])
        what = f" · {session.layer} {session.label}" if session.level == "object" and session.label else ""
        if session.extent.t > 1:
            what = f" · t {session.t}{what}"
        stale = (
            session.stale.state(subject) if session.stale is not None and (subject := session.subject) else ""
        )
        sign += f" · stale: {stale}" if stale else ""
        said = self._said_by_others()
        sign += said
        sign += _beside(self.display_style, session.layer) + (" · stays" if self.stays else "")
        sign += " · reading …" if self.late else ""
        # Beside the picture the table's title has the place in the queue: the room is for what the raters said.
        first = "" if said and not self.has_class("-narrow") else queued
        place = " · ".join(filter(None, [first, f"image {session.record.key}{what}{sign}"]))
        subtitle = self._display_text()
        if self.crosshair is not None:
            subtitle = _plain(self.readout_text or "reading …")
        self.picture.set_titles(_plain(place), subtitle)

    def _images_order(self) -> Text:
        """The order of the image table; before it the legend of its colours, where it has any."""
        order = _plain(self.session.images.order_name)
        content = self.images_table.content
        if not (isinstance(content, Listing) and content.colours):
            return order
        return Text.assemble(self._legend(), " · ", order)

    def _said_by_others(self) -> str:
        """What the raters said of a thing on which they disagree."""
        queue, subject = self.session.in_queue, self.session.subject
        said = queue.said.get(subject) if queue is not None and subject is not None else None
        return "".join(f" · {name}: {words}" for name, words in said.items()) if said else ""

    def _display_text(self) -> Text:
        display = self.display_style
        parts = [name for name, style in display.channels if style.visible]
        if display.raw:
            return _plain(" · ".join([*parts, "labels hidden: v shows them"]))
        for name, style in display.layers:
            if style.visible:
                parts.append(f"{name} {style.mode} {style.opacity:.0%}")
        if display.dim:
            parts.append("others dimmed")
        parts += self._scale_text()
        text = _plain(" · ".join(parts) or "nothing shown")
        if display.by_verdict:
            return _verdict_legend().append_text(text)
        if not display.colour_by:
            return text
        return Text.assemble(self._legend(), " · ", text)

    def _scale_text(self) -> list[str]:
        """The length of the scale bar where the picture is too coarse to have it in figures."""
        finished = self.picture.finished
        if finished is None or not self.display_style.scale_bar:
            return []
        view = finished.painted.view
        if min(finished.shot.width, finished.shot.height) >= FINE_DISPLAY:
            return []
        bar = scale_bar(view.zoom, view.width, finished.painted.pixel_um)
        return [f"bar {bar.text}"] if bar is not None else []

    def _legend(self) -> Text:
        """The column that colours, and the colours of its values, where those have an order."""
        scale, name = self._scale[1] if self._scale is not None else None, self.display_style.colour_by
        title = shorten(printable(short_titles([name]).get(name, name)), _LEGEND_NAME)
        if scale is None or scale.limits is None:
            return Text(f"{title} by category")
        text = Text(f"{title} {scale.limits[0]:.4g} ")
        for red, green, blue in scale.legend(12):
            text.append("█", style=f"rgb({red},{green},{blue})")
        return text.append(f" {scale.limits[1]:.4g}")

    def tell_progress(self) -> None:
        """Counts of the present level."""
        session = self.session
        if session.rows is None:
            self.progress_line.tell({"": 0}, session.layer or "objects")
            return
        counts = session.counts()
        what = {"image": "images", "track": "tracks"}.get(session.level, session.layer)
        self.progress_line.tell(counts, printable(what), printable(self.progress_detail(counts)))

    def progress_detail(self, counts: Mapping[str, int]) -> str:
        """What follows the counts where there is room."""
        judged = counts["pass"] + counts["fail"]
        return f"failed {counts['fail'] / judged:.1%}" if judged else ""

    def check_labels_soon(self) -> None:
        """Compare the labels of the mask with those of the table once the person stays at an image."""
        if self._check_timer is not None:
            self._check_timer.stop()
        if self.session.labels_to_check() is not None:
            self._check_timer = self.set_timer(_STAYS, self._check_labels)

    def _check_labels(self) -> None:
        session, rows = self.session, self.session.labels_to_check()
        record, layer = session.record, session.layer
        if rows is None:
            return

        def compare(void: object) -> LabelCheck | None:
            in_mask = self.painter.labels_in_mask(record, layer)
            return None if in_mask is None else compare_labels(in_mask, rows)

        def done(found: LabelCheck | None) -> None:
            if found is None:
                return
            session.label_checks.add(layer, record.index, found)
            texts = label_texts(found)
            if texts and record is session.record and layer == session.layer:
                self.say(f"{texts[0]} (J: join report)")

        self.background.run("labels", LONG, compare, done, lambda error: None)


def _beside(display: Display, layer: str) -> str:
    """What the two pictures side by side are."""
    if not display.beside or (display.beside == "raw" and display.raw):
        return ""
    return f" · {layer} | {display.beside_layer}" if display.beside == "layer" else " · overlay | channels"


def _verdict_legend() -> Text:
    text = Text()
    for verdict in ALL[1:]:
        text.append(f"{verdict.sign} {verdict.name} ", style=verdict.css)
    return text.append(f"{NONE.sign} ")


def _plain(text: str) -> Text:
    """A title as text: a string would be read as markup, and names and notes may hold brackets."""
    return Text(printable(text))
