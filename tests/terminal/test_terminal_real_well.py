"""A real well through the encoders."""

from pathlib import Path

import numpy as np
import pytest
from fixtures.terminal_pictures import decode_kitty, decode_sixel

from tuiqc.terminal.palette import to_palette
from tuiqc.terminal.protocols import kitty, sixel

WELLS = Path(__file__).resolve().parents[2] / "../shared/data/batch_qc_practical"


@pytest.fixture(scope="module")
def overlay():
    """Nuclei of one well, three times as large, with yellow outlines; (600, 800, 3) uint8."""
    if not WELLS.is_dir():
        pytest.skip("the wells of the practical are not here")
    import tifffile

    dna = tifffile.imread(WELLS / "Well_1_C0.tif").astype(float)
    labels = tifffile.imread(WELLS / "Well_1_nuclei_labels.tiff")
    low, high = np.percentile(dna, [0.5, 99.8])
    grey = (np.clip((dna - low) / (high - low), 0, 1) * 255).astype(np.uint8)
    rows, columns = np.arange(600) * dna.shape[0] // 600, np.arange(800) * dna.shape[1] // 800
    rgb = np.repeat(grey[rows][:, columns][..., None], 3, axis=2)
    shown = labels[rows][:, columns]
    rgb[1:][shown[1:] != shown[:-1]] = (255, 220, 0)
    rgb[:, 1:][shown[:, 1:] != shown[:, :-1]] = (255, 220, 0)
    return rgb


@pytest.mark.thorough
def test_every_pixel_comes_back_near(overlay):
    index, palette = to_palette(overlay)
    assert np.abs(palette[index].astype(int) - overlay).max() <= 4
    percent = np.rint((palette.astype(int) * 100 + 127) // 255 * 2.55).astype(np.uint8)
    assert (decode_sixel(sixel.encode_index(index, palette)).rgb == percent[index]).all()
    assert (decode_kitty(kitty.transmit_placeholder(overlay, 1, 100, 40))[0].rgb == palette[index]).all()


def test_a_picture_is_small(overlay):
    assert len(sixel.encode(overlay, grey_levels=64)) < 250_000
    assert len(sixel.encode(overlay, grey_levels=32)) < 150_000
    assert len(kitty.transmit_placeholder(overlay, 1, 100, 40)) < 200_000
    assert len(kitty.transmit_placeholder(overlay, 1, 100, 40, grey_levels=32)) < 150_000
