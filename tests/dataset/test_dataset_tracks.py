"""Tables with tracks: every spelling, TrackMate's further headers, Cell Tracking Challenge, masks through time."""

import numpy as np
import pytest
import tifffile
from hypothesis import given
from hypothesis import strategies as st

from tuiqc.dataset.dialects import recognise
from tuiqc.dataset.objects import ObjectLoader
from tuiqc.dataset.open.batch import open_batch
from tuiqc.dataset.source_options import SourceOptions
from tuiqc.dataset.tables.reader import load_table
from tuiqc.paths import demo_data_dir

SPELLINGS = [
    ["frame", "labelimageId", "trackId", "lineageId", "parentTrackId", "mergerLabelId"],
    ["frame", "labelimage_id", "track_id", "lineage_id", "parent_track_id", "merger_label_id"],
    ["FRAME", "LabelImage_ID", "Track_ID1", "Lineage_ID", "ParentTrackID", "MergerLabelID"],
    ["timestep", "labelimage_oid", "track_id1", "lineage_id", "parent_track_id1", "merger_label_id"],
]


@pytest.mark.parametrize("columns", SPELLINGS)
def test_all_spellings_of_ilastik(columns):
    columns = [*columns, "Center_of_the_object_0", "Center_of_the_object_1", "Size_in_pixels"]
    choice = recognise(columns)
    assert choice.name == "ilastik-tracking"
    found = [choice.t_column, choice.label_column, choice.track_column, choice.lineage_column]
    assert found == columns[:4]
    assert choice.track_first == 2
    if "1" not in columns[4]:
        assert (choice.parent_column, choice.merger_column) == (columns[4], columns[5])


def test_other_tables_with_a_track_column():
    choice = recognise(["label", "area", "centroid-0", "centroid-1", "bbox-0", "track_id", "t"])
    assert (choice.name, choice.track_column) == ("skimage", "track_id")
    assert recognise(["label", "area", "centroid-0", "centroid-1"]).track_column is None


def demo(**more):
    movie = demo_data_dir() / "tracking" / "movie"
    patterns = {
        "images": (("raw", f"{movie}/.*--raw.tif"),),
        "labels": (("cells", f"{movie}/.*--tracking-oids.h5"),),
        "tables": (("cells", f"{movie}/.*--tracking-table.csv"),),
    }
    return open_batch(SourceOptions(**{**patterns, **more}))


def test_patterns_of_the_activity_join_on_time_and_label_by_brute_force():
    import h5py

    batch = demo()
    assert (len(batch.images), batch.dialects["cells"].name) == (1, "ilastik-tracking")
    part = ObjectLoader(batch).load(0, "cells")
    with h5py.File(batch.images[0].masks["cells"], locking=False) as file:
        labels = file["exported_data"][:, 0, :, :, 0]
    rows = set(zip(part.frame["t"].tolist(), part.frame["label"].tolist(), strict=True))
    assert rows == {(t, int(label)) for t, plane in enumerate(labels) for label in np.unique(plane) if label}
    for row in range(0, len(part.frame), 7):
        t, label = int(part.frame["t"][row]), int(part.frame["label"][row])
        y, x = np.nonzero(labels[t] == label)
        assert part.geometry.centre_x[row] == pytest.approx(x.mean(), abs=1e-3)
        assert part.geometry.centre_y[row] == pytest.approx(y.mean(), abs=1e-3)
        assert part.geometry.area[row] == len(x)


TRACKMATE = """LABEL,ID,TRACK_ID,QUALITY,POSITION_X,POSITION_Y,POSITION_T,FRAME,RADIUS
Label,Spot ID,Track ID,Quality,X,Y,T,Frame,Radius
Label,Spot ID,Track ID,Quality,X,Y,T,Frame,R
,,,(quality),(micron),(micron),(sec),,(micron)
ID5,5,0,1.5,3.5,2.5,0.0,0,2.0
ID6,6,,1.5,9.5,2.5,0.0,0,2.0
ID9,9,0,1.5,4.5,2.5,60.0,1,2.0
"""


def test_trackmate_has_three_further_header_rows(tmp_path):
    path = tmp_path / "spots.csv"
    path.write_text(TRACKMATE)
    frame = load_table(path).frame
    assert len(frame) == 3
    assert frame["POSITION_X"].tolist() == [3.5, 9.5, 4.5]
    choice = recognise(list(frame.columns))
    assert (choice.name, choice.track_column, choice.t_column) == ("trackmate", "TRACK_ID", "FRAME")
    assert choice.track_first == 0


def test_trackmate_whose_first_spot_has_no_track(tmp_path):
    lines = TRACKMATE.splitlines()
    path = tmp_path / "spots.csv"
    path.write_text("\n".join([*lines[:4], lines[5], lines[4], lines[6]]) + "\n")
    assert load_table(path).frame["ID"].tolist() == [6, 5, 9]


def test_one_header_row_is_kept_as_it_is(tmp_path):
    lines = TRACKMATE.splitlines()
    path = tmp_path / "spots.csv"
    path.write_text("\n".join([lines[0], *lines[4:]]) + "\n")
    assert load_table(path).frame["ID"].tolist() == [5, 6, 9]


@pytest.fixture
def challenge(tmp_path):
    """Three time points; track 1 divides into 2 and 3 at time point 1."""
    for t in range(3):
        image = np.full((20, 20), 10 * t, np.uint8)
        mask = np.zeros((20, 20), np.uint16)
        if t == 0:
            mask[5:10, 5:10] = 1
        else:
            mask[5:8, 5:8] = 2
            mask[12:15, 5 + t : 8 + t] = 3
        (tmp_path / "01").mkdir(exist_ok=True)
        (tmp_path / "01_RES").mkdir(exist_ok=True)
        tifffile.imwrite(tmp_path / "01" / f"t{t:03}.tif", image)
        tifffile.imwrite(tmp_path / "01_RES" / f"mask{t:03}.tif", mask)
    (tmp_path / "01_RES" / "res_track.txt").write_text("1 0 0 0\n2 1 2 1\n3 1 2 1\n")
    return tmp_path


def challenge_batch(folder, table=True):
    return open_batch(
        SourceOptions(
            images=(("raw", f"{folder}/01/t{{t}}.tif"),),
            labels=(("cells", f"{folder}/01_RES/mask{{t}}.tif"),),
            tables=(("cells", f"{folder}/01_RES/res_track.txt"),) if table else (),
        )
    )


def test_cell_tracking_challenge(challenge):
    batch = challenge_batch(challenge)
    assert len(batch.images) == 1
    choice = batch.dialects["cells"]
    assert (choice.name, choice.track_column, choice.parent_column, choice.t_column) == (
        "ctc",
        "L",
        "P",
        "frame",
    )
    part = ObjectLoader(batch).load(0, "cells")
    rows = list(zip(part.frame["t"], part.frame["label"], part.frame["P"], strict=True))
    assert rows == [(0, 1, 0), (1, 2, 1), (2, 2, 1), (1, 3, 1), (2, 3, 1)]
    assert part.geometry.centre_x.tolist() == [7.0, 6.0, 6.0, 7.0, 8.0]
    assert part.problems == []


def test_masks_of_a_movie_without_a_table_are_measured_at_every_time_point(challenge):
    batch = challenge_batch(challenge, table=False)
    part = ObjectLoader(batch).load(0, "cells")
    rows = list(zip(part.frame["t"], part.frame["label"], part.frame["mean_raw"], strict=True))
    assert rows == [(0, 1, 0.0), (1, 2, 10.0), (1, 3, 10.0), (2, 2, 20.0), (2, 3, 20.0)]


def test_a_stack_is_measured_across_its_slices(tmp_path):
    from scipy import ndimage

    rng = np.random.default_rng(3)
    labels = rng.integers(0, 4, (5, 8, 9)).astype(np.uint16)
    raw = rng.integers(0, 200, labels.shape).astype(np.uint8)
    for name, data in (("s_raw.tif", raw), ("s_cells_labels.tif", labels)):
        tifffile.imwrite(tmp_path / name, data, imagej=True, metadata={"axes": "ZYX"})
    part = ObjectLoader(open_batch(SourceOptions(sources=(str(tmp_path),)))).load(0, "cells")
    ids = [1, 2, 3]
    centres = np.array(ndimage.center_of_mass(labels > 0, labels, ids))
    assert part.frame["label"].tolist() == ids
    np.testing.assert_allclose(part.frame["area"], np.bincount(labels.ravel())[1:])
    np.testing.assert_allclose(part.frame[["centre_z", "centre_y", "centre_x"]], centres)
    np.testing.assert_allclose(part.frame["mean_raw"], ndimage.mean(raw, labels, ids))
    np.testing.assert_allclose(part.geometry.centre_x, centres[:, 2])


def test_a_stack_without_any_object(tmp_path):
    for name in ("s_raw.tif", "s_cells_labels.tif"):
        tifffile.imwrite(
            tmp_path / name, np.zeros((4, 8, 8), np.uint8), imagej=True, metadata={"axes": "ZYX"}
        )
    part = ObjectLoader(open_batch(SourceOptions(sources=(str(tmp_path),)))).load(0, "cells")
    assert len(part.frame) == 0


def test_the_column_that_the_mask_holds_is_found_and_told(tmp_path):
    """`Tracking-Result` has track or lineage ids where a table expects the objects' own."""
    import h5py
    import pandas as pd

    movie = demo_data_dir() / "tracking" / "movie"
    table = pd.read_csv(movie / "demo--tracking-table.csv")
    with h5py.File(movie / "demo--tracking-oids.h5", locking=False) as file:
        labels = file["exported_data"][()]
        tags = file["exported_data"].attrs["axistags"]
    for column in ("trackId", "lineageId"):
        rendered = np.zeros_like(labels)
        for t, label, value in zip(table["frame"], table["labelimageId"], table[column], strict=True):
            rendered[t][labels[t] == label] = max(value, 1)
        path = tmp_path / f"{column}.h5"
        with h5py.File(path, "w") as file:
            data = file.create_dataset("exported_data", data=rendered, chunks=(1, 1, 64, 64, 1))
            data.attrs["axistags"] = tags
        batch = demo(labels=(("cells", str(path)),))
        part = ObjectLoader(batch).load(0, "cells")
        assert part.frame["label"].tolist() == [v for v in table[column] if v > 0]
        assert any(repr(column) in problem.text for problem in part.problems)
        assert batch.dialects["cells"].label_column == column
    part = ObjectLoader(demo()).load(0, "cells")
    assert part.problems == []


@pytest.mark.thorough
@given(st.lists(st.tuples(*[st.integers(-2, 30)] * 4), max_size=8))
def test_tables_of_the_challenge_expand_to_whole_tracks(rows):
    import pandas as pd

    from tuiqc.dataset.dialects.ctc import expanded

    frame = expanded(pd.DataFrame(rows, columns=["L", "B", "E", "P"], dtype="int64"))
    wanted = [(track, t) for track, first, last, _ in rows for t in range(first, last + 1)]
    assert list(zip(frame["L"], frame["frame"], strict=True)) == wanted


@pytest.fixture
def classified(tmp_path):
    """What ilastik's object and pixel classification leave for two images."""
    import h5py
    import pandas as pd

    rng = np.random.default_rng(1)
    for name in ("cellsA", "cellsB"):
        mask = np.zeros((30, 40), np.uint32)
        mask[2:8, 3:9], mask[12:20, 20:30] = 1, 2
        tifffile.imwrite(tmp_path / f"{name}.tif", rng.integers(0, 99, mask.shape).astype(np.uint8))
        maps = np.stack([np.where(mask > 0, 0.9, 0.1), np.where(mask > 0, 0.1, 0.9)], -1).astype(np.float32)
        for end, data in (("Object Identities", mask[..., None]), ("Probabilities", maps)):
            with h5py.File(tmp_path / f"{name}_{end}.h5", "w") as file:
                made = file.create_dataset("exported_data", data=data)
                axes = ",".join(f'{{"key":"{axis}"}}' for axis in "yxc")
                made.attrs["axistags"] = f'{{"axes":[{axes}]}}'
        pd.DataFrame(
            {
                "object_id": [0, 1],
                "timestep": [0, 0],
                "labelimage_oid": [1, 2],
                "User Label": [0, 0],
                "Predicted Class": ["live", "dead"],
                "Probability of live": [0.8, 0.1],
                "Probability of dead": [0.2, 0.9],
                "Size in pixels": [36, 80],
                "Center of the object_0": [5.5, 24.5],
                "Center of the object_1": [4.5, 15.5],
            }
        ).to_csv(tmp_path / f"{name}_table.csv", index=False)
    return tmp_path


def test_object_classification_with_maps_as_further_channels(classified):
    from tuiqc.pixels import read_plane

    batch = open_batch(SourceOptions(sources=(str(classified),)))
    assert [record.key for record in batch.images] == ["cellsA", "cellsB"]
    assert batch.channels == ["image", "Probabilities-1", "Probabilities-2"]
    assert batch.unmatched == []
    record = batch.images[1]
    plane = read_plane(record.channels["Probabilities-2"], c=record.plane_of("Probabilities-2"))
    assert plane[3, 4] == pytest.approx(0.1)
    assert batch.dialects[batch.layers[0]].name == "ilastik-objects"
    part = ObjectLoader(batch).load(1, batch.layers[0])
    assert part.frame["Predicted Class"].tolist() == ["live", "dead"]
    assert part.problems == []


def test_classes_are_coloured_as_categories(classified):
    from tuiqc.picture.colours import ColourScale
    from tuiqc.picture.display import Display

    batch = open_batch(SourceOptions(sources=(str(classified),)))
    part = ObjectLoader(batch).load(0, batch.layers[0])
    display = Display.of(batch.channels, batch.layers, batch.layers[0])
    scale = ColourScale.of(part.frame["Predicted Class"], display)
    assert scale.limits is None
    assert scale.rgb(scale.numbers[0]) != scale.rgb(scale.numbers[1])


def test_maps_alone_are_images(classified):
    for path in [*classified.glob("*.tif"), *classified.glob("*.csv"), *classified.glob("*Identities.h5")]:
        path.unlink()
    assert len(open_batch(SourceOptions(sources=(str(classified),))).images) == 2


def test_trackmate_masks_hold_the_id_plus_one_or_the_track(tmp_path):
    """Places come from the mask, for those of the table are in micrometres."""
    (tmp_path / "m_spots.csv").write_text(TRACKMATE)
    tifffile.imwrite(
        tmp_path / "m.tif", np.zeros((2, 12, 24), np.uint8), imagej=True, metadata={"axes": "TYX"}
    )
    for first, second, column, labels in (
        (6, 10, "'ID' plus 1", [6, 7, 10]),
        (5, 9, "", [5, 6, 9]),
    ):
        mask = np.zeros((2, 12, 24), np.uint16)
        mask[0, 4:7, 6:9], mask[1, 4:7, 8:11], mask[0, 4:7, 18:21] = first, second, first + 1
        tifffile.imwrite(tmp_path / "m_labels.tif", mask, imagej=True, metadata={"axes": "TYX"})
        batch = open_batch(
            SourceOptions(
                images=(("raw", str(tmp_path / "m.tif")),),
                labels=(("cells", str(tmp_path / "m_labels.tif")),),
                tables=(("cells", str(tmp_path / "m_spots.csv")),),
            )
        )
        part = ObjectLoader(batch).load(0, "cells")
        assert part.frame["label"].tolist() == labels
        assert part.geometry.centre_x.tolist() == [7.0, 19.0, 9.0]
        said = [problem.text for problem in part.problems]
        assert bool(column) == any(column in text for text in said if column)


@pytest.mark.parametrize("um", [0.5, None])
def test_trackmate_without_a_mask_has_its_places_turned_into_pixels(tmp_path, um):
    how = {"imagej": True, "resolution": (1 / um, 1 / um)} if um else {"imagej": True}
    metadata = {"axes": "TYX"} | ({"unit": "um"} if um else {})
    raw = np.zeros((2, 8, 24), np.uint8)
    tifffile.imwrite(tmp_path / "m_raw.tif", raw, metadata=metadata, **how)
    (tmp_path / "m_spots.csv").write_text(TRACKMATE)
    batch = open_batch(
        SourceOptions(
            images=(("raw", str(tmp_path / "{well}_raw.tif")),),
            tables=(("spots", str(tmp_path / "{well}_spots.csv")),),
            base_dir=tmp_path,
        )
    )
    part = ObjectLoader(batch).load(0, "spots")
    assert part.geometry.centre_x.tolist() == [x / (um or 1) for x in (3.5, 9.5, 4.5)]
    assert part.geometry.centre_y.tolist() == [2.5 / (um or 1)] * 3
    said = [problem.text for problem in part.problems if "µm" in problem.text]
    assert len(said) == 1
    assert ("0.5 µm" in said[0]) == bool(um)
