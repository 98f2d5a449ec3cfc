"""Damaged lengths of texts in HDF5, which the library would take memory for: told before it does."""

from __future__ import annotations

import struct
from contextlib import suppress
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import pytest
from fixtures.anndata_files import write_anndata

from tuiqc.budget import BudgetError
from tuiqc.dataset.tables.reader import load_table
from tuiqc.errors import InputError
from tuiqc.exporters.hdf5_copy import _check_texts
from tuiqc.pixels import read_plane
from tuiqc.pixels.hdf5_texts import _messages, check_attributes, check_values

TEXT = h5py.string_dtype()
HUGE = 0x65333939
"""1.7 GB: what one of 10,000 damaged files claimed, and what the library then took."""


def references(path: Path) -> list[int]:
    """Where the references to texts of the file lie: a length, the place of a heap that is there, a number."""
    data = path.read_bytes()
    heap = struct.pack("<Q", data.index(b"GCOL\x01\0\0\0"))
    found, at = [], data.find(heap)
    while at >= 0:
        if struct.unpack_from("<I", data, at - 4)[0] in range(1, 400):
            found.append(at - 4)
        at = data.find(heap, at + 1)
    return found


def damaged_at(path: Path, at: int) -> None:
    with path.open("r+b") as file:
        file.seek(at)
        file.write(struct.pack("<I", HUGE))


@pytest.mark.parametrize("libver", ["earliest", "latest"])
def test_attributes_are_found_in_every_header(tmp_path: Path, libver: str) -> None:
    """Of old and new headers, in one block and in several; behind a block of the user's own too."""
    path = tmp_path / "a.h5"
    with h5py.File(path, "w", libver=libver, userblock_size=512) as file:
        item = file.create_dataset("d", data=[1, 2])
        for number in range(7):
            item.attrs.create(f"name{number}", "x" * 50, dtype=TEXT)
        item.attrs["number"] = 5
    with h5py.File(path) as file:
        item = file["d"]
        check_attributes(path, item)
        start = h5py.h5o.get_info(item.id).addr + 512
        with path.open("rb") as raw:
            told = b"".join(body for _, body in _messages(raw, start, 512))
    assert [f"name{number}".encode() in told for number in range(7)] == [True] * 7
    assert b"number" in told


def test_no_length_of_a_text_in_a_table_costs_more_than_the_file(tmp_path: Path) -> None:
    """Each reference of an AnnData file in turn: of attributes and of values."""
    path = tmp_path / "a.h5ad"
    write_anndata(path, {"label": [1, 2, 3], "kind": ["a", "b", "a"]})
    good, places = path.read_bytes(), references(path)
    assert len(places) > 10
    refused = 0
    for at in places:
        path.write_bytes(good)
        damaged_at(path, at)
        with suppress(BudgetError):
            load_table(path)
            continue
        refused += 1
    assert refused >= len(places) - 6, "but those that nobody reads"


def test_a_type_on_which_the_library_crashes_is_refused(tmp_path: Path) -> None:
    """One of 10,000 damaged files ended the program: values of variable length that are of no kind there is."""
    path = tmp_path / "a.h5ad"
    write_anndata(path, {"label": [1, 2, 3], "kind": ["a", "b", "a"]})
    good = path.read_bytes()
    kinds = [at for at in range(len(good) - 3) if good[at : at + 3] == b"\x19\x01\x01"]
    assert len(kinds) > 10
    for at in kinds:
        for wrong in (0xB5, 0):
            path.write_bytes(good[: at + 1] + bytes([wrong]) + good[at + 2 :])
            with suppress(InputError):
                load_table(path)
    with h5py.File(path, "w") as file:
        file.create_dataset("d", (2,), h5py.vlen_dtype(np.int32))[:] = [[1, 2], [3]]
    with h5py.File(path) as file:
        check_attributes(path, file["d"], texts=False)
        with pytest.raises(InputError, match="no texts"):
            check_attributes(path, file["d"])


def test_the_same_in_an_image_and_in_a_copy_of_it(tmp_path: Path) -> None:
    path = tmp_path / "a.h5"
    with h5py.File(path, "w") as file:
        data = file.create_dataset("exported_data", data=np.zeros((4, 4), np.uint8))
        data.attrs["axistags"] = '{"axes": [{"key": "y"}, {"key": "x"}]}'
    read_plane(path)
    good = path.read_bytes()
    kind = good.index(b"\x19\x01\x01")
    for wrong in (0xB5, 0):
        path.write_bytes(good[: kind + 1] + bytes([wrong]) + good[kind + 2 :])
        with pytest.raises(InputError, match=r"no texts|axistags"):
            read_plane(path)
    path.write_bytes(good)
    (at,) = references(path)
    damaged_at(path, at)
    with pytest.raises(BudgetError, match="bytes of text"):
        read_plane(path)
    with h5py.File(path) as file, pytest.raises(BudgetError, match="bytes of text"):
        _check_texts(file["exported_data"])


@pytest.mark.parametrize(
    "options",
    [
        {},
        {"chunks": (4,)},
        {"compression": "gzip"},
        {"compression": "lzf", "shuffle": True},
        {"shuffle": True, "compression": "gzip", "chunks": (4,)},
    ],
    ids=str,
)
def test_lengths_in_packed_chunks_are_seen(tmp_path: Path, options: dict[str, Any]) -> None:
    """Chunks of every filter are unpacked as the library does it."""
    path = tmp_path / "a.h5"
    with h5py.File(path, "w") as file:
        file.create_dataset("texts", data=["ab"] * 6, dtype=TEXT, **options)
        lies = np.frombuffer(struct.pack("<IQI", HUGE, 2048, 1) * 6, "V16")
        shuffled = 1 if options.pop("shuffle", False) else 0
        twin = file.create_dataset("lies", data=lies, **options)
        options |= {"shuffle": True} if shuffled else {}
        liar = file.create_dataset("liar", shape=(6,), dtype=TEXT, **options)
        if options:
            for at in range(twin.id.get_num_chunks()):
                where = twin.id.get_chunk_info(at).chunk_offset
                mask, packed = twin.id.read_direct_chunk(where)
                liar.id.write_direct_chunk(where, packed, mask | shuffled)  # it leaves references as they are
        else:
            liar[:] = ["ab"] * 6
    if not options:
        with h5py.File(path) as file:
            place = file["liar"].id.get_offset()
        damaged_at(path, place)
    with h5py.File(path) as file:
        check_values(path, file["texts"])
        with pytest.raises(BudgetError, match="bytes of text"):
            check_values(path, file["liar"])


def test_images_with_scales_are_read(tmp_path: Path) -> None:
    """Their lists of scales are of variable length, and no texts."""
    path = tmp_path / "a.h5"
    with h5py.File(path, "w") as file:
        data = file.create_dataset("exported_data", data=np.zeros((4, 4), np.uint8))
        for at, name in enumerate("yx"):
            file[name] = np.arange(4)
            file[name].make_scale(name)
            data.dims[at].attach_scale(file[name])
    assert read_plane(path).shape == (4, 4)


def test_a_header_that_leads_round_in_a_circle_ends(tmp_path: Path) -> None:
    """Blocks that name themselves as their continuation."""
    path = tmp_path / "a.h5"
    block = struct.pack("<HHB3xQQ", 0x10, 16, 0, 16, 24)
    path.write_bytes(struct.pack("<BxHII4x", 1, 1, 1, len(block)) + block)
    with path.open("rb") as file:
        assert list(_messages(file, 0)) == []


def test_a_missing_file_is_told(tmp_path: Path) -> None:
    with pytest.raises(InputError):
        load_table(tmp_path / "none.h5ad")
