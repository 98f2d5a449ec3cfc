"""CellProfiler's ExportToSpreadsheet: one kind of object per table, or several side by side.

Coordinates are 0-based with the pixel centre at the whole number, y down; box maxima are exclusive. The mask
value is `Number_Object_Number`, which differs from `ObjectNumber` once objects were filtered. A table of
several kinds of objects has two header rows (object, feature), joined by `tables.layout` to
`Nuclei_AreaShape_Area`; short kinds are padded with missing values. Each image is one `ImageNumber`, so there
is no column of time points.

CellProfiler's TrackObjects: `TrackObjects_Label_<pixels>` is the track, one image per time point.

Both daughters of a division keep the label of their mother, so it names a whole lineage. The time point is
`Metadata_T` (or the like) where there is one, else the number of the image.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

from tuiqc.dataset.dialects.dialect import Dialect, DialectChoice, Finder
from tuiqc.dataset.words import best_layer, same_thing

_CENTRES = (
    ("Location_Center_X", "Location_Center_Y"),
    ("AreaShape_Center_X", "AreaShape_Center_Y"),
)
_DEPTHS = ("Location_Center_Z", "AreaShape_Center_Z")
_BOX = (
    "AreaShape_BoundingBoxMinimum_X",
    "AreaShape_BoundingBoxMinimum_Y",
    "AreaShape_BoundingBoxMaximum_X",
    "AreaShape_BoundingBoxMaximum_Y",
)
_LABELS = ("Number_Object_Number", "ObjectNumber")

SINGLE = Dialect(
    name="cellprofiler",
    title="CellProfiler",
    # A table that was cut by image has lost its ImageNumber.
    required=("ObjectNumber", "ImageNumber|AreaShape_Area|AreaShape_Center_X|Location_Center_X"),
    signs=(
        r"(AreaShape|Intensity|Texture|Location|Neighbors|Children|Parent|Number|Granularity|TrackObjects)_.+",
    ),
    label=_LABELS,
    centre=_CENTRES,
    z=tuple((name,) for name in _DEPTHS),
    box=(_BOX,),
    area=("AreaShape_Area",),
    image=("ImageNumber",),
)

_FEATURE = re.compile(
    r"(?P<object>.+?)_(?:AreaShape|Intensity|Texture|Location|Neighbors|Children|Parent|Number|Granularity|"
    r"RadialDistribution|Correlation|TrackObjects|Math|Classify)_.+"
)


@dataclass(frozen=True, slots=True)
class MultiObject(Dialect):
    """Several kinds of objects in one table; the roles depend on the layer."""

    def choose(self, columns: Sequence[str], layer: str = "") -> DialectChoice:
        """Assign the columns of the kind of object that `layer` is about."""
        kinds = object_kinds(columns)
        kind = next((kind for kind in kinds if same_thing(kind, layer)), None) or best_layer(layer, kinds)
        kind = kind or (kinds[0] if kinds else "")
        find = Finder(columns)
        centre = find.together([(f"{kind}_{x}", f"{kind}_{y}") for x, y in _CENTRES])
        box = find.together([tuple(f"{kind}_{column}" for column in _BOX)])
        shared = [column for column in columns if column.endswith("_ObjectNumber")]
        choice = DialectChoice(
            name=self.name,
            title=self.title,
            score=self.score(columns),
            label_column=find.first(
                [
                    *(f"{before}{kind}_Number_Object_Number" for before in ("", "Metadata_")),
                    *(f"{before}{kind}_ObjectNumber" for before in ("", "Metadata_")),
                    *(f"{before}Cytoplasm_Parent_{kind}" for before in ("", "Metadata_")),
                    *self.label,
                    *shared,
                ]
            ),
            centre_x_column=centre[0] if centre else None,
            centre_y_column=centre[1] if centre else None,
            z_column=find.first([f"{kind}_{name}" for name in _DEPTHS]),
            box_columns=(box[0], box[1], box[2], box[3]) if box else None,
            area_column=find.one(f"{kind}_AreaShape_Area"),
            image_column=find.first(["Image_ImageNumber", "ImageNumber", "Metadata_ImageNumber"]),
        )
        own = [c for c in columns if (match := _FEATURE.fullmatch(c)) and match["object"] == kind]
        return replace(choice, row_columns=tuple(own))


def object_kinds(columns: Sequence[str]) -> list[str]:
    """Names of the kinds of objects in a two-row table, in the order of their first columns."""
    found = (match["object"] for column in columns if (match := _FEATURE.fullmatch(column)))
    return [kind for kind in dict.fromkeys(found) if kind != "Image" and not kind.startswith("Metadata_")]


MULTI = MultiObject(
    name="cellprofiler-multi",
    title="CellProfiler, several objects",
    required=("Image_ImageNumber",),
    signs=(r".+_ObjectNumber|.+_Number_Object_Number", _FEATURE.pattern),
    label=(),
)

DATABASE = MultiObject(
    name="cellprofiler-database",
    title="CellProfiler, a database or CytoTable",
    # ExportToDatabase and cytominer put the kind of object before each name, CytoTable `Metadata_` before the keys.
    required=("ImageNumber|Metadata_ImageNumber",),
    signs=(r".+_(?:AreaShape|Location|Intensity)_.+", _FEATURE.pattern),
    label=("ObjectNumber", "Metadata_ObjectNumber"),
)


_LABEL = r"TrackObjects_Label(_\d+)?"
_TIMES = ("Metadata_T", "Metadata_Time", "Metadata_Frame", "Metadata_Timepoint", "ImageNumber")


@dataclass(frozen=True, slots=True)
class _Tracks(Dialect):
    """As CellProfiler's other tables of one kind of object, with time and tracks."""

    def score(self, columns: Sequence[str]) -> float:
        """As for CellProfiler; 0 without a column of tracks."""
        return SINGLE.score(columns) if Finder(columns).matching(_LABEL) else 0.0

    def choose(self, columns: Sequence[str], layer: str = "") -> DialectChoice:
        """Assign the roles; time is counted from the first one by `t_first` where it is the image's number."""
        find = Finder(columns)
        time = find.first(_TIMES)
        choice = replace(
            SINGLE.choose(columns, layer),
            name=self.name,
            title=self.title,
            t_column=time,
            t_first=1 if time == "ImageNumber" else 0,
            track_column=find.matching(_LABEL),
            lineage_column=find.matching(_LABEL),
            track_first=1,
        )
        return replace(choice, image_column=None if time == "ImageNumber" else choice.image_column)


TRACKS = _Tracks(
    name="cellprofiler-tracks",
    title="CellProfiler TrackObjects",
    required=("ObjectNumber", "ImageNumber"),
    signs=SINGLE.signs,
    label=SINGLE.label,
)
