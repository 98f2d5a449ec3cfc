"""Opening by patterns, by folder and by table: what is found, what is left over, how mistakes are answered."""

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import tifffile
from fixtures.batches import PRACTICAL, cellprofiler_table, labels_plane, make_batch, write_tiff

from tuiqc.dataset.join_report import JoinReport
from tuiqc.dataset.objects import ObjectLoader, join_parts
from tuiqc.dataset.open.batch import OpeningStoppedError, open_batch
from tuiqc.dataset.source_options import SourceOptions
from tuiqc.errors import InputError, TuiqcError, UsageError

COUNTS = [13, 7, 13, 10, 18, 11, 10, 15]
needs_practical = pytest.mark.skipif(
    not PRACTICAL.is_dir(), reason="the practical's data are not on this machine"
)


def options(folder: Path, **kwargs: object) -> SourceOptions:
    values = {
        "images": (("DNA", "Well_{well}_DNA.tif"),),
        "labels": (("nuclei", "Well_{well}_nuclei_labels.tif"),),
    }
    values["tables"] = (("nuclei", "Well_{well}_nuclei.csv"),)
    return SourceOptions(**{**values, **kwargs, "base_dir": folder})  # type: ignore[arg-type]


def counts(batch: object, layer: str) -> list[int]:
    parts: list = []
    ObjectLoader(batch).load_layer(layer, parts.append)  # type: ignore[arg-type]
    frame, geometry = join_parts(parts)
    assert len(frame) == len(geometry)
    return frame.groupby("image").size().tolist()


# --- the real data -------------------------------------------------------------------------------------------------


@needs_practical
@pytest.mark.parametrize("star", ["{well}", "*", ".*"])
def test_practical_by_patterns(star: str) -> None:
    batch = open_batch(
        SourceOptions(
            images=(("DNA", f"Well_{star}_C0.tif"), ("PLA", f"Well_{star}_C1.tif")),
            labels=(("nuclei", f"Well_{star}_nuclei_labels.tiff"),),
            tables=(("nuclei", f"Well_{star}_nuclei.txt"),),
            base_dir=PRACTICAL,
        )
    )
    assert [image.key for image in batch.images] == [str(n) for n in range(1, 9)]
    assert (batch.channels, batch.layers, batch.placeholders) == (["DNA", "PLA"], ["nuclei"], ["well"])
    assert batch.dialects["nuclei"].name == "cellprofiler"
    assert not batch.unmatched
    assert counts(batch, "nuclei") == COUNTS


@needs_practical
def test_practical_by_folder_alone() -> None:
    batch = open_batch(SourceOptions(sources=(str(PRACTICAL),)))
    assert batch.channels == ["C0", "C1"]
    assert batch.layers[:2] == ["nuclei", "cells"]
    assert set(batch.layers) == {"nuclei", "cells", "PLA"}
    assert [layer for layer in batch.layers if batch.has_table(layer)] == ["nuclei", "cells"]
    assert counts(batch, "nuclei") == counts(batch, "cells") == COUNTS
    assert [entry.path.name for entry in batch.unmatched if entry.path] == ["All_Wells_cells.txt"]
    assert any("--images C0=" in sentence for sentence in batch.assumptions)


@needs_practical
def test_practical_from_the_table_alone() -> None:
    batch = open_batch(SourceOptions(sources=(str(PRACTICAL / "All_Wells_cells.txt"),)))
    assert [image.key for image in batch.images] == [str(n) for n in range(1, 9)]
    assert batch.channels == ["DNA", "PLA"]
    assert batch.layers == ["CellLabels", "NucleiLabels", "PLALabels"]
    assert list(batch.shared_tables) == ["CellLabels"]
    assert batch.placeholders == ["ImageNumber"]
    assert counts(batch, "CellLabels") == COUNTS
    assert batch.by_key("5").masks["PLALabels"] == (PRACTICAL / "Well_5_PLA_labels.tiff").absolute()
    frame = batch.image_frame()
    assert list(frame.columns)[:3] == ["image", "ImageNumber", "DNA"]
    assert frame["ImageNumber"].tolist() == list(range(1, 9))


@needs_practical
def test_practical_table_elsewhere_needs_the_data_root(tmp_path: Path) -> None:
    table = tmp_path / "renamed.txt"
    table.write_bytes((PRACTICAL / "All_Wells_cells.txt").read_bytes())
    with pytest.raises(InputError, match="--data-root"):
        open_batch(SourceOptions(sources=(str(table),)))
    batch = open_batch(SourceOptions(sources=(str(table),), data_root=str(PRACTICAL.parent)))
    assert list(batch.shared_tables) == ["CellLabels"]  # its name says nothing: recognised by the masks
    assert counts(batch, "CellLabels") == COUNTS


# --- patterns ------------------------------------------------------------------------------------------------------


def test_natural_order_and_records(tmp_path: Path) -> None:
    batch = open_batch(options(make_batch(tmp_path)))
    assert [(image.index, image.key) for image in batch.images] == [(0, "1"), (1, "2"), (2, "10")]
    assert batch.images[2].placeholders == {"well": "10"}
    assert batch.root == tmp_path
    with pytest.raises(InputError, match="one of 1, 2, 10"):
        batch.by_key("3")


def test_missing_and_extra_files_are_kept_and_named(tmp_path: Path) -> None:
    make_batch(tmp_path)
    (tmp_path / "Well_2_nuclei_labels.tif").unlink()
    cellprofiler_table(tmp_path / "Well_99_nuclei.csv")
    batch = open_batch(options(tmp_path))
    assert {(e.role, e.path and e.path.name, e.key) for e in batch.unmatched} == {
        ("mask nuclei", None, "2"),
        ("table nuclei", "Well_99_nuclei.csv", "99"),
    }
    lines = "\n".join(JoinReport(batch).lines())
    assert "missing: mask nuclei of 1 image: 2" in lines
    assert "left over: table nuclei: Well_99_nuclei.csv" in lines
    report = JoinReport(batch, {"nuclei": 9}).as_dict()
    assert report["images"] == 3
    assert report["layers"]["nuclei"]["rows"] == 9
    assert report["unmatched_counts"] == {"mask nuclei": 1, "table nuclei": 1}
    assert counts(batch, "nuclei") == [3, 3, 3]


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"images": (("DNA", "Wel_{well}_DNA.tif"),)}, ["matches no file", "Well_1_DNA.tif"]),
        ({"images": (("DNA", "nowhere/{well}.tif"),)}, ["matches no file"]),
        ({"images": (("DNA", "Well_{well}*.tif"),)}, ["have no image in common"]),
        ({"images": (("DNA", "W{x}ll_*.tif"),)}, ["matches two files for 'e'"]),
        ({"images": (("DNA", "regex:Well_(.*_DNA.tif"),)}, ["not a valid regular expression"]),
        ({"images": (("DNA", "regex:Well_(.*).*tif"),)}, ["two files", "have no image in common"]),
        ({"labels": (("nuclei", "Well_{pos}_nuclei_labels.tif"),)}, ["{pos}", "{well}"]),
        ({"labels": (("nuclei", "Well_1_nuclei_labels.tif"),)}, ["is one file", "3 images"]),
        ({"tables": (("nuclei", "other_{well}.csv"),)}, ["have no image in common", "'X'", "'1'"]),
        ({"images": (("DNA", "Well_*_DNA.tif"), ("DNA", "Well_*_DNA.tif"))}, ["given twice"]),
        ({"dialects": {"nuclei": "nonsense"}}, ["no table dialect", "cellprofiler"]),
        ({"dialects": {"cells": "generic"}}, ["no such object layer", "nuclei"]),
        ({"dialects": {"": "generic:Nix"}}, ["no column 'Nix'", "ObjectNumber"]),
    ],
)
def test_mistakes_are_answered_with_what_was_found(tmp_path: Path, change: dict, said: list[str]) -> None:
    make_batch(tmp_path)
    (tmp_path / "other_X.csv").write_text("label\n1\n")
    with pytest.raises(TuiqcError) as caught:
        open_batch(options(tmp_path, **change))
    assert any(part in str(caught.value) for part in said)
    assert len(str(caught.value)) < 600


def test_names_default_to_what_the_files_say(tmp_path: Path) -> None:
    make_batch(tmp_path)
    batch = open_batch(
        options(
            tmp_path,
            images=(("", "Well_*_DNA.tif"),),
            labels=(("", "Well_*_nuclei_labels.tif"),),
            tables=(("", "Well_*_nuclei.csv"),),
        )
    )
    assert (batch.channels, batch.layers) == (["DNA"], ["nuclei"])
    assert batch.has_table("nuclei")


def test_one_table_of_all_images_beside_patterns(tmp_path: Path) -> None:
    make_batch(tmp_path, tables=False)
    rows = "".join(f"Well_{well}_DNA.TIFF,{n},{n}\n" for well in (1, 2, 10) for n in (1, 2))
    (tmp_path / "all.csv").write_text("FileName_DNA,label,area\n" + rows + "other.tif,1,1\n")
    batch = open_batch(options(tmp_path, tables=(("nuclei", "all.csv"),)))
    assert batch.shared_tables == {"nuclei": tmp_path / "all.csv"}
    part = ObjectLoader(batch).load(2, "nuclei")
    assert part.frame["label"].tolist() == [1, 2]
    assert any("1 row of no image" in problem.text for problem in part.problems)
    assert counts(batch, "nuclei") == [2, 2, 2]


def test_one_table_per_plate(tmp_path: Path) -> None:
    for plate in "ab":
        for well in "12":
            write_tiff(tmp_path / f"{plate}_{well}.tif", np.zeros((8, 8), np.uint8))
        (tmp_path / f"{plate}.csv").write_text("Metadata_well,label\n1,1\n1,2\n2,1\n")
    batch = open_batch(
        SourceOptions(
            images=(("DNA", "{plate}_{well}.tif"),), tables=(("nuclei", "{plate}.csv"),), base_dir=tmp_path
        )
    )
    assert [image.key for image in batch.images] == ["a/1", "a/2", "b/1", "b/2"]
    assert counts(batch, "nuclei") == [2, 1, 2, 1]


# --- folder --------------------------------------------------------------------------------------------------------


def names(folder: Path, *files: str) -> Path:
    for file in files:
        (folder / file).parent.mkdir(parents=True, exist_ok=True)
        (folder / file).write_bytes(b"")
    return folder


@pytest.mark.parametrize(
    ("files", "channels", "layers", "keys"),
    [
        (
            [f"plate1_{w}_s{s}_{r}" for w in ("A01", "B02") for s in "12" for r in ("DNA.tif", "ER.tif", "nuclei_labels.tif")],  # noqa: E501
            ["DNA", "ER"],
            ["nuclei"],
            ["A01/1", "A01/2", "B02/1", "B02/2"],
        ),
        (["cat.tif", "cat_cp_masks.png", "dog.tif", "dog_cp_masks.png"], ["image"], ["objects"], ["cat", "dog"]),
        (["mouse_liver.tif", "mouse_liver_masks.tif", "mouse_gut.tif", "mouse_gut_masks.tif"], ["image"], ["objects"], ["gut", "liver"]),  # noqa: E501
        (["images/a1.tif", "images/b.tif", "masks/a1.tif", "masks/b.tif"], ["image"], ["objects"], ["a1", "b"]),
        (["images/x1.tif", "images/x2.tif", "nuclei_masks/x1.tif", "nuclei_masks/x2.tif"], ["image"], ["nuclei"], ["x1", "x2"]),  # noqa: E501
        (["C1-e1.tif", "C2-e1.tif", "C1-e2.tif", "C2-e2.tif"], ["C1", "C2"], [], ["e1", "e2"]),
        (["A01.tif", "A02.tif", "A01-Labels.TIFF"], ["image"], ["objects"], ["A01", "A02"]),
        (["img_001.ome.tif", "img_002.ome.tif", "img_001.stardist.tif"], ["image"], ["objects"], ["001", "002"]),
        (["p1/A01_DNA.tif", "p1/A02_DNA.tif", "p2/A01_DNA.tif"], ["DNA"], [], ["p1/A01", "p1/A02", "p2/A01"]),
        (["w_1_nuclei_labels.tif", "w_2_nuclei_labels.tif"], [], ["nuclei"], ["1", "2"]),
        (["only.tif", "mask.tif"], ["image"], ["objects"], ["only"]),
        (["s1_raw.tif", "s1_Object Identities.h5", "s1_table.csv", "s2_raw.tif"], ["raw"], ["objects"], ["1", "2"]),
    ],
)  # fmt: skip
def test_folder_rules(
    tmp_path: Path, files: list[str], channels: list[str], layers: list[str], keys: list[str]
) -> None:
    batch = open_batch(SourceOptions(sources=(str(names(tmp_path, *files)),)))
    found = [image.key for image in batch.images]
    assert (batch.channels, batch.layers, len(found)) == (channels, layers, len(keys))
    assert found == keys or [key.removeprefix("e").removeprefix("x").removeprefix("p") for key in found] == [
        key.removeprefix("e").removeprefix("x").removeprefix("p") for key in keys
    ]


def test_demo_like_folder_with_tables(tmp_path: Path) -> None:
    for well in ("A01", "A02"):
        write_tiff(tmp_path / f"plate1_{well}_s1_DNA.tif", np.zeros((32, 32), np.uint16))
        write_tiff(tmp_path / f"plate1_{well}_s1_nuclei_labels.tif", labels_plane())
        cellprofiler_table(tmp_path / f"plate1_{well}_s1_nuclei.csv")
    (tmp_path / "truth.csv").write_text("image,level\n")
    (tmp_path / "README.txt").write_text("demo\n")
    (tmp_path / "qc_annotations.csv").write_text("level\n")
    batch = open_batch(SourceOptions(sources=(str(tmp_path),)))
    assert (batch.placeholders, batch.layers, batch.unmatched) == (["well"], ["nuclei"], [])
    assert counts(batch, "nuclei") == [3, 3]


def test_a_folder_with_corrections(tmp_path: Path) -> None:
    make_batch(tmp_path)
    batch = open_batch(
        SourceOptions(sources=(str(tmp_path),), labels=(("kerne", "Well_*_nuclei_labels.tif"),))
    )
    assert batch.channels == ["DNA"]
    assert "kerne" in batch.layers


@pytest.mark.parametrize("files", [[], ["notes.txt"], ["a.csv", "b.docx"]])
def test_a_folder_without_images_says_what_it_has(tmp_path: Path, files: list[str]) -> None:
    with pytest.raises(InputError, match="no image in this folder"):
        open_batch(SourceOptions(sources=(str(names(tmp_path, *files)),)))


def test_places_that_are_not_there(tmp_path: Path) -> None:
    for source in ("nowhere", "nowhere.csv", "nowhere.toml"):
        with pytest.raises(InputError, match=r"(?i)no such file"):
            open_batch(SourceOptions(sources=(str(tmp_path / source),)))
    with pytest.raises(UsageError, match="nothing to open"):
        open_batch(SourceOptions())


HOSTILE = ["[red]bad[bold]", "a\x1b[31mb", "line\nbreak", "\u202eevil", "%s {x} $(rm)", "'\"", "[1-9]*"]


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_names_are_only_names(tmp_path: Path, name: str) -> None:
    write_tiff(tmp_path / f"{name}_DNA.tif", np.zeros((32, 32), np.uint8))
    write_tiff(tmp_path / "plain_DNA.tif", np.zeros((32, 32), np.uint8))
    write_tiff(tmp_path / f"{name}_nuclei_labels.tif", labels_plane())
    for source in (
        SourceOptions(sources=(str(tmp_path),)),
        SourceOptions(
            images=(("DNA", "{x}_DNA.tif"),), labels=(("nuclei", "{x}_nuclei_labels.tif"),), base_dir=tmp_path
        ),
    ):
        batch = open_batch(source)
        hostile = next(image for image in batch.images if image.masks["nuclei"] is not None)
        assert ObjectLoader(batch).load(hostile.index, "nuclei").frame["label"].tolist() == [1, 2, 3]
        text = "".join(JoinReport(batch).lines())
        assert not any(ord(sign) < 32 or sign in "\x7f\u202e" for sign in text)
    assert hostile.key == name


# --- table ---------------------------------------------------------------------------------------------------------


def table_batch(folder: Path, path_name: str, file: str = "{well}/img.tif") -> Path:
    rows = [
        "ImageNumber,ObjectNumber,FileName_DNA,PathName_DNA,FileName_Kerne,PathName_Kerne,Location_Center_X,Location_Center_Y"
    ]
    for number, well in enumerate(("A1", "B2"), 1):
        write_tiff(folder / well / "img.tif", np.zeros((32, 32), np.uint8))
        write_tiff(folder / well / "img_mask.tiff", labels_plane())
        where = path_name.format(well=well)
        rows += [
            f"{number},{label},img.tif,{where},img_mask.tif,{where},{label * 6 - 2.5},{label * 6 - 2.5}"
            for label in (1, 2, 3)
        ]
    (folder / "Objects.csv").write_text("\n".join(rows) + "\n")
    return folder / "Objects.csv"  # fmt: skip


@pytest.mark.parametrize(
    "path_name", ["D:\\Data\\run 1\\{well}", "/home/x/run/{well}", "file:/x/{well}", "{well}"]
)
def test_paths_of_other_computers(tmp_path: Path, path_name: str) -> None:
    batch = open_batch(SourceOptions(sources=(str(table_batch(tmp_path, path_name)),)))
    assert (batch.channels, batch.layers) == (["DNA"], ["Kerne"])
    found = [image.channels["DNA"].relative_to(tmp_path).as_posix() for image in batch.images]  # type: ignore[union-attr]
    assert found == ["A1/img.tif", "B2/img.tif"]
    assert [image.masks["Kerne"].name for image in batch.images] == ["img_mask.tiff"] * 2  # type: ignore[union-attr]
    assert counts(batch, "Kerne") == [3, 3]
    assert len({image.key for image in batch.images}) == 2


def test_columns_can_be_named(tmp_path: Path) -> None:
    table = table_batch(tmp_path, "{well}")
    batch = open_batch(
        SourceOptions(sources=(str(table),), image_columns=("FileName_Kerne",), label_columns=())
    )
    assert (batch.channels, batch.layers) == (["Kerne"], ["objects"])
    with pytest.raises(UsageError, match="no such column"):
        open_batch(SourceOptions(sources=(str(table),), label_columns=("Zellen",)))


def test_a_missing_file_of_a_table_stops_nothing(tmp_path: Path) -> None:
    table = table_batch(tmp_path, "{well}")
    (tmp_path / "B2/img_mask.tiff").unlink()
    batch = open_batch(SourceOptions(sources=(str(table),)))
    assert [(entry.role, entry.key) for entry in batch.unmatched] == [("mask Kerne", batch.images[1].key)]
    assert batch.images[1].masks["Kerne"] is None  # not that of the other folder, which has the same name
    assert counts(batch, "Kerne") == [3, 3]


@pytest.mark.parametrize(
    ("text", "said"),
    [("", "empty"), ("FileName_DNA,x\n", "no row"), ("a,b\n1,2\n", "no column names an image")],
)
def test_tables_that_cannot_be_opened_alone(tmp_path: Path, text: str, said: str) -> None:
    (tmp_path / "t.csv").write_text(text)
    with pytest.raises(InputError, match=said):
        open_batch(SourceOptions(sources=(str(tmp_path / "t.csv"),)))


def test_a_two_row_table_gives_a_layer_per_object(tmp_path: Path) -> None:
    write_tiff(tmp_path / "a.tif", np.zeros((32, 32), np.uint8))
    (tmp_path / "Both.csv").write_text(
        "Image,Image,Nuclei,Nuclei,Nuclei,Cells,Cells\n"
        "ImageNumber,FileName_DNA,ObjectNumber,Location_Center_X,Location_Center_Y,Location_Center_X,Location_Center_Y\n"
        "1,a.tif,1,5,6,7,8\n1,a.tif,2,9,10,,\n"
    )
    batch = open_batch(SourceOptions(sources=(str(tmp_path / "Both.csv"),)))
    assert batch.layers == ["Nuclei", "Cells"]
    assert counts(batch, "Nuclei") == [2]
    part = ObjectLoader(batch).load(0, "Cells")
    assert (part.frame["label"].tolist(), part.geometry.centre_x.tolist()) == ([1], [7.0])


# --- options -------------------------------------------------------------------------------------------------------


def test_options_survive_a_toml_file(tmp_path: Path) -> None:
    make_batch(tmp_path / "data")
    given = options(tmp_path / "data", dialects={"nuclei": "cellprofiler"}, data_root="/elsewhere")
    given.to_toml(tmp_path / "batch.toml")
    text = (tmp_path / "batch.toml").read_text()
    assert 'pattern = "data/Well_{well}_DNA.tif"' in text
    assert str(tmp_path) not in text
    (tmp_path / "moved").mkdir()
    (tmp_path / "data").rename(tmp_path / "moved/data")
    (tmp_path / "batch.toml").rename(tmp_path / "moved/batch.toml")
    batch = open_batch(SourceOptions(sources=(str(tmp_path / "moved/batch.toml"),)))
    assert len(batch.images) == 3
    assert batch.source.data_root == "/elsewhere"
    assert dict(batch.source.dialects) == {"nuclei": "cellprofiler"}


@pytest.mark.parametrize("text", ["sources = 1", "x = ", "what = 3", "[[images]]\nname = 2", "\xff"])
def test_bad_toml_is_named(tmp_path: Path, text: str) -> None:
    (tmp_path / "b.toml").write_bytes(text.encode("latin-1"))
    with pytest.raises(InputError, match=r"b\.toml"):
        SourceOptions.from_toml(tmp_path / "b.toml")


def test_toml_keeps_the_form_of_patterns(tmp_path: Path) -> None:
    given = SourceOptions(images=(("A", "regex:x/.*"), ("B", "/abs/{x}")), sources=(".",), base_dir=tmp_path)
    given.to_toml(tmp_path / "b.toml")
    kept = SourceOptions.from_toml(tmp_path / "b.toml")
    assert kept.images == (("A", "regex:x/.*"), ("B", "/abs/{x}"))
    assert kept.sources == (".",)


def test_stop_and_progress(tmp_path: Path) -> None:
    make_batch(tmp_path)
    with pytest.raises(OpeningStoppedError):
        open_batch(options(tmp_path), stop=lambda: True)
    seen: list[tuple[int, int]] = []
    open_batch(options(tmp_path), progress=lambda done, total: seen.append((done, total)))
    assert seen[0][0] == 0
    assert seen[-1][0] == seen[-1][1]


def test_opening_by_patterns_does_not_import_pandas(tmp_path: Path) -> None:
    make_batch(tmp_path)
    code = (
        "import sys; from tuiqc.dataset.open.batch import open_batch; "
        "from tuiqc.dataset.source_options import SourceOptions; "
        f"b = open_batch(SourceOptions(sources=({str(tmp_path)!r},))); assert len(b.images) == 3; "
        "sys.exit('pandas' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


@pytest.mark.parametrize("prefix", ["MyExpt_", ""])
@pytest.mark.parametrize("by", ["folder", "patterns", "table"])
@pytest.mark.parametrize("header", ["{}", "Image_{}"])
def test_cellprofilers_objects_with_image_numbers_alone(
    tmp_path: Path, by: str, prefix: str, header: str
) -> None:
    lines = [",".join(header.format(name) for name in ("ImageNumber", "FileName_DNA", "PathName_DNA"))]
    frames = []
    for number, well in enumerate(("B02", "A01"), 1):
        write_tiff(tmp_path / f"{well}_DNA.tif", np.zeros((32, 32), np.uint16))
        write_tiff(tmp_path / f"{well}_Nuclei_labels.tif", labels_plane())
        cellprofiler_table(tmp_path / "part.csv", number=number, extra={"Plate": f"of {well}"})
        frames.append((tmp_path / "part.csv").read_text().splitlines())
        lines.append(f"{number},{well}_DNA.tif,C:\\data")
    (tmp_path / "part.csv").unlink()
    table = tmp_path / f"{prefix}Nuclei.csv"
    table.write_text("\n".join([*frames[0], *frames[1][1:]]) + "\n")
    (tmp_path / f"{prefix}Image.csv").write_text("\n".join(lines) + "\n")
    (tmp_path / f"{prefix}Experiment.csv").write_text("Key,Value\nVersion,4.2.6\n")
    if by == "patterns":
        batch = open_batch(
            SourceOptions(
                images=(("DNA", "{well}_DNA.tif"),),
                labels=(("Nuclei", "{well}_Nuclei_labels.tif"),),
                tables=(("Nuclei", table.name),),
                base_dir=tmp_path,
            )
        )
    else:
        batch = open_batch(SourceOptions(sources=(str(tmp_path if by == "folder" else table),)))
    assert [image.key for image in batch.images] == ["A01", "B02"]
    frame = ObjectLoader(batch).load(0, batch.layers[0]).frame
    assert set(frame["Plate"]) == {"of A01"}
    assert [image.placeholders for image in batch.images] == [{"well": "A01"}, {"well": "B02"}]
    if by != "patterns":
        assert f"{prefix}Image.csv says which image each ImageNumber is" in batch.assumptions


def test_what_is_no_file_is_said_too(tmp_path: Path) -> None:
    for key in ("A01", "A02"):
        tifffile.imwrite(tmp_path / f"{key}.tif", np.eye(9, dtype=np.uint16))
    os.mkfifo(tmp_path / "pipe.tif")
    (tmp_path / "a.xlsx").write_bytes(b"PK")
    batch = open_batch(SourceOptions((str(tmp_path),)))
    assert [record.key for record in batch.images] == ["A01", "A02"]
    told = {entry.key: entry.why for entry in batch.unmatched}
    assert "pipe" in told["pipe.tif"]
    assert "save it as CSV" in told["a.xlsx"]
