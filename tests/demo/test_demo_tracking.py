"""The demo movie: written as ilastik writes, and what is planted is really there."""

import csv
import json

import h5py
import numpy as np
import pytest
import tifffile

from tuiqc.cli import main
from tuiqc.demo.tracking import make_tracking
from tuiqc.errors import InputError, UsageError
from tuiqc.paths import demo_data_dir


@pytest.fixture(scope="module")
def movie(tmp_path_factory):
    return make_tracking(tmp_path_factory.mktemp("movie") / "made", frames=24, size=192, seed=1)


@pytest.fixture(scope="module")
def rows(movie):
    with (movie.directory / "movie" / "demo--tracking-table.csv").open(newline="") as handle:
        return list(csv.DictReader(handle))


def labels_of(movie):
    with h5py.File(movie.directory / "movie" / "demo--tracking-oids.h5", locking=False) as file:
        return file["exported_data"][:, 0, :, :, 0]


def test_hdf5_is_as_ilastik_exports_it(movie):
    with h5py.File(movie.directory / "movie" / "demo--tracking-oids.h5", locking=False) as file:
        data = file["exported_data"]
        assert data.shape == (24, 1, 192, 192, 1)
        assert data.chunks[0] == 1
        tags = json.loads(data.attrs["axistags"])
    assert "".join(axis["key"] for axis in tags["axes"]) == "tzyxc"
    assert [axis["typeFlags"] for axis in tags["axes"]] == [8, 2, 2, 2, 1]


def test_raw_is_a_calibrated_imagej_movie(movie):
    with tifffile.TiffFile(movie.directory / "movie" / "demo--raw.tif") as file:
        assert file.is_imagej
        assert file.series[0].axes == "TYX"
        assert file.series[0].shape == (24, 192, 192)
        assert file.imagej_metadata["unit"] == "um"


def test_table_and_labels_agree_by_brute_force(movie, rows):
    labels = labels_of(movie)
    in_table = {(int(row["frame"]), int(row["labelimageId"])): row for row in rows}
    in_mask = {(t, int(label)) for t in range(24) for label in np.unique(labels[t]) if label}
    assert set(in_table) == in_mask
    for (t, label), row in in_table.items():
        y, x = np.nonzero(labels[t] == label)
        assert int(row["Size_in_pixels"]) == len(x)
        assert float(row["Center_of_the_object_0"]) == pytest.approx(x.mean(), rel=1e-5)
        assert float(row["Bounding_Box_Maximum_1"]) == y.max() + 1


def test_ids_are_as_ilastik_gives_them(rows):
    tracks = {int(row["trackId"]) for row in rows}
    assert -1 in tracks
    assert min(tracks - {-1}) == 2
    assert list(rows[0])[:6] == [
        "frame",
        "labelimageId",
        "trackId",
        "lineageId",
        "parentTrackId",
        "mergerLabelId",
    ]


def test_planted_events_are_in_the_table(movie, rows):
    planted = {event.event: event for event in movie.planted}
    assert {"swap", "merge", "false division", "division", "birth", "death"} <= set(planted)
    swap = planted["swap"]

    def place(track, t):
        row = next(r for r in rows if int(r["trackId"]) == track and int(r["frame"]) == t)
        return np.array([float(row["Center_of_the_object_0"]), float(row["Center_of_the_object_1"])])

    for track in (swap.track, swap.other):
        assert np.hypot(*(place(track, swap.t) - place(track, swap.t - 1))) > 12
    assert sum(int(row["mergerLabelId"]) > 0 for row in rows) >= 4
    false = planted["false division"]
    children = {int(r["trackId"]) for r in rows if int(r["parentTrackId"]) == false.track}
    assert len(children) == 2
    assert not [r for r in rows if int(r["trackId"]) == false.track and int(r["frame"]) >= false.t]


def test_cells_are_as_uneven_as_real_ones(movie, rows):
    """They differ in pace, grow, bleach, come and go over the border, are lost for a while, and have texture."""
    planted = {event.event: event for event in movie.planted}
    assert {"gap", "enter", "leave"} <= set(planted)
    by_track = {}
    for row in rows:
        by_track.setdefault(int(row["trackId"]), []).append(row)
    lost = {int(row["frame"]) for row in by_track[planted["gap"].track]}
    assert planted["gap"].t not in lost
    assert planted["gap"].t - 1 in lost
    paces = []
    for track in by_track.values():
        xy = np.array([[float(row[f"Center_of_the_object_{axis}"]) for axis in (0, 1)] for row in track])
        if len(xy) == movie.frames:
            paces.append(np.median(np.hypot(*np.diff(xy, axis=0).T)))
    assert max(paces) > 1.5 * min(paces)
    first, last = (
        np.mean([float(row["Mean_Intensity"]) for row in rows if int(row["frame"]) == t]) for t in (0, 23)
    )
    assert last < 0.8 * first
    whole = [row for row in rows if int(row["Size_in_pixels"]) > 150]
    assert np.mean([float(row["Variance_of_Intensity"]) for row in whole]) > 60


def test_same_seed_same_files_and_shipped_ones_are_these(movie):
    shipped = demo_data_dir() / "tracking"
    for name in ("demo--raw.tif", "demo--tracking-table.csv", "truth.csv"):
        assert (shipped / "movie" / name).read_bytes() == (movie.directory / "movie" / name).read_bytes()
    with h5py.File(shipped / "movie" / "demo--tracking-oids.h5", locking=False) as file:
        assert np.array_equal(file["exported_data"][:, 0, :, :, 0], labels_of(movie))
    assert sum(path.stat().st_size for path in shipped.rglob("*") if path.is_file()) < 3_000_000


def test_stack_has_labels_in_three_dimensions(movie):
    labels = tifffile.imread(movie.directory / "stack" / "stack_cells_labels.tif")
    assert labels.shape == (12, 128, 128)
    assert labels.max() >= 4
    with tifffile.TiffFile(movie.directory / "stack" / "stack_raw.tif") as file:
        assert file.series[0].axes == "ZYX"


@pytest.mark.parametrize("wrong", [{"frames": 3}, {"size": 20}, {"seed": -1}])
def test_impossible_numbers_are_refused(tmp_path, wrong):
    with pytest.raises(UsageError):
        make_tracking(tmp_path / "x", **wrong)


def test_a_folder_with_something_in_it_is_left_alone(tmp_path):
    (tmp_path / "mine.txt").write_text("mine")
    with pytest.raises(InputError):
        make_tracking(tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["mine.txt"]


def test_command_makes_a_movie(tmp_path, capsys):
    assert main(["demo", "tracking", str(tmp_path / "m"), "--frames", "12", "--size", "192"]) == 0
    assert "swap at t" in capsys.readouterr().out
    assert (tmp_path / "m" / "movie" / "truth.csv").is_file()
