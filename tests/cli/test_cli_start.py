"""What opening does not do before the first picture: nothing twice, nothing for others. No time is measured."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from fixtures.desks import WIDE
from fixtures.review_batches import HALFBLOCK, small_batch

from tuiqc import cli
from tuiqc.cli.open import open_store
from tuiqc.config import Config
from tuiqc.dataset import batch_facts
from tuiqc.dataset.bundles import bundle
from tuiqc.dataset.discover import found_files
from tuiqc.pixels import SUFFIXES
from tuiqc.qc.annotations import AnnotationStore
from tuiqc.review.session import Session
from tuiqc.ui.app import TuiqcApp


def test_only_the_parser_of_the_subcommand_is_built(monkeypatch: pytest.MonkeyPatch) -> None:
    built: list[str] = []
    load = cli.import_module
    monkeypatch.setattr(cli, "import_module", lambda name: (built.append(name), load(name))[1])
    assert cli.main(["doctor", "--help"]) == 0
    assert built == ["tuiqc.cli.doctor"]
    built.clear()
    assert cli.main(["--version"]) == 0
    assert len(built) == len(cli.SUBCOMMANDS)


def test_the_facts_of_the_batch_are_found_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    batch, asked = small_batch(tmp_path / "data"), list[str]()
    real = batch_facts.facts_of
    monkeypatch.setattr(batch_facts, "facts_of", lambda batch: (asked.append("cli"), real(batch))[1])
    monkeypatch.setattr("tuiqc.qc.location.facts_of", lambda batch: (asked.append("qc"), real(batch))[1])
    line = ["open", str(tmp_path / "data"), "--annotations", str(tmp_path / "qc.csv")]
    store, _ = open_store(batch, cli.build_parser(["open"]).parse_args(line), Config(), None)
    store.close()
    assert asked == ["cli"]


@pytest.mark.parametrize(
    ("path", "root"),
    [("/a/b/c.tif", "/a"), ("/a/b/../c.tif", "/a"), ("/ab/c.tif", "/a"), ("/a/c.tif", "/"), ("b/c.tif", ".")],
)
def test_a_path_below_the_batch_is_what_it_was(path: str, root: str) -> None:
    assert list(batch_facts._below([path], Path(root))) == [os.path.relpath(path, root)]


NAMES = [
    "A1.tif", "A1.OME.TIFF", "A1.geojson.gz", "A1.csv.gz", "A1.gz", "A1", "A1.", ".tif", "A1.tif.bak", "x.y.zarr",
    "A1_cp_masks.png", "cp output.tif", "A1_flows_cp_masks.tif", "A1 cp_outlines.txt", "A1_dP_cp_masks.tif",
]  # fmt: skip


@pytest.mark.parametrize("name", NAMES)
def test_suffixes_are_found_as_by_trying_each(name: str) -> None:
    for suffixes in (SUFFIXES, found_files.TABLE_FILES):
        tried = sorted(suffixes, key=len, reverse=True)
        expected = next((suffix for suffix in tried if name.casefold().endswith(suffix)), "")
        assert found_files._FileSuffixes(suffixes).of(name.casefold()) == expected


def test_marks_of_bundles_are_found_by_name_and_by_wildcard(tmp_path: Path) -> None:
    (tmp_path / "0").mkdir()
    (tmp_path / "0" / ".zattrs").touch()
    names = [path.name for path in tmp_path.iterdir()]
    found = [
        bundle._is_there(tmp_path, names, mark) for mark in ("0", "[0-9]", "?/.zattrs", "0/x", "00", "a*")
    ]
    assert found == [True, True, True, False, False, False]


async def test_the_review_is_the_only_screen(tmp_path: Path) -> None:
    batch = small_batch(tmp_path / "data")
    with AnnotationStore.open(tmp_path / "qc.csv", "ann", batch.placeholders) as store:
        app = TuiqcApp(Session(batch, store, "nuclei"), HALFBLOCK)
        async with app.run_test(size=WIDE):
            assert app.screen_stack == [app.review]
