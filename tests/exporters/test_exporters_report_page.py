"""The HTML file of a report: what it says, that it stands alone, and that nothing of the user's becomes markup."""

from __future__ import annotations

import base64
import io
from pathlib import Path

import pytest
from fixtures.html_pages import Page, read_page
from fixtures.report_batches import NASTY, SCRIPT, WHEN, nasty_batch, nucleus, review
from fixtures.review_batches import small_batch
from PIL import Image

from tuiqc.errors import UsageError
from tuiqc.exporters.report import ReportOptions, write_report
from tuiqc.qc import Annotation, AnnotationStore


def report(folder: Path, sample: int = 0, **how: object) -> tuple[str, Page]:
    batch = nasty_batch(folder / "data")
    output = folder / "report.html"
    write_report(batch, review(batch, sample), output, ReportOptions(**how), WHEN)  # type: ignore[arg-type]
    html = output.read_text("utf-8")
    return html, read_page(html)


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> tuple[str, Page]:
    return report(tmp_path_factory.mktemp("made"), title="A <Report> & more")


def test_what_users_wrote_is_text(made: tuple[str, Page]) -> None:
    html, page = made
    assert SCRIPT not in html
    assert "script" not in page.tags
    assert page.handlers == []
    assert {"i", "u", "b"}.isdisjoint(page.tags)
    for text in (SCRIPT, NASTY, "<u>odd</u>", "<b>ann</b>", "A <Report> & more", "{{ 7*7 }} {% raw %}"):
        assert text in page.text
    assert "two\nlines \N{REPLACEMENT CHARACTER}turned" in page.text
    assert "\u202e" not in html


def test_nothing_is_fetched(made: tuple[str, Page]) -> None:
    html, page = made
    assert "default-src 'none'" in html
    assert {"script", "link", "iframe", "object", "base"}.isdisjoint(page.tags)
    assert all(address.startswith(("#", "data:image/")) for address in page.addresses)
    style = html[html.index("<style>") : html.index("</style>")]
    assert "url(" not in style
    assert "@import" not in style


def test_markup_is_sound(made: tuple[str, Page]) -> None:
    html, page = made
    assert page.unbalanced == []
    assert len(set(page.ids)) == len(page.ids)
    assert {address[1:] for address in page.addresses if address.startswith("#")} <= set(page.ids)
    assert page.tags.count("h1") == 1
    assert page.tags.count("svg") > 0
    assert html.count('class="figure" role="img" aria-label="') == html.count('class="figure"')


def test_pictures_are_inside_and_described(made: tuple[str, Page]) -> None:
    _, page = made
    assert len(page.images) == 3  # a failed and a passed nucleus, a failed image
    for image in page.images:
        data = base64.b64decode(image["src"].partition(",")[2])
        picture = Image.open(io.BytesIO(data))
        assert picture.size == (int(image["width"]), int(image["height"]))
        assert len(set(picture.convert("L").tobytes())) > 3
    assert page.images[0]["alt"].startswith(f"nuclei 1 of {NASTY}: fail, merged;<u>odd</u>; note: <script>")


def test_what_was_wrong_is_named(made: tuple[str, Page]) -> None:
    _, page = made
    assert "channel ER of image A10" in page.text
    assert "B7_nuclei.csv" in page.text
    assert "1 annotation is of things that this batch has not" in page.text


def test_chosen_things_have_no_interval_and_it_is_said(made: tuple[str, Page]) -> None:
    _, page = made
    assert "50.0\N{NO-BREAK SPACE}%" in page.text
    assert "were chosen, not drawn by lot" in page.text
    assert "95 % interval" not in page.text.partition("Made with")[0].replace("so they have no interval", "")


@pytest.mark.thorough
def test_only_the_random_sample_has_an_interval(tmp_path: Path) -> None:
    _, page = report(tmp_path, sample=4, by="well")
    summary = page.text.partition("Folder")[0]
    assert "95 % interval" in summary
    assert "from the random sample: 4 judged, of 9 in the batch" in summary
    assert "bob" in page.text
    rates = page.text.partition("Whole batch, from the random sample")[2]
    assert "drawn with seed 2" in rates
    assert "rate and interval are of the random sample alone" in rates


@pytest.mark.thorough
def test_all_judged_needs_no_interval(tmp_path: Path) -> None:
    batch = small_batch(tmp_path / "d")
    path = tmp_path / "qc.csv"
    with AnnotationStore.open(path, "ann", batch.placeholders) as store:
        store.record_many(
            Annotation(nucleus(well, n), "fail" if n == 1 else "pass")
            for well, count in zip(("A1", "A2", "A10"), (3, 2, 4), strict=True)
            for n in range(1, count + 1)
        )
    store = AnnotationStore.open(path, "", batch.placeholders, read_only=True)
    write_report(batch, store, tmp_path / "r.html", ReportOptions(failed=2, passed=3), WHEN)
    page = read_page((tmp_path / "r.html").read_text("utf-8"))
    assert "All 9 were judged, so this is the rate of the batch" in page.text
    assert len(page.images) == 5
    assert "2 of 3, drawn by lot with seed 0" in page.text


@pytest.mark.thorough
def test_a_batch_that_nobody_reviewed_still_makes_a_report(tmp_path: Path) -> None:
    batch = small_batch(tmp_path / "d")
    path = tmp_path / "qc.csv"
    AnnotationStore.open(path, "ann", batch.placeholders).close()
    store = AnnotationStore.open(path, "", batch.placeholders, read_only=True)
    write_report(batch, store, tmp_path / "r.html", ReportOptions(), WHEN)
    page = read_page((tmp_path / "r.html").read_text("utf-8"))
    assert "nothing was judged yet" in page.text
    assert "Nobody gave a verdict yet" in page.text
    assert page.unbalanced == []


@pytest.mark.thorough
def test_the_same_input_makes_the_same_file_and_says_its_size(tmp_path: Path) -> None:
    batch = nasty_batch(tmp_path / "data")
    store = review(batch)
    for name in ("a.html", "b.html"):
        write_report(batch, store, tmp_path / name, ReportOptions(), WHEN)
    data = (tmp_path / "a.html").read_bytes()
    assert data == (tmp_path / "b.html").read_bytes()
    assert f"One file of {len(data) / 1e6:.1f} MB" in data.decode()


@pytest.mark.parametrize(
    ("how", "name", "said"),
    [
        ({"failed": 501}, "r.html", "--failed 501"),
        ({"seed": -1}, "r.html", "--seed -1"),
        ({"layer": "moons"}, "r.html", "no object layer 'moons'"),
        ({"by": "moon"}, "r.html", "no column 'moon'"),
        ({"columns": ("AreaShape_Aera",)}, "r.html", "there are AreaShape_Area"),
        ({"columns": ("Class",)}, "r.html", "holds text"),
        ({}, "r.pdf", "must end with .html"),
    ],
)
def test_what_cannot_be_is_refused(tmp_path: Path, how: dict[str, object], name: str, said: str) -> None:
    batch = small_batch(tmp_path / "d")
    store = AnnotationStore.open(tmp_path / "qc.csv", "", batch.placeholders, read_only=True)
    with pytest.raises(UsageError, match=said):
        write_report(batch, store, tmp_path / name, ReportOptions(**how), WHEN)  # type: ignore[arg-type]
    assert not (tmp_path / name).exists()


@pytest.mark.thorough
def test_what_cannot_be_drawn_has_a_tile_and_is_named(tmp_path: Path) -> None:
    batch = small_batch(tmp_path / "d")
    path = tmp_path / "qc.csv"
    with AnnotationStore.open(path, "ann", batch.placeholders) as store:
        store.record_many([Annotation(nucleus(well, 1), "fail") for well in ("A1", "A2")])
    for name in ("DNA", "ER", "nuclei_labels", "cells_labels"):
        (tmp_path / "d" / f"A1_{name}.tif").write_bytes(b"no picture")
    store = AnnotationStore.open(path, "", batch.placeholders, read_only=True)
    lines = write_report(batch, store, tmp_path / "r.html", ReportOptions(), WHEN).lines
    html = (tmp_path / "r.html").read_text("utf-8")
    page = read_page(html)
    assert len(page.images) == 1
    assert html.count('<div class="missing">') == 1
    assert "Files that could not be read as they should" in page.text
    assert any("could not be read" in line for line in lines)


def test_input_is_never_written_over(tmp_path: Path) -> None:
    batch = small_batch(tmp_path / "d")
    path = tmp_path / "qc.html"
    AnnotationStore.open(path, "ann", batch.placeholders).close()
    store = AnnotationStore.open(path, "", batch.placeholders, read_only=True)
    with pytest.raises(UsageError, match="part of the input"):
        write_report(batch, store, path, ReportOptions(), WHEN)
