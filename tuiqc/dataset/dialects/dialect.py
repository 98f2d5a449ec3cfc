"""What a table dialect is: which column plays which role, and how sure one can be that a table is of it."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace


@dataclass(frozen=True, slots=True)
class DialectChoice:
    """The dialect of one table, and the columns that play a role in it (None where there is none).

    Attributes
    ----------
    name, title
        The dialect's short name (as given to `--dialect`) and its name for people.
    score
        0 to 1: how much of the dialect was recognised; 1 for an override.
    label_column
        The object's label, as it stands in the mask.
    t_column, t_first
        The time point, and the number that the first time point has in this dialect.
    centre_x_column, centre_y_column
        The centre. Subtract `centre_offset` for 0-based coordinates of pixel centres.
    z_column
        The slice of the centre, from 0.
    box_columns
        min x, min y, max x, max y (max exclusive), or min x, min y, width, height if `box_is_size`.
    area_column
        The area.
    calibrated
        True where centre, box and area may be in µm: they are then taken from the mask if there is one.
    image_column
        The column that tells which image a row belongs to, in a table of several images.
    track_column, lineage_column, parent_column, merger_column
        Which track and lineage an object belongs to, the track that its track comes from, and the merged object that
        it was split from.
    track_first
        The lowest number of a track: what is below it (or missing) is not tracked.
    row_columns
        In a table with several kinds of objects side by side, the columns of this layer: a row in which all
        of them are missing is not an object of it. Empty for other tables.
    where
        In a table about several layers, the column that says which and its value for this one.
    runner_up
        "name (score)" of the dialect that came second, or "".
    explanation
        One sentence on why this one was chosen.
    """

    name: str
    title: str
    score: float
    label_column: str | None
    t_column: str | None = None
    t_first: int = 0
    centre_x_column: str | None = None
    centre_y_column: str | None = None
    centre_offset: float = 0.0
    z_column: str | None = None
    box_columns: tuple[str, str, str, str] | None = None
    box_is_size: bool = False
    area_column: str | None = None
    calibrated: bool = False
    image_column: str | None = None
    row_columns: tuple[str, ...] = ()
    track_column: str | None = None
    lineage_column: str | None = None
    parent_column: str | None = None
    merger_column: str | None = None
    track_first: int = 0
    where: tuple[str, str] | None = None
    runner_up: str = ""
    explanation: str = ""

    @property
    def centre_columns(self) -> tuple[str, str] | None:
        """The columns of the centre as (x, y), or None if one of them is missing."""
        if self.centre_x_column is None or self.centre_y_column is None:
            return None
        return self.centre_x_column, self.centre_y_column


@dataclass(frozen=True, slots=True)
class Dialect:
    """Column names of one program. Each role lists alternatives, best first.

    Attributes
    ----------
    required
        Every entry must be met by a column; alternatives in an entry are separated by "|". Exact names.
    signs
        Further columns that tables of this dialect usually have (regular expressions, matched in full). The
        score is 0.4 + 0.6 x the share of `signs` that were found; 0 if `required` is not met.
    spoilers
        Regular expressions for columns that speak for another dialect: each one found costs 0.2.
    z
        The column of the slice and those that must be there with it.
    any_spelling
        Whether `required` is met by names that differ in case, blanks and separators too.
    track_pattern
        Regular expression for the column of the track where none of `track` is there.
    weight
        Factor of the score; below 1 for the fall-back, which only wins where no program's own names are
        there.
    """

    name: str
    title: str
    required: tuple[str, ...]
    signs: tuple[str, ...]
    label: tuple[str, ...]
    t: tuple[str, ...] = ()
    t_first: int = 0
    centre: tuple[tuple[str, str], ...] = ()
    centre_offset: float = 0.0
    z: tuple[tuple[str, ...], ...] = ()
    box: tuple[tuple[str, str, str, str], ...] = ()
    box_is_size: bool = False
    area: tuple[str, ...] = ()
    image: tuple[str, ...] = ()
    calibrated: bool = False
    spoilers: tuple[str, ...] = ()
    track: tuple[str, ...] = ("track_id", "track_id1", "track")
    track_pattern: str = ""
    track_first: int = 0
    lineage: tuple[str, ...] = ("lineage_id", "lineage")
    parent: tuple[str, ...] = ("parent_track_id", "parent_track", "parent_id")
    merger: tuple[str, ...] = ("merger_label_id",)
    any_spelling: bool = False
    weight: float = 1.0

    def score(self, columns: Sequence[str]) -> float:
        """Return 0 (certainly not) to 1 (everything that is typical is there)."""
        form = loose if self.any_spelling else str
        present = set(map(form, columns))
        if not all(present.intersection(map(form, entry.split("|"))) for entry in self.required):
            return 0.0
        found = sum(_any_match(sign, columns) for sign in self.signs)
        spoiled = sum(_any_match(sign, columns) for sign in self.spoilers)
        share = found / len(self.signs) if self.signs else 1.0
        return self.weight * max(0.05, 0.4 + 0.6 * share - 0.2 * spoiled)

    def choose(self, columns: Sequence[str], layer: str = "") -> DialectChoice:
        """Assign the roles to `columns`. `layer` matters only where one table has several kinds of
        objects."""
        find = Finder(columns)
        centre = find.together(self.centre)
        box = find.together(self.box)
        depth = None if self.calibrated else find.together(self.z)
        track = find.first(self.track) or find.matching(self.track_pattern)
        return DialectChoice(
            name=self.name,
            title=self.title,
            score=self.score(columns),
            label_column=find.first(self.label),
            t_column=find.first(self.t),
            t_first=self.t_first,
            centre_x_column=centre[0] if centre else None,
            centre_y_column=centre[1] if centre else None,
            centre_offset=self.centre_offset,
            z_column=depth[0] if depth else None,
            box_columns=(box[0], box[1], box[2], box[3]) if box else None,
            box_is_size=self.box_is_size,
            area_column=find.first(self.area),
            calibrated=self.calibrated,
            image_column=find.first(self.image),
            track_column=track,
            lineage_column=find.first(self.lineage) if track else None,
            parent_column=find.first(self.parent) if track else None,
            merger_column=find.first(self.merger) if track else None,
            track_first=self.track_first,
        )


class Finder:
    """Finds columns by name: exactly, else ignoring case, blanks and separators."""

    def __init__(self, columns: Sequence[str]) -> None:
        self._exact = dict.fromkeys(columns)
        self._loose: dict[str, str] = {}
        for column in columns:
            self._loose.setdefault(loose(column), column)

    def one(self, name: str) -> str | None:
        """Return the column called `name`, or None."""
        return name if name in self._exact else self._loose.get(loose(name))

    def first(self, names: Sequence[str]) -> str | None:
        """Return the first of `names` that there is."""
        for exact in names:
            if exact in self._exact:
                return exact
        return next((column for name in names if (column := self.one(name)) is not None), None)

    def matching(self, pattern: str) -> str | None:
        """Return the first column that a regular expression matches in full; None for an empty one."""
        match = re.compile(pattern).fullmatch
        return next((column for column in self._exact if match(column)), None) if pattern else None

    def together(self, groups: Sequence[tuple[str, ...]]) -> tuple[str, ...] | None:
        """Return the columns of the first group of which every member is there."""
        for group in groups:
            columns = [self.one(name) for name in group]
            if all(column is not None for column in columns):
                return tuple(column for column in columns if column is not None)
        return None


def loose(name: str) -> str:
    """Return `name` without case, blanks and separators: `Lineage_ID` and `lineageId` are the same."""
    return re.sub(r"[\s_\-]+", "", name).casefold() or name


def explained(choice: DialectChoice, runner_up: str, why: str) -> DialectChoice:
    """Return `choice` with its explanation and runner-up filled in."""
    return replace(choice, runner_up=runner_up, explanation=why)


def _any_match(pattern: str, columns: Sequence[str]) -> bool:
    match = re.compile(pattern).fullmatch
    return any(match(column) for column in columns)
