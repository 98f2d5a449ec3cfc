"""The names of a folder's images, and which of them another name begins or ends with, however it is spelled."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from tuiqc.dataset.discover.found_files import FoundFile, spelling_key

Words = tuple[str, ...]


class ImageNames:
    """Names of images in words.

    Spellings of one name are one image (`a01_DNA`, `A01_PLA`), unless two files of one channel have them: those exist
    both, and are two images.

    Parameters
    ----------
    files
        Each file with the words that name its image, and its channel.
    side
        Where in a file's name the channel stands, "last" or "first"; else the whole name is that of the image.
    """

    def __init__(self, files: Sequence[tuple[FoundFile, Words, str]], side: str) -> None:
        spellings: dict[Words, dict[Words, set[str]]] = {}
        for _, words, channel in files:
            spellings.setdefault(spelling_key(words), {}).setdefault(words, set()).add(channel.casefold())
        self._of: dict[Words, Words] = {}  # each spelling -> that of its image
        self._loose: dict[Words, Words | None] = {}
        for key, several in spellings.items():
            first = next(iter(several))
            channels = [channel for of in several.values() for channel in of]
            one = len(several) == 1 or (len(channels) == len(set(channels)) and any(channels))
            self._loose[key] = first if one else None
            for words in several:
                self._of[words] = first if one else words
        self._raw: dict[Words, str] = {}
        for file, words, _ in files:
            self._raw.setdefault(self._of[words], _raw(file, words, side))

    def __iter__(self) -> Iterator[Words]:
        return iter(self._raw)

    def __len__(self) -> int:
        return len(self._raw)

    def of(self, words: Words) -> Words:
        """Return the image that some of the files' words name."""
        return self._of[words]

    def raw(self, image: Words) -> str:
        """Return the name as the first file has it, with its separators."""
        return self._raw[image]

    def split(self, words: Words) -> tuple[Words, Words, bool] | None:
        """Return the image that a name starts, ends or else goes on with, the rest, and whether it is spelled the same.

        The longest one counts, and of equally long ones that which it starts with.
        """
        key = spelling_key(words)
        size = len(words)
        for length in range(size, 0, -1):
            for start in dict.fromkeys((0, size - length)):
                if (found := self._at(words, key, start, length)) is not None:
                    return found[0], words[:start] + words[start + length :], found[1]
        for length in range(size - 2, 0, -1):
            for start in range(1, size - length):
                if (found := self._at(words, key, start, length)) is not None:
                    return found[0], words[start + length :], found[1]
        return None

    def _at(self, words: Words, key: Words, start: int, length: int) -> tuple[Words, bool] | None:
        own = words[start : start + length]
        if own in self._of:
            return self._of[own], True
        image = self._loose.get(key[start : start + length])
        return None if image is None else (image, False)


def _raw(file: FoundFile, base: Words, side: str) -> str:
    """The part of a stem that holds the words of `base`, its last ones or else its first, with its own separators."""
    if not base:
        return file.stem
    at, ends = 0, list[tuple[int, int]]()
    for word in file.words:
        at = file.stem.index(word, at)
        ends.append((at, at + len(word)))
        at += len(word)
    ends = ends[-len(base) :] if side == "first" else ends[: len(base)]
    return file.stem[ends[0][0] : ends[-1][1]]
