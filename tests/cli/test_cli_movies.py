"""`tuiqc summary` of movies and stacks."""

import json

import numpy as np

from tuiqc.cli import main
from tuiqc.paths import demo_data_dir


def test_summary_tells_axes_and_tracks(capsys):
    movie = demo_data_dir() / "tracking" / "movie"
    assert main(["summary", str(movie), "--json"]) == 0
    summary = json.loads(capsys.readouterr().out)
    assert summary["axes"]["raw"]["sizes"] == {"t": 24, "y": 192, "x": 192}
    tracks = summary["layers"]["objects"]["tracks"]
    assert (tracks["tracks"], tracks["column"]) == (20, "trackId")
    assert {one["track"] for one in tracks["first"]} == {2, 3, 4, 5, 6}
    assert main(["summary", str(movie)]) == 0
    out = capsys.readouterr().out
    assert "24 time points of 192 x 192 px (axes tyx" in out
    assert "track 6: division" in out


def test_summary_of_a_stack(capsys):
    assert main(["summary", str(demo_data_dir() / "tracking" / "stack")]) == 0
    out = capsys.readouterr().out
    assert "12 slices of 128 x 128 px" in out
    assert "tracks" not in out


def test_axes_can_be_told(capsys):
    stack = demo_data_dir() / "tracking" / "stack"
    assert main(["summary", str(stack), "--axes", "tyx", "--json"]) == 0
    summary = json.loads(capsys.readouterr().out)
    assert summary["axes"]["cells"]["sizes"]["t"] == 12
    assert summary["layers"]["cells"]["tracks"]["column"] == "label"


def test_rendering_a_time_point_and_a_projection(tmp_path, capsys):
    from PIL import Image

    shipped = demo_data_dir() / "tracking"
    pictures = {}
    for name, options in {
        "first": ["movie"],
        "late": ["movie", "--time", "20", "--colour-by", "lineageId", "--colour-map", "glasbey"],
        "slice": ["stack", "--slice", "5"],
        "max": ["stack", "--projection", "max"],
    }.items():
        out = tmp_path / f"{name}.png"
        what, *rest = options
        assert main(["render", str(shipped / what), "-o", str(out), "--size", "200x200", *rest]) == 0
        pictures[name] = np.asarray(Image.open(out)).astype(int)
    assert (pictures["first"] != pictures["late"]).any()
    assert pictures["max"].sum() > pictures["slice"].sum()
    assert main(["render", str(shipped / "movie"), "-o", str(tmp_path / "x.png"), "--time", "24"]) == 2
    assert "has 0 to 23" in capsys.readouterr().err
    assert (
        main(["render", str(shipped / "movie"), "-o", str(tmp_path / "x.png"), "--object", "objects:99"]) == 2
    )
