"""What can be said of the current place to other programs: its file, its name, its row, the command that draws it."""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING

from tuiqc.dataset.source_options import SourceOptions

if TYPE_CHECKING:
    from tuiqc.picture.spec import PictureSpec
    from tuiqc.review.cursor import Cursor
    from tuiqc.review.rows import Rows


def path_text(spec: PictureSpec) -> str:
    """The file of the first channel that is shown, else of any, else of the mask."""
    channels = spec.record.channels
    shown = [channels.get(name) for name, style in spec.display.channels if style.visible]
    paths = [*shown, *channels.values(), spec.record.masks.get(spec.layer)]
    path = next((path for path in paths if path is not None), None)
    return "" if path is None else str(path.absolute())


def name_text(cursor: Cursor) -> str:
    """`image`, or `image#label` of an object."""
    subject = cursor.subject
    if subject is None or subject.level == "image":
        return cursor.record.key
    return f"{subject.image}#{subject.label}"


def row_text(rows: Rows, position: int, names: list[str]) -> str:
    """A row as two lines of tab-separated text: the columns' names and its values."""
    values = (rows.view.column(name)[position] for name in names)
    cells = [
        "" if value is None or value != value else str(value) for value in values
    ]  # not a number: nothing
    plain = ["\t".join(" ".join(cell.split()) for cell in line) for line in (names, cells)]
    return "\n".join(plain) + "\n"


def render_command(source: SourceOptions, spec: PictureSpec) -> str:
    """The `tuiqc render` that draws what is seen of an image or an object, but for colours that were set by hand."""
    words = ["tuiqc", "render", *source_words(source), "--image", spec.record.key]
    if spec.label and spec.layer:
        words += ["--object", f"{spec.layer}:{spec.label}"]
    channels = [name for name, style in spec.display.channels if style.visible]
    layers = [] if spec.display.raw else [name for name, style in spec.display.layers if style.visible]
    words += ["--channels", ",".join(channels), "--layers", ",".join(layers)]
    if any(style.visible and style.mode == "fill" for _, style in spec.display.layers):
        words += ["--mode", "fill"]
    if spec.display.colour_by:
        words += ["--colour-by", spec.display.colour_by, "--colour-map", spec.display.colour_map]
    if spec.projection != "slice":
        words += ["--projection", spec.projection]
    else:
        words += ["--slice", str(spec.z)] if spec.z else []
    words += ["--time", str(spec.t)] if spec.t else []
    name = "".join(sign if sign.isalnum() or sign in "-_." else "_" for sign in spec.record.key)
    return shlex.join([*words, "-o", f"{name}{f'_{spec.label}' if spec.label else ''}.png"])


def source_words(source: SourceOptions) -> list[str]:
    """The arguments by which a batch was opened, to be used from any folder."""
    if source.kept_in is not None:
        return [str(source.kept_in.absolute())]
    words = [str(source.absolute(text)) for text in source.sources]
    for option, named in (("images", source.images), ("labels", source.labels), ("table", source.tables)):
        for name, pattern in named:
            full = source.absolute(pattern)
            words += [f"--{option}", f"{name}={full}" if name else str(full)]
    if source.data_root is not None:
        words += ["--data-root", str(source.absolute(source.data_root))]
    listed = {
        "image-columns": source.image_columns,
        "label-columns": source.label_columns,
        "by-colour": source.by_colour,
    }
    for option, names in listed.items():
        words += [word for name in names for word in (f"--{option}", name)]
    for option, values in (("dialect", source.dialects), ("axes", source.axes), ("units", source.units)):
        words += [
            word
            for name, value in values.items()
            for word in (f"--{option}", f"{name}={value}" if name else value)
        ]
    for name, file in source.columns:
        full = source.absolute(file)
        words += ["--more-columns", f"{name}={full}" if name else str(full)]
    return words
