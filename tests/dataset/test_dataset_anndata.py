"""AnnData files beside masks: observations, categories, places and markers."""

from __future__ import annotations

from pathlib import Path

import h5py
import numpy as np
import pandas as pd
import pytest
import tifffile
from fixtures.anndata_files import MARKERS, write_anndata

from tuiqc.cli import main
from tuiqc.dataset.dialects import recognise
from tuiqc.dataset.open.batch import open_batch
from tuiqc.dataset.source_options import SourceOptions
from tuiqc.dataset.tables import anndata
from tuiqc.dataset.tables.reader import load_table, read_columns, written_texts
from tuiqc.errors import InputError

COLUMNS = {
    "CellID": [3, 1, 2], "X_centroid": [4.5, 24.0, 44.0], "Y_centroid": [5.0, 5.0, 6.0], "Area": [49.0, 36.0, 60.0],
    "phenotype": ["T cell", None, "B cell"], "imageid": ["A01", "A01", "A02"], "n": [1, None, 2**60],
    "good": [True, False, True],
}  # fmt: skip


@pytest.mark.parametrize("sparse", [False, True])
def test_everything_that_is_a_column(tmp_path: Path, sparse: bool) -> None:
    path = tmp_path / "x.h5ad"
    matrix = write_anndata(path, COLUMNS, sparse=sparse)
    frame = load_table(path).frame
    assert list(frame.columns) == [*COLUMNS, "spatial_x", "spatial_y", *MARKERS] == list(read_columns(path))
    assert frame["CellID"].tolist() == [3, 1, 2]
    assert [None if pd.isna(one) else one for one in frame["phenotype"]] == COLUMNS["phenotype"]
    assert [None if pd.isna(one) else int(one) for one in frame["n"]] == COLUMNS["n"]
    assert frame["good"].tolist() == COLUMNS["good"]
    assert np.allclose(frame[list(MARKERS)].to_numpy(), matrix)
    texts = written_texts(path)
    assert texts["n"].fillna("").tolist() == ["1", "", str(2**60)]
    assert recognise(list(frame.columns)).label_column == "CellID"


@pytest.mark.parametrize(
    ("index", "columns", "first"),
    [
        (("label", ["1", "2"]), {"area": [5, 6]}, ("label", [1, 2])),
        (("_index", ["1", "2"]), {"area": [5, 6]}, ("", [1, 2])),
        (("_index", ["c_1", "c_2"]), {"area": [5, 6]}, ("", ["c_1", "c_2"])),
        (("_index", ["c_1", "c_2"]), {"label": [5, 6]}, ("label", [5, 6])),
        (("cell_id", ["007", "8"]), {"area": [5, 6]}, ("cell_id", ["007", "8"])),
    ],
)
def test_the_names_of_observations(tmp_path: Path, index: tuple, columns: dict, first: tuple) -> None:
    """Whole numbers where all are written so; left out where they have no name and a column has the labels."""
    write_anndata(tmp_path / "x.h5ad", columns, index=index, spatial=False)
    frame = load_table(tmp_path / "x.h5ad").frame
    assert (frame.columns[0], frame.iloc[:, 0].tolist()) == first


def test_a_matrix_of_genes_is_told_and_not_read(tmp_path: Path) -> None:
    write_anndata(
        tmp_path / "x.h5ad", {"label": [1, 2]}, markers=[f"g{at}" for at in range(anndata.MARKERS + 1)]
    )
    table = load_table(tmp_path / "x.h5ad")
    assert list(table.frame.columns) == ["label", "spatial_x", "spatial_y"]
    assert len(table.notes) == 1
    assert "X has 257 columns" in table.notes[0]
    assert ";only=g0,g1" in table.notes[0]


def test_markers_that_take_much_memory_are_told_and_read_by_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    matrix = write_anndata(tmp_path / "x.h5ad", {"label": [1, 2]}, spatial=False)
    assert list(load_table(tmp_path / "x.h5ad", named=("CD8",)).frame.columns) == ["label", "CD8"]
    monkeypatch.setattr(anndata, "MARKER_BYTES", 20)
    table = load_table(tmp_path / "x.h5ad", cached=False)
    assert list(table.frame.columns) == ["label"]
    assert "X has 3 columns and 2 rows (0 MB)" in table.notes[0]
    frame = load_table(tmp_path / "x.h5ad", named=("CD3",)).frame
    assert frame["CD3"].tolist() == matrix[:, 1].tolist()


@pytest.mark.parametrize("kind", ["dense", "csr", "csc"])
def test_named_columns_of_a_large_matrix(tmp_path: Path, kind: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(anndata, "_AT_ONCE", 7)
    names = [f"g{at}" for at in range(anndata.MARKERS + 40)]
    path, rows = tmp_path / "x.h5ad", {"label": list(range(1, 21))}
    matrix = write_anndata(
        path, rows, markers=names, sparse=kind != "dense", by_row=kind == "csr", spatial=False
    )
    frame = load_table(path, named=("g290", "g3", "nowhere")).frame
    assert list(frame.columns) == ["label", "g290", "g3"]
    assert np.array_equal(frame[["g290", "g3"]].to_numpy(), matrix[:, [290, 3]])


def test_genes_become_columns_when_they_are_asked_for(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    mask = np.zeros((20, 20), np.uint16)
    mask[2:9, 2:9], mask[12:18, 2:9] = 1, 2
    tifffile.imwrite(tmp_path / "a.tif", mask)
    tifffile.imwrite(tmp_path / "a_mask.tif", mask)
    path = tmp_path / "genes" / "x.h5ad"
    path.parent.mkdir()
    matrix = write_anndata(path, {"label": [2, 1]}, markers=[f"g{at}" for at in range(300)], sparse=True)
    source, out = [str(tmp_path), "--more-columns"], ["-o", str(path.parent / "o.csv")]
    assert main(["table", *source, f"{path};only=g7,g299", *out]) == 0
    rows = pd.read_csv(path.parent / "o.csv").set_index("label")
    assert rows.loc[[2, 1], ["g7", "g299"]].to_numpy().astype(np.float32) == pytest.approx(
        matrix[:, [7, 299]]
    )
    assert "spatial_x" not in rows.columns
    assert main(["table", *source, f"{path};only=g7,nothing", *out]) == 3
    assert "no column 'nothing'" in capsys.readouterr().err


def test_the_key_columns_that_a_table_names(tmp_path: Path) -> None:
    """As SpatialData says them: the label is neither the first column nor called so."""
    path = tmp_path / "x.h5ad"
    write_anndata(path, {"CellID": [9, 8], "inst": [1, 2], "where": ["a", "a"]}, spatial=False)
    with h5py.File(path, "r+") as file:
        for name, value in (("instance_key", "inst"), ("region_key", "where"), ("region", ["a", "b"])):
            file[f"uns/spatialdata_attrs/{name}"] = value
    keys = anndata.key_columns(path)
    assert (keys.label, keys.region, keys.regions) == ("inst", "where", ("a", "b"))
    tifffile.imwrite(tmp_path / "a.tif", np.eye(9, dtype=np.uint16))
    tifffile.imwrite(tmp_path / "a_cells_mask.tif", np.eye(9, dtype=np.uint16) * 2)
    path.rename(tmp_path / "a_cells.h5ad")
    batch = open_batch(SourceOptions((str(tmp_path),)))
    assert batch.dialects["cells"].label_column == "inst"


def test_a_marker_that_is_called_as_a_column(tmp_path: Path) -> None:
    write_anndata(tmp_path / "x.h5ad", {"label": [1, 2], "DAPI": [5, 6]})
    assert list(read_columns(tmp_path / "x.h5ad"))[:2] == ["label", "DAPI"]
    assert "DAPI (X)" in read_columns(tmp_path / "x.h5ad")


def _no_obs(file: h5py.File) -> None:
    del file["obs"]


def _old(file: h5py.File) -> None:
    del file["obs"]
    file.create_dataset("obs", data=np.array([(1,), (2,)], [("label", "i4")]))


def _short(file: h5py.File) -> None:
    del file["obs/label"]
    file["obs/label"] = np.arange(1)


def _codes(file: h5py.File) -> None:
    file["obs/kind/codes"][:] = 7


def _link(file: h5py.File) -> None:
    del file["obs/_index"]
    file["obs/_index"] = h5py.ExternalLink("other.h5", "/x")


def _sparse(file: h5py.File) -> None:
    file["X/indices"][:] = 99


def _shape(file: h5py.File) -> None:
    del file["X"]
    file["X"] = np.zeros((5, 3))


@pytest.mark.parametrize("spoil", [_no_obs, _old, _short, _codes, _link, _sparse, _shape])
def test_what_does_not_fit_is_refused(tmp_path: Path, spoil) -> None:  # type: ignore[no-untyped-def]
    path = tmp_path / "x.h5ad"
    write_anndata(path, {"label": [1, 2], "kind": ["a", "b"]}, sparse=spoil is _sparse)
    with h5py.File(path, "r+") as file:
        spoil(file)
    with pytest.raises(InputError) as error:
        load_table(path)
    assert str(path) in str(error.value)


def test_it_is_the_table_of_a_layer(tmp_path: Path) -> None:
    """One file for all images by `imageid`, and one for each."""
    data, output = tmp_path / "data", tmp_path / "o.csv"
    data.mkdir()
    mask = np.zeros((20, 60), np.uint16)
    for label, x in ((3, 2), (1, 20), (2, 40)):
        mask[2:9, x : x + 7] = label
    for key in ("A01", "A02"):
        tifffile.imwrite(data / f"{key}.tif", mask)
        tifffile.imwrite(data / f"{key}_cells_mask.tif", mask)
    patterns = ["--images", f"i={data}/{{well}}.tif", "--labels", f"cells={data}/{{well}}_cells_mask.tif"]
    write_anndata(tmp_path / "all.h5ad", COLUMNS)
    assert main(["table", *patterns, "--table", f"cells={tmp_path}/all.h5ad", "-o", str(output)]) == 0
    rows = pd.read_csv(output)
    assert list(zip(rows["well"], rows["label"], strict=True)) == [("A01", 3), ("A01", 1), ("A02", 2)]
    for key in ("A01", "A02"):
        write_anndata(data / f"{key}_cells.h5ad", COLUMNS)
    assert main(["table", str(data), "--where", "CD3 >= 0", "-o", str(output)]) == 0
    assert len(pd.read_csv(output)) == 6


@pytest.mark.parametrize(
    "options", [{}, {"chunks": (2,)}, {"compression": "gzip"}, {"compression": "gzip", "shuffle": True}]
)
def test_a_text_that_claims_gigabytes(tmp_path: Path, options: dict) -> None:
    """The library would take the memory first. Good ones are read, packed or not."""
    path = tmp_path / "x.h5ad"
    write_anndata(path, {"label": [1, 2]})
    with h5py.File(path, "r+") as file:
        file["obs"].attrs.create("column-order", ["label", "name"], dtype=h5py.string_dtype())
        file["obs"].create_dataset("name", data=["abcde", "fghij"], dtype=h5py.string_dtype(), **options)
    assert load_table(path).frame["name"].tolist() == ["abcde", "fghij"]
    with h5py.File(path, "r") as file:
        name = file["obs/name"]
        packed, at = bool(name.compression), name.id.get_offset()
        at = at if at is not None else name.id.get_chunk_info(0).byte_offset
    if packed:
        return
    data = bytearray(path.read_bytes())
    assert data[at : at + 4] == b"\x05\0\0\0"
    data[at : at + 4] = b"\xff\xff\xff\xef"
    path.write_bytes(data)
    with pytest.raises(InputError, match="bytes of text"):
        load_table(path)
