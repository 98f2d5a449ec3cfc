"""Cells, headers, kinds of columns."""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tuiqc.tables.columns import column_kind, header_text, short_titles
from tuiqc.tables.number_format import format_value
from tuiqc.text import display_width


@pytest.mark.parametrize(
    ("value", "kind", "width", "text"),
    [
        (13, "integer", 5, "   13"),
        (13.0, "integer", 5, "   13"),
        (np.int64(2**62), "integer", 0, str(2**62)),
        (0.76812, "float", 8, "  0.7681"),
        (3104.25, "float", 6, "  3104"),
        (123456.7, "float", 0, "123457"),
        (-12.3456, "float", 0, "-12.35"),
        (0.000012345, "float", 0, "1.234e-5"),
        (2.5e20, "float", 0, "2.500e20"),
        (0.0, "float", 3, "  0"),
        (math.inf, "float", 5, "  inf"),
        (-math.inf, "integer", 5, " -inf"),
        (math.nan, "float", 4, "    "),
        (None, "text", 3, "   "),
        (pd.NA, "integer", 2, "  "),
        (pd.NaT, "text", 0, ""),
        (0.76812, "float", 4, "0.77"),
        (123456789, "integer", 6, "1.23e8"),
        (123456789, "integer", 2, "##"),
        (0.00123, "float", 3, "###"),
        (np.True_, "bool", 4, "yes "),
        ("well", "text", 6, "well  "),
        ("a long note", "text", 6, "a lon…"),
        ("细胞核", "text", 5, "细胞…"),
        ("\x1b[31mred", "text", 0, "␛[31mred"),
        (Path("/data/plate/Well_1.tif"), "path", 11, "…Well_1.tif"),
        ("n/a", "float", 5, "n/a  "),
    ],
)
def test_cells(value, kind, width, text):
    assert format_value(value, kind, width) == text


anything = st.one_of(st.floats(), st.integers(-(10**30), 10**30), st.text(), st.none(), st.booleans())


@given(anything, st.sampled_from(["integer", "float", "text", "bool", "path"]), st.integers(1, 14))
def test_a_cell_is_always_as_wide_as_asked(value, kind, width):
    assert display_width(format_value(value, kind, width)) == width


@given(st.floats(-1.7e308, 1.7e308), st.integers(1, 14))
def test_a_number_is_never_shown_as_another_one(value, width):
    text = format_value(value, "float", width).strip()
    if set(text) != {"#"}:
        exponent = math.floor(math.log10(abs(value))) if value else 0
        assert abs(float(text) - value) <= 0.5000001 * 10.0**exponent
        assert value == 0 or float(text) != 0


@pytest.mark.parametrize(
    ("values", "kind"),
    [
        ([1, 2], "integer"),
        ([1.0, math.nan, 3.0], "integer"),
        ([1.0, 2.5], "float"),
        ([math.nan, math.nan], "float"),
        ([math.inf, 1.5], "float"),
        ([True, False], "bool"),
        (["a", None], "text"),
        (["1", 2], "text"),
        ([], "text"),
        ([None, None], "text"),
        (["/a/b.tif", r"C:\x\y.tif"], "path"),
        ([Path("x.tif"), None], "path"),
        (pd.array([1, None], dtype="Int64"), "integer"),
        (pd.array([1.5, None], dtype="Float64"), "float"),
        (pd.array([True, None], dtype="boolean"), "bool"),
        (pd.Categorical(["a", "b"]), "text"),
        (np.array([1, None, 2], dtype=object), "integer"),
        (np.array([1, 2.5], dtype=object), "float"),
    ],
)
def test_kinds(values, kind):
    dtype = object if isinstance(values, list) and None in values else None
    assert column_kind(pd.Series(values, dtype=dtype if len(values) else object)) == kind


@pytest.mark.parametrize(
    ("width", "text"),
    [(30, "AreaShape_BoundingBoxArea"), (12, "AreaSh…xArea"), (5, "Ar…ea"), (3, "Ar…"), (0, "")],
)
def test_headers_keep_both_ends(width, text):
    assert header_text("AreaShape_BoundingBoxArea", width) == text


@given(st.text(), st.integers(0, 20))
def test_a_header_is_never_wider_than_asked(name, width):
    assert display_width(header_text(name, width)) <= width


def test_titles_leave_out_the_category_where_they_stay_unlike_each_other():
    names = [
        "AreaShape_Area",
        "mean AreaShape_Area",
        "Location_Center_X",
        "AreaShape_Center_X",
        "Parent_Cells",
    ]
    names += ["Intensity_MeanIntensity_DNA", "Children_PLA_dots_Count", "label", "Texture_label"]
    assert short_titles(names) == {
        "AreaShape_Area": "Area",
        "mean AreaShape_Area": "mean Area",
        "Intensity_MeanIntensity_DNA": "MeanIntensity_DNA",
        "Children_PLA_dots_Count": "PLA_dots_Count",
    }
