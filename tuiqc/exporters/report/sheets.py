"""Sheets of small pictures: the chosen objects, all at one scale where they fit, or whole images."""

from __future__ import annotations

import io
import json
import math
import re
from base64 import b64encode
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from tuiqc.dataset.model import Batch, Progress
from tuiqc.errors import InputError
from tuiqc.picture.display import Display
from tuiqc.picture.painter import Painter, PictureSpec
from tuiqc.picture.spec import object_spec
from tuiqc.picture.tile_layout import extents, fitted_zoom
from tuiqc.qc.csvfile import to_cell
from tuiqc.qc.record import Subject
from tuiqc.qc.verdict import CODES
from tuiqc.review.image_rows import ImageRows
from tuiqc.review.object_rows import ObjectRows
from tuiqc.review.rows import Rows
from tuiqc.triage.kinds import SUSPECTS

if TYPE_CHECKING:
    from markupsafe import Markup
    from matplotlib.figure import Figure
    from numpy.typing import NDArray


@dataclass(frozen=True)
class Choice:
    """Positions of rows in the frame, in the order in which they are shown, out of `whole` with that verdict."""

    verdict: str
    positions: NDArray[np.int64]
    whole: int


def choose(rows: Rows, verdict: str, most: int, seed: int) -> Choice:
    """Return at most `most` rows with a verdict, drawn without replacement; the same seed draws the same.

    They come in the order of the table; failed ones by reason first, those without a reason last.
    """
    found = np.flatnonzero(rows.codes == CODES[verdict])
    positions = found
    if len(found) > most:
        random = np.random.Generator(np.random.PCG64([seed, CODES[verdict]]))
        positions = np.sort(random.choice(found, most, replace=False))
    if verdict == "fail":
        reasons = [str(text) for text in rows.view.column(rows.own["reason"])[positions]]
        order = sorted(range(len(positions)), key=lambda at: (not reasons[at], reasons[at].casefold(), at))
        positions = positions[np.array(order, np.int64)]
    return Choice(verdict, positions.astype(np.int64), len(found))


def choose_suspected(rows: ObjectRows, most: int) -> list[Choice]:
    """For each kind of error at most `most` of the objects that look wrong, the most suspected first.

    The rows were ranked (`review.headless.rank_objects`). The kinds with most objects come first.
    """
    suspects = rows.view.column("suspect").astype(str)
    suspicion = np.nan_to_num(rows.view.column("suspicion").astype(np.float64), nan=-1.0)
    wrong = rows.view.column("looks_wrong").astype(bool)
    out = []
    for kind in SUSPECTS:
        found = np.flatnonzero(wrong & (suspects == kind))
        order = found[np.argsort(-suspicion[found], kind="stable")]
        if len(order):
            out.append(Choice(kind, order[:most].astype(np.int64), len(order)))
    return sorted(out, key=lambda one: -one.whole)


_INK = "#010203"
"""Stands for the colour of the text while a figure is drawn; in the page that is `currentColor`, light or dark."""

_STYLE: dict[Any, Any] = {
    **dict.fromkeys(
        ("text.color", "axes.labelcolor", "axes.edgecolor", "axes.titlecolor", "xtick.color", "ytick.color"),
        _INK,
    ),
    **dict.fromkeys(("figure.facecolor", "axes.facecolor", "savefig.facecolor", "legend.facecolor"), "none"),
    "legend.edgecolor": "none",
    "legend.frameon": False,
    "svg.fonttype": "none",
    "font.size": 12.0,
}
# Rules of a <style> would hold for the whole page; the metadata name addresses that nobody shall ask.
_NOT_HERE = re.compile(r"<(metadata|style)\b.*?</\1>", re.DOTALL)
_ID = re.compile(r'(\sid="|url\(#|href="#)')


def data_uri(rgb: NDArray[Any]) -> str:
    """Return (height, width, 3) uint8 pixels as a `data:` URI: WebP, or PNG where Pillow was built without it."""
    from PIL import Image, features

    kind, options = ("webp", {"quality": 82, "method": 4}) if features.check("webp") else ("png", {})
    stream = io.BytesIO()
    Image.fromarray(rgb).save(stream, kind.upper(), **options)
    return f"data:image/{kind};base64,{b64encode(stream.getvalue()).decode('ascii')}"


def inline_svg(draw: Callable[[], Figure], name: str, said: str) -> Markup:
    """Return a figure as an SVG element with the colours of the page around it.

    Parameters
    ----------
    draw
        Makes the figure; called with the style of reports.
    name
        What its ids begin with, since all figures of a page share one space of names.
    said
        What it shows, for those who can't see it.
    """
    import matplotlib
    from markupsafe import Markup, escape

    stream = io.StringIO()
    with matplotlib.rc_context({**_STYLE, "svg.hashsalt": name}):
        draw().savefig(
            stream, format="svg", metadata={"Date": None, "Creator": None, "Format": None, "Type": None}
        )
    text = stream.getvalue()
    text = text[text.index("<svg") :]
    head, _, body = text.partition(">")
    width, height = (_points(head, side) for side in ("width", "height"))
    body = _NOT_HERE.sub("", body)
    body = _ID.sub(rf"\g<1>{name}-", body).replace(_INK, "currentColor")
    return Markup(
        '<svg class="figure" role="img" aria-label="{}" viewBox="0 0 {:g} {:g}" style="max-width:{:.0f}px">{}'
    ).format(escape(said), width, height, width * 4 / 3, Markup(body))


def _points(head: str, side: str) -> float:
    found = re.search(rf'\s{side}="([\d.]+)pt"', head)
    return float(found[1]) if found else 400.0


OBJECT_PIXELS, IMAGE_PIXELS = 224, 384
_SHARE, _FULL, _LARGEST_ZOOM = 0.45, 0.85, 16.0

_COLOUR_NAMES = {
    "white": (255, 255, 255),
    "grey": (170, 170, 170),
    "red": (255, 40, 40),
    "green": (50, 230, 70),
    "blue": (70, 110, 255),
    "cyan": (30, 225, 230),
    "magenta": (255, 50, 210),
    "yellow": (245, 235, 40),
    "orange": (255, 165, 40),
}


@dataclass(frozen=True)
class Crop:
    """A small picture with what is said under it.

    `uri` is "" where nothing could be drawn; `problem` then says why. `smaller` says that it is drawn at a smaller
    scale than the others, 0 if not. `cells` has what names the thing in an annotation CSV, as JSON.
    """

    uri: str
    size: int
    image: str
    thing: str
    verdict: str
    reason: str
    note: str
    annotator: str
    smaller: float = 0.0
    problem: str = ""
    cells: str = ""

    @property
    def alt(self) -> str:
        """What the picture shows, in words; asked by the templates."""
        words = ", ".join(part for part in (self.verdict, self.reason) if part)
        what = f"{self.thing} of {self.image}" if self.thing else f"Image {self.image}"
        return what + (f": {words}" if words else "") + (f"; note: {self.note}" if self.note else "")


@dataclass(frozen=True)
class Sheet:
    """Pictures of things with one verdict, out of `whole`; `zoom` is their common scale, 0 if there is none."""

    verdict: str
    whole: int
    crops: tuple[Crop, ...]
    zoom: float = 0.0


class SheetMaker:
    """Paints sheets of a batch, each file read once.

    Attributes
    ----------
    problems
        What could not be drawn, in words.
    """

    def __init__(self, batch: Batch, layer: str, progress: Progress | None = None) -> None:
        self.batch, self.layer = batch, layer
        self.display = Display.of(batch.channels, batch.layers, layer, batch.looks)
        self.painter = Painter(records=batch.images)
        self.problems: list[str] = []
        self._progress, self._done, self._total = progress, 0, 0

    @property
    def drawn_as(self) -> str:
        """How the pictures are to be read: colours of the channels, and what the outlines are."""
        channels = [(name, style) for name, style in self.display.channels if style.visible]
        said = ", ".join(f"{name} {colour_name(style.colour)}" for name, style in channels)
        outlines = (
            f"outlines of {self.layer}, the thick one within corner marks being the object"
            if self.layer
            else ""
        )
        return "; ".join(part for part in (f"Channels: {said}" if said else "", outlines) if part) + "."

    def sheets(self, rows: Rows, choices: Sequence[Choice]) -> list[Sheet]:
        """Return a sheet for each choice of rows, all of them at the same scale."""
        self._done, self._total = 0, sum(len(choice.positions) for choice in choices)
        if not self._total:
            return [Sheet(choice.verdict, choice.whole, ()) for choice in choices]
        self.painter.prepare(self.display)
        zoom = 0.0
        if isinstance(rows, ObjectRows):
            shown = np.concatenate([choice.positions for choice in choices])
            zoom = common_zoom(extents(rows.geometry.taken(shown)))
        return [
            Sheet(choice.verdict, choice.whole, self._crops(rows, choice.positions.tolist(), zoom), zoom)
            for choice in choices
        ]

    def _crops(self, rows: Rows, positions: list[int], zoom: float) -> tuple[Crop, ...]:
        made: dict[int, Crop] = {}
        for position in sorted(positions):  # image by image
            made[position] = self._crop(rows, position, zoom)
            self._done += 1
            if self._progress is not None:
                self._progress(self._done, self._total)
        return tuple(made[position] for position in positions)

    def _crop(self, rows: Rows, position: int, zoom: float) -> Crop:
        smaller = 0.0
        if isinstance(rows, ObjectRows):
            side = float(extents(rows.geometry.taken(np.array([position])))[0])
            own = _own_zoom(side, zoom)
            smaller = own / zoom if zoom and own < zoom else 0.0
            spec, thing = self._object_spec(rows, position, own), f"{self.layer} {int(rows.labels[position])}"
            if rows.times is not None:
                thing += f" at t {int(rows.times[position])}"
            image = self.batch.key(int(rows.images[position]))
            subject = Subject("object", image, self.layer, int(rows.labels[position]), _time(rows, position))
        else:
            assert isinstance(rows, ImageRows)
            spec, thing, image = self._image_spec(position), "", self.batch.key(position)
            subject = Subject("image", image)
        uri, problem = self._rendered(spec)
        reason, note, annotator = (
            str(rows.view.column(rows.own[name])[position]) for name in ("reason", "note", "annotator")
        )
        verdict = rows.verdict(position)
        return Crop(
            uri,
            spec.width,
            image,
            thing,
            verdict,
            reason,
            note,
            annotator,
            smaller,
            problem,
            cells_of(subject),
        )

    def _object_spec(self, rows: ObjectRows, position: int, zoom: float) -> PictureSpec:
        size, z = (OBJECT_PIXELS, OBJECT_PIXELS), rows.best_slice(position, sure=True) or 0
        images, display = self.batch.images, self.display
        return object_spec(rows, position, images, display, self.layer, zoom or None, size, z)

    def _image_spec(self, position: int) -> PictureSpec:
        record = self.batch.images[position]
        return PictureSpec(
            record,
            self.display,
            layer=self.layer,
            width=IMAGE_PIXELS,
            height=IMAGE_PIXELS,
            projection="max",  # of a stack; one slice may show nothing
        )

    def _rendered(self, spec: PictureSpec) -> tuple[str, str]:
        """The picture, and what was wrong."""
        try:
            rendered = self.painter.paint(spec)
        except InputError as error:
            self.problems.append(str(error))
            return "", str(error)
        assert rendered is not None
        self.problems += rendered.problems
        return data_uri(rendered.rgb), "; ".join(rendered.problems)


def _time(rows: ObjectRows, position: int) -> int:
    return 0 if rows.times is None else int(rows.times[position])


def cells_of(subject: Subject) -> str:
    """What names a thing in an annotation CSV, by column."""
    named = {"level": subject.level, "image": to_cell(subject.image)}
    if subject.level != "image":
        named |= {"layer": to_cell(subject.layer), "label": str(subject.label), "t": str(subject.t)}
    return json.dumps(named)


def colour_name(rgb: tuple[int, int, int]) -> str:
    """Return the plain word that comes nearest to a colour."""
    return min(_COLOUR_NAMES, key=lambda name: math.dist(_COLOUR_NAMES[name], rgb))


def common_zoom(sides: NDArray[np.float64]) -> float:
    """Return display pixels per image pixel at which most objects with these sides show well with what is around
    them; 0 if no side is known."""
    known = sides[np.isfinite(sides) & (sides > 0)]
    return min(_LARGEST_ZOOM, _SHARE * OBJECT_PIXELS / float(np.quantile(known, 0.75))) if len(known) else 0.0


def _own_zoom(side: float, zoom: float) -> float:
    """The common scale, or a smaller one for what would not fit."""
    fits = not zoom or not math.isfinite(side) or side * zoom <= _FULL * OBJECT_PIXELS
    return zoom if fits else fitted_zoom(side, OBJECT_PIXELS)
