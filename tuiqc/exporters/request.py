"""What an export is asked for, and what every exporter needs: which objects fail, and safe writing."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from tuiqc.dataset.model import Batch, Progress
from tuiqc.errors import UsageError
from tuiqc.exporters.guard import Inputs, Output, is_stream
from tuiqc.qc.annotations import AnnotationStore
from tuiqc.qc.record import Annotation, Subject
from tuiqc.text import escaped

if TYPE_CHECKING:
    import pandas as pd


@dataclass
class Request:
    """An export.

    Attributes
    ----------
    batch, store
        What was judged, and the verdicts.
    output
        A file, or a folder where the exporter writes several; never one of the inputs.
    layers
        The object layers asked for; all where empty.
    drop
        Verdicts (and "unreviewed") whose things are left out; the verdict of an image or a track holds for its
        objects too.
    properties
        Name of the CellProfiler Analyst properties file, for its training set.
    progress
        Told how far it is.
    raw
        Whether text that a spreadsheet would take for a formula is written as it is.
    where
        Filter expressions that all hold for the objects that are written.
    channels
        The channels to write; each exporter says which where none are named.
    paths
        Beginnings of paths (as here, as on the other computer) in what names files.
    margin
        Pixels around each object of a crop.
    whole
        Whether images of which an object is left out are left out with it.
    """

    batch: Batch
    store: AnnotationStore
    output: Path
    layers: tuple[str, ...] = ()
    drop: frozenset[str] = frozenset({"fail"})
    properties: str = ""
    progress: Progress | None = None
    raw: bool = False
    where: tuple[str, ...] = ()
    channels: tuple[str, ...] = ()
    paths: tuple[tuple[str, str], ...] = ()
    margin: int = 8
    whole: bool = False

    def __post_init__(self) -> None:
        for layer in self.layers:
            if layer not in self.batch.layers:
                known = ", ".join(self.batch.layers) or "none"
                raise UsageError(f"no object layer {layer!r}; there are: {known}")
        for channel in self.channels:
            if channel not in self.batch.channels:
                known = ", ".join(self.batch.channels) or "none"
                raise UsageError(f"no channel {channel!r}; there are: {known}")

    @property
    def chosen_layers(self) -> tuple[str, ...]:
        """The object layers to export."""
        return self.layers or tuple(self.batch.layers)

    def one_layer(self) -> str:
        """Return the only layer.

        Raises
        ------
        UsageError
            If there are several to choose from, or none.
        """
        if len(self.chosen_layers) != 1:
            known = ", ".join(self.batch.layers) or "none"
            raise UsageError(f"name one object layer with --layer; there are: {known}")
        return self.chosen_layers[0]

    @cached_property
    def annotations(self) -> dict[Subject, Annotation]:
        """What was decided."""
        return dict(self.store.items())

    def verdict(self, subject: Subject) -> str:
        """Return the verdict of a thing, "unreviewed" where there is none."""
        annotation = self.annotations.get(subject)
        return (annotation.verdict if annotation else "") or "unreviewed"

    def looked_at(self, subject: Subject, track: Subject | None = None) -> bool:
        """Whether an object has a verdict: of its own, of its track or of its image."""
        whole = Subject("image", subject.image)
        return any(self.verdict(one) != "unreviewed" for one in (subject, track, whole) if one is not None)

    def drops_image(self, key: str) -> bool:
        """Whether an image is left out; an image nobody judged is not left out for that by its objects."""
        return self.verdict(Subject("image", key)) in self.drop - {"unreviewed"}

    def drops(self, subject: Subject, track: Subject | None = None) -> bool:
        """Whether an object is left out, for itself, with its track, or with its image.

        One that was not judged itself counts as reviewed where its track was.
        """
        own, of_track = self.verdict(subject), "unreviewed" if track is None else self.verdict(track)
        if own == "unreviewed":
            own = of_track
        if own in self.drop or of_track in self.drop - {"unreviewed"}:
            return True
        whole = self.verdict(Subject("image", subject.image))
        if whole == "pass" and own != "unreviewed":
            return False  # who asks for what did not pass wants the failed objects of images that did
        return self.drops_image(subject.image)

    def places(self, path: Path) -> str:
        """Return the text of a path, as it is on the computer of the next tool."""
        text = escaped(str(path.absolute()))
        for here, there in self.paths:
            if text == here or text.startswith(here.rstrip("/") + "/"):
                rest = text[len(here.rstrip("/")) :]
                return there.rstrip("/\\") + (rest.replace("/", "\\") if "\\" in there else rest)
        return text

    def tracks_of(self, layer: str, frame: pd.DataFrame) -> list[Subject | None]:
        """Return the track of each row of a frame of objects, None for those without; all None if none was judged."""
        none: list[Subject | None] = [None] * len(frame)
        if "t" not in frame or not any(s.level == "track" and s.layer == layer for s in self.annotations):
            return none
        from tuiqc.review.object_tracks import track_numbers

        numbers = track_numbers(frame, frame["label"].to_numpy("int64"), self.batch.dialects.get(layer))
        if numbers is None:
            return none
        keys = self.batch.keys
        pairs = zip(frame["image"].tolist(), numbers.tolist(), strict=True)
        return [Subject("track", keys[at], layer, track) if track >= 0 else None for at, track in pairs]

    @cached_property
    def inputs(self) -> Inputs:
        """What must stay as it is."""
        return Inputs.of_batch(self.batch, [self.store.path])

    def to(self, path: Path, suffixes: tuple[str, ...], ours: Callable[[Path], bool] | None = None) -> Output:
        """Return where to write: `path`, if it is no input, its name fits what is written, and what is there is `ours`.

        Raises
        ------
        UsageError, InputError
            As `Output.checked`.
        """
        return Output(path, self.inputs, suffixes, folders=True, ours=ours).checked()

    def folder(self, what: str) -> Path:
        """Return the output, where several files go (`what`: "masks").

        Raises
        ------
        UsageError
            It is a file, or part of the input.
        """
        if not self.output.is_dir():
            self.inputs.check(self.output)
        if (self.output.exists() and not self.output.is_dir()) or is_stream(self.output):
            raise UsageError(f"{self.output} is a file: {what} go into a folder")
        return self.output

    def tell(self, done: int, total: int) -> None:
        """Say how far it is."""
        if self.progress is not None:
            self.progress(done, total)


@dataclass(frozen=True)
class Written:
    """What an export did.

    Attributes
    ----------
    lines
        Sentences about what was written and how the next tool reads it.
    notes
        What was assumed or is strange about the input.
    missing
        What should have been written and is not: the export is then only a part of what was asked for.
    """

    lines: list[str]
    notes: list[str] = field(default_factory=list)
    missing: list[str] = field(default_factory=list)


Exporter = Callable[[Request], Written]
"""Writes what the request asks for.

Raises
------
TuiqcError
    If nothing of it could be written.
"""
