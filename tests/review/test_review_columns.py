"""What a person chooses of columns, filters and labels, and how it is remembered."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from fixtures.review_batches import object_rows, small_batch
from hypothesis import given
from hypothesis import strategies as st

from tuiqc.dataset.join_report import LabelCheck
from tuiqc.qc.record import Annotation
from tuiqc.review.column_choice import NARROWEST, WIDEST, ColumnChoice, load_columns, save_columns
from tuiqc.review.label_checks import LabelChecks, label_texts
from tuiqc.review.listing import Listing
from tuiqc.review.state_files import load_filters, save_filters
from tuiqc.tables.columns import short_head, telling
from tuiqc.tables.filters.stack import FilterStack

NAMES = ["a", "b", "c", "d", "e"]


def in_order(choice: ColumnChoice, names: list[str] = NAMES) -> list[str]:
    pinned, rest = choice.arranged(names)
    return [*pinned, *rest]


# --- columns


def test_without_a_choice_columns_stand_as_they_are() -> None:
    assert ColumnChoice().arranged(NAMES) == ([], NAMES)


def test_hidden_pinned_and_moved_columns() -> None:
    choice = ColumnChoice().toggled("b").pin_toggled("d").pin_toggled("a")
    assert choice.arranged(NAMES) == (["d", "a"], ["c", "e"])
    assert choice.toggled("d").arranged(NAMES) == (["a"], ["c", "e"]), "what is hidden is not pinned in sight"
    assert choice.toggled("b").arranged(NAMES) == (["d", "a"], ["b", "c", "e"])
    assert choice.pin_toggled("d").arranged(NAMES) == (["a"], ["c", "d", "e"])
    moved = choice.moved("c", 1, in_order(choice))
    assert moved.arranged(NAMES) == (["d", "a"], ["e", "c"])
    assert moved.moved("a", -1, in_order(moved)).arranged(NAMES) == (["a", "d"], ["e", "c"])


def test_columns_do_not_move_over_the_edge_of_their_group() -> None:
    choice = ColumnChoice().pin_toggled("c")
    shown = in_order(choice)
    assert shown == ["c", "a", "b", "d", "e"]
    for name, step in (("c", -1), ("c", 1), ("a", -1), ("e", 1)):
        assert in_order(choice.moved(name, step, shown)) == shown, (name, step)


steps = st.lists(
    st.tuples(st.sampled_from(["move left", "move right", "hide", "pin"]), st.sampled_from(NAMES)),
    max_size=25,
)


@given(steps=steps)
def test_a_move_changes_places_with_the_neighbour_whatever_was_done_before(
    steps: list[tuple[str, str]],
) -> None:
    choice = ColumnChoice()
    for what, name in steps:
        pinned, rest = choice.arranged(NAMES)
        if what == "hide":
            choice = choice.toggled(name)
            assert (name in in_order(choice)) == (name not in [*pinned, *rest])
        elif what == "pin":
            choice = choice.pin_toggled(name)
        elif name in [*pinned, *rest]:
            step = 1 if what == "move right" else -1
            choice = choice.moved(name, step, [*pinned, *rest])
            group = pinned if name in pinned else rest
            at = group.index(name)
            if 0 <= at + step < len(group):
                group[at], group[at + step] = group[at + step], group[at]
            assert choice.arranged(NAMES) == (pinned, rest)
        assert set(in_order(choice)) == set(NAMES) - set(choice.hidden)


def test_widths_stay_within_reason(tmp_path: Path) -> None:
    choice = ColumnChoice().widened("a", 1).widened("b", 1000).widened("c", 12).widened("c", 14)
    assert choice.widths == {"a": NARROWEST, "b": WIDEST, "c": 14}
    rows = object_rows(small_batch(tmp_path / "data"))
    listing = Listing(rows, ColumnChoice().widened("Class", 9).pin_toggled("Class").toggled("note"))
    assert listing.column("Class").width == 9
    assert listing.names[:3] == ["well", "label", "Class"]
    assert listing.pinned() == 3
    assert "note" not in listing.names
    listing.choose(ColumnChoice())
    assert listing.column("Class").width < 9
    assert (listing.pinned(), "note" in listing.names) == (2, True)


choices = st.builds(
    ColumnChoice,
    st.lists(st.text(max_size=5), max_size=3).map(tuple),
    st.lists(st.text(max_size=5), max_size=3).map(tuple),
    st.lists(st.tuples(st.text(max_size=5), st.text(max_size=5)), max_size=3).map(tuple),
    st.dictionaries(st.text(max_size=5), st.integers(3, 60), max_size=3),
)


@given(choice=choices, kind=st.text(max_size=20))
def test_a_choice_comes_back_as_it_was(choice: ColumnChoice, kind: str) -> None:
    save_columns(kind, choice)
    assert load_columns(kind) == choice
    assert load_columns(kind + "other") == ColumnChoice()


@pytest.mark.parametrize("content", ["", "{", "[]", '{"hidden": 1}', '{"hidden":[],"pinned":[],"order":[1]}'])
def test_a_spoilt_choice_is_the_default(own_folders: Path, content: str) -> None:
    save_columns("kind", ColumnChoice(("a",)))
    (file,) = (own_folders / "state").rglob("*.json")
    file.write_text(content)
    assert load_columns("kind") == ColumnChoice()


# --- filters


def test_only_filters_with_a_name_of_their_own_are_kept() -> None:
    stack = FilterStack()
    stack.add("a > 1")
    stack.add("b  >\n1")
    stack.add("label < 3", "first two")
    stack.toggle("first two")
    save_filters("kind", stack)
    assert load_filters("kind") == {"first two": "label < 3"}
    assert load_filters("other kind") == {}
    save_filters("kind", FilterStack())
    assert load_filters("kind") == {}


@pytest.mark.parametrize("content", ["", "{}", "null", "[1, [], {}]", '[{"name": "x"}]'])
def test_spoilt_filters_are_none(own_folders: Path, content: str) -> None:
    stack = FilterStack()
    stack.add("label < 3", "one")
    save_filters("kind", stack)
    (file,) = (own_folders / "state").rglob("*.json")
    file.write_text(content)
    assert load_filters("kind") == {}


def test_a_state_folder_that_can_t_be_written_is_no_trouble(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("TUIQC_STATE_DIR", str(tmp_path / "file"))
    stack = FilterStack()
    stack.add("label < 3", "one")
    save_filters("kind", stack)
    save_columns("kind", ColumnChoice(("a",)))
    assert load_filters("kind") == {}
    assert load_columns("kind") == ColumnChoice()


def test_nothing_half_written_stays(own_folders: Path) -> None:
    save_columns("kind", ColumnChoice(("a",)))
    save_filters("kind", FilterStack())
    files = [file for file in (own_folders / "state").rglob("*") if file.is_file()]
    assert len(files) == 2
    assert all(json.loads(file.read_text()) is not None for file in files)


# --- labels


def check(mask: int = 0, table: int = 0) -> LabelCheck:
    return LabelCheck(list(range(1, mask + 1)), list(range(101, table + 101)))


def test_labels_that_agree_have_no_words() -> None:
    assert label_texts(check()) == []


def test_differences_have_a_sentence_each() -> None:
    assert label_texts(check(1, 2)) == [
        "1 label in the mask without a row in the table: 1",
        "2 labels in the table but not in the mask: 101, 102",
    ]
    (text,) = label_texts(check(9))
    assert text.endswith(": 1, 2, 3, 4, 5, 6, 7, 8, …")


def test_the_report_tells_what_was_looked_at(tmp_path: Path) -> None:
    images = small_batch(tmp_path / "data").images
    checks = LabelChecks()
    assert checks.lines("nuclei", images) == []
    checks.add("nuclei", 1, check())
    assert ("nuclei", 1) in checks
    assert ("nuclei", 0) not in checks
    assert ("cells", 1) not in checks
    (line,) = checks.lines("nuclei", images)
    assert line.endswith("1 image looked at so far: all agree")
    checks.add("nuclei", 0, check(1))
    first, second = checks.lines("nuclei", images)
    assert "2 images" in first
    assert second == "  image A1: 1 label in the mask without a row in the table: 1"
    assert checks.lines("cells", images) == []


@pytest.mark.parametrize(
    ("names", "wanted"),
    [
        (
            [
                "AreaShape_BoundingBoxArea",
                "AreaShape_Center_X",
                "AreaShape_Perimeter",
                "AreaShape_FormFactor",
                "Intensity_MeanIntensity_DNA",
                "AreaShape_Eccentricity",
                "AreaShape_Solidity",
                "AreaShape_Area",
                "Location_Center_X",
            ],
            "Area | Solidity | Eccentricity | FormFactor | DNA | Perimeter | BoundingBoxArea | X | X",
        ),
        (
            ["bbox-0", "centroid-1", "extent", "intensity_mean", "area"],
            "area | intensity_mean | extent | bbox-0 | centroid-1",
        ),
        (["X", "Y", "Mean", "Circ.", "Area"], "Area | Circ. | Mean | X | Y"),
        (
            ["Bounding Box Minimum_0", "Size in pixels", "Kurtosis_0"],
            "Size in pixels | Kurtosis_0 | Bounding Box Minimum_0",
        ),
    ],
)
def test_what_tells_of_an_object_stands_before_where_it_is(names: list[str], wanted: str) -> None:
    shown = [name.rpartition("_" if name.startswith(("Area", "Int", "Loc")) else "\0")[2] for name in names]
    titles = dict(zip(names, shown, strict=True))
    assert " | ".join(titles[name] for name in sorted(names, key=telling)) == wanted


def test_columns_of_one_value_stand_at_the_end(tmp_path: Path) -> None:
    rows = object_rows(small_batch(tmp_path / "data"))
    rows.view.add_column("solidity", np.zeros(rows.total))
    rows.view.add_column("circularity", np.arange(rows.total, dtype=float))
    names = Listing(rows).names
    assert names.index("circularity") < names.index("solidity")
    numbers = [
        name for name in names if rows.view.kind(name) in ("integer", "float") and "Number" not in name
    ]
    assert numbers[-1] == "solidity"


def test_reason_and_note_make_room_until_something_is_written(tmp_path: Path) -> None:
    batch = small_batch(tmp_path / "data")
    rows = object_rows(batch)
    for number in range(8):
        rows.view.add_column(f"texture {number}", np.arange(rows.total, dtype=float))
    listing = Listing(rows)
    assert listing.names.index("reason") > 6
    rows.decide(0, Annotation(rows.subject(0, batch), verdict="fail", reason="merged"))
    listing.fit_words()
    assert listing.names[2] == "reason"
    assert listing.names.index("note") > 6
    rows.decide(0, Annotation(rows.subject(0, batch), verdict="fail", reason="merged", note="two of them"))
    listing.fit_words()
    assert (listing.names[2], listing.names[6]) == ("reason", "note")


MEASURED = {
    "AreaShape_Area": (2037, " 2037"),
    "AreaShape_Solidity": (0.97981, "0.980"),
    "AreaShape_Eccentricity": (0.71728, "0.717"),
    "AreaShape_FormFactor": (0.81081, "0.811"),
    "Intensity_MeanIntensity_DNA": (0.02849, "0.0285"),
    "Intensity_MeanIntensity_ER": (123.4567, "123.5"),
}


def test_the_pane_of_120_columns_shows_six_measurements_and_what_names_the_object(tmp_path: Path) -> None:
    rows = object_rows(small_batch(tmp_path / "data"))
    for name in ("AreaShape_Center_X", "AreaShape_BoundingBoxMinimum_X", *MEASURED):
        value = MEASURED.get(name, (1.0, ""))[0]
        rows.view.put_columns({name: np.linspace(value * 0.9999, value, rows.total)})
    rows.view.put_columns({"AreaShape_Area": np.arange(rows.total) + 2037 - rows.total + 1})
    listing = Listing(rows)
    shown = [column for column in listing.columns() if column.name in MEASURED]
    assert [one.header for one in shown] == ["Area", "Solid", "Eccen", "FormF", "mDNA", "mER"]
    assert listing.names.index("AreaShape_Center_X") > listing.names.index("Intensity_MeanIntensity_ER")
    for one in shown:
        text = listing.cell(rows.total - 1, listing.names.index(one.name))
        assert text.strip() == MEASURED[one.name][1].strip()
    naming = listing.columns()[: listing.pinned()]
    assert sum(one.width + 1 for one in [*naming, *shown]) <= 49


@pytest.mark.parametrize(
    ("name", "head"),
    [
        ("AreaShape_MaxFeretDiameter", "MaxFD"),
        ("AreaShape_MeanRadius", "MeanR"),
        ("intensity_mean-DAPI", "mDAPI"),
        ("Mean", "Mean"),
        ("Cell Mean", "mCell"),
        ("perimeter", "perim"),
    ],
)
def test_short_heads(name: str, head: str) -> None:
    assert short_head(name, 5) == head


def test_columns_that_name_an_object_give_up_their_titles_not_their_values(tmp_path: Path) -> None:
    rows = object_rows(small_batch(tmp_path / "data"))
    rows.view.identity = ("a long name of a plate", "another one", *rows.view.identity)
    for name in rows.view.identity[:2]:
        rows.view.add_column(name, np.array(["B12"] * rows.total, dtype=object))
    listing = Listing(rows)
    for number in range(listing.pinned()):
        assert "…" not in listing.cell(0, number)
    assert [column.header for column in listing.columns()[:2]] == ["a l", "ano"]
