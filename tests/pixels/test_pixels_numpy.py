"""Arrays that NumPy saved, and what Cellpose and Cell-ACDC keep in them; nothing in a pickle is ever run."""

from __future__ import annotations

import os
import pickle
from pathlib import Path, PurePosixPath
from typing import Any

import numpy as np
import pytest
import tifffile
from hypothesis import given
from hypothesis import strategies as st

from tuiqc.cli import main
from tuiqc.dataset.dialects import recognise
from tuiqc.dataset.objects import ObjectLoader
from tuiqc.dataset.open.batch import open_batch
from tuiqc.dataset.source_options import SourceOptions
from tuiqc.errors import InputError
from tuiqc.picture.display import Display
from tuiqc.pixels import image_info, open_image, with_reading
from tuiqc.pixels.image_file import Window
from tuiqc.pixels.plain_pickle import RefusedError, StoredArray, loads

MASKS = np.zeros((20, 30), np.uint16)
MASKS[2:8, 2:9], MASKS[10:18, 12:25] = 1, 2
PROBABILITY = np.linspace(-6, 6, MASKS.size, dtype=np.float32).reshape(MASKS.shape)


def segmented(
    masks: np.ndarray = MASKS, probability: np.ndarray = PROBABILITY, **more: Any
) -> dict[str, Any]:
    """What Cellpose saves for an image."""
    flow = np.concatenate([np.zeros((2, *masks.shape), np.float32), probability[None]])
    scaled = np.clip(probability * 20 + 127, 0, 255).astype(np.uint8)[None]
    return {
        "outlines": masks * (masks == 2), "colors": np.zeros((2, 3)), "masks": masks, "chan_choose": [0, 0],
        "ismanual": np.zeros(2, bool), "filename": "x.tif", "est_diam": np.float64(30), "diameter": 30.0,
        "flows": [np.zeros((1, *masks.shape, 3), np.uint8), scaled, np.zeros_like(scaled), [], flow], **more,
    }  # fmt: skip


@pytest.mark.parametrize("dtype", [np.uint16, np.int32, np.uint32, np.int64])
def test_masks_and_probability_of_a_seg_file(tmp_path: Path, dtype: type) -> None:
    path = tmp_path / "x_seg.npy"
    np.save(path, segmented(MASKS.astype(dtype), filename=PurePosixPath("/a/x.tif")))  # type: ignore[arg-type]
    with open_image(path) as image:
        assert (image.info.axes, image.info.dtype) == ("yx", np.dtype(dtype))
        assert np.array_equal(image.read(), MASKS)
        assert np.array_equal(image.read(window=Window(3, 9, 1, 20)), MASKS[3:9, 1:20])
    with open_image(with_reading(path, series=1)) as image:
        assert np.array_equal(image.read(), PROBABILITY)


@pytest.mark.parametrize("protocol", range(2, 6))
@pytest.mark.parametrize("order", ["C", "F"])
def test_every_protocol(protocol: int, order: str) -> None:
    saved = {"masks": np.asarray(MASKS, order=order), "n": np.int16(3), "b": b"x", "o": {1, 2}}
    found = loads(pickle.dumps(saved, protocol))
    assert isinstance(found["masks"], StoredArray)
    assert np.array_equal(found["masks"].value(), MASKS)
    assert (found["n"], found["b"], found["o"]) == (3, b"x", {1, 2})


def test_a_stack_and_older_flows(tmp_path: Path) -> None:
    """Without the last flow there is the picture of the probability; a stack has its own."""
    saved = segmented(np.stack([MASKS] * 7), np.stack([PROBABILITY] * 7))
    np.save(tmp_path / "x_seg.npy", saved)  # type: ignore[arg-type]
    assert image_info(tmp_path / "x_seg.npy").sizes["y"] == 20
    with open_image(with_reading(tmp_path / "x_seg.npy", axes="zyx", series=1)) as image:
        assert image.info.sizes["z"] == 7
        assert np.array_equal(image.read(z=3), PROBABILITY)
    np.save(tmp_path / "y_seg.npy", segmented(flows=segmented()["flows"][:3]))  # type: ignore[arg-type]
    assert image_info(with_reading(tmp_path / "y_seg.npy", series=1)).dtype == np.uint8
    np.save(tmp_path / "z_seg.npy", segmented(flows=[]))  # type: ignore[arg-type]
    with pytest.raises(InputError, match="no flows"):
        image_info(with_reading(tmp_path / "z_seg.npy", series=1))


class Runs:
    """What a hostile file asks for."""

    def __init__(self, *what: Any) -> None:
        self.what = what

    def __reduce__(self) -> Any:
        return self.what


@pytest.mark.parametrize(
    ("saved", "said"),
    [
        (Runs(os.system, ("touch ran",)), "system"), ({"masks": Runs(os.mkdir, ("ran",))}, "mkdir"),
        ({"masks": MASKS, "x": Runs(eval, ("open('ran', 'w')",))}, "builtins.eval"),
        ({"masks": MASKS, "x": Runs(np.load, ("x",))}, "load"),
        ({"masks": MASKS, "x": Runs(getattr, (1, "real"))}, "getattr"),
        ({"masks": MASKS, "x": np.arange(3).astype("M8[s]")}, None), ({"masks": [1, 2]}, "no masks"), ({}, "no masks"),
        ([1, 2], "planes of numbers"), (None, "without masks"), ({"masks": np.array([["a", "b"]])}, "no masks"),
        ({"masks": np.zeros((2, 3), complex)}, "no masks"), ({"masks": np.zeros((0, 3), int)}, "shape"),
        ({"masks": np.zeros(4, int)}, "shape"),
    ],
)  # fmt: skip
def test_anything_else_is_refused_by_its_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, saved: Any, said: str | None
) -> None:
    monkeypatch.chdir(tmp_path)
    np.save(tmp_path / "x_seg.npy", saved, allow_pickle=True)
    if said is None:
        assert image_info(tmp_path / "x_seg.npy").shape == MASKS.shape
    else:
        with pytest.raises(InputError, match=said):
            image_info(tmp_path / "x_seg.npy")
    assert not (tmp_path / "ran").exists()


GOOD = pickle.dumps(segmented(MASKS[:4, :5], PROBABILITY[:4, :5]), 4)


@given(st.data())
def test_a_damaged_pickle_gives_plain_values_or_is_refused(data: st.DataObject) -> None:
    body = bytearray(GOOD)
    for _ in range(data.draw(st.integers(1, 6))):
        at = data.draw(st.integers(0, len(body) - 1))
        body[at : at + data.draw(st.integers(0, 3))] = data.draw(st.binary(max_size=4))
        if not body:
            break
    try:
        found = loads(bytes(body))
    except RefusedError:
        return
    values = found.values() if isinstance(found, dict) else [found]
    for value in values:
        if isinstance(value, StoredArray):
            try:
                assert isinstance(value.value(), np.ndarray | list)
            except RefusedError:
                continue


@pytest.mark.parametrize("data", [b"", b".", b"c__main__\nX\n.", b"\x80\x04\x95" + b"\xff" * 8, b"(" * 5000])
def test_short_programs(data: bytes) -> None:
    with pytest.raises(RefusedError):
        loads(data)


def test_what_is_called_can_not_be_changed() -> None:
    """BUILD on a function would set its attributes, for all files that come later."""
    program = b"cnumpy\ndtype\n(X\x0c\x00\x00\x00__defaults__K\x01tb."
    with pytest.raises(RefusedError):
        loads(program)
    assert loads(pickle.dumps(MASKS, 4)).value().dtype == np.uint16


@pytest.mark.parametrize("order", ["C", "F"])
def test_plain_and_packed_arrays(tmp_path: Path, order: str) -> None:
    stack = np.asarray(np.stack([MASKS] * 7), order=order)  # type: ignore[call-overload]
    np.save(tmp_path / "a.npy", stack)
    np.savez_compressed(tmp_path / "b_segm.npz", stack)
    np.savez(tmp_path / "c.npz", other=np.arange(3), labels=stack)
    for name in ("a.npy", "b_segm.npz", "c.npz"):
        with open_image(with_reading(tmp_path / name, axes="tyx")) as image:
            assert image.info.sizes["t"] == 7
            assert np.array_equal(image.read(t=6, window=Window(0, 9, 3, 11)), MASKS[:9, 3:11])


@pytest.mark.parametrize("name", ["x.npy", "x_seg.npy", "x.npz"])
@pytest.mark.parametrize("cut", [0, 5, 40, 200, -1])
def test_files_that_are_cut_off(tmp_path: Path, name: str, cut: int) -> None:
    path = tmp_path / name
    if name.endswith("z"):
        np.savez_compressed(path, MASKS)
    else:
        np.save(path, segmented() if "seg" in name else MASKS)  # type: ignore[arg-type]
    path.write_bytes(path.read_bytes()[:cut])
    with pytest.raises(InputError) as error, open_image(path) as image:
        image.read()
    assert str(path) in str(error.value)


def test_claims_are_checked_before_memory_is_taken(tmp_path: Path) -> None:
    import io
    import zipfile

    head = io.BytesIO()
    np.lib.format.write_array_header_1_0(
        head, {"descr": "<u8", "fortran_order": False, "shape": (1 << 20, 1 << 20)}
    )
    (tmp_path / "a.npy").write_bytes(head.getvalue())
    with zipfile.ZipFile(tmp_path / "b.npz", "w") as packed:
        packed.writestr("arr_0.npy", head.getvalue())
    for name in ("a.npy", "b.npz"):
        with pytest.raises(InputError, match="claims"):
            image_info(tmp_path / name)


# --- in a batch


def batch_in(folder: Path, *, png: bool = False) -> Path:
    for key in ("A01", "A02"):
        tifffile.imwrite(folder / f"{key}.tif", MASKS * 90)
        np.save(folder / f"{key}_seg.npy", segmented())  # type: ignore[arg-type]
        if png:
            tifffile.imwrite(folder / f"{key}_cp_masks.tif", MASKS)
    return folder


def test_a_folder_with_seg_files(tmp_path: Path) -> None:
    batch = open_batch(SourceOptions(sources=(str(batch_in(tmp_path)),)))
    assert (batch.channels, batch.layers) == (["image", "cell probability"], ["objects"])
    parts: list[Any] = []
    ObjectLoader(batch).load_layer("objects", parts.append)
    frame = parts[0].frame
    assert frame["label"].tolist() == [1, 2]
    assert frame["mean_cell probability"].tolist() == pytest.approx(
        [float(PROBABILITY[k == MASKS].mean()) for k in (1, 2)]
    )
    assert any("cell probability" in line for line in batch.assumptions)
    shown = dict(Display.of(batch.channels, batch.layers, "objects", batch.looks).channels)
    assert [style.visible for style in shown.values()] == [True, False], "it would hide what it was made from"


def test_beside_masks_that_cellpose_saved_too_it_is_left_out_and_said(tmp_path: Path) -> None:
    batch = open_batch(SourceOptions(sources=(str(batch_in(tmp_path, png=True)),)))
    assert (batch.channels, batch.layers) == (["image"], ["objects"])
    assert {one.path.name for one in batch.unmatched} == {"A01_seg.npy", "A02_seg.npy"}


def test_an_array_without_a_word_for_masks_is_no_image(tmp_path: Path) -> None:
    batch_in(tmp_path)
    np.save(tmp_path / "features.npy", np.zeros((5, 5)))
    batch = open_batch(SourceOptions(sources=(str(tmp_path),)))
    assert [(one.path.name, "mask" in one.why) for one in batch.unmatched] == [("features.npy", True)]


@pytest.mark.parametrize("name", ["{}_seg.npy", "{}_labels.npy", "{}_segm.npz"])
def test_masks_are_written_again(tmp_path: Path, name: str, capsys: pytest.CaptureFixture[str]) -> None:
    data, out = tmp_path / "data", tmp_path / "out"
    data.mkdir()
    for key in ("A01", "A02"):
        tifffile.imwrite(data / f"{key}.tif", MASKS * 90)
        path = data / name.format(key)
        if name.endswith("z"):
            np.savez_compressed(path, MASKS)
        else:
            np.save(path, segmented() if "_seg." in name else MASKS)  # type: ignore[arg-type]
    (data / "qc_annotations.csv").write_text(
        "level,image,layer,label,t,verdict,reason,note,annotator,time,source_table,centre_x,centre_y,area,schema\n"
        "object,A01,objects,2,,fail,,,x,2026-01-01T00:00:00+00:00,,,,,1\n"
    )
    assert main(["export", str(data), "--what", "masks", "-o", str(out)]) == 0
    [written] = out.rglob(name.format("A01"))
    with open_image(written) as image:
        assert np.array_equal(image.read(), np.where(MASKS == 2, 0, MASKS))
    if "_seg." in name:
        saved = np.load(written, allow_pickle=True).item()
        assert list(saved) == list(segmented())
        assert saved["outlines"].max() == 0
        assert np.array_equal(saved["flows"][4], segmented()["flows"][4])


def test_cell_acdcs_movie(tmp_path: Path) -> None:
    movie = np.stack([MASKS, np.where(MASKS == 1, 0, MASKS), MASKS])
    tifffile.imwrite(tmp_path / "p_s01_phase.tif", movie, imagej=True, metadata={"axes": "TYX"})
    np.savez_compressed(tmp_path / "p_s01_segm.npz", movie)
    rows = [(t, k) for t in range(3) for k in (1, 2) if not (t == 1 and k == 1)]
    (tmp_path / "p_s01_acdc_output.csv").write_text(
        "frame_i,Cell_ID,is_cell_dead,is_cell_excluded,x_centroid,y_centroid,cell_area_pxl,cell_cycle_stage,relative_ID\n"
        + "".join(
            f"{t},{k},0,{int(k == 2)},{5 if k == 1 else 18},{4 if k == 1 else 13},42,G1,-1\n" for t, k in rows
        )
    )
    batch = open_batch(SourceOptions(sources=(str(tmp_path),)))
    assert len(batch.images) == 1
    assert batch.dialects["objects"].name == "cell-acdc"
    parts: list[Any] = []
    ObjectLoader(batch).load_layer("objects", parts.append)
    frame = parts[0].frame
    assert list(zip(frame["t"], frame["label"], strict=True)) == rows
    assert "is_cell_excluded" in frame.columns
    assert recognise(["frame_i", "Cell_ID", "cell_area_pxl"]).t_first == 0


@pytest.mark.parametrize("order", [b"r\xff\xff\xff\x7f", b"p2147483647\n"], ids=["binary", "text"])
def test_room_for_values_that_are_not_there_is_not_made(order: bytes) -> None:
    """One of 10,000 damaged files took 16 GB: Python makes room for all places before the one that is named."""
    with pytest.raises(RefusedError, match="2,147,483,647"):
        loads(b"\x80\x02]" + order + b".")
    many = [*range(300), b"r\xff\xff\xff\x7f"]
    assert loads(pickle.dumps(many, 2)) == many, "it only looks like it"
