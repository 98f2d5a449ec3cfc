"""From a spec to an encoded frame, with what was composed and encoded before kept in memory, bounded in bytes."""

from __future__ import annotations

from collections.abc import Callable, Hashable
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Generic, TypeVar

from tuiqc.errors import InputError
from tuiqc.picture.painter import Painter, PictureSpec, Progress, RenderedPicture
from tuiqc.pixels.cache import ByteCache
from tuiqc.pixels.source import file_identity

F = TypeVar("F")

Superseded = Callable[[], bool]


@dataclass(frozen=True, slots=True)
class Made(Generic[F]):
    """A frame with what it shows.

    `key` names all that decided it: two frames with one key are the same. None: it can't be told. Of a large picture
    `rendered` has a small one only: frames are kept by the hundred, and would hold every pixel else.
    """

    key: Hashable
    rendered: RenderedPicture
    frame: F


class Pipeline(Generic[F]):
    """Paints and encodes; safe from several threads.

    Parameters
    ----------
    painter
        Composes the pictures.
    painted_bytes, frame_bytes
        Bounds of the composed pictures and of the frames that are kept.
    """

    def __init__(self, painter: Painter, painted_bytes: int, frame_bytes: int) -> None:
        self.painter = painter
        self._rendered: ByteCache[Hashable, RenderedPicture] = ByteCache(painted_bytes)
        self._frames: ByteCache[Hashable, Made[F]] = ByteCache(frame_bytes)

    def make(
        self,
        spec: PictureSpec,
        how: Hashable,
        encode: Callable[[RenderedPicture], tuple[F, int]],
        superseded: Superseded = lambda: False,
        progress: Progress = lambda path, done, total: None,
    ) -> Made[F] | None:
        """Return the picture of a spec as a frame; None when `superseded()` became true on the way.

        Parameters
        ----------
        how
            Names what `encode` does (protocol, size in cells): frames of another are not taken for it.
        encode
            Makes the frame and tells its size in bytes.

        Raises
        ------
        InputError
            As `Painter.paint`.
        """
        key = self.key_of(spec)
        frame_key = None if key is None else (key, how)
        if frame_key is not None and (made := self._frames.get(frame_key)) is not None:
            return made
        rendered = None if key is None else self._rendered.get(key)
        if rendered is None:
            rendered = self.painter.paint(spec, superseded, progress)
            if rendered is None:
                return None
            # A sentence about what went wrong is told where it went wrong, and the file may be whole the next time.
            if key is not None and not rendered.problems:
                self._rendered.put(key, rendered, rendered.rgb.nbytes)
        if superseded():
            return None
        frame, nbytes = encode(rendered)
        made = Made(frame_key, rendered.small(), frame)
        if frame_key is not None and not rendered.problems:
            self._frames.put(frame_key, made, nbytes + made.rendered.rgb.nbytes)
        return made

    def key_of(self, spec: PictureSpec) -> Hashable:
        """All that decides the picture, the files' sizes and times of change among it; None if it can't be told."""
        paths: list[Path | None] = [
            spec.record.channels.get(name) for name, style in spec.display.channels if style.visible
        ]
        paths += [
            spec.record.masks.get(name)
            for name, style in spec.display.layers
            if style.visible or name in (spec.layer, spec.display.beside_layer)
        ]
        values = tuple(getattr(spec, field.name) for field in fields(spec) if field.name != "record")
        try:
            files = tuple(file_identity(path) for path in paths if path is not None)
            key = (spec.record.index, spec.record.key, files, self.painter.limits.version, values)
            hash(key)
        except (InputError, TypeError):
            return None
        return key
