"""Pictures and figures in the form in which they can stand inside an HTML file."""

from __future__ import annotations

import io
import re
from base64 import b64encode
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from markupsafe import Markup
    from matplotlib.figure import Figure
    from numpy.typing import NDArray

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
