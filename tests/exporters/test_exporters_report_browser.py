"""A report in a real browser: it runs nothing, fetches nothing, and its pictures are there."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest
from fixtures.html_pages import read_page
from fixtures.report_batches import SCRIPT, WHEN, nasty_batch, review
from PIL import Image

from tuiqc.exporters.report import ReportOptions, write_report

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
