"""Patterns: what they find, what the key is, and what a mistake in one is answered with."""

from contextlib import suppress
from pathlib import Path

import numpy as np
import pytest
import tifffile
from hypothesis import given, settings
from hypothesis import strategies as st

from tuiqc.dataset.discover.pattern import find, parse
from tuiqc.dataset.model import Batch
from tuiqc.dataset.open.batch import open_batch
from tuiqc.dataset.source_options import SourceOptions
from tuiqc.errors import UsageError


def touch(folder: Path, *names: str) -> Path:
    for name in names:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(b"")
    return folder


def keys(folder: Path, pattern: str) -> dict[str, tuple[str, ...]]:
    return {match.path.name: match.key for match in find(parse(pattern, folder))}


@pytest.mark.parametrize("pattern", ["{plate}/{name}.tif", "**/{name}.tif"])
def test_a_link_that_may_not_be_followed_is_no_folder_and_ends_nothing(tmp_path: Path, pattern: str) -> None:
    touch(tmp_path, "p1/a.tif")
    (tmp_path / "loop").symlink_to(
        "loop"
    )  # asking what it leads to is an error, as for a link of somebody else
    assert list(keys(tmp_path, pattern)) == ["a.tif"]


@pytest.mark.parametrize(
    ("pattern", "form", "names"),
    [
        ("Well_{well}_C0.tif", "placeholders", ("well",)),
        ("Well_*_C0.tif", "glob", ("well",)),
        ("Well_?_C0.tif", "glob", ("well",)),
        ("Well_.*_C0.tif", "regex", ("well",)),
        (r"Well_\d+_C0\.tif", "regex", ("well",)),
        ("Well_(.*)_C0.tif", "regex", ("well",)),
        ("Well_(?P<pos>[0-9]+)_C0.tif", "regex", ("pos",)),
        ("regex:Well_[12]_C0.tif", "regex", ("well",)),
        ("glob:Well_[12]_C0.tif", "glob", ("well",)),
    ],
)
def test_every_form_finds_the_same_two_files(
    tmp_path: Path, pattern: str, form: str, names: tuple[str, ...]
) -> None:
    touch(tmp_path, "Well_1_C0.tif", "Well_2_C0.tif", "Well_1_C1.tif", "Well_1_C0.tif.bak", ".Well_9_C0.tif")
    parsed = parse(pattern, tmp_path)
    assert (parsed.form, parsed.names) == (form, names)
    assert keys(tmp_path, pattern) == {"Well_1_C0.tif": ("1",), "Well_2_C0.tif": ("2",)}


def test_placeholders_in_folders_and_the_same_name_twice(tmp_path: Path) -> None:
    touch(tmp_path, "p1/A01/p1_A01_s1.tif", "p2/B02/p2_B02_s3.tif", "p2/B02/p1_B02_s4.tif")
    found = find(parse("{plate}/{well}/{plate}_{well}_s{site}.tif", tmp_path))
    assert sorted(match.key for match in found) == [("p1", "A01", "1"), ("p2", "B02", "3")]
    assert set(parse("{plate}/{well}/{plate}_{well}_s{site}.tif", tmp_path).names) == {
        "plate",
        "well",
        "site",
    }


def test_a_source_that_is_named_often_counts_once(tmp_path: Path) -> None:
    """A batch file of 200,000 times the same folder took over 25 s to be refused."""
    tifffile.imwrite(tmp_path / "A_DNA.tif", np.zeros((4, 4), np.uint8))
    batch = open_batch(SourceOptions((str(tmp_path),) * 3))
    assert len(batch.images) == 1


def test_a_placeholder_twice_in_one_name_must_agree(tmp_path: Path) -> None:
    touch(tmp_path, "a_a.tif", "a_b.tif")
    assert keys(tmp_path, "{x}_{x}.tif") == {"a_a.tif": ("a",)}


def test_any_number_of_folders(tmp_path: Path) -> None:
    touch(tmp_path, "x.tif", "a/x.tif", "a/b/x.tif", "a/.hidden/x.tif")
    assert len(find(parse("**/x.tif", tmp_path))) == 3


@pytest.mark.parametrize("pattern", ["scan.*", "*.*", "regex:sc.*"])
def test_any_extension(tmp_path: Path, pattern: str) -> None:
    touch(tmp_path, "scan.tif")
    assert list(keys(tmp_path, pattern)) == ["scan.tif"]


def test_signs_in_folder_names_that_exist_are_literal(tmp_path: Path) -> None:
    folder = touch(tmp_path / "data [1] {x} (.*)", "Well_1.tif")
    assert keys(folder.parent, "data [1] {x} (.*)/Well_{well}.tif") == {"Well_1.tif": ("1",)}
    assert keys(folder, "Well_1.tif") == {"Well_1.tif": ()}


def test_folders_are_not_files(tmp_path: Path) -> None:
    (tmp_path / "a.tif").mkdir()
    assert keys(tmp_path, "*.tif") == {}
    assert keys(tmp_path, "nowhere/{x}.tif") == {}


@pytest.mark.parametrize("pattern", ["Well_(.*", "regex:[", "(?P<a>x)(?P<a>.*)", "", "regex:*.tif"])
def test_bad_patterns_are_usage_errors(tmp_path: Path, pattern: str) -> None:
    with pytest.raises(UsageError):
        find(parse(pattern, tmp_path))


NAME = st.text(
    st.characters(blacklist_characters="/\0", blacklist_categories=["Cs"]), min_size=1, max_size=12
).filter(lambda text: text not in (".", "..") and not text.startswith("."))


@settings(max_examples=30, deadline=None)
@given(NAME)
def test_a_placeholder_stands_for_any_text(tmp_path_factory: pytest.TempPathFactory, name: str) -> None:
    folder = tmp_path_factory.mktemp("wild")
    if len(f"{name}_C0.tif".encode()) > 200:
        return
    touch(folder, f"{name}_C0.tif")
    assert [match.key for match in find(parse("{x}_C0.tif", folder))] == [(name,)]
    # A path that is there as it was typed is that file, and its star no pattern.
    assert [match.key for match in find(parse("*_C0.tif", folder))] == [() if name == "*" else (name,)]
    assert [match.path.name for match in find(parse(f"{name}_C0.tif", folder))] == [f"{name}_C0.tif"]


@settings(max_examples=30, deadline=None)
@given(st.text(alphabet="ab.*+?()[]{}|\\^$d1_/<P>:-", max_size=14))
def test_no_pattern_brings_it_down(tmp_path_factory: pytest.TempPathFactory, text: str) -> None:
    folder = tmp_path_factory.getbasetemp()
    with suppress(UsageError):
        find(parse("nothing-here/" + text, folder))


@pytest.mark.parametrize(
    ("images", "masks"),
    [
        ("iso.*.png", "iso..*_Object Identities.h5"), ("iso..*.png", "iso.*_Object Identities.h5"),
        ("iso.*.png", ".*_Object Identities.h5"), ("iso*.png", "iso.*_Object Identities.h5"),
        ("iso.{n}.png", "iso{n}_Object Identities.h5"),
        ("iso.(.*).png", "iso(.*)_Object Identities.h5"), ("iso.*.png", "iso.*Object Identities.h5"),
    ],
)  # fmt: skip
def test_keys_that_differ_by_a_separator_that_a_wildcard_took(
    tmp_path: Path, images: str, masks: str
) -> None:
    for number in (2602, 2603):
        for name in ("iso.{}.png", "iso.{}_Object Identities.h5"):
            (tmp_path / name.format(number)).write_bytes(b"x")
    if masks == ".*_Object Identities.h5":  # the word is in one of the keys alone: these are other names
        with pytest.raises(UsageError, match="no image in common"):
            joined(tmp_path, images, masks)
        return
    batch = joined(tmp_path, images, masks)
    assert [image.masks["o"].name[4:8] for image in batch.images] == ["2602", "2603"]  # type: ignore[union-attr]
    assert [image.channels["i"].name[4:8] for image in batch.images] == ["2602", "2603"]  # type: ignore[union-attr]
    assert any("taken for the same" in line for line in batch.assumptions) == (images != "iso*.png")


def joined(folder: Path, images: str, masks: str) -> Batch:
    return open_batch(SourceOptions(images=(("i", images),), labels=(("o", masks),), base_dir=folder))


def test_two_keys_that_exist_both_stay_two(tmp_path: Path) -> None:
    for name in ("a_1.png", "a__1.png", "a_1_m.png"):
        (tmp_path / name).write_bytes(b"x")
    batch = joined(tmp_path, "a{n}.png", "a{n}_m.png")
    assert {image.key: image.masks["o"] is not None for image in batch.images} == {"_1": True, "__1": False}


@pytest.mark.parametrize(
    ("masks", "pattern"),
    [("iso..{}", "iso..{number}"), ("iso_{}", "iso_{number}"), ("iso.{}", "iso.{number}")],
)
def test_a_folder_tells_which_separators_were_taken_for_the_same(
    tmp_path: Path, masks: str, pattern: str
) -> None:
    for number in (2602, 2603):
        for name in (f"iso.{number}.tif", f"{masks.format(number)}_Object Identities.tif"):
            tifffile.imwrite(tmp_path / name, np.zeros((9, 9), np.uint8))
    batch = open_batch(SourceOptions((str(tmp_path),)))
    assert batch.count_files("masks", "objects") == 2
    said = "\n".join(batch.assumptions)
    assert ("taken for the same name: iso" in said) is (masks != "iso.{}")
    assert f"{pattern}_Object Identities.tif" in said
