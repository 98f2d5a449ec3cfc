"""Movies are ranked frame by frame, and tracks and objects inform one another; stacks count once an object."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import tifffile
from fixtures.triage_scenes import clean

from tuiqc.cli import main
from tuiqc.dataset.model import Batch
from tuiqc.dataset.open.batch import open_batch
from tuiqc.dataset.source_options import SourceOptions
from tuiqc.pixels import read_plane
from tuiqc.review.headless import rank_objects, whole_objects
from tuiqc.review.object_tracks import moments_of_objects
from tuiqc.review.track_rows import TrackRows
from tuiqc.triage.batch_ranking import rank_batch

MERGED_AT = 2


@pytest.fixture(scope="module")
def movie(tmp_path_factory: pytest.TempPathFactory) -> Batch:
    """Five time points; at one of them two neighbours have one label."""
    folder = tmp_path_factory.mktemp("movie")
    random = np.random.default_rng(0)
    labels, image = clean(0)
    masks = np.stack([np.roll(labels, tuple(random.integers(-1, 2, 2)), (0, 1)) for _ in range(5)])
    merged = masks[MERGED_AT]
    merged[merged == 2] = 1
    frames = np.stack([image] * 5) + random.integers(0, 3, masks.shape).astype(np.uint8)
    tifffile.imwrite(folder / "a_DNA.tif", frames, imagej=True, metadata={"axes": "TYX"})
    tifffile.imwrite(
        folder / "a_nuclei_labels.tif", masks.astype(np.uint16), imagej=True, metadata={"axes": "TYX"}
    )
    return open_batch(SourceOptions(sources=(str(folder),)))


@pytest.mark.thorough
def test_a_merge_that_lasts_one_time_point_is_seen_by_its_track(movie: Batch) -> None:
    objects = whole_objects(movie, "nuclei", [])
    moments = moments_of_objects(movie, objects)
    assert moments[0, 1, MERGED_AT][1] == "area"
    ranking = rank_objects(movie, objects, [])
    row = ranking.row_of(0, 1, MERGED_AT)
    assert row is not None
    assert ranking.ranks[row] <= 3
    assert ranking.suspects[row] == "merged"
    assert "its track changes its area here" in ranking.why(np.array([row]))[0]
    assert ranking.several_times
    # And back: the track is the more suspicious for what its objects look like.
    informed, before = TrackRows(movie, objects), TrackRows(movie, whole_objects(movie, "nuclei", []))
    at = informed.position(0, 1)
    assert at is not None
    assert informed.view.frame["wrong_objects"].iloc[at] >= 1
    assert (
        informed.view.frame["suspicion"].iloc[at] > before.view.frame["suspicion"].iloc[before.position(0, 1)]
    )
    assert "wrong_objects" not in before.view.frame


@pytest.mark.thorough
def test_rank_of_a_movie_has_time_points(movie: Batch, tmp_path: Path) -> None:
    import pandas as pd

    folder = str(movie.images[0].masks["nuclei"].parent)
    assert main(["rank", folder, "-o", str(tmp_path / "rank.csv")]) == 0
    frame = pd.read_csv(tmp_path / "rank.csv")
    assert set(frame["t"]) == set(range(5))
    assert len(frame) == 5 * 25 - 1
    first = frame[(frame["label"] == 1) & (frame["t"] == MERGED_AT)].iloc[0]
    assert first["rank"] <= 3


def test_an_object_of_a_stack_counts_where_it_is_largest(tmp_path: Path) -> None:
    labels, image = clean(1)
    small = np.where(np.isin(labels, np.arange(1, 13)), labels, 0)
    masks = np.stack([small, labels, small, np.where(labels == 25, 0, 0)])
    masks[0][(labels == 1) & (np.indices(labels.shape)[0] % 2 == 0)] = 0
    tifffile.imwrite(
        tmp_path / "a_nuclei_labels.tif", masks.astype(np.uint16), imagej=True, metadata={"axes": "ZYX"}
    )
    tifffile.imwrite(tmp_path / "a_DNA.tif", np.stack([image] * 4), imagej=True, metadata={"axes": "ZYX"})
    ranking = rank_batch(open_batch(SourceOptions(sources=(str(tmp_path),))), "nuclei", read_plane)
    assert sorted(ranking.labels.tolist()) == list(range(1, 26))
    assert ranking.slices[ranking.labels == 20].tolist() == [1]
    assert ranking.slices[ranking.labels == 1].tolist() != [0]
