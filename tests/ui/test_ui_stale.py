"""The segmentation was run again: verdicts that stick to other objects are listed, with a proposal."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import tifffile
from fixtures.desks import WIDE, desk_on
from fixtures.review_batches import mask, open_store, small_batch

from tuiqc.dataset.model import Batch
from tuiqc.dataset.open.batch import open_batch
from tuiqc.qc import Annotation, Subject
from tuiqc.review.stale_verdicts import of_mask


def subject(label: int, well: str = "A10") -> Subject:
    return Subject("object", well, "nuclei", label)


def run_again(folder: Path) -> Batch:
    """A batch of which nuclei 1 and 2 of A10 were judged, and 3 of A1; then A10's labels 1 and 2 are swapped."""
    batch = small_batch(folder)
    with open_store(batch) as store:
        for one, verdict, (x, y, area) in (
            (subject(1), "pass", (6.5, 8.5, 100)),
            (subject(2), "fail", (25.5, 7.5, 64)),
            (subject(3, "A1"), "pass", (44.5, 6.5, 36)),
        ):
            store.record(Annotation(one, verdict, centre_x=x, centre_y=y, area=area))
    plane = mask(4)
    swapped = plane.copy()
    swapped[plane == 1], swapped[plane == 2] = 2, 1
    tifffile.imwrite(folder / "A10_nuclei_labels.tif", swapped)
    return open_batch(batch.source, None)


async def test_stale_verdicts_are_marked_listed_and_given_to_the_proposed_objects(tmp_path: Path) -> None:
    batch = run_again(tmp_path / "data")
    async with desk_on(batch, WIDE) as desk:
        await desk.wait(lambda: desk.session.tables.stale is not None, "the comparison")
        await desk.settled()
        assert "! lists 2 of 3 verdicts" in desk.message
        assert "stale" in desk.names
        await desk.press("exclamation_mark")
        assert "nuclei 1 of image A10, pass: moved 19 px · proposed: 2" in desk.text
        await desk.press("A")
        assert desk.app.screen is desk.review
        assert desk.store.get(subject(2)).verdict == "pass"  # type: ignore[union-attr]
        assert desk.store.get(subject(1)).verdict == "fail"  # type: ignore[union-attr]
        await desk.press("exclamation_mark")
        assert "all 3 verdicts are of the objects" in desk.message
        await desk.press("z")
        assert desk.store.get(subject(1)).verdict == "pass"  # type: ignore[union-attr]
        await desk.press("Z")
    async with desk_on(open_batch(batch.source, None), WIDE) as desk:
        await desk.wait(lambda: desk.session.tables.stale is not None, "the comparison")
        assert not desk.session.tables.stale.findings  # type: ignore[union-attr]


@pytest.mark.thorough
async def test_one_can_be_kept_and_one_taken_away(tmp_path: Path) -> None:
    batch = run_again(tmp_path / "data")
    async with desk_on(batch, WIDE) as desk:
        await desk.wait(lambda: desk.session.tables.stale is not None, "the comparison")
        await desk.settled()
        await desk.press("exclamation_mark", "d", "x")
        assert desk.store.get(subject(1)).verdict == "pass"  # type: ignore[union-attr]
        assert desk.store.get(subject(1)).centre_x == 25.5  # type: ignore[union-attr]
        assert desk.store.get(subject(2)) is None


def test_a_mask_is_measured_as_the_tables_are() -> None:
    plane = np.zeros((6, 8), np.uint16)
    plane[1:3, 2:6], plane[4, 0] = 5, 9
    found = of_mask(plane)
    assert found.labels.tolist() == [5, 9]
    assert found.area.tolist() == [8, 1]
    assert found.centre_x.tolist() == [3.5, 0]
    assert found.centre_y.tolist() == [1.5, 4]
    assert of_mask(np.zeros((3, 3), np.uint8)).labels.tolist() == []
