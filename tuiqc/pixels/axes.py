"""Which axis of a file is which: the one place that decides it, for images and masks alike.

Four things are asked, in this order: what the person told (`--axes`), what the file says of itself, the file that it
belongs to (the image of a mask, the mask of an image), and the shape. Where two readings fit, the likelier one is
taken and a sentence says so, with the option that says it otherwise.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise, permutations
from math import prod
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tuiqc.errors import InputError
from tuiqc.pixels.image_file import AXES, ImageFile, ImageInfo, Window
from tuiqc.pixels.image_path import Reading, Role

if TYPE_CHECKING:
    from numpy.typing import NDArray

UNKNOWN, IGNORED = "?", "-"
"""Letters of an axis that the file does not name, and of one of which only index 0 counts (transparency)."""

SHORT = 5
"""An axis of at most so many is rather channels (or layers) than time or depth."""

_WORDS = {"t": "time points", "z": "slices", "c": "channels"}


@dataclass(frozen=True, slots=True)
class Axes:
    """What each axis of a file is.

    Attributes
    ----------
    roles
        One of "tczyx" for each axis, "s" for samples of colour, "" for one that is ignored (index 0 of it is read).
    shape
        Length of each; an axis of pages may have become two.
    source
        Who knew: "told", "file", "partner" (the file that it belongs to) or "shape".
    note
        A sentence for the person where another reading fits too, else "".
    """

    roles: tuple[str, ...]
    shape: tuple[int, ...]
    source: str
    note: str = ""

    @property
    def sizes(self) -> dict[str, int]:
        """Length of every one of t, c, z, y, x."""
        return dict.fromkeys(AXES, 1) | {
            r: n for r, n in zip(self.roles, self.shape, strict=True) if r and r in AXES
        }


def checked_axes(text: str) -> str:
    """Return axes in lower case.

    Raises
    ------
    ValueError
        Not some of t, c, z, y, x in any order, each once, y and x among them.
    """
    axes = text.strip().lower()
    if len(set(axes)) != len(axes) or not {"y", "x"} <= set(axes) <= set(AXES):
        raise ValueError(f"{text!r} is not an order of t, c, z, y, x such as tzyx")
    return axes


def decide(
    path: Path,
    shape: Sequence[int],
    letters: str,
    reading: Reading,
    partner: Callable[[], ImageInfo | None] = lambda: None,
) -> Axes:
    """Say which axis of a file is which.

    Parameters
    ----------
    path
        The file, for messages.
    shape
        Length of each of its axes.
    letters
        What the file says of each: "t", "c", "z", "y", "x", "s" for samples of colour, `UNKNOWN`.
    reading
        What was told, and what the file is in its batch.
    partner
        Gives what the file that it belongs to says by itself; asked only where that may matter.

    Raises
    ------
    InputError
        What was told does not fit, or there are more axes than t, c, z, y, x.
    """
    shape = tuple(shape)
    if reading.axes:
        return _told(path, shape, letters, reading.axes)
    places = _long_axes(shape, letters)
    if len(places) < 2:
        raise InputError(f"has {len(shape)} axes of shape {shape}", path=path, expected="a plane")
    y, x, moved = _plane(places, shape, letters, partner)
    stack = [i for i in places if i not in (y, x)]
    names = ["" for _ in shape]
    names[y], names[x] = "y", "x"
    said = [letters[i] if letters[i] in "tczs" and letters[i] not in letters[:i] else UNKNOWN for i in stack]
    if moved:
        said = [UNKNOWN for _ in stack]
    sizes = [shape[i] for i in stack]
    other = partner() if stack and (UNKNOWN in said or reading.role == "mask") else None
    found = _stack_names(path, sizes, said, reading.role, other)
    if found is None:
        raise InputError(
            f"has {len(shape)} axes of shape {shape}", path=path, expected="at most t, z, c, y, x"
        )
    for i, role in zip(stack, found.roles, strict=True):
        names[i] = role
    if len(found.shape) > len(found.roles):  # one axis of pages is time and depth
        (i,) = stack
        long = (*shape[:i], *found.shape, *shape[i + 1 :])
        return Axes((*names[:i], "t", "z", *names[i + 1 :]), long, found.source, found.note)
    source = "shape" if moved and found.source == "file" else found.source
    return Axes(tuple(names), shape, source, found.note)


def _told(path: Path, shape: tuple[int, ...], letters: str, axes: str) -> Axes:
    """Names for all axes, or for those that are longer than 1."""
    colours = [i for i, letter in enumerate(letters) if letter == "s" and shape[i] > 1]
    all_of = [i for i in range(len(shape)) if i not in colours and letters[i] != IGNORED]
    long = [i for i in _long_axes(shape, letters) if i not in colours]
    fit = next((which for which in (all_of, long) if len(which) == len(axes)), None)
    if fit is None and len(axes) == len(all_of) + 1 and len(colours) == 1:
        fit, colours = list(range(len(shape))), []
    if fit is None or any(shape[i] > 1 for i in all_of if i not in fit):
        sizes = " x ".join(str(shape[i]) for i in (long if len(long) > 1 else all_of))
        read = "".join(letter for i, letter in enumerate(letters) if i in long)
        raise InputError(
            f"can't have the axes {axes}", path=path, expected=f"names for {sizes} (read as {read})"
        )
    roles = ["s" if i in colours else "" for i in range(len(shape))]
    for i, role in zip(fit, axes, strict=True):
        roles[i] = role
    return Axes(tuple(roles), shape, "told")


def _long_axes(shape: tuple[int, ...], letters: str) -> list[int]:
    """Axes that are longer than 1, or else the plane; at least two."""
    there = [i for i in range(len(shape)) if letters[i] != IGNORED]
    long = [i for i in there if shape[i] > 1]
    # A plane of one pixel beside two longer axes is no plane, whatever the writer called it.
    places = long if len(long) > 1 else [i for i in there if shape[i] > 1 or letters[i] in "yx"]
    if sum(letters[i] in "yx" for i in long) == 1:
        places = [i for i in there if shape[i] > 1 or letters[i] in "yx"]
    spare = [i for i in there if i not in places]
    while len(places) < 2 and spare:
        places = sorted([*places, spare.pop()])
    return places


def _plane(
    places: Sequence[int],
    shape: tuple[int, ...],
    letters: str,
    partner: Callable[[], ImageInfo | None],
) -> tuple[int, int, bool]:
    """The two axes of a plane, and whether they are others than those that the file names."""
    named = (letters.index("y"), letters.index("x")) if {"y", "x"} <= set(letters) else None
    if named is not None and not set(named) <= set(places):
        return places[-2], places[-1], True
    pairs = [pair for pair in pairwise(places) if "s" not in (letters[pair[0]], letters[pair[1]])]
    pairs = pairs or [(places[-2], places[-1])]
    if named is not None and len(places) == 2:
        return *named, False
    usual = named or pairs[-1]
    # A stack whose last axis is short stands with its channels last, whatever the writer took for pages.
    last = places[-1]
    odd = len(places) > 2 and usual[1] == last and shape[last] <= SHORT < min(shape[i] for i in places[-3:-1])
    if not odd:
        if named is None and len(places) > 2 and (other := partner()) is not None:
            fits = [pair for pair in pairs if (shape[pair[0]], shape[pair[1]]) == other.shape]
            usual = fits[-1] if fits else usual
        return *usual, False
    other = partner()
    plane = None if other is None else other.shape
    if plane == (shape[usual[0]], shape[usual[1]]):
        return *usual, False
    return places[-3], places[-2], named is not None


def _stack_names(
    path: Path, sizes: Sequence[int], said: Sequence[str], role: Role, partner: ImageInfo | None
) -> Axes | None:
    """What the axes beside the plane are; None if there are more than can be named."""
    unknown = [k for k, letter in enumerate(said) if letter == UNKNOWN]
    if not unknown:
        renamed = _renamed_by_partner(sizes, said, role, partner)
        return renamed or Axes(tuple(said), tuple(sizes), "file")
    free = [axis for axis in "tzc" if axis not in said]
    if len(unknown) > len(free):
        return None
    lengths = [sizes[k] for k in unknown]
    known = partner.sizes if partner is not None else None
    if known is not None and len(sizes) == 1 and _is_product(sizes[0], known):
        return Axes(("t",), (known["t"], known["z"]), "partner")
    guessed = partner is not None and partner.axes_from == "shape"
    scored = sorted(
        (
            (_score(names, lengths, role, known, guessed), -order, names)
            for order, names in enumerate(permutations(free, len(lengths)))
        ),
        reverse=True,
    )
    best, _, names = scored[0]
    roles = list(said)
    for k, name in zip(unknown, names, strict=True):
        roles[k] = name
    same = known is not None and all(known[n] == length for n, length in zip(names, lengths, strict=True))
    sure = same and not guessed
    rivals = [other for score, _, other in scored[1:] if score >= best]
    source = "partner" if sure else "shape"
    note = ""
    if partner is not None and (not sure or rivals):
        note = _note(roles, sizes, role, unknown, names)
    return Axes(tuple(roles), tuple(sizes), source, note)


def _is_product(count: int, known: dict[str, int]) -> bool:
    return known["t"] > 1 and known["z"] > 1 and known["t"] * known["z"] == count


def _score(
    names: Sequence[str], lengths: Sequence[int], role: Role, known: dict[str, int] | None, guessed: bool
) -> int:
    """How well these names fit; the higher the better, and of equal ones the first in the order t, z, c."""
    total = 0
    for place, (name, length) in enumerate(zip(names, lengths, strict=True)):
        if name == "c":
            if role == "mask":  # compartments: two, seldom more
                total += 2 if length == 2 else 0 if length <= SHORT else -3
            else:  # channels stand next to the plane
                total += 2 if length <= SHORT and place == len(lengths) - 1 else -3
        elif known is not None:
            if guessed and known["c"] == length > 2:  # neither says it, and labels have no channels: a stack
                total += 4 if name == "t" else 3
            elif known[name] == length:
                total += 6
            elif known[name] > 1:
                total += 1
            elif role == "mask":
                total -= 1
        if name == "t" and "z" in names and known is None:
            total += 1 if list(names).index("t") < list(names).index("z") else 0
    return total


def _renamed_by_partner(
    sizes: Sequence[int], said: Sequence[str], role: Role, partner: ImageInfo | None
) -> Axes | None:
    """A mask whose one axis has another name than that of its image, but its length."""
    if (
        role != "mask"
        or partner is None
        or len(said) != 1
        or said[0] not in "tzc"
        or partner.axes_from == "shape"
    ):
        return None
    name, length = said[0], sizes[0]
    same = [axis for axis in "tz" if partner.sizes[axis] == length]
    if len(same) != 1 or same[0] == name or (name != "c" and partner.sizes[name] > 1):
        return None
    now = _WORDS[same[0]]
    note = f"its {length} planes are called {_WORDS[name]}, those of its image {now}: taken as {now}"
    return Axes((same[0],), tuple(sizes), "partner", note)


def _note(
    roles: Sequence[str], sizes: Sequence[int], role: Role, unknown: Sequence[int], names: Sequence[str]
) -> str:
    """A sentence on what was taken for what, and how to say it otherwise."""
    words = _WORDS | ({"c": "object layers"} if role == "mask" else {})
    counts = " and ".join(f"{sizes[k]} {words[name]}" for k, name in zip(unknown, names, strict=True))
    others = {"t": "z", "z": "t", "c": "z"}
    example = "".join(
        others[r] if k in unknown and others[r] not in roles else r for k, r in enumerate(roles)
    )
    planes = prod(sizes[k] for k in unknown)
    return f"its {planes} planes are not named: taken for {counts}; otherwise: --axes {example}yx"


class RenamedImage(ImageFile):
    """An image whose axes have other names than its file gives them; y and x stay where they are."""

    def __init__(self, image: ImageFile, axes: str) -> None:
        self._image = image
        inner = image.info
        found = inner.axes.replace("s", "")
        pairs = zip(axes, found, strict=False)
        if len(axes) != len(found) or any(a != b for a, b in pairs if a in "yx" or b in "yx"):
            sizes = " x ".join(str(inner.sizes[axis]) for axis in found)
            image.close()
            raise InputError(
                f"can't have the axes {axes}",
                path=inner.path,
                expected=f"names for {sizes} (read as {found})",
            )
        # For each axis of the file the name that it has now.
        self._names = dict(zip(found, axes, strict=True))
        sizes_now = dict.fromkeys(AXES, 1) | {new: inner.sizes[old] for old, new in self._names.items()}
        if "s" in inner.sizes:
            sizes_now["s"] = inner.sizes["s"]
        self.info = replace(inner, axes=axes + ("s" if inner.rgb else ""), sizes=sizes_now)

    def read(
        self, *, t: int = 0, z: int = 0, c: int = 0, window: Window | None = None, level: int = 0
    ) -> NDArray[Any]:
        """See `ImageFile.read`."""
        self.region(t, z, c, window, level)
        wanted = {"t": t, "z": z, "c": c}
        inner = {old: wanted[new] for old, new in self._names.items() if new in wanted}
        return self._image.read(**inner, window=window, level=level)

    @property
    def read_worth(self) -> int:  # type: ignore[override]
        """As of the file."""
        return self._image.read_worth

    def close(self) -> None:
        """See `ImageFile.close`."""
        self._image.close()


class OneChannel(ImageFile):
    """One index along the channel axis, as an image by itself: masks of several layers have one for each."""

    def __init__(self, image: ImageFile, channel: int) -> None:
        self._image, self._channel = image, channel
        inner = image.info
        if channel >= inner.sizes["c"]:
            image.close()
            raise InputError(
                f"has no layer {channel + 1}", path=inner.path, expected=f"{inner.sizes['c']} of them"
            )
        names = inner.channel_names[channel : channel + 1]
        axes = inner.axes.replace("c", "")
        self.info = replace(inner, axes=axes, sizes=inner.sizes | {"c": 1}, channel_names=names)

    def read(
        self, *, t: int = 0, z: int = 0, c: int = 0, window: Window | None = None, level: int = 0
    ) -> NDArray[Any]:
        """See `ImageFile.read`."""
        self.region(t, z, c, window, level)
        return self._image.read(t=t, z=z, c=self._channel, window=window, level=level)

    def lines(
        self, starts: Sequence[int], count: int, *, t: int = 0, z: int = 0, c: int = 0
    ) -> NDArray[Any] | None:
        """See `ImageFile.lines`."""
        return self._image.lines(starts, count, t=t, z=z, c=self._channel)

    @property
    def read_worth(self) -> int:  # type: ignore[override]
        """As of the file."""
        return self._image.read_worth

    def close(self) -> None:
        """See `ImageFile.close`."""
        self._image.close()
