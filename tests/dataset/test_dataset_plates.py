"""Wells, plates, and what the file names of plate microscopes say."""

from pathlib import Path

import numpy as np
import pytest
from fixtures.batches import cellprofiler_table, labels_plane, write_tiff
from hypothesis import given
from hypothesis import strategies as st

from tuiqc.dataset.model import Batch
from tuiqc.dataset.open.batch import open_batch
from tuiqc.dataset.plates.instruments import instruments, recognise
from tuiqc.dataset.plates.mapping import PlateMap, plate_map
from tuiqc.dataset.plates.wells import FORMATS, Well, format_for, format_of_number, numbered_well, parse_well
from tuiqc.dataset.source_options import SourceOptions
from tuiqc.pixels import image_info


@pytest.mark.parametrize(
    ("text", "well"),
    [
        ("A01", Well(0, 0)),
        ("a1", Well(0, 0)),
        ("H12", Well(7, 11)),
        ("P24", Well(15, 23)),
        ("AF48", Well(31, 47)),
        ("B - 02", Well(1, 1)),
        ("A/3", Well(0, 2)),
        ("r02c11", Well(1, 10)),
        ("row 3 col 4", Well(2, 3)),
    ],
)
def test_names_of_wells(text: str, well: Well) -> None:
    assert parse_well(text) == well


@pytest.mark.parametrize(
    "text", ["", "A", "1", "A0", "AG01", "A49", "r00c01", "A01B", "A 001", "r33c01", "Ü1"]
)
def test_what_is_no_well(text: str) -> None:
    assert parse_well(text) is None


@given(st.integers(0, 31), st.integers(0, 47))
def test_every_well_is_read_back_from_its_name(row: int, column: int) -> None:
    well = Well(row, column)
    assert parse_well(well.name) == well == parse_well(f"r{row + 1:02d}c{column + 1:02d}")


@given(st.text(max_size=12))
def test_any_text_is_a_well_or_none(text: str) -> None:
    found = parse_well(text)
    assert found is None or parse_well(found.name) == found


def test_numbers_go_row_by_row() -> None:
    assert [numbered_well(n, 12).name for n in (1, 4, 5, 12)] == ["A01", "A04", "B01", "C04"]
    with pytest.raises(ValueError):
        numbered_well(13, 12)


@pytest.mark.parametrize("size", FORMATS)
def test_the_smallest_plate_that_fits(size: int) -> None:
    rows, columns = FORMATS[size]
    assert format_for([Well(rows - 1, columns - 1)]) == size
    assert format_of_number(size) == size
    assert rows * columns == size


def test_numbers_beyond_the_largest_plate() -> None:
    assert format_of_number(1537) is None


@pytest.mark.parametrize("instrument", instruments(), ids=lambda one: one.name)
def test_examples_say_what_their_entry_says(instrument: object) -> None:
    stem = instrument.example.rsplit(".", 1)[0]  # type: ignore[attr-defined]
    assert instrument.read(stem) == instrument.means  # type: ignore[attr-defined]
    found = recognise([stem, stem], general=True)
    assert found is instrument


@pytest.mark.parametrize(
    "stem",
    ["Well_1_C0", "image_001_DAPI", "a", "", "A01", "sample_B03_nuclei", "2023_A01_notes", "r01c01"],
)
def test_ordinary_names_are_no_instruments(stem: str) -> None:
    assert recognise([stem, stem]) is None


@given(st.lists(st.text(max_size=30), max_size=6))
def test_any_names_are_read_without_an_error(stems: list[str]) -> None:
    recognise(stems, general=True)


def plane(value: int) -> np.ndarray:
    return np.full((32, 32), value, np.uint8)


def test_an_operetta_folder_opens_by_itself(tmp_path: Path) -> None:
    for well in ("r01c01", "r02c11"):
        for site in ("01", "02"):
            for channel in (1, 2):
                stem = f"{well}f{site}p01-ch{channel}sk1fk1fl1"
                write_tiff(tmp_path / "Images" / f"{stem}.tiff", plane(channel))
            write_tiff(tmp_path / "masks" / f"{well}f{site}p01-ch1sk1fk1fl1_cp_masks.tif", labels_plane())
    batch = open_batch(SourceOptions(sources=(str(tmp_path),)))
    assert [image.key for image in batch.images] == ["A01/01", "A01/02", "B11/01", "B11/02"]
    assert (batch.placeholders, batch.channels, batch.layers) == (
        ["well", "site"],
        ["ch1", "ch2"],
        ["objects"],
    )
    assert not batch.unmatched
    assert any("Operetta" in sentence for sentence in batch.assumptions)


def test_an_imagexpress_folder_leaves_the_previews_out(tmp_path: Path) -> None:
    for well in ("A01", "H12"):
        for wave in (1, 2):
            write_tiff(tmp_path / f"P_{well}_s1_w{wave}.TIF", plane(wave))
            write_tiff(tmp_path / f"P_{well}_s1_w{wave}_thumb.TIF", plane(wave))
        write_tiff(tmp_path / f"P_{well}_s1_nuclei_labels.tif", labels_plane())
        cellprofiler_table(tmp_path / f"P_{well}_s1_nuclei.csv")
    batch = open_batch(SourceOptions(sources=(str(tmp_path),)))
    assert [image.key for image in batch.images] == ["A01", "H12"]
    assert (batch.channels, batch.layers) == (["w1", "w2"], ["nuclei"])
    assert batch.has_table("nuclei")
    assert {entry.why for entry in batch.unmatched} == {"a preview"}


def test_two_plates_in_folders(tmp_path: Path) -> None:
    for plate in ("plateA", "plateB"):
        for well in ("B - 02", "C - 03"):
            write_tiff(tmp_path / plate / f"{well}(fld 1 wv UV - DAPI).tif", plane(1))
            write_tiff(tmp_path / plate / f"{well}(fld 1 wv UV - DAPI)_labels.tif", labels_plane())
    batch = open_batch(SourceOptions(sources=(str(tmp_path),)))
    assert [image.key for image in batch.images] == ["plateA/B02", "plateA/C03", "plateB/B02", "plateB/C03"]
    assert batch.channels == ["UV - DAPI"]
    for image in batch.images:
        mask = image.masks["objects"]
        assert mask is not None
        assert mask.parent.name == image.placeholders["plate"]


def test_plates_with_the_folders_of_their_microscopes(tmp_path: Path) -> None:
    for plate in ("Plate1__2023", "Plate2__2023"):
        for well in ("r01c01", "r02c02"):
            stem = f"{well}f01p01-ch1sk1fk1fl1"
            write_tiff(tmp_path / plate / "Images" / f"{stem}.tiff", plane(1))
            write_tiff(tmp_path / plate / "masks" / f"{stem}_cp_masks.tif", labels_plane())
    batch = open_batch(SourceOptions(sources=(str(tmp_path),)))
    assert [image.key for image in batch.images] == [
        f"{plate}/{well}" for plate in ("Plate1__2023", "Plate2__2023") for well in ("A01", "B02")
    ]
    for image in batch.images:
        assert image.placeholders["plate"] in str(image.masks["objects"])
    assert any("/{plate}/Images/r{row}c{column}" in line for line in batch.assumptions)


def test_plates_with_folders_of_time_points(tmp_path: Path) -> None:
    for plate in ("P1", "P2"):
        for t in (1, 2):
            for well in ("A01", "B02"):
                write_tiff(tmp_path / plate / f"TimePoint_{t}" / f"{well}_s1_w1.TIF", plane(t))
    batch = open_batch(SourceOptions(sources=(str(tmp_path),)))
    assert len(batch.images) == 8
    assert batch.placeholders == ["plate", "well", "t"]
    assert any("/{plate}/TimePoint_{t}/{well}_s1_w1" in line for line in batch.assumptions)


@pytest.mark.parametrize("axis", ["t", "z"])
def test_time_points_and_slices_are_one_image(tmp_path: Path, axis: str) -> None:
    for well in ("C02", "C03"):
        for n in (1, 2, 3):
            place = f"T000{n}F001L01A01Z01" if axis == "t" else f"T0001F001L01A01Z0{n}"
            write_tiff(tmp_path / f"P_{well}_{place}C01.tif", plane(n))
            write_tiff(tmp_path / f"P_{well}_{place}C01_cp_masks.tif", labels_plane())
    batch = open_batch(SourceOptions(sources=(str(tmp_path),)))
    assert [image.key for image in batch.images] == ["C02", "C03"]
    path = batch.images[0].channels["C01"]
    assert path is not None
    assert image_info(path).sizes[axis] == 3
    assert f"{{{axis}}}" in path.name
    assert any(f"{{well}}_T{'{t}' if axis == 't' else '0001'}" in line for line in batch.assumptions)


def test_time_points_with_tables_of_their_own_stay_images(tmp_path: Path) -> None:
    for n in (1, 2):
        stem = f"P_C02_T000{n}F001L01A01Z01C01"
        write_tiff(tmp_path / f"{stem}.tif", plane(n))
        write_tiff(tmp_path / f"{stem}_labels.tif", labels_plane())
        cellprofiler_table(tmp_path / f"{stem}_objects.csv")
    batch = open_batch(SourceOptions(sources=(str(tmp_path),)))
    assert [image.key for image in batch.images] == ["C02/0001", "C02/0002"]
    assert batch.has_table("objects")


# --- where the images of a batch are on their plates


def opened(folder: Path, names: list[str], pattern: str) -> Batch:
    for name in names:
        write_tiff(folder / name, plane(1))
    return open_batch(SourceOptions(images=(("DNA", pattern),), base_dir=folder))


def where(found: PlateMap | None) -> list[str]:
    assert found is not None
    return found.names()


def test_wells_from_a_placeholder(tmp_path: Path) -> None:
    batch = opened(tmp_path, ["x_A1_1.tif", "x_A1_2.tif", "x_H12_1.tif"], "x_{spot}_{site}.tif")
    found = plate_map(batch)
    assert where(found) == ["A01", "A01", "H12"]
    assert found.wells == 96
    assert found.images(0, Well(0, 0)).tolist() == [0, 1]
    assert "{spot}" in found.said


def test_numbers_map_to_a_stated_layout(tmp_path: Path) -> None:
    batch = opened(tmp_path, [f"Well_{n}.tif" for n in range(1, 9)], "Well_{well}.tif")
    found = plate_map(batch)
    assert where(found) == ["A01", "A02", "A03", "A04", "B01", "B02", "B03", "B04"]
    assert found.wells == 12
    assert found.numbered
    assert "12 wells" in found.said
    assert where(plate_map(batch, 96))[-1] == "A08"


def test_wells_from_file_names_alone(tmp_path: Path) -> None:
    batch = opened(tmp_path, ["Well_1_C0.tif", "Well_2_C0.tif"], "{image}.tif")
    assert where(plate_map(batch)) == ["A01", "A02"]


def test_nothing_says_where(tmp_path: Path) -> None:
    for names in (["a.tif", "b.tif"], ["s1_DAPI.tif", "s2_DAPI.tif"], ["x_t01.tif", "x_t02.tif"]):
        assert plate_map(opened(tmp_path, names, "{image}.tif")) is None, "sites and time points are no wells"


@pytest.mark.parametrize(("last", "wells"), [("B03", 6), ("AF48", 1536), ("P24", 384)])
def test_plates_of_all_sizes(tmp_path: Path, last: str, wells: int) -> None:
    found = plate_map(opened(tmp_path, ["x_A01.tif", f"x_{last}.tif"], "x_{well}.tif"))
    assert found.wells == wells
    assert where(found)[-1] == last


def test_folders_that_are_plates(tmp_path: Path) -> None:
    names = [f"p{p}/{well}_x.tif" for p in (2, 10) for well in ("A01", "B02")]
    found = plate_map(opened(tmp_path, names, "{plate}/{well}_x.tif"))
    assert found.plates == ("p2", "p10")
    assert where(found) == ["p2 A01", "p2 B02", "p10 A01", "p10 B02"]


def test_wells_numbered_with_many_digits(tmp_path: Path) -> None:
    batch = opened(tmp_path, ["W00001.tif", "W00096.tif"], "W{well}.tif")
    assert where(plate_map(batch)) == ["A01", "H12"]
