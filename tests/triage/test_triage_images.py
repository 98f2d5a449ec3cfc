"""Images that are of no use come first, each with what is wrong with it."""

from __future__ import annotations

import numpy as np
import pytest
import tifffile
from fixtures.triage_scenes import clean
from numpy.typing import NDArray
from scipy import ndimage as ndi

from tuiqc.dataset.open.batch import open_batch
from tuiqc.dataset.source_options import SourceOptions
from tuiqc.measure.image_evidence import mask_fit
from tuiqc.pixels import read_plane
from tuiqc.triage.batch_ranking import rank_batch
from tuiqc.triage.evidence_cache import EvidenceCache
from tuiqc.triage.image_suspicion import ImageSuspicion, image_suspicions

Labels, Image = NDArray[np.int32], NDArray[np.uint8]


def blurred(labels: Labels, image: Image) -> tuple[Labels, Image]:
    return labels, ndi.gaussian_filter(image.astype(float), 6).astype(np.uint8)


def saturated(labels: Labels, image: Image) -> tuple[Labels, Image]:
    return labels, np.minimum(image.astype(int) * 3, 255).astype(np.uint8)


def uneven(labels: Labels, image: Image) -> tuple[Labels, Image]:
    return labels, (image * np.linspace(0.2, 2, image.shape[1])).clip(0, 254).astype(np.uint8)


def empty(labels: Labels, image: Image) -> tuple[Labels, Image]:
    return np.zeros_like(labels), image


def shifted(labels: Labels, image: Image) -> tuple[Labels, Image]:
    return np.roll(labels, (-9, 6), (0, 1)), image


def of_another_image(labels: Labels, image: Image) -> tuple[Labels, Image]:
    return np.rot90(labels, 1).copy(), image


def few(labels: Labels, image: Image) -> tuple[Labels, Image]:
    return np.where(labels > 4, 0, labels), image


FAULTS = {
    "blurred": (blurred, "blurred"),
    "saturated": (saturated, "saturated"),
    "uneven": (uneven, "unevenly lit"),
    "empty": (empty, "no object"),
    "shifted": (shifted, "fits better 9 px down and 6 px to the left"),
    "another": (of_another_image, "the mask fits"),
    "few": (few, "few objects"),
}


@pytest.fixture(scope="module")
def found(tmp_path_factory: pytest.TempPathFactory) -> dict[str, ImageSuspicion]:
    """Nine good images and one with each fault."""
    folder = tmp_path_factory.mktemp("images")
    for number in range(9 + len(FAULTS)):
        labels, image = clean(number)
        name = f"good{number}"
        if number >= 9:
            name = list(FAULTS)[number - 9]
            labels, image = FAULTS[name][0](labels, image)
        tifffile.imwrite(folder / f"{name}_DNA.tif", image)
        tifffile.imwrite(folder / f"{name}_labels.tif", labels.astype(np.uint16))
    (folder / "broken_labels.tif").write_bytes(b"no image")
    source = SourceOptions(
        images=(("DNA", "{image}_DNA.tif"),), labels=(("nuclei", "{image}_labels.tif"),), base_dir=folder
    )
    ranking = rank_batch(open_batch(source), "nuclei", read_plane)
    cache = EvidenceCache(folder / "cache", folder / "cache" / "measured")
    suspicions = image_suspicions(ranking, cache=cache)
    assert image_suspicions(ranking, cache=cache) == suspicions
    return {ranking.batch.images[one.image].key: one for one in suspicions}


@pytest.mark.parametrize("name", FAULTS)
def test_a_bad_image_is_suspected_of_what_is_wrong_with_it(
    found: dict[str, ImageSuspicion], name: str
) -> None:
    assert FAULTS[name][1] in found[name].why
    assert found[name].looks_wrong


def test_good_images_come_last(found: dict[str, ImageSuspicion]) -> None:
    order = sorted(found, key=lambda key: -found[key].suspicion)
    assert set(order[: len(FAULTS)]) == set(FAULTS)
    assert sum(found[key].looks_wrong for key in order[len(FAULTS) :]) <= 2
    assert "broken" not in found


def test_a_mask_that_lies_well_fits_best_where_it_lies() -> None:
    labels, image = clean(0)
    for turned in (image, 255 - image):  # dark objects too
        fit = mask_fit(labels, turned)
        assert np.hypot(fit["shift_y"], fit["shift_x"]) <= 1
        assert fit["fit"] > 0.3
    assert mask_fit(labels, np.zeros_like(image))["fit"] == 0
