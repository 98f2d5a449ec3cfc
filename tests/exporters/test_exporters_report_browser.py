"""A report in a real browser: it runs nothing, fetches nothing, and its pictures are there."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path
from urllib.parse import unquote

import pandas as pd
import pytest
from fixtures.html_pages import read_page
from fixtures.report_batches import SCRIPT, WHEN, nasty_batch, review
from PIL import Image

from tuiqc.cli import main
from tuiqc.exporters.report import ReportOptions, write_report
from tuiqc.qc.csvfile import from_cell

BROWSER = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
pytestmark = pytest.mark.skipif(BROWSER is None, reason="no chromium to open the report in")


def browse(folder: Path, page: Path, *how: str) -> str:
    assert BROWSER is not None
    ended = subprocess.run(
        [
            BROWSER,
            "--headless",
            "--no-sandbox",
            "--disable-gpu",
            "--disable-quic",
            "--no-first-run",
            "--disable-background-networking",
            "--disable-component-update",
            "--disable-sync",
            "--hide-scrollbars",
            f"--user-data-dir={folder / 'profile'}",
            *how,
            page.as_uri(),
        ],
        capture_output=True,
        timeout=60,
        check=True,
    )
    return ended.stdout.decode("utf-8", "replace")


@pytest.fixture(scope="module")
def page(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("browser")
    batch = nasty_batch(folder / "data")
    write_report(batch, review(batch, 4), folder / "report.html", ReportOptions(title="Plain title"), WHEN)
    return folder / "report.html"


# Written into a copy of the page without its policy, so that the page can be asked; its own scripts would run too.
PROBE = """<script>addEventListener("load", () => {
const pictures = [...document.images];
pictures.forEach(one => { one.loading = "eager"; });
const entries = performance.getEntriesByType("resource").filter(one => !one.name.startsWith("data:"));
const tell = () => {
  if (!pictures.every(one => one.complete)) return setTimeout(tell, 20);
  document.title = [document.title, pictures.length, pictures.every(one => one.naturalWidth > 200),
    document.documentElement.scrollWidth <= innerWidth, entries.length,
    document.querySelectorAll("svg.figure text").length > 5].join("|");
};
tell();
});</script></body>"""


@pytest.mark.parametrize("width", [1280, 500])
def test_pictures_are_drawn_nothing_runs_and_nothing_is_fetched(
    tmp_path: Path, page: Path, width: int
) -> None:
    asked = tmp_path / "asked.html"
    html = page.read_text("utf-8")
    start = html.index('<meta http-equiv="Content-Security-Policy"')
    asked.write_text(html[:start] + html[html.index(">", start) + 1 :].replace("</body>", PROBE), "utf-8")
    dom = browse(tmp_path, asked, f"--window-size={width},900", "--virtual-time-budget=5000", "--dump-dom")
    title = dom.partition("<title>")[2].partition("</title>")[0]
    # The title is as it was: no script of a note has changed it, even without the policy. No sideways scrolling.
    assert title == f"Plain title|{len(read_page(html).images)}|true|true|0|true"


def test_the_policy_of_the_page_forbids_scripts(tmp_path: Path, page: Path) -> None:
    asked = tmp_path / "asked.html"
    asked.write_text(page.read_text("utf-8").replace("</body>", PROBE), "utf-8")
    dom = browse(tmp_path, asked, "--virtual-time-budget=2000", "--dump-dom")
    assert "<title>Plain title</title>" in dom
    assert SCRIPT.replace("<", "&lt;").replace(">", "&gt;") in dom


def test_it_looks_different_in_light_and_dark(tmp_path: Path, page: Path) -> None:
    grounds = []
    for scheme in ("1", "0"):
        spec = tmp_path / f"{scheme}.png"
        browse(
            tmp_path,
            page,
            f"--screenshot={spec}",
            "--window-size=900,700",
            f"--blink-settings=preferredColorScheme={scheme}",
        )
        picture = Image.open(spec).convert("L")
        grounds.append(picture.getpixel((3, 3)))
        assert len(picture.getcolors(256) or []) > 20
    assert grounds[0] > 200
    assert grounds[1] < 60


# What a person does: a verdict by each key, one taken back, one undone; then the name, and what would be saved.
JUDGING = """<script>addEventListener("load", () => {
const press = key => document.activeElement.dispatchEvent(new KeyboardEvent("keydown", { key, bubbles: true }));
press("m");
press("f"); press("p"); press("u"); press("p"); press("z");
press("Backspace");
press("k"); press("f");
document.getElementById("judge-name").value = '=Bob, "B"';
document.title = encodeURIComponent(tuiqcCsv()) + "|" + document.getElementById("judge-count").textContent;
});</script></body>"""


def test_verdicts_by_keys_in_the_page_are_merged(tmp_path: Path) -> None:
    batch = nasty_batch(tmp_path / "data")
    options = ReportOptions(judge=True, failed=4, passed=2)
    file = tmp_path / "judge.html"
    write_report(batch, review(batch, 4), file, options, WHEN)
    html = file.read_text("utf-8")
    # The policy lets the page's own script run, by its digest, and no other.
    assert 'data-judge="ready"' in browse(tmp_path, file, "--virtual-time-budget=3000", "--dump-dom")
    assert "unsafe-inline" not in html.partition("script-src")[2].partition(";")[0]
    start = html.index('<meta http-equiv="Content-Security-Policy"')
    asked = tmp_path / "asked.html"
    asked.write_text(html[:start] + html[html.index(">", start) + 1 :].replace("</body>", JUDGING), "utf-8")
    dom = browse(tmp_path, asked, "--virtual-time-budget=3000", "--dump-dom")
    title, _, count = dom.partition("<title>")[2].partition("</title>")[0].rpartition("|")
    saved = tmp_path / "bob.csv"
    saved.write_text(unquote(title), "utf-8", newline="")
    assert count.startswith("3 of ")
    merged = tmp_path / "merged.csv"
    assert main(["merge", str(saved), "-o", str(merged)]) == 0
    rows = pd.read_csv(merged, dtype=str).fillna("")
    assert sorted(rows["verdict"]) == ["fail", "fail", "pass"]
    assert set(rows["annotator"]) == {'\'=Bob, "B"'}
    known = {image.key for image in batch.images}
    assert {from_cell(one) for one in rows["image"]} <= known
