"""Files that hold several channels become several channels of the batch."""

import numpy as np
import pytest
import tifffile

from tuiqc.dataset.objects import ObjectLoader
from tuiqc.dataset.open.batch import open_batch
from tuiqc.dataset.source_options import SourceOptions
from tuiqc.picture.display import Display
from tuiqc.picture.painter import Painter, PictureSpec


@pytest.fixture
def stack_folder(tmp_path):
    mask = np.zeros((20, 30), np.uint16)
    mask[5:10, 5:15] = 1
    for name in ("a", "b"):
        planes = np.stack([np.full((20, 30), 7, np.uint8), np.tile(np.arange(30, dtype=np.uint8), (20, 1))])
        tifffile.imwrite(tmp_path / f"{name}.ome.tif", planes, metadata={"axes": "CYX"})
        tifffile.imwrite(tmp_path / f"{name}_masks.tif", mask)
    return tmp_path


def test_each_index_is_a_channel(stack_folder):
    batch = open_batch(SourceOptions(sources=(str(stack_folder),)))
    assert len(batch.channels) == 2
    assert [batch.images[0].plane_of(name) for name in batch.channels] == [0, 1]
    assert len({batch.images[0].channels[name] for name in batch.channels}) == 1
    assert any("several channels" in text for text in batch.assumptions)


def test_names_in_the_file_are_those_of_the_channels(tmp_path):
    planes = np.arange(2 * 8 * 8, dtype=np.uint8).reshape(2, 8, 8)

    def channels(*names, folder="a"):
        path = tmp_path / folder / "x.ome.tif"
        path.parent.mkdir(exist_ok=True)
        tifffile.imwrite(path, planes, metadata={"axes": "CYX", "Channel": {"Name": list(names)}})
        return open_batch(SourceOptions(images=(("raw", str(path)),))).channels

    assert channels("DAPI", "PLA dots") == ["DAPI", "PLA dots"]
    assert channels("DAPI", "DAPI", folder="b") == ["raw-1", "raw-2"]
    assert channels("DAPI", " ", folder="c") == ["raw-1", "raw-2"]


def test_measured_and_painted_from_its_own_plane(stack_folder):
    batch = open_batch(SourceOptions(sources=(str(stack_folder),)))
    frame = ObjectLoader(batch).load(0, batch.layers[0]).frame
    first, second = (frame[f"mean_{name}"].iloc[0] for name in batch.channels)
    assert (first, second) == (7, np.arange(5, 15).mean())
    display = Display.of(batch.channels, batch.layers, "").toggled("channel", batch.channels[0])
    rendered = Painter().paint(PictureSpec(batch.images[0], display, width=30, height=20))
    grey = rendered.rgb.sum(axis=2)
    assert grey[0, 29] > grey[0, 0]  # a ramp, not the flat first channel


def test_one_channel_files_keep_their_name(tmp_path):
    tifffile.imwrite(tmp_path / "a_DNA.tif", np.zeros((8, 8), np.uint8))
    tifffile.imwrite(tmp_path / "b_DNA.tif", np.zeros((8, 8), np.uint8))
    batch = open_batch(SourceOptions(images=(("DNA", str(tmp_path / "{well}_DNA.tif")),)))
    assert batch.channels == ["DNA"]
    assert batch.images[0].planes == {}


def test_a_broken_first_file_does_not_hide_the_channels(stack_folder):
    (stack_folder / "a.ome.tif").write_bytes(b"II*\0broken")
    assert len(open_batch(SourceOptions(sources=(str(stack_folder),))).channels) == 2
