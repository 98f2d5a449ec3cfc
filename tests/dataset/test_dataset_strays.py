"""What lies in a folder beside the batch changes neither its images nor their keys, and is named with its reason."""

from __future__ import annotations

import os
import unicodedata
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from fixtures.batches import labels_plane, write_tiff
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from tuiqc.dataset.batch_facts import BatchFacts, facts_of, facts_path, kept_folder, note_facts, save_facts
from tuiqc.dataset.discover import pattern_parts
from tuiqc.dataset.discover.found_files import FoundFile
from tuiqc.dataset.discover.image_names import ImageNames, misfits
from tuiqc.dataset.discover.pattern_parts import template
from tuiqc.dataset.join_report import JoinReport
from tuiqc.dataset.model import Batch
from tuiqc.dataset.open.batch import open_batch
from tuiqc.dataset.open.recent import EARLIER_FILE, remember_patterns
from tuiqc.dataset.picture_mark import is_marked, marked_png, png_info
from tuiqc.dataset.source_options import SourceOptions
from tuiqc.errors import UsageError

Make = Callable[[Path], object]


def touch(path: Path, content: bytes = b"") -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)


def picture(path: Path, marked: bool = False) -> None:
    info = png_info() if marked else None
    Image.fromarray(np.zeros((4, 4, 3), np.uint8)).save(path, "PNG", pnginfo=info)


def wells(folder: Path) -> Path:
    """As the practical's wells: two channels, masks of two layers, tables of one of them."""
    for well in range(1, 9):
        for name in ("C0.tif", "C1.tif", "nuclei_labels.tiff", "cells_labels.tiff", "nuclei.txt"):
            touch(folder / f"Well_{well}_{name}")
    touch(folder / "All_Wells_cells.txt")
    return folder


def samples(folder: Path) -> Path:
    """One channel without a word for it, and masks."""
    for well in ("A01", "A02", "B01", "B02"):
        touch(folder / f"sample_{well}.tif")
        touch(folder / f"sample_{well}_labels.tif")
    return folder


def operetta(folder: Path) -> Path:
    for row in range(1, 5):
        for channel in "12":
            touch(folder / f"r0{row}c02f01p01-ch{channel}sk1fk1fl1.tiff")
        touch(folder / f"r0{row}c02f01p01-ch1sk1fk1fl1_cp_masks.tif")
    return folder


STRAYS: dict[str, Make] = {
    "render": lambda d: picture(d / "overlay.png", True),
    "render before all": lambda d: picture(d / "0_first.png", True),
    "render like a channel": lambda d: [picture(d / f"Well_{n}_overlay.png", True) for n in range(1, 9)],
    "pages of a sheet": lambda d: [picture(d / f"sheet-{n}.png", True) for n in range(1, 5)],
    "plots": lambda d: [picture(d / "area_histogram.png", True), touch(d / "box.svg"), touch(d / "p.pdf")],
    "junk": lambda d: touch(d / "junk.tif", b"no tiff"),
    "junk of words": lambda d: touch(d / "zz old scan copy.tif"),
    "figure": lambda d: picture(d / "figure_for_paper.png"),
    "figures": lambda d: [picture(d / f"{name}.png") for name in ("figure_dna", "Slide 3", "talk", "fig_b2_final")],
    "big picture": lambda d: touch(d / "stitched_overview.tif"),
    "jpeg": lambda d: touch(d / "screenshot 2026-01-01.jpg"),
    "mask": lambda d: touch(d / "old_attempt_labels.tif"),
    "masks": lambda d: [touch(d / f"{name}_mask.png") for name in ("try", "a_try")],
    "table": lambda d: touch(d / "summary.csv"),
    "table of an image": lambda d: [touch(d / "Well_1_notes.csv"), touch(d / "sample_A01_notes.csv")],
    "hidden": lambda d: [touch(d / name) for name in ("._Well_1_C0.tif", "._sample_A01.tif", ".x.tif", ".DS_Store")],
    "system": lambda d: [touch(d / "Thumbs.db"), touch(d / "@eaDir" / "x.jpg"), touch(d / "__MACOSX" / "._x.tif")],
    "other files": lambda d: [touch(d / "seg.npy"), touch(d / "note.docx"), touch(d / "Makefile")],
    "folder": lambda d: touch(d / "old stuff" / "x.tif"),
    "pipe": lambda d: os.mkfifo(d / "sample_C01.tif"),
}  # fmt: skip


def opened(folder: Path) -> Batch:
    return open_batch(SourceOptions(sources=(str(folder),)))


def summary(batch: Batch) -> tuple[object, ...]:
    keys = [(image.key, dict(image.placeholders)) for image in batch.images]
    files = [
        [*image.channels.values(), *image.masks.values(), *image.tables.values()] for image in batch.images
    ]
    return keys, batch.channels, batch.layers, files, sorted(batch.shared_tables)


@pytest.mark.parametrize("make", [wells, samples, operetta])
@pytest.mark.parametrize("stray", STRAYS)
def test_a_stray_changes_nothing(tmp_path: Path, make: Callable[[Path], Path], stray: str) -> None:
    before = opened(make(tmp_path))
    there = {path.name for path in tmp_path.iterdir()}
    STRAYS[stray](tmp_path)
    after = opened(tmp_path)
    assert summary(after) == summary(before)
    said = "\n".join(JoinReport(after).lines())
    new = {path.name for path in tmp_path.iterdir()} - there
    if stray not in ("hidden", "system", "pipe"):
        left = {entry.path.name for entry in after.unmatched if entry.path is not None and entry.why}
        assert new <= left
        assert all(name in said for name in sorted(new)[:1])


def few(folder: Path) -> Path:
    """Three wells: as many strays as images are soon there."""
    for well in ("A01", "A02", "A03"):
        for end in ("DNA.tif", "nuclei_labels.tif"):
            touch(folder / f"{well}_{end}")
        (folder / f"{well}_nuclei.csv").write_text("label,area\n1,9\n")
    return folder


@pytest.mark.parametrize(
    "names",
    [
        ("fig.jpg", "opened_and_saved.png", "Screenshot 2026-01-01 at 10.00.00.png"),
        ("nuclei.png",),
        ("labels.png", "A01_overlay.png", "A01.tif", "1.tif", "DNA.tif"),
        ("A01_DNA_old.tif", "A01_DNA-1.tif", "thumb_A01.jpg"),
        ("A01_DNA (1).tif", "A01_DNA.tif.bak.tif", "A01_DNA copy.tif", "MAX_A01_DNA.tif"),
    ],
)
def test_as_many_strays_as_images_change_nothing(tmp_path: Path, names: tuple[str, ...]) -> None:
    """Masks say which of the pictures are the images."""
    before = opened(few(tmp_path))
    for name in names:
        touch(tmp_path / name)
    after = opened(tmp_path)
    assert summary(after) == summary(before)
    assert {entry.path.name for entry in after.unmatched if entry.path is not None} >= set(names)


def test_all_strays_at_once(tmp_path: Path) -> None:
    before = opened(wells(tmp_path))
    for make in STRAYS.values():
        make(tmp_path)
    assert summary(opened(tmp_path)) == summary(before)


def test_a_missing_file_behind_a_link_is_an_image(tmp_path: Path) -> None:
    samples(tmp_path)
    (tmp_path / "gone.tif").symlink_to(tmp_path / "nowhere.tif")
    assert len(opened(tmp_path).images) == 5


def test_images_without_a_mask_are_kept_where_they_are_called_alike(tmp_path: Path) -> None:
    for name in ("treated_1", "treated_2", "treated_3", "treated_4", "control_1"):
        touch(tmp_path / f"{name}.tif")
    for name in ("treated_1", "treated_2", "treated_3", "treated_4"):
        touch(tmp_path / f"{name}_cp_masks.png")
    assert len(opened(tmp_path).images) == 5


@given(st.lists(st.text("abA1_-. 2", min_size=1, max_size=9), unique=True, max_size=9), st.data())
def test_misfits_are_without_a_mate_and_not_the_most(names: list[str], data: st.DataObject) -> None:
    mated = data.draw(st.sets(st.sampled_from(names))) if names else set()
    odd = misfits({name: (name, ".tif") for name in names}, mated)
    assert not odd & mated
    assert odd <= set(names)
    assert 2 * len(odd) <= len(names)


def test_only_our_pictures_are_marked(tmp_path: Path) -> None:
    picture(tmp_path / "a.png", True)
    picture(tmp_path / "b.png")
    (tmp_path / "c.png").write_bytes(marked_png((tmp_path / "b.png").read_bytes()))
    (tmp_path / "d.png").write_bytes(b"tEXtSoftware\0tuiqc")
    assert [is_marked(tmp_path / f"{name}.png") for name in "abcde"] == [True, False, True, False, False]
    assert Image.open(tmp_path / "c.png").text == {"Software": "tuiqc"}  # type: ignore[attr-defined]


# --- by-products and other ways to name masks ----------------------------------------------------------------------


@pytest.mark.parametrize(
    "by_product",
    ["{}_flows_cp_masks.tif", "{}_dP_cp_masks.tif", "{}_outlines_cp_masks.png", "{}_cp_output_cp_masks.png",
     "{}_flows.tif", "{}_dP.tif", "{}_outlines.png", "{}_cp_output.png", "{}_cp_outlines.txt", "{}_seg.npy"],
)  # fmt: skip
def test_cellposes_by_products_are_no_layers(tmp_path: Path, by_product: str) -> None:
    for name in ("s_A01", "s_A02"):
        for form in ("{}.tif", "{}_cp_masks.png", by_product):
            touch(tmp_path / form.format(name))
    batch = opened(tmp_path)
    assert (batch.channels, batch.layers, len(batch.images)) == (["image"], ["objects"], 2)
    assert {entry.path.name for entry in batch.unmatched if entry.path} == {
        by_product.format(name) for name in ("s_A01", "s_A02")
    }


@pytest.mark.parametrize(
    ("mask", "layer"),
    [
        ("{}-lbl.tif", "objects"), ("Label Image {}.tif", "objects"), ("labels_{}.tif", "objects"),
        ("mask_{}.tif", "objects"), ("{}_NucleiMask.tif", "Nuclei"), ("masks_deepcell/{}.tif", "deepcell"),
        ("deepcell_output/{}_whole_cell.tif", "whole_cell"), ("{}_cellpose_mask.tif", "cellpose"),
        ("{}_mesmer_mask.tif", "mesmer"), ("{}_stardist_mask.tif", "stardist"), ("{}_ilastik_mask.tif", "ilastik"),
        ("{}_filtered.tif", "filtered"), ("{}_instanseg_prediction.tif", "instanseg_prediction"),
        ("{}_segm.tif", "objects"), ("segmentation/unmicst-{}/cell.ome.tif", "cell"), ("{}_MASK.TIF", "objects"),
    ],
)  # fmt: skip
def test_masks_by_their_names(tmp_path: Path, mask: str, layer: str) -> None:
    for name in ("sample_A01", "sample_A02", "sample_B01"):
        touch(tmp_path / ("registration" if "unmicst" in mask else ".") / f"{name}.tif")
        touch(tmp_path / mask.format(name))
    batch = opened(tmp_path)
    assert (batch.channels, batch.layers) == (["image"], [layer])
    assert all(image.masks[layer] is not None for image in batch.images)
    keys = [image.key.removeprefix("sample_") for image in batch.images]  # of mcmicro the whole name
    assert keys == ["A01", "A02", "B01"]


@pytest.mark.parametrize("ending", [".qptiff", ".svs", ".ndpi", ".scn", ".bif"])
def test_slides_are_images(tmp_path: Path, ending: str) -> None:
    for name in ("s_A01", "s_A02"):
        touch(tmp_path / f"{name}{ending}")
        touch(tmp_path / f"{name}_cp_masks.tif")
    batch = opened(tmp_path)
    assert [image.key for image in batch.images] == ["A01", "A02"]
    assert not batch.unmatched


def test_a_word_for_masks_in_the_name_of_an_image(tmp_path: Path) -> None:
    for name in ("mask_free_A01", "mask_free_A02"):
        touch(tmp_path / f"{name}.tif")
        touch(tmp_path / f"{name}_labels.tif")
    batch = opened(tmp_path)
    assert [image.key for image in batch.images] == ["A01", "A02"]
    assert batch.layers == ["objects"]


def test_wells_of_1536() -> None:
    names = ["p_A01", "p_Z24", "p_AF48"]
    assert template(names).names == ("well",)
    assert template(["s1", "s2"]).names == ("site",)


# --- spellings -----------------------------------------------------------------------------------------------------

SPELLINGS = [
    ("A1", "A01"), ("A01", "a01"), ("A01", "A01 "), ("1", "001"), ("my well", "my%20well"),
    (unicodedata.normalize("NFC", "Zellé"), unicodedata.normalize("NFD", "Zellé")),
]  # fmt: skip


@pytest.mark.parametrize("by", ["folder", "patterns"])
@pytest.mark.parametrize(("one", "other"), SPELLINGS)
def test_two_spellings_of_one_name(tmp_path: Path, one: str, other: str, by: str) -> None:
    for image, mask in ((one, other), ("Q77", "Q77")):
        touch(tmp_path / f"x_{image}_DNA.tif")
        touch(tmp_path / f"x_{mask}_nuclei_labels.tif")
    images, labels = (("DNA", "x_{n}_DNA.tif"),), (("nuclei", "x_{n}_nuclei_labels.tif"),)
    if by == "folder":
        batch = opened(tmp_path)
    else:
        batch = open_batch(SourceOptions(images=images, labels=labels, base_dir=tmp_path))
    assert len(batch.images) == 2
    assert all(image.masks["nuclei"] for image in batch.images)
    if by == "patterns" or other.strip() == other:  # in a folder the blank belongs to the separator of words
        assert any("taken for the same" in line for line in batch.assumptions)


@pytest.mark.parametrize("by", ["folder", "patterns"])
@pytest.mark.parametrize(("one", "other"), SPELLINGS)
def test_two_that_exist_both_are_never_merged(tmp_path: Path, one: str, other: str, by: str) -> None:
    if by == "folder" and other.endswith(" "):
        pytest.skip("a blank is a separator of words there")
    for name in (one, other):
        touch(tmp_path / f"x_{name}_DNA.tif")
    touch(tmp_path / f"x_{one}_nuclei_labels.tif")
    images, labels = (("DNA", "x_{n}_DNA.tif"),), (("nuclei", "x_{n}_nuclei_labels.tif"),)
    if by == "folder":
        batch = opened(tmp_path)
    else:
        batch = open_batch(SourceOptions(images=images, labels=labels, base_dir=tmp_path))
    found = {image.channels["DNA"].name: image.masks["nuclei"] for image in batch.images}  # type: ignore[union-attr]
    assert len(found) == 2
    assert found[f"x_{one}_DNA.tif"] is not None
    assert found[f"x_{other}_DNA.tif"] is None


WORDS = st.lists(
    st.sampled_from(["A1", "A01", "a01", "1", "001", "x", "X", "ü", "u\u0308"]), min_size=1, max_size=3
)


@settings(max_examples=30)
@given(
    st.lists(st.tuples(WORDS.map(tuple), st.sampled_from(["DNA", "ER"])), min_size=1, unique=True, max_size=8)
)
def test_every_file_of_a_channel_has_an_image_of_its_own(files: list[tuple[tuple[str, ...], str]]) -> None:
    names = [("_".join((*words, channel)), words, channel) for words, channel in files]
    found = [
        (FoundFile(Path(name), name, (*words, channel), "image"), words, channel)
        for name, words, channel in names
    ]
    images = ImageNames(found, "last")
    placed = [(images.of(words), channel) for _, words, channel in found]
    assert len(set(placed)) == len(placed)
    for _, words, _ in found:
        assert images.split(words) == (images.of(words), (), True)


def test_the_ending_in_capitals(tmp_path: Path) -> None:
    for name in ("A01_DNA.TIF", "A02_DNA.tif", "A03_DNA.tif", "A03_DNA.TIF"):
        touch(tmp_path / name)
    batch = open_batch(SourceOptions(images=(("DNA", "{well}_DNA.tif"),), base_dir=tmp_path))
    assert [image.channels["DNA"].name for image in batch.images] == [  # type: ignore[union-attr]
        "A01_DNA.TIF", "A02_DNA.tif", "A03_DNA.tif",
    ]  # fmt: skip


# --- hostile names, links and patterns -----------------------------------------------------------------------------


def test_any_number_of_folders_goes_through_links_once(tmp_path: Path) -> None:
    touch(tmp_path / "store" / "s_1.tif")
    (tmp_path / "view").mkdir()
    (tmp_path / "view" / "plate").symlink_to(tmp_path / "store", target_is_directory=True)
    (tmp_path / "store" / "loop").symlink_to(tmp_path / "store", target_is_directory=True)
    batch = open_batch(SourceOptions(images=(("i", f"{tmp_path}/view/**/s_{{n}}.tif"),)))
    assert [image.key for image in batch.images] == ["1"]


def test_pipes_are_no_files_of_a_pattern(tmp_path: Path) -> None:
    touch(tmp_path / "s_1.tif")
    os.mkfifo(tmp_path / "s_2.tif")
    batch = open_batch(SourceOptions(images=(("i", "s_{n}.tif"),), base_dir=tmp_path))
    assert [image.key for image in batch.images] == ["1"]


def test_names_that_are_no_utf8(tmp_path: Path) -> None:
    for name in (b"10\xb5M", b"20uM"):
        for end, plane in (
            (b"_DNA.tif", np.zeros((32, 32), np.uint8)),
            (b"_nuclei_labels.tif", labels_plane()),
        ):
            write_tiff(Path(os.fsdecode(os.fsencode(tmp_path) + b"/" + name + end)), plane)
    batch = opened(tmp_path)
    assert [image.key for image in batch.images] == ["10\udcb5M", "20uM"]
    assert all(image.masks["nuclei"] for image in batch.images)
    assert "\n".join(JoinReport(batch).lines()).encode()
    batch.source.to_toml(tmp_path / "kept.toml")


@pytest.mark.parametrize(
    "pattern", ["regex:(a+)+b_.*.tif", "regex:(a|aa)*c.tif", "*".join("a" * 14) + "*b.tif"]
)
def test_a_pattern_that_would_take_for_ever(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, pattern: str
) -> None:
    monkeypatch.setattr(pattern_parts, "SECONDS", 0.3)
    touch(tmp_path / ("a" * 60 + "x.tif"))
    with pytest.raises(UsageError, match=r"matches no file|too many ways"):
        open_batch(SourceOptions(images=(("i", pattern),), base_dir=tmp_path))


def test_a_repeated_group_still_matches(tmp_path: Path) -> None:
    touch(tmp_path / "a12_b3_.tif")
    batch = open_batch(SourceOptions(images=(("i", r"regex:(?P<n>(?:[a-z]\d+_)+)\.tif"),), base_dir=tmp_path))
    assert [image.key for image in batch.images] == ["a12_b3_"]


# --- patterns of the last time -------------------------------------------------------------------------------------


def by_patterns(folder: Path) -> SourceOptions:
    images, labels = (("Kerne", "Well_{w}_C0.tif"),), (("nuclei", "Well_{w}_nuclei_labels.tiff"),)
    return SourceOptions(images=images, labels=labels, axes={"": "yx"}, base_dir=folder)


def test_a_folder_opens_by_the_patterns_of_the_last_time(tmp_path: Path) -> None:
    folder = wells(tmp_path / "wells")
    csv = folder / "qc_annotations.csv"
    remember_patterns(open_batch(by_patterns(folder)), csv)
    assert not facts_path(csv).exists()  # as long as there is no verdict
    touch(csv)
    remember_patterns(open_batch(by_patterns(folder)), csv)
    moved = folder.rename(tmp_path / "moved")
    batch = opened(moved)
    assert (batch.channels, batch.layers, batch.placeholders) == (["Kerne"], ["nuclei"], ["w"])
    assert batch.source.axes == {"": "yx"}
    assert any("--afresh" in line and csv.name in line for line in batch.assumptions)
    note_facts(moved / csv.name, facts_of(batch))
    remember_patterns(batch, moved / csv.name)  # a second time changes nothing
    assert opened(moved).channels == ["Kerne"]
    afresh = open_batch(SourceOptions(sources=(str(moved),), afresh=True))
    assert afresh.channels == ["C0", "C1"]
    remember_patterns(afresh, moved / csv.name)
    assert opened(moved).channels == ["C0", "C1"]


def test_patterns_of_an_earlier_version_are_read_and_kept_in_one_place_from_then_on(tmp_path: Path) -> None:
    folder, csv = wells(tmp_path), tmp_path / "qc_annotations.csv"
    by_patterns(folder).to_toml(folder / EARLIER_FILE)
    touch(csv)
    batch = opened(folder)
    assert batch.channels == ["Kerne"]
    remember_patterns(batch, csv)
    assert not (folder / EARLIER_FILE).exists()
    assert opened(folder).channels == ["Kerne"]
    by_patterns(folder).to_toml(folder / EARLIER_FILE)
    remember_patterns(open_batch(SourceOptions(sources=(str(folder),), afresh=True)), csv)
    assert opened(folder).channels == ["C0", "C1"], "forgotten in both places"


def test_patterns_of_a_folder_that_cannot_be_written_are_with_its_annotations(tmp_path: Path) -> None:
    folder = wells(tmp_path / "wells")
    csv = kept_folder() / "wells-0.csv"
    csv.parent.mkdir(parents=True, exist_ok=True)
    touch(csv)
    remember_patterns(open_batch(by_patterns(folder)), csv)
    assert opened(folder).channels == ["Kerne"]
    assert opened(wells(tmp_path / "others")).channels == ["C0", "C1"]


@pytest.mark.parametrize("text", ["no toml [", 'images = [{name = "a", pattern = "gone_{x}.tif"}]'])
def test_patterns_that_no_longer_hold_are_left_aside(tmp_path: Path, text: str) -> None:
    before = opened(wells(tmp_path))
    (tmp_path / EARLIER_FILE).write_text(text)
    assert summary(opened(tmp_path)) == summary(before)


@pytest.mark.parametrize(
    "kept", [{"images": 3}, {"images": [{"name": "a"}]}, {"x": []}, {"images": [{"pattern": "gone_{x}.tif"}]}]
)
def test_what_somebody_wrote_into_the_memory_is_left_aside(tmp_path: Path, kept: dict[str, object]) -> None:
    before = opened(wells(tmp_path))
    save_facts(tmp_path / "qc_annotations.csv", BatchFacts(opened=kept))
    assert summary(opened(tmp_path)) == summary(before)
